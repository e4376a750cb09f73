/** Norms and scaling of gradients that lie in an optimizer's arena. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineStats, fromArray, init, type Tensor } from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { testDevice } from '../device.ts';
import { drift, flat } from './kit.ts';

beforeAll(() => init({ device: testDevice }));

const sizes = [5, 1, 67, 64, 130];
const gradient = (k: number, i: number): number => Math.sin(1 + 7 * k + i) * (k + 1);
const expected = sizes.flatMap((n, k) => Array.from({ length: n }, (_, i) => gradient(k, i)));

/** Parameters of sizes that leave gaps in an arena, with gradients. `held`: by an optimizer. */
function leaves(held: boolean, values = gradient): Tensor[] {
  const params = sizes.map((n) => fromArray(new Float32Array(n), [n]).requiresGrad_());
  if (held) new optim.SGD(params);
  for (const [k, p] of params.entries())
    p.mul(
      fromArray(
        Float32Array.from({ length: sizes[k]! }, (_, i) => values(k, i)),
        [sizes[k]!],
      ),
    )
      .sum()
      .backward();
  return params;
}
const grads = (params: readonly Tensor[]): Promise<number[]> => flat(params.map((p) => p.grad!));
const normOf = (x: readonly number[], p: number): number =>
  p === Number.POSITIVE_INFINITY
    ? Math.max(...x.map(Math.abs))
    : x.reduce((s, v) => s + Math.abs(v) ** p, 0) ** (1 / p);

describe.each([true, false])('held by an optimizer: %s', (held) => {
  test.each([2, 1, 3, Number.POSITIVE_INFINITY])('clipGradNorm_ of order %d', async (p) => {
    const params = leaves(held);
    const norm = normOf(expected, p);
    const total = nn.utils.clipGradNorm_(params, norm / 2, { normType: p });
    expect(await total.item()).toBeCloseTo(norm, norm > 100 ? 2 : 4);
    expect(
      drift(
        await grads(params),
        expected.map((g) => g / 2),
        1,
      ),
    ).toBeLessThan(1e-5);
    // It is small enough now.
    nn.utils.clipGradNorm_(params, norm, { normType: p });
    expect(
      drift(
        await grads(params),
        expected.map((g) => g / 2),
        1,
      ),
    ).toBeLessThan(1e-5);
  });
  test('clipGradValue_', async () => {
    const params = leaves(held);
    nn.utils.clipGradValue_(params, 1.25);
    const limited = expected.map((g) => Math.min(Math.max(g, -1.25), 1.25));
    expect(drift(await grads(params), limited, 1)).toBeLessThan(1e-6);
  });
  test('a norm that is no number makes all of them that, and leaves no trace', async () => {
    const params = leaves(held, (k, i) => (k === 1 ? Number.NaN : gradient(k, i)));
    nn.utils.clipGradNorm_(params, 1);
    expect((await grads(params)).every(Number.isNaN)).toBe(true);
    for (const p of params) p.grad!.fill_(0.5);
    const count = sizes.reduce((a, b) => a + b);
    expect(await nn.utils.clipGradNorm_(params, 1).item()).toBeCloseTo(0.5 * Math.sqrt(count), 4);
  });
});

test('three dispatches at most, whatever the number of parameters', async () => {
  const count = async (params: Tensor[]): Promise<number> => {
    await nn.utils.clipGradNorm_(params, 1).item();
    const before = engineStats(testDevice).dispatches;
    await nn.utils.clipGradNorm_(params, 1).item();
    return engineStats(testDevice).dispatches - before;
  };
  const seen = [await count(leaves(true)), await count(leaves(true).slice(1, 4))];
  for (const dispatches of seen) {
    expect(dispatches).toBeGreaterThan(0);
    expect(dispatches).toBeLessThanOrEqual(3);
  }
});
