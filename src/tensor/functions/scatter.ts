/** Writing by position: torch.scatter, index_add and their like. */
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { inPlace } from '../compose.ts';
import type { ReduceName } from '../impl/scatter.ts';
import * as impl from '../impl/scatter.ts';
import { scatterAdd as adding } from '../impl/scatter-add.ts';
import { operand, Tensor, type TensorOrNumber, varOf } from '../tensor.ts';

/** Options of {@link scatter}. */
export interface ScatterOptions {
  /** Add to what is there, or multiply it, instead of overwriting it. */
  readonly reduce?: 'add' | 'multiply';
}
/**
 * Writes src[i][j] to [index[i][j]][j] of `input` for dim 0, and so on for other dims; a number is written everywhere. Where
 * several go to one place the last in row-major order stays (PyTorch: any of them), and only it gets a gradient. Source:
 * torch.scatter.
 *
 * @throws ShapeError for an index out of range: at the call, or at the next read if it was computed on the device.
 * @example
 * await scatter(zeros([2, 3]), 1, tensor([[2], [0]]), tensor([[5], [7]]).float()).tolist(); // [[0, 0, 5], [7, 0, 0]]
 */
export function scatter(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: TensorOrNumber,
  ...rest: OptionalArgs<[reduce: 'add' | 'multiply'], ScatterOptions>
): Tensor {
  const { reduce } = optionalArgs<ScatterOptions>('scatter', ['reduce'], rest);
  return new Tensor(
    impl.scatter(
      varOf('scatter', input),
      dim,
      varOf('scatter', index, 'index'),
      operand('scatter', src, 'src'),
      reduce,
    ),
  );
}

/** Options of {@link scatterReduce} and {@link indexReduce}. */
export interface IncludeSelfOptions {
  /** Whether what is there takes part (default true). Places that nothing goes to keep it anyway. */
  readonly includeSelf?: boolean;
}
/**
 * Reduces src[i][j] into [index[i][j]][j] of `input` for dim 0, and so on: by 'sum', 'prod', 'mean', 'amax' or 'amin'. Means of
 * integers are rounded down. Equal extrema share the gradient. Source: torch.scatter_reduce.
 *
 * @throws ShapeError for an index out of range, OptionError for another `reduce`.
 * @example
 * const x = tensor([1, 2]);
 * await scatterReduce(x, 0, tensor([0, 0]), tensor([5, 3]), 'amax').tolist(); // [5, 2]
 * await scatterReduce(x, 0, tensor([0, 0]), tensor([5, 3]), 'sum', { includeSelf: false }).tolist(); // [8, 2]
 */
export function scatterReduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  src: Tensor,
  reduce: ReduceName,
  ...rest: OptionalArgs<[includeSelf: boolean], IncludeSelfOptions>
): Tensor {
  const { includeSelf = true } = optionalArgs<IncludeSelfOptions>('scatterReduce', ['includeSelf'], rest);
  return new Tensor(
    impl.scatterReduce(
      varOf('scatterReduce', input),
      dim,
      varOf('scatterReduce', index, 'index'),
      varOf('scatterReduce', src, 'src'),
      reduce,
      includeSelf,
    ),
  );
}

/** Options of {@link indexAdd}. */
export interface IndexAddOptions {
  /** What `source` is multiplied by (default 1). */
  readonly alpha?: number;
}
/**
 * `input` with slices of alpha·source added along `dim` at the positions of a 1-d int32 tensor. Source: torch.index_add.
 *
 * @throws ShapeError for shapes that do not fit or an index out of range.
 * @example
 * await indexAdd(zeros([3]), 0, tensor([0, 2, 0]), ones([3]), { alpha: 2 }).tolist(); // [4, 0, 2]
 */
