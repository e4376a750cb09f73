/** Products of vectors and matrices beside matmul, sums with them, and products of more than two dims. */
import { isFloat } from '../../core/dtype.ts';
import { checkOptions, DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { formatShape, normalizeDims } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed, inPlace } from '../compose.ts';
import { ones } from '../create.ts';
import { named, notImplemented, resultType, spoken } from '../impl/common.ts';
import { contract } from '../impl/contraction.ts';
import * as nn from '../impl/nn.ts';
import { cross as crossAlong, multiDot } from '../linalg/products.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { diagonal } from './views.ts';

/** Options of sums with a product. */
export interface BlendOptions {
  /** Multiplies the input: 1 by default; with 0 the input does not matter, not even NaN in it. */
  readonly beta?: number;
  /** Multiplies the product: 1 by default. */
  readonly alpha?: number;
}

const type = (x: Tensor): string => spoken[x.dtype];
const lower = (x: Tensor): string => type(x).toLowerCase();

function checkVector(name: string, argument: string, said: string, x: Tensor): void {
  checkTensor(name, x, argument);
  if (x.ndim !== 1) throw new ShapeError(`${name}: Expected 1-D argument ${said}, but got ${x.ndim}-D`);
}
function checkBatches(name: string, batch1: Tensor, batch2: Tensor): void {
  for (const [argument, x] of Object.entries({ batch1, batch2 })) {
    checkTensor(name, x, argument);
    if (x.ndim !== 3)
      throw new ShapeError(
        `${argument} must be a 3D tensor\n  in ${name}, got ${formatShape(x.shape)}; use matmul() to broadcast`,
      );
  }
}
function checkBatchSizes(name: string, batch1: Tensor, batch2: Tensor): void {
  const wanted = [batch1.shape[0]!, batch1.shape[2]!];
  const got = batch2.shape.slice(0, 2);
  if (wanted[0] !== got[0] || wanted[1] !== got[1]) {
    throw new ShapeError(
      `Expected size for first two dimensions of batch2 tensor to be: ${formatShape(wanted)} but got: ${formatShape(got)}.\n  in ${name}`,
    );
  }
}

// ---- matrices and vectors -------------------------------------------------------------------------------------------

const product = (a: Tensor, b: Tensor): Tensor => new Tensor(nn.matmul(a.impl, b.impl));

/**
 * The product of two matrices (N, M) and (M, P). Source: torch.mm.
 *
 * @throws ShapeError for other shapes, DTypeError for two dtypes and for bools.
 * @example
 * await mm(tensor([[1, 2]]), tensor([[3], [4]])).tolist(); // [[11]]
 */
export function mm(input: Tensor, mat2: Tensor): Tensor {
  checkTensor('mm', input);
  checkTensor('mm', mat2, 'mat2');
  if (input.ndim !== 2)
    throw new ShapeError(`self must be a matrix\n  in mm, got ${formatShape(input.shape)}; matmul() takes other ranks`);
  if (mat2.ndim !== 2)
    throw new ShapeError(`mat2 must be a matrix\n  in mm, got ${formatShape(mat2.shape)}; matmul() takes other ranks`);
  return product(input, mat2);
}
/**
 * The product of each matrix of a batch with its partner: (B, N, M) and (B, M, P) give (B, N, P). Source: torch.bmm.
 *
 * @throws ShapeError for other shapes, DTypeError for two dtypes and for bools.
 * @example
 * await bmm(tensor([[[2]], [[3]]]), tensor([[[4]], [[5]]])).tolist(); // [[[8]], [[15]]]
 */
export function bmm(input: Tensor, mat2: Tensor): Tensor {
  checkBatches('bmm', input, mat2);
  checkBatchSizes('bmm', input, mat2);
  if (input.dtype !== mat2.dtype)
    throw new DTypeError(`expected scalar type ${type(input)} but found ${type(mat2)}\n  in bmm; cast one with .to()`);
  const result = product(input, mat2);
  named(result.impl, 'BmmBackward0');
  return result;
}
/**
 * The product of a matrix (N, M) and a vector (M). Source: torch.mv.
 *
 * @throws ShapeError for other shapes, DTypeError for two dtypes and for bools.
 * @example
 * await mv(tensor([[1, 2], [3, 4]]), tensor([1, 1])).tolist(); // [3, 7]
 */
