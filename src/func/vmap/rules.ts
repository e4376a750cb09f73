/** How ops work on all samples at once. What has no rule here runs once per sample. */
import { apply, kitFor, type VarInput } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import { numel } from '../../core/shape.ts';
import { row } from '../../ops/index.ts';
import { type Attrs, isScalar } from '../../ops/types.ts';
import { Batched } from './batched.ts';

/** An operand of a batched op: all samples with the batch first, or one for all of them. */
export interface Sampled {
  readonly v: VarInput;
  readonly batched: boolean;
}
/** Results with the batch first, or null where the rule does not apply. */
type Rule = (inputs: readonly Sampled[], attrs: Attrs, size: number) => Var[] | null;

/** Runs an op on all samples. */
export function runBatched(op: string, inputs: readonly Sampled[], attrs: Attrs, size: number): Var[] {
  const rule = rules[op] ?? (row(op).kind === 'pointwise' ? pointwise(op) : null);
  return rule?.(inputs, attrs, size) ?? oneByOne(op, inputs, attrs, size);
}

const shapeOf = ({ v, batched }: Sampled): readonly number[] =>
  isScalar(v) ? [] : batched ? v.shape.slice(1) : v.shape;
const one = (op: string, inputs: readonly VarInput[], attrs: Attrs = {}): Var => apply(op, inputs, attrs)[0]!;
const reshape = (v: Var, shape: readonly number[]): Var => one('reshape', [v], { shape });
const list = (attrs: Attrs, key: string): readonly number[] => attrs[key] as readonly number[];

/** The operand for all samples, also where one is for all of them. */
function spread({ v, batched }: Sampled, size: number): VarInput {
  return isScalar(v) || batched ? v : one('expand', [v], { shape: [size, ...v.shape] });
}

/** Samples broadcast from the right, so that a batch stays in front of the longest of them. */
const pointwise =
  (op: string): Rule =>
  (inputs, attrs, size) => {
    const rank = Math.max(...inputs.map((i) => shapeOf(i).length));
    const aligned = inputs.map((i) => {
      if (isScalar(i.v) || !i.batched) return i.v;
      const shape = shapeOf(i);
      return shape.length === rank ? i.v : reshape(i.v, [size, ...Array(rank - shape.length).fill(1), ...shape]);
    });
    return apply(op, aligned, attrs);
  };

/** The sample's dims come after the batch: attributes that name dims move up by one. */
const shifted =
  (op: string, key: 'dim' | 'dims'): Rule =>
  (inputs, attrs, size) => {
    const value = attrs[key] as number | readonly number[];
    const moved = typeof value === 'number' ? value + 1 : value.map((d) => d + 1);
    return apply(
      op,
      inputs.map((i) => spread(i, size)),
      { ...attrs, [key]: moved },
    );
  };
/** Dims are counted from the last, or not at all. */
const alike =
  (op: string): Rule =>
  (inputs, attrs, size) =>
    apply(
      op,
      inputs.map((i) => spread(i, size)),
      attrs,
    );

/** A view: `change` puts the batch in front of what attributes say of the sample. */
const view =
  (op: string, change: (attrs: Attrs, size: number, x: Var) => Attrs): Rule =>
  ([x], attrs, size) => [one(op, [x!.v], change(attrs, size, x!.v as Var))];

/** The position in the flattened sample where all dims are reduced; else along the one. */
const argument =
  (op: string): Rule =>
  ([x], attrs, size) => {
    const v = x!.v as Var;
    const dims = list(attrs, 'dims');
    const rank = v.shape.length - 1;
    if (dims.length === 1 || rank === 0) return apply(op, [v], { ...attrs, dims: dims.map((d) => d + 1) });
    const flat = one(op, [reshape(v, [size, numel(v.shape.slice(1))])], { ...attrs, dims: [1] });
    return [reshape(flat, [size, ...Array(rank).fill(1)])];
  };

/** At positions that all samples share. */
const writingSlices =
  (op: string): Rule =>
  ([base, index, src], attrs, size) =>
    index!.batched
      ? null
      : apply(op, [spread(base!, size), index!.v, spread(src!, size)], { ...attrs, dim: (attrs.dim as number) + 1 });

