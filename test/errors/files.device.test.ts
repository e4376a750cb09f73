/** Hostile files, data sets, state dicts and modules. */
import { beforeAll, describe, expect, test } from 'vitest';
import { DataLoader, type Dataset, defaultCollate, parseIdx, Subset, TensorDataset } from '../../src/data/index.ts';
import { DTypeError, FormatError, init, OptionError, ones, ShapeError, type Tensor, tensor } from '../../src/index.ts';
import { loadSafetensors, parseSafetensors, saveSafetensors, serializeSafetensors } from '../../src/io/index.ts';
import * as nn from '../../src/nn/index.ts';
import { testDevice } from '../device.ts';
import { eachRefusal, wild } from './refusals.ts';

beforeAll(() => init({ device: testDevice }));
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('files', () => {
  eachRefusal([
    [
      'IDX: no bytes',
      () => parseIdx(wild(null)),
      OptionError,
      "parseIdx(): argument 'bytes' must be Uint8Array, not null",
    ],
    [
      'IDX: a buffer',
      () => parseIdx(wild(new ArrayBuffer(9))),
      OptionError,
      /not ArrayBuffer\n {2}new Uint8Array\(buffer\)/,
    ],
    ['IDX: too short', () => parseIdx(bytes(0, 0, 8)), FormatError, 'IDX: the file has 3 bytes'],
    ['IDX: magic', () => parseIdx(bytes(1, 2, 3, 4)), FormatError, 'IDX: bad magic 01 02 03 04'],
    ['IDX: compressed', () => parseIdx(bytes(0x1f, 0x8b, 8, 0)), FormatError, /gzip/],
    ['IDX: huge rank', () => parseIdx(bytes(0, 0, 8, 255)), FormatError, 'IDX: a rank-255 header takes 1024 bytes'],
    ['IDX: truncated', () => parseIdx(bytes(0, 0, 8, 1, 0, 0, 0, 3, 7, 2)), FormatError, 'IDX: truncated'],
    ['IDX: too long', () => parseIdx(bytes(0, 0, 8, 1, 0, 0, 0, 1, 7, 2)), FormatError, 'IDX: trailing bytes'],
    [
      'IDX: huge sizes',
      () => parseIdx(bytes(0, 0, 14, 3, ...new Array(12).fill(255))),
      FormatError,
      /beyond 2\^53 bytes/,
    ],
    [
      'safetensors: no bytes',
      () => parseSafetensors(wild('x')),
      OptionError,
      "parseSafetensors(): argument 'bytes' must be Uint8Array, not 'x'",
    ],
    ['safetensors: too short', () => loadSafetensors(bytes(1, 2)), FormatError, 'safetensors: the file has 2 bytes'],
    [
      'safetensors: huge header',
      () => loadSafetensors(new Uint8Array(16).fill(255)),
      FormatError,
      /18446744073709551615 bytes/,
    ],
    [
      'safetensors: misspelt',
      () => loadSafetensors(bytes(), wild({ devce: 'cpu' })),
      OptionError,
      /did you mean 'device'/,
    ],
    [
      'writing nothing',
      () => serializeSafetensors(wild(null)),
      OptionError,
      "serializeSafetensors(): argument 'entries' must be",
    ],
    [
      'writing other data than it says',
      () => serializeSafetensors([['a', wild({ dtype: 'float32', shape: [2], data: new Int32Array(2) })]]),
      OptionError,
      "safetensors: the data of tensor 'a' is no float32 array but Int32Array",
    ],
  ]);
  test('every cut and every changed byte of a file is refused or read whole', async () => {
    const file = await saveSafetensors({ a: ones([2, 2]), b: tensor([1, 2, 3]) }, { metadata: { k: 'v' } });
    const attempt = (damaged: Uint8Array) => {
      try {
        loadSafetensors(damaged);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    };
    for (let end = 0; end < file.length; end++) expect(() => loadSafetensors(file.slice(0, end))).toThrow(FormatError);
    for (let at = 0; at < 150; at++) for (const byte of [0, 0x22, 0x39, 0x7b, 0xff]) attempt(file.with(at, byte));
  });
  test('what cannot be saved rejects', async () => {
    await expect(saveSafetensors(wild(5))).rejects.toThrow("saveSafetensors(): argument 'tensors' must be");
    await expect(saveSafetensors({ a: wild(5) })).rejects.toThrow("argument 'a' must be Tensor, not 5");
    await expect(saveSafetensors({}, { metadata: wild(5) })).rejects.toThrow(OptionError);
  });
});

describe('state dicts', () => {
  const layer = () => new nn.Linear(2, 1);
  eachRefusal([
    ['nothing', () => layer().loadStateDict(wild(null)), OptionError, 'Expected state_dict to be dict-like, got null.'],
    ['misspelt', () => layer().loadStateDict({}, wild({ strick: false })), OptionError, /did you mean 'strict'/],
    [
      'keys',
      () => layer().loadStateDict({ a: ones([1]) }),
      ShapeError,
      /^Error\(s\) in loading state_dict for Linear:\n\tMissing key\(s\) in state_dict: "weight", "bias"\. \n\tUnexpected key\(s\) in state_dict: "a"\./,
    ],
    [
      'values',
      () => layer().loadStateDict({ weight: wild(5), bias: wild(null) }),
      ShapeError,
      /expected a Tensor but got 5\.\n\t.*expected a Tensor but got null\./,
    ],
    [
      'hostile keys',
      () => layer().loadStateDict(JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1}')),
      ShapeError,
      /Unexpected key\(s\) in state_dict: "__proto__", "constructor"/,
    ],
    [
      'buffer named __proto__',
      () => layer().registerBuffer('__proto__', ones([1])),
      OptionError,
      "attribute '__proto__' already exists",
    ],
    [
      'buffer named as a parameter',
      () => layer().registerBuffer('weight', ones([1])),
      OptionError,
      "attribute 'weight' already exists",
    ],
    ['buffer with a dot', () => layer().registerBuffer('a.b', null), OptionError, 'buffer name can\'t contain "."'],
    [
      'buffer without a name',
      () => layer().registerBuffer('', null),
      OptionError,
      'buffer name can\'t be empty string ""',
    ],
    [
      'buffer of numbers',
      () => layer().registerBuffer('mean', wild(5)),
      OptionError,
      "cannot assign 5 to buffer 'mean'",
    ],
    [
      'module named __proto__',
      () => new nn.Sequential(new Map([['__proto__', new nn.ReLU()]])),
      OptionError,
      "attribute '__proto__' already exists",
    ],
    ['a module within itself', () => new Cycle().stateDict(), OptionError, 'Cycle contains itself'],
    ['a module within itself, as text', () => String(new Cycle()), OptionError, 'Cycle contains itself'],
  ]);
  test('names that objects treat specially survive a file, and pollute nothing', async () => {
    const hostile = new Map<string, Tensor>(
      ['__proto__', 'constructor', 'toString', '0'].map((key) => [key, ones([1])]),
    );
    const back = loadSafetensors(await saveSafetensors(hostile));
    expect([...back.keys()].sort()).toEqual([...hostile.keys()].sort());
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});
class Cycle extends nn.Module {
  parent: nn.Module = this;
  override forward(x: Tensor): Tensor {
    return x;
  }
}

describe('layers', () => {
  eachRefusal([
    [
      'bias',
      () => new nn.Linear(1, 1, { bias: wild('no') }),
      OptionError,
      "Linear(): argument 'bias' must be true or false, not 'no'",
    ],
    [
      'momentum',
      () => new nn.BatchNorm1d(3, { momentum: wild('a') }),
      OptionError,
      "BatchNorm1d(): argument 'momentum' must be a number",
    ],
    [
      'shape',
      () => new nn.LayerNorm(wild(undefined)),
      OptionError,
      "LayerNorm(): argument 'normalizedShape' must be int",
    ],
    [
      'table',
      () => new nn.Embedding(3, 4, { _weight: ones([9, 9]) }),
      ShapeError,
      'Shape of weight does not match num_embeddings and embedding_dim',
    ],
    ['parameter', () => new nn.Parameter(wild(5)), OptionError, "Parameter(): argument 'data' must be Tensor, not 5"],
    ['flatten', () => new nn.Flatten(wild('a')), OptionError, "Flatten(): argument 'startDim' must be int, not 'a'"],
    [
      'hook',
      () => new nn.ReLU().registerForwardHook(wild(5)),
      OptionError,
      "registerForwardHook(): argument 'fn' must be a function",
    ],
    ['mode', () => new nn.ReLU().train(wild('no')), OptionError, 'training mode is expected to be boolean'],
    ['gain', () => nn.init.calculateGain(wild('foo')), OptionError, "Unsupported nonlinearity 'foo'"],
    [
      'fan',
      () => nn.init.kaimingUniform_(ones([2, 2]), { mode: wild('in') }),
      OptionError,
      "Mode 'in' not supported, please use one of fanIn, fanOut",
    ],
    [
      'norm',
      () => nn.utils.clipGradNorm_([], Number.NaN),
      OptionError,
      'clipGradNorm_: maxNorm must be a number of at least 0, got NaN',
    ],
    [
      'a module for its parameters',
      () => nn.utils.clipGradNorm_(wild(new nn.ReLU()), 1),
      OptionError,
      /not ReLU\n {2}give model\.parameters\(\)/,
    ],
  ]);
});

describe('data sets', () => {
  const counting = (length: unknown): Dataset<number> => ({ length: wild(length), get: (i) => i });
  const rows = new TensorDataset({ data: new Float32Array([1, 2]), shape: [2] });
  eachRefusal([
    [
      'none',
      () => new DataLoader(wild(null)),
      OptionError,
      'DataLoader: the dataset needs a length and a get(index) method',
    ],
    [
      'NaN examples',
      () => new DataLoader(counting(Number.NaN)),
      OptionError,
      'DataLoader: the length of the dataset must be an integer in [0, 2^31), got NaN',
    ],
    ['1e15 examples', () => new DataLoader(counting(1e15)), OptionError, /got 1000000000000000$/],
    [
      'batch size',
      () => new DataLoader(counting(3), { batchSize: wild('2') }),
      OptionError,
      'batch_size should be a positive integer value, but got batch_size=',
    ],
    [
      'snake case',
      () => new DataLoader(counting(3), wild({ batch_size: 2 })),
      OptionError,
      "DataLoader() got an unexpected option 'batch_size'; did you mean 'batchSize'?",
    ],
    [
      'shuffle',
      () => new DataLoader(counting(3), { shuffle: wild('yes') }),
      OptionError,
      "DataLoader(): argument 'shuffle' must be true or false",
    ],
    [
      'generator',
      () => new DataLoader(counting(3), { generator: wild({}) }),
      OptionError,
      "DataLoader(): argument 'generator' must be a Generator",
    ],
    ['position', () => rows.get(2), ShapeError, 'index 2 is out of range for a dataset of 2 examples'],
    [
      'positions',
      () => rows.getBatch(Int32Array.of(0, 7)),
      ShapeError,
      'index 7 is out of range for a dataset of 2 examples',
    ],
    [
      'subset',
      () => new Subset(rows, wild(null)),
      OptionError,
      "Subset(): argument 'indices' must be a list of positions",
    ],
    [
      'dtype',
      () => new TensorDataset({ data: new Float32Array(1), shape: [1], dtype: wild('float') }),
      DTypeError,
      "TensorDataset, source 0: unknown dtype 'float'",
    ],
    [
      'NaN as int32',
      () => new TensorDataset({ data: Float32Array.of(Number.NaN), shape: [1], dtype: 'int32' }).get(0),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'scaled beyond int32',
      () => new TensorDataset({ data: Uint8Array.of(255), shape: [1], dtype: 'int32', scale: 1e9 }).get(0),
      DTypeError,
      'value cannot be converted to type int32 without overflow',
    ],
    [
      'no examples',
      () => defaultCollate([]),
      OptionError,
      "defaultCollate(): argument 'examples' must be a non-empty list",
    ],
    [
      'unlike examples',
      () => defaultCollate(wild([1, 'a'])),
      DTypeError,
      /^default_collate: the examples of a batch must be alike; the first is number, number 1 is string/,
    ],
    [
      'unequal examples',
      () => defaultCollate([[1], [1, 2]]),
      ShapeError,
      'each element in list of batch should be of equal size',
    ],
  ]);
  test('that change under a loader are read as they are, or refused', async () => {
    const list = [1, 2, 3, 4];
    const growing: Dataset<number> = {
      get length() {
        return list.length;
      },
      get: (i) => list[i]!,
    };
    const loader = new DataLoader(growing, { batchSize: 2 });
    list.push(5);
    const sizes: number[] = [];
    for await (const batch of loader) sizes.push((batch as Tensor).size(0));
    expect(sizes).toEqual([2, 2, 1]);
    const shrinking = async () => {
      for await (const _ of loader) list.length = 1;
    };
    await expect(shrinking()).rejects.toThrow(/^default_collate: batch must contain .* found undefined/);
    const odd = counting(3);
    const late = new DataLoader(odd);
    Object.assign(odd, { length: -1 });
    await expect(late[Symbol.asyncIterator]().next()).rejects.toThrow('got -1');
    const positions = [0, 1];
    const subset = new Subset(rows, positions);
    positions[1] = 9;
    expect(await (await subset.getBatch!(Int32Array.of(1)))[0].tolist()).toEqual([2]);
  });
  test('that fail reject the loop with their own error', async () => {
    const failing: Dataset<number> = {
      length: 2,
      get: (i) => (i === 0 ? Promise.resolve(1) : Promise.reject(new Error('offline'))),
    };
    const seen: unknown[] = [];
    const loop = async () => {
      for await (const batch of new DataLoader(failing)) seen.push(batch);
    };
    await expect(loop()).rejects.toThrow('offline');
    expect(seen).toHaveLength(1);
  });
  test('booleans of any width', async () => {
    const wide = new TensorDataset({ data: Uint16Array.of(256, 0, 3), shape: [3], dtype: 'bool' });
    expect(await wide.getBatch(Int32Array.of(0, 1, 2))[0].tolist()).toEqual([true, false, true]);
  });
});
