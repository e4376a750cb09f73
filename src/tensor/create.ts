/** Factories: tensors from data, constants, sequences and random numbers. */
import type { DeviceName } from '../backends/backend.ts';
import { allocate, type DType, dtypes, isFloat, type TypedArray } from '../core/dtype.ts';
import {
  checkNumbers,
  checkOptions,
  DTypeError,
  describe,
  OptionError,
  ShapeError,
  wrongType,
} from '../core/errors.ts';
import { checkShape, formatShape, numel } from '../core/shape.ts';
import type { Recorder } from '../graph/node.ts';
import { checkBounds } from './bounds.ts';
import { engineFor } from './device.ts';
import { full as fullVar, op, scalar, scoped } from './impl/common.ts';
import * as random from './impl/random.ts';
import { scope } from './scope.ts';
import { checkTensor, leafOf, type NestedArray, Tensor } from './tensor.ts';

/** What all factories take. */
export interface TensorOptions<D extends DType = DType> {
  readonly dtype?: D;
  /** Default: the one that init() chose. */
  readonly device?: DeviceName;
  readonly requiresGrad?: boolean;
}
/** What random factories take. */
export interface RandomOptions<D extends DType = DType> extends TensorOptions<D> {
  /** Default: the one seeded by manualSeed(). */
  readonly generator?: random.Generator;
}
const optionNames = ['dtype', 'device', 'requiresGrad'];
const randomNames = [...optionNames, 'generator'];

type Sizes = readonly number[] | number;

function prepare(
  name: string,
  options: TensorOptions,
  known: readonly string[] = optionNames,
  shape: readonly number[] = [],
): { engine: Recorder; dtype: DType } {
  if (typeof options === 'number') throw new OptionError(`${name}: the sizes go into one list, as in ${name}([2, 3])`);
  checkOptions(name, options, known);
  const engine = engineFor(options.device);
  engine.checkAlive(name);
  const dtype = options.dtype ?? 'float32';
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(
      `${name}: unknown dtype ${describe(dtype)}; use 'float32', 'float16', 'int32', 'uint32', 'bool', or 'float64' on the CPU`,
    );
  }
  if (!engine.backend.supports(dtype)) {
    throw new DTypeError(
      `${name}: ${dtype} is not available on the ${engine.backend.name} device\n  use { dtype: 'float32' } or { device: 'cpu' }`,
    );
  }
  engine.backend.checkSize(name, shape, dtype);
  return { engine, dtype };
}
function finish<D extends DType>(t: Tensor<D>, options: TensorOptions): Tensor<D> {
  return options.requiresGrad ? t.requiresGrad_() : t;
}
function sizes(name: string, shape: Sizes): number[] {
  if (typeof shape !== 'number' && !Array.isArray(shape))
    throw new ShapeError(`${name}(): argument 'size' must be a list of ints, not ${describe(shape)}`);
  const list = typeof shape === 'number' ? [shape] : [...shape];
  checkShape(name, list);
  return list;
}

/**
 * A tensor of given data: a number, nested arrays, or a typed array (1-d; reshape it, or see fromArray).
 * Integers become int32, booleans bool, other numbers float32, unless `dtype` says otherwise.
 *
 * @throws ShapeError for ragged nesting, DTypeError for values the dtype cannot hold.
 * @example
 * const x = tensor([[1.5, 2], [3, 4]]);
 * x.shape; // [2, 2]
 */
export function tensor<D extends DType = DType>(
  data: NestedArray | TypedArray,
  options: TensorOptions<D> = {},
): Tensor<D> {
  const { engine } = prepare('tensor', options);
  const flat: (number | boolean)[] = [];
  const shape = isTypedArray(data) ? [data.length] : shapeOf(data, flat, 0);
  const values = isTypedArray(data) ? data : flat;
  const dtype = options.dtype ?? inferType(values);
  prepare('tensor', { ...options, dtype });
  return finish(new Tensor<D>(leafOf(engine.upload(convert('tensor', values, dtype), shape, dtype))), options);
}

/**
 * A tensor of a typed array's elements in row-major order. The data is copied.
 *
 * @throws ShapeError when the number of elements differs.
 * @example
 * await fromArray(new Float32Array([1, 2, 3, 4]), [2, 2]).tolist(); // [[1, 2], [3, 4]]
 */
