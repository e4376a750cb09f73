/** The waist: every primitive, one row each. OpName derives from the tables; so does each backend's kernel table. */
import { convRows } from './conv.ts';
import type { extendedComposites, extendedKernels, extendedPointwise, extendedViews } from './extended/index.ts';
import { indexRows } from './index-ops.ts';
import { lossRows } from './loss.ts';
import { matmulRows } from './matmul.ts';
import { normComposites, normRows } from './norm.ts';
import { pointwiseRows } from './pointwise.ts';
import { poolRows } from './pool.ts';
import { randomComposites } from './random.ts';
import { reduceRows } from './reduce.ts';
import { softmaxRows } from './softmax.ts';
import type { CompositeRow, OpRow } from './types.ts';
import { viewRows } from './views.ts';

const kernelRows = {
  ...reduceRows,
  ...matmulRows,
  ...convRows,
  ...poolRows,
  ...softmaxRows,
  ...normRows,
  ...indexRows,
  ...lossRows,
};
const compositeRows = { ...normComposites, ...randomComposites } satisfies Record<string, CompositeRow>;
const coreRows = { ...pointwiseRows, ...kernelRows, ...viewRows, ...compositeRows };

export type PointwiseOp = keyof typeof pointwiseRows | keyof typeof extendedPointwise;
export type KernelOp = keyof typeof kernelRows | keyof typeof extendedKernels;
type Extended = keyof typeof extendedComposites | keyof typeof extendedViews;
export type OpName = keyof typeof coreRows | PointwiseOp | KernelOp | Extended;

const table: Record<string, OpRow> = { ...coreRows };

/** Adds rows: the extended ones come with the device, in a chunk of their own (see extended.ts). */
export function addRows(rows: Readonly<Record<string, OpRow>>): void {
  Object.assign(table, rows);
}

/** The row of an op by name; the name comes from code, never from data. */
export function row(name: string): OpRow {
  return table[name]!;
}
/** Names of the pointwise ops whose rows are loaded. */
export function pointwiseOps(): PointwiseOp[] {
  return Object.keys(table).filter((name) => table[name]!.kind === 'pointwise') as PointwiseOp[];
}
