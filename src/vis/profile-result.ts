/** What was measured, added up and told. */
import type { MemoryStats, RunTimes } from '../backends/backend.ts';
import { bytesText } from '../core/bytes.ts';
import { checkOptions, OptionError } from '../core/errors.ts';
import type { DeviceName } from '../tensor/device.ts';
import { columns, grouped, timeText } from './text.ts';

/** Forward: recorded while a module's forward ran. Backward: while backward was on its way. Other: all else, as updates. */
export type Phase = 'forward' | 'backward' | 'other';

/** One dispatch of a kernel on the device. Times are in milliseconds, on the clock of `performance.now()`. */
export interface KernelEvent {
  /** What the device calls it: its main op, what was fused into it, sizes. */
  readonly name: string;
  /** The main op, or all ops of a pointwise kernel. */
  readonly op: string;
  /** The dotted name of the module that it works for (`''` is the model), or null. */
  readonly module: string | null;
  readonly phase: Phase;
  readonly start: number;
  readonly duration: number;
  /** Bytes of new results: those that are not written over an operand. */
  readonly bytes: number;
}

/** One call of a module's forward on the host: the time that recording took. */
export interface ModuleSpan {
  /** The dotted name of the module; `''` is the model. */
  readonly module: string;
  /** Its class. */
  readonly type: string;
  /** How many modules were at work around it. */
  readonly depth: number;
  readonly start: number;
  readonly duration: number;
}

/** By what to add up. */
export type ProfileGroup = 'kernel' | 'op' | 'module';
const groups: readonly ProfileGroup[] = ['kernel', 'op', 'module'];
const sortKeys = ['deviceTime', 'calls', 'bytes', 'hostTime'] as const;

/** Settings of {@link Profile.keyAverages} and {@link Profile.table}. */
export interface KeyAveragesOptions {
  /** Default `'kernel'`. */
  readonly groupBy?: ProfileGroup;
  /** What comes first: the largest of these. Default `'deviceTime'`. */
  readonly sortBy?: (typeof sortKeys)[number];
  /** At most so many rows. Default: all. */
  readonly rowLimit?: number;
}

/** All events of one name. Times in milliseconds. */
export interface ProfileRow {
  /** The kernel, op or module; null: outside of all modules. */
  readonly name: string | null;
  /** Dispatches; of modules, those of their forward and backward work. */
  readonly calls: number;
  /** On the device. Of modules: of their own, without the modules below. */
  readonly deviceTime: number;
  /** The part of it that was forward work. */
  readonly forwardTime: number;
  /** The part of it that was backward work. */
  readonly backwardTime: number;
  /** Recording on the host, modules below included; 0 of kernels and ops. */
  readonly hostTime: number;
  /** Bytes of new results. */
  readonly bytes: number;
}

/** An event of Chrome's trace format: `X` has a duration, `M` names a track. Microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, string | number | null>>;
}

interface Measured {
  readonly kernels: readonly KernelEvent[];
  readonly spans: readonly ModuleSpan[];
  readonly clock: RunTimes['clock'];
  readonly device: DeviceName;
  readonly began: number;
  readonly wallTime: number;
  readonly memory: { readonly before: MemoryStats; readonly after: MemoryStats };
}

const clocks: Readonly<Record<RunTimes['clock'], string>> = {
  device: 'timestamps of the device',
  host: 'the host, around each kernel',
  estimate: 'the host, around each run; shared out among its kernels by estimated work',
};
const [hostTrack, deviceTrack] = [0, 1];

/** What {@link profile} measured. */
export class Profile {
  /** Every dispatch, in order. */
  readonly kernels: readonly KernelEvent[];
  /** Every call of a module, in the order in which they ended. */
  readonly spans: readonly ModuleSpan[];
  /** Who measured: `'device'`, `'host'`, or `'estimate'` where the device has no timestamps. */
  readonly clock: RunTimes['clock'];
  /** The device that was measured. */
  readonly device: DeviceName;
  /** From the call to the end of the last kernel, in milliseconds. */
  readonly wallTime: number;
  /** Bytes on the device, before and after. */
  readonly memory: { readonly before: MemoryStats; readonly after: MemoryStats };
  private readonly began: number;

  /** @internal */
  constructor({ kernels, spans, clock, device, began, wallTime, memory }: Measured) {
    this.kernels = kernels;
    this.spans = spans;
    this.clock = clock;
    this.device = device;
    this.began = began;
    this.wallTime = wallTime;
    this.memory = memory;
  }

  /** The time of all kernels together, in milliseconds. */
  get deviceTime(): number {
    return this.kernels.reduce((sum, { duration }) => sum + duration, 0);
  }

