/** Equations: solutions, inverses, least squares. */
import { isFloat } from '../../core/dtype.ts';
import { checkNumbers, checkOptions, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim, numel, sameShape } from '../../core/shape.ts';
import type { Scalar } from '../../ops/types.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { zeros } from '../create.ts';
import { movedim } from '../functions/views.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import {
  applied,
  broadcastBatches,
  checkMatrices,
  checkSameType,
  checkSquare,
  checkWhole,
  firstTrue,
  identityLike,
  LinAlgError,
  reportFirst,
} from './common.ts';
import { type CheckErrorsOption, diagonalOf, permutationOf } from './factorisations.ts';

/** On which side of X the matrix A stands. */
export interface LeftOption {
  /** Solve A·X = B (default), or X·A = B. */
  readonly left?: boolean;
}

/** Throws, in PyTorch's words, unless A·X = B (or X·A = B) makes sense. */
function checkSystem(name: string, A: Tensor, B: Tensor, left: boolean): void {
  const n = checkSquare(name, A);
  checkMatrices(name, B, 'B');
  checkSameType(name, A, B);
  const [rows, columns] = B.shape.slice(-2) as [number, number];
  if ((left ? rows : columns) !== n)
    throw new ShapeError(
      `${name}: Incompatible shapes of A and B for the equation ${left ? 'AX = B' : 'XA = B'} (${n}x${n} and ${rows}x${columns})\n  got ${formatShape(A.shape)} and ${formatShape(B.shape)}`,
    );
}
/** Is B one right-hand side per matrix, without a dim of columns? */
const isVectors = (A: Tensor, B: Tensor): boolean =>
  B.ndim === 1 || (A.ndim - 1 === B.ndim && sameShape(B.shape, A.shape.slice(0, -1)));

/** `solve` for one matrix and many right-hand sides as one system; else for matching batches. */
function forBatches(name: string, A: Tensor, B: Tensor, solver: (A: Tensor, B: Tensor) => Tensor): Tensor {
  if (A.ndim > 2 || B.ndim <= 2) return solver(...broadcastBatches(name, A, B));
  const rows = movedim(B, -2, 0);
  return movedim(solver(A, rows.reshape(rows.shape[0]!, numel(rows.shape.slice(1)))).reshape(rows.shape), 0, -2);
}

function solved(name: string, A: Tensor, B: Tensor, left: boolean): { X: Tensor; bad: Tensor } {
  const asVectors = isVectors(A, B) && left;
  const right = asVectors ? B.unsqueeze(-1) : B;
  checkSystem(name, A, right, left);
  let bad!: Tensor;
  const X = forBatches(name, left ? A : A.mT, left ? right : right.mT, (a, b) => {
    const [x, LU] = applied('solve', [a, b]) as [Tensor, Tensor];
    bad = diagonalOf(LU.detach()).eq(0);
    return x;
  });
  return { X: asVectors ? X.squeeze(-1) : left ? X : X.mT, bad };
}
const reportSingular = (bad: Tensor): void =>
  reportFirst(
    bad,
    (element) =>
      new LinAlgError(`torch.linalg.solve: ${element}The solver failed because the input matrix is singular.`),
  );
/**
 * The X with A·X = B for square A (…, N, N), by LU with partial pivoting. B is (…, N, K), or one vector per matrix: (N) or
 * A's shape without the last dim. Leading dims broadcast. Source: torch.linalg.solve.
 *
 * @throws ShapeError for sizes that do not fit; LinAlgError, from the next read, for a singular matrix.
 * @example
 * const A = tensor([[3, 1], [1, 2]]).float();
 * await linalg.solve(A, tensor([9, 8]).float()).tolist(); // [2, 3]
 */
export function solve(A: Tensor, B: Tensor, options: LeftOption = {}): Tensor {
  const { left = true } = optionalArgs<LeftOption>('linalg.solve', ['left'], [options]);
  checkTensor('linalg.solve', B, 'B');
  checkMatrices('linalg.solve', A);
  return composed('LinalgSolveExBackward0', () => {
    const { X, bad } = solved('linalg.solve', A, B, left);
    reportSingular(bad);
    return X;
  });
}
/**
 * As {@link solve}, but a singular matrix is told by `info`: the position, from 1, of the first zero pivot, 0 for none.
 * Source: torch.linalg.solve_ex.
 *
 * @example
 * await linalg.solveEx(zeros([2, 2]), ones([2, 1])).info.tolist(); // 1
 */
