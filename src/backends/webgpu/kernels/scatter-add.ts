/** scatterAdd, indexAdd and their like that overwrite or combine: without float atomics, and the same result on every run. */
import { type DType, isFloat } from '../../../core/dtype.ts';
import { contiguousLayout, type Layout, numel, type Shape } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { shader, wgslType } from '../shader.ts';
import { atLeast1d, ignoreDim, innerSize, keepDims, layoutOf, threadsFor, u32 } from './domains.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** Where everything lies: all three layouts have the shape of the entries, except that `base` has its own size along `dim`. */
interface Scatter {
  readonly kernel: OpKernel;
  readonly dim: number;
  /** Shape of the entries. */
  readonly shape: Shape;
  readonly index: Layout;
  readonly src: Layout;
  readonly base: Layout;
  /** Entries along `dim`, places along `dim` that they go to, and number of lines. */
  readonly entries: number;
  readonly extent: number;
  readonly lines: number;
  /** All lines have the same indices. */
  readonly shared: boolean;
}

function scatterOf(kernel: OpKernel, shared: boolean): Scatter {
  const dim = kernel.attrs.dim as number;
  const base = atLeast1d(contiguousLayout(kernel.outputs[0]!.shape));
  const src = atLeast1d(layoutOf(kernel, 2));
  const index = atLeast1d(layoutOf(kernel, 1));
  const shape = shared ? src.shape : index.shape;
  const entries = shape[dim]!;
  return {
    kernel,
    dim,
    shape,
    index: shared ? { ...index, shape, strides: shape.map((_, i) => (i === dim ? index.strides[0]! : 0)) } : index,
    src: { ...src, shape },
    base,
    entries,
    extent: base.shape[dim]!,
    lines: entries === 0 ? 0 : numel(shape) / entries,
    shared,
  };
}

/** A short line is walked by one thread, a longer one only where there are lines enough to fill a device. */
const walked = { entries: 32, manyEntries: 1024, manyLines: 2 ** 14 };
/** Looking through all indices for each element saves the sorting where there are few of both. */
const scanned = { entries: 512, comparisons: 2 ** 24 };
/** A key and an entry. */
const pairBytes = 8;

type Form = (scatter: Scatter, capabilities: Capabilities) => BuiltKernel;

function chooseForm({ shared, entries, lines, extent }: Scatter, capabilities: Capabilities): Form {
  const pairs = shared ? entries : entries * lines;
  // Walking is the least work in all; on the CPU nothing else pays.
  if (capabilities.software || pairs * pairBytes > capabilities.maxStorageBufferBindingSize) return walk;
  if (entries <= walked.entries || (lines >= walked.manyLines && entries <= walked.manyEntries)) return walk;
  return entries <= scanned.entries && lines * extent * entries <= scanned.comparisons ? scan : sorted;
}

const scattering =
  (shared: boolean): KernelBuilder =>
  (kernel, capabilities) => {
    const scatter = scatterOf(kernel, shared);
    if (scatter.entries * scatter.lines * scatter.extent === 0) return { dispatches: [] };
    return chooseForm(scatter, capabilities)(scatter, capabilities);
  };

const walk: Form = (scatter, capabilities) => unsorted(scatter, false, capabilities);
const scan: Form = (scatter, capabilities) => unsorted(scatter, true, capabilities);

