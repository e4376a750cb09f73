/**
 * Fourier transforms: lines in workgroup memory, long ones in several passes, and Bluestein's algorithm for lengths with large
 * prime factors.
 */
import { contiguousLayout, type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { positionFunction } from '../layout.ts';
import { literal, render, shader } from '../shader.ts';
import { keepDims, layoutOf, u32 } from './domains.ts';
import { liesAcross } from './rows.ts';
import type { Binding, Capabilities, Dispatch, KernelBuilder } from './types.ts';

const f32 = (value: number): string => literal(value, 'float32');
const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** Where a whole line comes from, or where its transform goes: a WGSL function, and what it binds. */
interface End {
  readonly text: string;
  /** The operand, or the result. */
  readonly bound: boolean;
  /** Scratch buffers, `scratch0` … in the text. */
  readonly scratch: readonly number[];
}
type Scratch = Extract<Binding, { kind: 'scratch' }>;

interface Transform {
  readonly label: string;
  readonly outer: number;
  readonly n: number;
  readonly inverse: boolean;
  readonly source: End;
  readonly sink: End;
  /** Neighbours in memory belong to neighbouring lines. */
  readonly across: boolean;
  /** The two scratch buffers for what is between passes; the first pass writes the first. */
  readonly between: readonly [number, number];
}

/** Beyond, steps take longer than Bluestein's algorithm. */
const largestRadix = 13;

function primeFactors(n: number): number[] {
  const out: number[] = [];
  for (let p = 2, rest = n; rest > 1; ) {
    if (rest % p === 0) {
      out.push(p);
      rest /= p;
    } else p = p * p > rest ? rest : p + 1;
  }
  return out;
}
/** The radices of the steps of one pass that are not of radix 4, and whether there are others. */
function stepsOf(n: number): { radices: readonly number[]; hasFours: boolean } {
  const primes = primeFactors(n);
  const twos = primes.filter((p) => p === 2).length;
  return { radices: [...primes.filter((p) => p > 2), ...(twos % 2 ? [2] : [])], hasFours: twos > 1 };
}

/** Complex numbers that a workgroup transforms at a time, in two buffers of 8 bytes each: the more, the longer a CPU compiles. */
const tileOf = ({ software, maxComputeWorkgroupStorageSize: bytes }: Capabilities): number =>
  Math.min(software ? 64 : 1024, 2 ** Math.floor(Math.log2(bytes / 16)));

/** The lengths that passes transform: as few as there may be, and about equal. */
function passesOf(n: number, capabilities: Capabilities): number[] {
  const tile = tileOf(capabilities);
  if (n <= tile) return [n];
  // A pass of several should see 8 lines side by side, so that it reads and writes more than a number at a time.
  const most = Math.max(capabilities.software ? tile : tile / 8, largestRadix);
  const primes = primeFactors(n).reverse();
  for (let count = 2; ; count++) {
    const parts = Array<number>(count).fill(1);
    for (const p of primes) parts[parts.indexOf(Math.min(...parts))]! *= p;
    if (Math.max(...parts) <= most) return parts.sort((a, b) => b - a);
  }
}

/** Scratch memory that holds a line's numbers side by side, or (across) the lines' side by side. */
function inScratch(
  index: number,
  { outer, n, across }: Pick<Transform, 'outer' | 'n' | 'across'>,
): { source: End; sink: End } {
  const at = across ? `at * ${outer}u + line` : `line * ${n}u + at`;
  const end = (text: string): End => ({ text, bound: false, scratch: [index] });
  return {
    source: end(`fn source(line: u32, at: u32) -> vec2<f32> { return scratch${index}[${at}]; }`),
    sink: end(`fn sink(line: u32, at: u32, value: vec2<f32>) { scratch${index}[${at}] = value; }`),
  };
}

/** One dispatch: transforms of `length` of whole lines of `n`, after passes whose lengths have the product `before`. */
function pass(
  kernel: OpKernel,
  { label, outer, n, inverse, source, sink, across }: Transform,
  length: number,
  before: number,
  capabilities: Capabilities,
): Dispatch {
  const { software, maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupsPerDimension } = capabilities;
  const several = length < n;
  const lines = outer * (n / length);
  const perGroup = Math.max(1, Math.min(Math.floor(tileOf(capabilities) / (length + 1)), lines));
  const io = kernelIO(kernel, { inputs: source.bound ? [0] : [], outputs: sink.bound ? [0] : [] });
  const scratch = [
    ...source.scratch.map((index): Scratch => ({ kind: 'scratch', index, access: 'read' })),
    ...sink.scratch.map((index): Scratch => ({ kind: 'scratch', index, access: 'read_write' })),
  ];
  const steps = stepsOf(length);
  const header = [
    io.header,
    ...scratch.map(
      ({ index, access }, i) =>
        `@group(0) @binding(${io.bindings.length + i}) var<storage, ${access}> scratch${index}: array<vec2<f32>>;`,
    ),
    source.text,
    sink.text,
  ];
  const most = Math.min(software ? 32 : 256, maxComputeInvocationsPerWorkgroup);
  const { workgroups, groupsX } = grid(Math.ceil(lines / perGroup), maxComputeWorkgroupsPerDimension);
  const text = shader('fft/lines.wgsl', {
    HEADER: header.join('\n'),
    N: length,
    WHOLE: n,
    BEFORE: before,
    OUTER: outer,
    PER_GROUP: perGroup,
    PITCH: perGroup > 1 ? length + 1 - (length % 2) : length,
    WIDTH: Math.min(Math.max(powerOfTwo((length * perGroup) / 4), 8), most),
    SIGN: f32(inverse ? 1 : -1),
    OUTER_FIRST: across,
    LATER: before > 1,
    LOAD_ACROSS: across || several,
    STORE_ACROSS: across || before > 1,
    FOURS: steps.hasFours,
    ODD: steps.radices.length > 0,
    STEPS: steps.radices.length,
    RADICES: steps.radices.map(u32).join(', '),
    GROUPS_X: groupsX,
  });
  return {
    label: several ? `${label}, ${length} of ${n}` : label,
    source: text,
    bindings: [...io.bindings, ...scratch],
    workgroups,
  };
}

function transform(kernel: OpKernel, whole: Transform, capabilities: Capabilities): Dispatch[] {
  const passes = passesOf(whole.n, capabilities);
  const between = (i: number): number => whole.between[i % 2]!;
  let before = 1;
  return passes.map((length, i): Dispatch => {
    const source = i === 0 ? whole.source : inScratch(between(i - 1), whole).source;
    const sink = i === passes.length - 1 ? whole.sink : inScratch(between(i), whole).sink;
    const made = pass(kernel, { ...whole, source, sink }, length, before, capabilities);
    before *= length;
    return made;
  });
}

/** A function that gives the position of the first element of each line of a layout. */
const linesOf = (name: string, layout: Layout, isReal: boolean, dim: number): string =>
  positionFunction(
    name,
    keepDims(layout, (d) => d !== dim && (isReal || d !== layout.shape.length - 1)),
  );

/** The operand; its lines go on with zeros. `times`: what each number is multiplied by. */
function operand(x: Layout, dim: number, isReal: boolean, times: string): End {
  const size = x.shape[dim]!;
  const imaginary = isReal ? '0.0' : `in0(p + ${u32(x.strides.at(-1)!)})`;
  const text = [
    linesOf('line_at', x, isReal, dim),
    'fn source(line: u32, at: u32) -> vec2<f32> {',
    `if (at >= ${size}u) { return vec2<f32>(0.0, 0.0); }`,
    `let p = line_at(line) + at * ${u32(x.strides[dim]!)};`,
    `let value = vec2<f32>(in0(p), ${imaginary});`,
    `return ${times};`,
    '}',
  ];
  return { text: text.join('\n'), bound: true, scratch: [] };
}

/** The result, of which only the first numbers of a line are kept. */
function result(y: Layout, dim: number, isReal: boolean, times: string): End {
  const text = [
    linesOf('out_line', y, isReal, dim),
    'fn sink(line: u32, at: u32, number: vec2<f32>) {',
    `if (at >= ${y.shape[dim]!}u) { return; }`,
    `let e = out_line(line) + at * ${u32(y.strides[dim]!)};`,
    `let value = ${times};`,
    'out0(e, value.x);',
    ...(isReal ? [] : ['out0(e + 1u, value.y);']),
    '}',
  ];
  return { text: text.join('\n'), bound: true, scratch: [] };
}

interface FftAttrs {
  readonly dim: number;
  readonly n: number;
  readonly scale: number;
  readonly inverse: boolean;
  readonly realIn: boolean;
  readonly realOut: boolean;
}

const fft1d: KernelBuilder = (kernel, capabilities) => {
  const { dim, n, scale, inverse, realIn, realOut } = kernel.attrs as unknown as FftAttrs;
  const x = layoutOf(kernel, 0);
  const y = contiguousLayout(kernel.outputs[0]!.shape);
  if (numel(y.shape) === 0) return { dispatches: [] };
  const label = `fft of ${n} along ${dim} of ${x.shape.join('x')}`;
  const outer = numel(y.shape) / (y.shape[dim]! * (realOut ? 1 : 2));
  // The last dim of complex numbers does not count.
  const across = liesAcross(
    keepDims(x, (d) => realIn || d !== x.shape.length - 1),
    dim,
  );
  const common = { label, outer, inverse, across };
  const isSmooth = primeFactors(n).every((p) => p <= largestRadix);
  if (isSmooth) {
    const source = operand(x, dim, realIn, 'value');
    const sink = result(y, dim, realOut, `number * ${f32(scale)}`);
    const made = transform(kernel, { ...common, n, source, sink, between: [0, 1] }, capabilities);
    return { dispatches: made, scratch: made.slice(1, 3).map(() => 8 * outer * n) };
  }

  // The chirp's own transform is scratch 0, that of the operand times the chirp is scratch 1.
  const length = powerOfTwo(2 * n - 1);
  const sign = inverse ? 1 : -1;
  const withChirp = (end: End, chirpSign: number): End => ({
    ...end,
    text: [end.text, render('fft/chirp.wgsl', { TWICE: 2 * n, CHIRP_SIGN: f32(chirpSign) })].join('\n'),
  });
  const one = { outer: 1, n: length, across };
  const all = { outer, n: length, across };
  const passes = passesOf(length, capabilities).length;
  // The last pass of a transform into scratch 1 must not read it.
  const between = passes % 2 === 0 ? ([2, 1] as const) : ([1, 2] as const);
  const mirrored: End = {
    text: [
      'fn source(line: u32, at: u32) -> vec2<f32> {',
      `let j = min(at, ${length}u - at);`,
      `return select(vec2<f32>(0.0, 0.0), chirp(j), j < ${n}u);`,
      '}',
    ].join('\n'),
    bound: false,
    scratch: [],
  };
  const convolved = inScratch(1, all).source;
  const chirpAt = inScratch(0, one).source.text.replace('fn source', 'fn chirp_transform');
  const product: End = {
    text: [
      convolved.text.replace('fn source', 'fn operand_transform'),
      chirpAt,
      'fn source(line: u32, at: u32) -> vec2<f32> {',
      'return product(operand_transform(line, at), chirp_transform(0u, at));',
      '}',
    ].join('\n'),
    bound: false,
    scratch: [1, 0],
  };
  const steps: Transform[] = [
    {
      ...common,
      ...one,
      label: `chirp of ${label}`,
      inverse: false,
      source: withChirp(mirrored, -sign),
      sink: inScratch(0, one).sink,
      between,
    },
    {
      ...common,
      ...all,
      inverse: false,
      source: withChirp(operand(x, dim, realIn, 'product(value, chirp(at))'), sign),
      sink: inScratch(1, all).sink,
      between,
    },
    {
      ...common,
      ...all,
      inverse: true,
      source: product,
      sink: withChirp(result(y, dim, realOut, `product(number, chirp(at)) * ${f32(scale / length)}`), sign),
      between: [2, 1],
    },
  ];
  const bytes = 8 * length;
  return {
    dispatches: steps.flatMap((step) => transform(kernel, step, capabilities)),
    scratch: [bytes, bytes * outer, ...(passes > 1 ? [bytes * outer] : [])],
  };
};

export const fftKernels = { fft1d } satisfies Record<string, KernelBuilder>;
