/** Norms of vectors and matrices, and what is told by them: condition numbers and ranks. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, normalizeDims } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { movedim } from '../functions/views.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { applied, checkFloat, checkMatrices, checkSquare } from './common.ts';
import { svdOf } from './factorisations.ts';
import { inverted, type RankOptions, rankArguments, rankOf } from './solving.ts';

/** Orders of matrix norms that are no numbers: Frobenius, and the sum of the singular values. */
export type MatrixOrder = number | 'fro' | 'nuc';
/** Options of the norms. */
export interface NormOptions<O, D> {
  readonly ord?: O;
  /** Which dims to reduce. */
  readonly dim?: D;
  /** Keep them with size 1. */
  readonly keepdim?: boolean;
  /** Convert the input to this dtype first. */
  readonly dtype?: 'float32' | 'float64' | null;
}
type Dims = number | readonly number[] | null;
/** Optional arguments of a norm. */
export type NormArgs<O, D> = OptionalArgs<[ord: O, dim: D], NormOptions<O, D>>;

function normOptions<O, D>(name: string, rest: NormArgs<O, D>): NormOptions<O, D> {
  return optionalArgs<NormOptions<O, D>>(name, ['ord', 'dim', 'keepdim', 'dtype'], rest);
}
function converted(name: string, x: Tensor, dtype: DType | null | undefined): Tensor {
  checkFloat(name, x);
  if (dtype === undefined || dtype === null) return x;
  if (!isFloat(dtype)) throw new DTypeError(`${name}: dtype should be floating point or complex. Got ${dtype}`);
  return x.to(dtype);
}

/** |x|^p, with the gradient 0 at 0 where p < 1 has none. */
function powers(x: Tensor, p: number): Tensor {
  const size = x.abs();
  const isZero = size.eq(0);
  return size
    .maskedFill(isZero, 1)
    .pow(p)
    .maskedFill(isZero, p < 0 ? Infinity : 0);
}
/** f of non-negative x; the gradient at 0 is 0. */
function away(x: Tensor, f: (x: Tensor) => Tensor): Tensor {
  const isZero = x.eq(0);
  return f(x.maskedFill(isZero, 1)).maskedFill(isZero, 0);
}
function norms(x: Tensor, ord: number, dim: number[], keepdim: boolean): Tensor {
  if (ord === Infinity) return x.abs().amax(dim, keepdim);
  if (ord === -Infinity) return x.abs().amin(dim, keepdim);
  // Constants everywhere: the gradient is 0.
  if (ord === 0) return x.maskedFill(x.eq(0), 0).maskedFill(x.ne(0), 1).sum(dim, keepdim);
  if (ord === 1) return x.abs().sum(dim, keepdim);
  if (ord === 2) return away(x.square().sum(dim, keepdim), (y) => y.sqrt());
  const total = powers(x, ord).sum(dim, keepdim);
  return ord > 0 ? away(total, (y) => y.pow(1 / ord)) : total.pow(1 / ord);
}
/**
 * (Σ |x|^ord)^(1/ord) over dims (default: all of the flattened tensor); for ±Infinity the greatest or least |x|, for 0 the
 * number of elements that are not 0. Source: torch.linalg.vector_norm.
 *
 * @throws DTypeError for integers, ShapeError for no elements where there is no such norm of none.
 * @example
 * await linalg.vectorNorm(tensor([3, -4]).float()).item(); // 5
 * await linalg.vectorNorm(tensor([3, -4]).float(), Infinity).item(); // 4
 */
export function vectorNorm(x: Tensor, ...rest: NormArgs<number, Dims>): Tensor {
  const name = 'linalg.vector_norm';
  const { ord = 2, dim = null, keepdim = false, dtype } = normOptions('linalg.vectorNorm', rest);
  if (typeof ord !== 'number')
    throw new OptionError(`linalg_vector_norm(): argument 'ord' must be Number, not ${String(ord)}`);
  const y = converted(name, x, dtype);
  const isAll = dim === null || (typeof dim !== 'number' && dim.length === 0);
  const dims = normalizeDims(name, isAll ? null : dim, y.ndim);
  if ((ord < 0 || ord === Infinity) && dims.some((d) => y.shape[d] === 0)) {
    throw new ShapeError(
      `linalg.vector_norm cannot compute the ${ord === Infinity ? 'inf' : ord} norm on an empty tensor because the operation does not have an identity\n  got shape ${formatShape(y.shape)}`,
    );
  }
  return composed('LinalgVectorNormBackward0', () => norms(y, ord, dims, keepdim));
}

