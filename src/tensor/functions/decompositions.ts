/** Linear algebra under the names it has in torch itself. */
import { ShapeError } from '../../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { zeros } from '../create.ts';
import { checkMatrices, checkSquare, identityLike } from '../linalg/common.ts';
import {
  choleskyOf,
  householderProduct,
  type LUFactors,
  qr as linalgQr,
  luFactorEx,
  type PivotOption,
  permutationOf,
  reflected,
  svdOf,
  type UpperOption,
  unpacked,
} from '../linalg/factorisations.ts';
import { det, matrixExp, matrixPower, slogdet } from '../linalg/products.ts';
import { inv, luSolve as linalgLuSolve, pinv, solveTriangular } from '../linalg/solving.ts';
import { checkTensor, type Tensor } from '../tensor.ts';

export { det, matrixExp, matrixPower, slogdet };

type UpperArgs = OptionalArgs<[upper: boolean], UpperOption>;
const isUpper = (name: string, rest: UpperArgs): boolean =>
  optionalArgs<UpperOption>(name, ['upper'], rest).upper ?? false;

/**
 * The inverses of square matrices. Source: torch.inverse, which is torch.linalg.inv.
 *
 * @throws as linalg.inv.
 * @example
 * await inverse(tensor([[2, 0], [0, 4]]).float()).tolist(); // [[0.5, 0], [0, 0.25]]
 */
export function inverse(input: Tensor): Tensor {
  return inv(input);
}
/**
 * The logarithm of the determinants of square matrices: NaN of negative ones, −Infinity of 0. Source: torch.logdet.
 *
 * @throws ShapeError unless the matrices are square.
 * @example
 * await logdet(tensor([[1, 0], [0, 1]]).float()).item(); // 0
 */
export function logdet(input: Tensor): Tensor {
  checkSquare('logdet', input);
  return composed('WhereBackward0', () => {
    const { sign, logabsdet } = slogdet(input);
    return logabsdet.maskedFill(sign.lt(0), Number.NaN);
  });
}
/**
 * The lower (or upper) triangular Cholesky factor. Source: torch.cholesky; linalg.cholesky is its successor.
 *
 * @throws as linalg.cholesky.
 * @example
 * await cholesky(tensor([[4, 2], [2, 5]]).float(), true).tolist(); // [[2, 1], [0, 2]]
 */
export function cholesky(input: Tensor, ...rest: UpperArgs): Tensor {
  return choleskyOf('cholesky', 'CholeskyBackward0', input, isUpper('cholesky', rest));
}
/**
 * The X with A·X = B for the A of which `input2` is the Cholesky factor. Leading dims broadcast. Source:
 * torch.cholesky_solve(B, L).
 *
 * @throws ShapeError for sizes that do not fit.
 * @example
 * const L = tensor([[2, 0], [1, 2]]).float();
 * await choleskySolve(tensor([[8], [14]]).float(), L).tolist(); // [[0.75], [2.5]]
 */
export function choleskySolve(input: Tensor, input2: Tensor, ...rest: UpperArgs): Tensor {
  checkTensor('choleskySolve', input);
  const upper = isUpper('choleskySolve', rest);
  if (input.ndim < 2)
    throw new ShapeError(
      `b should have at least 2 dimensions, but has ${input.ndim} dimensions instead\n  in choleskySolve; unsqueeze(-1) makes a matrix of a vector`,
    );
  const n = checkSquare('cholesky_solve', input2, 'A');
  if (input.shape.at(-2) !== n)
    throw new ShapeError(
      `Incompatible matrix sizes for cholesky_solve: each A matrix is ${n} by ${n} but each b matrix is ${input.shape.at(-2)} by ${input.shape.at(-1)}`,
    );
  return composed('CholeskySolveBackward0', () => {
    const L = upper ? input2.mT : input2;
    const y = solveTriangular(L, input, { upper: false });
    return solveTriangular(L.mT, y, { upper: true });
  });
}
/**
 * The inverse of the A of which `input` is the Cholesky factor. Source: torch.cholesky_inverse.
 *
 * @throws ShapeError unless the matrices are square.
 * @example
 * await choleskyInverse(tensor([[2, 0], [0, 1]]).float()).tolist(); // [[0.25, 0], [0, 1]]
 */
export function choleskyInverse(input: Tensor, ...rest: UpperArgs): Tensor {
  const upper = isUpper('choleskyInverse', rest);
  checkSquare('cholesky_inverse', input, 'A');
  return composed('CholeskyInverseBackward0', () => {
    const L = upper ? input.mT : input;
    const half = solveTriangular(L, identityLike(L, L.shape.at(-1)!), { upper: false });
    return half.mT.matmul(half);
  });
}

