/** Factorisations: Cholesky, LU, QR, eigenvalues of symmetric matrices, singular values. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { zeros } from '../create.ts';
import { tril, triu } from '../functions/triangular.ts';
import { diagonal, narrow } from '../functions/views.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import {
  applied,
  checkMatrices,
  checkSquare,
  countingLike,
  firstTrue,
  identityLike,
  LinAlgError,
  reportFirst,
} from './common.ts';

/** The main diagonal of each matrix. */
export const diagonalOf = (x: Tensor): Tensor => diagonal(x, { dim1: -2, dim2: -1 });

/** Which triangle a factor is. */
export interface UpperOption {
  /** An upper triangular factor instead of a lower one. */
  readonly upper?: boolean;
}
/** What the functions named `…Ex` take: they report a failure in `info`, and with `checkErrors` as an error as well. */
export interface CheckErrorsOption {
  readonly checkErrors?: boolean;
}

/** L, and where it is none. */
function factored(A: Tensor, upper: boolean): { factor: Tensor; bad: Tensor } {
  const [L] = applied('cholesky', [upper ? A.mT : A]) as [Tensor];
  return { factor: upper ? L.mT : L, bad: diagonalOf(L.detach()).gt(0).logicalNot() };
}
const notPositive = (name: string, element: string, order: number): LinAlgError =>
  new LinAlgError(
    `${name}: ${element}The factorization could not be completed because the input is not positive-definite (the leading minor of order ${order} is not positive-definite).`,
  );

/** Cholesky under a name of its own. */
export function choleskyOf(name: string, gradFn: string, A: Tensor, upper: boolean): Tensor {
  checkSquare(name, A);
  return composed(gradFn, () => {
    const { factor, bad } = factored(A, upper);
    reportFirst(bad, (element, order) => notPositive('linalg.cholesky', element, order));
    return factor;
  });
}
/**
 * The lower triangular L with A = L·Lᵀ, for symmetric positive-definite matrices (…, N, N), or with `upper` the Lᵀ. Of A only
 * that triangle is read. Source: torch.linalg.cholesky.
 *
 * @throws ShapeError unless the matrices are square; LinAlgError, from the next read, unless they are positive-definite.
 * @example
 * await linalg.cholesky(tensor([[4, 2], [2, 5]]).float()).tolist(); // [[2, 0], [1, 2]]
 */
export function cholesky(A: Tensor, options: UpperOption = {}): Tensor {
  const { upper = false } = optionalArgs<UpperOption>('linalg.cholesky', ['upper'], [options]);
  return choleskyOf('linalg.cholesky', 'LinalgCholeskyExBackward0', A, upper);
}
/**
 * As {@link cholesky}, but a matrix that is not positive-definite is told by `info`: the order of its first leading minor that
 * is not positive, 0 for none. Source: torch.linalg.cholesky_ex.
 *
 * @example
 * const { info } = linalg.choleskyEx(tensor([[1, 2], [2, 1]]).float());
 * await info.tolist(); // 2
 */
export function choleskyEx(
  A: Tensor,
  options: UpperOption & CheckErrorsOption = {},
): { L: Tensor; info: Tensor<'int32'> } {
  const name = 'linalg.choleskyEx';
  const { upper = false, checkErrors = false } = optionalArgs<UpperOption & CheckErrorsOption>(
    name,
    ['upper', 'checkErrors'],
    [options],
  );
  checkSquare(name, A);
  const [L, info] = composed('LinalgCholeskyExBackward0', () => {
    const { factor, bad } = factored(A, upper);
    if (checkErrors) reportFirst(bad, (element, order) => notPositive('linalg.cholesky_ex', element, order));
    return [factor, firstTrue(bad)] as const;
  });
  return { L, info };
}

