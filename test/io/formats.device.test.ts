/** Files that PyTorch, NumPy and safetensors wrote, and files for them. */
import { DTypeError, FormatError, init, OptionError, ones, type Tensor, tensor } from 'lumigrad';
import { load, safeOpen, saveNpy, saveNpz, saveSafetensors, serializeTorch } from 'lumigrad/io';
import * as nn from 'lumigrad/nn';
import { beforeAll, describe, expect, test } from 'vitest';
import { testDevice } from '../device.ts';
import golden from '../golden/files.json';

beforeAll(() => init({ device: testDevice }));

const file = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
/** float64 exists on the CPU alone. */
const options = testDevice === 'cpu' ? {} : ({ dtype: 'float32' } as const);

async function expectFacts(t: Tensor, facts: unknown[]): Promise<void> {
  const [dtype, shape, values] = facts as [string, number[], (number | boolean)[]];
  const wide = dtype === 'float64' || (options.dtype !== undefined && dtype.startsWith('float'));
  expect(t.dtype).toBe(wide ? (options.dtype ?? dtype) : dtype);
  expect(t.shape).toEqual(shape);
  expect(t.device).toBe(testDevice);
  const wanted = dtype === 'float64' && options.dtype ? values.map((v) => Math.fround(v as number)) : values;
  expect(Array.from(await t.data(), (v) => (dtype === 'bool' ? v === 1 : v))).toEqual(wanted);
}
async function expectAll(map: Map<string, Tensor>, facts: Record<string, unknown[]>): Promise<void> {
  expect([...map.keys()]).toEqual(Object.keys(facts));
  for (const [name, t] of map) await expectFacts(t, facts[name]!);
}

describe('load reads', () => {
  test('what torch.save wrote: every dtype, views, shared memory, plain data', async () => {
    const whole = await load<Map<string, unknown>>(file(golden.torch.zip), options);
    await expectAll(whole.get('tensors') as Map<string, Tensor>, golden.torch.tensors);
    await expectAll(whole.get('model') as Map<string, Tensor>, golden.torch.model);
    const data = Object.fromEntries([...whole].filter(([name]) => !['model', 'tensors', 'parameter'].includes(name)));
    expect(data).toEqual({
      step: 3,
      loss: 0.25,
      big: 2n ** 70n,
      name: 'é',
      none: null,
      list: [1, [true, [2]]],
      set: new Set([1]),
      bytes: Uint8Array.of(97, 98),
      size: [6],
      dtype: 'torch.float16',
      // Not the prototype, but a key.
      ['__proto__']: new Map([['constructor', 1]]),
    });
    const parameter = whole.get('parameter') as Tensor;
    expect(parameter).toBeInstanceOf(nn.Parameter);
    expect(parameter.requiresGrad).toBe(true);
    const tensors = whole.get('tensors') as Map<string, Tensor>;
    tensors.get('whole')!.mul_(10);
    expect(await tensors.get('tail')!.tolist()).toEqual([20, 30, 40, 50]);
    const net = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
    net.loadStateDict(whole.get('model') as Map<string, Tensor>);
    await expectFacts(net.parameters()[0]!, golden.torch.model['0.weight']);
  });

  test('the format of PyTorch before 1.6', async () => {
    await expectAll(await load(file(golden.torch.legacy), options), golden.torch.few);
  });

  test.each(Object.entries(golden.npy))('an array of NumPy: %s', async (_name, { file: bytes, facts }) => {
    await expectFacts(await load<Tensor>(file(bytes), options), facts);
  });

  test('archives of NumPy, stored and deflated', async () => {
    const { matrix, flags } = golden.npy;
    await expectAll(await load(file(golden.npz), options), { a: matrix.facts, 'b/c': flags.facts });
    await expectAll(await load(file(golden.npzCompressed), options), { a: matrix.facts });
  });

  test('safetensors, from a Blob too', async () => {
    const { file: bytes, facts } = golden.safetensors;
    // The file has its own order: by alignment.
    const loaded = await load(new Blob([file(bytes) as Uint8Array<ArrayBuffer>]), options);
    expect([...loaded.keys()].sort()).toEqual(['h', 'n', 'w']);
    for (const [name, t] of loaded) await expectFacts(t, facts[name as 'h']);
  });

  test('onto another device, in another dtype', async () => {
    const x = await load<Tensor>(file(golden.npy.matrix.file), { mapLocation: 'cpu', dtype: 'float64' });
    expect([x.device, x.dtype]).toEqual(['cpu', 'float64']);
    const flags = await load<Tensor>(file(golden.npy.flags.file), { dtype: 'float32' });
    expect(flags.dtype).toBe('bool');
    if (testDevice === 'webgpu') {
      const wide = load(file(golden.npy['big-endian'].file));
      await expect(wide).rejects.toThrow(DTypeError);
      await expect(wide).rejects.toThrow("use { dtype: 'float32' }");
    }
  });
});

