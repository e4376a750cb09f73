import { numel } from '../../../core/shape.ts';
import { type ResampleFilter, resampleAttrs } from '../../../ops/extended/resample.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { type Holes, render, shader } from '../shader.ts';
import { innerSize, layoutOf, threadsFor } from './domains.ts';
import type { KernelBuilder } from './types.ts';

const wide = (radius: number, kind: 'linear' | 'cubic' | 'lanczos') => (): string =>
  render('resample/wide.wgsl', { RADIUS: radius, LINEAR: kind === 'linear', CUBIC: kind === 'cubic' });
const plain =
  (file: string, holes: (align: boolean) => Holes) =>
  (align: boolean): string =>
    render(`resample/${file}.wgsl`, holes(align));

/** The WGSL functions of a filter. */
const filters: Record<ResampleFilter, (alignCorners: boolean) => string> = {
  nearest: plain('nearest', () => ({ EXACT: false })),
  nearestExact: plain('nearest', () => ({ EXACT: true })),
  linear: plain('linear', (align) => ({ ALIGN: align })),
  cubic: plain('cubic', (align) => ({ ALIGN: align })),
  wideLinear: wide(1, 'linear'),
  wideCubic: wide(2, 'cubic'),
  wideLanczos: wide(3, 'lanczos'),
};

const resample =
  (backward: boolean): KernelBuilder =>
  (kernel, capabilities) => {
    const { shape } = kernel.outputs[0]!;
    const count = numel(shape);
    if (count === 0) return { dispatches: [] };
    const { filter, dim, alignCorners, from, to } = resampleAttrs(kernel.attrs);
    const threads = threadsFor(count, capabilities);
    const io = kernelIO(kernel);
    const source = shader('resample/resample.wgsl', {
      HEADER: [io.header, positionFunction('x_at', layoutOf(kernel, 0))].join('\n'),
      FILTER: filters[filter](alignCorners),
      COUNT: count,
      FROM_H: from[0],
      FROM_W: from[1],
      TO_H: to[0],
      TO_W: to[1],
      INNER: innerSize(shape, dim + 1),
      SCALE_H: io.scalars[1]!,
      SCALE_W: io.scalars[2]!,
      BACKWARD: backward,
      ...threads.holes,
    });
    const label = `${kernel.op} ${filter} ${from.join('x')} to ${to.join('x')}`;
    return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
  };

export const resampleKernels = {
  resample: resample(false),
  resampleBackward: resample(true),
} satisfies Record<string, KernelBuilder>;
