/** The waist: every primitive, one row each. OpName derives from the table; so does each backend's kernel table. */
import { convRows } from './conv.ts';
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
import { updateRows } from './update.ts';
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
  ...updateRows,
};
const compositeRows = { ...normComposites, ...randomComposites } satisfies Record<string, CompositeRow>;

export const ops = { ...pointwiseRows, ...kernelRows, ...viewRows, ...compositeRows };

export type OpName = keyof typeof ops;
export type PointwiseOp = keyof typeof pointwiseRows;
export type KernelOp = keyof typeof kernelRows;

export const pointwiseOps = Object.keys(pointwiseRows) as PointwiseOp[];
export const kernelOps = Object.keys(kernelRows) as KernelOp[];

/** The row of an op by name; the name comes from code, never from data. */
export function row(name: string): OpRow {
  return (ops as Record<string, OpRow>)[name]!;
}
