/** Sliding windows as columns, and columns back into images. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { contiguousStrides, formatShape } from '../../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { full, named, op, scoped } from '../impl/common.ts';
import { written } from '../impl/parts.ts';
import { contiguous } from '../impl/shape.ts';
import { Tensor, varOf } from '../tensor.ts';
import { type Sizes, sizes } from './arguments.ts';

/** Where the windows of {@link unfold} and {@link fold} lie: dilation 1, no padding and stride 1 by default. */
export interface FoldOptions {
  readonly dilation?: Sizes;
  /** Zeros around the image. */
  readonly padding?: Sizes;
  readonly stride?: Sizes;
}
type FoldRest = OptionalArgs<
  [dilation: Sizes | FoldOptions, padding: Sizes | FoldOptions, stride: Sizes | FoldOptions, options: FoldOptions],
  FoldOptions
>;

interface Windows {
  readonly kernel: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly stride: readonly number[];
}

function windowsOf(name: string, kernelSize: Sizes, rest: readonly unknown[]): Windows {
  const {
    dilation = 1,
    padding = 0,
    stride = 1,
  } = optionalArgs<FoldOptions>(name, ['dilation', 'padding', 'stride'], rest);
  const list = (option: string, what: string, v: Sizes, least: number, word: string): readonly number[] => {
    const pair = sizes(name, option, v, 2);
    if (pair.every((n) => n >= least)) return pair;
    throw new OptionError(
      `${what} should be ${least > 0 ? 'greater than zero' : 'non-negative'}, but got ${word}_height: ${pair[0]} ${word}_width: ${pair[1]}\n  in ${name}`,
    );
  };
  return {
    kernel: list('kernelSize', 'kernel size', kernelSize, 1, 'kernel'),
    dilation: list('dilation', 'dilation', dilation, 1, 'dilation'),
    padding: list('padding', 'padding', padding, 0, 'pad'),
    stride: list('stride', 'stride', stride, 1, 'stride'),
  };
}

const python = (sizes: readonly number[]): string => `(${sizes.join(', ')})`;
const describe = ({ kernel, dilation, padding }: Windows): string =>
  `kernel_size=${python(kernel)}, dilation=${python(dilation)}, padding=${python(padding)}`;

/** How many windows there are along each dim. */
const counts = (image: readonly number[], { kernel, dilation, padding, stride }: Windows): number[] =>
  image.map((s, i) => Math.floor((s + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]!) + 1);

/** The padded image, where the image lies in it, and the windows as a view of it: (N, C, kH, kW, rows, columns). */
function layoutOf(n: number, c: number, image: readonly number[], blocks: readonly number[], w: Windows) {
  const [height, width] = image.map((s, i) => s + 2 * w.padding[i]!) as [number, number];
  const strides = contiguousStrides([n, c, height, width]);
  const [y, x] = [strides[2]!, strides[3]!];
  return {
    padded: [n, c, height, width],
    inner: { strides, offset: w.padding[0]! * y + w.padding[1]! * x },
    view: {
      shape: [n, c, ...w.kernel, ...blocks],
      strides: [strides[0]!, strides[1]!, w.dilation[0]! * y, w.dilation[1]! * x, w.stride[0]! * y, w.stride[1]! * x],
      offset: 0,
    },
  };
}

/**
 * The windows of an image as columns (im2col): (N, C, H, W) or (C, H, W) gives (N, C·kH·kW, L), one column for each of the L
 * places of the window, row by row. Source: torch.nn.functional.unfold.
 *
 * @throws ShapeError when no window fits.
 * @throws OptionError for a window without size, stride or dilation, or a negative padding.
 * @example
 * await functional.unfold(tensor([[[1, 2, 3], [4, 5, 6]]]), 2).tolist(); // [[1, 2], [2, 3], [4, 5], [5, 6]]
 */
