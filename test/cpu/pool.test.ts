import { describe, expect, test } from 'vitest';
import { numel, type Shape } from '../../src/core/shape.ts';
import { type Pool2dAttrs, poolOutputSize } from '../../src/ops/pool.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { noise, run, runInAllLayouts, tensor } from './helpers.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const pool = (p: Partial<Pool2dAttrs>): Pool2dAttrs => ({
  kernelSize: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
  dilation: [1, 1],
  ceilMode: false,
  countIncludePad: true,
  divisorOverride: 0,
  ...p,
});
const attrsOf = (p: Pool2dAttrs, more: Attrs = {}): Attrs => ({ ...p, ...more }) as Attrs;

function outputShape(x: Shape, p: Pool2dAttrs): number[] {
  const size = (d: 0 | 1): number =>
    poolOutputSize(x[d + 2]!, p.kernelSize[d], p.stride[d], p.padding[d], p.dilation[d], p.ceilMode);
  return [x[0]!, x[1]!, size(0), size(1)];
}

/** Input positions (in their plane) that each window covers, in order, and the window's size with padding. */
function windows(x: Shape, y: Shape, p: Pool2dAttrs): { readonly inside: number[]; readonly padded: number }[] {
  const [h, w] = [x[2]!, x[3]!];
  return Array.from({ length: y[2]! * y[3]! }, (_, at) => {
    const top = Math.floor(at / y[3]!) * p.stride[0] - p.padding[0];
    const left = (at % y[3]!) * p.stride[1] - p.padding[1];
    const inside: number[] = [];
    let padded = 0;
    for (let a = 0; a < p.kernelSize[0]; a++) {
      for (let b = 0; b < p.kernelSize[1]; b++) {
        const i = top + a * p.dilation[0];
        const j = left + b * p.dilation[1];
        if (i < h + p.padding[0] && j < w + p.padding[1]) padded++;
        if (i >= 0 && j >= 0 && i < h && j < w) inside.push(i * w + j);
      }
    }
    return { inside, padded };
  });
}

const cases: readonly [name: string, x: Shape, options: Partial<Pool2dAttrs>][] = [
  ['2x2', [2, 3, 6, 6], {}],
  ['overlapping', [1, 2, 7, 5], { kernelSize: [3, 2], stride: [2, 1] }],
  ['padding', [2, 1, 5, 6], { kernelSize: [3, 3], stride: [1, 2], padding: [1, 1] }],
  ['ceilMode', [1, 2, 5, 6], { kernelSize: [2, 3], stride: [2, 2], padding: [1, 1], ceilMode: true }],
  ['gaps', [1, 1, 7, 7], { kernelSize: [2, 2], stride: [3, 4] }],
  ['no planes', [0, 2, 4, 4], {}],
];
const dilated: typeof cases = [
  ['dilation', [1, 2, 8, 8], { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1], dilation: [2, 2], ceilMode: true }],
  ['uneven dilation', [1, 1, 5, 9], { kernelSize: [2, 3], stride: [1, 2], padding: [0, 2], dilation: [1, 3] }],
];