const rules: Readonly<Record<string, Rule>> = {
  reshape: view('reshape', (attrs, size) => ({ shape: [size, ...list(attrs, 'shape')] })),
  permute: view('permute', (attrs) => ({ dims: [0, ...list(attrs, 'dims').map((d) => d + 1)] })),
  slice: view('slice', (attrs, size) => ({
    starts: [0, ...list(attrs, 'starts')],
    sizes: [size, ...list(attrs, 'sizes')],
    steps: [1, ...list(attrs, 'steps')],
  })),
  expand: ([x], attrs, size) => {
    const shape = list(attrs, 'shape');
    const sample = shapeOf(x!);
    const inner = reshape(x!.v as Var, [size, ...Array(shape.length - sample.length).fill(1), ...sample]);
    return [one('expand', [inner], { shape: [size, ...shape] })];
  },
  ...Object.fromEntries(['sum', 'prod', 'amax', 'amin', 'any', 'all'].map((op) => [op, shifted(op, 'dims')])),
  ...Object.fromEntries(
    [
      'softmax',
      'logSoftmax',
      'softmaxBackward',
      'logSoftmaxBackward',
      'gather',
      'scatterAdd',
      'scatter',
      'scatterReduce',
      'cat',
      'sort',
      'unsort',
      'cumsum',
      'cumprod',
      'cummax',
      'cummin',
      'logcumsumexp',
      'linearScan',
      'fft1d',
    ].map((op) => [op, shifted(op, 'dim')]),
  ),
  argmax: argument('argmax'),
  argmin: argument('argmin'),
  matmul: alike('matmul'),
  layerNorm: alike('layerNorm'),
  layerNormBackward: alike('layerNormBackward'),
  rmsNorm: alike('rmsNorm'),
  rmsNormBackward: alike('rmsNormBackward'),
  indexSelect: (inputs, attrs) => {
    const [x, index] = inputs as [Sampled, Sampled];
    return index.batched ? null : apply('indexSelect', [x.v, index.v], { dim: (attrs.dim as number) + 1 });
  },
  ...Object.fromEntries(['indexAdd', 'indexCopy', 'indexReduce'].map((op) => [op, writingSlices(op)])),
  /** Shared filters: the samples are more of the images. */
  conv2d: (inputs, attrs, size) => {
    const [x, ...shared] = inputs as [Sampled, ...Sampled[]];
    if (shared.some((i) => i.batched)) return null;
    const [, n, ...rest] = (x.v as Var).shape as [number, number, ...number[]];
    const y = one('conv2d', [reshape(x.v as Var, [size * n, ...rest]), ...shared.map((i) => i.v)], attrs);
    return [reshape(y, [size, n, ...y.shape.slice(1)])];
  },
};

/** Runs an op for each sample by itself and joins what it gives. */
function oneByOne(op: string, inputs: readonly Sampled[], attrs: Attrs, size: number): Var[] {
  const runs = Array.from({ length: size }, (_, i) =>
    apply(
      op,
      inputs.map(({ v, batched }) => {
        if (isScalar(v) || !batched) return v;
        const starts = v.shape.map((_, d) => (d === 0 ? i : 0));
        const taken = one('slice', [v], { starts, sizes: [1, ...v.shape.slice(1)], steps: v.shape.map(() => 1) });
        return reshape(taken, v.shape.slice(1));
      }),
      attrs,
    ),
  );
  return runs[0]!.map((_, n) => {
    const parts = runs.map((results) => reshape(results[n]!, [1, ...results[n]!.shape]));
    return one('cat', parts, { dim: 0 });
  });
}

/** The composition of a composite op, on samples. */
export function composition(op: string, inputs: readonly VarInput[], attrs: Attrs): Var[] | null {
  const r = row(op);
  if (r.kind !== 'composite') return null;
  const { engine } = inputs.find((i): i is Var => i instanceof Batched)!;
  return r.forward(kitFor(engine, true), inputs, attrs) as Var[];
}
