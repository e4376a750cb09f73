/** Sorting lines of any length, putting back in order, and binary search. */
import { type DType, isFloat } from '../../../core/dtype.ts';
import { contiguousLayout, type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { render, shader, wgslType } from '../shader.ts';
import { atLeast1d, ignoreDim, keepDims, layoutOf, threadsFor, u32 } from './domains.ts';
import type { Binding, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** Elements that a workgroup sorts or merges in its memory: a power of two, 8 bytes each, beside two numbers more. */
const tileOf = ({ maxComputeWorkgroupStorageSize: bytes }: Capabilities): number =>
  2 ** Math.floor(Math.log2(Math.min(8192, bytes - 8) / 8));
const mostThreads = 256;

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

function keyFunction(dtype: DType, descending: boolean): string {
  return render('sort/key.wgsl', {
    T: wgslType(dtype),
    FLOAT: isFloat(dtype),
    SIGNED: dtype === 'int32',
    DESCENDING: descending,
  });
}

/** A sort of `lines` lines of `length` elements. */
interface Sort {
  readonly kernel: OpKernel;
  readonly x: Layout;
  readonly out: Layout;
  readonly dim: number;
  readonly length: number;
  readonly lines: number;
  readonly capabilities: Capabilities;
}

/** A step: from one side's scratch buffers, if it is not the first, to the other's, or to the results. */
interface Step {
  readonly from: number;
  readonly first: boolean;
  readonly last: boolean;
}

const sort: KernelBuilder = (kernel, capabilities) => {
  const x = atLeast1d(layoutOf(kernel, 0));
  const dim = kernel.attrs.dim as number;
  const length = x.shape[dim]!;
  const count = numel(x.shape);
  if (count === 0) return { dispatches: [] };
  const work: Sort = { kernel, x, out: contiguousLayout(x.shape), dim, length, lines: count / length, capabilities };
  const [step, run, ways] = capabilities.software ? [rank, 32, 4] : [tiled, tileOf(capabilities), 2];
  const dispatches = [step(work, run, { from: 1, first: true, last: length <= run })];
  for (let sorted = run; sorted < length; sorted *= ways) {
    const from = 1 - (dispatches.length % 2);
    dispatches.push(step(work, sorted, { from, first: false, last: ways * sorted >= length }));
  }
  // Keys and places, on either side.
  return { dispatches, scratch: dispatches.length === 1 ? [] : Array.from({ length: 4 }, () => 4 * count) };
};

/** Steps that work in workgroup memory. */
const tiled = (work: Sort, run: number, step: Step): Dispatch =>
  step.first ? blocks(work, run, step) : merge(work, run, step);

/** The two scratch buffers of one side. */
const sides = (side: number, access: Binding['access']): Binding[] =>
  [2 * side, 2 * side + 1].map((index) => ({ kind: 'scratch', index, access }));

/** What all steps need: where lines lie, where a step reads and where it stores. */
function ends(work: Sort, { from, first, last }: Step): { header: string; bindings: Binding[]; keys: number } {
  const { kernel, x, out, dim, length } = work;
  const isLine = (d: number): boolean => d !== dim;
  const io = kernelIO(kernel, { inputs: first || last ? [0] : [], outputs: last ? [0, 1] : [] });
  const bindings = [...io.bindings, ...(last ? [] : sides(1 - from, 'read_write'))];
  const header = [
    io.header,
    positionFunction('x_at', keepDims(x, isLine)),
    positionFunction('out_at', keepDims(out, isLine)),
    render('sort/store.wgsl', {
      LAST: last,
      OUT_STEP: u32(out.strides[dim]!),
      X_STEP: u32(x.strides[dim]!),
      LENGTH: length,
      KEYS: io.bindings.length,
      PLACES: io.bindings.length + 1,
    }),
    first ? keyFunction(kernel.inputs[0]!.dtype, kernel.attrs.descending as boolean) : '',
  ];
  const keys = bindings.length;
  return { header: header.join('\n'), bindings: [...bindings, ...(first ? [] : sides(from, 'read'))], keys };
}

const labelOf = ({ x, dim }: Sort, what: string): string => `sort ${x.shape.join('x')} along ${dim}, ${what}`;

function blocks(work: Sort, tile: number, step: Step): Dispatch {
  const { x, dim, length, lines, capabilities } = work;
  const span = Math.min(tile, Math.max(2, powerOfTwo(length)));
  const spans = Math.ceil(length / span);
  const capacity = Math.min(tile, span * powerOfTwo(lines * spans));
  const { workgroups, groupsX } = grid(
    Math.ceil((lines * spans) / (capacity / span)),
    capabilities.maxComputeWorkgroupsPerDimension,
  );
  const { header, bindings } = ends(work, step);
  const source = shader('sort/block.wgsl', {
    HEADER: header,
    LENGTH: length,
    LINES: lines,
    SPAN: span,
    SPANS: spans,
    CAPACITY: capacity,
    WIDTH: Math.min(mostThreads, capabilities.maxComputeInvocationsPerWorkgroup, capacity / 2),
    X_STEP: u32(x.strides[dim]!),
    GROUPS_X: groupsX,
  });
  return { label: labelOf(work, `spans of ${span}`), source, bindings, workgroups };
}

function merge(work: Sort, run: number, step: Step): Dispatch {
  const { length, lines, capabilities } = work;
  const tile = tileOf(capabilities);
  const tiles = Math.ceil(length / tile);
  const { workgroups, groupsX } = grid(lines * tiles, capabilities.maxComputeWorkgroupsPerDimension);
  const { header, bindings, keys } = ends(work, step);
  const source = shader('sort/merge.wgsl', {
    HEADER: header,
    LENGTH: length,
    LINES: lines,
    RUN: run,
    TILE: tile,
    TILES: tiles,
    WIDTH: Math.min(mostThreads, capabilities.maxComputeInvocationsPerWorkgroup, tile),
    KEYS: keys,
    PLACES: keys + 1,
    GROUPS_X: groupsX,
  });
  return { label: labelOf(work, `merge runs of ${run}`), source, bindings, workgroups };
}

/** A step without workgroup memory. */
function rank(work: Sort, run: number, step: Step): Dispatch {
  const { x, dim, length, lines, capabilities } = work;
  const count = length * lines;
  const threads = threadsFor(count, capabilities);
  const { header, bindings, keys } = ends(work, step);
  const source = shader('sort/rank.wgsl', {
    HEADER: header,
    FIRST: step.first,
    LENGTH: length,
    COUNT: count,
    RUN: run,
    WAYS: 4,
    X_STEP: u32(x.strides[dim]!),
    KEYS: keys,
    PLACES: keys + 1,
    ...threads.holes,
  });
  const label = labelOf(work, step.first ? `ranks in runs of ${run}` : `ranks in 4 runs of ${run}`);
  return { label, source, bindings, workgroups: threads.workgroups };
}

const unsort: KernelBuilder = (kernel, capabilities) => {
  const x = atLeast1d(layoutOf(kernel, 0));
  const dim = kernel.attrs.dim as number;
  const count = numel(x.shape);
  if (count === 0) return { dispatches: [] };
  const out = contiguousLayout(x.shape);
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const header = [
    io.header,
    positionFunction('x_at', x),
    positionFunction('index_at', atLeast1d(layoutOf(kernel, 1))),
    positionFunction('out_at', ignoreDim(out, dim, x.shape)),
  ];
  const source = shader('sort/unsort.wgsl', {
    HEADER: header.join('\n'),
    COUNT: count,
    LENGTH: x.shape[dim]!,
    OUT_STEP: u32(out.strides[dim]!),
    ...threads.holes,
  });
  const label = `unsort ${x.shape.join('x')} along ${dim}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
};

const searchsorted: KernelBuilder = (kernel, capabilities) => {
  const boundaries = layoutOf(kernel, 0);
  const values = atLeast1d(layoutOf(kernel, 1));
  const count = numel(values.shape);
  if (count === 0) return { dispatches: [] };
  const last = values.shape.length - 1;
  const rows: Layout =
    boundaries.shape.length === 1
      ? { ...values, strides: values.shape.map(() => 0), offset: boundaries.offset }
      : ignoreDim(boundaries, last, values.shape);
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const header = [
    io.header,
    keyFunction(kernel.inputs[0]!.dtype, false),
    positionFunction('row_at', rows),
    positionFunction('value_at', values),
  ];
  const length = boundaries.shape.at(-1)!;
  const source = shader('sort/search.wgsl', {
    HEADER: header.join('\n'),
    COUNT: count,
    LENGTH: length,
    STEP: u32(boundaries.strides.at(-1)!),
    RIGHT: kernel.attrs.right as boolean,
    ...threads.holes,
  });
  const label = `searchsorted of ${values.shape.join('x')} among ${length}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
};

export const sortKernels = { sort, unsort, searchsorted } satisfies Record<string, KernelBuilder>;