describe('load refuses', () => {
  test.each(Object.entries(golden.refused))('%s', async (_name, [bytes, message]) => {
    const loading = load(file(bytes!), options);
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(message);
  });
  test.each([
    ['nothing', '', 'neither of safetensors'],
    ['text', 'hello, this is not a model', 'neither of safetensors'],
    ['a page', '<!DOCTYPE html>', 'this is HTML'],
    ['a bare pickle', '\x80\x04]q\x00.', 'bare pickle'],
    ['gzip', '\x1f\x8b\x08', 'gzip'],
    ['HDF5', '\x89HDF\r\n', 'HDF5'],
  ])('%s', async (_name, text, message) => {
    const loading = load(Uint8Array.from(text, (c) => c.charCodeAt(0)));
    await expect(loading).rejects.toThrow(FormatError);
    await expect(loading).rejects.toThrow(message);
  });
  test('wrong arguments', async () => {
    await expect(load(5 as never)).rejects.toThrow("load(): argument 'source' must be");
    await expect(load(new Uint8Array(), { mapLocatoin: 'cpu' } as never)).rejects.toThrow("did you mean 'mapLocation'");
  });
});

describe('what is written reads as it was', () => {
  const x = () => tensor([[1.5, -2, 3], [4, 5, 6]]); // biome-ignore format: a matrix
  const tensors = () => ({
    x: x().T,
    flags: tensor([true, false]),
    ints: tensor(-3),
    unsigned: tensor([2 ** 32 - 1], { dtype: 'uint32' }),
    half: tensor([1.5, 65504], { dtype: 'float16' }),
    none: ones([0, 2]),
    ['__proto__']: ones([1]),
  });
  const expectSame = async (loaded: Map<string, Tensor>): Promise<void> => {
    const before = Object.entries(tensors());
    expect([...loaded.keys()]).toEqual(before.map(([name]) => name));
    for (const [name, t] of before) {
      const again = loaded.get(name)!;
      expect([again.dtype, again.shape, await again.tolist()]).toEqual([t.dtype, t.shape, await t.tolist()]);
    }
  };

  test('NumPy', async () => {
    await expectSame(await load(await saveNpz(tensors())));
    await expectSame(await load(await saveNpz(tensors(), { compressed: true })));
    expect(await (await load<Tensor>(await saveNpy(x()))).tolist()).toEqual(await x().tolist());
    const zeros = await saveNpz({ z: ones([64, 64]) }, { compressed: true });
    expect(zeros.length).toBeLessThan(1000);
  });

  test('PyTorch', async () => {
    await expectSame(await load(await serializeTorch(tensors())));
    const weight = new nn.Parameter(ones([2]));
    const state = {
      weight,
      tied: weight.detach(),
      frozen: new nn.Parameter(ones([1]), { requiresGrad: false }),
      numbers: [0, -1, 255, -129, 2 ** 31, -(2 ** 40), 0.1, 1e300, -0, Number.NaN, 2n ** 64n, -128n],
      text: 'é"',
      map: new Map<unknown, unknown>([[1, null], [true, false]]), // biome-ignore format: pairs
    };
    const loaded = await load<Map<string, unknown>>(await serializeTorch(state));
    const get = (name: string) => loaded.get(name) as nn.Parameter;
    expect([get('weight').requiresGrad, get('frozen').requiresGrad, get('tied').requiresGrad]).toEqual([
      true,
      false,
      false,
    ]);
    expect(get('frozen')).toBeInstanceOf(nn.Parameter);
    get('tied').mul_(5);
    expect(await get('weight').tolist()).toEqual([5, 5]);
    expect(loaded.get('numbers')).toEqual(state.numbers.map((n) => (n === -128n ? -128 : n)));
    expect([loaded.get('text'), loaded.get('map')]).toEqual([state.text, state.map]);
  });

  test('floats of two bytes in safetensors', async () => {
    // Halfway between neighbours: to even; a NaN stays one; too great for a half.
    const values = tensor([1 + 2 ** -8, 1 + 3 * 2 ** -8, Number.NaN, -Infinity, 1e5, 2 ** -130]);
    const read = async (dtype: 'float16' | 'bfloat16') => {
      const loaded = await load(await saveSafetensors({ values, n: tensor([1]) }, { dtype }));
      expect(loaded.get('n')!.dtype).toBe('int32');
      return loaded.get('values')!.tolist();
    };
    const brain = [1, 1 + 4 * 2 ** -8, Number.NaN, -Infinity, 99840];
    expect(await read('bfloat16')).toEqual([...brain, testDevice === 'cpu' ? 2 ** -130 : expect.closeTo(0)]);
    expect(await read('float16')).toEqual([1 + 2 ** -8, 1 + 3 * 2 ** -8, Number.NaN, -Infinity, Infinity, 0]);
    const [half, full] = await Promise.all([saveSafetensors({ x: ones([100]) }, { dtype: 'float16' }), saveSafetensors({ x: ones([100]) })]); // biome-ignore format: a pair
    expect(full.length - half.length).toBe(200);
    await expect(saveSafetensors({ values }, { dtype: 'int8' as never })).rejects.toThrow(
      'dtype must be one of float32',
    );
  });

  test('and what cannot be written is refused by name', async () => {
    await expect(serializeTorch({ a: [{ b: new Date() }] })).rejects.toThrow('a[0].b is Date');
    await expect(serializeTorch({ f: () => 1 })).rejects.toThrow(OptionError);
    const round: unknown[] = [];
    round.push(round);
    await expect(serializeTorch({ round })).rejects.toThrow('contains itself');
    await expect(saveNpy(5 as never)).rejects.toThrow("argument 'tensor' must be Tensor");
    await expect(saveNpz({ a: 1 as never })).rejects.toThrow("argument 'a' must be Tensor");
  });
});

