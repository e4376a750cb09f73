/** Neural network functions: products, convolution, pooling, normalisation, dropout. */
import { apply } from '../../autograd/apply.ts';
import { lowered } from '../../autograd/autocast.ts';
import type { Var } from '../../autograd/var.ts';
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { broadcastShapes, formatShape, normalizeDim, numel, type Shape, sameShape } from '../../core/shape.ts';
import type { OpName } from '../../ops/index.ts';
import { checkMatmul } from '../../ops/matmul.ts';
import type { Attrs, Scalar } from '../../ops/types.ts';
import { isAddressable, named, notImplemented, op, scalar, scoped, spoken } from './common.ts';
import { expand } from './shape.ts';

/** torch.matmul: 1-d operands are vectors, leading dims broadcast. */
export function matmul(left: Var, right: Var): Var {
  const [a, b] = lowered([left, right]);
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `both arguments to matmul need to be at least 1D, but they are ${a.shape.length}D and ${b.shape.length}D\n  use mul() for scalars`,
    );
  }
  const result = scoped(() => {
    const rows = a.shape.length === 1 ? op('reshape', [a], { shape: [1, a.shape[0]!] }) : a;
    const columns = b.shape.length === 1 ? op('reshape', [b], { shape: [b.shape[0]!, 1] }) : b;
    if (a.shape.length === 1 && b.shape.length === 1 && a.shape[0] !== b.shape[0]) {
      throw new ShapeError(
        `inconsistent tensor size, expected tensor [${a.shape[0]}] and src [${b.shape[0]}] to have the same number of elements, but got ${a.shape[0]} and ${b.shape[0]} elements respectively\n  in matmul`,
      );
    }
    if (a.shape.length === 2 && b.shape.length === 1 && a.shape[1] !== b.shape[0]) {
      throw new ShapeError(
        `size mismatch, got input (${a.shape[0]}), mat (${a.shape.join('x')}), vec (${b.shape[0]})\n  in matmul of ${formatShape(a.shape)} @ ${formatShape(b.shape)}`,
      );
    }
    checkMatmul(rows, columns);
    if (a.dtype === 'bool') notImplemented('matmul', 'addmm_impl_cpu_', a.dtype);
    const out = product(rows, columns);
    const shape = out.shape.filter(
      (_, i) =>
        !((a.shape.length === 1 && i === out.shape.length - 2) || (b.shape.length === 1 && i === out.shape.length - 1)),
    );
    return sameShape(shape, out.shape) ? out : op('reshape', [out], { shape });
  });
  return named(result, productName(a, b));
}

function productName(a: Var, b: Var): string {
  if (a.shape.length === 1 && b.shape.length === 1) return 'DotBackward0';
  if (a.shape.length === 1 && b.shape.length === 2) return 'SqueezeBackward4';
  if (a.shape.length === 2 && b.shape.length <= 2) return b.shape.length === 1 ? 'MvBackward0' : 'MmBackward0';
  return 'UnsafeViewBackward0';
}

