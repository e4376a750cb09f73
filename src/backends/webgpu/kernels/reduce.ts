/** Reductions over any dims: one template whose workgroup is shaped by the problem. */
import { type DType, isFloat } from '../../../core/dtype.ts';
import { type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { coalesce, positionFunction } from '../layout.ts';
import { literal, render, shader, wgslType } from '../shader.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** The WGSL of an op: its accumulator, and how elements enter, combine and leave it. */
type OpText = (dtype: DType) => string;

const arithmetic =
  (file: string): OpText =>
  (dtype) =>
    render(file, { T: wgslType(dtype) });

function extremum(max: boolean): OpText {
  const worst: Partial<Record<DType, number>> = {
    float32: max ? -Infinity : Infinity,
    int32: max ? -(2 ** 31) : 2 ** 31 - 1,
    uint32: max ? 0 : 2 ** 32 - 1,
  };
  return (dtype) =>
    render('reduce/extremum.wgsl', {
      T: wgslType(dtype),
      FLOAT: isFloat(dtype),
      MAX: max,
      WORST: literal(worst[dtype]!, dtype),
    });
}

const logical =
  (all: boolean): OpText =>
  () =>
    render('reduce/logical.wgsl', { ALL: all });

const argExtremum =
  (max: boolean): OpText =>
  (dtype) =>
    render('reduce/arg-extremum.wgsl', {
      T: wgslType(dtype),
      FLOAT: isFloat(dtype),
      BETTER: max ? 'a.value > b.value' : 'a.value < b.value',
    });

/** How the work is cut: threads side by side over outputs, threads per output, and chunks of the reduced elements. */
export interface Split {
  readonly x: number;
  readonly y: number;
  readonly chunks: number;
  /** Neighbouring threads share an output instead of taking neighbouring ones. */
  readonly rows: boolean;
}

/** Fewer workgroups than this leave a GPU idle. */
const enoughGroups = 64;
const mostThreads = 256;

/**
 * Picks the cut. `rows`: neighbouring reduced elements are neighbours in memory, so the threads of an output should read
 * them side by side; otherwise the outputs are, and threads side by side should take different outputs.
 */
export function chooseSplit(outputs: number, length: number, rows: boolean, capabilities: Capabilities): Split {
  if (capabilities.software) return softwareSplit(outputs, length);
  const most = Math.min(mostThreads, capabilities.maxComputeInvocationsPerWorkgroup);
  if (length <= 32 || (!rows && outputs >= 16384 && length <= 1024)) return { x: most, y: 1, chunks: 1, rows: false };
  const y = rows ? Math.min(most, powerOfTwo(length / 4)) : 8;
  const x = Math.min(most / y, powerOfTwo(outputs));
  const groups = Math.ceil(outputs / x);
  // Each chunk keeps at least 16 elements per thread: below that a second pass costs more than it saves.
  const chunks = groups >= enoughGroups ? 1 : Math.min(Math.ceil(enoughGroups / groups), Math.floor(length / (y * 16)));
  return { x, y, chunks: Math.max(1, chunks), rows };
}

/** Barriers on a CPU cost more than they save: a thread per output, and chunks where outputs are too few for all lanes. */
function softwareSplit(outputs: number, length: number): Split {
  const chunks = Math.max(1, Math.min(Math.ceil(256 / outputs), Math.floor(length / 1024)));
  return { x: Math.min(64, powerOfTwo(outputs * chunks)), y: 1, chunks, rows: false };
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

interface Stage {
  readonly label: string;
  readonly header: string;
  readonly op: string;
  readonly bindings: readonly Binding[];
  readonly outputs: number;
  readonly length: number;
  readonly split: Split;
}

function dispatch(
  { label, header, op, bindings, outputs, length, split }: Stage,
  capabilities: Capabilities,
): Dispatch {
  const { x, y, chunks, rows } = split;
  const groups = Math.ceil((outputs * chunks) / x);
  const { workgroups, groupsX } = grid(groups, capabilities.maxComputeWorkgroupsPerDimension);
  const source = shader('reduce/reduce.wgsl', {
    HEADER: header,
    OP: op,
    X: x,
    Y: y,
    OUTPUTS: outputs,
    LENGTH: length,
    CHUNKS: chunks,
    CHUNK_LENGTH: Math.ceil(length / chunks),
    GROUPS_X: groupsX,
    ROWS: rows,
    STEP: rows ? 1 : x,
    SHARED: y > 1,
    BLOCKS: length >= 32 * y * chunks,
  });
  return { label, source, bindings, workgroups };
}

/** The operand's layout over the dims of outputs and over those of reduced elements. */
function splitLayout(layout: Layout, dims: readonly number[]): { kept: Layout; reduced: Layout } {
  const part = (wanted: boolean, offset: number): Layout => {
    const chosen = layout.shape.map((_, i) => i).filter((i) => dims.includes(i) === wanted);
    return { shape: chosen.map((i) => layout.shape[i]!), strides: chosen.map((i) => layout.strides[i]!), offset };
  };
  return { kept: part(false, layout.offset), reduced: part(true, 0) };
}

/** Stride between neighbours in row-major order. */
function innerStride(layout: Layout): number {
  const { strides } = coalesce(layout.shape, [layout.strides]);
  return Math.abs(strides[0]!.at(-1) ?? 0);
}

function reduction(opText: OpText, accumulatorBytes = 4): KernelBuilder {
  return (kernel: OpKernel, capabilities: Capabilities): BuiltKernel => {
    const input = kernel.inputs[0]!;
    if (input.kind === 'scalar') throw new Error(`${kernel.op}: its operand is a scalar`);
    const { kept, reduced } = splitLayout(input.layout, kernel.attrs.dims as readonly number[]);
    const outputs = numel(kept.shape);
    const length = numel(reduced.shape);
    const rows = innerStride(reduced) <= innerStride(kept) || outputs === 1;
    const split = chooseSplit(outputs, length, rows, capabilities);
    const op = opText(input.dtype);
    const label = `${kernel.op} [${input.layout.shape.join(', ')}] over ${(kernel.attrs.dims as readonly number[]).join(', ')}`;
    const loads = [
      positionFunction('output_position', kept),
      positionFunction('element_position', reduced),
      'fn load(e: u32, r: u32) -> Accumulator { return element(in0(output_position(e) + element_position(r)), r); }',
    ];
    const stores = ['fn store(e: u32, chunk: u32, value: Accumulator) { out0(e, result(value)); }'];

    if (split.chunks === 1) {
      const io = kernelIO(kernel);
      const header = [io.header, ...loads, ...stores].join('\n');
      return {
        dispatches: [dispatch({ label, header, op, bindings: io.bindings, outputs, length, split }, capabilities)],
      };
    }

    // Two stages: every chunk to scratch memory, then the chunks of each output.
    const first = kernelIO(kernel, { outputs: [] });
    const second = kernelIO(kernel, { inputs: [] });
    const scratch = (access: 'read' | 'read_write', at: number): string =>
      `@group(0) @binding(${at}) var<storage, ${access}> partials: array<Accumulator>;`;
    const firstHeader = [
      first.header,
      scratch('read_write', first.bindings.length),
      ...loads,
      'fn store(e: u32, chunk: u32, value: Accumulator) { partials[chunk * OUTPUTS + e] = value; }',
    ];
    const secondHeader = [
      second.header,
      scratch('read', second.bindings.length),
      'fn load(e: u32, r: u32) -> Accumulator { return partials[r * OUTPUTS + e]; }',
      ...stores,
    ];
    const bind = (access: 'read' | 'read_write'): Binding => ({ kind: 'scratch', index: 0, access });
    const secondSplit = { ...chooseSplit(outputs, split.chunks, outputs === 1, capabilities), chunks: 1 };
    return {
      scratch: [outputs * split.chunks * accumulatorBytes],
      dispatches: [
        dispatch(
          {
            label: `${label} (${split.chunks} chunks)`,
            header: firstHeader.join('\n'),
            op,
            bindings: [...first.bindings, bind('read_write')],
            outputs,
            length,
            split,
          },
          capabilities,
        ),
        dispatch(
          {
            label: `${label} (last stage)`,
            header: secondHeader.join('\n'),
            op,
            bindings: [...second.bindings, bind('read')],
            outputs,
            length: split.chunks,
            split: secondSplit,
          },
          capabilities,
        ),
      ],
    };
  };
}

export const reduceKernels = {
  sum: reduction(arithmetic('reduce/sum.wgsl')),
  prod: reduction(arithmetic('reduce/prod.wgsl')),
  amax: reduction(extremum(true)),
  amin: reduction(extremum(false)),
  any: reduction(logical(false)),
  all: reduction(logical(true)),
  argmax: reduction(argExtremum(true), 8),
  argmin: reduction(argExtremum(false), 8),
} satisfies Record<string, KernelBuilder>;