/** What LU functions take. */
export interface PivotOption {
  /** Exchange rows for the largest pivots. It must: there is no LU without pivoting here, as on PyTorch's CPU. */
  readonly pivot?: boolean;
}
function checkPivot(
  name: string,
  rest: readonly unknown[],
  more: readonly ('pivot' | 'checkErrors')[] = [],
): CheckErrorsOption {
  const options = optionalArgs<PivotOption & CheckErrorsOption>(name, ['pivot', ...more], rest);
  if (options.pivot === false) throw new OptionError(`${name}: LU without pivoting is not implemented`);
  return options;
}
/** PLU of A (…, M, N). */
export interface LUFactors {
  /** A permutation matrix (…, M, M). */
  readonly P: Tensor;
  /** Lower triangular with ones on its diagonal (…, M, K), K = min(M, N). */
  readonly L: Tensor;
  /** Upper triangular (…, K, N). */
  readonly U: Tensor;
}
/** The permutation matrix (…, size, size) of pivots (…, K). */
export function permutationOf(pivots: Tensor, size: number, like: Tensor): Tensor {
  const [order] = applied('luPermutation', [pivots], { size }) as [Tensor];
  return order.unsqueeze(-2).eq(countingLike(pivots, size).unsqueeze(-1)).to(like.dtype);
}
/** L and U out of their packed form. */
export function unpacked(LU: Tensor): [L: Tensor, U: Tensor] {
  const size = Math.min(LU.shape.at(-2)!, LU.shape.at(-1)!);
  const left = tril(narrow(LU, -1, 0, size), -1);
  const ones = countingLike(LU, LU.shape.at(-2)!).unsqueeze(-1).eq(countingLike(LU, size)).to(LU.dtype);
  return [left.add(ones), triu(narrow(LU, -2, 0, size))];
}
/**
 * A = P·L·U with partial pivoting, for matrices (…, M, N) of any rank. Source: torch.linalg.lu.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * const { P, L, U } = linalg.lu(tensor([[1, 2], [2, 2]]).float());
 * await L.tolist(); // [[1, 0], [0.5, 1]]
 * await U.tolist(); // [[2, 2], [0, 1]]
 */
export function lu(A: Tensor, ...rest: OptionalArgs<[pivot: boolean], PivotOption>): LUFactors {
  checkTensor('linalg.lu', A, 'A');
  if (A.ndim < 2)
    throw new ShapeError(
      `linalg.lu: Expected tensor with 2 or more dimensions. Got size: ${formatShape(A.shape)} instead`,
    );
  const [m] = checkMatrices('linalg.lu', A);
  checkPivot('linalg.lu', rest);
  const [P, L, U] = composed('LinalgLuBackward0', () => {
    const [LU, pivots] = applied('luFactor', [A]) as [Tensor, Tensor];
    return [permutationOf(pivots, m, A), ...unpacked(LU)] as const;
  });
  return { P, L, U };
}
/** L (without its ones) and U in one matrix, and LAPACK's pivots: row i was exchanged with row pivots[i] − 1. */
export interface PackedLU {
  readonly LU: Tensor;
  readonly pivots: Tensor<'int32'>;
}
function packed(A: Tensor): { LU: Tensor; pivots: Tensor<'int32'>; bad: Tensor } {
  const [LU, pivots] = applied('luFactor', [A]) as [Tensor, Tensor<'int32'>];
  return { LU, pivots, bad: diagonalOf(LU.detach()).eq(0) };
}
function reportZeroPivot(bad: Tensor): void {
  reportFirst(
    bad,
    (element, i) =>
      new LinAlgError(
        `torch.linalg.lu_factor: ${element}U[${i},${i}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)\n  in Lumigrad linalg.lu(A) or linalg.luFactorEx(A)`,
      ),
  );
}
/**
 * The packed LU of A (…, M, N), for {@link luSolve}. Source: torch.linalg.lu_factor.
 *
 * @throws LinAlgError, from the next read, when U has a zero on its diagonal.
 * @example
 * const { LU, pivots } = linalg.luFactor(tensor([[1, 2], [2, 2]]).float());
 * await LU.tolist(); // [[2, 2], [0.5, 1]]
 * await pivots.tolist(); // [2, 2]
 */
export function luFactor(A: Tensor, ...rest: OptionalArgs<[pivot: boolean], PivotOption>): PackedLU {
  checkMatrices('linalg.luFactor', A);
  checkPivot('linalg.luFactor', rest);
  const [LU, pivots] = composed('LinalgLuFactorExBackward0', () => {
    const { LU: made, pivots: order, bad } = packed(A);
    reportZeroPivot(bad);
    return [made, order] as const;
  });
  return { LU, pivots };
}
/**
 * As {@link luFactor}, but a zero on U's diagonal is told by `info`: its position from 1, 0 for none. Source:
 * torch.linalg.lu_factor_ex.
 *
 * @example
 * const { info } = linalg.luFactorEx(zeros([2, 2]));
 * await info.tolist(); // 1
 */