export function fromArray<D extends DType = DType>(
  data: TypedArray,
  shape: Sizes,
  options: TensorOptions<D> = {},
): Tensor<D> {
  const list = sizes('fromArray', shape);
  if (!isTypedArray(data))
    wrongType('fromArray', 'data', 'a typed array', data, 'for numbers in lists there is tensor()');
  if (numel(list) !== data.length)
    throw new ShapeError(`fromArray: shape ${formatShape(list)} needs ${numel(list)} elements, got ${data.length}`);
  const dtype = options.dtype ?? inferType(data);
  const { engine } = prepare('fromArray', { ...options, dtype });
  return finish(new Tensor<D>(leafOf(engine.upload(convert('fromArray', data, dtype), list, dtype))), options);
}

function isTypedArray(data: unknown): data is TypedArray {
  return ArrayBuffer.isView(data) && !(data instanceof DataView);
}

function shapeOf(data: NestedArray, flat: (number | boolean)[], depth: number): number[] {
  if (!Array.isArray(data)) {
    if (typeof data !== 'number' && typeof data !== 'boolean') {
      const wayOut = data instanceof Tensor ? '\n  clone() copies a tensor, stack() joins several' : '';
      throw new DTypeError(`tensor: expected numbers or booleans, got ${describe(data)}${wayOut}`);
    }
    flat.push(data);
    return [];
  }
  if (depth > 64) throw new ShapeError('tensor: data is nested more than 64 levels deep');
  let inner: number[] | null = null;
  for (const [i, item] of data.entries()) {
    const shape = shapeOf(item as NestedArray, flat, depth + 1);
    if (inner && (shape.length !== inner.length || shape.some((d, n) => d !== inner![n]))) {
      throw new ShapeError(
        `expected sequence of length ${inner[0] ?? 0} at dim ${depth + 1} (got ${shape[0] ?? 'a scalar'})\n  in tensor: entry ${i} has shape ${formatShape(shape)}, those before have ${formatShape(inner)}`,
      );
    }
    inner = shape;
  }
  return [data.length, ...(inner ?? [])];
}

function inferType(values: TypedArray | readonly (number | boolean)[]): DType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Float64Array) return 'float32';
  if (values instanceof Int32Array) return 'int32';
  if (values instanceof Uint32Array) return 'uint32';
  if (values instanceof Uint8Array) return 'int32';
  const list = values as readonly (number | boolean)[];
  if (list.length === 0) return 'float32';
  if (list.every((v) => typeof v === 'boolean')) return 'bool';
  return list.every((v) => (Number(v) | 0) === Number(v) && !Object.is(v, -0)) ? 'int32' : 'float32';
}

function convert(name: string, values: TypedArray | readonly (number | boolean)[], dtype: DType): TypedArray {
  const out = allocate(dtype, values.length);
  const [low, high] = dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  if (dtype === 'int32' || dtype === 'uint32') {
    for (let i = 0; i < values.length; i++) {
      const v = Number(values[i]);
      if (v < low || v > high || Number.isNaN(v))
        throw new DTypeError(
          `value cannot be converted to type ${dtype} without overflow\n  in ${name}: ${v} is not in [${low}, ${high}]; use { dtype: 'float32' }`,
        );
      out[i] = Math.trunc(v);
    }
  } else if (dtype === 'bool') {
    for (let i = 0; i < values.length; i++) out[i] = values[i] ? 1 : 0;
  } else if (ArrayBuffer.isView(values)) out.set(values as Float32Array);
  else for (let i = 0; i < values.length; i++) out[i] = Number(values[i]);
  return out;
}

/**
 * `shape` filled with one value. Without dtype: float32, or bool for a boolean.
 *
 * @example
 * await full([2], 7, { dtype: 'int32' }).tolist(); // [7, 7]
 */
export function full<D extends DType = 'float32'>(
  shape: Sizes,
  value: number | boolean,
  options: TensorOptions<D> = {},
): Tensor<D> {
  return filled('full', shape, value, typeof value === 'boolean' ? { dtype: 'bool' as D, ...options } : options);
}
function filled<D extends DType>(
  name: string,
  shape: Sizes,
  value: number | boolean,
  options: TensorOptions<D>,
): Tensor<D> {
  const list = sizes(name, shape);
  if (typeof value !== 'number' && typeof value !== 'boolean') wrongType(name, 'fillValue', 'a number', value);
  const { engine, dtype } = prepare(name, options, optionNames, list);
  return finish(new Tensor<D>(fullVar(list, value, dtype, engine)), options);
}
/**
 * `shape` filled with zeros.
 *
 * @example
 * await zeros([2]).tolist(); // [0, 0]
 */
