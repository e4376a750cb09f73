/** Kernels that work on lines: softmax, layerNorm, crossEntropy. */
import { describe, expect, test } from 'vitest';
import { numel, type Shape } from '../../src/core/shape.ts';
import { noise, run, runInAllLayouts, tensor } from './helpers.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function close(actual: readonly number[] | undefined, expected: readonly number[], tolerance = 1e-6): void {
  expect(actual?.length).toBe(expected.length);
  expected.forEach((e, i) => {
    expect(Math.abs(actual![i]! - e), `element ${i}: ${actual![i]} against ${e}`).toBeLessThanOrEqual(
      tolerance * (1 + Math.abs(e)),
    );
  });
}

/** Applies f to every line along `dim`. */
function alongDim(
  shape: Shape,
  dim: number,
  operands: readonly (readonly number[])[],
  f: (lines: number[][]) => number[],
): number[] {
  const inner = shape.slice(dim + 1).reduce((a, b) => a * b, 1);
  const out = new Array<number>(numel(shape));
  for (let at = 0; at < numel(shape); at++) {
    if (Math.floor(at / inner) % shape[dim]! !== 0) continue;
    const places = Array.from({ length: shape[dim]! }, (_, i) => at + i * inner);
    f(operands.map((o) => places.map((p) => o[p]!))).forEach((v, i) => {
      out[places[i]!] = v;
    });
  }
  return out;
}
const total = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0);
const softmax = (x: readonly number[]): number[] => {
  const e = x.map((v) => Math.exp(v - Math.max(...x)));
  return e.map((v) => v / total(e));
};

describe('softmax and logSoftmax', () => {
  const cases: [Shape, number][] = [
    [[5], 0],
    [[3, 4], 1],
    [[3, 4], 0],
    [[2, 3, 4], 1],
    [[2, 1], 1],
    [[0, 3], 1],
  ];
  test.each(cases)('%j along %i', (shape, dim) => {
    const x = noise(numel(shape), 1).map((v) => v * 8);
    const dy = noise(numel(shape), 2);
    const y = alongDim(shape, dim, [x], ([line]) => softmax(line!));
    for (const { results } of runInAllLayouts('softmax', [tensor(shape, x)], [{ shape }], { dim }))
      close(results[0], y);
    for (const { results } of runInAllLayouts('logSoftmax', [tensor(shape, x)], [{ shape }], { dim }))
      close(results[0], y.map(Math.log));
    const dx = alongDim(shape, dim, [dy, y], ([g, p]) =>
      p!.map((v, i) => v * (g![i]! - total(g!.map((a, k) => a * p![k]!)))),
    );
    for (const { results } of runInAllLayouts('softmaxBackward', [tensor(shape, dy), tensor(shape, y)], [{ shape }], {
      dim,
    }))
      close(results[0], dx);
    const dlog = alongDim(shape, dim, [dy, y], ([g, p]) => g!.map((v, i) => v - p![i]! * total(g!)));
    const logY = tensor(shape, y.map(Math.log));
    for (const { results } of runInAllLayouts('logSoftmaxBackward', [tensor(shape, dy), logY], [{ shape }], { dim }))
      close(results[0], dlog);
  });
  test('large logits do not overflow; masked ones get 0; a line of -inf, or with NaN, is NaN', () => {
    const x = tensor([4, 3], [1000, 1000, -1000, -inf, 0, 0, -inf, -inf, -inf, 1, nan, 2]);
    expect(run('softmax', [x], [{ shape: [4, 3] }], { dim: 1 })).toEqual([
      [0.5, 0.5, 0, 0, 0.5, 0.5, nan, nan, nan, nan, nan, nan],
    ]);
    const [log] = run('logSoftmax', [x], [{ shape: [4, 3] }], { dim: 1 });
    close(log!.slice(0, 3), [-Math.LN2, -Math.LN2, -2000 - Math.LN2]);
    expect(log![3]).toBe(-inf);
    expect(log!.slice(6)).toEqual(new Array(6).fill(nan));
  });
});