export function luFactorEx(
  A: Tensor,
  ...rest: OptionalArgs<[pivot: boolean], PivotOption & CheckErrorsOption>
): PackedLU & { info: Tensor<'int32'> } {
  checkMatrices('linalg.luFactorEx', A);
  const { checkErrors = false } = checkPivot('linalg.luFactorEx', rest, ['checkErrors']);
  const [LU, pivots, info] = composed('LinalgLuFactorExBackward0', () => {
    const { LU: made, pivots: order, bad } = packed(A);
    if (checkErrors) reportZeroPivot(bad);
    return [made, order, firstTrue(bad)] as const;
  });
  return { LU, pivots, info };
}

/** The size of Q. */
export type QRMode = 'reduced' | 'complete' | 'r';
/**
 * A = Q·R with Q's columns orthonormal and R upper triangular, by Householder reflections; LAPACK's signs. For A (…, M, N)
 * and K = min(M, N), 'reduced' gives Q (…, M, K) and R (…, K, N), 'complete' Q (…, M, M) and R (…, M, N), 'r' R alone (and an
 * empty Q). Gradients need 'reduced', or M <= N. Source: torch.linalg.qr.
 *
 * @throws ShapeError for fewer than two dims, OptionError for another mode.
 * @example
 * const { R } = linalg.qr(tensor([[3, 1], [4, 2]]).float());
 * await R.tolist(); // [[-5, -2.2], [0, 0.4]]
 */
export function qr(
  A: Tensor,
  ...rest: OptionalArgs<[mode: QRMode], { readonly mode?: QRMode }>
): { Q: Tensor; R: Tensor } {
  checkMatrices('linalg.qr', A);
  const { mode = 'reduced' } = optionalArgs<{ mode: QRMode }>('linalg.qr', ['mode'], rest);
  if (!['reduced', 'complete', 'r'].includes(mode)) {
    throw new OptionError(
      `qr received unrecognized mode '${String(mode)}' but expected one of 'reduced' (default), 'r', or 'complete'`,
    );
  }
  const [Q, R] = composed(
    'LinalgQrBackward0',
    () => applied('qr', [A], { complete: mode === 'complete' }) as [Tensor, Tensor],
  );
  return { Q: mode === 'r' ? zeros([0], { dtype: A.dtype, device: A.device }) : Q, R };
}

/** Which triangle of a symmetric matrix is read. */
export interface UPLOOption {
  readonly UPLO?: 'L' | 'U';
}
type UPLOArgs = OptionalArgs<[UPLO: 'L' | 'U'], UPLOOption>;
function symmetric(name: string, A: Tensor, rest: UPLOArgs): Tensor[] {
  checkSquare(name, A);
  const { UPLO = 'L' } = optionalArgs<UPLOOption>(name, ['UPLO'], rest);
  if (!['L', 'U'].includes(String(UPLO).toUpperCase()))
    throw new OptionError(`Expected UPLO argument to be 'L' or 'U', but got ${String(UPLO)}`);
  return composed('LinalgEighBackward0', () => applied('eigh', [A], { upper: UPLO.toUpperCase() === 'U' }));
}
/**
 * Eigenvalues (…, N), ascending, and orthonormal eigenvectors (columns of (…, N, N)) of symmetric matrices, of which one
 * triangle is read. The sign of an eigenvector is not determined. Gradients need distinct eigenvalues. Source:
 * torch.linalg.eigh.
 *
 * @throws ShapeError unless the matrices are square, OptionError for another UPLO.
 * @example
 * const { eigenvalues } = linalg.eigh(tensor([[2, 1], [1, 2]]).float());
 * await eigenvalues.tolist(); // [1, 3]
 */
export function eigh(A: Tensor, ...rest: UPLOArgs): { eigenvalues: Tensor; eigenvectors: Tensor } {
  const [eigenvalues, eigenvectors] = symmetric('linalg.eigh', A, rest) as [Tensor, Tensor];
  return { eigenvalues, eigenvectors };
}
/**
 * The eigenvalues of {@link eigh}. Source: torch.linalg.eigvalsh.
 *
 * @throws as eigh.
 * @example
 * await linalg.eigvalsh(tensor([[0, 2], [2, 0]]).float()).tolist(); // [-2, 2]
 */
export function eigvalsh(A: Tensor, ...rest: UPLOArgs): Tensor {
  return symmetric('linalg.eigvalsh', A, rest)[0]!;
}