const matrixNormNames: Readonly<Record<string, string>> = { fro: 'LinalgVectorNormBackward0', nuc: 'SumBackward1' };
/**
 * A norm of matrices in two dims (default: the last two): 'fro' Frobenius (default), 'nuc' nuclear, ±2 the greatest or least
 * singular value, ±1 the greatest or least sum of magnitudes of a column, ±Infinity of a row. Source: torch.linalg.matrix_norm.
 *
 * @throws ShapeError for fewer than two dims, OptionError for another order, DTypeError for integers.
 * @example
 * await linalg.matrixNorm(tensor([[1, -2], [3, 4]]).float(), 1).item(); // 6
 */
export function matrixNorm(A: Tensor, ...rest: NormArgs<MatrixOrder, readonly number[] | null>): Tensor {
  const name = 'linalg.matrix_norm';
  const { ord = 'fro', dim, keepdim = false, dtype } = normOptions('linalg.matrixNorm', rest);
  checkMatrices(name, A);
  const given = dim ?? [-2, -1];
  if (given.length !== 2) throw new ShapeError(`${name}: dim must be a 2-tuple. Got ${given.join(', ')}`);
  const [rows, columns] = given.map((d) => normalizeDim(name, d, A.ndim)) as [number, number];
  if (rows === columns) throw new ShapeError(`${name}: dims must be different. Got (${given.join(', ')})`);
  const x = converted(name, A, dtype);
  if (!['fro', 'nuc', 1, -1, 2, -2, Infinity, -Infinity].includes(ord))
    throw new OptionError(`${name}: Order ${String(ord)} not supported.`);
  const gradFn = matrixNormNames[ord] ?? ((ord as number) > 0 ? 'AmaxBackward0' : 'AminBackward0');
  return composed(gradFn, () => {
    if (ord === 'fro') return norms(x, 2, [rows, columns], keepdim);
    if (ord === 'nuc' || ord === 2 || ord === -2) {
      const S = svdOf(name, movedim(x, [rows, columns], [-2, -1]), false)[1];
      const reduced = ord === 'nuc' || S.shape.at(-1) === 0 ? S.sum(-1) : ord === 2 ? S.amax(-1) : S.amin(-1);
      if (!keepdim) return reduced;
      const [first, second] = [Math.min(rows, columns), Math.max(rows, columns)];
      return reduced.unsqueeze(first).unsqueeze(second);
    }
    const [inner, outer] = Math.abs(ord as number) === 1 ? [rows, columns] : [columns, rows];
    const sums = x.abs().sum(inner, true);
    if (sums.shape[outer] === 0) return sums.sum([rows, columns], keepdim);
    const chosen = (ord as number) > 0 ? sums.amax(outer, true) : sums.amin(outer, true);
    return keepdim ? chosen : chosen.squeeze([rows, columns]);
  });
}

/**
 * A vector or matrix norm. Without `ord` the 2-norm of all elements (or of `dim`); with it that of a vector for 1-d tensors or
 * one dim, that of matrices for 2-d tensors or two dims. Source: torch.linalg.norm.
 *
 * @throws as vectorNorm and matrixNorm.
 * @example
 * await linalg.norm(tensor([[3, 0], [0, 4]]).float()).item(); // 5
 * await linalg.norm(tensor([[3, 0], [0, 4]]).float(), 'nuc').item(); // 7
 */
