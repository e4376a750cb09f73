/** Distances between rows of matrices. */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, OptionError, ShapeError, wrongType } from '../../core/errors.ts';
import { broadcastShapes } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { arange } from '../create.ts';
import { isAddressable, op, spoken } from '../impl/common.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { cat } from './core.ts';

/** When distances are computed from a matrix product: see {@link cdist}. */
export type ComputeMode =
  | 'use_mm_for_euclid_dist_if_necessary'
  | 'use_mm_for_euclid_dist'
  | 'donot_use_mm_for_euclid_dist';
const modes: readonly ComputeMode[] = [
  'use_mm_for_euclid_dist_if_necessary',
  'use_mm_for_euclid_dist',
  'donot_use_mm_for_euclid_dist',
];
/** More rows than this are many, as in PyTorch. */
const FEW = 25;

/** Options of {@link cdist}. */
export interface CdistOptions {
  /** The norm: 2 by default; 0 counts the elements that differ, Infinity takes the greatest difference. */
  readonly p?: number;
  readonly computeMode?: ComputeMode | null;
}

function checkOrder(name: string, p: number): void {
  if (typeof p !== 'number') wrongType(name, 'p', 'a number', p);
  if (!(p >= 0)) throw new OptionError(`${name} only supports non-negative p values\n  got ${p}`);
}

/**
 * Distances between all rows of two (batches of) matrices: (B, P, M) and (B, R, M) give (B, P, R); batches broadcast. Where a
 * distance is 0, its gradient is too.
 *
 * `computeMode` for p = 2: with 'use_mm_for_euclid_dist_if_necessary' (default), where either has more than 25 rows, they are
 * computed as √(|x|² + |y|² − 2x·y), which is faster and, for rows close to each other, less exact. The other modes do it always, or never.
 * Source: torch.cdist.
 *
 * @throws ShapeError where shapes do not fit, DTypeError for integers, OptionError for p below 0.
 * @example
 * await cdist(tensor([[0, 0], [3, 4]]).float(), tensor([[0, 0]]).float()).tolist(); // [[0], [5]]
 * await cdist(tensor([[3, 4]]).float(), tensor([[0, 0]]).float(), 1).tolist(); // [[7]]
 */
export function cdist(x1: Tensor, x2: Tensor, ...rest: OptionalArgs<[p: number], CdistOptions>): Tensor {
  const { p = 2, computeMode } = optionalArgs<CdistOptions>('cdist', ['p', 'computeMode'], rest);
  for (const [argument, x] of Object.entries({ x1, x2 })) {
    checkTensor('cdist', x, argument);
    const said = argument.toUpperCase();
    if (!isFloat(x.dtype))
      throw new DTypeError(
        `cdist only supports floating-point dtypes, ${said} got: ${spoken[x.dtype]}\n  cast it with .float()`,
      );
    if (x.ndim < 2) throw new ShapeError(`cdist only supports at least 2D tensors, ${said} got: ${x.ndim}D`);
  }
  const [[rows1, size], [rows2, size2]] = [x1.shape.slice(-2), x2.shape.slice(-2)] as [number[], number[]];
  if (size !== size2)
    throw new ShapeError(`X1 and X2 must have the same number of columns. X1: ${size} X2: ${size2}\n  in cdist`);
  checkOrder('cdist', p);
  const mode = computeMode ?? modes[0]!;
  if (!modes.includes(mode))
    throw new OptionError(`${String(mode)} is not a valid value for compute_mode\n  in cdist: use ${modes.join(', ')}`);
  const batch = broadcastShapes('cdist', x1.shape.slice(0, -2), x2.shape.slice(0, -2));
  const many = mode === modes[0] ? Math.max(rows1!, rows2!) > FEW : mode === modes[1];
  return composed('CdistBackward0', () => {
    const wide = (x: Tensor): Tensor => x.expand([...batch, ...x.shape.slice(-2)]);
    return between(wide(x1), wide(x2), p, many && p === 2);
  });
}
function between(x1: Tensor, x2: Tensor, p: number, product: boolean): Tensor {
  // Of no elements: 0, with a gradient of no elements.
  if (x1.shape.at(-1) === 0) return x1.sum(-1, true).add(x2.sum(-1, true).mT);
  const [rows1, rows2, size] = [x1.shape.at(-2)!, x2.shape.at(-2)!, x1.shape.at(-1)!];
  const fits = product || isAddressable(x1.impl, [...x1.shape.slice(0, -1), rows2, size]);
  const halves = (x: Tensor): Tensor[] => x.split(Math.ceil(x.shape.at(-2)! / 2), -2);
  if (!fits && rows1 > 1)
    return cat(
      halves(x1).map((half) => between(half, x2, p, product)),
      -2,
    );
  if (!fits && rows2 > 1)
    return cat(
      halves(x2).map((half) => between(x1, half, p, product)),
      -1,
    );
  return new Tensor(op('cdist', [x1.impl, x2.impl], { p, product }));
}

/**
 * Distances between all pairs of the N rows of a matrix (N, M), in the order (0, 1), (0, 2), … (1, 2), …: N(N − 1)/2. The upper
 * triangle of cdist(x, x). Source: torch.pdist.
 *
 * @throws ShapeError for other tensors than matrices, DTypeError for integers, OptionError for p below 0.
 * @example
 * await pdist(tensor([[0, 0], [3, 4], [3, 0]]).float()).tolist(); // [5, 3, 4]
 */
export function pdist(input: Tensor, ...rest: OptionalArgs<[p: number], { readonly p?: number }>): Tensor {
  checkTensor('pdist', input);
  const { p = 2 } = optionalArgs<{ p: number }>('pdist', ['p'], rest);
  if (input.ndim !== 2) throw new ShapeError(`pdist only supports 2D tensors, got: ${input.ndim}D`);
  if (!isFloat(input.dtype)) throw new DTypeError('pdist only supports floating-point dtypes\n  cast it with .float()');
  checkOrder('pdist', p);
  return composed('PdistBackward0', () =>
    between(input, input, p, false).flatten().indexSelect(0, upperTriangle(input.shape[0]!, input)),
  );
}
/** Where the elements above the diagonal of an n×n matrix are, computed where `like` is. */
function upperTriangle(n: number, like: Tensor): Tensor {
  const count = (n * (n - 1)) / 2;
  // Counted from the end, the rows are 1, 2, 3 … long, so that i elements from the end stands row (√(8i + 1) − 1)/2.
  const fromEnd = arange(count, { device: like.device })
    .mul(-1)
    .add(count - 1);
  const guess = fromEnd.float().mul(8).add(1).sqrt().sub(1).div(2).floor().int();
  // The root is rounded, and may be one off.
  const start = (row: Tensor): Tensor => row.mul(row.add(1)).floorDivide(2);
  const low = guess.sub(start(guess).gt(fromEnd).int());
  const row = low.add(start(low.add(1)).le(fromEnd).int());
  const column = fromEnd
    .sub(start(row))
    .mul(-1)
    .add(n - 1);
  return row
    .mul(-1)
    .add(n - 2)
    .mul(n)
    .add(column);
}
