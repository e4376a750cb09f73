/** Kernels that work row by row: how many threads a row gets. */
import type { Layout } from '../../../core/shape.ts';
import { grid } from '../grid.ts';
import { render } from '../shader.ts';
import type { Capabilities, Dispatch } from './types.ts';

export interface Team {
  /** rows/team.wgsl, filled in. */
  readonly text: string;
  readonly groupsX: number;
  readonly workgroups: Dispatch['workgroups'];
}

/** Splits rows among threads. `across`: neighbours in memory belong to neighbouring rows. */
export function teamFor(rows: number, columns: number, capabilities: Capabilities, across = false): Team {
  const threads = teamThreads(rows, columns, capabilities, across);
  const width = Math.max(threads, 64);
  return {
    text: render('rows/team.wgsl', { TEAM: threads, WIDTH: width, SHARED: threads > 1 }),
    ...grid(Math.ceil((rows * threads) / width), capabilities.maxComputeWorkgroupsPerDimension),
  };
}

/** Threads per row, a power of two. */
function teamThreads(rows: number, columns: number, capabilities: Capabilities, across: boolean): number {
  const { software, maxComputeInvocationsPerWorkgroup } = capabilities;
  // A barrier on the CPU costs more than a row of moderate length, unless rows are too few to go round.
  if (software) return rows < 64 && columns >= 1024 ? 64 : 1;
  // Threads side by side should read side by side: they take a row each if that leaves none idle.
  if (columns <= 32 || (across && rows >= 4096)) return 1;
  // About eight elements per thread, and never less than a subgroup's worth of threads.
  const wanted = 2 ** Math.ceil(Math.log2(columns / 8));
  return Math.min(Math.max(wanted, 32), 256, maxComputeInvocationsPerWorkgroup);
}

/** Rows along `dim` lie across memory: a step to the next row is shorter than one to the next column. */
export function liesAcross({ shape, strides }: Layout, dim: number): boolean {
  const column = Math.abs(strides[dim]!);
  return strides.some((stride, i) => i !== dim && shape[i] !== 1 && Math.abs(stride) < column);
}
