import { describe, expect, test } from 'vitest';
import {
  ConcatDataset,
  DataLoader,
  type Dataset,
  defaultCollate,
  randomSplit,
  StackDataset,
  Subset,
  TensorDataset,
} from '../../src/data/index.ts';
import {
  arange,
  DTypeError,
  Generator,
  manualSeed,
  OptionError,
  ones,
  ShapeError,
  type Tensor,
  tensor,
} from '../../src/index.ts';

/** Positions 0 … n − 1, counting how often each was asked for. */
class Positions implements Dataset<number> {
  readonly length: number;
  readonly asked: number[] = [];
  constructor(length: number) {
    this.length = length;
  }
  get(index: number): number {
    this.asked.push(index);
    return index;
  }
}
class Fetched implements Dataset<number> {
  readonly length: number;
  readonly asked: number[] = [];
  private readonly open: (() => void)[] = [];
  constructor(length: number) {
    this.length = length;
  }
  async get(index: number): Promise<number> {
    this.asked.push(index);
    await new Promise<void>((resolve) => this.open.push(resolve));
    if (index === 99) throw new Error('no example 99');
    return index;
  }
  answer(): void {
    for (const resolve of this.open.splice(0)) resolve();
  }
}

async function batches(loader: AsyncIterable<Tensor>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const batch of loader) all.push((await batch.tolist()) as number[]);
  return all;
}