export function indexAdd(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  ...rest: OptionalArgs<[alpha: number], IndexAddOptions>
): Tensor {
  const { alpha = 1 } = optionalArgs<IndexAddOptions>('indexAdd', ['alpha'], rest);
  return new Tensor(impl.indexAdd(...slices('indexAdd', input, dim, index, source), alpha));
}
/**
 * `input` with slices of source written along `dim` at the positions of a 1-d int32 tensor; of equal positions the last stays.
 * Source: torch.index_copy.
 *
 * @throws ShapeError for shapes that do not fit or an index out of range.
 * @example
 * await indexCopy(zeros([3]), 0, tensor([2, 0]), tensor([5, 7]).float()).tolist(); // [7, 0, 5]
 */
export function indexCopy(input: Tensor, dim: number, index: Tensor, source: Tensor): Tensor {
  return new Tensor(impl.indexCopy(...slices('indexCopy', input, dim, index, source)));
}
/**
 * `input` with `value`, a number or a 0-d tensor, at the slices along `dim` that a 1-d int32 tensor names; negative ones count
 * from the end. Source: torch.index_fill.
 *
 * @throws ShapeError for an index out of range or a value that is no single number.
 * @example
 * await indexFill(zeros([3]), 0, tensor([0, -1]), 5).tolist(); // [5, 0, 5]
 */
export function indexFill(input: Tensor, dim: number, index: Tensor, value: TensorOrNumber): Tensor {
  const at = varOf('indexFill', index, 'index');
  return new Tensor(impl.indexFill(varOf('indexFill', input), dim, at, operand('indexFill', value, 'value')));
}
/**
 * Reduces slices of source into `input` along `dim` at the positions of a 1-d int32 tensor: by 'prod', 'mean', 'amax' or
 * 'amin'. Source: torch.index_reduce.
 *
 * @throws ShapeError for shapes that do not fit or an index out of range, OptionError for another `reduce`.
 * @example
 * await indexReduce(ones([2]), 0, tensor([0, 0]), tensor([2, 3]).float(), 'prod').tolist(); // [6, 1]
 */
export function indexReduce(
  input: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
  reduce: Exclude<ReduceName, 'sum'>,
  ...rest: OptionalArgs<[includeSelf: boolean], IncludeSelfOptions>
): Tensor {
  const { includeSelf = true } = optionalArgs<IncludeSelfOptions>('indexReduce', ['includeSelf'], rest);
  return new Tensor(impl.indexReduce(...slices('indexReduce', input, dim, index, source), reduce, includeSelf));
}
const slices = (name: string, input: Tensor, dim: number, index: Tensor, source: Tensor) =>
  [
    varOf(name, input),
    dim,
    varOf(name, index, 'index'),
    varOf(name, source, name === 'scatterAdd' ? 'src' : 'source'),
  ] as const;

/**
 * `input` with src[i][j][k] added at [index[i][j][k]][j][k] for dim 0, and so on. Deterministic: in the order of src. Source:
 * torch.scatter_add.
 *
 * @throws ShapeError for an index out of range: at the call, or at the next read if it was computed on the device.
 * @example
 * await scatterAdd(zeros([3]), 0, tensor([0, 0, 2]), tensor([1.5, 2, 4])).tolist(); // [3.5, 0, 4]
 */
export function scatterAdd(input: Tensor, dim: number, index: Tensor, src: Tensor): Tensor {
  return new Tensor(adding(...slices('scatterAdd', input, dim, index, src)));
}

/** Methods, and their twins in place. */
export const scatterMethods = {
  scatter,
  scatterAdd,
  scatterReduce,
  indexAdd,
  indexCopy,
  indexFill,
  indexReduce,
  scatter_: inPlace('scatter_', scatter),
  scatterAdd_: inPlace('scatterAdd_', scatterAdd),
  scatterReduce_: inPlace('scatterReduce_', scatterReduce),
  indexAdd_: inPlace('indexAdd_', indexAdd),
  indexCopy_: inPlace('indexCopy_', indexCopy),
  indexFill_: inPlace('indexFill_', indexFill),
  indexReduce_: inPlace('indexReduce_', indexReduce),
};
