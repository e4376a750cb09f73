/** Attention that computes its weights again for the backward pass: the same numbers. */
import { beforeAll, describe, expect, test } from 'vitest';
import { functional, grad, init, manualSeed, randn, Tensor, tensor } from '../../src/index.ts';
import { op, scalar } from '../../src/tensor/impl/common.ts';
import { dropoutCounter } from '../../src/tensor/impl/dropout-counter.ts';
import { defaultGenerator } from '../../src/tensor/impl/random.ts';
import { testDevice } from '../device.ts';

beforeAll(() => init({ device: testDevice }));

interface Case {
  readonly mask?: Tensor;
  readonly isCausal?: boolean;
  readonly dropoutP?: number;
}
/** As scaledDotProductAttention calls it for many weights. */
function recomputing(q: Tensor, k: Tensor, v: Tensor, { mask, isCausal = false, dropoutP = 0 }: Case): Tensor {
  const counter = dropoutP > 0 ? dropoutCounter(defaultGenerator.next(), dropoutP, 1 / (1 - dropoutP), q.dtype) : [];
  const factor = scalar(1 / Math.sqrt(q.shape.at(-1)!), q.dtype);
  const operands = [q.impl, k.impl, v.impl, factor, mask?.impl ?? scalar(0, q.dtype), ...counter];
  return new Tensor(op('attention', operands, { causal: isCausal }));
}
const composedOf = (q: Tensor, k: Tensor, v: Tensor, { mask, ...options }: Case): Tensor =>
  functional.scaledDotProductAttention(q, k, v, { attnMask: mask ?? null, ...options });

const cases: Record<string, () => Case> = {
  plain: () => ({}),
  causal: () => ({ isCausal: true }),
  'bool mask': () => ({ mask: tensor([[true, false, true], [false, false, false]]) }), // biome-ignore format: rows
  'float mask': () => ({ mask: randn([2, 1, 2, 3]).requiresGrad_() }),
  dropout: () => ({ dropoutP: 0.4 }),
};

async function close(a: Tensor, b: Tensor, what: string): Promise<void> {
  expect(await a.sub(b).abs().max().item(), what).toBeLessThan(1e-5);
}

describe('the same numbers', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    manualSeed(1);
    const given = cases[name]!();
    const leaves = [randn([2, 2, 2, 4]), randn([2, 2, 3, 4]), randn([2, 2, 3, 4])].map((t) => t.requiresGrad_());
    const wanted = [...leaves, ...(given.mask?.requiresGrad ? [given.mask] : [])];
    const weights = randn([2, 2, 2, 4]);
    const run = (attend: typeof recomputing) => {
      manualSeed(2);
      const y = attend(leaves[0]!, leaves[1]!, leaves[2]!, given);
      return [y, ...grad(y.mul(weights).sum(), wanted)] as Tensor[];
    };
    const [ours, theirs] = [run(recomputing), run(composedOf)];
    expect(ours.length).toBe(wanted.length + 1);
    for (const [i, t] of ours.entries()) await close(t, theirs[i]!, `result ${i}`);
  });

  test('second derivatives', async () => {
    manualSeed(3);
    const leaves = [randn([2, 4]), randn([3, 4]), randn([3, 4])].map((t) => t.requiresGrad_());
    const run = (attend: typeof recomputing) => {
      const y = attend(leaves[0]!, leaves[1]!, leaves[2]!, { isCausal: true });
      const first = grad(y.square().sum(), leaves, { createGraph: true }) as Tensor[];
      return grad(
        first.map((g) => g.square().sum()).reduce((a, b) => a.add(b)),
        leaves,
      ) as Tensor[];
    };
    const [ours, theirs] = [run(recomputing), run(composedOf)];
    for (const [i, t] of ours.entries()) await close(t, theirs[i]!, `gradient ${i}`);
  });
});