describe('order', () => {
  test('is that of the dataset, and the last batch may be small', async () => {
    const loader = new DataLoader(new Positions(7), { batchSize: 3 });
    expect(loader.length).toBe(3);
    expect(await batches(loader)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await batches(loader)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  });
  test('dropLast leaves the small batch out', async () => {
    const loader = new DataLoader(new Positions(7), { batchSize: 3, dropLast: true });
    expect(loader.length).toBe(2);
    expect(await batches(loader)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
  test('shuffle: each epoch another order of all examples, the same for the same seed', async () => {
    const make = () => new DataLoader(new Positions(50), { batchSize: 8, shuffle: true, seed: 3 });
    const [one, two] = [make(), make()];
    const epochs = [await batches(one), await batches(one)];
    expect(epochs).toEqual([await batches(two), await batches(two)]);
    expect(epochs[0]).not.toEqual(epochs[1]);
    for (const epoch of epochs) expect(epoch.flat().sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    const other = new DataLoader(new Positions(50), { batchSize: 8, shuffle: true, seed: 4 });
    expect(await batches(other)).not.toEqual(epochs[0]);
  });
  test('without a seed manualSeed() decides, with a generator its seed does', async () => {
    const loader = new DataLoader(new Positions(20), { batchSize: 20, shuffle: true });
    manualSeed(5);
    const first = await batches(loader);
    manualSeed(5);
    expect(await batches(loader)).toEqual(first);
    const own = new DataLoader(new Positions(20), { batchSize: 20, shuffle: true, generator: new Generator(5) });
    expect(await batches(own)).toEqual(first);
  });
  test('the documented order of seed 0', async () => {
    const loader = new DataLoader(new Positions(10), { batchSize: 10, shuffle: true, seed: 0 });
    expect(await batches(loader)).toMatchInlineSnapshot(`
      [
        [
          6,
          0,
          7,
          5,
          3,
          2,
          4,
          8,
          9,
          1,
        ],
      ]
    `);
  });
  test('an empty dataset has no batches', async () => {
    const loader = new DataLoader(new Positions(0), { batchSize: 4, shuffle: true });
    expect(loader.length).toBe(0);
    expect(await batches(loader)).toEqual([]);
  });
  test('two loops over one loader do not disturb each other', async () => {
    const loader = new DataLoader(new Positions(4), { batchSize: 2 });
    const [a, b] = [loader[Symbol.asyncIterator](), loader[Symbol.asyncIterator]()];
    const list = async (i: AsyncIterator<Tensor>) => await ((await i.next()).value as Tensor).tolist();
    expect([await list(a), await list(b), await list(a), await list(b)]).toEqual([
      [0, 1],
      [0, 1],
      [2, 3],
      [2, 3],
    ]);
  });
});

describe('fetching', () => {
  test('plain datasets are asked only for the batch that is wanted', async () => {
    const dataset = new Positions(100);
    for await (const _ of new DataLoader(dataset, { batchSize: 2 })) if (dataset.asked.length >= 4) break;
    expect(dataset.asked).toEqual([0, 1, 2, 3]);
  });
  test('promised examples are fetched ahead', async () => {
    const dataset = new Fetched(100);
    const loop = new DataLoader(dataset, { batchSize: 2, prefetch: 2 })[Symbol.asyncIterator]();
    const first = loop.next();
    await Promise.resolve();
    expect(dataset.asked).toEqual([0, 1, 2, 3, 4, 5]);
    dataset.answer();
    expect(await ((await first).value as Tensor).tolist()).toEqual([0, 1]);
    const second = loop.next();
    dataset.answer();
    expect(await ((await second).value as Tensor).tolist()).toEqual([2, 3]);
    expect(dataset.asked).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await loop.return?.();
    dataset.answer();
    await new Promise((resolve) => setTimeout(resolve));
    expect(dataset.asked).toHaveLength(8);
  });
  test('prefetch 0 asks for one batch at a time', async () => {
    const dataset = new Fetched(100);
    const loop = new DataLoader(dataset, { batchSize: 2, prefetch: 0 })[Symbol.asyncIterator]();
    const first = loop.next();
    await Promise.resolve();
    expect(dataset.asked).toEqual([0, 1]);
    dataset.answer();
    await first;
    await loop.return?.();
  });
  test('after an early break nothing more is joined', async () => {
    const dataset = new Fetched(100);
    let joined = 0;
    const collate = (examples: number[]) => {
      joined++;
      return tensor(examples);
    };
    const answering = setInterval(() => dataset.answer(), 1);
    for await (const _ of new DataLoader(dataset, { batchSize: 2, collate })) break;
    clearInterval(answering);
    const before = joined;
    dataset.answer();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(joined).toBe(before);
  });
  test('a failure is thrown by its own batch, in order', async () => {
    const dataset = new Fetched(102);
    const answering = setInterval(() => dataset.answer(), 1);
    const seen: number[] = [];
    const loop = async () => {
      for await (const batch of new DataLoader(dataset, { batchSize: 10 })) seen.push(batch.shape[0]!);
    };
    await expect(loop()).rejects.toThrow('no example 99');
    clearInterval(answering);
    expect(seen).toHaveLength(9);
  });
  test('the page gets its turn during a long epoch', async () => {
    let turn = false;
    setTimeout(() => {
      turn = true;
    });
    for await (const _ of new DataLoader(new Positions(100_000))) if (turn) break;
    expect(turn).toBe(true);
  });
});

describe('collation', () => {
  test('numbers, tensors, typed arrays, strings, tuples and objects', async () => {
    const made = defaultCollate([
      { x: Float32Array.of(1, 2), y: 3, tag: 'a', pair: [tensor([1]), true] },
      { x: Float32Array.of(4, 5), y: 6, tag: 'b', pair: [tensor([2]), false] },
    ]);
    expect(await made.x.tolist()).toEqual([
      [1, 2],
      [4, 5],
    ]);
    expect(made.x.dtype).toBe('float32');
    expect(await made.y.tolist()).toEqual([3, 6]);
    expect(made.y.dtype).toBe('int32');
    expect(made.tag).toEqual(['a', 'b']);
    const [numbers, flags] = made.pair as [Tensor, Tensor];
    expect(await numbers.tolist()).toEqual([[1], [2]]);
    expect(await flags.tolist()).toEqual([true, false]);
  });
  test('a function of your own, also async', async () => {
    const loader = new DataLoader(new Positions(4), {
      batchSize: 2,
      collate: async (examples) => examples.map((n) => n * 10),
    });
    const seen: number[][] = [];
    for await (const batch of loader) seen.push(batch);
    expect(seen).toEqual([
      [0, 10],
      [20, 30],
    ]);
  });
  test('what cannot be joined', () => {
    expect(() => defaultCollate([null])).toThrow(DTypeError);
    expect(() => defaultCollate([[1, 2], [1]])).toThrow('each element in list of batch should be of equal size');
    expect(() => defaultCollate([Float32Array.of(1), Float32Array.of(1, 2)])).toThrow(ShapeError);
    expect(() => defaultCollate([tensor([1]), tensor([1, 2])])).toThrow(
      'stack expects each tensor to be equal size, but got [1] at entry 0 and [2] at entry 1',
    );
  });
});

describe('TensorDataset', () => {
  test('rejects sources that do not fit', () => {
    expect(() => new TensorDataset(arange(3), arange(4))).toThrow('Size mismatch between tensors');
    expect(() => new TensorDataset({ data: new Uint8Array(6), shape: [2, 2] })).toThrow(
      'shape [2, 2] needs 4 elements, got 6',
    );
    expect(() => new TensorDataset(tensor(1))).toThrow(ShapeError);
    expect(() => new TensorDataset()).toThrow(OptionError);
    expect(() => new TensorDataset({ data: new Uint8Array(2), shape: [2], scales: 2 } as never)).toThrow(
      "did you mean 'scale'",
    );
    expect(() => new TensorDataset([1, 2] as never)).toThrow(OptionError);
    expect(() => new TensorDataset(arange(3)).get(3)).toThrow('index 3 is out of range');
  });
  test('host data keeps its natural dtype, or becomes what is asked', async () => {
    const kinds = new TensorDataset(
      { data: Uint8Array.of(1, 2), shape: [2] },
      { data: Int16Array.of(-1, 300), shape: [2] },
      { data: Float64Array.of(0.5, 1), shape: [2] },
      { data: Uint8Array.of(0, 1), shape: [2], dtype: 'bool' },
      { data: Int8Array.of(-2, 2), shape: [2], scale: 0.5, offset: 1 },
    );
    const batch = kinds.getBatch(Int32Array.of(1, 0));
    expect(batch.map((t) => t.dtype)).toEqual(['int32', 'int32', 'float32', 'bool', 'float32']);
    expect(await Promise.all(batch.map((t) => t.tolist()))).toEqual([
      [2, 1],
      [300, -1],
      [1, 0.5],
      [true, false],
      [2, 0],
    ]);
  });
});

describe('lists', () => {
  test('parts of parts', async () => {
    const part = new Subset(new Subset(['a', 'b', 'c', 'd'], [3, 1, 0]), [2, 0]);
    const batches: unknown[] = [];
    for await (const batch of new DataLoader(part, { batchSize: 2 })) batches.push(batch);
    expect(batches).toEqual([['a', 'd']]);
  });
  test('are datasets: of tuples, numbers, typed arrays', async () => {
    const pairs: [Tensor, number][] = [0, 1, 2].map((i) => [ones([2]), i]);
    const seen: (readonly number[] | unknown)[] = [];
    for await (const [x, y] of new DataLoader(pairs, { batchSize: 2 })) seen.push(x.shape, await y.tolist());
    expect(seen).toEqual([[2, 2], [0, 1], [1, 2], [2]]);
    const loader = new DataLoader([3, 4, 5], { batchSize: 2 });
    expect([loader.length, loader.dataset.length]).toEqual([2, 3]);
    const numbers: unknown[] = [];
    for await (const x of loader) numbers.push(await x.tolist());
    for await (const x of new DataLoader(Float32Array.of(0.5, 1.5), 2)) numbers.push(await x.tolist());
    expect(numbers).toEqual([[3, 4], [5], [0.5, 1.5]]);
  });
  test('also under the datasets that are made of others', async () => {
    const list = [10, 20, 30, 40];
    const both = new ConcatDataset([new Subset(list, [3, 0]), list]);
    expect([0, 1, 2, 5].map((i) => both.get(i))).toEqual([40, 10, 10, 40]);
    expect(new StackDataset({ a: list, b: both.datasets[1]! }).get(1)).toEqual({ a: 20, b: 20 });
    const parts = randomSplit(list, [3, 1]);
    expect(parts.flatMap((part) => Array.from({ length: part.length }, (_, i) => part.get(i))).sort()).toEqual(list);
  });
  test('with a collate function', async () => {
    const ragged = [[1, 2], [3], [4, 5, 6]];
    const collateFn = (batch: number[][]) => batch.map((r) => r.length);
    const seen: number[][] = [];
    for await (const lengths of new DataLoader(ragged, { batchSize: 3, collateFn })) seen.push(lengths);
    expect(seen).toEqual([[2, 1, 3]]);
  });
});

describe('errors', () => {
  test('options', () => {
    const dataset = new Positions(3);
    expect(() => new DataLoader(dataset, { batchSize: 0 })).toThrow(
      'batch_size should be a positive integer value, but got batch_size=0',
    );
    expect(() => new DataLoader(dataset, { batchSize: 1.5 })).toThrow(OptionError);
    expect(() => new DataLoader(dataset, { batchsize: 2 } as never)).toThrow("did you mean 'batchSize'");
    expect(() => new DataLoader(dataset, { seed: 1, generator: new Generator(1) })).toThrow('not both');
    expect(() => new DataLoader(dataset, { prefetch: -1 })).toThrow('prefetch');
    expect(() => new DataLoader({ length: 3 } as never)).toThrow('needs a length and a get(index) method');
  });
  test('Subset', async () => {
    const part = new Subset(new Positions(10), [7, 2]);
    expect(part.length).toBe(2);
    expect(part.get(0)).toBe(7);
    expect(await batches(new DataLoader(part, { batchSize: 2 }))).toEqual([[7, 2]]);
    expect(() => new Subset(new Positions(3), [3])).toThrow('index 3 is out of range');
    expect(() => part.get(2)).toThrow(ShapeError);
  });
});
