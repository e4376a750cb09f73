/** Progress of loops, as tqdm shows it. */
import { checkOptions, wrongType } from '../core/errors.ts';

/** Where a loop is. */
export interface Meter {
  /** Steps that are through. */
  readonly n: number;
  /** Steps in all, or null where that is not known. */
  readonly total: number | null;
  /** Seconds. */
  readonly elapsed: number;
  /** Steps per second; null before the first one. */
  readonly rate: number | null;
  /** Seconds to go, or null where that is not known. */
  readonly remaining: number | null;
  readonly desc: string;
  readonly postfix: string;
  readonly unit: string;
  /** The loop is through or was left. */
  readonly done: boolean;
}

/** Settings of {@link tqdm}. */
export interface ProgressOptions {
  /** Stands before the bar. */
  readonly desc?: string;
  /** Steps in all. Default: the length of what is looped over. */
  readonly total?: number | null;
  /** Default 'it'. */
  readonly unit?: string;
  /** Keep the last line when the loop is through. Default true. */
  readonly leave?: boolean;
  /** Show nothing. Default false. */
  readonly disable?: boolean;
  /** Seconds between two lines, at least. Default 0.1. */
  readonly mininterval?: number;
  /** Values behind the bar. */
  readonly postfix?: Readonly<Record<string, unknown>>;
  /**
   * Where to show it: an element gets the line as its text; `<progress>` its value, once the total is known; a function both.
   * Default: standard error, so nothing in a page.
   */
  readonly to?: ProgressElement | ((line: string, meter: Meter) => void) | null;
  /** Seconds, for tests. Default: performance.now(). */
  readonly clock?: () => number;
}
const names = ['desc', 'total', 'unit', 'leave', 'disable', 'mininterval', 'postfix', 'to', 'clock'] as const;

/** What of an element is used. */
export interface ProgressElement {
  textContent: string | null;
  value?: unknown;
  max?: unknown;
}

