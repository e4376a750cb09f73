/** [..B, M, K] @ [..B, K, N]: any strides, so that the transposes of backward passes cost nothing. */
import type { Layout } from '../../../core/shape.ts';
import { numel } from '../../../core/shape.ts';
import type { Arg, OpKernel, ProgramArg } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { coalesce, positionFunction } from '../layout.ts';
import { cheapest, cut, sumParts, tiledContraction, unrolled, withPartial } from './contraction.ts';
import { keepDims, layoutOf, u32 } from './domains.ts';
import type { BuiltKernel, Capabilities, KernelBuilder } from './types.ts';

interface Product {
  readonly kernel: OpKernel;
  readonly capabilities: Capabilities;
  readonly a: Layout;
  readonly b: Layout;
  readonly batches: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly label: string;
}

/** Strides of the last two dims. */
const last2 = ({ strides }: Layout): readonly [number, number] => strides.slice(-2) as [number, number];

/** `fn a_batch(batch)` and `fn b_batch(batch)`: the position of a batch's first element. */
function batchFunctions({ a, b }: Product): string {
  const batchDims = (layout: Layout): Layout => keepDims(layout, (dim) => dim < layout.shape.length - 2);
  return [positionFunction('a_batch', batchDims(a)), positionFunction('b_batch', batchDims(b))].join('\n');
}

/** Results per thread of the kernel without workgroup memory. */
interface Micro {
  readonly tm: number;
  readonly tn: number;
}

const sizes = [16, 8, 4, 2, 1];

/**
 * The block that costs a software adapter least: work per step and four threads, in instructions as measured on SwiftShader,
 * times the number of blocks. A load is some fifty instructions per four threads, a product four; each round stores all sums.
 */
function cheapestMicro({ m, n, batches }: Product, shared: boolean, round: number): Micro {
  const candidates = sizes
    .flatMap((tm) => sizes.map((tn): Micro => ({ tm, tn })))
    .filter(({ tm, tn }) => tm * tn <= 128);
  return cheapest(candidates, ({ tm, tn }) => {
    const loads = shared ? tm / 4 + tn : tm + tn;
    const perStep = 50 * loads + (shared ? 7 * tm : 0) + (4 + 7 / round) * tm * tn;
    const blocks = Math.ceil(m / tm) * batches * (shared ? Math.ceil(n / (4 * tn)) : Math.ceil(n / tn) / 4);
    // Below eight workgroups, two or more cores do not share the work evenly.
    return perStep * Math.max(blocks, 8);
  });
}

/** Without workgroup memory: for software adapters, and for many small products. */
function inRegisters(
  product: Product,
  { tm, tn }: Micro,
  shared: boolean,
  width: number,
  round: number,
  wanted: number,
): BuiltKernel {
  const { kernel, capabilities, a, b, batches, m, n, k, label } = product;
  const size = batches * m * n;
  const columnsPerCell = shared ? 4 * tn : tn;
  const rowBlocks = Math.ceil(m / tm);
  const columnBlocks = Math.ceil(n / columnsPerCell);
  const cells = rowBlocks * columnBlocks * batches;
  const perGroup = shared ? 1 : width;
  const { parts, chunk } = cut(k, Math.ceil(wanted / Math.ceil(cells / perGroup)), 128, round, size, capabilities);
  const partial = parts > 1;
  const io = kernelIO(kernel, partial ? { outputs: [] } : {});
  const [aRow, aStep] = last2(a);
  const [bStep, bColumn] = last2(b);
  const { workgroups, groupsX } = grid(
    Math.ceil((cells * parts) / perGroup),
    capabilities.maxComputeWorkgroupsPerDimension,
  );
  const source = unrolled('matmul/reg.wgsl', {
    HEADER: io.header,
    BATCH: batchFunctions(product),
    SHARED: shared,
    PARTIAL: partial,
    PARTIAL_BINDING: io.bindings.length,
    M: m,
    N: n,
    K: k,
    TM: tm,
    TN: tn,
    COLUMNS_PER_CELL: columnsPerCell,
    COLUMN_STEP: shared ? 4 : 1,
    ROW_BLOCKS: rowBlocks,
    COLUMN_BLOCKS: columnBlocks,
    PARTS: parts,
    CHUNK: chunk,
    CELLS: cells * parts,
    WIDTH: width,
    GROUPS_X: groupsX,
    A_ROW: u32(aRow),
    A_STEP: u32(aStep),
    B_STEP: u32(bStep),
    B_COLUMN: u32(bColumn),
    ROUND: round,
    REST: k % round,
    SIZE: size,
  });
  const main = {
    label: `${label} registers ${tm}x${tn}${partial ? ` in ${parts} parts` : ''}`,
    source,
    bindings: partial ? withPartial(io.bindings, 'read_write') : io.bindings,
    workgroups,
  };
  if (!partial) return { dispatches: [main] };
  return { dispatches: [main, sumParts(kernel, parts, size, label, capabilities)], scratch: [parts * size * 4] };
}

