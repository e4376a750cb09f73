/**
 * Views in place: the tensor itself becomes another view of its memory. Whoever else shows that memory sees nothing of it, but
 * shares what is written later.
 */
import type { Var } from '../../autograd/var.ts';
import { GradError } from '../../core/errors.ts';
import { checkShape, contiguousStrides, numel } from '../../core/shape.ts';
import { shapeArgs } from '../arguments.ts';
import { zeros } from '../create.ts';
import { scope } from '../scope.ts';
import { checkTensor, type Tensor } from '../tensor.ts';
import { cat } from './core.ts';
import { asStrided, swapaxes, swapdims, t } from './views.ts';

/** From now on `input` is what `view` is. */
function become(input: Tensor, view: Tensor): Tensor {
  (input as { impl: Var }).impl = view.impl;
  return input;
}
const viewing =
  <A extends unknown[]>(name: string, view: (input: Tensor, ...args: A) => Tensor) =>
  (input: Tensor, ...args: A): Tensor => {
    checkTensor(name, input);
    if (input.requiresGrad && input.isLeaf)
      throw new GradError(
        `a leaf Variable that requires grad is being used in an in-place operation.\n  ${name} would make it a view; use the function without the underscore`,
      );
    return become(input, view(input, ...args));
  };

/**
 * Another shape for the same memory, read in row-major order; more memory, with zeros (PyTorch: any values) at the end, where there
 * is not enough, which is then shared with no one. Source: torch.Tensor.resize_.
 */
function resize_(input: Tensor, ...sizes: (number | readonly number[])[]): Tensor {
  checkTensor('resize_', input);
  const size = shapeArgs(sizes);
  checkShape('resize_', size);
  if (input.requiresGrad)
    throw new GradError('cannot resize variables that require grad\n  use reshape(), or detach() it first');
  const { layout, storage } = input.impl;
  const memory = storage.value.numel;
  const missing = layout.offset + numel(size) - memory;
  if (missing <= 0) return become(input, asStrided(input, size, contiguousStrides(size), layout.offset));
  return become(
    input,
    scope(() => {
      const held = asStrided(input, [memory - layout.offset], [1], layout.offset);
      return cat([held, zeros([missing], { dtype: input.dtype, device: input.device })]).reshape(size);
    }),
  );
}
/** As resize_(), with the shape of another tensor. Source: torch.Tensor.resize_as_. */
function resizeAs_(input: Tensor, other: Tensor): Tensor {
  checkTensor('resizeAs_', other, 'other');
  return resize_(input, other.shape);
}

type Squeezed = number | readonly number[] | { readonly dim?: number | readonly number[] };
const transposed = (x: Tensor, dim0: number, dim1: number): Tensor => x.transpose(dim0, dim1);
const squeezed = (x: Tensor, dim?: Squeezed): Tensor => x.squeeze(dim);
const unsqueezed = (x: Tensor, dim: number): Tensor => x.unsqueeze(dim);

/** Methods that change the tensor itself. */
export const reshapingMethods = {
  t_: viewing('t_', t),
  transpose_: viewing('transpose_', transposed),
  swapaxes_: viewing('swapaxes_', swapaxes),
  swapdims_: viewing('swapdims_', swapdims),
  squeeze_: viewing('squeeze_', squeezed),
  unsqueeze_: viewing('unsqueeze_', unsqueezed),
  asStrided_: viewing('asStrided_', asStrided),
  resize_,
  resizeAs_,
};