export function mv(input: Tensor, vec: Tensor): Tensor {
  checkTensor('mv', input);
  checkTensor('mv', vec, 'vec');
  if (input.ndim !== 2 || vec.ndim !== 1)
    throw new ShapeError(
      `vector + matrix @ vector expected, got 1, ${input.ndim}, ${vec.ndim}\n  in mv, dims of the result, the matrix and the vector`,
    );
  if (input.dtype !== vec.dtype)
    throw new DTypeError(
      `addmv input tensors must have the same dtype, but got ${type(vec)}, ${type(input)}, and ${type(vec)}\n  in mv; cast one with .to()`,
    );
  return product(input, vec);
}
function inner1d(name: string, input: Tensor, other: Tensor, argument: string): Tensor {
  checkTensor(name, input);
  checkTensor(name, other, argument);
  if (input.ndim !== 1 || other.ndim !== 1)
    throw new ShapeError(
      `1D tensors expected, but got ${input.ndim}D and ${other.ndim}D tensors\n  in ${name}; matmul() takes other ranks`,
    );
  if (input.dtype !== other.dtype) {
    throw new DTypeError(
      `dot : expected both vectors to have same dtype, but found ${type(input)} and ${type(other)}\n  in ${name}; cast one with .to()`,
    );
  }
  if (input.dtype === 'bool') notImplemented(name, 'dot', input.dtype);
  return product(input, other);
}
/**
 * The inner product of two vectors: a 0-d tensor. Source: torch.dot.
 *
 * @throws ShapeError for other ranks and for two lengths, DTypeError for two dtypes and for bools.
 * @example
 * await dot(tensor([1, 2]), tensor([3, 4])).item(); // 11
 */
export function dot(input: Tensor, tensor: Tensor): Tensor {
  return inner1d('dot', input, tensor, 'tensor');
}
/**
 * The inner product of two vectors, as {@link dot}: numbers here are real. Source: torch.vdot.
 *
 * @throws as dot.
 * @example
 * await vdot(tensor([1, 2]), tensor([3, 4])).item(); // 11
 */
export function vdot(input: Tensor, other: Tensor): Tensor {
  const result = inner1d('vdot', input, other, 'other');
  named(result.impl, 'VdotBackward0');
  return result;
}
/**
 * Inner products along the last dims: (…, K) and (***, K) give (…, ***); with a 0-d tensor their product. Source: torch.inner.
 *
 * @throws ShapeError where the last dims differ, DTypeError for two dtypes.
 * @example
 * await inner(tensor([[1, 2], [3, 4]]), tensor([1, 1])).tolist(); // [3, 7]
 */
export function inner(input: Tensor, other: Tensor): Tensor {
  checkTensor('inner', input);
  checkTensor('inner', other, 'other');
  if (input.ndim === 0 || other.ndim === 0) return input.mul(other);
  if (input.shape.at(-1) !== other.shape.at(-1)) {
    throw new ShapeError(
      `inner() the last dimension must match on both input tensors but got shapes ${formatShape(input.shape)} and ${formatShape(other.shape)}`,
    );
  }
  return tensordot(input, other, [[-1], [-1]]);
}
/**
 * All products of elements of two vectors: (N) and (M) give (N, M). Source: torch.outer.
 *
 * @throws ShapeError for other ranks.
 * @example
 * await outer(tensor([1, 2]), tensor([3, 4])).tolist(); // [[3, 4], [6, 8]]
 */
export function outer(input: Tensor, vec2: Tensor): Tensor {
  checkVector('outer', 'input', 'self', input);
  checkVector('outer', 'vec2', 'vec2', vec2);
  return composed('MulBackward0', () => input.unsqueeze(1).mul(vec2));
}
/** Alias of {@link outer}. */
export const ger = outer;

// ---- sums with a product --------------------------------------------------------------------------------------------

