/** Products of vectors and matrices, powers, determinants. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { ones, zeros } from '../create.ts';
import { cat, matmul as torchMatmul } from '../functions/core.ts';
import { type DiagonalOptions, narrow, diagonal as torchDiagonal } from '../functions/views.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { applied, checkFloat, checkSquare, checkWhole, countingLike, identityLike } from './common.ts';
import { diagonalOf } from './factorisations.ts';
import { inv } from './solving.ts';

/** Along which dim the vectors lie. */
export interface VectorDimOption {
  /** The last by default. */
  readonly dim?: number;
}
/**
 * The cross product of vectors of length 3; other dims broadcast. Source: torch.linalg.cross.
 *
 * @throws ShapeError for another length.
 * @example
 * await linalg.cross(tensor([1, 0, 0]), tensor([0, 1, 0])).tolist(); // [0, 0, 1]
 */
export function cross(input: Tensor, other: Tensor, options: VectorDimOption = {}): Tensor {
  checkTensor('linalg.cross', input);
  checkTensor('linalg.cross', other, 'other');
  const { dim = -1 } = optionalArgs<VectorDimOption>('linalg.cross', ['dim'], [options]);
  if (input.ndim !== other.ndim)
    throw new ShapeError(
      `linalg.cross: inputs must have the same number of dimensions.\n  got ${formatShape(input.shape)} and ${formatShape(other.shape)}`,
    );
  const at = normalizeDim('linalg.cross', dim, input.ndim);
  if (input.shape[at] !== 3 || other.shape[at] !== 3)
    throw new ShapeError(
      `linalg.cross: inputs dimension ${dim} must have length 3. Got ${input.shape[at]} and ${other.shape[at]}`,
    );
  return composed('LinalgCrossBackward0', () => {
    const part = (x: Tensor, i: number): Tensor => narrow(x, at, i % 3, 1);
    const component = (i: number): Tensor =>
      part(input, i + 1)
        .mul(part(other, i + 2))
        .sub(part(input, i + 2).mul(part(other, i + 1)));
    return cat([0, 1, 2].map(component), at);
  });
}
/**
 * The inner products of vectors along a dim; other dims broadcast. Source: torch.linalg.vecdot.
 *
 * @throws ShapeError when the shapes do not broadcast, DTypeError for integers.
 * @example
 * await linalg.vecdot(tensor([[1, 2], [3, 4]]).float(), tensor([5, 6]).float()).tolist(); // [17, 39]
 */
export function vecdot(x: Tensor, y: Tensor, options: VectorDimOption = {}): Tensor {
  checkFloat('linalg.vecdot', x, 'x');
  checkFloat('linalg.vecdot', y, 'y');
  const { dim = -1 } = optionalArgs<VectorDimOption>('linalg.vecdot', ['dim'], [options]);
  return composed('SumBackward1', () => x.mul(y).sum(dim));
}
/**
 * The matrix product. Source: torch.linalg.matmul, which is torch.matmul.
 *
 * @throws as matmul.
 * @example
 * await linalg.matmul(tensor([[2, 0]]).float(), tensor([3, 1]).float()).tolist(); // [6]
 */
export function matmul(input: Tensor, other: Tensor): Tensor {
  return torchMatmul(input, other);
}
/**
 * A diagonal of each matrix: of the last two dims, unless told otherwise. A view. Source: torch.linalg.diagonal.
 *
 * @throws ShapeError for dims that do not exist or are the same.
 * @example
 * await linalg.diagonal(tensor([[[1, 2], [3, 4]]])).tolist(); // [[1, 4]]
 */
export function diagonal(A: Tensor, options: DiagonalOptions = {}): Tensor {
  checkTensor('linalg.diagonal', A, 'A');
  return torchDiagonal(A, { dim1: -2, dim2: -1, ...options });
}