describe('layerNorm', () => {
  const cases: [Shape, number][] = [
    [[4, 6], 1],
    [[2, 3, 4], 2],
    [[5], 1],
    [[2, 3, 1], 1],
  ];
  test.each(cases)('%j over the last %i dims', (shape, count) => {
    const eps = 1e-5;
    const n = shape.slice(shape.length - count).reduce((a, b) => a * b, 1);
    const stat = shape.map((d, i) => (i >= shape.length - count ? 1 : d));
    const x = noise(numel(shape), 1);
    const dy = noise(numel(shape), 2);
    const rows = Array.from({ length: numel(stat) }, (_, r) => {
      const line = x.slice(r * n, (r + 1) * n);
      const g = dy.slice(r * n, (r + 1) * n);
      const mean = total(line) / n;
      const rstd = 1 / Math.sqrt(total(line.map((v) => (v - mean) ** 2)) / n + eps);
      const xhat = line.map((v) => (v - mean) * rstd);
      const dot = total(g.map((v, i) => v * xhat[i]!)) / n;
      return { mean, rstd, xhat, dx: g.map((v, i) => rstd * (v - total(g) / n - xhat[i]! * dot)) };
    });
    const mean = rows.map((r) => r.mean);
    const rstd = rows.map((r) => r.rstd);
    for (const { results } of runInAllLayouts(
      'layerNorm',
      [tensor(shape, x), eps],
      [{ shape }, { shape: stat }, { shape: stat }],
      { count },
    )) {
      close(
        results[0],
        rows.flatMap((r) => r.xhat),
        2e-6,
      );
      close(results[1], mean);
      close(results[2], rstd);
    }
    const operands = [tensor(shape, dy), tensor(shape, x), tensor(stat, mean), tensor(stat, rstd)];
    for (const { results } of runInAllLayouts('layerNormBackward', operands, [{ shape }], { count })) {
      // A row of one element has a huge rstd, and a gradient that cancels.
      close(
        results[0],
        rows.flatMap((r) => r.dx),
        n === 1 ? 1e-3 : 4e-6,
      );
    }
  });
  test('the variance survives a large mean', () => {
    const x = [10000, 10001, 10002, 10003];
    const [xhat] = run('layerNorm', [tensor([1, 4], x), 0], [{ shape: [1, 4] }, { shape: [1, 1] }, { shape: [1, 1] }], {
      count: 1,
    });
    close(
      xhat,
      [-1.5, -0.5, 0.5, 1.5].map((v) => v / Math.sqrt(1.25)),
    );
  });
});

describe('crossEntropy', () => {
  const shape = [5, 3];
  const x = noise(15, 3).map((v) => v * 4);
  const target = [0, 2, -100, 3, 1];
  const logSum = Array.from({ length: 5 }, (_, r) => Math.log(total(x.slice(3 * r, 3 * r + 3).map(Math.exp))));
  const attrs = { ignoreIndex: -100 };
  test('loss and log-sum-exp; ignored rows are 0, impossible targets NaN', () => {
    const operands = [tensor(shape, x), tensor([5], target, 'int32')];
    for (const { results } of runInAllLayouts('crossEntropy', operands, [{ shape: [5] }, { shape: [5] }], attrs)) {
      close(results[1], logSum);
      expect(results[0]![2]).toBe(0);
      expect(results[0]![3]).toBe(nan);
      for (const r of [0, 1, 4]) close([results[0]![r]!], [logSum[r]! - x[3 * r + target[r]!]!]);
    }
  });
  test('gradient', () => {
    const g = noise(5, 4);
    const operands = [tensor([5], g), tensor(shape, x), tensor([5], target, 'int32'), tensor([5], logSum)];
    const expected = x.map((_, at) => {
      const r = Math.floor(at / 3);
      if (target[r] === -100) return 0;
      return g[r]! * (softmax(x.slice(3 * r, 3 * r + 3))[at % 3]! - (at % 3 === target[r] ? 1 : 0));
    });
    for (const { results } of runInAllLayouts('crossEntropyBackward', operands, [{ shape }], attrs))
      close(results[0], expected);
  });
  test('large logits', () => {
    const [loss] = run(
      'crossEntropy',
      [tensor([1, 2], [1e4, -1e4]), tensor([1], [1], 'int32')],
      [{ shape: [1] }, { shape: [1] }],
      attrs,
    );
    expect(loss).toEqual([2e4]);
  });
});