/** A = U·diag(S)·Vh. */
export interface SVD {
  /** (…, M, M), or (…, M, K) with K = min(M, N). */
  readonly U: Tensor;
  /** Singular values (…, K), the greatest first. */
  readonly S: Tensor;
  /** (…, N, N), or (…, K, N). */
  readonly Vh: Tensor;
}
/** SVD under a name of its own. */
export function svdOf(name: string, A: Tensor, full: boolean): [U: Tensor, S: Tensor, Vh: Tensor] {
  checkMatrices(name, A);
  return composed('LinalgSvdBackward0', () => {
    const made = applied('svd', [A], { full }) as [Tensor, Tensor, Tensor];
    const S = made[1].detach();
    reportFirst(
      S.ne(S),
      (element) =>
        new LinAlgError(
          `linalg.svd: ${element}The algorithm failed to converge because the input matrix contained non-finite values.`,
        ),
    );
    return made;
  });
}
/**
 * The singular value decomposition of matrices (…, M, N), by one-sided Jacobi rotations. The signs of singular vectors are not
 * determined. Gradients need distinct singular values, and with `fullMatrices` (the default) reach the first min(M, N)
 * vectors only. Source: torch.linalg.svd.
 *
 * @throws ShapeError for fewer than two dims; LinAlgError, from the next read, for NaN or infinite elements.
 * @example
 * const { S } = linalg.svd(tensor([[3, 0], [0, -4]]).float());
 * await S.tolist(); // [4, 3]
 */
export function svd(
  A: Tensor,
  ...rest: OptionalArgs<[fullMatrices: boolean], { readonly fullMatrices?: boolean }>
): SVD {
  const { fullMatrices = true } = optionalArgs<{ fullMatrices: boolean }>('linalg.svd', ['fullMatrices'], rest);
  const [U, S, Vh] = svdOf('linalg.svd', A, fullMatrices);
  return { U, S, Vh };
}
/**
 * The singular values (…, min(M, N)) of matrices, the greatest first. Source: torch.linalg.svdvals.
 *
 * @throws as svd.
 * @example
 * await linalg.svdvals(tensor([[0, 2], [1, 0]]).float()).tolist(); // [2, 1]
 */
export function svdvals(A: Tensor): Tensor {
  return svdOf('linalg.svdvals', A, false)[1];
}

/**
 * The first N columns of the product of K Householder reflections 1 − tau·v·vᵀ of size M; v's are below the diagonal of the
 * columns of (…, M, N), as LAPACK's geqrf leaves them, tau is (…, K). Source: torch.linalg.householder_product.
 *
 * @throws ShapeError unless M >= N >= K.
 * @example
 * const v = tensor([[1], [1]]).float();
 * await linalg.householderProduct(v, tensor([1], { dtype: 'float32' })).tolist(); // [[0], [-1]]
 */
export function householderProduct(input: Tensor, tau: Tensor): Tensor {
  const name = 'linalg.householderProduct';
  const [m, n] = checkMatrices(name, input, 'input');
  checkTensor(name, tau, 'tau');
  const k = tau.shape.at(-1) ?? 0;
  if (m < n)
    throw new ShapeError(
      `torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]\n  got ${m} and ${n}`,
    );
  if (n < k)
    throw new ShapeError(
      `torch.linalg.householder_product: input.shape[-1] must be greater than or equal to tau.shape[-1]\n  got ${n} and ${k}`,
    );
  return composed('LinalgHouseholderProductBackward0', () => {
    const Q = reflected(input, tau, narrow(identityLike(input, m), -1, 0, n), false);
    return k === 0 ? Q.clone() : Q;
  });
}
/** X multiplied from the left by the product of the reflections 1 − tau·v·vᵀ, or by its transpose. */
export function reflected(input: Tensor, tau: Tensor, X: Tensor, transposed: boolean): Tensor {
  const [m, k] = [input.shape.at(-2)!, tau.shape.at(-1)!];
  // One column for each reflection; a wide input has more, which hold none.
  const below = tril(narrow(input, -1, 0, k), -1).add(narrow(identityLike(input, m), -1, 0, k));
  const order = countingDown(k);
  return (transposed ? order.reverse() : order).reduce((x, i) => {
    const v = narrow(below, -1, i, 1);
    return x.sub(v.mul(narrow(tau, -1, i, 1).unsqueeze(-1)).matmul(v.mT.matmul(x)));
  }, X);
}
const countingDown = (n: number): number[] => Array.from({ length: n }, (_, i) => n - 1 - i);