  /**
   * Events added up by kernel, op or module, as torch.profiler's `key_averages()`.
   *
   * @throws OptionError for an unknown group or key.
   */
  keyAverages(options: KeyAveragesOptions = {}): ProfileRow[] {
    checkOptions('keyAverages', options, ['groupBy', 'sortBy', 'rowLimit']);
    const { groupBy = 'kernel', sortBy = 'deviceTime', rowLimit = Number.POSITIVE_INFINITY } = options;
    if (!groups.includes(groupBy)) throw new OptionError(`keyAverages: groupBy must be one of ${groups.join(', ')}`);
    if (!sortKeys.includes(sortBy)) throw new OptionError(`keyAverages: sortBy must be one of ${sortKeys.join(', ')}`);
    const rows = new Map<string | null, { -readonly [K in keyof ProfileRow]: ProfileRow[K] }>();
    const rowOf = (name: string | null) => {
      const row = rows.get(name) ?? {
        name,
        calls: 0,
        deviceTime: 0,
        forwardTime: 0,
        backwardTime: 0,
        hostTime: 0,
        bytes: 0,
      };
      rows.set(name, row);
      return row;
    };
    for (const event of this.kernels) {
      const row = rowOf(groupBy === 'kernel' ? event.name : event[groupBy]);
      row.calls++;
      row.deviceTime += event.duration;
      if (event.phase === 'forward') row.forwardTime += event.duration;
      if (event.phase === 'backward') row.backwardTime += event.duration;
      row.bytes += event.bytes;
    }
    if (groupBy === 'module') for (const span of this.spans) rowOf(span.module).hostTime += span.duration;
    return [...rows.values()].sort((a, b) => b[sortBy] - a[sortBy]).slice(0, rowLimit);
  }

  /** Those sums as a table in text, as torch.profiler's `key_averages().table()`. */
  table(options: KeyAveragesOptions = {}): string {
    const { groupBy = 'kernel' } = options;
    const total = this.deviceTime;
    const types = new Map(this.spans.map(({ module, type }) => [module, type]));
    const nameOf = (name: string | null): string => {
      if (groupBy !== 'module') return String(name);
      return name === null ? '(outside of modules)' : `${name ? `${name} ` : ''}(${types.get(name) ?? 'model'})`;
    };
    const isModule = groupBy === 'module';
    const head = [
      'Name',
      'Device %',
      'Device total',
      'Device avg',
      ...(isModule ? ['Forward', 'Backward', 'Host'] : []),
    ];
    const body = this.keyAverages(options).map((row) => [
      nameOf(row.name),
      `${(total > 0 ? (100 * row.deviceTime) / total : 0).toFixed(2)}%`,
      timeText(row.deviceTime),
      timeText(row.calls > 0 ? row.deviceTime / row.calls : 0),
      ...(isModule ? [row.forwardTime, row.backwardTime, row.hostTime].map(timeText) : []),
      bytesText(row.bytes),
      grouped(row.calls),
    ]);
    const lines = columns([[...head, 'Result Mem', '# of Calls'], ...body], 'right');
    const rule = '-'.repeat(Math.max(...lines.map((line) => [...line].length)));
    return [
      rule,
      lines[0],
      rule,
      ...lines.slice(1),
      rule,
      `Device time total: ${timeText(total)} in ${grouped(this.kernels.length)} dispatches, by ${clocks[this.clock]}`,
      `Wall time: ${timeText(this.wallTime)}`,
      `Memory: ${bytesText(this.memory.before.liveBytes)} before, ${bytesText(this.memory.after.liveBytes)} after, ${bytesText(this.memory.after.temporaryBytes)} of temporaries`,
    ].join('\n');
  }

  /** The tables by module and by kernel. */
  toString(): string {
    const byKernel = this.table();
    return this.spans.length > 0 ? `${this.table({ groupBy: 'module' })}\n\n${byKernel}` : byKernel;
  }

  /**
   * In Chrome's trace format, for chrome://tracing and ui.perfetto.dev: `JSON.stringify(result.chromeTrace())`. One track for
   * the modules on the host, one for the kernels on the device.
   */
  chromeTrace(): { readonly traceEvents: readonly TraceEvent[]; readonly displayTimeUnit: 'ms' } {
    const at = (ms: number): number => 1000 * (ms - this.began);
    const track = (tid: number, name: string): TraceEvent => ({
      name: 'thread_name',
      ph: 'M',
      pid: 0,
      tid,
      args: { name },
    });
    return {
      traceEvents: [
        track(hostTrack, 'host: modules'),
        track(deviceTrack, `${this.device}: kernels`),
        ...this.spans.map(
          ({ module, type, start, duration }): TraceEvent => ({
            name: module ? `${module} (${type})` : type,
            ph: 'X',
            pid: 0,
            tid: hostTrack,
            cat: 'module',
            ts: at(start),
            dur: 1000 * duration,
          }),
        ),
        ...this.kernels.map(
          ({ name, op, module, phase, start, duration, bytes }): TraceEvent => ({
            name,
            ph: 'X',
            pid: 0,
            tid: deviceTrack,
            cat: 'kernel',
            ts: at(start),
            dur: 1000 * duration,
            args: { op, module, phase, bytes },
          }),
        ),
      ],
      displayTimeUnit: 'ms',
    };
  }
}
