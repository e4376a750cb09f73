/** Pooling over 1, 2 or 3 dims. The kernels pool planes; lines are planes of height 1, and a volume is pooled by planes, then along its depth. */
import { apply } from '../../autograd/apply.ts';
import type { Var } from '../../autograd/var.ts';
import { numel } from '../../core/shape.ts';
import type { Attrs } from '../../ops/types.ts';
import { op, scalar, scoped } from './common.ts';

/** How one dim is cut into windows. */
export interface Axis {
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** Adaptive pooling: this many windows, whatever the rest says. */
  readonly outputSize?: number;
}
interface Rules {
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  /** 0: the window's own size. */
  readonly divisorOverride?: number;
}
type Pool = (x: Var, axes: readonly [Axis, Axis]) => Var[];

/** A dim of which every element is a window. */
const each: Axis = { kernelSize: 1, stride: 1, padding: 0, dilation: 1 };

/** Windows of equal size where the results divide the input evenly: those overlap nowhere, which is cheaper to know. */
function even(axis: Axis, size: number): Axis {
  const { outputSize } = axis;
  if (outputSize === undefined || outputSize === 0 || size % outputSize !== 0) return axis;
  return { ...each, kernelSize: size / outputSize, stride: size / outputSize };
}

function attrsOf(x: Var, given: readonly [Axis, Axis], rules: Rules): Attrs {
  const [h, w] = x.shape.slice(2) as [number, number];
  const axes = [even(given[0], h), even(given[1], w)] as const;
  const both = (of: (axis: Axis) => number): [number, number] => [of(axes[0]), of(axes[1])];
  return {
    kernelSize: both((a) => a.kernelSize),
    stride: both((a) => a.stride),
    padding: both((a) => a.padding),
    dilation: both((a) => a.dilation),
    ceilMode: rules.ceilMode ?? false,
    countIncludePad: rules.countIncludePad ?? true,
    divisorOverride: rules.divisorOverride ?? 0,
    ...(axes.some((a) => a.outputSize !== undefined) && {
      outputSize: [given[0].outputSize ?? h, given[1].outputSize ?? w],
    }),
  };
}

const reshape = (x: Var, shape: readonly number[]): Var => op('reshape', [x], { shape });

/** `fn` of x as (N, C, …), whether or not x came with a batch. */
function batched(x: Var, dims: number, fn: (x: Var) => Var[]): Var[] {
  if (x.shape.length === dims + 2) return fn(x);
  return fn(reshape(x, [1, ...x.shape])).map((y) => reshape(y, y.shape.slice(1)));
}

/** Pools the dims after the first two, of which there are as many as axes. */
function pooled(
  x: Var,
  axes: readonly Axis[],
  planes: Pool,
  depth: Pool,
  join: (plane: Var[], depth: Var[], input: readonly number[]) => Var[],
): Var[] {
  const [n, c, ...size] = x.shape as [number, number, ...number[]];
  const [a, b, d] = axes;
  if (d) {
    const inPlanes = planes(reshape(x, [n * c, ...size]), [b!, d]);
    const [, , oh, ow] = inPlanes[0]!.shape as readonly [number, number, number, number];
    const along = depth(reshape(inPlanes[0]!, [n, c, size[0]!, oh * ow]), [a!, each]);
    return join(inPlanes, along, size).map((y) => reshape(y, [n, c, along[0]!.shape[2]!, oh, ow]));
  }
  if (b) return planes(x, [a!, b]);
  return planes(reshape(x, [n, c, 1, ...size]), [each, a!]).map((y) => reshape(y, [n, c, y.shape[3]!]));
}

/** Maxima and, if asked for, the index of each in its input (line, plane or volume), int32. */
export function maxPool(x: Var, axes: readonly Axis[], ceilMode: boolean, returnIndices: boolean): Var[] {
  const pool: Pool = (z, two) => apply('maxPool2d', [z], attrsOf(z, two, { ceilMode }));
  // A maximum of maxima lies where the maximum of its plane does.
  const join = ([, inPlane]: Var[], [y, along]: Var[], [d, h, w]: readonly number[]): Var[] => {
    if (!returnIndices) return [y!];
    const lines = inPlane!.shape[0]!;
    const step = [scalar(0, 'int32'), scalar(h! * w!, 'int32')];
    const below = op('arange', step, { shape: [d!], dtype: 'int32' }, x.engine);
    const inVolume = reshape(op('add', [inPlane!, reshape(below, [d!, 1, 1])]), [
      lines,
      numel(inPlane!.shape.slice(1)),
    ]);
    const chosen = reshape(along!, [lines, numel(along!.shape.slice(2))]);
    return [y!, op('gather', [inVolume, chosen], { dim: 1 })];
  };
  return scoped(() => {
    const results = batched(x, axes.length, (z) => pooled(z, axes, pool, pool, join)).slice(0, returnIndices ? 2 : 1);
    const indices = results[1]?.storage.value;
    if (indices) indices.range = { min: 0, max: Math.max(numel(x.shape.slice(-axes.length)) - 1, 0), exact: false };
    return results;
  });
}

export function avgPool(x: Var, axes: readonly Axis[], rules: Rules): Var {
  const pool =
    (own: Rules): Pool =>
    (z, two) => [op('avgPool2d', [z], attrsOf(z, two, { ...rules, ...own }))];
  // A given divisor divides once.
  const planes = pool(axes.length === 3 && rules.divisorOverride ? { divisorOverride: 1 } : {});
  return scoped(() => batched(x, axes.length, (z) => pooled(z, axes, planes, pool({}), (_, along) => along)))[0]!;
}

/** Zeros of the given sizes with each value at its index. */
export function maxUnpool(x: Var, indices: Var, size: readonly number[]): Var {
  const lead = x.shape.slice(0, -size.length);
  const flat = (v: Var): Var => reshape(v, [numel(lead), numel(x.shape.slice(lead.length))]);
  return scoped(() => reshape(op('maxUnpool', [flat(x), flat(indices)], { size: numel(size) }), [...lead, ...size]));
}
