/** Writing what torch.load reads, with weights_only=True. */
import type { DType } from '../core/dtype.ts';
import { describe, OptionError } from '../core/errors.ts';
import { isContiguous, numel } from '../core/shape.ts';
import type { Storage } from '../graph/node.ts';
import { Parameter } from '../nn/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';
import { bytesInFile, type RawTensor } from './elements.ts';
import { writeZip, type ZipContent } from './zip.ts';

/** PyTorch's classes of storages; it has none for uint32, whose bytes then stand without a type. */
const storageClasses: Readonly<Record<Exclude<DType, 'uint32'>, string>> = {
  float32: 'FloatStorage',
  float64: 'DoubleStorage',
  float16: 'HalfStorage',
  int32: 'IntStorage',
  bool: 'BoolStorage',
};

/** What {@link writePickle} is told of a tensor. */
interface Written {
  readonly key: string;
  readonly count: number;
}

/**
 * A file that `torch.load` reads, as `torch.save` writes it: numbers, texts, booleans, null, lists, plain objects and Maps (both as
 * dicts) of tensors. Tensors that share all of their memory share it again after loading.
 *
 * @throws OptionError for anything else, and for values that contain themselves.
 */
export async function serializeTorch(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const reads: Promise<RawTensor>[] = [];
  const known = new Map<Storage, Map<string, Written>>();
  const pickle = writePickle(value, (t) => {
    const { storage, layout } = t.impl;
    // Whole memories alone: tied weights. Of a part only the part is written.
    const whole = isContiguous(layout) && numel(layout.shape) === storage.value.numel;
    const shared = known.get(storage) ?? new Map<string, Written>();
    known.set(storage, shared);
    const name = whole ? 'whole' : `part ${shared.size}`;
    const before = shared.get(name);
    if (before) return before;
    const written = { key: String(reads.length), count: t.numel() };
    shared.set(name, written);
    reads.push(t.data().then((data) => ({ dtype: t.dtype, shape: t.shape, data }) as RawTensor));
    return written;
  });
  // All reads were asked for by now, so that one wait serves them all.
  const tensors = await Promise.all(reads);
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const files: ZipContent[] = [
    { name: 'archive/data.pkl', bytes: pickle },
    { name: 'archive/byteorder', bytes: text('little') },
    ...tensors.map((t, i) => ({ name: `archive/data/${i}`, bytes: bytesInFile(t, t.dtype) })),
    { name: 'archive/version', bytes: text('3\n') },
  ];
  return writeZip(files);
}

function writePickle(value: unknown, write: (t: Tensor) => Written): Uint8Array {
  const out: number[] = [0x80, 2];
  const memo = new Map<string, number>();
  const above = new Set<object>();
  const uint32 = (n: number): void => void out.push(n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff, n >>> 24);
  const text = (content: string): void => {
    const bytes = new TextEncoder().encode(content);
    out.push(0x58);
    uint32(bytes.length);
    for (const byte of bytes) out.push(byte);
  };
  /** Written once, then by reference. */
  const once = (name: string, first: () => void): void => {
    const index = memo.get(name);
    if (index !== undefined) {
      out.push(0x6a);
      uint32(index);
      return;
    }
    first();
    memo.set(name, memo.size);
    out.push(0x72);
    uint32(memo.size - 1);
  };
  const word = (content: string): void => once(`'${content}'`, () => text(content));
  const global = (module: string, name: string): void =>
    once(`${module}.${name}`, () => {
      out.push(0x63, ...new TextEncoder().encode(`${module}\n${name}\n`));
    });
  const tuple = (items: readonly (() => void)[]): void => {
    out.push(0x28);
    for (const item of items) item();
    out.push(0x74);
  };
  const integer = (n: number | bigint): void => {
    if (typeof n === 'number' && n >= -(2 ** 31) && n < 2 ** 31) {
      out.push(0x4a);
      uint32(n);
      return;
    }
    let rest = BigInt(n);
    const bytes: number[] = [];
    // Two's complement, with a sign bit.
    while (!(bytes.length > 0 && (rest === 0n || rest === -1n) && bytes.at(-1)! >> 7 === (rest === 0n ? 0 : 1))) {
      bytes.push(Number(rest & 0xffn));
      rest >>= 8n;
    }
    if (bytes.length > 255) throw new OptionError('save: an integer of more than 255 bytes');
    out.push(0x8a, bytes.length, ...bytes);
  };
  const number = (n: number): void => {
    if (Number.isSafeInteger(n) && !Object.is(n, -0)) return integer(n);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, n);
    out.push(0x47, ...bytes);
  };
  const emptyHooks = (): void => {
    global('collections', 'OrderedDict');
    out.push(0x29, 0x52);
  };
  const tensor = (t: Tensor): void => {
    const { key, count } = write(t);
    const untyped = t.dtype === 'uint32';
    const strides = t.shape.map((_, d) => numel(t.shape.slice(d + 1)));
    const storage = (): void => {
      const id = [
        () => word('storage'),
        () =>
          untyped ? global('torch.storage', 'UntypedStorage') : global('torch', storageClasses[t.dtype as 'bool']),
        () => word(key),
        () => word('cpu'),
        () => integer(untyped ? 4 * count : count),
      ];
      tuple(id);
      out.push(0x51);
    };
    global('torch._utils', untyped ? '_rebuild_tensor_v3' : '_rebuild_tensor_v2');
    const plain = t instanceof Parameter || !t.requiresGrad;
    tuple([
      storage,
      () => integer(0),
      () => tuple(t.shape.map((size) => () => integer(size))),
      () => tuple(strides.map((stride) => () => integer(stride))),
      () => out.push(plain ? 0x89 : 0x88),
      emptyHooks,
      ...(untyped ? [() => global('torch', 'uint32')] : []),
    ]);
    out.push(0x52);
  };
  const parameter = (p: Parameter): void => {
    global('torch._utils', '_rebuild_parameter');
    tuple([() => tensor(p), () => out.push(p.requiresGrad ? 0x88 : 0x89), emptyHooks]);
    out.push(0x52);
  };
  const dict = (items: Iterable<readonly [unknown, unknown]>, path: string): void => {
    out.push(0x7d, 0x28);
    for (const [key, item] of items) {
      visit(key, `${path} (key)`);
      visit(item, `${path}.${String(key)}`);
    }
    out.push(0x75);
  };
  const visit = (v: unknown, path: string): void => {
    if (v === null || v === undefined) out.push(0x4e);
    else if (typeof v === 'boolean') out.push(v ? 0x88 : 0x89);
    else if (typeof v === 'number') number(v);
    else if (typeof v === 'bigint') integer(v);
    else if (typeof v === 'string') text(v);
    else if (v instanceof Parameter) parameter(v);
    else if (v instanceof Tensor) tensor(v);
    else container(v, path);
  };
  const container = (v: object, path: string): void => {
    if (above.has(v)) throw new OptionError(`save: ${path || 'the value'} contains itself`);
    above.add(v);
    const prototype: unknown = Object.getPrototypeOf(v);
    if (Array.isArray(v)) {
      out.push(0x5d, 0x28);
      for (const [i, item] of v.entries()) visit(item, `${path}[${i}]`);
      out.push(0x65);
    } else if (v instanceof Map) dict(v, path);
    else if (typeof v === 'object' && (prototype === Object.prototype || prototype === null))
      dict(Object.entries(v), path);
    else
      throw new OptionError(`save: ${path || 'the value'} is ${describe(v)}, which is neither plain data nor a Tensor`);
    above.delete(v);
  };
  visit(value, '');
  out.push(0x2e);
  return Uint8Array.from(out);
}