export function solveEx(
  A: Tensor,
  B: Tensor,
  options: LeftOption & CheckErrorsOption = {},
): { result: Tensor; info: Tensor<'int32'> } {
  const name = 'linalg.solveEx';
  const { left = true, checkErrors = false } = optionalArgs<LeftOption & CheckErrorsOption>(
    name,
    ['left', 'checkErrors'],
    [options],
  );
  checkTensor(name, B, 'B');
  checkMatrices(name, A);
  const [result, info] = composed('LinalgSolveExBackward0', () => {
    const { X, bad } = solved(name, A, B, left);
    if (checkErrors) reportSingular(bad);
    return [X, firstTrue(bad)] as const;
  });
  return { result, info };
}

/** The inverse, and where there is none. */
export function inverted(A: Tensor): { inverse: Tensor; bad: Tensor } {
  const [inverse, LU] = applied('solve', [A, identityLike(A, A.shape.at(-1)!)]) as [Tensor, Tensor];
  return { inverse, bad: diagonalOf(LU.detach()).eq(0) };
}
const reportNoInverse = (bad: Tensor): void =>
  reportFirst(
    bad,
    (element, i) =>
      new LinAlgError(
        `linalg.inv: ${element}The diagonal element ${i} is zero, the inversion could not be completed because the input matrix is singular.`,
      ),
  );
/**
 * The inverses of square matrices (…, N, N). To solve equations use {@link solve}, which is faster and more exact. Source:
 * torch.linalg.inv.
 *
 * @throws ShapeError unless the matrices are square; LinAlgError, from the next read, for a singular one.
 * @example
 * await linalg.inv(tensor([[2, 0], [0, 4]]).float()).tolist(); // [[0.5, 0], [0, 0.25]]
 */
export function inv(A: Tensor): Tensor {
  checkSquare('linalg.inv', A);
  return composed('LinalgInvExBackward0', () => {
    const { inverse, bad } = inverted(A);
    reportNoInverse(bad);
    return inverse;
  });
}
/**
 * As {@link inv}, but a singular matrix is told by `info`: the position, from 1, of the first zero pivot, 0 for none. Source:
 * torch.linalg.inv_ex.
 *
 * @example
 * await linalg.invEx(zeros([2, 2])).info.tolist(); // 1
 */
export function invEx(A: Tensor, options: CheckErrorsOption = {}): { inverse: Tensor; info: Tensor<'int32'> } {
  const { checkErrors = false } = optionalArgs<CheckErrorsOption>('linalg.invEx', ['checkErrors'], [options]);
  checkSquare('linalg.invEx', A);
  const [inverse, info] = composed('LinalgInvExBackward0', () => {
    const { inverse: made, bad } = inverted(A);
    if (checkErrors) reportNoInverse(bad);
    return [made, firstTrue(bad)] as const;
  });
  return { inverse, info };
}

/** Options of {@link solveTriangular}. */
export interface SolveTriangularOptions extends LeftOption {
  /** Is A upper triangular, or lower? The other triangle is not looked at. */
  readonly upper: boolean;
  /** Take A's diagonal for ones. */
  readonly unitriangular?: boolean;
}
function triangular(name: string, A: Tensor, B: Tensor, upper: boolean, unit: boolean, left = true): Tensor {
  if (!left) return triangular(name, A.mT, B.mT, !upper, unit).mT;
  return forBatches(name, A, B, (a, b) => applied('triangularSolve', [a, b], { upper, unit })[0]!);
}
/**
 * The X with A·X = B for triangular A (…, N, N) and B (…, N, K). Leading dims broadcast. A zero on A's diagonal gives
 * infinities and NaN. Source: torch.linalg.solve_triangular.
 *
 * @throws ShapeError for sizes that do not fit, OptionError without `upper`.
 * @example
 * const A = tensor([[2, 0], [1, 4]]).float();
 * await linalg.solveTriangular(A, tensor([[2], [9]]).float(), { upper: false }).tolist(); // [[1], [2]]
 */
export function solveTriangular(A: Tensor, B: Tensor, options: SolveTriangularOptions): Tensor {
  const name = 'linalg.solveTriangular';
  checkOptions(name, options, ['upper', 'left', 'unitriangular']);
  if (typeof options?.upper !== 'boolean')
    throw new OptionError(
      `linalg_solve_triangular() missing 1 required keyword-only argument: 'upper'\n  in ${name}: give { upper: true } or { upper: false }`,
    );
  const { upper, left = true, unitriangular = false } = options;
  checkSystem('linalg.solve_triangular', A, B, left);
  return composed('LinalgSolveTriangularBackward0', () => triangular(name, A, B, upper, unitriangular, left));
}