export function unfold(input: Tensor, kernelSize: Sizes, ...rest: FoldRest): Tensor {
  const x = varOf('unfold', input);
  const w = windowsOf('unfold', kernelSize, rest);
  const { shape } = x;
  if ((shape.length !== 3 && shape.length !== 4) || shape.slice(-3).includes(0)) {
    throw new ShapeError(
      `Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${formatShape(shape)}\n  in unfold`,
    );
  }
  const [n, c, ...image] = (shape.length === 3 ? [1, ...shape] : shape) as [number, number, ...number[]];
  const blocks = counts(image, w);
  if (blocks.some((b) => b < 1)) {
    throw new ShapeError(
      `Given input with spatial size ${python(image)}, ${describe(w)}, calculated shape of the array of sliding blocks as ${python(blocks)}, but its components must be at least one.\n  in unfold`,
    );
  }
  const { padded, inner, view } = layoutOf(n, c, image, blocks, w);
  const columns = [c * w.kernel[0]! * w.kernel[1]!, blocks[0]! * blocks[1]!];
  const result = scoped(() => {
    const batch = op('reshape', [x], { shape: [n, c, ...image] });
    const whole = w.padding.every((p) => p === 0)
      ? contiguous(batch)
      : written(full(padded, 0, x.dtype, x.engine), batch, inner);
    const windows = op('copy', [op('asStrided', [whole], view)]);
    return op('reshape', [windows], { shape: shape.length === 3 ? columns : [n, ...columns] });
  });
  return new Tensor(named(result, 'Im2ColBackward0'));
}

/**
 * Adds columns up to an image (col2im): (N, C·kH·kW, L) or (C·kH·kW, L) gives (N, C, H, W). Where windows overlap, their
 * elements are added: the adjoint of {@link unfold}, not its inverse. Source: torch.nn.functional.fold.
 *
 * @throws ShapeError when the columns are not those of an image of this size.
 * @throws OptionError for a window without size, stride or dilation, or a negative padding.
 * @example
 * await functional.fold(tensor([[1, 2], [3, 4]]), [1, 3], [1, 2]).tolist(); // [[[1, 5, 4]]]
 */
export function fold(input: Tensor, outputSize: Sizes, kernelSize: Sizes, ...rest: FoldRest): Tensor {
  const x = varOf('fold', input);
  const w = windowsOf('fold', kernelSize, rest);
  const image = sizes('fold', 'outputSize', outputSize, 2);
  const { shape } = x;
  if ((shape.length !== 2 && shape.length !== 3) || shape.slice(-2).includes(0)) {
    throw new ShapeError(
      `Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ${formatShape(shape)}\n  in fold`,
    );
  }
  const [n, rows, length] = (shape.length === 2 ? [1, ...shape] : shape) as [number, number, number];
  const taps = w.kernel[0]! * w.kernel[1]!;
  if (rows % taps !== 0) {
    throw new ShapeError(
      `Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${rows} and kernel_size=${python(w.kernel)}.\n  in fold`,
    );
  }
  const blocks = counts(image, w);
  if (blocks.some((b) => b < 1) || blocks[0]! * blocks[1]! !== length) {
    throw new ShapeError(
      `Given output_size=${python(image)}, ${describe(w)}, stride=${python(w.stride)}, expected size of input's dimension 2 to match the calculated number of sliding blocks ${blocks[0]} * ${blocks[1]} = ${blocks[0]! * blocks[1]!}, but got input.size(2)=${length}.\n  in fold`,
    );
  }
  const c = rows / taps;
  const { padded, inner, view } = layoutOf(n, c, image, blocks, w);
  const result = scoped(() => {
    const windows = op('reshape', [x], { shape: view.shape });
    const sum = op('scatterViewAdd', [windows], { ...view, shape: padded });
    const cropped = w.padding.every((p) => p === 0)
      ? sum
      : op('copy', [op('asStrided', [sum], { shape: [n, c, ...image], ...inner })]);
    return shape.length === 2 ? op('reshape', [cropped], { shape: [c, ...image] }) : cropped;
  });
  return new Tensor(named(result, 'Col2ImBackward0'));
}
