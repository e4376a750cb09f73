/** What matrix products and convolutions share: the tiled kernel for real GPUs, and sums in parts. */
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { kernelIO } from '../io.ts';
import { type Holes, shader } from '../shader.ts';
import { unroll } from '../unroll.ts';
import type { Binding, BuiltKernel, Capabilities, Dispatch } from './types.ts';

/** A cut of the sum over K, for when there are too few results to keep a device busy. */
export interface Parts {
  readonly parts: number;
  /** Steps per part; the last may have fewer. */
  readonly chunk: number;
}

/**
 * At most `wanted` parts of at least `least` steps, each a multiple of `round` steps. Partial sums take at most 64 MiB, and
 * never more than one binding holds.
 */
export function cut(
  k: number,
  wanted: number,
  least: number,
  round: number,
  size: number,
  capabilities: Capabilities,
): Parts {
  const memory = Math.min(64 * 1024 * 1024, capabilities.maxStorageBufferBindingSize);
  const most = Math.max(1, Math.min(wanted, Math.floor(k / least), Math.floor(memory / (4 * size))));
  const chunk = Math.max(round, Math.ceil(Math.ceil(k / most) / round) * round);
  return { parts: Math.max(1, Math.ceil(k / chunk)), chunk };
}

/** The candidate with the least cost, the first of several. */
export function cheapest<T>(candidates: readonly T[], cost: (candidate: T) => number): T {
  let [best] = candidates as [T];
  let least = Infinity;
  for (const candidate of candidates) {
    const own = cost(candidate);
    if (own < least) {
      least = own;
      best = candidate;
    }
  }
  return best;
}

/** The source of a template: its holes are filled and its repetitions written out. */
export function unrolled(file: string, holes: Holes): string {
  return unroll(shader(file, holes));
}

/** Bindings of a dispatch that also writes partial sums, and the number of that binding. */
export function withPartial(bindings: readonly Binding[], access: 'read' | 'read_write'): readonly Binding[] {
  return [...bindings, { kind: 'scratch', index: 0, access }];
}

/** Adds up `parts` partial sums of each of `size` results. */
export function sumParts(
  kernel: OpKernel,
  parts: number,
  size: number,
  label: string,
  capabilities: Capabilities,
): Dispatch {
  const io = kernelIO(kernel, { inputs: [] });
  const width = 64;
  const { workgroups, groupsX } = grid(Math.ceil(size / width), capabilities.maxComputeWorkgroupsPerDimension);
  return {
    label: `${label} sum of ${parts} parts`,
    source: unrolled('matmul/sum-parts.wgsl', {
      HEADER: io.header,
      PARTIAL_BINDING: io.bindings.length,
      SIZE: size,
      PARTS: parts,
      WIDTH: width,
      GROUPS_X: groupsX,
    }),
    bindings: withPartial(io.bindings, 'read'),
    workgroups,
  };
}

/** A contraction with its operands given as WGSL: see matmul/tile.wgsl. */
export interface Contraction {
  readonly label: string;
  /** How often the whole contraction repeats. */
  readonly groups: number;
  readonly rows: number;
  readonly columns: number;
  readonly k: number;
  /** Results of all groups. */
  readonly size: number;
  /** a_base, load_a, b_base, load_b. */
  readonly blocks: string;
  /** element. */
  readonly place: string;
  /** Whether neighbouring threads should load neighbouring steps rather than neighbouring outer positions. */
  readonly alongK: readonly [a: boolean, b: boolean];
  /** Operands for which `blocks` calls in0x4, in1x4. */
  readonly vectorInputs: readonly number[];
  /** Four neighbours in a row of results are neighbours in memory, aligned. */
  readonly vectorStore: boolean;
  /** False when these are only some of the results, so that their partial sums cannot be added up by themselves. */
  readonly whole: boolean;
}

interface Tile {
  /** Outer positions of each operand. */
  readonly outer: number;
  readonly steps: number;
  readonly threads: number;
  /** Workgroups below which a smaller tile serves better. */
  readonly least: number;
}

/**
 * Each thread keeps 8 × 8 or, in the smallest, 4 × 4 results: more than 64 registers of sums spill on most GPUs. Workgroup
 * memory is 16 KiB at most, the least that WebGPU promises.
 */