describe('safeOpen', () => {
  test('reads the header, and then only what is asked for', async () => {
    const state = { big: ones([100, 10]), rows: tensor([[1, 2], [3, 4], [5, 6]]) }; // biome-ignore format: a matrix
    const bytes = await saveSafetensors(state, { metadata: { k: 'v' } });
    const asked: [number, number][] = [];
    const blob = new Blob([bytes]);
    const slice = blob.slice.bind(blob);
    blob.slice = (begin = 0, end = 0) => {
      asked.push([begin, end]);
      return slice(begin, end);
    };
    const opened = await safeOpen(blob);
    expect(opened.keys()).toEqual(['big', 'rows']);
    expect(opened.metadata()).toEqual(new Map([['k', 'v']]));
    expect(opened.getShape('big')).toEqual([100, 10]);
    const header = asked.splice(0);
    expect(Math.max(...header.map(([, end]) => end))).toBe(bytes.length - 4000 - 24);
    expect(await (await opened.getTensor('rows')).tolist()).toEqual([[1, 2], [3, 4], [5, 6]]); // biome-ignore format: a matrix
    const part = await opened.getSlice('rows', 1, 2);
    expect([await part.tolist(), part.device]).toEqual([[[3, 4]], testDevice]);
    expect(asked.map(([begin, end]) => end - begin)).toEqual([24, 8]);
    expect((await opened.getSlice('rows', 1, 1)).shape).toEqual([0, 2]);
    await expect(opened.getTensor('toString')).rejects.toThrow('File does not contain tensor toString');
    await expect(opened.getSlice('rows', 2, 4)).rejects.toThrow('rows [2, 4) do not lie within the 3');
  });
  test('refuses a file that is cut short, before any tensor is read', async () => {
    const bytes = await saveSafetensors({ x: ones([4]) });
    await expect(safeOpen(bytes.slice(0, -1))).rejects.toThrow('truncated');
    await expect(safeOpen(bytes.slice(0, 5))).rejects.toThrow(FormatError);
  });
});