/**
 * Aⁿ for square matrices and a whole n, the inverse's power if it is negative. Source: torch.linalg.matrix_power.
 *
 * @throws ShapeError unless the matrices are square, OptionError for an n that is not whole.
 * @example
 * await linalg.matrixPower(tensor([[1, 1], [0, 1]]).float(), 3).tolist(); // [[1, 3], [0, 1]]
 */
export function matrixPower(A: Tensor, n: number): Tensor {
  const size = checkSquare('linalg.matrix_power', A);
  checkWhole('linalg_matrix_power', 'n', n);
  if (n === 0)
    return composed('CopyBackwards', () =>
      A.where(zeros([1], { dtype: 'bool', device: A.device }), identityLike(A, size)),
    );
  return composed(n === 1 ? 'CloneBackward0' : 'MmBackward0', () => {
    let square = n < 0 ? inv(A) : A;
    let product: Tensor | null = null;
    for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) product = product ? product.matmul(square) : square;
      if (rest > 1) square = square.matmul(square);
    }
    return Math.abs(n) === 1 ? product!.clone() : product!;
  });
}

/**
 * The product of two or more matrices, in the order that takes the fewest multiplications. The first may be a row vector, the
 * last a column vector (1-d). Source: torch.linalg.multi_dot.
 *
 * @throws OptionError for fewer than two, ShapeError where sizes do not fit.
 * @example
 * const [a, b, c] = [ones([1, 4]), ones([4, 2]), ones([2, 1])];
 * await linalg.multiDot([a, b, c]).tolist(); // [[8]]
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const count = tensors.length;
  if (!(count >= 2)) throw new OptionError(`multi_dot(): expected at least 2 tensors but got ${count}`);
  for (const t of tensors) checkTensor('linalg.multiDot', t, 'tensors');
  const wrong = tensors.findIndex((t, i) => t.ndim !== 2 && (t.ndim !== 1 || (i > 0 && i < count - 1)));
  if (wrong >= 0) {
    const where = wrong === 0 ? 'the first tensor' : wrong === count - 1 ? 'the last tensor' : `tensor ${wrong}`;
    const words = wrong === 0 || wrong === count - 1 ? '1D or 2D' : '2D';
    throw new ShapeError(`multi_dot(): ${where} must be ${words} but got ${tensors[wrong]!.ndim}D`);
  }
  const [first, last] = [tensors[0]!, tensors[count - 1]!];
  const matrices = tensors.map((t, i) => (t.ndim === 2 ? t : i === 0 ? t.unsqueeze(0) : t.unsqueeze(1)));
  for (let i = 0; i + 1 < count; i++) {
    const [a, b] = [matrices[i]!, matrices[i + 1]!];
    if (a.shape[1] !== b.shape[0])
      throw new ShapeError(
        `multi_dot(): tensors ${i} and ${i + 1} with shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} cannot be multiplied`,
      );
  }
  return composed('ViewBackward0', () => {
    const cut = cheapestCuts([matrices[0]!.shape[0]!, ...matrices.map((m) => m.shape[1]!)]);
    const product = (i: number, j: number): Tensor =>
      i === j ? matrices[i]! : product(i, cut[i]![j]!).matmul(product(cut[i]![j]! + 1, j));
    const result = product(0, count - 1);
    return result.reshape([
      ...(first.ndim === 2 ? [result.shape[0]!] : []),
      ...(last.ndim === 2 ? [result.shape[1]!] : []),
    ]);
  });
}
/** Where to split the product of matrices i to j (Cormen et al., Introduction to Algorithms, 15.2). */
function cheapestCuts(sizes: readonly number[]): number[][] {
  const count = sizes.length - 1;
  const cost = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  const cut = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let span = 1; span < count; span++) {
    for (let i = 0; i + span < count; i++) {
      const j = i + span;
      cost[i]![j] = Infinity;
      for (let k = i; k < j; k++) {
        const c = cost[i]![k]! + cost[k + 1]![j]! + sizes[i]! * sizes[k + 1]! * sizes[j + 1]!;
        if (c < cost[i]![j]!) {
          cost[i]![j] = c;
          cut[i]![j] = k;
        }
      }
    }
  }
  return cut;
}