/** Options, checked; whole numbers for integers, cut off as PyTorch does. */
function weights(name: string, options: BlendOptions, whole: boolean): { beta: number; alpha: number } {
  checkOptions(name, options, ['beta', 'alpha']);
  const { beta = 1, alpha = 1 } = options;
  if (typeof beta !== 'number') wrongType(name, 'beta', 'a number', beta);
  return whole ? { beta: Math.trunc(beta), alpha: Math.trunc(alpha) } : { beta, alpha };
}
/** beta·input + alpha·terms: of the shape of `terms`, to which the input expands. */
function blend(input: Tensor, terms: Tensor, { beta, alpha }: Required<BlendOptions>): Tensor {
  const wide = input.expand(terms.shape);
  const scaled = alpha === 1 ? terms : terms.mul(alpha);
  if (beta !== 0) return scaled.add(beta === 1 ? wide : wide.mul(beta));
  // Its gradient is zero, and not missing.
  return input.requiresGrad
    ? scaled.add(wide.maskedFill(ones([1], { dtype: 'bool', device: input.device }), 0))
    : scaled;
}
function checkTypes(name: string, input: Tensor, a: Tensor, b: Tensor): void {
  const said = a.dtype !== b.dtype ? (['mat1', a] as const) : (['self', input] as const);
  if (said[1].dtype !== b.dtype)
    throw new DTypeError(
      `${said[0]} and mat2 must have the same dtype, but got ${type(said[1])} and ${type(b)}\n  in ${name}; cast one with .to()`,
    );
  if (b.dtype === 'bool') notImplemented(name, 'addmm_impl_cpu_', b.dtype);
}

/**
 * beta·input + alpha·(mat1 @ mat2): (N, M) and (M, P) give (N, P), to which the input expands. Of integers, beta and alpha are
 * cut off to whole numbers. Source: torch.addmm.
 *
 * @throws ShapeError where shapes do not fit, DTypeError for several dtypes and for bools.
 * @example
 * await addmm(tensor([1, 2]), tensor([[1, 2]]), tensor([[3, 4], [5, 6]]), { beta: 10 }).tolist(); // [[23, 36]]
 */
export function addmm(input: Tensor, mat1: Tensor, mat2: Tensor, options: BlendOptions = {}): Tensor {
  checkTensor('addmm', input);
  for (const [argument, x] of Object.entries({ mat1, mat2 })) {
    checkTensor('addmm', x, argument);
    if (x.ndim !== 2) throw new ShapeError(`${argument} must be a matrix, got ${x.ndim}-D tensor\n  in addmm`);
  }
  checkTypes('addmm', input, mat1, mat2);
  const w = weights('addmm', options, !isFloat(input.dtype));
  return composed('AddmmBackward0', () => blend(input, product(mat1, mat2), w));
}
/**
 * beta·input + alpha·(mat @ vec): (N, M) and (M) give (N), to which the input expands. Of integers, beta and alpha are cut off
 * to whole numbers. Source: torch.addmv.
 *
 * @throws ShapeError where shapes do not fit, DTypeError for several dtypes and for bools.
 * @example
 * await addmv(tensor([1, 2]), tensor([[1, 2], [3, 4]]), tensor([1, 1])).tolist(); // [4, 9]
 */
export function addmv(input: Tensor, mat: Tensor, vec: Tensor, options: BlendOptions = {}): Tensor {
  checkTensor('addmv', input);
  checkTensor('addmv', mat, 'mat');
  checkTensor('addmv', vec, 'vec');
  if (input.ndim > 1 || mat.ndim !== 2 || vec.ndim !== 1)
    throw new ShapeError(`vector + matrix @ vector expected, got ${input.ndim}, ${mat.ndim}, ${vec.ndim}\n  in addmv`);
  const [rows, columns] = mat.shape;
  if (columns !== vec.shape[0] || (input.numel() !== 1 && input.numel() !== rows)) {
    throw new ShapeError(
      `size mismatch, got input (${input.numel()}), mat (${rows}x${columns}), vec (${vec.shape[0]})\n  in addmv`,
    );
  }
  if (mat.dtype !== vec.dtype || input.dtype !== vec.dtype) {
    throw new DTypeError(
      `addmv input tensors must have the same dtype, but got ${type(input)}, ${type(mat)}, and ${type(vec)}\n  cast one with .to()`,
    );
  }
  if (vec.dtype === 'bool') notImplemented('addmv', 'addmv_impl_cpu', vec.dtype);
  const w = weights('addmv', options, !isFloat(input.dtype));
  return composed('AddmvBackward0', () => blend(input, product(mat, vec), w));
}
/**
 * beta·input + alpha·Σ (batch1[b] @ batch2[b]): (B, N, M) and (B, M, P) give (N, P), to which the input expands. Of integers,
 * beta and alpha are cut off to whole numbers. Source: torch.addbmm.
 *
 * @throws ShapeError where shapes do not fit, DTypeError for several dtypes and for bools.
 * @example
 * await addbmm(tensor([[1]]), tensor([[[2]], [[3]]]), tensor([[[4]], [[5]]])).tolist(); // [[24]]
 */