export function zeros<D extends DType = 'float32'>(shape: Sizes, options: TensorOptions<D> = {}): Tensor<D> {
  return filled('zeros', shape, 0, options);
}
/** `shape` filled with ones. */
export function ones<D extends DType = 'float32'>(shape: Sizes, options: TensorOptions<D> = {}): Tensor<D> {
  return filled('ones', shape, 1, options);
}
/** Values are unspecified in PyTorch; here they are zeros. */
export function empty<D extends DType = 'float32'>(shape: Sizes, options: TensorOptions<D> = {}): Tensor<D> {
  return filled('empty', shape, 0, options);
}
function like<D extends DType, O extends TensorOptions<D>>(name: string, x: Tensor, options: O): O & { dtype: D } {
  checkTensor(name, x);
  return { dtype: x.dtype as D, device: x.device, ...options };
}
/** One value, in the shape and on the device of `x`, of its dtype unless `dtype` says otherwise; so are all …Like() functions. */
export function fullLike<D extends DType = DType>(
  x: Tensor,
  value: number | boolean,
  options: TensorOptions<D> = {},
): Tensor<D> {
  const own = like('fullLike', x, options);
  return filled('fullLike', x.shape, value, own);
}
/** Zeros like `x`. */
export function zerosLike<D extends DType = DType>(x: Tensor, options: TensorOptions<D> = {}): Tensor<D> {
  const own = like('zerosLike', x, options);
  return filled('zerosLike', x.shape, 0, own);
}
/** Ones like `x`. */
export function onesLike<D extends DType = DType>(x: Tensor, options: TensorOptions<D> = {}): Tensor<D> {
  const own = like('onesLike', x, options);
  return filled('onesLike', x.shape, 1, own);
}
/** Uniform numbers in [0, 1), like `x`. */
export function randLike<D extends DType = DType>(x: Tensor, options: RandomOptions<D> = {}): Tensor<D> {
  const own = like('randLike', x, options);
  return rand(x.shape, own);
}
/** Standard normal numbers, like `x`. */
export function randnLike<D extends DType = DType>(x: Tensor, options: RandomOptions<D> = {}): Tensor<D> {
  const own = like('randnLike', x, options);
  return randn(x.shape, own);
}

/**
 * start, start + step, … below end. Integers give int32, else float32.
 *
 * @example
 * await arange(0, 10, 4).tolist(); // [0, 4, 8]
 */
export function arange(end: number, options?: TensorOptions): Tensor;
export function arange(start: number, end: number, options?: TensorOptions & { readonly step?: number }): Tensor;
export function arange(start: number, end: number, step: number, options?: TensorOptions): Tensor;
export function arange(
  ...args: readonly (number | (TensorOptions & { readonly step?: number }) | undefined)[]
): Tensor {
  // Python's booleans are numbers.
  const given = args.filter((a) => a !== undefined).map((a) => (typeof a === 'boolean' ? Number(a) : a));
  const last = given.at(-1);
  const { step: byName, ...options } = typeof last === 'object' ? last : {};
  const numbers = (typeof last === 'object' ? given.slice(0, -1) : given) as number[];
  if (byName !== undefined) {
    if (numbers.length === 3) throw new OptionError("arange() got multiple values for argument 'step'");
    if (numbers.length === 1) numbers.unshift(0);
    numbers.push(Number(byName));
  }
  if (numbers.length === 0 || numbers.length > 3)
    throw new OptionError(`arange() takes an end, or start, end and step, got ${describe(args)}`);
  checkNumbers(
    'arange',
    numbers.length === 1 ? { end: numbers[0] } : { start: numbers[0], end: numbers[1], step: numbers[2] ?? 1 },
  );
  const [start, end, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) throw new OptionError(`step must be nonzero\n  in arange(${numbers.join(', ')})`);
  if (!numbers.every(Number.isFinite))
    throw new OptionError(`unsupported range: ${start} -> ${end}\n  in arange(${numbers.join(', ')})`);
  const steps = (end - start) / step;
  if (steps < 0)
    throw new OptionError(
      `upper bound and lower bound inconsistent with step sign\n  in arange(${numbers.join(', ')})`,
    );
  const length = Math.ceil(steps);
  const inferred = numbers.every(Number.isInteger) ? 'int32' : 'float32';
  if (options.dtype === 'bool') throw new DTypeError('arange: not implemented for bool');
  const { engine, dtype } = prepare('arange', { dtype: inferred, ...options }, optionNames, [length]);
  return finish(sequence(start, step, length, dtype, engine), options);
}
function sequence(start: number, step: number, length: number, dtype: DType, engine: Recorder): Tensor {
  // The last value must fit too.
  if (length > 0) scalar(start + (length - 1) * step, dtype);
  const made = op('arange', [scalar(start, dtype), scalar(step, dtype)], { shape: [length], dtype }, engine);
  if (dtype === 'int32' && length > 0 && Number.isInteger(start) && Number.isInteger(step)) {
    const last = start + (length - 1) * step;
    made.storage.value.range = { min: Math.min(start, last), max: Math.max(start, last), exact: true };
  }
  return new Tensor(made);
}

