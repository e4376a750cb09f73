/** Convolutions along one, two or three dims. */
import type { Var } from '../../autograd/var.ts';
import { ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type ConvAttrs, convShape, convTransposeShape } from '../../ops/conv.ts';
import type { OpName } from '../../ops/index.ts';
import type { Attrs } from '../../ops/types.ts';
import { named, op, scoped } from './common.ts';

/** With one number per spatial dim in each list. */
export type ConvArgs = ConvAttrs;
export interface ConvTransposeArgs extends ConvArgs {
  readonly outputPadding: readonly number[];
}

const reshape = (x: Var, shape: readonly number[]): Var =>
  sameShape(x.shape, shape) ? x : op('reshape', [x], { shape: [...shape] });

/** A line is an image of height 1. */
const raised = (shape: readonly number[]): readonly number[] =>
  shape.length === 3 ? [shape[0]!, shape[1]!, 1, shape[2]!] : shape;
const raise = (x: Var): Var => reshape(x, raised(x.shape));
const plane = ({ stride, padding, dilation, groups }: ConvArgs): Attrs & ConvArgs =>
  stride.length > 1
    ? { stride, padding, dilation, groups }
    : { stride: [1, ...stride], padding: [0, ...padding], dilation: [1, ...dilation], groups };

/** Runs `fn` with a batch of one where the input has none, and names the result as PyTorch does. */
function batched(x: Var, weight: Var, fn: (x: Var) => Var): Var {
  if (x.shape.length !== weight.shape.length - 1)
    return named(
      scoped(() => fn(x)),
      'ConvolutionBackward0',
    );
  const result = scoped(() => {
    const y = fn(reshape(x, [1, ...x.shape]));
    return reshape(y, y.shape.slice(1));
  });
  return named(result, 'SqueezeBackward1');
}

function checkBias(name: string, transposed: boolean, weight: Var, bias: Var | null, outputs: number): void {
  if (!bias || sameShape(bias.shape, [outputs])) return;
  throw new ShapeError(
    `Given ${transposed ? 'transposed=1, ' : ''}weight of size ${formatShape(weight.shape)}, expected bias to be 1-dimensional with ${outputs} elements, but got bias of size ${formatShape(bias.shape)} instead\n  in ${name}`,
  );
}

function addBias(y: Var, bias: Var | null): Var {
  return bias ? op('add', [y, reshape(bias, [y.shape[1]!, ...y.shape.slice(2).map(() => 1)])]) : y;
}

/** `name` is conv1d, conv2d or conv3d. */
export function conv(name: string, x: Var, weight: Var, bias: Var | null, args: ConvArgs): Var {
  return batched(x, weight, (input) => {
    const shape = convShape(name, input, weight, args);
    checkBias(name, false, weight, bias, shape[1]!);
    const row: OpName = shape.length === 5 ? 'conv3d' : 'conv2d';
    return reshape(addBias(op(row, [raise(input), raise(weight)], plane(args)), bias), shape);
  });
}

/** An even kernel needs one zero more at the end: pad by that on both sides and drop the first results. */
export function convSame(
  name: string,
  x: Var,
  weight: Var,
  bias: Var | null,
  args: Omit<ConvArgs, 'padding' | 'stride'>,
): Var {
  const totals = args.dilation.map((d, i) => d * (weight.shape[2 + i]! - 1));
  const settings = { ...args, stride: totals.map(() => 1), padding: totals.map((t) => Math.ceil(t / 2)) };
  if (totals.every((t) => t % 2 === 0)) return conv(name, x, weight, bias, settings);
  return batched(x, weight, (input) => {
    const wide = conv(name, input, weight, null, settings);
    checkBias(name, false, weight, bias, wide.shape[1]!);
    const odd = [0, 0, ...totals.map((t) => t % 2)];
    const y = op('slice', [wide], {
      starts: odd,
      sizes: wide.shape.map((d, i) => d - odd[i]!),
      steps: odd.map(() => 1),
    });
    return bias ? addBias(y, bias) : op('copy', [y]);
  });
}

/** `name` is convTranspose1d, convTranspose2d or convTranspose3d: the gradient of conv by its input, with weight (C, O/groups, …). */
export function convTranspose(name: string, x: Var, weight: Var, bias: Var | null, args: ConvTransposeArgs): Var {
  return batched(x, weight, (input) => {
    const shape = convTransposeShape(name, input, weight, args);
    checkBias(name, true, weight, bias, shape[1]!);
    const row: OpName = shape.length === 5 ? 'conv3dBackwardInput' : 'conv2dBackwardInput';
    const attrs = { ...plane(args), inputShape: raised(shape) };
    return reshape(addBias(op(row, [raise(input), raise(weight)], attrs), bias), shape);
  });
}