export function addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options: BlendOptions = {}): Tensor {
  checkTensor('addbmm', input);
  checkBatches('addbmm', batch1, batch2);
  const [[b1, n, m], [b2, m2, p]] = [batch1.shape, batch2.shape];
  if (b1 !== b2)
    throw new ShapeError(`batch1 and batch2 must have same number of batches, got ${b1} and ${b2}\n  in addbmm`);
  if (m !== m2) throw new ShapeError(`Incompatible matrix sizes for bmm (${n}x${m} and ${m2}x${p})\n  in addbmm`);
  checkTypes('addbmm', input, batch1, batch2);
  const w = weights('addbmm', options, !isFloat(input.dtype));
  return composed('AddbmmBackward0', () =>
    blend(
      input,
      tensordot(batch1, batch2, [
        [0, 2],
        [0, 1],
      ]),
      w,
    ),
  );
}
/**
 * beta·input + alpha·(batch1 @ batch2): (B, N, M) and (B, M, P) give (B, N, P), to which the input expands. Of integers, beta and
 * alpha are cut off to whole numbers. Source: torch.baddbmm.
 *
 * @throws ShapeError where shapes do not fit, DTypeError for several dtypes and for bools.
 * @example
 * await baddbmm(tensor([1, 2]), tensor([[[2]]]), tensor([[[3, 4]]]), { alpha: 2 }).tolist(); // [[[13, 18]]]
 */
export function baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, options: BlendOptions = {}): Tensor {
  checkTensor('baddbmm', input);
  checkBatches('baddbmm', batch1, batch2);
  checkBatchSizes('baddbmm', batch1, batch2);
  if (input.dtype !== batch1.dtype || batch1.dtype !== batch2.dtype) {
    throw new DTypeError(
      `Input dtypes must be the same, got: input ${lower(input)}, batch1: ${lower(batch1)}, batch2: ${lower(batch2)}\n  in baddbmm; cast one with .to()`,
    );
  }
  if (input.dtype === 'bool') notImplemented('baddbmm', 'baddbmm', input.dtype);
  const w = weights('baddbmm', options, !isFloat(input.dtype));
  return composed('BaddbmmBackward0', () => blend(input, product(batch1, batch2), w));
}
/**
 * beta·input + alpha·outer(vec1, vec2): (N) and (M) give (N, M), to which the input expands. Bools are combined with and and or.
 * Source: torch.addr.
 *
 * @throws ShapeError where shapes do not fit, OptionError for fractions as beta or alpha of integers.
 * @example
 * await addr(tensor([1, 2]), tensor([1, 10]), tensor([3, 4])).tolist(); // [[4, 6], [31, 42]]
 */
export function addr(input: Tensor, vec1: Tensor, vec2: Tensor, options: BlendOptions = {}): Tensor {
  checkTensor('addr', input);
  checkVector('addr', 'vec1', 'vec1', vec1);
  checkVector('addr', 'vec2', 'vec2', vec2);
  const w = weights('addr', options, false);
  const dtype = resultType(input.impl, vec1.impl, vec2.impl);
  const fraction = isFloat(dtype) ? undefined : Object.entries(w).find(([, value]) => !Number.isInteger(value));
  if (fraction)
    throw new OptionError(
      `For integral input tensors, argument ${fraction[0]} must not be a floating point number.\n  in addr`,
    );
  return composed('AddrBackward0', () => {
    const terms = vec1.unsqueeze(1).mul(vec2);
    if (dtype !== 'bool') return blend(input, terms, w);
    const wide = input.expand(terms.shape);
    const chosen = w.alpha === 0 ? terms.logicalXor(terms) : terms;
    return w.beta === 0 ? chosen : chosen.logicalOr(wide);
  });
}

