/** What runs in a contender's own process or page, told what to do by run.ts. */
import { type Device, type Job, type JobName, jobs, type Library } from './job.ts';
import { type LibraryName, libraries } from './libraries.ts';
import { type Counts, countCalls, type Dispatch, recordDispatches, timeDispatches } from './webgpu-calls.ts';

/** A burst, in milliseconds per step. */
export interface Sample {
  readonly steps: number;
  readonly wall: number;
  /** Spent in `step()` itself, before it returned. */
  readonly js: number;
}

const warmUps = 3;
/** From this many milliseconds on, a step is a burst of its own, and the checked steps are warm-up enough. */
const slowStep = 2000;

export class Host {
  private library: Library | null = null;
  private job: { readonly work: Job; readonly burst: number; readonly slow: boolean } | null = null;

  /** Gets the library and its device ready; tells what the device is. */
  async start(name: LibraryName, device: Device): Promise<string> {
    this.library = await libraries[name]();
    return this.library.start(device);
  }

  /** Starts a job and returns the values of its first steps, for comparison; then warms it up. */
  async open(name: JobName): Promise<number[]> {
    const info = jobs[name];
    const work = await info.start(this.library!);
    const values: number[] = [];
    let last = 0;
    for (let i = 0; i < info.checked; i++) {
      const start = performance.now();
      work.step();
      values.push(await work.value());
      last = performance.now() - start;
    }
    const slow = last > slowStep;
    this.job = { work, burst: slow ? 1 : info.burst, slow };
    if (!slow) await this.repeat(warmUps);
    return values;
  }

  /** Bursts of steps for about `budget` milliseconds, at least one. */
  async measure(budget: number): Promise<Sample[]> {
    const { work, burst } = this.job!;
    const samples: Sample[] = [];
    const end = performance.now() + budget;
    do {
      const start = performance.now();
      let js = 0;
      for (let i = 0; i < burst; i++) {
        const before = performance.now();
        work.step();
        js += performance.now() - before;
      }
      await work.finish();
      samples.push({ steps: burst, wall: (performance.now() - start) / burst, js: js / burst });
    } while (performance.now() < end);
    return samples;
  }

  /** Calls to WebGPU per warm step. */
  async count(): Promise<Counts> {
    const { work, slow } = this.job!;
    const steps = slow ? 1 : 5;
    return countCalls(async () => {
      for (let i = 0; i < steps; i++) work.step();
      await work.finish();
    }, steps);
  }

  /** Milliseconds of each dispatch of a warm step, run alone. */
  async dispatches(): Promise<Dispatch[]> {
    const { work } = this.job!;
    return timeDispatches(
      await recordDispatches(async () => {
        work.step();
        await work.finish();
      }),
    );
  }

  /** Work for a profiler. */
  async repeat(steps: number): Promise<void> {
    const { work } = this.job!;
    for (let i = 0; i < steps; i++) {
      work.step();
      await work.finish();
    }
  }

  close(): void {
    this.job = null;
  }
}
