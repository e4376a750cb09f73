/** Running results along a dim: lines in one pass, long ones in blocks, whose totals are scanned in between. */
import { type DType, isFloat } from '../../../core/dtype.ts';
import { contiguousLayout, type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { literal, render, shader, storageType, wgslType } from '../shader.ts';
import { atLeast1d, keepDims, layoutOf, u32 } from './domains.ts';
import { liesAcross } from './rows.ts';
import type { Binding, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** What differs from op to op. */
interface Op {
  /** The WGSL of the accumulator. */
  readonly text: (dtype: DType) => string;
  /** Words of an accumulator. */
  readonly words: number;
  /** The accumulator of the element at position `p` (and `q` of a second operand), number `at` of its line. */
  readonly element: (dtype: DType) => string;
  /** Stores accumulator `a` at position `e` of the results. */
  readonly store: (dtype: DType) => string;
}

const arithmetic = (file: string): Op => ({
  text: (dtype) => render(file, { T: wgslType(dtype) }),
  words: 1,
  element: () => 'in0(p)',
  store: () => 'out0(e, a);',
});

function extremum(max: boolean): Op {
  const least: Partial<Record<DType, number>> = { int32: -(2 ** 31), uint32: 0, bool: 0 };
  const greatest: Partial<Record<DType, number>> = { int32: 2 ** 31 - 1, uint32: 2 ** 32 - 1, bool: 1 };
  return {
    text: (dtype) => {
      const type = dtype === 'bool' ? 'uint32' : dtype;
      const worst = max ? (least[dtype] ?? -Infinity) : (greatest[dtype] ?? Infinity);
      return render('scan/extremum.wgsl', {
        T: storageType(dtype),
        WORST: literal(worst, type),
        FLOAT: isFloat(dtype),
        NO_WORSE: max ? 'b.value >= a.value' : 'b.value <= a.value',
      });
    },
    words: 2,
    element: (dtype) => `Accumulator(${storageType(dtype)}(in0(p)), at)`,
    store: (dtype) => `out0(e, ${wgslType(dtype)}(a.value)); out1(e, i32(a.place));`,
  };
}

const logSums: Op = {
  text: () => render('scan/logsumexp.wgsl', {}),
  words: 1,
  element: () => 'in0(p)',
  store: () => 'out0(e, a);',
};
const linear: Op = {
  text: () => render('scan/linear.wgsl', {}),
  words: 2,
  element: () => 'Accumulator(in0(p), in1(q))',
  store: () => 'out0(e, a.term);',
};

/** How lines are cut: threads per block, elements per thread at a time, and length of a block. */
interface Cut {
  readonly team: number;
  readonly items: number;
  readonly block: number;
}
const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));
/** Fewer threads that walk alone, or fewer workgroups, leave a GPU idle. */
const enoughThreads = 16384;
const enoughGroups = 512;

/** Neighbouring threads should read neighbouring elements: of a line, or (across) of neighbouring lines. */
function cutLines(lines: number, length: number, words: number, across: boolean, capabilities: Capabilities): Cut {
  const items = 8 / words;
  const inBlocks = (count: number, least: number): number =>
    Math.ceil(length / Math.max(1, Math.min(count, Math.floor(length / least))));
  // Barriers on a CPU cost more than they save: a thread per line, and blocks where lines are too few for all lanes.
  if (capabilities.software) return { team: 1, items, block: inBlocks(Math.ceil(256 / lines), 512) };
  if (length <= 32) return { team: 1, items, block: length };
  if (across) return { team: 1, items, block: inBlocks(Math.ceil(enoughThreads / lines), 64) };
  const team = teamOf(length, items, capabilities);
  const tile = team * items;
  const block = inBlocks(Math.ceil(enoughGroups / lines), 2 * tile);
  return { team, items, block: Math.ceil(block / tile) * tile };
}
const teamOf = (length: number, items: number, { maxComputeInvocationsPerWorkgroup: most }: Capabilities): number =>
  Math.min(powerOfTwo(length / items), 256, most);

/** One dispatch: a scan of lines that `header` and `access` tell how to read and write. */
interface Pass {
  readonly label: string;
  readonly header: string;
  readonly text: string;
  readonly access: readonly string[];
  readonly bindings: readonly Binding[];
  readonly lines: number;
  readonly length: number;
  readonly cut: Cut;
}

function pass(
  { label, header, text, access, bindings, lines, length, cut }: Pass,
  capabilities: Capabilities,
): Dispatch {
  const { team, items, block } = cut;
  const blocks = Math.ceil(length / block);
  const width = Math.min(Math.max(team, 64), capabilities.maxComputeInvocationsPerWorkgroup);
  const { workgroups, groupsX } = grid(
    Math.ceil((lines * blocks * team) / width),
    capabilities.maxComputeWorkgroupsPerDimension,
  );
  const source = shader('scan/scan.wgsl', {
    HEADER: header,
    OP: text,
    ACCESS: access.join('\n'),
    LINES: lines,
    LENGTH: length,
    BLOCK: block,
    BLOCKS: blocks,
    TEAM: team,
    WIDTH: width,
    ITEMS: items,
    SHARED: team > 1,
    GROUPS_X: groupsX,
  });
  return { label, source, bindings, workgroups };
}