/** Options of {@link qr}. */
export interface SomeOption {
  /** The reduced factors (default) instead of the complete ones. */
  readonly some?: boolean;
}
/**
 * Q and R of matrices. Source: torch.qr; linalg.qr is its successor.
 *
 * @throws as linalg.qr.
 * @example
 * await qr(tensor([[3, 1], [4, 2]]).float()).R.tolist(); // [[-5, -2.2], [0, 0.4]]
 */
export function qr(input: Tensor, ...rest: OptionalArgs<[some: boolean], SomeOption>): { Q: Tensor; R: Tensor } {
  const { some = true } = optionalArgs<SomeOption>('qr', ['some'], rest);
  return linalgQr(input, some ? 'reduced' : 'complete');
}
/** Options of {@link svd}. */
export interface SvdOptions extends SomeOption {
  /** Compute U and V, and not S alone (then they are zeros). */
  readonly computeUv?: boolean;
}
/**
 * U, S and V (not Vᵀ) of matrices. Source: torch.svd; linalg.svd is its successor.
 *
 * @throws as linalg.svd.
 * @example
 * await svd(tensor([[3, 0], [0, -4]]).float()).S.tolist(); // [4, 3]
 */
export function svd(
  input: Tensor,
  ...rest: OptionalArgs<[some: boolean, computeUv: boolean], SvdOptions>
): { U: Tensor; S: Tensor; V: Tensor } {
  const { some = true, computeUv = true } = optionalArgs<SvdOptions>('svd', ['some', 'computeUv'], rest);
  const [U, S, Vh] = svdOf('svd', input, computeUv && !some);
  if (computeUv) return { U, S, V: Vh.mT };
  const square = (n: number): Tensor =>
    zeros([...input.shape.slice(0, -2), n, n], { dtype: input.dtype, device: input.device });
  return { U: square(input.shape.at(-2)!), S, V: square(input.shape.at(-1)!) };
}
/** Options of {@link pinverse}. */
export interface PinverseOptions {
  /** Singular values up to this times the greatest count as zero; 1e-15 by default. */
  readonly rcond?: number;
}
/**
 * The pseudo-inverse of matrices. Source: torch.pinverse; linalg.pinv is its successor, with a better default.
 *
 * @throws as linalg.pinv.
 * @example
 * await pinverse(tensor([[2, 0], [0, 0]]).float()).tolist(); // [[0.5, 0], [0, 0]]
 */
export function pinverse(input: Tensor, ...rest: OptionalArgs<[rcond: number], PinverseOptions>): Tensor {
  const { rcond = 1e-15 } = optionalArgs<PinverseOptions>('pinverse', ['rcond'], rest);
  return pinv(input, { rtol: rcond });
}

/**
 * The packed LU of matrices and its pivots, and with `getInfos` where U has a zero. Source: torch.lu; linalg.luFactor is its
 * successor.
 *
 * @throws as linalg.luFactorEx.
 * @example
 * const [LU, pivots] = lu(tensor([[1, 2], [2, 2]]).float());
 * await pivots.tolist(); // [2, 2]
 */
export function lu(
  input: Tensor,
  ...rest: OptionalArgs<[pivot: boolean, getInfos: boolean], PivotOption & { readonly getInfos?: boolean }>
): Tensor[] {
  const { pivot = true, getInfos = false } = optionalArgs<{ pivot: boolean; getInfos: boolean }>(
    'lu',
    ['pivot', 'getInfos'],
    rest,
  );
  const { LU, pivots, info } = luFactorEx(input, { pivot });
  return getInfos ? [LU, pivots, info] : [LU, pivots];
}
/**
 * The X with A·X = B for the A of which `lu` gave LU and pivots. Source: torch.lu_solve(b, LU_data, LU_pivots).
 *
 * @throws as linalg.luSolve.
 * @example
 * const [LU, pivots] = lu(tensor([[0, 2], [1, 0]]).float());
 * await luSolve(tensor([[4], [3]]).float(), LU, pivots).tolist(); // [[3], [2]]
 */
export function luSolve(input: Tensor, LUData: Tensor, LUPivots: Tensor): Tensor {
  return linalgLuSolve(LUData, LUPivots, input);
}
/** Options of {@link luUnpack}. */
export interface LUUnpackOptions {
  /** Make L and U; else they are empty. */
  readonly unpackData?: boolean;
  /** Make P; else it is empty. */
  readonly unpackPivots?: boolean;
}
/**
 * P, L and U out of what `linalg.luFactor` gives. Source: torch.lu_unpack.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * const { LU, pivots } = linalg.luFactor(tensor([[1, 2], [2, 2]]).float());
 * await luUnpack(LU, pivots).L.tolist(); // [[1, 0], [0.5, 1]]
 */
