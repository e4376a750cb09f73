/** Layouts over the domain that a kernel's threads walk. */
import { type Layout, numel } from '../../../core/shape.ts';
import type { OpKernel } from '../../backend.ts';
import { grid } from '../grid.ts';
import { literal } from '../shader.ts';
import type { Capabilities, Dispatch } from './types.ts';

/** A number as a u32 literal. Negative strides and offsets wrap around, and so does the arithmetic on them. */
export function u32(value: number): string {
  return literal(value, 'uint32');
}

/** A 0-d layout as one of a single element, so that every tensor has a dim to work along. */
export function atLeast1d(layout: Layout): Layout {
  return layout.shape.length > 0 ? layout : { shape: [1], strides: [1], offset: layout.offset };
}

/** The layout with only some of its dims: the elements at coordinate 0 of the others. */
export function keepDims(layout: Layout, keep: (dim: number) => boolean): Layout {
  const kept = (_: number, dim: number): boolean => keep(dim);
  return { shape: layout.shape.filter(kept), strides: layout.strides.filter(kept), offset: layout.offset };
}

/** The layout over a domain of another shape, in which the coordinate along `dim` does not count. */
export function ignoreDim(layout: Layout, dim: number, shape: readonly number[]): Layout {
  return { shape, strides: layout.strides.map((s, i) => (i === dim ? 0 : s)), offset: layout.offset };
}

/** Layout of operand `i`, which is a tensor. */
export function layoutOf(kernel: OpKernel, i: number): Layout {
  const input = kernel.inputs[i]!;
  if (input.kind === 'scalar') throw new Error(`${kernel.op}: operand ${i} is a scalar`);
  return input.layout;
}

export interface Threads {
  readonly holes: { readonly WIDTH: number; readonly GROUPS_X: number };
  readonly workgroups: Dispatch['workgroups'];
}

/** One thread for each of `count` things. */
export function threadsFor(count: number, capabilities: Capabilities): Threads {
  const width = Math.min(256, capabilities.maxComputeInvocationsPerWorkgroup);
  const { workgroups, groupsX } = grid(Math.ceil(count / width), capabilities.maxComputeWorkgroupsPerDimension);
  return { holes: { WIDTH: width, GROUPS_X: groupsX }, workgroups };
}

/** Product of the sizes of the dims after `dim`. */
export function innerSize(shape: readonly number[], dim: number): number {
  return numel(shape.slice(dim + 1));
}