/** Options of {@link luSolve}. */
export interface LUSolveOptions extends LeftOption {
  /** Solve with Aᵀ instead of A. */
  readonly adjoint?: boolean;
}
/**
 * The X with A·X = B for the A of which `luFactor` gave LU and pivots. Source: torch.linalg.lu_solve.
 *
 * @throws ShapeError for sizes that do not fit.
 * @example
 * const { LU, pivots } = linalg.luFactor(tensor([[0, 2], [1, 0]]).float());
 * await linalg.luSolve(LU, pivots, tensor([[4], [3]]).float()).tolist(); // [[3], [2]]
 */
export function luSolve(LU: Tensor, pivots: Tensor, B: Tensor, options: LUSolveOptions = {}): Tensor {
  const name = 'linalg.luSolve';
  const { left = true, adjoint = false } = optionalArgs<LUSolveOptions>(name, ['left', 'adjoint'], [options]);
  checkTensor(name, pivots, 'pivots');
  checkSystem('linalg.lu_solve', LU, B, left);
  const n = LU.shape.at(-1)!;
  if (!sameShape(pivots.shape, LU.shape.slice(0, -1)) || isFloat(pivots.dtype))
    throw new ShapeError(
      `linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix\n  got ${pivots.dtype} pivots ${formatShape(pivots.shape)} for LU ${formatShape(LU.shape)}`,
    );
  return composed('LinalgLuSolveBackward0', () => {
    const P = permutationOf(pivots.to('int32'), n, B);
    const b = left ? B : B.mT;
    const X =
      adjoint === left
        ? P.matmul(triangular(name, LU.mT, triangular(name, LU.mT, b, false, false), true, true))
        : triangular(name, LU, triangular(name, LU, P.mT.matmul(b), false, true), true, false);
    return left ? X : X.mT;
  });
}

/** What counts as zero among singular values: those not above max(atol, rtol·the greatest). */
export interface RankOptions {
  /** Absolute; 0 by default. */
  readonly atol?: number | Tensor | null;
  /** Relative to the greatest; by default max(M, N)·ε, or 0 if atol is given. */
  readonly rtol?: number | Tensor | null;
  /** Is A symmetric? Then eigenvalues are computed, of its lower triangle. */
  readonly hermitian?: boolean;
}
/** Optional arguments with tolerances, which may be tensors. */
export function rankArguments<O extends RankOptions>(
  name: string,
  names: readonly (keyof O & string)[],
  rest: readonly unknown[],
): Partial<O> {
  const options = optionalArgs<O>(name, names, rest, ['atol', 'rtol']);
  for (const key of ['atol', 'rtol'] as const) {
    const value: unknown = options[key] ?? 0;
    if (!(value instanceof Tensor)) checkNumbers(name, { [key]: value });
  }
  return options;
}
/** atol and rtol as operands. */
export function tolerances(A: Tensor, { atol, rtol }: RankOptions): [atol: Tensor | Scalar, rtol: Tensor | Scalar] {
  const [m, n] = A.shape.slice(-2) as [number, number];
  const epsilon = A.dtype === 'float64' ? 2 ** -52 : 2 ** -23;
  const relative = rtol ?? (atol === undefined || atol === null ? Math.max(m, n) * epsilon : 0);
  const operand = (t: number | Tensor): Tensor | Scalar =>
    t instanceof Tensor ? t.to(A.dtype).unsqueeze(-1) : { scalar: t, dtype: A.dtype };
  return [operand(atol ?? 0), operand(relative)];
}
/** The pseudo-inverse (…, N, M), and the singular values, with eigenvalues' magnitudes for them if hermitian. */
export function pseudoInverse(name: string, A: Tensor, options: RankOptions): [pinv: Tensor, values: Tensor] {
  checkTensor(name, A);
  if (A.ndim < 2 || !isFloat(A.dtype))
    throw new ShapeError(
      `linalg.pinv(${A.dtype}${formatShape(A.shape)}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types`,
    );
  const { hermitian = false } = options;
  if (hermitian) checkSquare('linalg.pinv', A);
  return applied('pinv', [A, ...tolerances(A, options).map((t) => (t instanceof Tensor ? t.impl : t))], {
    hermitian,
  }) as [Tensor, Tensor];
}
/**
 * The pseudo-inverse (…, N, M) of matrices (…, M, N), by their singular values. Source: torch.linalg.pinv; its gradient is
 * right where the rank does not change.
 *
 * @throws ShapeError for fewer than two dims.
 * @example
 * await linalg.pinv(tensor([[2, 0], [0, 0]]).float()).tolist(); // [[0.5, 0], [0, 0]]
 */
