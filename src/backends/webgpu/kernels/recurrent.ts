/**
 * Recurrent layers: one dispatch packs the weights, one walks through all steps. A workgroup takes four sequences (or a
 * multiple) through time: its threads share the units, and the state stays in workgroup memory. Weights too large to be read
 * whole by each workgroup at each step, or a state too large for workgroup memory, make each step a dispatch, whose workgroups
 * share the units too.
 */
import { type CellKind, cellKinds } from '../../../ops/extended/recurrent-sizes.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { type Holes, render, shader } from '../shader.ts';
import { unroll } from '../unroll.ts';
import { layoutOf, threadsFor, u32 } from './domains.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** A workgroup reads at most so many bytes of weights per step; beyond, several share the units. */
const sharedWeights = 2 ** 21;
/** A workgroup reads at most so many bytes of weights per dispatch: 50 ms at 50 GB/s, far less than any watchdog allows. */
const dispatchBytes = 2.5e9;
const vec4 = 16;

const roundUp = (n: number, step: number): number => Math.ceil(n / step) * step;
const has = ({ inputs }: OpKernel, i: number): boolean => inputs[i]!.kind !== 'scalar';

interface Sizes {
  readonly kind: CellKind;
  readonly time: number;
  readonly batch: number;
  readonly state: number;
  readonly hidden: number;
  readonly gates: number;
  readonly projected: boolean;
  readonly lengths: boolean;
}

/** How a walk is cut. */
interface Cut {
  /** Sequences of a workgroup, in fours. */
  readonly r: number;
  /** Blocks of four sequences, of all workgroups. */
  readonly blocks: number;
  readonly width: number;
  /** Four threads to a workgroup, which hand each other what they load: for software adapters, whose loads cost most. */
  readonly lanes: boolean;
  /** State in workgroup memory. */
  readonly shared: boolean;
  /** Several workgroups share the units of a block, and a dispatch is a step. */
  readonly split: boolean;
  readonly tiles: number;
  /** Steps of a dispatch. */
  readonly steps: number;
}

/** Outputs per thread of a product with so many banks: on software adapters as many as make eight vec4s of sums. */
const perThread = (cut: { readonly lanes: boolean; readonly r: number }, banks: number, outputs: number): number =>
  cut.lanes ? Math.max(1, Math.min(Math.floor(8 / (banks * cut.r)), Math.ceil(outputs / 4))) : 1;

/** `rows`: vec4s of workgroup memory per block of four sequences; `all`: steps of the walk. */
function cutWalk(
  { batch, hidden, state, gates, projected }: Sizes,
  rows: number,
  all: number,
  bytesPerDispatch: number,
  capabilities: Capabilities,
): Cut {
  const { software, subgroups, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupStorageSize } = capabilities;
  const weights = 4 * gates * hidden * state;
  const lanes = software && subgroups;
  const r = software ? Math.min(2, Math.ceil(batch / 4)) : 1;
  // Workgroup memory is no faster on a software adapter, and takes it seconds to compile.
  const shared = !software && rows * r * vec4 <= maxComputeWorkgroupStorageSize;
  const groups = Math.ceil(batch / (4 * r));
  const whole = { r, blocks: groups * r, lanes };
  if (!software && !projected && (!shared || weights > sharedWeights)) {
    const width = Math.min(64, maxComputeInvocationsPerWorkgroup);
    return { ...whole, width, shared: false, split: true, tiles: Math.ceil(hidden / width), steps: 1 };
  }
  const width = lanes ? 4 : Math.min(roundUp(Math.max(hidden, state), 32), 256, maxComputeInvocationsPerWorkgroup);
  const steps = Math.min(all, Math.max(1, Math.floor(bytesPerDispatch / weights)));
  return { ...whole, width, shared, split: false, tiles: 1, steps };
}

