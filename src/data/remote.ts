/** Datasets that live in a worker: examples are read and decoded there, while the page goes on. */
import { checkOptions, describe, LumigradError, OptionError, wrongType } from '../core/errors.ts';
import { fromArray } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Collated, defaultCollate } from './collate.ts';
import type { Dataset } from './dataset.ts';

/** A worker, a message port, or a worker's own scope; Node's too. */
export interface Port {
  postMessage(message: unknown, transfer: never[]): void;
  addEventListener?(type: string, listener: (event: Event) => void): void;
  on?(type: string, listener: (value: unknown) => void): unknown;
  start?(): void;
  terminate?(): unknown;
  close?(): void;
}

type Request =
  | { readonly lumigrad: 'hello' }
  | { readonly lumigrad: 'batch'; readonly id: number; readonly indices: Int32Array };
interface Answer {
  readonly lumigrad: 'answer';
  /** That of the request; -1 is the greeting, which also says that the worker has begun to listen. */
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
  /** The name of a lock that the worker holds as long as it lives: nothing else tells that it is gone. */
  readonly alive?: string | undefined;
}

function listen(port: Port, type: string, listener: (value: unknown) => void): void {
  if (port.addEventListener) {
    port.addEventListener(type, (event) => {
      const { data, message } = event as Partial<MessageEvent & ErrorEvent>;
      listener(type === 'message' ? data : message);
    });
  } else port.on?.(type, (value: unknown) => listener(value instanceof Error ? value.message : value));
}

/** How a worker fails, by the event that says so. */
const failures: Readonly<Record<string, (value: unknown) => string>> = {
  error: (message) =>
    message ? `failed: ${describe(message)}` : 'failed: its script was not found, or is no module that runs here',
  messageerror: () => 'failed: what it sent cannot be read here',
  close: () => 'has closed its port',
  // Of Node.
  exit: (code) => `has ended, with exit code ${code}`,
};

/** A tensor on its way: structured clones know none. */
interface PackedTensor {
  readonly [mark]: readonly [shape: readonly number[], dtype: string];
  readonly data: ArrayBufferView;
}
const mark = 'lumigrad.tensor';

/** Examples as what can be sent, and the memory that moves instead of being copied. */
async function pack(value: unknown, moved: Set<ArrayBufferLike>): Promise<unknown> {
  if (value instanceof Tensor) {
    const data = await value.data();
    moved.add(data.buffer);
    return { [mark]: [value.shape, value.dtype], data };
  }
  // A part of something larger is copied: the rest is still needed.
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return Promise.all(value.map((v) => pack(v, moved)));
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map(async ([name, v]) => [name, await pack(v, moved)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  return value;
}

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(unpack);
  if (Object.hasOwn(value, mark)) {
    const { [mark]: about, data } = value as PackedTensor;
    return fromArray(data as never, [...about[0]], { dtype: about[1] as 'float32' });
  }
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, unpack(v)]));
}

/**
 * In a worker: answers what {@link remote} asks on the other side. Examples may be numbers, strings, typed arrays, tensors (after
 * init() in the worker), and lists and plain objects of these.
 *
 * @throws OptionError for what is no dataset.
 */
export function serveDataset(dataset: Dataset<unknown>, port: Port = globalThis as unknown as Port): void {
  if (typeof dataset?.length !== 'number' || typeof dataset.get !== 'function')
    wrongType('serveDataset', 'dataset', 'a dataset', dataset);
  const answer = (rest: Partial<Answer>, moved: Iterable<ArrayBufferLike> = []): void =>
    port.postMessage({ lumigrad: 'answer', ...rest }, [...moved] as never[]);
  const alive = port === globalThis ? holdLock() : Promise.resolve(undefined);
  const greet = async (): Promise<void> => answer({ id: -1, value: dataset.length, alive: await alive });
  const answerTo = async ({ id, indices }: Request & { readonly lumigrad: 'batch' }): Promise<void> => {
    try {
      const moved = new Set<ArrayBufferLike>();
      answer({ id, value: await pack(await read(dataset, indices), moved) }, moved);
    } catch (error) {
      answer({ id, error: error instanceof Error ? error.message : describe(error) });
    }
  };
  listen(port, 'message', (message) => {
    const request = (message ?? {}) as Request;
    if (request.lumigrad === 'hello') void greet();
    if (request.lumigrad === 'batch') void answerTo(request);
  });
  port.start?.();
  // What was asked of a worker's module while it awaited something at its top is lost.
  void greet();
}

/** Holds a lock for good, and tells its name. */
function holdLock(): Promise<string | undefined> {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) return Promise.resolve(undefined);
  const name = `lumigrad.dataset.${crypto.randomUUID()}`;
  return new Promise((held) => {
    void locks.request(name, () => {
      held(name);
      return new Promise(() => {});
    });
  });
}

/** A whole batch where the dataset can make one of tensors, else its examples. */
async function read(
  dataset: Dataset<unknown>,
  indices: Int32Array,
): Promise<{ batch: unknown } | { examples: unknown }> {
  if (dataset.getBatch) return { batch: await dataset.getBatch(indices) };
  return { examples: await Promise.all(Array.from(indices, (i) => dataset.get(i))) };
}

/** The page's side of one worker. */
class Line {
  waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private readonly port: Port;
  private readonly timeout: number;
  private count = 0;
  private failure: Error | null = null;
  private watched = false;