/** 3661 -> '1:01:01'. */
function clockTime(seconds: number): string {
  const s = Math.floor(seconds);
  const two = (n: number): string => String(n).padStart(2, '0');
  const minutes = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${minutes}` : minutes;
}

const blocks = ' ▏▎▍▌▋▊▉█';
function bar(fraction: number, width: number): string {
  const eighths = Math.floor(fraction * width * 8);
  const full = Math.floor(eighths / 8);
  return full < width ? `${'█'.repeat(full)}${blocks[eighths % 8]}`.padEnd(width) : '█'.repeat(width);
}

/**
 * The line that shows a meter. Source: tqdm.std.tqdm.format_meter.
 *
 * @example
 * const meter = { n: 5, total: 10, elapsed: 5, rate: 1, remaining: 5, desc: 'train', postfix: 'loss=0.5', unit: 'it', done: false };
 * formatMeter(meter); // 'train:  50%|█████     | 5/10 [00:05<00:05,  1.00it/s, loss=0.5]'
 */
export function formatMeter({ n, total, elapsed, rate, remaining, desc, postfix, unit }: Meter): string {
  const shown = (value: number): string => value.toFixed(2).padStart(5);
  const slow = rate !== null && rate > 0 && rate < 1;
  const speed = rate === null ? `?${unit}/s` : slow ? `${shown(1 / rate)}s/${unit}` : `${shown(rate)}${unit}/s`;
  const tail = postfix && `, ${postfix}`;
  const head = desc && `${desc}: `;
  if (total === null) return `${head}${n}${unit} [${clockTime(elapsed)}, ${speed}${tail}]`;
  const fraction = total > 0 ? Math.min(n / total, 1) : 1;
  const percent = String(Math.round(fraction * 100)).padStart(3);
  const left = remaining === null ? '?' : clockTime(remaining);
  return `${head}${percent}%|${bar(fraction, 10)}| ${n}/${total} [${clockTime(elapsed)}<${left}, ${speed}${tail}]`;
}

/** A loop whose progress is shown: iterate over it, or call `update()`. */
export class Progress<T = unknown> implements AsyncIterable<T> {
  n = 0;
  private readonly items: AsyncIterable<T> | Iterable<T> | null;
  private readonly options: ProgressOptions;
  private readonly total: number | null;
  private readonly clock: () => number;
  private readonly show: (line: string, meter: Meter) => void;
  private readonly started: number;
  private shownAt = -Infinity;
  private speed: number | null = null;
  private measuredAt: readonly [time: number, n: number];
  private desc: string;
  private postfix: string;
  private closed = false;

  constructor(items: AsyncIterable<T> | Iterable<T> | null, options: ProgressOptions = {}) {
    checkOptions('tqdm', options, names);
    if (
      items !== null &&
      typeof (items as AsyncIterable<T>)?.[Symbol.asyncIterator] !== 'function' &&
      typeof (items as Iterable<T>)?.[Symbol.iterator] !== 'function'
    )
      wrongType('tqdm', 'iterable', 'something to loop over', items);
    this.items = items;
    this.options = options;
    this.total = options.total === undefined ? lengthOf(items) : options.total;
    this.clock = options.clock ?? (() => performance.now() / 1000);
    this.show = options.disable ? () => {} : displayOf(options);
    this.desc = options.desc ?? '';
    this.postfix = postfixOf(options.postfix ?? {});
    this.started = this.clock();
    this.measuredAt = [this.started, 0];
  }

  /** Shows the values behind the bar from the next line on: `{ loss: 0.5 }`. */
  setPostfix(values: Readonly<Record<string, unknown>>): void {
    this.postfix = postfixOf(values);
  }
  /** Another text before the bar. */
  setDescription(desc: string): void {
    this.desc = desc;
  }

  /** Some more steps are through. */
  update(steps = 1): void {
    this.n += steps;
    const now = this.clock();
    if (now - this.shownAt < (this.options.mininterval ?? 0.1)) return;
    this.shownAt = now;
    const [time, n] = this.measuredAt;
    if (now > time && this.n > n) {
      // Recent steps count for more, as in tqdm (smoothing 0.3).
      const recent = (this.n - n) / (now - time);
      this.speed = this.speed === null ? recent : 0.3 * recent + 0.7 * this.speed;
      this.measuredAt = [now, this.n];
    }
    this.render(now, false);
  }

  /** The last line. Leaving the loop does it. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.render(this.clock(), true);
  }

  private render(now: number, done: boolean): void {
    const { n, total, desc, postfix } = this;
    const elapsed = now - this.started;
    const mean = n > 0 && elapsed > 0 ? n / elapsed : null;
    const rate = done ? mean : (this.speed ?? mean);
    const remaining = rate && total !== null ? Math.max(total - n, 0) / rate : null;
    const meter = { n, total, elapsed, rate, remaining, desc, postfix, unit: this.options.unit ?? 'it', done };
    this.show(formatMeter(meter), meter);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    this.update(0);
    try {
      for await (const item of this.items ?? []) {
        yield item;
        this.update();
      }
    } finally {
      this.close();
    }
  }
}

/**
 * Shows how far a loop is, how fast it goes and how long it takes: one line in a terminal, or an element of the page. Source:
 * https://tqdm.github.io.
 *
 * @example
 * const loop = tqdm(new DataLoader(dataset, { batchSize: 64 }), { desc: 'epoch 1', to: (line) => console.log(line) });
 * for await (const [x, y] of loop) loop.setPostfix({ loss: 0.25 });
 * loop.n; // 2
 */
export function tqdm<T>(items: AsyncIterable<T> | Iterable<T> | null, options: ProgressOptions = {}): Progress<T> {
  return new Progress(items, options);
}

/** {@link tqdm} by a plain name. */
export const progress: typeof tqdm = tqdm;

/** Null also for a loader of what has no length, which throws. */
function lengthOf(items: unknown): number | null {
  try {
    const { length, size } = (items ?? {}) as { length?: unknown; size?: unknown };
    return typeof length === 'number' ? length : typeof size === 'number' ? size : null;
  } catch {
    return null;
  }
}

function postfixOf(values: Readonly<Record<string, unknown>>): string {
  const text = (v: unknown): string => (typeof v === 'number' ? String(Number(v.toPrecision(3))) : String(v));
  return Object.entries(values)
    .map(([name, value]) => `${name}=${text(value)}`)
    .join(', ');
}

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

function displayOf({ to, leave = true }: ProgressOptions): (line: string, meter: Meter) => void {
  if (typeof to === 'function') return to;
  if (to) {
    return (line, { n, total, done }) => {
      if ('max' in to) {
        // Without a value a <progress> shows that something goes on; how far, nobody knows before the end.
        if (total === null && !done) return;
        to.max = total ?? n;
        to.value = n;
      } else to.textContent = done && !leave ? '' : line;
    };
  }
  const terminal = (globalThis as { process?: { stderr?: Terminal } }).process?.stderr;
  if (!terminal?.write) return () => {};
  // What is no terminal, a log, gets the last line alone.
  if (!terminal.isTTY)
    return (line, { done }) => {
      if (done && leave) terminal.write(`${line}\n`);
    };
  return (line, { done }) => {
    // To the start of the line, and nothing behind the new one.
    terminal.write(`\r${done && !leave ? '' : line}\x1b[K${done && leave ? '\n' : ''}`);
  };
}