/** A product of `outputs`·`banks` sums of `steps` terms; where a weight is in the matrix: its strides, in elements. */
interface Product {
  readonly name: string;
  readonly operand: number;
  readonly banks: number;
  readonly outputs: number;
  readonly steps: number;
  readonly strides: readonly [bank: number, output: number, step: number];
  /** The array that it reads. */
  readonly x: string;
}
const words = ({ banks, outputs, steps }: Product): number => banks * outputs * roundUp(steps, 4);

function productText(product: Product, offset: number, cut: Cut): string {
  const { banks, outputs, steps } = product;
  const each = perThread(cut, banks, outputs);
  return render('recurrent/product.wgsl', {
    NAME: product.name,
    X: product.x,
    BANKS: banks,
    OUTPUTS: outputs,
    PER_STEP: banks * outputs,
    STEPS: steps,
    WHOLE: steps - (steps % 4),
    REST: steps % 4,
    PER_THREAD: each,
    R: cut.r,
    SUMS: each * banks * cut.r,
    OFFSET: cut.lanes ? offset : offset / 4,
    VECTOR: !cut.lanes,
  });
}

function packText(name: string, { operand, banks, outputs, steps, strides }: Product, cut: Cut): string {
  const [bank, output, step] = strides;
  return render('recurrent/pack.wgsl', {
    NAME: name,
    OPERAND: operand,
    BANKS: banks,
    OUTPUTS: outputs,
    PER_STEP: banks * outputs,
    STEPS: steps,
    BANK_STRIDE: bank,
    OUTPUT_STRIDE: output,
    STEP_STRIDE: step,
    VECTOR: !cut.lanes,
  });
}

/** Parts of `carry` one after the other, in vec4s. The first holds h, or its gradient. */
class Regions {
  size = 0;

  take(count: number): number {
    const at = this.size;
    this.size += count;
    return at;
  }
}

/** What is the same in both directions. */
interface Walk {
  readonly kernel: OpKernel;
  readonly sizes: Sizes;
  readonly cut: Cut;
  readonly all: number;
  readonly products: readonly Product[];
  /** Operands that the first dispatch reads besides weights, and the WGSL that does. */
  readonly firstInputs: readonly number[];
  readonly sources: readonly string[];
  readonly cells: number;
  readonly lengthsAt: number;
  readonly carry: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly file: string;
  readonly text: readonly string[];
  readonly descending: boolean;
  readonly holes: Holes;
}

const scratch = (index: number, access: Binding['access']): Binding => ({ kind: 'scratch', index, access });