function product(a: Var, b: Var): Var {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape[b.shape.length - 1]!;
  if (!isFloat(a.dtype)) return wholeProduct(a, b);
  if (b.shape.length === 2 && a.shape.length > 2) {
    // One matrix for the whole batch: a single tall product.
    const rows = numel(a.shape.slice(0, -1));
    return op('reshape', [op('matmul', [op('reshape', [a], { shape: [rows, k] }), b])], {
      shape: [...a.shape.slice(0, -1), n],
    });
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wide = (x: Var, tail: Shape): Var =>
    sameShape(x.shape.slice(0, -2), batch) ? x : op('expand', [x], { shape: [...batch, ...tail] });
  return op('matmul', [wide(a, [m, k]), wide(b, [k, n])]);
}

/** Of whole numbers, exact modulo 2^32: sums whose terms are multiplied as they are read, so that they take no memory. */
export function wholeProduct(a: Var, b: Var): Var {
  const lead = [...b.shape.slice(0, -2).keys()];
  const turned = op('permute', [b], { dims: [...lead, lead.length + 1, lead.length] });
  const rows = op('reshape', [a], { shape: [...a.shape.slice(0, -1), 1, a.shape.at(-1)!] });
  const columns = op('reshape', [turned], { shape: [...b.shape.slice(0, -2), 1, ...turned.shape.slice(-2)] });
  const wide = broadcastShapes('matmul', rows.shape, columns.shape);
  const shape = wide.slice(0, -1);
  const length = wide.at(-1)!;
  let part = length;
  while (part > 1 && !isAddressable(a, [...shape, part])) part = Math.ceil(part / 2);
  const from = (x: Var, start: number): Var => {
    const sizes = [...x.shape.slice(0, -1), Math.min(part, length - start)];
    const starts = sizes.map((_, i) => (i === sizes.length - 1 ? start : 0));
    return part >= length ? x : op('slice', [x], { starts, sizes, steps: sizes.map(() => 1) });
  };
  const sumFrom = (start: number): Var =>
    op('sum', [op('mul', [from(rows, start), from(columns, start)])], { dims: [shape.length] });
  let total = sumFrom(0);
  for (let start = part; start < length; start += part) total = op('add', [total, sumFrom(start)]);
  return op('reshape', [total], { shape });
}

/** x·Wᵀ + b */
export function linear(...operands: [x: Var, weight: Var, bias: Var | null]): Var {
  const [x, weight, bias] = lowered(operands);
  checkLinear(x, weight);
  const result = scoped(() => {
    const y = matmul(x, op('permute', [weight], { dims: weight.shape.length === 2 ? [1, 0] : [0] }));
    if (!bias) return y;
    if (bias.dtype !== y.dtype) {
      throw new DTypeError(
        `self and mat2 must have the same dtype, but got ${spoken[bias.dtype]} and ${spoken[y.dtype]}\n  in linear, of the bias and the weight; cast one with .to()`,
      );
    }
    const sum = op('add', [y, bias]);
    // The bias may not widen the product: expand() says so.
    if (!sameShape(sum.shape, y.shape)) expand(bias, y.shape);
    return sum;
  });
  if (!bias) return result;
  return named(result, x.shape.length === 2 ? 'AddmmBackward0' : 'ViewBackward0');
}

function checkLinear(x: Var, weight: Var): void {
  const [own, other] = [x.shape.length, weight.shape.length];
  if (own === 0 || other === 0)
    throw new ShapeError(`both arguments to linear need to be at least 1D, but they are ${own}D and ${other}D`);
  if (other > 2)
    throw new ShapeError(
      `t() expects a tensor with <= 2 dimensions, but self is ${other}D\n  in linear, of the weight`,
    );
}

export const softmax = (name: 'softmax' | 'logSoftmax', x: Var, dim: number): Var =>
  scoped(() => {
    if (x.shape.length > 0) return op(name, [x], { dim: normalizeDim(name, dim, x.shape.length) });
    normalizeDim(name, dim, 0);
    return op('reshape', [op(name, [op('reshape', [x], { shape: [1] })], { dim: 0 })], { shape: [] });
  });

/** Throws unless `shape` ends in `normalizedShape`, and the parameters have that shape. */
export function checkNormalizedShape(
  name: string,
  shape: Shape,
  normalizedShape: Shape,
  parameters: Readonly<Record<string, Shape | undefined>>,
): void {
  const n = normalizedShape.length;
  if (n === 0)
    throw new ShapeError(
      `Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []\n  in ${name}`,
    );
  if (!sameShape(shape.slice(-n), normalizedShape)) {
    throw new ShapeError(
      `Given normalized_shape=${formatShape(normalizedShape)}, expected input with shape [*${normalizedShape.map((d) => `, ${d}`).join('')}], but got input of size${formatShape(shape)}\n  in ${name}`,
    );
  }
  for (const [parameter, own] of Object.entries(parameters)) {
    if (own && !sameShape(own, normalizedShape)) {
      throw new ShapeError(
        `Expected ${parameter} to be of same shape as normalized_shape, but got ${parameter} of shape ${formatShape(own)} and normalized_shape = ${formatShape(normalizedShape)}\n  in ${name}`,
      );
    }
  }
}

export function layerNorm(x: Var, normalizedShape: Shape, weight: Var | null, bias: Var | null, eps: number): Var {
  const n = normalizedShape.length;
  checkNormalizedShape('layerNorm', x.shape, normalizedShape, { weight: weight?.shape, bias: bias?.shape });
  if (!isFloat(x.dtype)) notImplemented('layerNorm', 'LayerNormKernelImpl', x.dtype);
  return named(
    scoped(() => affine(op('layerNorm', [x, scalar(eps, x.dtype)], { count: n }), weight, bias)),
    'NativeLayerNormBackward0',
  );
}

function affine(x: Var, weight: Var | null, bias: Var | null): Var {
  const scaled = weight ? op('mul', [x, weight]) : x;
  return bias ? op('add', [scaled, bias]) : scaled;
}

export interface BatchNormArgs {
  readonly weight: Var | null;
  readonly bias: Var | null;
  readonly training: boolean;
  readonly eps: number;
  /** Given the batch's mean and unbiased variance, (C) each, to fold into the running statistics. */
  readonly update: ((mean: Var, variance: Var) => void) | null;
}
export function batchNorm(x: Var, runningMean: Var | null, runningVar: Var | null, args: BatchNormArgs): Var {
  const c = x.shape[1];
  if (x.shape.length === 1 && x.shape[0] === 0) return op('mul', [x, scalar(1, x.dtype)]);
  if (x.shape.length < 2 || c === undefined)
    throw new ShapeError(`expected at least 2D input (got ${x.shape.length}D input)\n  in batchNorm`);
  for (const [name, p] of [
    ['running_mean', runningMean],
    ['running_var', runningVar],
    ['weight', args.weight],
    ['bias', args.bias],
  ] as const) {
    if (p && !sameShape(p.shape, [c]))
      throw new ShapeError(
        `${name} should contain ${c} elements not ${numel(p.shape)}\n  in batchNorm of ${formatShape(x.shape)}`,
      );
  }
  if (!isFloat(x.dtype)) notImplemented('batchNorm', 'batch_norm', x.dtype);
  const perChannel = x.shape.map((d, i) => (i === 1 ? d : 1));
  const channel = (p: Var | null): Var | null => p && op('reshape', [p], { shape: perChannel });
  const n = numel(x.shape) / Math.max(c, 1);
  const result = scoped(() => {
    const eps = scalar(args.eps, x.dtype);
    if (args.training) {
      // An empty batch teaches nothing.
      if (n === 0) return affine(op('mul', [x, scalar(1, x.dtype)]), channel(args.weight), channel(args.bias));
      if (n === 1)
        throw new ShapeError(
          `Expected more than 1 value per channel when training, got input size torch.Size(${formatShape(x.shape)})\n  in batchNorm; call eval() for single examples`,
        );
      const [xhat, mean, variance] = applyAll('batchNorm', x, {}, eps) as [Var, Var, Var];
      args.update?.(
        op('reshape', [mean], { shape: [c] }),
        op('mul', [op('reshape', [variance], { shape: [c] }), scalar(n / (n - 1), x.dtype)]),
      );
      return affine(xhat, channel(args.weight), channel(args.bias));
    }
    if (!runningMean || !runningVar)
      throw new OptionError(
        'batchNorm: evaluation needs running statistics; pass runningMean and runningVar, or { training: true }',
      );
    const rstd = op('rsqrt', [op('add', [channel(runningVar)!, eps])]);
    const xhat = op('mul', [op('sub', [x, channel(runningMean)!]), rstd]);
    return affine(xhat, channel(args.weight), channel(args.bias));
  });
  return named(result, 'NativeBatchNormBackward0');
}

function applyAll(name: OpName, x: Var, attrs: Attrs, ...scalars: Scalar[]): Var[] {
  return apply(name, [x, ...scalars], attrs);
}