export function norm(A: Tensor, ...rest: NormArgs<MatrixOrder | null, Dims>): Tensor {
  const { ord, dim, keepdim = false, dtype } = normOptions('linalg.norm', rest);
  checkFloat('linalg.norm', A);
  const dims = dim === undefined || dim === null ? null : typeof dim === 'number' ? [dim] : dim;
  const options = { keepdim, ...(dtype && { dtype }) };
  if (dims && dims.length !== 1 && dims.length !== 2)
    throw new ShapeError(`linalg.norm: If dim is specified, it must be of length 1 or 2. Got [${dims.join(', ')}]`);
  if (ord === undefined || ord === null) return vectorNorm(A, { ...options, dim: dims });
  if (!dims && A.ndim !== 1 && A.ndim !== 2)
    throw new ShapeError(
      `linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ${A.ndim}D.`,
    );
  if (typeof ord === 'string' || (dims ? dims.length === 2 : A.ndim === 2))
    return matrixNorm(A, { ...options, ord, dim: dims });
  return vectorNorm(A, { ...options, ord, dim: dims });
}

/**
 * The condition number ‖A‖·‖A⁻¹‖ of matrices by one of the orders of {@link matrixNorm}; default 2, for which (as for −2) the
 * matrices need not be square: it is the quotient of the greatest and the least singular value. Singular matrices have
 * Infinity. Source: torch.linalg.cond.
 *
 * @throws ShapeError, OptionError as matrixNorm.
 * @example
 * await linalg.cond(tensor([[2, 0], [0, 8]]).float()).item(); // 4
 */
export function cond(A: Tensor, ...rest: OptionalArgs<[p: MatrixOrder | null], { p?: MatrixOrder | null }>): Tensor {
  const { p } = optionalArgs<{ p: MatrixOrder | null }>('linalg.cond', ['p'], rest);
  const order = p ?? 2;
  if (!['fro', 'nuc', 1, -1, 2, -2, Infinity, -Infinity].includes(order))
    throw new OptionError(`linalg.cond got an invalid norm type: ${String(order)}`);
  if (order === 2 || order === -2) {
    return composed('SqueezeBackward1', () => {
      const S = svdOf('linalg.cond', A, false)[1];
      if (S.shape.at(-1) === 0) return S.sum(-1);
      const [most, least] = [S.at('...', 0), S.at('...', -1)];
      return order === 2 ? most.div(least) : least.div(most);
    });
  }
  checkSquare(`linalg.cond(ord=${order === Infinity ? 'inf' : order === -Infinity ? '-inf' : order})`, A);
  return composed('NanToNumBackward0', () => {
    const { inverse, bad } = inverted(A);
    if (A.shape.at(-1) === 0) return A.sum([-2, -1]);
    const isSingular = bad.any(-1);
    const finite = inverse.maskedFill(isSingular.unsqueeze(-1).unsqueeze(-1), 0);
    const product = matrixNorm(A, order).mul(matrixNorm(finite, order));
    return product.maskedFill(isSingular, Infinity);
  });
}

/** Options of {@link matrixRank}. */
export interface MatrixRankOptions extends RankOptions {
  /** As atol. */
  readonly tol?: number | Tensor | null;
}
/**
 * The number of singular values (of eigenvalues, if `hermitian`) above the tolerance. int32, without a gradient. Source:
 * torch.linalg.matrix_rank.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * await linalg.matrixRank(tensor([[1, 2], [2, 4]]).float()).item(); // 1
 */
export function matrixRank(
  A: Tensor,
  ...rest: OptionalArgs<[tol: number | Tensor | null, hermitian: boolean], MatrixRankOptions>
): Tensor<'int32'> {
  const name = 'torch.linalg.matrix_rank';
  const { tol, ...options } = rankArguments<MatrixRankOptions>(
    'linalg.matrixRank',
    ['tol', 'hermitian', 'atol', 'rtol'],
    rest,
  );
  checkMatrices(name, A, 'input');
  if (options.hermitian) checkSquare(name, A);
  const all = tol === undefined || tol === null ? options : { ...options, atol: tol };
  return scope(() => {
    const x = A.detach();
    const values = options.hermitian ? applied('eigh', [x], { upper: false })[0]!.abs() : svdOf(name, x, false)[1];
    return rankOf(values, x, all);
  });
}