function build(walk: Walk, capabilities: Capabilities): BuiltKernel {
  const { kernel, sizes, cut, products } = walk;
  const { kind, time, batch, state, hidden, projected, lengths } = sizes;
  const chunked = cut.steps < walk.all;
  const [main, narrow] = products as [Product, Product?];
  const lstm = kind === 'lstm';
  const label = `${kernel.op} ${kind} of ${time}x${batch}x${hidden}`;

  const before = kernelIO(kernel, { inputs: walk.firstInputs, outputs: [] });
  const packed = before.bindings.length;
  const states = cut.blocks * Math.max(state, lstm ? hidden : 0);
  const threads = threadsFor(Math.max(words(main), narrow ? words(narrow) : 0, states, 2), capabilities);
  const prepare: Dispatch = {
    label: `${label}, weights`,
    source: shader('recurrent/prepare.wgsl', {
      HEADER: before.header,
      SOURCES: [
        ...walk.sources,
        packText('weight', main, cut),
        ...(narrow ? [packText('projection', narrow, cut)] : []),
      ].join('\n'),
      PACKED: packed,
      CARRY: packed + 1,
      CLOCK: packed + 2,
      CHUNKED: chunked,
      BATCH: batch,
      STATE: state,
      HIDDEN: hidden,
      BLOCKS: cut.blocks,
      WEIGHTS: words(main),
      PROJECTED: projected,
      PROJECTION_WEIGHTS: narrow ? words(narrow) : 0,
      LSTM: lstm,
      CELLS: walk.cells,
      LENGTHS: lengths,
      LENGTHS_AT: walk.lengthsAt,
      ...threads.holes,
    }),
    bindings: [
      ...before.bindings,
      scratch(0, 'read_write'),
      scratch(1, 'read_write'),
      ...(chunked ? [scratch(2, 'read_write')] : []),
    ],
    workgroups: threads.workgroups,
  };

  const io = kernelIO(kernel, { inputs: walk.inputs, outputs: walk.outputs });
  const first = io.bindings.length;
  const carried = !cut.shared || chunked;
  const workgroups = (cut.blocks / cut.r) * cut.tiles;
  const folded = grid(workgroups, capabilities.maxComputeWorkgroupsPerDimension);
  const each = perThread(cut, main.banks, main.outputs);
  const common = render('recurrent/walk.wgsl', {
    TIME: time,
    BATCH: batch,
    STATE: state,
    HIDDEN: hidden,
    FINAL: kernel.outputs[1]!.shape[1]!,
    SAVED: cellKinds[kind].kept * hidden + state,
    BLOCKS: cut.blocks,
    R: cut.r,
    WIDTH: cut.width,
    ROUND: each * cut.width,
    TILES: cut.tiles,
    WORKGROUPS: workgroups,
    VECTOR: !cut.lanes,
    PACKED: first,
    CARRY: first + 1,
    CLOCK: first + 2,
    CARRIED: carried,
    CHUNKED: chunked,
    DESCENDING: walk.descending,
    LENGTHS: lengths,
    LENGTHS_AT: walk.lengthsAt,
    LANES: cut.lanes,
    SHARED: cut.shared,
    SPLIT: cut.split,
    STEPS: cut.steps,
    ALL_STEPS: walk.all,
    GROUPS_X: folded.groupsX,
  });
  const source = unroll(
    shader(walk.file, {
      HEADER: [io.header, ...walk.text].join('\n'),
      WALK: common,
      PRODUCTS: [productText(main, 0, cut), ...(narrow ? [productText(narrow, words(main), cut)] : [])].join('\n'),
      LANES: cut.lanes,
      SHARED: cut.shared,
      CHUNKED: chunked,
      LSTM: lstm,
      GRU: kind === 'gru',
      RELU: kind === 'relu',
      PROJECTED: projected,
      CELLS: walk.cells,
      PER_THREAD: each,
      ...walk.holes,
    }),
  );
  const step: Dispatch = {
    label: `${label}${chunked ? `, ${cut.steps} steps` : ''}`,
    source,
    bindings: [
      ...io.bindings,
      scratch(0, 'read'),
      scratch(1, carried ? 'read_write' : 'read'),
      ...(chunked ? [scratch(2, 'read_write')] : []),
    ],
    workgroups: folded.workgroups,
  };
  const total = words(main) + (narrow ? words(narrow) : 0);
  return {
    dispatches: [prepare, ...Array.from({ length: Math.ceil(walk.all / cut.steps) }, () => step)],
    scratch: [4 * total, vec4 * walk.carry, ...(chunked ? [8] : [])],
  };
}

/** `fn name(n, u) -> f32`: column first + u of row n of a matrix, or 0 where operand `i` is not there. */
function stateSource(kernel: OpKernel, name: string, i: number, first: number): string {
  if (!has(kernel, i)) return `fn ${name}(n: u32, u: u32) -> f32 { return 0.0; }`;
  const { strides, offset } = layoutOf(kernel, i);
  const [row, column] = strides as [number, number];
  return `fn ${name}(n: u32, u: u32) -> f32 { return in${i}(${u32(offset + first * column)} + n * ${u32(row)} + u * ${u32(column)}); }`;
}
const lengthSource = (kernel: OpKernel, i: number): string =>
  has(kernel, i)
    ? `${positionFunction('length_at', layoutOf(kernel, i))}\nfn length_of(n: u32) -> f32 { return f32(in${i}(length_at(n))); }`
    : '';
