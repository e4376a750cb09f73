/** Order: sorting, the greatest elements, the k-th. */
import type { DType } from '../../core/dtype.ts';
import { describe, OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape, normalizeDim } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { type Extremum, extremum } from '../extremum.ts';
import { needAlong, part, sorted } from '../impl/sorting.ts';
import { checkTensor, Tensor } from '../tensor.ts';

/** Options of {@link sort} and {@link argsort}. */
export interface SortOptions {
  /** The dim along which to sort. Default: the last. */
  readonly dim?: number;
  /** The greatest first. */
  readonly descending?: boolean;
  /** Equal elements keep their order. They always do: true and false give the same. */
  readonly stable?: boolean;
}
type SortArgs =
  | OptionalArgs<[dim: number, descending: boolean, stable: boolean], SortOptions>
  | [stable: boolean, options: SortOptions];

/** A 0-d tensor as one of a single element, so that there is a dim to sort along. */
const line = (input: Tensor): Tensor => (input.ndim === 0 ? input.reshape(1) : input);
const likeInput = (input: Tensor, result: Tensor): Tensor => (input.ndim === 0 ? result.reshape([]) : result);

function order(op: string, input: Tensor, rest: SortArgs): [values: Tensor, indices: Tensor] {
  checkTensor(op, input);
  // PyTorch's other form begins with `stable`.
  const names =
    typeof rest[0] === 'boolean'
      ? (['stable', 'dim', 'descending'] as const)
      : (['dim', 'descending', 'stable'] as const);
  const { dim = -1, descending = false } = optionalArgs<SortOptions>(op, names, rest);
  const d = normalizeDim(op, dim, input.ndim);
  const [values, indices] = composed('SortBackward0', () =>
    sorted(line(input).impl, d, descending).map((v) => likeInput(input, new Tensor(v))),
  );
  return [values!, indices!];
}

/**
 * The elements in increasing order along `dim` (default: the last), and where each of them stood (int32). Equal elements
 * keep their order, and NaN is greater than every number. Gradients go back to where the elements stood. Source: torch.sort.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * const { values, indices } = sort(tensor([3, 1, 2]));
 * await values.tolist(); // [1, 2, 3]
 * await indices.tolist(); // [1, 2, 0]
 */
export function sort<D extends DType>(input: Tensor<D>, ...rest: SortArgs): Extremum<D> {
  const [values, indices] = order('sort', input, rest);
  return extremum(values as Tensor<D>, indices as Tensor<'int32'>);
}

/**
 * The positions (int32) that put the elements in order along `dim` (default: the last). Source: torch.argsort.
 *
 * @throws ShapeError when there is no such dim.
 * @example
 * await argsort(tensor([3, 1, 2]), { descending: true }).tolist(); // [0, 2, 1]
 */
export function argsort(input: Tensor, ...rest: SortArgs): Tensor<'int32'> {
  return order('argsort', input, rest)[1] as Tensor<'int32'>;
}

/**
 * The elements in increasing order along the first dim. Source: torch.msort.
 *
 * @example
 * await msort(tensor([[3, 1], [2, 4]])).tolist(); // [[2, 1], [3, 4]]
 */
export function msort<D extends DType>(input: Tensor<D>): Tensor<D> {
  return order('msort', input, [0])[0] as Tensor<D>;
}

/** Options of {@link topk}. */
export interface TopkOptions {
  /** The dim along which to choose. Default: the last. */
  readonly dim?: number;
  /** The greatest (default), or the least. */
  readonly largest?: boolean;
  /** In order. They always are: true and false give the same. */
  readonly sorted?: boolean;
}

/**
 * The k greatest elements along `dim` (default: the last) in decreasing order, or the k least in increasing order, and where
 * each of them stood (int32). NaN is the greatest; of equal elements the first are taken. Source: torch.topk.
 *
 * @throws ShapeError when there are less than k elements.
 * @example
 * const { values, indices } = topk(tensor([1, 4, 2, 3]), 2);
 * await values.tolist(); // [4, 3]
 * await indices.tolist(); // [1, 3]
 */
export function topk<D extends DType>(
  input: Tensor<D>,
  k: number,
  ...rest: OptionalArgs<[dim: number, largest: boolean, sorted: boolean], TopkOptions>
): Extremum<D> {
  checkTensor('topk', input);
  const { dim = -1, largest = true } = optionalArgs<TopkOptions>('topk', ['dim', 'largest', 'sorted'], rest);
  const d = normalizeDim('topk', dim, input.ndim);
  const size = input.shape[d] ?? 1;
  checkWhole('topk', k);
  if (k < 0 || k > size)
    throw new ShapeError(
      `selected index k out of range\n  in topk of ${formatShape(input.shape)}: k is ${k} of ${size}`,
    );
  const [values, indices] = composed('TopkBackward0', () =>
    sorted(line(input).impl, d, largest).map((v) =>
      likeInput(input, new Tensor(part(v, d, 0, input.ndim === 0 ? 1 : k))),
    ),
  );
  return extremum(values as Tensor<D>, indices as Tensor<'int32'>);
}

function checkWhole(op: string, k: unknown): void {
  if (!Number.isInteger(k)) throw new OptionError(`${op}(): argument 'k' must be int, not ${describe(k)}`);
}

/** Options of {@link kthvalue} and {@link mode}. */
export interface KthvalueOptions {
  /** The dim along which to look. Default: the last. */
  readonly dim?: number;
  /** Keep that dim with size 1. */
  readonly keepdim?: boolean;
}

/**
 * The k-th least element along `dim` (default: the last), k = 1 being the least, and where it stood (int32). NaN is the
 * greatest. Source: torch.kthvalue.
 *
 * @throws ShapeError when there is no k-th element.
 * @example
 * const { values, indices } = kthvalue(tensor([5, 1, 4]), 2);
 * await values.item(); // 4
 * await indices.item(); // 2
 */
export function kthvalue<D extends DType>(
  input: Tensor<D>,
  k: number,
  ...rest: OptionalArgs<[dim: number, keepdim: boolean], KthvalueOptions>
): Extremum<D> {
  checkTensor('kthvalue', input);
  const { dim = -1, keepdim = false } = optionalArgs<KthvalueOptions>('kthvalue', ['dim', 'keepdim'], rest);
  const d = normalizeDim('kthvalue', dim, input.ndim);
  needAlong('kthvalue', input.impl, d);
  checkWhole('kthvalue', k);
  if (k < 1 || k > (input.shape[d] ?? 1))
    throw new ShapeError(
      `kthvalue(): selected number k out of range for dimension ${d}\n  got k = ${k} for ${formatShape(input.shape)}`,
    );
  const [values, indices] = composed('KthvalueBackward0', () =>
    sorted(line(input).impl, d).map((v) => {
      const kth = new Tensor(part(v, d, k - 1, 1));
      return keepdim && input.ndim > 0 ? kth : kth.squeeze(d);
    }),
  );
  return extremum(values as Tensor<D>, indices as Tensor<'int32'>);
}