// ---- several dims, several tensors ----------------------------------------------------------------------------------

/** How many of the last dims of the first tensor meet the first of the second; or which dims of each. */
export type ContractedDims = number | readonly [readonly number[], readonly number[]] | readonly (readonly number[])[];

/**
 * Multiplies two tensors and sums over dims of both: the last `dims` of the first with the first `dims` of the second (2 by
 * default), or those in two lists. The rest of the first's dims come first. Source: torch.tensordot.
 *
 * @throws ShapeError where sizes differ and none is 1, DTypeError for two dtypes.
 * @example
 * const [a, b] = [ones([3, 4, 5]), ones([4, 3, 2])];
 * tensordot(a, b, { dims: [[1, 0], [0, 1]] }).shape; // [5, 2]
 * tensordot(a, ones([5, 2]), 1).shape; // [3, 4, 2]
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  ...rest: OptionalArgs<[dims: ContractedDims], { readonly dims?: ContractedDims }>
): Tensor {
  checkTensor('tensordot', a, 'a');
  checkTensor('tensordot', b, 'b');
  const { dims = 2 } = optionalArgs<{ dims: ContractedDims }>('tensordot', ['dims'], rest);
  const [said1, said2] = typeof dims === 'number' ? between(a, b, dims) : [dims[0] ?? [], dims[1] ?? []];
  if (said1.length !== said2.length)
    throw new ShapeError('both dimension lists should have same length\n  in tensordot');
  if (a.dtype !== b.dtype)
    throw new DTypeError(
      `both inputs should have same dtype\n  in tensordot, got ${a.dtype} and ${b.dtype}; cast one with .to()`,
    );
  const [dims1, dims2] = [inOrder(said1, a.ndim), inOrder(said2, b.ndim)];
  const labels1 = Array.from({ length: a.ndim }, (_, i) => i);
  const labels2 = Array.from({ length: b.ndim }, (_, i) => a.ndim + i);
  for (const [i, d1] of dims1.entries()) {
    const d2 = dims2[i]!;
    const [size1, size2] = [a.shape[d1]!, b.shape[d2]!];
    if (size1 !== size2 && size1 !== 1 && size2 !== 1)
      throw new ShapeError(
        `contracted dimensions need to match, but first has size ${size1} in dim ${said1[i]} and second has size ${size2} in dim ${said2[i]}\n  in tensordot`,
      );
    labels2[d2] = d1;
  }
  const out = [...labels1.filter((_, i) => !dims1.includes(i)), ...labels2.filter((_, i) => !dims2.includes(i))];
  return composed('ViewBackward0', () => {
    const terms = [
      { x: a.impl, labels: labels1 },
      { x: b.impl, labels: labels2 },
    ];
    return new Tensor(contract(terms, out));
  });
}
function between(a: Tensor, b: Tensor, count: number): [number[], number[]] {
  if (!Number.isInteger(count)) wrongType('tensordot', 'dims', 'int, or two lists of int', count);
  if (count < 0) throw new OptionError(`tensordot expects dims >= 0, but got dims=${count}`);
  if (count > Math.min(a.ndim, b.ndim))
    throw new OptionError(`tensordot expects dims < ndim_a or ndim_b, but got dims=${count}`);
  const all = Array.from({ length: count }, (_, i) => i);
  return [all.map((i) => i - count), all];
}
/** Dims from 0, in the order given; each once. */
function inOrder(dims: readonly number[], rank: number): number[] {
  if (dims.length > 0) normalizeDims('tensordot', dims, rank);
  return dims.map((d) => (d < 0 ? d + rank : d));
}

/**
 * The Kronecker product: blocks of `other`, each multiplied with an element of `input`. Of tensors of any ranks; sizes multiply.
 * Source: torch.kron.
 *
 * @example
 * await kron(tensor([[1, 2]]), tensor([[1], [10]])).tolist(); // [[1, 2], [10, 20]]
 */