export function luUnpack(
  LUData: Tensor,
  LUPivots: Tensor,
  ...rest: OptionalArgs<[unpackData: boolean, unpackPivots: boolean], LUUnpackOptions>
): LUFactors {
  const { unpackData = true, unpackPivots = true } = optionalArgs<LUUnpackOptions>(
    'luUnpack',
    ['unpackData', 'unpackPivots'],
    rest,
  );
  const [m] = checkMatrices('luUnpack', LUData, 'LU_data');
  checkTensor('luUnpack', LUPivots, 'LU_pivots');
  const none = (): Tensor => zeros([0], { dtype: LUData.dtype, device: LUData.device });
  const [P, L, U] = composed('LuUnpackBackward0', () => {
    const data = unpackData ? unpacked(LUData) : [none(), none()];
    return [unpackPivots ? permutationOf(LUPivots.to('int32'), m, LUData) : none(), data[0]!, data[1]!] as const;
  });
  return { P, L, U };
}
/** Options of {@link triangularSolve}. */
export interface TriangularSolveOptions extends UpperOption {
  /** Solve with Aᵀ. */
  readonly transpose?: boolean;
  /** Take A's diagonal for ones. */
  readonly unitriangular?: boolean;
}
/**
 * The X with A·X = B for triangular A, upper by default, and A itself. Source: torch.triangular_solve(b, A);
 * linalg.solveTriangular is its successor.
 *
 * @throws as linalg.solveTriangular.
 * @example
 * const A = tensor([[2, 1], [0, 4]]).float();
 * const { solution } = triangularSolve(tensor([[4], [8]]).float(), A);
 * await solution.tolist(); // [[1], [2]]
 */
export function triangularSolve(
  input: Tensor,
  A: Tensor,
  ...rest: OptionalArgs<[upper: boolean, transpose: boolean, unitriangular: boolean], TriangularSolveOptions>
): { solution: Tensor; clonedCoefficient: Tensor } {
  const options = optionalArgs<TriangularSolveOptions>(
    'triangularSolve',
    ['upper', 'transpose', 'unitriangular'],
    rest,
  );
  const { upper = true, transpose = false, unitriangular = false } = options;
  checkSquare('triangular_solve', A);
  const [solution] = composed('TriangularSolveBackward0', () => [
    solveTriangular(transpose ? A.mT : A, input, { upper: upper !== transpose, unitriangular }),
  ]) as [Tensor];
  return { solution, clonedCoefficient: A.clone() };
}
/**
 * The first columns of a product of Householder reflections. Source: torch.orgqr, which is linalg.householderProduct.
 *
 * @throws as linalg.householderProduct.
 * @example
 * const v = tensor([[1], [1]]).float();
 * await orgqr(v, tensor([1], { dtype: 'float32' })).tolist(); // [[0], [-1]]
 */
export function orgqr(input: Tensor, tau: Tensor): Tensor {
  return householderProduct(input, tau);
}
/** Options of {@link ormqr}. */
export interface OrmqrOptions {
  /** Multiply from the left (default) or from the right. */
  readonly left?: boolean;
  /** Multiply by Qᵀ. */
  readonly transpose?: boolean;
}
/**
 * Q·other, where Q (M, M) is the whole product of the Householder reflections that `input` (…, M, K) and `tau` (…, K) hold.
 * Source: torch.ormqr.
 *
 * @throws ShapeError for sizes that do not fit.
 * @example
 * const v = tensor([[1], [1]]).float();
 * await ormqr(v, tensor([1], { dtype: 'float32' }), eye(2)).tolist(); // [[0, -1], [-1, 0]]
 */
export function ormqr(
  input: Tensor,
  tau: Tensor,
  other: Tensor,
  ...rest: OptionalArgs<[left: boolean, transpose: boolean], OrmqrOptions>
): Tensor {
  const [m, n] = checkMatrices('ormqr', input, 'input');
  checkTensor('ormqr', tau, 'tau');
  checkMatrices('ormqr', other, 'other');
  const { left = true, transpose = false } = optionalArgs<OrmqrOptions>('ormqr', ['left', 'transpose'], rest);
  if (other.shape.at(left ? -2 : -1) !== m)
    throw new ShapeError(
      `torch.ormqr: other.shape[${left ? -2 : -1}] must be equal to input.shape[-2]\n  got ${other.shape.at(left ? -2 : -1)} and ${m}`,
    );
  if ((tau.shape.at(-1) ?? 0) > Math.min(m, n))
    throw new ShapeError(
      `torch.ormqr: tau.shape[-1] must be less than or equal to min(other.shape[-2], input.shape[-1])\n  got ${tau.shape.at(-1)}`,
    );
  return composed('OrmqrBackward0', () =>
    left ? reflected(input, tau, other, transpose) : reflected(input, tau, other.mT, !transpose).mT,
  );
}

/** Methods of tensors. */
export const decompositionMethods = {
  inverse,
  det,
  logdet,
  slogdet,
  cholesky,
  choleskySolve,
  choleskyInverse,
  qr,
  svd,
  pinverse,
  matrixPower,
  matrixExp,
  lu,
  luSolve,
  triangularSolve,
  orgqr,
  ormqr,
};