  constructor(port: Port, timeout: number) {
    if (typeof port?.postMessage !== 'function') wrongType('remote', 'worker', 'a worker or a message port', port);
    this.port = port;
    this.timeout = timeout;
    listen(port, 'message', (message) => {
      const answer = (message ?? {}) as Answer;
      if (answer.lumigrad !== 'answer') return;
      if (answer.alive) this.watch(answer.alive);
      const asked = this.waiting.get(answer.id);
      if (!asked) return;
      this.waiting.delete(answer.id);
      if (answer.error === undefined) asked.resolve(answer.value);
      else asked.reject(new LumigradError(`${answer.error}\n  in the worker of this dataset`));
    });
    for (const [type, why] of Object.entries(failures)) listen(port, type, (value) => this.fail(why(value)));
    port.start?.();
  }

  ask(indices: Int32Array | null): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    const id = indices ? this.count++ : -1;
    return new Promise((resolve, reject) => {
      const timer = this.timeout > 0 ? setTimeout(() => this.giveUp(id), this.timeout * 1000) : undefined;
      const done =
        <V>(settle: (value: V) => void) =>
        (value: V): void => {
          clearTimeout(timer);
          settle(value);
        };
      this.waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      const request: Request = indices ? { lumigrad: 'batch', id, indices } : { lumigrad: 'hello' };
      this.port.postMessage(request, []);
    });
  }

  terminate(): void {
    this.fail('was terminated');
    if (this.port.terminate) this.port.terminate();
    else this.port.close?.();
  }

  private fail(why: string): void {
    this.failure ??= new LumigradError(`the worker of this dataset ${why}`);
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
  private giveUp(id: number): void {
    this.waiting.get(id)?.reject(new LumigradError(`DataLoader timed out after ${this.timeout} seconds`));
    this.waiting.delete(id);
  }
  /** The lock is free when the worker has ended, whoever ended it. */
  private watch(lock: string): void {
    if (this.watched) return;
    this.watched = true;
    void navigator.locks.request(lock, () => this.fail('has ended'));
  }
}

/** Settings of {@link remote}. */
export interface RemoteOptions {
  /** Seconds to wait for a batch, and for the worker at first; 0 is for ever. Default 0, as in PyTorch. */
  readonly timeout?: number;
}

/** A dataset in one worker or several: see {@link remote}. */
export class RemoteDataset<T, B = Collated<T>> implements Dataset<T, B> {
  readonly length: number;
  private readonly lines: readonly Line[];
  /** @internal */
  constructor(lines: readonly Line[], length: number) {
    this.lines = lines;
    this.length = length;
  }
  async get(index: number): Promise<T> {
    const answer = (await this.ask(Int32Array.of(index))) as { batch?: unknown; examples?: T[] };
    if (!answer.examples)
      throw new OptionError('RemoteDataset: the dataset in the worker makes whole batches; leave out collate');
    return answer.examples[0]!;
  }
  async getBatch(indices: Int32Array): Promise<B> {
    const answer = (await this.ask(indices)) as { batch?: B; examples?: T[] };
    return answer.examples ? (defaultCollate(answer.examples) as B) : answer.batch!;
  }
  /**
   * Ends the workers, or closes the ports. Without it they wait for the next epoch, also after a loop that was left early; what is
   * asked of them from now on rejects.
   */
  terminate(): void {
    for (const line of this.lines) line.terminate();
  }
  /** Of the worker that has the least to do. */
  private async ask(indices: Int32Array): Promise<unknown> {
    const line = this.lines.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
    return unpack(await line.ask(indices));
  }
}

/**
 * The dataset that a module worker serves, or several workers the same one: for a DataLoader, whose `prefetch` says how many batches
 * they work on ahead. In the worker's file stands `serveDataset(dataset)`; making the worker is the page's business, so that no
 * content security policy is in the way.
 *
 * `const worker = new Worker(new URL('./images-worker.js', import.meta.url), { type: 'module' });`
 *
 * A worker that throws, ends or cannot be loaded fails the batches that wait for it. Only what never answers hangs: a script without
 * `serveDataset()`, or one that failed before `remote()` was called; `timeout` bounds that.
 *
 * @throws OptionError for no worker; the promises of batches reject with the worker's errors.
 * @example
 * const { port1, port2 } = new MessageChannel();
 * serveDataset({ length: 4, get: (i) => i * i }, port2);
 * const squares = await remote(port1);
 * for await (const batch of new DataLoader(squares, { batchSize: 4 })) await batch.tolist(); // [0, 1, 4, 9]
 * squares.terminate();
 */
export async function remote<T = unknown, B = Collated<T>>(
  workers: Port | readonly Port[],
  options: RemoteOptions = {},
): Promise<RemoteDataset<T, B>> {
  checkOptions('remote', options, ['timeout']);
  const { timeout = 0 } = options;
  // The longest that timers know.
  if (!(timeout >= 0 && timeout < 2 ** 31 / 1000)) wrongType('remote', 'timeout', 'a number of seconds', timeout);
  const lines = [workers].flat().map((port) => new Line(port as Port, timeout));
  if (lines.length === 0) throw new OptionError('remote: needs at least one worker');
  const lengths = (await Promise.all(lines.map((line) => line.ask(null)))) as number[];
  if (lengths.some((n) => n !== lengths[0]))
    throw new OptionError(`remote: the workers serve datasets of different lengths: ${lengths.join(', ')}`);
  return new RemoteDataset<T, B>(lines, lengths[0]!);
}
