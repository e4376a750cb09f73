import { numel } from '../../../core/shape.ts';
import { kernelIO } from '../io.ts';
import { wgslType } from '../shader.ts';
import { unrolled } from './contraction.ts';
import { layoutOf, threadsFor, u32 } from './domains.ts';
import type { KernelBuilder } from './types.ts';

/** A dim of src: where its steps go in the result (forwards) and in src. */
interface Step {
  readonly size: number;
  readonly stride: number;
  readonly src: number;
}

const scatterViewAdd: KernelBuilder = (kernel, capabilities) => {
  const { shape, dtype } = kernel.outputs[0]!;
  const count = numel(shape);
  if (count === 0) return { dispatches: [] };
  const src = layoutOf(kernel, 0);
  const { strides, offset } = kernel.attrs as { strides: readonly number[]; offset: number };
  // Dims that walk backwards are turned round.
  let start = offset;
  let srcStart = src.offset;
  const steps: Step[] = [];
  const empty = src.shape.includes(0);
  src.shape.forEach((size, i) => {
    if (size === 1 || empty) return;
    const [stride, own] = [strides[i]!, src.strides[i]!];
    if (stride < 0) {
      start += (size - 1) * stride;
      srcStart += (size - 1) * own;
    }
    steps.push(stride < 0 ? { size, stride: -stride, src: -own } : { size, stride, src: own });
  });
  if (steps.length === 0) steps.push({ size: 1, stride: 1, src: 0 });
  steps.sort((a, b) => b.stride - a.stride);
  const reach = steps.map((_, d) => steps.slice(d + 1).reduce((sum, { size, stride }) => sum + (size - 1) * stride, 0));
  const list = (of: (step: Step, d: number) => number): string => steps.map((s, d) => u32(of(s, d))).join(', ');
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const source = unrolled('fold/scatter-view-add.wgsl', {
    HEADER: io.header,
    T: wgslType(dtype),
    PLUS: dtype === 'bool' ? '|' : '+',
    COUNT: count,
    // Without elements of src no place is reached.
    OFFSET: empty ? count : start,
    FARTHEST: reach[0]! + (steps[0]!.size - 1) * steps[0]!.stride,
    RANK: steps.length,
    SIZE: list(({ size }) => size),
    STRIDE: list(({ stride }) => stride),
    REACH: list((_, d) => reach[d]!),
    SRC: list((s) => s.src),
    SRC_OFFSET: u32(srcStart),
    ...threads.holes,
  });
  const label = `scatterViewAdd ${src.shape.join('x')} to ${shape.join('x')}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
};

export const foldKernels = { scatterViewAdd } satisfies Record<string, KernelBuilder>;
