/**
 * Rows of the ops that most pages do not train with: special functions, scans, sorting, decompositions … They are no part of
 * what a page loads first: init() fetches them beside the device and adds them to the table.
 */
import type { CompositeRow, KernelRow, PointwiseRow } from './types.ts';

export const extendedPointwise = {} satisfies Record<string, PointwiseRow>;
export const extendedKernels = {} satisfies Record<string, KernelRow>;
export const extendedComposites = {} satisfies Record<string, CompositeRow>;

export const extendedRows = { ...extendedPointwise, ...extendedKernels, ...extendedComposites };
