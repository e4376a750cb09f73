import { contiguousLayout, type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { render, shader, wgslType } from '../shader.ts';
import { atLeast1d, ignoreDim, innerSize, layoutOf, threadsFor, u32 } from './domains.ts';
import { scatterAddKernels } from './scatter-add.ts';
import type { Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** shared: one 1-d index for all lines. */
const gather =
  (shared: boolean): KernelBuilder =>
  (kernel, capabilities) => {
    const { shape: outShape, dtype } = kernel.outputs[0]!;
    const count = numel(outShape);
    if (count === 0) return { dispatches: [] };
    const shape = outShape.length > 0 ? outShape : [1];
    const dim = kernel.attrs.dim as number;
    const x = atLeast1d(layoutOf(kernel, 0));
    const index = atLeast1d(layoutOf(kernel, 1));
    const spread: Layout = { ...index, shape, strides: shape.map((_, i) => (i === dim ? index.strides[0]! : 0)) };
    const threads = threadsFor(count, capabilities);
    const io = kernelIO(kernel);
    const header = [
      io.header,
      positionFunction('index_at', shared ? spread : index),
      positionFunction('x_at', ignoreDim(x, dim, shape)),
    ];
    const source = shader('index/gather.wgsl', {
      HEADER: header.join('\n'),
      T: wgslType(dtype),
      COUNT: count,
      EXTENT: x.shape[dim]!,
      X_STEP: u32(x.strides[dim]!),
      ...threads.holes,
    });
    const label = `${kernel.op} of ${x.shape.join('x')} along ${dim} to ${outShape.join('x')}`;
    return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
  };

const cat: KernelBuilder = (kernel, capabilities) => {
  const dispatches: Dispatch[] = [];
  const dim = kernel.attrs.dim as number;
  // Consecutive operands, as many as one dispatch can bind beside the result.
  let batch: number[] = [];
  let start = 0;
  let span = 0;
  const flush = (): void => {
    if (batch.length > 0 && span > 0) dispatches.push(catPart(kernel, batch, start, span, capabilities));
    start += span;
    span = 0;
    batch = [];
  };
  if (numel(kernel.outputs[0]!.shape) === 0) return { dispatches };
  kernel.inputs.forEach((_, i) => {
    const size = layoutOf(kernel, i).shape[dim]!;
    if (size === 0) return;
    if (batch.length === capabilities.maxStorageBuffersPerShaderStage - 1) flush();
    batch.push(i);
    span += size;
  });
  flush();
  return { dispatches };
};

/** Writes `span` positions from `start` on: those of the operands in `batch`. */
function catPart(
  kernel: OpKernel,
  batch: readonly number[],
  start: number,
  span: number,
  capabilities: Capabilities,
): Dispatch {
  const dim = kernel.attrs.dim as number;
  const { shape, dtype } = kernel.outputs[0]!;
  const region = shape.map((d, i) => (i === dim ? span : d));
  const out = contiguousLayout(shape);
  const within = (layout: Layout, at: number): Layout => ({
    shape: region,
    strides: layout.strides,
    offset: layout.offset + at * layout.strides[dim]!,
  });
  const io = kernelIO(kernel, { inputs: batch });
  const functions: string[] = [positionFunction('out_at', within(out, start))];
  const parts: string[] = [];
  let end = 0;
  for (const i of batch) {
    const layout = layoutOf(kernel, i);
    functions.push(positionFunction(`part${i}_at`, within(layout, -end)));
    end += layout.shape[dim]!;
    parts.push(render('index/cat-part.wgsl', { END: end, K: i }));
  }
  const count = numel(region);
  const threads = threadsFor(count, capabilities);
  const source = shader('index/cat.wgsl', {
    HEADER: [io.header, ...functions].join('\n'),
    T: wgslType(dtype),
    COUNT: count,
    SPAN: span,
    INNER: innerSize(shape, dim),
    PARTS: parts.join('\n'),
    ...threads.holes,
  });
  return {
    label: `cat of ${batch.length} to ${region.join('x')}`,
    source,
    bindings: io.bindings,
    workgroups: threads.workgroups,
  };
}

const scatterView: KernelBuilder = (kernel, capabilities) => {
  const src = layoutOf(kernel, 1);
  const count = numel(src.shape);
  if (count === 0) return { dispatches: [] };
  const strides = kernel.attrs.strides as readonly number[];
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const header = [
    io.header,
    positionFunction('src_at', src),
    positionFunction('out_at', { shape: src.shape, strides, offset: 0 }),
  ];
  const source = shader('index/scatter-view.wgsl', {
    HEADER: header.join('\n'),
    COUNT: count,
    OFFSET: io.scalars[2]!,
    ...threads.holes,
  });
  return {
    dispatches: [
      { label: `scatterView ${src.shape.join('x')}`, source, bindings: io.bindings, workgroups: threads.workgroups },
    ],
  };
};

export const indexKernels = {
  gather: gather(false),
  indexSelect: gather(true),
  ...scatterAddKernels,
  cat,
  scatterView,
} satisfies Record<string, KernelBuilder>;