/** A matrix times at most four vectors: memory-bound, so threads share sums instead of reusing loads. */
function thin(product: Product): BuiltKernel {
  const { kernel, capabilities, a, b, batches, m, n, k, label } = product;
  const rows = m <= n;
  const [aRow, aStep] = last2(a);
  const [bStep, bColumn] = last2(b);
  const ofA = { operand: 'a', load: 'in0', outer: aRow, step: aStep, result: n };
  const ofB = { operand: 'b', load: 'in1', outer: bColumn, step: bStep, result: 1 };
  const [few, many] = rows ? [ofA, ofB] : [ofB, ofA];
  const long = rows ? n : m;
  // Neighbouring threads read neighbouring elements of the matrix.
  const alongK = many.step === 1 || k === 1;
  const [threadsLong, threadsK] = alongK ? (k >= 1024 ? [1, 128] : [2, 32]) : [32, 8];
  const blocks = Math.ceil(long / threadsLong);
  const io = kernelIO(kernel);
  const { workgroups, groupsX } = grid(blocks * batches, capabilities.maxComputeWorkgroupsPerDimension);
  const source = unrolled('matmul/thin.wgsl', {
    HEADER: io.header,
    BATCH: batchFunctions(product),
    THIN: rows ? m : n,
    LONG: long,
    K: k,
    THREADS_K: threadsK,
    THREADS_LONG: threadsLong,
    BLOCKS: blocks,
    CELLS: blocks * batches,
    GROUPS_X: groupsX,
    LONG_FIRST: alongK,
    LONG_OPERAND: many.operand,
    LONG_LOAD: many.load,
    LONG_OUTER: u32(many.outer),
    LONG_STEP: u32(many.step),
    LONG_RESULT: many.result,
    THIN_OPERAND: few.operand,
    THIN_LOAD: few.load,
    THIN_OUTER: u32(few.outer),
    THIN_STEP: u32(few.step),
    THIN_RESULT: few.result,
  });
  return { dispatches: [{ label: `${label} thin`, source, bindings: io.bindings, workgroups }] };
}

export interface OperandLayouts {
  /** One element per repetition of the contraction, holding the offset. */
  readonly base: Layout;
  readonly outer: Layout;
  readonly step: Layout;
}

export interface OperandBlock {
  readonly text: string;
  /** Neighbouring threads should load neighbouring steps. */
  readonly alongK: boolean;
  /** Loads are of vec4. */
  readonly vector: boolean;
}

/** The stride of a layout that one stride can walk, else 0. */
function singleStride({ shape, strides }: Layout): number {
  const { strides: walked } = coalesce(shape, [strides]);
  return walked[0]!.length === 1 ? walked[0]![0]! : 0;
}

