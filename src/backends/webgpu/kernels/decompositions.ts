/** Factorisations of matrices: a workgroup per matrix, in scratch memory. Jacobi's iterations on large ones are a dispatch per sweep. */
import { numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { type Holes, literal, render, shader } from '../shader.ts';
import { layoutOf, threadsFor } from './domains.ts';
import type { BuiltKernel, Capabilities, Dispatch, KernelBuilder } from './types.ts';

/** Threads per workgroup, a power of two: about as many as there are rows or columns. */
function widthFor(lines: number, { software, maxComputeInvocationsPerWorkgroup }: Capabilities): number {
  const most = Math.min(software ? 32 : 256, maxComputeInvocationsPerWorkgroup);
  return Math.min(Math.max(2 ** Math.ceil(Math.log2(Math.max(lines, 1))), 8), most);
}

interface Factorisation {
  readonly file: string;
  /** Names of the functions for the positions of operands. */
  readonly names: readonly string[];
  readonly width: number;
  /** Workgroups, and elements of scratch memory, altogether. */
  readonly groups: number;
  readonly scratch: number;
  readonly holes: Holes;
  /** Text after the shared one. */
  readonly more?: string;
}

/** One dispatch per set of further holes. */
function dispatches(
  kernel: OpKernel,
  capabilities: Capabilities,
  { file, names, width, groups, scratch, holes, more = '' }: Factorisation,
  passes: readonly Holes[] = [{}],
): BuiltKernel {
  if (groups === 0) return { dispatches: [] };
  const io = kernelIO(kernel);
  const { workgroups, groupsX } = grid(groups, capabilities.maxComputeWorkgroupsPerDimension);
  const header = [
    io.header,
    ...names.map((name, i) => positionFunction(name, layoutOf(kernel, i))),
    render('rows/team.wgsl', { TEAM: width, WIDTH: width, SHARED: true }),
    render('linalg/matrix.wgsl', { WORK: io.bindings.length }),
    more,
  ];
  const made = passes.map(
    (pass): Dispatch => ({
      label: `${kernel.op} of ${layoutOf(kernel, 0).shape.join('x')}`,
      source: shader(`linalg/${file}.wgsl`, { HEADER: header.join('\n'), GROUPS_X: groupsX, ...holes, ...pass }),
      bindings: [...io.bindings, { kind: 'scratch', index: 0, access: 'read_write' }],
      workgroups,
    }),
  );
  return { dispatches: made, scratch: [Math.max(scratch, 1) * 4] };
}

/** Sizes of the matrices of operand 0, and how many there are. */
function matricesOf(kernel: OpKernel): { m: number; n: number; count: number } {
  const { shape } = layoutOf(kernel, 0);
  const [m, n] = shape.slice(-2) as [number, number];
  return { m, n, count: numel(shape.slice(0, -2)) };
}

const cholesky: KernelBuilder = (kernel, capabilities) => {
  const { n, count } = matricesOf(kernel);
  return dispatches(kernel, capabilities, {
    file: 'cholesky',
    names: ['a_at'],
    width: widthFor(n, capabilities),
    groups: count,
    scratch: count * n * n,
    holes: { COUNT: count, N: n },
  });
};

const luFactor: KernelBuilder = (kernel, capabilities) => {
  const { m, n, count } = matricesOf(kernel);
  return dispatches(kernel, capabilities, {
    file: 'lu',
    names: ['a_at'],
    width: widthFor(Math.max(m, n), capabilities),
    groups: count,
    scratch: count * m * n,
    holes: { COUNT: count, M: m, N: n, SIZE: Math.min(m, n) },
  });
};

const luPermutation: KernelBuilder = (kernel, capabilities) => {
  const { shape } = kernel.outputs[0]!;
  const pivots = layoutOf(kernel, 0);
  const threads = threadsFor(numel(shape), capabilities);
  const io = kernelIO(kernel);
  const source = shader('linalg/permutation.wgsl', {
    HEADER: [io.header, positionFunction('pivot_at', pivots)].join('\n'),
    COUNT: numel(shape),
    ROWS: shape.at(-1)!,
    SIZE: pivots.shape.at(-1)!,
    ...threads.holes,
  });
  const label = `luPermutation to ${shape.join('x')}`;
  return { dispatches: [{ label, source, bindings: io.bindings, workgroups: threads.workgroups }] };
};

/** Right-hand sides per workgroup. */
const blockColumns = 16;

const triangularSolve: KernelBuilder = (kernel, capabilities) => {
  const { n, count } = matricesOf(kernel);
  const row = kernel.outputs[0]!.shape.at(-1)!;
  const blocks = Math.ceil(row / blockColumns);
  return dispatches(kernel, capabilities, {
    file: 'triangular-solve',
    names: ['a_at', 'b_at'],
    width: widthFor(n * Math.min(row, blockColumns), capabilities),
    groups: count * blocks,
    scratch: count * n * row,
    holes: {
      COUNT: count * blocks,
      N: n,
      ROW: row,
      COLUMNS: Math.min(row, blockColumns),
      BLOCKS: blocks,
      UPPER: kernel.attrs.upper as boolean,
      UNIT: kernel.attrs.unit as boolean,
    },
  });
};

const qr: KernelBuilder = (kernel, capabilities) => {
  const { m, n, count } = matricesOf(kernel);
  const q = kernel.outputs[0]!.shape.at(-1)!;
  const size = Math.min(m, n);
  return dispatches(kernel, capabilities, {
    file: 'qr',
    names: ['a_at'],
    width: widthFor(Math.max(m, n), capabilities),
    groups: count,
    scratch: count * (m * n + m * q + size),
    holes: { COUNT: count, M: m, N: n, Q: q, SIZE: size },
  });
};

/** Sweeps in all: matrices of hundreds of rows need about eight in single precision. */
const maxSweeps = 10;
/** Up to here all sweeps are one dispatch. */
const smallMatrix = 48;

/** Which sweeps each dispatch does. */
function sweeps(n: number): Holes[] {
  if (n <= smallMatrix) return [{ SWEEPS: maxSweeps, FIRST: true, LAST: true }];
  return Array.from({ length: maxSweeps }, (_, i) => ({ SWEEPS: 1, FIRST: i === 0, LAST: i === maxSweeps - 1 }));
}
const even = (n: number): number => Math.max(2, n + (n % 2));

const eigh: KernelBuilder = (kernel, capabilities) => {
  const { n, count } = matricesOf(kernel);
  const factorisation: Factorisation = {
    file: 'eigh',
    names: ['a_at'],
    width: widthFor(n, capabilities),
    groups: count,
    scratch: count * (2 * n * n + even(n) + 1),
    holes: { COUNT: count, N: n, UPPER: kernel.attrs.upper as boolean },
    more: render('linalg/jacobi.wgsl', { EVEN: even(n) }),
  };
  return dispatches(kernel, capabilities, factorisation, sweeps(n));
};

const svdJacobi: KernelBuilder = (kernel, capabilities) => {
  const { m, n, count } = matricesOf(kernel);
  const factorisation: Factorisation = {
    file: 'svd',
    names: ['a_at'],
    width: widthFor(n, capabilities),
    groups: count,
    scratch: count * (m * n + n * n + 2 * n),
    // What inner products of m terms are exact to.
    holes: { COUNT: count, M: m, N: n, TOLERANCE: literal(1e-7 * Math.sqrt(Math.max(m, 4)), 'float32') },
    more: render('linalg/jacobi.wgsl', { EVEN: even(n) }),
  };
  return dispatches(kernel, capabilities, factorisation, sweeps(n));
};

export const decompositionKernels = {
  cholesky,
  luFactor,
  luPermutation,
  triangularSolve,
  qr,
  eigh,
  svdJacobi,
} satisfies Record<string, KernelBuilder>;