export function kron(input: Tensor, other: Tensor): Tensor {
  checkTensor('kron', input);
  checkTensor('kron', other, 'other');
  const rank = Math.max(input.ndim, other.ndim);
  const sizes = ({ shape }: Tensor): number[] => [...Array(rank - shape.length).fill(1), ...shape];
  const [a, b] = [sizes(input), sizes(other)];
  return composed('UnsafeViewBackward0', () =>
    input
      .reshape(a.flatMap((d) => [d, 1]))
      .mul(other.reshape(b.flatMap((d) => [1, d])))
      .reshape(a.map((d, i) => d * b[i]!)),
  );
}
/**
 * The cross product of vectors of length 3 along `dim`: by default the first dim of that length; other dims broadcast.
 * linalg.cross() takes the last dim by default. Source: torch.cross.
 *
 * @throws ShapeError where there is no such dim.
 * @example
 * await cross(tensor([1, 0, 0]), tensor([0, 1, 0])).tolist(); // [0, 0, 1]
 */
export function cross(
  input: Tensor,
  other: Tensor,
  ...rest: OptionalArgs<[dim: number | null], { readonly dim?: number | null }>
): Tensor {
  checkTensor('cross', input);
  checkTensor('cross', other, 'other');
  const { dim } = optionalArgs<{ dim: number | null }>('cross', ['dim'], rest);
  const at = dim ?? input.shape.indexOf(3);
  if (at < 0 && typeof dim !== 'number')
    throw new ShapeError(`no dimension of size 3 in input\n  in cross of ${formatShape(input.shape)}`);
  if (input.dtype !== other.dtype)
    throw new DTypeError(
      `expected scalar type ${type(input)} but found ${type(other)}\n  in cross; cast one with .to()`,
    );
  if (input.dtype === 'bool') notImplemented('cross', 'cross', input.dtype);
  return crossAlong(input, other, { dim: at });
}
/**
 * The sum of a matrix's diagonal: a 0-d tensor. Source: torch.trace.
 *
 * @throws ShapeError for other tensors than matrices, DTypeError for bools.
 * @example
 * await trace(tensor([[1, 2], [3, 4]])).item(); // 5
 */
export function trace(input: Tensor): Tensor {
  checkTensor('trace', input);
  if (input.ndim !== 2) throw new ShapeError(`trace: expected a matrix, but got tensor with dim ${input.ndim}`);
  if (input.dtype === 'bool') notImplemented('trace', 'trace', input.dtype);
  return composed('TraceBackward0', () => diagonal(input).sum());
}
/**
 * The product of matrices, in the order that takes the fewest multiplications. Source: torch.chain_matmul; linalg.multiDot()
 * takes vectors at the ends, too.
 *
 * @throws OptionError for no matrices, ShapeError where sizes do not fit.
 * @example
 * await chainMatmul(ones([1, 2]), ones([2, 3]), ones([3, 1])).tolist(); // [[6]]
 */
export function chainMatmul(...matrices: readonly Tensor[]): Tensor {
  if (matrices.length === 0) throw new OptionError('chain_matmul(): Expected one or more matrices');
  for (const x of matrices) {
    checkTensor('chainMatmul', x, 'matrices');
    if (x.ndim !== 2) throw new ShapeError(`Tensor dimension is ${x.ndim}, expected 2 instead.\n  in chainMatmul`);
  }
  return matrices.length === 1 ? matrices[0]!.clone() : multiDot(matrices);
}

export const productMethods = {
  mm,
  bmm,
  mv,
  dot,
  vdot,
  inner,
  outer,
  ger,
  addmm,
  addmv,
  addbmm,
  baddbmm,
  addr,
  kron,
  cross,
  trace,
};
export const productInPlaceMethods = {
  addmm_: inPlace('addmm_', addmm),
  addmv_: inPlace('addmv_', addmv),
  addbmm_: inPlace('addbmm_', addbmm),
  baddbmm_: inPlace('baddbmm_', baddbmm),
  addr_: inPlace('addr_', addr),
};
