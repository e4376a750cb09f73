/** Views that show some elements several times, for the tests of adding through them. */
import { forEachPosition } from '../../src/backends/cpu/strided.ts';
import type { Shape } from '../../src/core/shape.ts';

export interface View {
  /** Of the memory that is viewed. */
  readonly base: Shape;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

export const overlappingViews: Readonly<Record<string, View>> = {
  'windows of a line': { base: [11], shape: [5, 3], strides: [2, 1], offset: 0 },
  'windows along the last dim, element first': { base: [11], shape: [3, 4], strides: [1, 2], offset: 2 },
  'windows of images': { base: [2, 3, 4, 5], shape: [2, 3, 2, 3, 3, 2], strides: [60, 20, 5, 1, 5, 2], offset: 0 },
  'dilated windows': { base: [10, 8], shape: [2, 3, 3, 2], strides: [24, 16, 8, 3], offset: 1 },
  backwards: { base: [9], shape: [4, 3], strides: [-2, 1], offset: 6 },
  'both backwards': { base: [9], shape: [4, 3], strides: [-1, -2], offset: 8 },
  'strides without a common measure': { base: [6, 6], shape: [4, 5, 2], strides: [5, 3, 2], offset: 0 },
  'equal strides': { base: [8], shape: [3, 2, 3], strides: [1, 1, 1], offset: 1 },
  'no overlap': { base: [4, 4], shape: [2, 3], strides: [8, 1], offset: 1 },
  'one element': { base: [2, 2], shape: [1, 1], strides: [7, 3], offset: 3 },
  'no dims': { base: [3], shape: [], strides: [], offset: 2 },
  'no elements': { base: [3], shape: [2, 0], strides: [1, 1], offset: 0 },
};

/** The sum of what goes to each element of the base. */
export function addedThrough(view: View, values: readonly number[]): number[] {
  const sum = new Array<number>(view.base.reduce((a, b) => a * b, 1)).fill(0);
  forEachPosition(view, (position, n) => {
    sum[position]! += values[n]!;
  });
  return sum;
}
