import { isFloat } from '../../../core/dtype.ts';
import { numel } from '../../../core/shape.ts';
import { pool2dAttrs } from '../../../ops/pool.ts';
import type { OpKernel } from '../../backend.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { type Holes, shader, wgslType } from '../shader.ts';
import { layoutOf, threadsFor } from './domains.ts';
import type { BuiltKernel, Capabilities, KernelBuilder } from './types.ts';

/** One thread per element of output 0. Operand `i` is read through the function `names[i]`. */
function pool(
  kernel: OpKernel,
  capabilities: Capabilities,
  backward: boolean,
  names: readonly string[],
  file: string,
  extra: Holes,
): BuiltKernel {
  const { shape } = kernel.outputs[0]!;
  const count = numel(shape);
  if (count === 0) return { dispatches: [] };
  const source = layoutOf(kernel, 0).shape;
  const [input, output] = backward ? [shape, source] : [source, shape];
  const { kernelSize, stride, padding, outputSize } = pool2dAttrs(kernel.attrs);
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const text = shader(file, {
    HEADER: [io.header, ...names.map((name, i) => positionFunction(name, layoutOf(kernel, i)))].join('\n'),
    COUNT: count,
    IN_H: input[2]!,
    IN_W: input[3]!,
    OUT_H: output[2]!,
    OUT_W: output[3]!,
    KERNEL_H: kernelSize[0],
    KERNEL_W: kernelSize[1],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    PAD_H: padding[0],
    PAD_W: padding[1],
    ADAPTIVE: outputSize !== undefined,
    BACKWARD: backward,
    ...extra,
    ...threads.holes,
  });
  const label = `${kernel.op} ${source.join('x')} ${outputSize ? `to ${outputSize.join('x')}` : `by ${kernelSize.join('x')}`}`;
  return { dispatches: [{ label, source: text, bindings: io.bindings, workgroups: threads.workgroups }] };
}

const maxPool =
  (backward: boolean, names: readonly string[]): KernelBuilder =>
  (kernel, capabilities) => {
    const { kernelSize, stride, padding, dilation, outputSize } = pool2dAttrs(kernel.attrs);
    const spans = [0, 1].map((i) => (kernelSize[i]! - 1) * dilation[i]! + 1);
    const [input, output] = [layoutOf(kernel, 0).shape, kernel.outputs[0]!.shape];
    return pool(kernel, capabilities, backward, names, 'pool/max-pool.wgsl', {
      T: wgslType(kernel.outputs[0]!.dtype),
      FLOAT: isFloat(kernel.outputs[0]!.dtype),
      DILATION_H: dilation[0],
      DILATION_W: dilation[1],
      APART: outputSize === undefined && spans.every((span, i) => stride[i]! >= span),
      INSIDE:
        outputSize !== undefined ||
        [0, 1].every((i) => padding[i] === 0 && (output[2 + i]! - 1) * stride[i]! + spans[i]! <= input[2 + i]!),
    });
  };

const avgPool =
  (backward: boolean): KernelBuilder =>
  (kernel, capabilities) => {
    const { countIncludePad, divisorOverride } = pool2dAttrs(kernel.attrs);
    return pool(kernel, capabilities, backward, ['a_at'], 'pool/avg-pool.wgsl', {
      OVERRIDE: divisorOverride,
      COUNT_PADDING: countIncludePad,
    });
  };

export const poolKernels = {
  maxPool2d: maxPool(false, ['x_at']),
  maxPool2dBackward: maxPool(true, ['dy_at', 'index_at']),
  avgPool2d: avgPool(false),
  avgPool2dBackward: avgPool(true),
} satisfies Record<string, KernelBuilder>;
