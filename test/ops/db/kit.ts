/** What a row of the op database is, and the deterministic data its samples are filled with. */
import type { Tensor } from '../../../src/index.ts';
import type { tolerances } from '../tolerances.ts';

export type OperandDType = 'float32' | 'int32' | 'bool';

/** How an operand lies in memory: the op sees `shape`, but reads it through a view of a larger or differently ordered leaf. */
export type View = 'transposed' | 'sliced' | 'flipped' | 'expanded';
export const views: readonly View[] = ['transposed', 'sliced', 'flipped', 'expanded'];

/** One tensor of a sample. */
export interface Operand {
  readonly shape: readonly number[];
  /** Default float32. */
  readonly dtype?: OperandDType;
  /** Values are drawn from [low, high); default [-2, 2), for int32 [-4, 5). */
  readonly range?: readonly [low: number, high: number];
  /** The elements themselves, row-major, instead of drawn ones. */
  readonly values?: readonly number[];
  readonly view?: View;
}

/** One of the published exceptions from the usual tolerance. */
export type Exception = (typeof tolerances)[keyof typeof tolerances];

export type Options = Readonly<Record<string, unknown>>;

export interface Sample<O = Options> {
  readonly inputs: readonly Operand[];
  readonly options?: O;
  /**
   * Kinks, ties, the edges of what float32 holds, gradients that are cut on purpose: checked against PyTorch, but not by
   * finite differences.
   */
  readonly extreme?: true;
  /** Instead of the row's, where small results must be right relative to themselves. */
  readonly atol?: number;
}

export interface ErrorSample<O = Options> {
  readonly inputs: readonly Operand[];
  readonly options?: O;
  /** Whether the float inputs require grad. */
  readonly requiresGrad?: true;
  /** Name of the error class. */
  readonly error: 'ShapeError' | 'DTypeError' | 'OptionError' | 'GradError';
  readonly message: RegExp;
}

/** One op's inputs, and what is expected of it. The goldens of PyTorch are found by `name`. */
export interface OpSamples<O = Options> {
  readonly name: string;
  readonly samples: readonly Sample<O>[];
  /** Larger or stranger inputs, for CPU against WebGPU only: too big to store the expected values of. */
  readonly parity?: readonly Sample<O>[];
  /** An exception from the usual tolerance. */
  readonly tolerance?: Exception;
  /** Inputs that take no gradient although they are floating (running statistics, class weights). */
  readonly constants?: readonly number[];
  readonly errors?: readonly ErrorSample<O>[];
}
/** A row. */
export interface OpCase<O = Options> extends OpSamples<O> {
  call(options: O, ...inputs: Tensor[]): Tensor | Tensor[];
}
/** A row of an op whose results' size depends on the data, so that it has to be awaited. */
export interface AsyncOpCase<O = Options> extends OpSamples<O> {
  call(options: O, ...inputs: Tensor[]): Promise<Tensor | Tensor[]>;
}

/** Types a row's options by its own samples. */
export function op<O extends object>(row: OpCase<O>): OpCase {
  return row as OpCase;
}

export function asyncOp<O extends object>(row: AsyncOpCase<O>): AsyncOpCase {
  return row as AsyncOpCase;
}

/** A float32 operand. */
export function f(shape: readonly number[], extra: Omit<Operand, 'shape'> = {}): Operand {
  return { shape, ...extra };
}
/** An int32 operand with these values, or drawn from `range`. */
export function int(shape: readonly number[], values?: readonly number[], range?: readonly [number, number]): Operand {
  return { shape, dtype: 'int32', ...(values && { values }), ...(range && { range }) };
}
export function bool(shape: readonly number[], view?: View): Operand {
  return { shape, dtype: 'bool', ...(view && { view }) };
}
/** A 1-d float32 operand of exactly these values. */
export function vec(values: readonly number[], dtype: OperandDType = 'float32'): Operand {
  return { shape: [values.length], values, dtype };
}

/** The `i`-th number of stream `seed`: mulberry32, whose state is a counter. `tools/golden/prng.py` is the same function. */
export function mulberry32(seed: number, i: number): number {
  let t = (seed + Math.imul(i + 1, 0x6d2b79f5)) | 0;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}
/** Uniform in (0, 1) in steps of 2^-16, centred, so that a symmetric range never holds its middle (where kinks are). */
export function uniform(seed: number, i: number): number {
  return ((mulberry32(seed, i) >>> 16) + 0.5) / 65536;
}