describe('maxPool2d', () => {
  test.each([...cases, ...dilated])('%s', (_name, shape, options) => {
    const p = pool(options);
    const y = outputShape(shape, p);
    const n = numel(shape);
    const x = noise(n).map((v) => Math.round(v * 3));
    const dy = noise(numel(y), 5);
    const plane = shape[2]! * shape[3]!;
    const chosen = Array.from({ length: shape[0]! * shape[1]! }, (_, c) =>
      windows(shape, y, p).map(({ inside }) =>
        inside.reduce((best, i) => (x[c * plane + i]! > x[c * plane + best]! ? i : best)),
      ),
    );
    const perPlane = y[2]! * y[3]!;
    for (const { results } of runInAllLayouts(
      'maxPool2d',
      [tensor(shape, x)],
      [{ shape: y }, { shape: y, dtype: 'int32' }],
      attrsOf(p),
    )) {
      expect(results[1]).toEqual(chosen.flat());
      expect(results[0]).toEqual(chosen.flatMap((list, c) => list.map((i) => x[c * plane + i]!)));
    }
    const dx = new Float64Array(n);
    chosen.forEach((list, c) => {
      list.forEach((i, k) => {
        dx[c * plane + i]! += dy[c * perPlane + k]!;
      });
    });
    const operands = [tensor(y, dy), tensor(y, chosen.flat(), 'int32')];
    for (const { results } of runInAllLayouts(
      'maxPool2dBackward',
      operands,
      [{ shape }],
      attrsOf(p, { inputShape: shape }),
    )) {
      results[0]!.forEach((v, i) => {
        expect(v).toBeCloseTo(dx[i]!, 5);
      });
    }
  });

  test('NaN wins, padding never does, and indices outside of the plane are dropped', () => {
    const two = [{ shape: [1, 1, 1, 2] }, { shape: [1, 1, 1, 2], dtype: 'int32' as const }];
    expect(run('maxPool2d', [tensor([1, 1, 2, 4], [1, nan, 2, 3, 4, 5, 6, -7])], two, attrsOf(pool({})))).toEqual([
      [nan, 6],
      [1, 6],
    ]);
    // torch.nn.functional.max_pool2d of -inf everywhere: the first element inside the input
    const four = [{ shape: [1, 1, 2, 2] }, { shape: [1, 1, 2, 2], dtype: 'int32' as const }];
    const p = pool({ kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] });
    expect(run('maxPool2d', [tensor([1, 1, 4, 4], new Array<number>(16).fill(-inf))], four, attrsOf(p))).toEqual([
      [-inf, -inf, -inf, -inf],
      [0, 1, 4, 5],
    ]);
    const stray = run(
      'maxPool2dBackward',
      [tensor([1, 1, 1, 2], [1, 2]), tensor([1, 1, 1, 2], [-1, 4], 'int32')],
      [{ shape: [1, 1, 2, 2] }],
      { inputShape: [1, 1, 2, 2] },
    );
    expect(stray).toEqual([[0, 0, 0, 0]]);
  });
});

describe('avgPool2d', () => {
  const rules: Partial<Pool2dAttrs>[] = [{}, { countIncludePad: false }, { divisorOverride: 3 }];
  test.each(cases.flatMap((c) => rules.map((r) => [`${c[0]} ${JSON.stringify(r)}`, c[1], { ...c[2], ...r }] as const)))(
    '%s',
    (_name, shape, options) => {
      const p = pool(options);
      const y = outputShape(shape, p);
      const x = noise(numel(shape));
      const dy = noise(numel(y), 5);
      const plane = shape[2]! * shape[3]!;
      const expected = new Float64Array(numel(y));
      const dx = new Float64Array(numel(shape));
      const list = windows(shape, y, p);
      for (let c = 0; c < shape[0]! * shape[1]!; c++) {
        list.forEach(({ inside, padded }, k) => {
          const by = p.divisorOverride || (p.countIncludePad ? padded : inside.length);
          for (const i of inside) {
            expected[c * list.length + k]! += x[c * plane + i]! / by;
            dx[c * plane + i]! += dy[c * list.length + k]! / by;
          }
        });
      }
      for (const { results } of runInAllLayouts('avgPool2d', [tensor(shape, x)], [{ shape: y }], attrsOf(p))) {
        results[0]!.forEach((v, i) => {
          expect(v).toBeCloseTo(expected[i]!, 5);
        });
      }
      for (const { results } of runInAllLayouts(
        'avgPool2dBackward',
        [tensor(y, dy)],
        [{ shape }],
        attrsOf(p, { inputShape: shape }),
      )) {
        results[0]!.forEach((v, i) => {
          expect(v).toBeCloseTo(dx[i]!, 5);
        });
      }
    },
  );
});