export function pinv(
  A: Tensor,
  ...rest: OptionalArgs<[rcond: number | Tensor, hermitian: boolean], RankOptions & { rcond?: number | Tensor }>
): Tensor {
  const { rcond, ...options } = rankArguments<RankOptions & { rcond?: number | Tensor }>(
    'linalg.pinv',
    ['rcond', 'hermitian', 'atol', 'rtol'],
    rest,
  );
  return composed(
    'LinalgPinvBackward0',
    () => pseudoInverse('linalg.pinv', A, rcond === undefined ? options : { ...options, rtol: rcond })[0],
  );
}

/** LAPACK's ways to least squares: 'gels' takes full rank for granted, the others find the rank. */
export type LstsqDriver = 'gels' | 'gelsy' | 'gelsd' | 'gelss';
/** Options of {@link lstsq}. */
export interface LstsqOptions {
  /** Singular values below this times the greatest count as zero; default max(M, N)·ε. */
  readonly rcond?: number | null;
  /** Which results there are, as in PyTorch; default 'gelsy'. */
  readonly driver?: LstsqDriver | null;
}
/** Least squares. */
export interface LeastSquares {
  /** (…, N, K) */
  readonly solution: Tensor;
  /** Squared distances (…, K), where M > N and the driver is not 'gelsy'; else empty. */
  readonly residuals: Tensor;
  /** (…), empty for the driver 'gels'. */
  readonly rank: Tensor<'int32'>;
  /** (…, min(M, N)) for the drivers 'gelsd' and 'gelss', else empty. */
  readonly singularValues: Tensor;
}
/**
 * The X that minimises ‖A·X − B‖, of least norm where there are several, for A (…, M, N) and B (…, M, K) or one vector per
 * matrix. 'gels' goes by QR, all others by the singular values. Source: torch.linalg.lstsq.
 *
 * @throws ShapeError for sizes that do not fit, OptionError for another driver.
 * @example
 * const A = tensor([[1, 0], [1, 1], [1, 2]]).float();
 * const { solution } = linalg.lstsq(A, tensor([[1], [3], [5]]).float());
 * await solution.tolist(); // [[1], [2]]
 */
export function lstsq(
  input: Tensor,
  b: Tensor,
  ...rest: OptionalArgs<[rcond: number | null], LstsqOptions>
): LeastSquares {
  const name = 'linalg.lstsq';
  const { rcond, driver: chosen } = optionalArgs<LstsqOptions>(name, ['rcond', 'driver'], rest);
  const driver = chosen ?? 'gelsy';
  if (!['gels', 'gelsy', 'gelsd', 'gelss'].includes(driver))
    throw new OptionError(
      `torch.linalg.lstsq: parameter \`driver\` should be one of (gels, gelsy, gelsd, gelss)\n  got ${String(driver)}`,
    );
  checkTensor(name, input);
  checkTensor(name, b, 'b');
  if (input.ndim < 2) throw new ShapeError('torch.linalg.lstsq: input must have at least 2 dimensions.');
  const asVectors = isVectors(input, b);
  const B = asVectors ? b.unsqueeze(-1) : b;
  const [m, n] = checkMatrices(name, input, 'input');
  if (B.ndim < 2 || B.shape.at(-2) !== m)
    throw new ShapeError(
      `torch.linalg.lstsq: input.size(-2) should match other.size(${asVectors ? -1 : -2})\n  got ${formatShape(input.shape)} and ${formatShape(b.shape)}`,
    );
  checkSameType(name, input, B);
  const none = zeros([0], { dtype: input.dtype, device: input.device });
  const withResiduals = m > n && driver !== 'gelsy';
  const [solution, residuals, rank, values] = composed('LinalgLstsqBackward0', () => {
    const [A, right] = broadcastBatches(name, input, B);
    const full = driver === 'gels';
    const tolerance = rcond === undefined || rcond === null ? {} : { rtol: rcond };
    const [P, S] = full ? [null, none] : pseudoInverse(name, A, tolerance);
    const X = P ? P.matmul(right) : byQR(A, right);
    const distance = withResiduals ? A.matmul(X).sub(right).square().sum(-2) : none;
    const found = full ? none.to('int32') : rankOf(S, A, tolerance);
    return [asVectors ? X.squeeze(-1) : X, distance, found, S] as const;
  });
  const showsValues = driver === 'gelsd' || driver === 'gelss';
  return {
    solution,
    residuals: asVectors && withResiduals ? residuals.squeeze(-1) : residuals,
    rank: rank as Tensor<'int32'>,
    singularValues: showsValues ? values : none,
  };
}
/** Least squares for matrices of full rank. */
function byQR(A: Tensor, B: Tensor): Tensor {
  const isTall = A.shape.at(-2)! >= A.shape.at(-1)!;
  const [Q, R] = applied('qr', [isTall ? A : A.mT], { complete: false }) as [Tensor, Tensor];
  if (isTall) return triangular('linalg.lstsq', R, Q.mT.matmul(B), true, false);
  return Q.matmul(triangular('linalg.lstsq', R.mT, B, false, false));
}
/** How many of the values (…, K) are above the tolerance. */
export function rankOf(values: Tensor, A: Tensor, options: RankOptions): Tensor<'int32'> {
  return scope(() => {
    const S = values.detach();
    if (S.shape.at(-1) === 0) return S.to('int32').sum(-1) as Tensor<'int32'>;
    const [atol, rtol] = tolerances(A, options).map((t) => (t instanceof Tensor ? t : t.scalar)) as (Tensor | number)[];
    const relative = S.amax(-1, { keepdim: true }).mul(rtol!);
    const bound = atol instanceof Tensor ? relative.maximum(atol) : relative.clamp({ min: atol! });
    return S.gt(bound).sum(-1) as Tensor<'int32'>;
  });
}