/** One dispatch: a thread per element of the result that scans its line of indices, or a thread per line that walks it. */
function unsorted(scatter: Scatter, scanning: boolean, capabilities: Capabilities): BuiltKernel {
  const { kernel, dim, shape, entries, extent } = scatter;
  const domain = shape.map((d, i) => (i === dim ? extent : d));
  const isLine = (d: number): boolean => d !== dim;
  const lineStart = (layout: Layout): Layout =>
    scanning ? ignoreDim(layout, dim, domain) : keepDims({ ...layout, shape }, isLine);
  const count = scanning ? numel(domain) : scatter.lines;
  const threads = threadsFor(count, capabilities);
  const io = kernelIO(kernel);
  const header = [
    io.header,
    positionFunction('index_at', lineStart(scatter.index)),
    positionFunction('src_at', lineStart(scatter.src)),
    positionFunction('out_at', scanning ? { ...scatter.base, shape: domain } : lineStart(scatter.base)),
  ];
  const source = shader('index/scatter-add.wgsl', {
    HEADER: header.join('\n'),
    ...elements(kernel),
    COUNT: count,
    ENTRIES: entries,
    EXTENT: extent,
    INNER: innerSize(domain, dim),
    INDEX_STEP: u32(scatter.index.strides[dim]!),
    SRC_STEP: u32(scatter.src.strides[dim]!),
    OUT_STEP: u32(scatter.base.strides[dim]!),
    SCAN: scanning,
    ...threads.holes,
  });
  const label = `${kernel.op} of ${shape.join('x')} into ${extent}, ${scanning ? 'scanning' : 'walking'}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
}

/** Runs merged per pass. */
const ways = 16;

/** Sorts (place, entry) pairs, then adds up the entries of each place. */
function sorted(scatter: Scatter, capabilities: Capabilities): BuiltKernel {
  const { kernel, dim, shape, extent } = scatter;
  const isLine = (d: number): boolean => d !== dim;
  const isEntry = (d: number): boolean => d === dim;
  // Lines with the same indices are sorted once and then are the columns of the sum; else every element is an entry.
  const entriesOf = (layout: Layout): Layout => (scatter.shared ? keepDims(layout, isEntry) : layout);
  const columnsOf = (layout: Layout): Layout =>
    scatter.shared ? { ...keepDims({ ...layout, shape }, isLine), offset: 0 } : { shape: [1], strides: [0], offset: 0 };
  const count = scatter.shared ? scatter.entries : numel(shape);
  const columns = numel(shape) / count;
  const threads = threadsFor(count, capabilities);
  const dispatches: Dispatch[] = [];
  const label = `${kernel.op} of ${shape.join('x')} into ${extent}`;
  const common = { COUNT: count, ...threads.holes };
  const outStart = entriesOf(ignoreDim(scatter.base, dim, shape));

  const keys = kernelIO(kernel, { inputs: [1], outputs: [] });
  const header = [
    keys.header,
    positionFunction('index_at', entriesOf(scatter.index)),
    positionFunction('out_at', outStart),
  ];
  const block = threads.holes.WIDTH;
  dispatches.push({
    label: `${label}, sort`,
    source: shader('index/sort.wgsl', {
      HEADER: header.join('\n'),
      ...common,
      RUN: block,
      MERGE: false,
      WAYS: ways,
      EXTENT: extent,
      OUT_STEP: u32(scatter.base.strides[dim]!),
      AFTER: keys.bindings.length,
      BEFORE: 0,
    }),
    bindings: [...keys.bindings, scratch(0, 'read_write')],
    workgroups: threads.workgroups,
  });

  let from = 0;
  for (let run = block; run < count; run *= ways) {
    dispatches.push({
      label: `${label}, merge runs of ${run}`,
      source: shader('index/sort.wgsl', {
        HEADER: '',
        ...common,
        RUN: run,
        MERGE: true,
        WAYS: ways,
        EXTENT: extent,
        OUT_STEP: '0u',
        AFTER: 0,
        BEFORE: 1,
      }),
      bindings: [scratch(1 - from, 'read_write'), scratch(from, 'read')],
      workgroups: threads.workgroups,
    });
    from = 1 - from;
  }

  const io = kernelIO(kernel, { inputs: [2] });
  const sums = threadsFor(count * columns, capabilities);
  const functions = [
    positionFunction('src_entry', entriesOf(scatter.src)),
    positionFunction('src_column', columnsOf(scatter.src)),
    positionFunction('out_column', columnsOf(scatter.base)),
  ];
  dispatches.push({
    label: `${label}, sum`,
    source: shader('index/segments.wgsl', {
      HEADER: [io.header, ...functions].join('\n'),
      ...elements(kernel),
      ENTRIES: count,
      COLUMNS: columns,
      SORTED: io.bindings.length,
      ...sums.holes,
    }),
    bindings: [...io.bindings, scratch(from, 'read')],
    workgroups: sums.workgroups,
  });
  return { dispatches, scratch: dispatches.length > 2 ? [count * pairBytes, count * pairBytes] : [count * pairBytes] };
}

const scratch = (index: number, access: Binding['access']): Binding => ({ kind: 'scratch', index, access });

/** What becomes of `a`, which is there, and `b`, which arrives. */
const combinations: Readonly<Record<string, (dtype: DType) => string>> = {
  sum: (d) => (d === 'bool' ? 'a | b' : 'a + b'),
  prod: (d) => (d === 'bool' ? 'a & b' : 'a * b'),
  amax: (d) => (d === 'bool' ? 'a | b' : isFloat(d) ? 'nan_max(a, b)' : 'max(a, b)'),
  amin: (d) => (d === 'bool' ? 'a & b' : isFloat(d) ? 'nan_min(a, b)' : 'min(a, b)'),
  last: () => 'b',
};
/** The combination of rows that have but one. */
const fixed: Readonly<Record<string, string>> = {
  scatterAdd: 'sum',
  indexAdd: 'sum',
  scatter: 'last',
  indexCopy: 'last',
};

const elements = ({ op, attrs, outputs }: OpKernel): { T: string; COMBINE: string } => {
  const { dtype } = outputs[0]!;
  return { T: wgslType(dtype), COMBINE: combinations[fixed[op] ?? (attrs.reduce as string)]!(dtype) };
};

export const scatterAddKernels = {
  scatterAdd: scattering(false),
  indexAdd: scattering(true),
} satisfies Record<string, KernelBuilder>;

/** Of the rows in ops/extended/scatter.ts. */
export const scatterKernels = {
  scatter: scattering(false),
  indexCopy: scattering(true),
  scatterReduce: scattering(false),
  indexReduce: scattering(true),
} satisfies Record<string, KernelBuilder>;