/**
 * `steps` values from start to end, both included; either may be a 0-d tensor.
 *
 * @example
 * await linspace(0, 1, 3).tolist(); // [0, 0.5, 1]
 */
export function linspace(
  start: number | Tensor,
  end: number | Tensor,
  steps: number,
  options: TensorOptions = {},
): Tensor {
  checkBounds('linspace', start, end);
  if (typeof start !== 'number' || typeof end !== 'number') return between(start, end, steps, options);
  checkNumbers('linspace', { start, end, steps });
  if (!Number.isInteger(steps) || steps < 0)
    throw new OptionError(`number of steps must be non-negative\n  in linspace: got ${steps}`);
  const { engine, dtype } = prepare('linspace', options, optionNames, [steps]);
  if (dtype === 'bool') throw new DTypeError('linspace: not implemented for bool');
  if (!isFloat(dtype))
    return finish(
      linspace(start, end, steps, { ...options, dtype: 'float32', requiresGrad: false }).to(dtype),
      options,
    );
  if (steps === 1) return finish(full([1], start, { ...options, dtype }), options);
  const step = (end - start) / (steps - 1);
  // From both ends, so that the last value is exactly `end`.
  const made = scoped(() => {
    const i = op('arange', [scalar(0, dtype), scalar(1, dtype)], { shape: [steps], dtype }, engine);
    const fromStart = op('add', [op('mul', [i, scalar(step, dtype)]), scalar(start, dtype)]);
    const back = op('sub', [scalar(steps - 1, dtype), i]);
    const fromEnd = op('sub', [scalar(end, dtype), op('mul', [back, scalar(step, dtype)])]);
    return op('where', [op('lt', [i, scalar(steps / 2, dtype)]), fromStart, fromEnd]);
  });
  return finish(new Tensor(made), options);
}

/** linspace() with bounds that only the device knows. As in PyTorch no gradient flows to them. */
function between(start: number | Tensor, end: number | Tensor, steps: number, options: TensorOptions): Tensor {
  const given = [start, end].find((x) => x instanceof Tensor)!;
  // The steps, and what is wrong with the options.
  const at = linspace(0, steps - 1, steps, { device: given.device, ...options, dtype: 'float32', requiresGrad: false });
  const [from, to] = [start, end].map((x) => (x instanceof Tensor ? x.detach().float() : x)) as [Tensor, Tensor];
  const made = scope(() => {
    if (steps === 1) return at.mul(0).add(from);
    const step = at
      .mul(0)
      .add(to)
      .sub(from)
      .div(steps - 1);
    const back = step.mul(at.neg().add(steps - 1)).neg();
    return at
      .mul(step)
      .add(from)
      .where(at.lt(steps / 2), back.add(to));
  });
  return finish(made.to(options.dtype ?? 'float32'), options);
}

/**
 * The n×m identity matrix.
 *
 * @example
 * await eye(2).tolist(); // [[1, 0], [0, 1]]
 */
export function eye<D extends DType = 'float32'>(
  n: number,
  m: number | (TensorOptions<D> & { readonly m?: number }) = n,
  options: TensorOptions<D> = {},
): Tensor<D> {
  if (typeof m === 'object' && m !== null) {
    checkOptions('eye', m, ['m', ...optionNames]);
    const { m: columns = n, ...rest } = m;
    return eye(n, columns, rest as TensorOptions<D>);
  }
  for (const [name, size] of Object.entries({ n, m })) {
    if (size < 0) throw new ShapeError(`${name} must be greater or equal to 0, got ${size}\n  in eye`);
  }
  checkShape('eye', [n, m]);
  const { engine, dtype } = prepare('eye', options, optionNames, [n, m]);
  const made = scoped(() => {
    const line = (length: number, shape: number[]) =>
      op(
        'reshape',
        [op('arange', [scalar(0, 'int32'), scalar(1, 'int32')], { shape: [length], dtype: 'int32' }, engine)],
        { shape },
      );
    return op('cast', [op('eq', [line(n, [n, 1]), line(m, [1, m])])], { dtype });
  });
  return finish(new Tensor<D>(made), options);
}

