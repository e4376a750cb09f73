/** What poolings check: the rank of their input, its dtype, and that their windows fit into it. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, type Shape } from '../../core/shape.ts';
import { poolOutputSize } from '../../ops/pool.ts';
import type { Axis } from '../impl/pooling.ts';
import type { Tensor } from '../tensor.ts';
import { type Sizes, sizes } from './arguments.ts';

/** Where windows lie; S is a number or a list of one per spatial dim. */
export interface WindowOptions<S = Sizes> {
  /** From one window to the next. Default (null): the kernel's size. */
  readonly stride?: S | null;
  /** How far windows reach over both ends: at most half of the kernel. */
  readonly padding?: S;
  /** From one element of a window to the next. */
  readonly dilation?: S;
  /** Keep a last window that hangs over the end. */
  readonly ceilMode?: boolean;
}

/** No stride: PyTorch also takes an empty list. */
const isNone = (stride: Sizes | null | undefined): stride is null | undefined =>
  stride === null || stride === undefined || (typeof stride === 'object' && stride.length === 0);

/** A name as PyTorch's messages spell it. */
export const torchName = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** PyTorch's name of max pooling of lines where neither gradients nor indices are asked for: a kernel with words of its own. */
export const lean = 'max_pool1d()';

/** What PyTorch says of an input of the wrong rank; where functions have words of their own, by name. */
const wrongRank: Readonly<Record<string, (shape: Shape) => string>> = {
  [lean]: (shape) =>
    `max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:${formatShape(shape)}`,
  adaptiveAvgPool2d: (shape) => `adaptive_avg_pool2d(): Expected 3D or 4D tensor, but got ${formatShape(shape)}`,
  adaptiveAvgPool3d: (shape) => `adaptive_avg_pool3d(): Expected 4D or 5D tensor, but got ${formatShape(shape)}`,
  adaptiveMaxPool2d: (shape) => `adaptive_max_pool2d(): Expected 3D or 4D tensor, but got: ${formatShape(shape)}`,
  adaptiveMaxPool3d: (shape) => `adaptive_max_pool3d(): Expected 4D or 5D tensor, but got: ${formatShape(shape)}`,
};
const rankComplaint = (name: string, shape: Shape, dims: number): string =>
  wrongRank[name]?.(shape) ??
  (dims === 1
    ? `Expected 2 to 3 dimensions, but got ${shape.length}-dimensional tensor for argument #1 'self' (while checking arguments for ${torchName(name)})`
    : `non-empty ${dims + 1}D or ${dims + 2}D (batch mode) tensor expected for input`);

/** Throws unless `x` is (N, C, …) or (C, …) with `dims` more dims, of a dtype that can be pooled. */
export function checkPooled(name: string, x: Tensor, dims: number, integers = false): void {
  const { shape } = x;
  if (shape.length !== dims + 1 && shape.length !== dims + 2)
    throw new ShapeError(
      `${rankComplaint(name, shape, dims)}\n  in ${name}: (N, C, …) or (C, …) with ${dims} more, got ${formatShape(shape)}`,
    );
  if (!isFloat(x.dtype) && !(integers && x.dtype === 'int32')) {
    const type = x.dtype[0]!.toUpperCase() + x.dtype.slice(1).replace('32', '');
    throw new DTypeError(`"${torchName(name)}" not implemented for '${type}'\n  in ${name}: cast with .float()`);
  }
}

/**
 * The windows along each spatial dim.
 *
 * @throws ShapeError when none fits; OptionError for sizes that make no sense.
 */
export function windows<S extends Sizes>(
  name: string,
  shape: Shape,
  dims: number,
  kernelSize: S,
  options: WindowOptions<S>,
): { axes: Axis[]; ceilMode: boolean } {
  const { padding = 0, dilation = 1, ceilMode = false } = options;
  const given = {
    kernelSize: sizes(name, 'kernelSize', kernelSize, dims),
    stride: sizes(name, 'stride', isNone(options.stride) ? kernelSize : options.stride, dims),
    padding: sizes(name, 'padding', padding, dims),
    dilation: sizes(name, 'dilation', dilation, dims),
  };
  for (const [option, least] of [
    ['stride', 1],
    ['kernelSize', 1],
    ['dilation', 1],
    ['padding', 0],
  ] as const) {
    const bad = given[option].find((v) => v < least);
    if (bad !== undefined) throw new OptionError(`${tooSmall(name, option, bad)}\n  in ${name}: ${option}`);
  }
  const axes = given.kernelSize.map((k, i) => ({
    kernelSize: k,
    stride: given.stride[i]!,
    padding: given.padding[i]!,
    dilation: given.dilation[i]!,
  }));
  for (const { kernelSize: k, padding: p, dilation: d } of axes) {
    if (p <= ((k - 1) * d + 1) / 2) continue;
    throw new OptionError(
      name === lean
        ? `${lean} padding should be at most half of kernel size, but got padding=${p} and kernel_size=${k}`
        : `pad should be at most half of effective kernel size, but got pad=${p}, kernel_size=${k} and dilation=${d}\n  in ${name}`,
    );
  }
  const empty = shape.findIndex((d, i) => d === 0 && i > shape.length - dims - 2);
  if (empty >= 0)
    throw new ShapeError(
      `Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but got:${formatShape(shape)}\n  in ${name}`,
    );
  checkOutput(name, shape.slice(-dims - 1), axes, ceilMode);
  return { axes, ceilMode };
}

function tooSmall(name: string, option: string, value: number): string {
  if (option === 'padding')
    return name === lean
      ? `${lean} padding must be non-negative, but got ${value}`
      : `pad must be non-negative, but got pad: ${value}`;
  if (name === lean) return `${lean} ${torchName(option)} must be greater than zero, but got ${value}`;
  if (option === 'stride') return 'stride should not be zero';
  return `${torchName(option).replace('_', ' ')} should be greater than zero, but got ${value}`;
}

function checkOutput(name: string, [channels, ...size]: Shape, axes: readonly Axis[], ceilMode: boolean): void {
  const out = axes.map((a, i) => poolOutputSize(size[i]!, a.kernelSize, a.stride, a.padding, a.dilation, ceilMode));
  if (out.every((d) => d > 0)) return;
  if (name === lean) throw new ShapeError(`${lean} Invalid computed output size: ${out[0]}`);
  const text = (of: Shape): string => `(${[channels, ...(axes.length === 1 ? [1] : []), ...of].join('x')})`;
  throw new ShapeError(
    `Given input size: ${text(size)}. Calculated output size: ${text(out)}. Output size is too small\n  in ${name}`,
  );
}
