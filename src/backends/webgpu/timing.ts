/** What each dispatch of one run takes: by timestamps around its pass, where the device has them. */
import type { DispatchTime, RunTimes } from '../backend.ts';
import { mapRead, usage } from './flags.ts';

/** What is timed: one per dispatch, in order. */
export interface Timed {
  readonly label: string;
  readonly kernel: number;
  /** Estimated operations. */
  readonly cost: number;
}

/** A query set holds at most 4096 timestamps: two per pass. */
const passesPerSet = 2048;
const timestampBytes = 8;
const nanosecondsPerMillisecond = 1e6;

/** Times one run. Every dispatch is then a pass of its own, which takes a little longer than a run that nobody times. */
export class RunTimer {
  /** What was asked for: the run may start later, and on a lost device never does. */
  readonly times: Promise<RunTimes>;
  private readonly device: GPUDevice;
  private readonly steps: readonly Timed[];
  private readonly sets: GPUQuerySet[] = [];
  private submitted = 0;
  private resolve!: (times: RunTimes | Promise<RunTimes>) => void;
  /** Rejects `times`. */
  readonly fail: (reason: Error) => void;

  constructor(device: GPUDevice, steps: readonly Timed[]) {
    this.device = device;
    this.steps = steps;
    let fail!: (reason: Error) => void;
    this.times = new Promise((resolve, reject) => {
      this.resolve = resolve;
      fail = reject;
    });
    this.fail = fail;
    // Who stops listening is not to hear of a lost device here.
    this.times.catch(() => {});
  }

  /** Makes ready what the passes write to. */
  begin(): void {
    this.submitted = performance.now();
    if (!this.device.features.has('timestamp-query')) return;
    for (let done = 0; done < this.steps.length; done += passesPerSet) {
      const count = 2 * Math.min(passesPerSet, this.steps.length - done);
      this.sets.push(this.device.createQuerySet({ label: 'times', type: 'timestamp', count }));
    }
  }

  /** How the pass of dispatch `i` begins. */
  pass(i: number): GPUComputePassDescriptor {
    const querySet = this.sets[Math.floor(i / passesPerSet)];
    if (querySet === undefined) return {};
    const first = 2 * (i % passesPerSet);
    return { timestampWrites: { querySet, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 } };
  }

  /** All passes were submitted. */
  end(): void {
    this.resolve(this.sets.length > 0 ? this.collect() : this.share());
  }

  /** Nothing ran. */
  skip(): void {
    this.resolve({ clock: 'estimate', submitted: this.submitted, dispatches: [] });
  }

  private async collect(): Promise<RunTimes> {
    const { device, sets, steps, submitted } = this;
    const bytes = 2 * steps.length * timestampBytes;
    // Each set is resolved to a multiple of 256 bytes.
    const setBytes = 2 * passesPerSet * timestampBytes;
    const resolved = device.createBuffer({
      label: 'times',
      size: bytes,
      usage: usage.QUERY_RESOLVE | usage.COPY_SRC,
    });
    const staging = device.createBuffer({ label: 'times', size: bytes, usage: usage.MAP_READ | usage.COPY_DST });
    try {
      const encoder = device.createCommandEncoder();
      for (const [i, set] of sets.entries()) encoder.resolveQuerySet(set, 0, set.count, resolved, i * setBytes);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(mapRead);
      const stamps = new BigUint64Array(staging.getMappedRange());
      const at = (i: number): number => Number(stamps[i]! - stamps[0]!) / nanosecondsPerMillisecond;
      const dispatches = steps.map(({ label, kernel }, i): DispatchTime => {
        // Browsers round the clock, so an end may seem to come before its beginning.
        const [start, end] = [Math.max(0, at(2 * i)), at(2 * i + 1)];
        return { kernel, label, start, duration: Math.max(0, end - start) };
      });
      return { clock: 'device', submitted, dispatches };
    } finally {
      for (const set of sets) set.destroy();
      resolved.destroy();
      staging.destroy();
    }
  }

  /** Without timestamps: the time until all is done, by the work that there seems to be. */
  private async share(): Promise<RunTimes> {
    const { steps, submitted } = this;
    await this.device.queue.onSubmittedWorkDone();
    const perOperation = (performance.now() - submitted) / steps.reduce((sum, { cost }) => sum + cost, 0);
    let start = 0;
    const dispatches = steps.map(({ label, kernel, cost }): DispatchTime => {
      const duration = cost * perOperation;
      start += duration;
      return { kernel, label, start: start - duration, duration };
    });
    return { clock: 'estimate', submitted, dispatches };
  }
}