/**
 * e^A of square matrices: Σ Aⁱ/i!. Full accuracy for column sums of magnitudes up to half a million. Source:
 * torch.linalg.matrix_exp.
 *
 * @throws ShapeError unless the matrices are square.
 * @example
 * await linalg.matrixExp(tensor([[0, 1], [0, 0]]).float()).tolist(); // [[1, 1], [0, 1]]
 */
export function matrixExp(A: Tensor): Tensor {
  checkSquare('linalg.matrix_exp', A);
  return composed('LinalgMatrixExpBackward0', () => applied('matrixExp', [A])[0]!);
}

/**
 * The determinants (…) of square matrices, by LU. The gradient is det(A)·A⁻ᵀ, and of a singular matrix its limit. Source:
 * torch.linalg.det.
 *
 * @throws ShapeError unless the matrices are square.
 * @example
 * await linalg.det(tensor([[1, 2], [3, 4]]).float()).item(); // -2
 */
export function det(A: Tensor): Tensor {
  checkSquare('linalg.det', A);
  return composed('LinalgDetBackward0', () => applied('det', [A])[0]!);
}

/** Sign and logarithm of determinants: det = sign·e^logabsdet. */
export interface Slogdet {
  /** 1, −1, or 0 for singular matrices. */
  readonly sign: Tensor;
  /** −Infinity for singular matrices. */
  readonly logabsdet: Tensor;
}
/**
 * The determinants of square matrices in a form that does not overflow. Source: torch.linalg.slogdet.
 *
 * @throws ShapeError unless the matrices are square.
 * @example
 * const { sign, logabsdet } = linalg.slogdet(tensor([[-2, 0], [0, 0.5]]));
 * await sign.item(); // -1
 * await logabsdet.item(); // 0
 */
export function slogdet(A: Tensor): Slogdet {
  checkSquare('linalg.slogdet', A);
  const [sign, logabsdet] = composed('LinalgSlogdetBackward0', () => {
    const [LU, pivots] = applied('luFactor', [A]) as [Tensor, Tensor];
    const d = diagonalOf(LU);
    const exchanges = pivots.ne(countingLike(pivots, pivots.shape.at(-1)!).add(1)).to(A.dtype);
    const signs = exchanges.mul(-2).add(1).mul(d.detach().sign());
    return [signs.prod(-1), d.abs().log().sum(-1)] as const;
  });
  return { sign, logabsdet };
}

/** Options of {@link vander}. */
export interface VanderOptions {
  /** The number of columns; by default as many as elements. */
  readonly N?: number | null;
}
/**
 * Vandermonde matrices (…, n, N): the powers 0 to N − 1 of each element of (…, n). Source: torch.linalg.vander.
 *
 * @throws OptionError for fewer than two columns.
 * @example
 * await linalg.vander(tensor([1, 2, 3])).tolist(); // [[1, 1, 1], [1, 2, 4], [1, 3, 9]]
 */
export function vander(x: Tensor, options: VanderOptions = {}): Tensor {
  checkTensor('linalg.vander', x, 'x');
  const { N } = optionalArgs<VanderOptions>('linalg.vander', ['N'], [options]);
  const count = N ?? x.shape.at(-1) ?? 0;
  if (!(Number.isInteger(count) && count > 1)) throw new OptionError('N must be greater than 1.\n  in linalg.vander');
  return composed('CatBackward0', () => {
    const elements = x.ndim === 0 ? x.reshape(1) : x;
    const base = (x.dtype === 'bool' ? elements.to('int32') : elements).unsqueeze(-1);
    const columns = [ones(base.shape, { dtype: base.dtype, device: x.device }), base];
    while (columns.length < count) columns.push(columns.at(-1)!.mul(base));
    return cat(columns, -1);
  });
}