/**
 * Uniform in [0, 1). The same seed gives the same bits on every device.
 *
 * @example
 * manualSeed(0);
 * await rand([2]).tolist(); // [0.4185, 0.3147]
 */
export function rand<D extends DType = 'float32'>(shape: Sizes, options: RandomOptions<D> = {}): Tensor<D> {
  const list = sizes('rand', shape);
  const { engine, dtype } = prepare('rand', options, randomNames, list);
  if (!isFloat(dtype)) throw new DTypeError(`rand: expected a floating dtype, got ${dtype}`);
  return finish(
    new Tensor<D>(random.uniform(list, dtype, engine, random.generatorOr('rand', options.generator))),
    options,
  );
}
/** Standard normal numbers, to within rounding the same on every device. */
export function randn<D extends DType = 'float32'>(shape: Sizes, options: RandomOptions<D> = {}): Tensor<D> {
  const list = sizes('randn', shape);
  const { engine, dtype } = prepare('randn', options, randomNames, list);
  if (!isFloat(dtype)) throw new DTypeError(`randn: expected a floating dtype, got ${dtype}`);
  return finish(
    new Tensor<D>(random.normal(list, dtype, engine, random.generatorOr('randn', options.generator))),
    options,
  );
}
/**
 * Integers in [low, high), low being 0 unless given; int32 unless `dtype` says otherwise.
 *
 * @example
 * randint(10, [2, 3]).shape; // [2, 3]
 * randint(-5, 5, [2, 3], { dtype: 'float32' }).dtype; // 'float32'
 */
export function randint<D extends DType = 'int32'>(
  high: number,
  shape: readonly number[],
  options?: RandomOptions<D>,
): Tensor<D>;
export function randint<D extends DType = 'int32'>(
  low: number,
  high: number,
  shape: Sizes,
  options?: RandomOptions<D>,
): Tensor<D>;
export function randint<D extends DType>(
  first: number,
  second: Sizes,
  third?: Sizes | RandomOptions<D>,
  fourth?: RandomOptions<D>,
): Tensor<D> {
  if (typeof second === 'number') return integers(first, second, third as Sizes, fourth ?? {});
  return integers(0, first, second, (third as RandomOptions<D> | undefined) ?? {});
}
function integers<D extends DType>(low: number, high: number, shape: Sizes, options: RandomOptions<D>): Tensor<D> {
  const list = sizes('randint', shape);
  checkNumbers('randint', { low, high });
  if (!(Number.isInteger(low) && Number.isInteger(high) && low < high))
    throw new OptionError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  if (low < -(2 ** 31) || high > 2 ** 31 || high - low >= 2 ** 32)
    throw new OptionError(`randint: bounds must fit int32 and lie less than 2^32 apart, got [${low}, ${high})`);
  const { engine, dtype } = prepare('randint', { dtype: 'int32', ...options }, randomNames, list);
  const made = scoped(() => {
    const ints = random.randomInt(low, high, list, 'int32', engine, random.generatorOr('randint', options.generator));
    return dtype === 'int32' ? ints : op('cast', [ints], { dtype });
  });
  if (dtype === 'int32') made.storage.value.range = { min: low, max: high - 1, exact: false };
  return finish(new Tensor<D>(made), options);
}
/** A random order of 0 … n − 1; int32 unless `dtype` says otherwise. */
export function randperm<D extends DType = 'int32'>(n: number, options: RandomOptions<D> = {}): Tensor<D> {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31)
    throw new OptionError(`randperm: n must be a non-negative integer below 2^31, got ${describe(n)}`);
  const { generator, ...made } = options;
  checkOptions('randperm', options, randomNames);
  engineFor(options.device).backend.checkSize('randperm', [n], 'int32');
  const order = random.permutation(n, random.generatorOr('randperm', generator));
  return fromArray<D>(order, [n], { ...made, dtype: options.dtype ?? ('int32' as D) });
}

/** Seeds the default generator, for every device and for shuffling. Returns it. */
export function manualSeed(seed: number): random.Generator {
  return random.defaultGenerator.manualSeed(seed);
}

export { Generator, type GeneratorState } from './impl/random.ts';