export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/** The shape of the contiguous leaf that an operand is a view of. */
export function baseShape({ shape, view }: Operand): number[] {
  const last = shape.length - 1;
  switch (view) {
    case 'transposed':
      return shape.map((d, i) => (i === last ? shape[last - 1]! : i === last - 1 ? shape[last]! : d));
    case 'sliced':
      return shape.map((d, i) => (i === last ? 2 * d + 1 : d + 1));
    case 'expanded':
      return shape.map((d, i) => (i === 0 ? 1 : d));
    default:
      return [...shape];
  }
}

/** The view of a leaf that gives an operand its shape. */
export function applyView(base: Tensor, { shape, view }: Operand): Tensor {
  switch (view) {
    case 'transposed':
      return base.transpose(-1, -2);
    case 'sliced':
      return base.at(...shape.map((_, i): [number, null, number] => [1, null, i === shape.length - 1 ? 2 : 1]));
    case 'flipped':
      return base.flip(shape.map((_, i) => i));
    case 'expanded':
      return base.expand(shape);
    default:
      return base;
  }
}

/** The elements of an operand's leaf. */
export function baseValues(operand: Operand, seed: number): number[] {
  if (operand.values) return [...operand.values];
  const length = baseShape(operand).reduce((n, d) => n * d, 1);
  const { dtype = 'float32' } = operand;
  const [low, high] = operand.range ?? (dtype === 'int32' ? [-4, 5] : [-2, 2]);
  return Array.from({ length }, (_, i) => {
    const u = uniform(seed, i);
    if (dtype === 'bool') return u < 0.5 ? 0 : 1;
    const v = low + (high - low) * u;
    return dtype === 'int32' ? Math.floor(v) : Math.fround(v);
  });
}

/** The stream for one operand; `salt` gives other data of the same kind. */
export function seedOf(row: string, sample: number, operand: number, salt = 0): number {
  return hash(`${row}/${sample}/${operand}/${salt}`);
}

/** The fixed cotangent of the gradient goldens: element i of a result. */
export function cotangent(i: number): number {
  return (((i * 37 + 11) % 17) - 8) / 8;
}

/** Identity of a sample's inputs and options: a golden made from others is stale. */
export function fingerprint(row: OpSamples, index: number): string {
  const sample = row.samples[index]!;
  const data = sample.inputs.map((x, i) => baseValues(x, seedOf(row.name, index, i)).map(String));
  return hash(
    JSON.stringify([sample.inputs.map((x) => [x.shape, x.dtype, x.view]), sample.options ?? {}, data]),
  ).toString(16);
}

/** The elements that an operand's view shows, row-major, picked from its leaf's elements by index arithmetic alone. */
export function viewedValues(operand: Operand, base: readonly number[]): number[] {
  const { shape, view } = operand;
  const from = baseShape(operand);
  const last = shape.length - 1;
  const length = shape.reduce((n, d) => n * d, 1);
  return Array.from({ length }, (_, flat) => {
    const at = new Array<number>(shape.length);
    for (let i = last, rest = flat; i >= 0; i--) {
      at[i] = rest % shape[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    if (view === 'transposed') [at[last], at[last - 1]] = [at[last - 1]!, at[last]!];
    const source = at.map((k, i) =>
      view === 'sliced'
        ? 1 + k * (i === last ? 2 : 1)
        : view === 'flipped'
          ? shape[i]! - 1 - k
          : view === 'expanded' && i === 0
            ? 0
            : k,
    );
    return base[source.reduce((n, k, i) => n * from[i]! + k, 0)]!;
  });
}

/** Whether an operand can be seen through a view. */
export const takesView = (x: Operand, view: View): boolean => x.shape.length >= (view === 'transposed' ? 2 : 1);

/** The sample with every operand seen through `view`, and the same elements laid out contiguously. */
export function viewedSample(
  row: OpSamples,
  sample: Sample,
  index: number,
  view: View,
): [viewed: Sample, plain: Sample] {
  // Running statistics are written in place, which an expanded tensor does not take.
  const inputs = sample.inputs.map((x, i) => (takesView(x, view) && !row.constants?.includes(i) ? { ...x, view } : x));
  const plain = inputs.map(({ view: _, ...x }, i) => {
    const seen = inputs[i]!;
    return { ...x, values: viewedValues(seen, baseValues(seen, seedOf(row.name, index, i))) };
  });
  return [
    { ...sample, inputs },
    { ...sample, inputs: plain },
  ];
}
