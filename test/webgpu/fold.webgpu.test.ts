/** Adding through overlapping views. */
import { describe, expect, test } from 'vitest';
import { foldKernels } from '../../src/backends/webgpu/kernels/fold.ts';
import { addedThrough, overlappingViews } from '../ops/overlapping.ts';
import { arranged, arrangements, dense, operand, random, runKernel } from './mini-runner.ts';

describe('scatterViewAdd', () => {
  test.each(Object.entries(overlappingViews))('%s', async (_, view) => {
    const { base, shape, strides, offset } = view;
    const next = random(3);
    for (const at of shape.length > 1 ? arrangements : (['contiguous'] as const)) {
      const src = arranged(shape, at, 'float32', () => Math.floor(next() * 100));
      const { outputs } = await runKernel(foldKernels.scatterViewAdd, {
        op: 'scatterViewAdd',
        inputs: [src],
        outputs: [{ shape: base, dtype: 'float32' }],
        attrs: { shape: base, strides, offset },
      });
      expect([...outputs[0]!], at).toEqual(addedThrough(view, dense(src)));
    }
  });

  test.each(['int32', 'uint32', 'bool'] as const)('of %s', async (dtype) => {
    const data = dtype === 'bool' ? Uint8Array.of(0, 1, 1, 0, 0, 0) : Int32Array.of(7, 1, 2, 3, 4, 5);
    const { outputs } = await runKernel(foldKernels.scatterViewAdd, {
      op: 'scatterViewAdd',
      inputs: [operand([3, 2], data, dtype)],
      outputs: [{ shape: [4], dtype }],
      attrs: { shape: [4], strides: [1, 1], offset: 0 },
    });
    expect([...outputs[0]!]).toEqual(dtype === 'bool' ? [0, 1, 0, 0] : [7, 3, 7, 5]);
  });
});