/** How the tiled kernel loads an operand whose positions are a base, plus what the outer position adds, plus what the step adds. */
export function operandBlock(
  name: 'a' | 'b',
  arg: Arg | ProgramArg,
  load: string,
  { base, outer, step }: OperandLayouts,
): OperandBlock {
  // Whole vec4s along one of them: the other, and all that repeats, must keep them aligned.
  const whole = (along: Layout, others: readonly Layout[]): boolean =>
    arg.kind === 'buffer' &&
    singleStride(along) === 1 &&
    numel(along.shape) % 4 === 0 &&
    base.offset % 4 === 0 &&
    others.every(({ shape, strides }) => strides.every((stride, i) => shape[i] === 1 || stride % 4 === 0));
  const alongOuter = whole(outer, [base, step]);
  const alongStep = !alongOuter && whole(step, [base, outer]);
  const text = unrolled('matmul/block.wgsl', {
    NAME: name,
    FUNCTIONS: [
      positionFunction(`${name}_base`, base),
      positionFunction(`${name}_outer`, outer),
      positionFunction(`${name}_step`, step),
    ].join('\n'),
    ALONG_OUTER: alongOuter,
    ALONG_K: alongStep,
    LOAD: load,
    OUTER_SIZE: numel(outer.shape),
    K: numel(step.shape),
  });
  return { text, alongK: alongStep || (!alongOuter && singleStride(step) === 1), vector: alongOuter || alongStep };
}

function tiled({ kernel, capabilities, a, b, batches, m, n, k, label }: Product): BuiltKernel {
  const layouts = (layout: Layout, outerDim: number, stepDim: number): OperandLayouts => {
    const dim = (d: number): Layout => ({ shape: [layout.shape[d]!], strides: [layout.strides[d]!], offset: 0 });
    return { base: keepDims(layout, (d) => d < layout.shape.length - 2), outer: dim(outerDim), step: dim(stepDim) };
  };
  const rank = a.shape.length;
  const blockA = operandBlock('a', kernel.inputs[0]!, 'in0', layouts(a, rank - 2, rank - 1));
  const blockB = operandBlock('b', kernel.inputs[1]!, 'in1', layouts(b, rank - 1, rank - 2));
  return tiledContraction(
    kernel,
    {
      label,
      groups: batches,
      rows: m,
      columns: n,
      k,
      size: batches * m * n,
      blocks: `${blockA.text}\n${blockB.text}`,
      place: `fn element(batch: u32, i: u32, j: u32) -> u32 { return (batch * ${m}u + i) * ${n}u + j; }`,
      alongK: [blockA.alongK, blockB.alongK],
      vectorInputs: [blockA, blockB].flatMap(({ vector }, i) => (vector ? [i] : [])),
      vectorStore: n % 4 === 0,
      whole: true,
    },
    capabilities,
  );
}

const matmul: KernelBuilder = (kernel, capabilities) => {
  const shape = kernel.outputs[0]!.shape;
  if (numel(shape) === 0) return { dispatches: [] };
  const [m, n] = shape.slice(-2) as [number, number];
  const a = layoutOf(kernel, 0);
  const b = layoutOf(kernel, 1);
  const k = a.shape.at(-1)!;
  const batches = numel(shape.slice(0, -2));
  const label = `${kernel.op} ${batches > 1 ? `${batches}x` : ''}${m}x${k}x${n}`;
  const product: Product = { kernel, capabilities, a, b, batches, m, n, k, label };
  if (capabilities.software) {
    const shared = capabilities.subgroups;
    const round = shared ? 4 : 2;
    return inRegisters(product, cheapestMicro(product, shared, round), shared, 4, round, 16);
  }
  // Nothing to add up: the sums stay zero, and so does what is loaded.
  if (k === 0 || (m <= 16 && n <= 16 && batches > 1)) return inRegisters(product, { tm: 4, tn: 4 }, false, 64, 1, 1);
  // So few results of so long sums that only cutting the sums in parts gives enough threads.
  const few = Math.max(m, n) * batches <= 64 && k >= 8192;
  if (Math.min(m, n) <= 4 && !few) return thin(product);
  return tiled(product);
};

export const matmulKernels = { matmul } satisfies Record<string, KernelBuilder>;