const weightSource = (kernel: OpKernel, name: string, i: number): string =>
  positionFunction(`${name}_at`, layoutOf(kernel, i));

/** Where the elements of a (T, N, …) operand are, as holes. */
function steps(prefix: string, kernel: OpKernel, i: number): Holes {
  const { strides, offset } = has(kernel, i) ? layoutOf(kernel, i) : { strides: [0, 0, 0], offset: 0 };
  const names = ['TIME', 'BATCH', 'COLUMN'];
  return {
    [`${prefix}_OFFSET`]: u32(offset),
    ...Object.fromEntries(names.map((name, d) => [`${prefix}_${name}`, u32(strides[d]!)])),
  };
}

const forward =
  (bytesPerDispatch: number): KernelBuilder =>
  (kernel, capabilities) => {
    const { attrs } = kernel;
    const kind = attrs.kind as CellKind;
    const [time, batch, state] = kernel.outputs[0]!.shape as readonly [number, number, number];
    if (batch === 0) return { dispatches: [] };
    const { gates } = cellKinds[kind];
    const hidden = layoutOf(kernel, 1).shape[0]! / gates;
    const projected = has(kernel, 6);
    const lengths = has(kernel, 5);
    const lstm = kind === 'lstm';
    const sizes = { kind, time, batch, state, hidden, gates, projected, lengths };
    const rows = 2 * state + (lstm ? hidden : 0) + (projected ? hidden : 0);
    const cut = cutWalk(sizes, rows, time, bytesPerDispatch, capabilities);
    const { blocks, shared } = cut;
    const name = (own: string): string => (shared ? own : 'carry');
    const main: Product = {
      name: 'product',
      operand: 1,
      banks: gates,
      outputs: hidden,
      steps: state,
      strides: [hidden * state, state, 1],
      x: name('h_rows'),
    };
    const narrow: Product = {
      name: 'project',
      operand: 6,
      banks: 1,
      outputs: state,
      steps: hidden,
      strides: [0, hidden, 1],
      x: name('unit_rows'),
    };
    const regions = new Regions();
    regions.take(blocks * state * (shared ? 1 : 2));
    const cells = regions.take(lstm ? blocks * hidden : 0);
    const units = regions.take(projected && !shared ? blocks * hidden : 0);
    const lengthsAt = regions.take(lengths ? blocks : 0);
    const bias = kind === 'gru' && has(kernel, 4);
    const keep = attrs.keep as boolean;
    const narrowEach = perThread(cut, 1, state);
    return build(
      {
        kernel,
        sizes,
        cut,
        all: time,
        products: projected ? [main, narrow] : [main],
        firstInputs: [1, 2, 3, 5, 6].filter((i) => has(kernel, i)),
        sources: [
          stateSource(kernel, 'first_h', 2, 0),
          stateSource(kernel, 'first_c', 3, 0),
          lengthSource(kernel, 5),
          weightSource(kernel, 'weight', 1),
          ...(projected ? [weightSource(kernel, 'projection', 6)] : []),
        ],
        cells,
        lengthsAt,
        carry: regions.size,
        inputs: bias ? [0, 4] : [0],
        outputs: keep ? [0, 1, 2] : [0, 1],
        file: 'recurrent/forward.wgsl',
        text: bias ? [positionFunction('bias_at', layoutOf(kernel, 4))] : [],
        descending: attrs.reverse as boolean,
        holes: {
          ...steps('X', kernel, 0),
          KEEP: keep,
          KEPT: cellKinds[kind].kept,
          H: name('h_rows'),
          C: name('c_rows'),
          UNIT_ROWS: name('unit_rows'),
          UNITS: units,
          GATES: gates,
          BIAS: bias,
          PROJECTION_ROUND: narrowEach * cut.width,
          PROJECTION_PER_THREAD: narrowEach,
        },
      },
      capabilities,
    );
  };

