import { describe, expect, test } from 'vitest';
import { run, tensor } from './helpers.ts';

/** Runs an update in place on lists of 1-d tensors and returns all of them. */
function step(
  op: 'sgdStep' | 'adamStep',
  lists: readonly (readonly number[][])[],
  written: readonly number[],
  scalars: readonly number[],
  attrs: Record<string, boolean>,
): number[][][] {
  const n = lists[0]!.length;
  const tensors = lists.flat().map((v) => tensor([v.length], v, 'float64'));
  const outputs = written.flatMap((g) =>
    Array.from({ length: n }, (_, i) => {
      const { data } = tensors[g * n + i]!;
      return { shape: [data.length], dtype: 'float64' as const, data };
    }),
  );
  run(op, [...tensors, ...scalars], outputs, { n, ...attrs });
  return lists.map((list, g) => list.map((_, i) => Array.from(tensors[g * n + i]!.data)));
}
function close(actual: readonly number[][], expected: readonly number[][]): void {
  expected.forEach((list, i) => {
    list.forEach((v, k) => {
      expect(actual[i]![k]).toBeCloseTo(v, 12);
    });
  });
}

const p = [[1, -2], [0.5]];
const g = [[0.3, 0.1], [-0.7]];

// Values of torch.optim.SGD and torch.optim.Adam(W) in float64, two steps with the same gradients.
describe('sgdStep', () => {
  test('plain, with weight decay', () => {
    const [once] = step('sgdStep', [p, g], [0], [0.1, 0.01, 0, 1], {
      momentum: false,
      nesterov: false,
      maximize: false,
    });
    const [twice] = step('sgdStep', [once!, g], [0], [0.1, 0.01, 0, 1], {
      momentum: false,
      nesterov: false,
      maximize: false,
    });
    close(twice!, [[0.938031, -2.0159920000000002], [0.6389305]]);
  });
  test('maximize', () => {
    const [once] = step('sgdStep', [p, g], [0], [0.1, 0, 0, 1], { momentum: false, nesterov: false, maximize: true });
    close(once!, [[1.03, -1.99], [0.43]]);
  });
  test('momentum, dampening and weight decay', () => {
    const attrs = { momentum: true, nesterov: false, maximize: false };
    // torch starts the buffer as the first gradient: dampening 0 from a buffer of zeros does the same.
    const [p1, , b1] = step('sgdStep', [p, g, [[0, 0], [0]]], [0, 2], [0.1, 0.01, 0.9, 1], attrs);
    const [p2] = step('sgdStep', [p1!, g, b1!], [0, 2], [0.1, 0.01, 0.9, 0.5], attrs);
    close(p2!, [[0.9256154999999999, -2.019196], [0.66676525]]);
  });
  test('Nesterov', () => {
    const attrs = { momentum: true, nesterov: true, maximize: false };
    const [p1, , b1] = step('sgdStep', [p, g, [[0, 0], [0]]], [0, 2], [0.1, 0, 0.9, 1], attrs);
    const [p2] = step('sgdStep', [p1!, g, b1!], [0, 2], [0.1, 0, 0.9, 1], attrs);
    close(p2!, [[0.8616999999999999, -2.0461], [0.8227]]);
  });
});

describe('adamStep', () => {
  const zeros = [[0, 0], [0]];
  const twoSteps = (attrs: Record<string, boolean>): number[][] => {
    const [lr, beta1, beta2, eps, decay] = [0.1, 0.9, 0.99, 1e-8, 0.05];
    const [p1, , m1, v1] = step(
      'adamStep',
      [p, g, zeros, zeros],
      [0, 2, 3],
      [lr, decay, beta2, eps, 1 - beta1, 1 - beta2, 1 - beta1, 1 - beta2],
      attrs,
    );
    const [p2] = step(
      'adamStep',
      [p1!, g, m1!, v1!],
      [0, 2, 3],
      [lr, decay, beta2, eps, 1 - beta1 ** 2, 1 - beta2 ** 2, 1 - beta1, 1 - beta2],
      attrs,
    );
    return p2!;
  };
  test('weight decay in the gradient', () => {
    close(twoSteps({ decoupled: false, maximize: false }), [[0.8000368432106101, -2.0], [0.6999816082763051]]);
  });
  test('decoupled weight decay', () => {
    close(twoSteps({ decoupled: true, maximize: false }), [[0.7905250066499997, -2.179549980050002], [0.69451249715]]);
  });
  test('maximize', () => {
    close(twoSteps({ decoupled: true, maximize: true }), [
      [1.1895249933500005, -1.780550019949998],
      [0.29551250284999986],
    ]);
  });
});
