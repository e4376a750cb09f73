/** Views with memory of their own: what PyTorch calls …_copy, and writing through a view into a copy. */
import { ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { op } from '../impl/common.ts';
import { scope } from '../scope.ts';
import { checkTensor, Tensor } from '../tensor.ts';
import { splitWithSizes, unbind } from './joining.ts';
import { type AsStridedOptions, asStrided, diagonal, narrow, select, t, viewMethods } from './views.ts';

type View<A extends unknown[]> = (input: Tensor, ...args: A) => Tensor;
type Views<A extends unknown[]> = (input: Tensor, ...args: A) => Tensor[];

const copied =
  <A extends unknown[]>(name: string, view: View<A>): View<A> =>
  (input, ...args) => {
    checkTensor(name, input);
    return scope(() => view(input, ...args).clone());
  };
const eachCopied =
  <A extends unknown[]>(name: string, views: Views<A>): Views<A> =>
  (input, ...args) => {
    checkTensor(name, input);
    return scope(() => views(input, ...args).map((x) => x.clone()));
  };

/** clone() by another name. Source: torch.alias_copy. */
export const aliasCopy = copied('aliasCopy', (x) => x);
/** A copy outside the tape. Source: torch.detach_copy. */
export const detachCopy = copied('detachCopy', (x) => x.detach());
/** asStrided() as a copy. Source: torch.as_strided_copy. */
export const asStridedCopy = copied('asStridedCopy', asStrided);
/** diagonal() as a copy. Source: torch.diagonal_copy. */
export const diagonalCopy = copied('diagonalCopy', diagonal);
/** expand() as a copy. Source: torch.expand_copy. */
export const expandCopy = copied('expandCopy', (x, ...sizes: (number | readonly number[])[]) => x.expand(...sizes));
/** narrow() as a copy. Source: torch.narrow_copy. */
export const narrowCopy = copied('narrowCopy', narrow);
/** permute() as a copy. Source: torch.permute_copy. */
export const permuteCopy = copied('permuteCopy', (x, ...dims: (number | readonly number[])[]) => x.permute(...dims));
/** select() as a copy. Source: torch.select_copy. */
export const selectCopy = copied('selectCopy', select);
/** squeeze() as a copy. Source: torch.squeeze_copy. */
export const squeezeCopy = copied('squeezeCopy', (x, ...dim: Parameters<Tensor['squeeze']>) => x.squeeze(...dim));
/** t() as a copy. Source: torch.t_copy. */
export const tCopy = copied('tCopy', t);
/** transpose() as a copy. Source: torch.transpose_copy. */
export const transposeCopy = copied('transposeCopy', (x, dim0: number, dim1: number) => x.transpose(dim0, dim1));
/** Tensor.unfold() as a copy. Source: torch.unfold_copy. */
export const unfoldCopy = copied('unfoldCopy', viewMethods.unfold);
/** unsqueeze() as a copy. Source: torch.unsqueeze_copy. */
export const unsqueezeCopy = copied('unsqueezeCopy', (x, dim: number) => x.unsqueeze(dim));
/** Tensor.view() as a copy. Source: torch.view_copy. */
export const viewCopy = copied('viewCopy', (x, ...size: (number | readonly number[])[]) => x.view(...size));
/** split() as copies. Source: torch.split_copy. */
export const splitCopy = eachCopied('splitCopy', (x, ...args: Parameters<Tensor['split']>) => x.split(...args));
/** splitWithSizes() as copies. Source: torch.split_with_sizes_copy. */
export const splitWithSizesCopy = eachCopied('splitWithSizesCopy', splitWithSizes);
/** unbind() as copies. Source: torch.unbind_copy. */
export const unbindCopy = eachCopied('unbindCopy', unbind);

/**
 * A copy of `input` with `src` written at what asStrided() would show of it. Source: torch.as_strided_scatter.
 *
 * @throws ShapeError when `src` has another size, or that reaches beyond the memory.
 * @example
 * await asStridedScatter(zeros([4]), ones([2]), [2], [2]).tolist(); // [1, 0, 1, 0]
 */
export function asStridedScatter(
  input: Tensor,
  src: Tensor,
  size: readonly number[],
  stride: readonly number[],
  ...rest: OptionalArgs<[storageOffset: number | null], AsStridedOptions>
): Tensor {
  checkTensor('asStridedScatter', input);
  checkTensor('asStridedScatter', src, 'src');
  const { storageOffset } = optionalArgs<AsStridedOptions>('asStridedScatter', ['storageOffset'], rest);
  const { storage, layout } = input.impl;
  const offset = storageOffset ?? layout.offset;
  return composed('AsStridedScatterBackward0', () => {
    // The whole memory, laid out as it was.
    const whole = asStrided(input, [storage.value.numel], [1], 0).clone();
    const part = asStrided(whole, size, stride, offset);
    if (!sameShape(part.shape, src.shape)) {
      throw new ShapeError(
        `expected src to have a size equal to the slice of self. src size = ${formatShape(src.shape)}, slice size = ${formatShape(part.shape)}`,
      );
    }
    part.copy_(src);
    const { shape, strides } = layout;
    return new Tensor(op('restride', [whole.impl], { shape, strides, offset: layout.offset }));
  });
}

export const copyMethods = { narrowCopy, asStridedScatter };