/**
 * The inverse of A as a map from tensors of its dims from `ind` on to tensors of the dims before: tensorsolve with B is
 * tensordot(tensorinv(A), B). Source: torch.linalg.tensorinv.
 *
 * @throws ShapeError unless the dims before `ind` and those from there on have the same product.
 * @example
 * linalg.tensorinv(eye(6).reshape(2, 3, 6)).shape; // [6, 2, 3]
 */
export function tensorinv(A: Tensor, ...rest: OptionalArgs<[ind: number], { readonly ind?: number }>): Tensor {
  checkTensor('linalg.tensorinv', A);
  const { ind = 2 } = optionalArgs<{ ind: number }>('linalg.tensorinv', ['ind'], rest);
  checkWhole('linalg.tensorinv', 'ind', ind);
  if (ind <= 0) throw new OptionError(`Expected a strictly positive integer for 'ind', but got ${ind}`);
  const [left, right] = [A.shape.slice(0, ind), A.shape.slice(ind)];
  if (numel(left) !== numel(right))
    throw new ShapeError(
      `Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got ${numel(right)} != ${numel(left)}\n  in linalg.tensorinv of ${formatShape(A.shape)}`,
    );
  return composed('ReshapeAliasBackward0', () =>
    inv(A.reshape(numel(left), numel(right))).reshape([...right, ...left]),
  );
}
/** Options of {@link tensorsolve}. */
export interface TensorsolveOptions {
  /** Dims of A to move to the end first. */
  readonly dims?: readonly number[] | null;
}
/**
 * The X with tensordot(A, X, X.ndim) = B. Source: torch.linalg.tensorsolve.
 *
 * @throws ShapeError unless A, after the dims of B, has dims of the same product.
 * @example
 * linalg.tensorsolve(eye(6).reshape(2, 3, 6), ones([2, 3])).shape; // [6]
 */
export function tensorsolve(
  A: Tensor,
  B: Tensor,
  ...rest: OptionalArgs<[dims: readonly number[]], TensorsolveOptions>
): Tensor {
  checkTensor('linalg.tensorsolve', A);
  checkTensor('linalg.tensorsolve', B, 'B');
  const { dims } = optionalArgs<TensorsolveOptions>('linalg.tensorsolve', ['dims'], rest);
  return composed('ViewBackward0', () => {
    const last = (dims ?? []).map((d) => normalizeDim('linalg.tensorsolve', d, A.ndim));
    const order = [...A.shape.keys()].filter((d) => !last.includes(d));
    const a = A.permute([...order, ...last]);
    const [left, right] = [a.shape.slice(0, B.ndim), a.shape.slice(B.ndim)];
    if (numel(left) !== numel(right))
      throw new ShapeError(
        `Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got ${numel(right)} != ${numel(left)}\n  in linalg.tensorsolve of ${formatShape(A.shape)} and ${formatShape(B.shape)}`,
      );
    return solve(a.reshape(numel(left), numel(right)), B.reshape(numel(B.shape))).reshape(right);
  });
}
