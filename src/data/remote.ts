/** Datasets that live in a worker: examples are read and decoded there, while the page goes on. */
import { describe, LumigradError, OptionError, wrongType } from '../core/errors.ts';
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
}

type Request =
  | { readonly lumigrad: 'hello' }
  | { readonly lumigrad: 'batch'; readonly id: number; readonly indices: Int32Array };
interface Answer {
  readonly lumigrad: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

function listen(port: Port, type: 'message' | 'error', listener: (value: unknown) => void): void {
  if (port.addEventListener) {
    const unwrap = (event: Event): void => {
      const { data, message } = event as Partial<MessageEvent & ErrorEvent>;
      listener(type === 'message' ? data : message);
    };
    port.addEventListener(type, unwrap);
  } else port.on?.(type, (value: unknown) => listener(type === 'message' ? value : (value as Error)?.message));
  port.start?.();
}

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
  listen(port, 'message', async (message) => {
    const request = (message ?? {}) as Request;
    if (request.lumigrad !== 'hello' && request.lumigrad !== 'batch') return;
    const id = request.lumigrad === 'batch' ? request.id : -1;
    const answer = (rest: Partial<Answer>, moved: Iterable<ArrayBufferLike> = []): void =>
      port.postMessage({ lumigrad: 'answer', id, ...rest }, [...moved] as never[]);
    try {
      const moved = new Set<ArrayBufferLike>();
      if (request.lumigrad === 'hello') answer({ value: dataset.length });
      else answer({ value: await pack(await read(dataset, request.indices), moved) }, moved);
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : describe(error) });
    }
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
  private count = 0;
  private failure: Error | null = null;

  constructor(port: Port) {
    if (typeof port?.postMessage !== 'function') wrongType('remote', 'worker', 'a worker or a message port', port);
    this.port = port;
    listen(port, 'message', (message) => {
      const answer = (message ?? {}) as Answer;
      const asked = answer.lumigrad === 'answer' ? this.waiting.get(answer.id) : undefined;
      if (!asked) return;
      this.waiting.delete(answer.id);
      if (answer.error === undefined) asked.resolve(answer.value);
      else asked.reject(new LumigradError(`${answer.error}\n  in the worker of this dataset`));
    });
    listen(port, 'error', (message) => {
      this.failure = new LumigradError(`the worker of this dataset failed: ${describe(message)}`);
      for (const { reject } of this.waiting.values()) reject(this.failure);
      this.waiting.clear();
    });
  }
  ask(indices: Int32Array | null): Promise<unknown> {
    if (this.failure) return Promise.reject(this.failure);
    const id = indices ? this.count++ : -1;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      const request: Request = indices ? { lumigrad: 'batch', id, indices } : { lumigrad: 'hello' };
      this.port.postMessage(request, []);
    });
  }
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
 * @throws OptionError for no worker; the promises of batches reject with the worker's errors.
 * @example
 * const { port1, port2 } = new MessageChannel();
 * serveDataset({ length: 4, get: (i) => i * i }, port2);
 * const squares = await remote(port1);
 * for await (const batch of new DataLoader(squares, { batchSize: 4 })) await batch.tolist(); // [0, 1, 4, 9]
 * port1.close();
 */
export async function remote<T = unknown, B = Collated<T>>(
  workers: Port | readonly Port[],
): Promise<RemoteDataset<T, B>> {
  const lines = [workers].flat().map((port) => new Line(port as Port));
  if (lines.length === 0) throw new OptionError('remote: needs at least one worker');
  const lengths = (await Promise.all(lines.map((line) => line.ask(null)))) as number[];
  if (lengths.some((n) => n !== lengths[0]))
    throw new OptionError(`remote: the workers serve datasets of different lengths: ${lengths.join(', ')}`);
  return new RemoteDataset<T, B>(lines, lengths[0]!);
}