const backward =
  (bytesPerDispatch: number): KernelBuilder =>
  (kernel, capabilities) => {
    const { attrs } = kernel;
    const kind = attrs.kind as CellKind;
    const [time, batch, width] = kernel.outputs[0]!.shape as readonly [number, number, number];
    if (batch === 0) return { dispatches: [] };
    const { gates } = cellKinds[kind];
    const hidden = width / gates;
    const state = layoutOf(kernel, 1).shape[1]!;
    const lengths = has(kernel, 4);
    const projected = has(kernel, 5);
    const lstm = kind === 'lstm';
    const sizes = { kind, time, batch, state, hidden, gates, projected, lengths };
    const rows = state + (lstm ? hidden : 0) + (projected ? state : 0) + width;
    const all = time + 1;
    const cut = cutWalk(sizes, rows, all, bytesPerDispatch, capabilities);
    const { blocks, shared } = cut;
    const name = (own: string): string => (shared ? own : 'carry');
    const main: Product = {
      name: 'back_through',
      operand: 1,
      banks: 1,
      outputs: state,
      steps: width,
      strides: [0, 1, state],
      x: name('sum_rows'),
    };
    const wide: Product = {
      name: 'unproject',
      operand: 5,
      banks: 1,
      outputs: hidden,
      steps: state,
      strides: [0, 1, hidden],
      x: name('all_rows'),
    };
    const regions = new Regions();
    regions.take(blocks * state);
    const cells = regions.take(lstm ? blocks * hidden : 0);
    const allAt = regions.take(projected && !shared ? blocks * state : 0);
    const sumsAt = regions.take(blocks * width * (shared ? 1 : 2));
    const lengthsAt = regions.take(lengths ? blocks : 0);
    const more = kernel.outputs.length > 2;
    const unitsEach = perThread(cut, 1, hidden);
    return build(
      {
        kernel,
        sizes,
        cut,
        all,
        products: projected ? [main, wide] : [main],
        firstInputs: [1, 3, 4, 5].filter((i) => has(kernel, i)),
        sources: [
          stateSource(kernel, 'first_h', 3, 0),
          stateSource(kernel, 'first_c', 3, state),
          lengthSource(kernel, 4),
          weightSource(kernel, 'weight', 1),
          ...(projected ? [weightSource(kernel, 'projection', 5)] : []),
        ],
        cells,
        lengthsAt,
        carry: regions.size,
        inputs: has(kernel, 2) ? [0, 2] : [0],
        outputs: more ? [0, 1, 2] : [0, 1],
        file: 'recurrent/backward.wgsl',
        text: [],
        descending: !attrs.reverse,
        holes: {
          ...steps('SAVED', kernel, 0),
          ...steps('DY', kernel, 2),
          SPLIT: cut.split,
          OUTPUT_GRADIENT: has(kernel, 2),
          GATES: gates,
          MORE: more,
          MORE_WIDTH: more ? kernel.outputs[2]!.shape[2]! : 0,
          DH: name('dh_rows'),
          DC: name('dc_rows'),
          ALL_ROWS: name('all_rows'),
          ALL: allAt,
          SUM_ROWS: name('sum_rows'),
          SUMS_AT: sumsAt,
          UNIT_ROUND: unitsEach * cut.width,
          UNITS_PER_THREAD: unitsEach,
        },
      },
      capabilities,
    );
  };

/** `bytesPerDispatch`: of weights that a workgroup reads; longer walks take several dispatches. */
export const recurrentKernelsOf = (bytesPerDispatch: number) =>
  ({ recurrent: forward(bytesPerDispatch), recurrentBackward: backward(bytesPerDispatch) }) satisfies Record<
    string,
    KernelBuilder
  >;
export const recurrentKernels = recurrentKernelsOf(dispatchBytes);