const tiles: readonly Tile[] = [
  { outer: 128, steps: 16, threads: 256, least: 160 },
  { outer: 64, steps: 16, threads: 64, least: 48 },
  { outer: 32, steps: 32, threads: 64, least: 0 },
];

/** GPUs of phones have too few registers for 8 × 8 results per thread. */
const fewRegisters = /qualcomm|adreno|arm|mali|img|imagination|broadcom/;

const partsLeast = 256;

/**
 * Operations per dispatch: 50 ms on a slow GPU of 500 GFLOP/s, because systems take a GPU that does not answer for hung. A larger
 * product is spread over several dispatches, each with its own range of tiles.
 */
const dispatchBudget = 2.5e10;

function pickTile({ groups, rows, columns, k }: Contraction, capabilities: Capabilities): Tile {
  if (fewRegisters.test(capabilities.vendor)) return tiles.at(-1)!;
  return tiles.find(({ outer, threads, least }) => {
    if (threads > capabilities.maxComputeInvocationsPerWorkgroup) return false;
    const count = Math.ceil(rows / outer) * Math.ceil(columns / outer) * groups;
    // A long sum can be cut in parts, so that a large tile still has enough workgroups; its waste at the edges counts.
    const used = (rows * columns * groups) / (count * outer * outer);
    return count * Math.max(1, Math.min(4, Math.floor(k / partsLeast))) * used >= least;
  })!;
}

export function tiledContraction(kernel: OpKernel, contraction: Contraction, capabilities: Capabilities): BuiltKernel {
  const { groups, rows, columns, k, size } = contraction;
  const tile = pickTile(contraction, capabilities);
  const tilesA = Math.ceil(rows / tile.outer);
  const tilesB = Math.ceil(columns / tile.outer);
  const count = tilesA * tilesB * groups;
  const enough = 128;
  const wanted = contraction.whole && count < enough / 2 && k >= 2 * partsLeast ? Math.ceil(enough / count) : 1;
  const { parts, chunk } = cut(k, wanted, partsLeast, tile.steps, size, capabilities);
  const partial = parts > 1;
  const vectorStore = contraction.vectorStore && !partial;
  const io = kernelIO(kernel, {
    vectorInputs: contraction.vectorInputs,
    ...(partial ? { outputs: [] } : {}),
    ...(vectorStore ? { vectorOutputs: [0] } : {}),
  });
  const threadsB = Math.sqrt(tile.threads);
  const cells = count * parts;
  const perDispatch = Math.ceil(cells / Math.max(1, Math.ceil((2 * size * k) / dispatchBudget)));
  const label = `${contraction.label} tile ${tile.outer}x${tile.outer}${partial ? ` in ${parts} parts` : ''}`;
  const dispatch = (first: number): Dispatch => {
    const last = Math.min(first + perDispatch, cells);
    const { workgroups, groupsX } = grid(last - first, capabilities.maxComputeWorkgroupsPerDimension);
    const source = unrolled('matmul/tile.wgsl', {
      HEADER: io.header,
      BLOCKS: contraction.blocks,
      PLACE: contraction.place,
      PARTIAL: partial,
      PARTIAL_BINDING: io.bindings.length,
      OUTER_A: tile.outer,
      OUTER_B: tile.outer,
      STEPS: tile.steps,
      K: k,
      TILES_A: tilesA,
      TILES_B: tilesB,
      PARTS: parts,
      CHUNK: chunk,
      THREADS: tile.threads,
      THREADS_B: threadsB,
      FIRST: first,
      LAST: last,
      GROUPS_X: groupsX,
      HALVES: tile.outer / (4 * threadsB),
      ROUNDS: (tile.outer * tile.steps * 2) / 16 / tile.threads,
      A_ALONG_K: contraction.alongK[0],
      B_ALONG_K: contraction.alongK[1],
      ROWS: rows,
      COLUMNS: columns,
      VECTOR_STORE: vectorStore,
      SIZE: size,
    });
    return { label, source, bindings: partial ? withPartial(io.bindings, 'read_write') : io.bindings, workgroups };
  };
  const dispatches: Dispatch[] = [];
  for (let first = 0; first < cells; first += perDispatch) dispatches.push(dispatch(first));
  if (!partial) return { dispatches };
  return {
    dispatches: [...dispatches, sumParts(kernel, parts, size, contraction.label, capabilities)],
    scratch: [parts * size * 4],
  };
}
