/** Probabilities of exactly 0 and 1, as saturated sigmoids give them: losses and gradients are PyTorch's, and finite. */
import { beforeAll, expect, test } from 'vitest';
import { functional, init, tensor } from '../../src/index.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

test('binaryCrossEntropy of 0 and 1', async () => {
  const p = tensor([0, 0, 1, 1, 0.75], { dtype: 'float32', requiresGrad: true });
  const loss = functional.binaryCrossEntropy(p, tensor([0, 1, 0, 1, 0.5], { dtype: 'float32' }), { reduction: 'none' });
  loss.sum().backward();
  const rounded = (values: ArrayLike<number>): number[] => Array.from(values, (v) => Number(v.toPrecision(4)));
  expect(rounded(await loss.data()).map(Math.abs)).toEqual([0, 100, 100, 0, 0.837]);
  expect(rounded(await p.grad!.data())).toEqual([0, -1e12, 1e12, 0, 1.333]);
});

test('and of saturated sigmoids', async () => {
  const z = tensor([120, -120, 120, -120], { dtype: 'float32', requiresGrad: true });
  const loss = functional.binaryCrossEntropy(z.sigmoid(), tensor([0, 1, 1, 0], { dtype: 'float32' }));
  loss.backward();
  expect(await loss.item()).toBe(50);
  expect(Array.from(await z.grad!.data(), Math.abs)).toEqual([0, 0, 0, 0]);
});