const nothing = 'fn start(line: u32, block: u32) -> Accumulator { return identity(); }';
const noStore = 'fn store(line: u32, at: u32, a: Accumulator) {}';
const noFinish = 'fn finish(line: u32, block: u32, a: Accumulator) {}';
const totals = (access: Binding['access'], at: number): string =>
  `@group(0) @binding(${at}) var<storage, ${access}> totals: array<Accumulator>;`;

/** Where the lines of a layout start, and the distance of their elements. */
const linesOf = (name: string, layout: Layout, dim: number): string =>
  positionFunction(
    name,
    keepDims(layout, (d) => d !== dim),
  );

const scan =
  (op: Op): KernelBuilder =>
  (kernel: OpKernel, capabilities: Capabilities) => {
    const { dtype } = kernel.inputs[0]!;
    const dim = kernel.attrs.dim as number;
    const inputs = kernel.inputs.map((_, i) => atLeast1d(layoutOf(kernel, i)));
    const x = inputs[0]!;
    const count = numel(x.shape);
    if (count === 0) return { dispatches: [] };
    const length = x.shape[dim]!;
    const lines = count / length;
    const out = contiguousLayout(x.shape);
    const cut = cutLines(lines, length, op.words, liesAcross(x, dim), capabilities);
    const blocks = Math.ceil(length / cut.block);
    const label = `${kernel.op} of ${x.shape.join('x')} along ${dim}`;
    const text = op.text(dtype);

    const loads = [
      ...inputs.map((layout, i) => linesOf(`line${i}`, layout, dim)),
      'fn load(line: u32, at: u32) -> Accumulator {',
      ...inputs.map((layout, i) => `let ${'pq'[i]} = line${i}(line) + at * ${u32(layout.strides[dim]!)};`),
      `return ${op.element(dtype)};`,
      '}',
    ];
    const stores = [
      linesOf('out_line', out, dim),
      'fn store(line: u32, at: u32, a: Accumulator) {',
      `let e = out_line(line) + at * ${u32(out.strides[dim]!)};`,
      op.store(dtype),
      '}',
    ];
    const common = { text, lines, length, cut };
    const whole = kernelIO(kernel);
    if (blocks === 1) {
      const access = [nothing, ...loads, ...stores, noFinish];
      const only = pass({ ...common, label, header: whole.header, access, bindings: whole.bindings }, capabilities);
      return { dispatches: [only] };
    }

    // The total of each block; the totals up to and with each block; the elements, from the total of what is before.
    const reading = kernelIO(kernel, { outputs: [] });
    const scratch = (access: Binding['access']): Binding => ({ kind: 'scratch', index: 0, access });
    const items = cut.items;
    const team = capabilities.software || blocks <= 32 ? 1 : teamOf(blocks, items, capabilities);
    const tile = team * items;
    const first = pass(
      {
        ...common,
        label: `${label}, totals of ${cut.block}`,
        header: reading.header,
        access: [
          totals('read_write', reading.bindings.length),
          nothing,
          ...loads,
          noStore,
          'fn finish(line: u32, block: u32, a: Accumulator) { totals[block * LINES + line] = a; }',
        ],
        bindings: [...reading.bindings, scratch('read_write')],
      },
      capabilities,
    );
    const second = pass(
      {
        label: `${label}, ${blocks} totals`,
        header: '',
        text,
        access: [
          totals('read_write', 0),
          nothing,
          'fn load(line: u32, at: u32) -> Accumulator { return totals[at * LINES + line]; }',
          'fn store(line: u32, at: u32, a: Accumulator) { totals[at * LINES + line] = a; }',
          noFinish,
        ],
        bindings: [scratch('read_write')],
        lines,
        length: blocks,
        cut: { team, items, block: Math.ceil(blocks / tile) * tile },
      },
      capabilities,
    );
    const third = pass(
      {
        ...common,
        label: `${label}, blocks`,
        header: whole.header,
        access: [
          totals('read', whole.bindings.length),
          'fn start(line: u32, block: u32) -> Accumulator {',
          'if (block == 0u) { return identity(); }',
          'return totals[(block - 1u) * LINES + line];',
          '}',
          ...loads,
          ...stores,
          noFinish,
        ],
        bindings: [...whole.bindings, scratch('read')],
      },
      capabilities,
    );
    return { dispatches: [first, second, third], scratch: [4 * op.words * blocks * lines] };
  };

export const scanKernels = {
  cumsum: scan(arithmetic('scan/sum.wgsl')),
  cumprod: scan(arithmetic('scan/prod.wgsl')),
  cummax: scan(extremum(true)),
  cummin: scan(extremum(false)),
  logcumsumexp: scan(logSums),
  linearScan: scan(linear),
} satisfies Record<string, KernelBuilder>;
