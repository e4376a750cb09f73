/** Adding through overlapping views. */
import { describe, expect, test } from 'vitest';
import { mayOverlap, numel } from '../../src/core/shape.ts';
import { addedThrough, overlappingViews } from '../ops/overlapping.ts';
import { noise, runInAllLayouts, tensor } from './helpers.ts';

describe('scatterViewAdd', () => {
  test.each(Object.entries(overlappingViews))('%s', (_, view) => {
    const { base, shape, strides, offset } = view;
    const values = noise(numel(shape)).map((v) => Math.round(v * 64));
    for (const { name, results } of runInAllLayouts('scatterViewAdd', [tensor(shape, values)], [{ shape: base }], {
      shape: base,
      strides,
      offset,
    }))
      expect(results[0], name).toEqual(addedThrough(view, values));
  });

  test('booleans are joined', () => {
    const attrs = { shape: [4], strides: [1, 1], offset: 0 };
    for (const { results } of runInAllLayouts(
      'scatterViewAdd',
      [tensor([3, 2], [0, 1, 1, 0, 0, 0], 'bool')],
      [{ shape: [4], dtype: 'bool' }],
      attrs,
    ))
      expect(results[0]).toEqual([0, 1, 0, 0]);
  });
});

test('layouts without overlap are told from others', () => {
  const overlap = (name: string): boolean => mayOverlap(overlappingViews[name]!);
  for (const name of ['no overlap', 'one element', 'no dims', 'no elements']) expect(overlap(name), name).toBe(false);
  for (const name of ['windows of images', 'backwards', 'equal strides']) expect(overlap(name), name).toBe(true);
  expect(mayOverlap({ shape: [4, 3], strides: [0, 1] })).toBe(true);
  // Permuted, reversed, sliced, diagonal.
  expect(mayOverlap({ shape: [3, 4, 2], strides: [1, -6, 3] })).toBe(false);
  expect(mayOverlap({ shape: [2, 3], strides: [20, 6] })).toBe(false);
  expect(mayOverlap({ shape: [2, 4], strides: [16, 5] })).toBe(false);
});
