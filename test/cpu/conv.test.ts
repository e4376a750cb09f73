import { describe, expect, test } from 'vitest';
import type { DType } from '../../src/core/dtype.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import { type Conv2dAttrs, convOutputSize } from '../../src/ops/conv.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { type KernelSet, noise, runInAllLayouts, tensor } from './helpers.ts';

type Shape4 = readonly [number, number, number, number];

/** Calls `visit` for every product of a convolution: positions in the output, the input and the weight. */
function products(
  x: Shape4,
  w: Shape4,
  y: Shape4,
  conv: Conv2dAttrs,
  visit: (y: number, x: number, w: number) => void,
): void {
  const [n, o, oh, ow] = y;
  const [, cg, kh, kw] = w;
  const og = o / conv.groups;
  for (let at = 0; at < n * o * oh * ow * cg * kh * kw; at++) {
    const tap = at % (cg * kh * kw);
    const out = Math.floor(at / (cg * kh * kw));
    const [ox, oy, oc, image] = [
      out % ow,
      Math.floor(out / ow) % oh,
      Math.floor(out / (ow * oh)) % o,
      Math.floor(out / (ow * oh * o)),
    ];
    const [kx, ky, kc] = [tap % kw, Math.floor(tap / kw) % kh, Math.floor(tap / (kw * kh))];
    const iy = oy * conv.stride[0] - conv.padding[0] + ky * conv.dilation[0];
    const ix = ox * conv.stride[1] - conv.padding[1] + kx * conv.dilation[1];
    if (iy < 0 || ix < 0 || iy >= x[2] || ix >= x[3]) continue;
    const channel = Math.floor(oc / og) * cg + kc;
    visit(out, ((image * x[1] + channel) * x[2] + iy) * x[3] + ix, oc * cg * kh * kw + tap);
  }
}

interface Case {
  readonly name: string;
  readonly x: Shape4;
  readonly w: Shape4;
  readonly conv?: Partial<Conv2dAttrs>;
}
const cases: Case[] = [
  { name: 'plain', x: [2, 3, 7, 8], w: [5, 3, 3, 3] },
  { name: 'padding', x: [1, 2, 5, 6], w: [4, 2, 3, 3], conv: { padding: [1, 2] } },
  { name: 'stride', x: [2, 3, 9, 8], w: [6, 3, 3, 2], conv: { stride: [2, 3], padding: [1, 1] } },
  { name: 'stride larger than the kernel', x: [1, 2, 8, 7], w: [3, 2, 1, 2], conv: { stride: [3, 4] } },
  { name: 'dilation', x: [1, 2, 9, 9], w: [4, 2, 3, 2], conv: { dilation: [2, 3], padding: [2, 1] } },
  {
    name: 'stride and dilation',
    x: [1, 2, 11, 10],
    w: [2, 2, 3, 3],
    conv: { stride: [2, 3], dilation: [3, 2], padding: [2, 2] },
  },
  { name: 'groups', x: [2, 6, 5, 5], w: [9, 2, 3, 3], conv: { groups: 3, padding: [1, 1] } },
  { name: 'depthwise', x: [2, 4, 6, 5], w: [4, 1, 3, 3], conv: { groups: 4, padding: [1, 1] } },
  { name: 'depthwise with two outputs each', x: [1, 3, 5, 5], w: [6, 1, 3, 3], conv: { groups: 3, stride: [2, 2] } },
  { name: '1x1', x: [2, 8, 3, 5], w: [6, 8, 1, 1] },
  { name: '1x1 with stride', x: [1, 4, 6, 6], w: [4, 4, 1, 1], conv: { stride: [2, 2] } },
  { name: 'kernel as large as the input', x: [2, 3, 4, 5], w: [4, 3, 4, 5] },
  { name: 'padding beyond the kernel', x: [1, 1, 2, 2], w: [1, 1, 2, 2], conv: { padding: [3, 3] } },
  { name: 'one row', x: [1, 2, 1, 20], w: [3, 2, 1, 5], conv: { padding: [0, 2] } },
  {
    name: 'stride beside padding and dilation',
    x: [1, 5, 7, 23],
    w: [11, 5, 2, 3],
    conv: { stride: [1, 2], padding: [1, 3], dilation: [1, 3] },
  },
  { name: 'more taps than are summed at once', x: [1, 17, 5, 9], w: [9, 17, 2, 2], conv: { padding: [1, 1] } },
  { name: 'no images', x: [0, 2, 4, 4], w: [3, 2, 3, 3] },
];

describe.each<[DType, KernelSet]>([
  ['float32', 'WebAssembly'],
  ['float32', 'JavaScript'],
  ['float64', 'WebAssembly'],
])('%s, %s', (dtype, set) => {
  const close = (actual: readonly number[], expected: Float64Array): void => {
    const tolerance = dtype === 'float32' ? 2e-6 : 1e-13;
    expect(actual.length).toBe(expected.length);
    expected.forEach((e, i) => {
      expect(Math.abs(actual[i]! - e), `element ${i}`).toBeLessThanOrEqual(tolerance * (1 + Math.abs(e)));
    });
  };

  test.each(cases)('$name', ({ x, w, conv }) => {
    const full: Conv2dAttrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1, ...conv };
    const size = (d: 0 | 1): number =>
      convOutputSize(x[d + 2]!, w[d + 2]!, full.stride[d], full.padding[d], full.dilation[d]);
    const y: Shape4 = [x[0], w[0], size(0), size(1)];
    const attrs = { ...full } as Attrs;
    const xs = noise(numel(x), 1);
    const ws = noise(numel(w), 2);
    const dys = noise(numel(y), 3);
    const expected = [y, x, w].map((s: Shape) => new Float64Array(numel(s)));
    products(x, w, y, full, (at, from, tap) => {
      expected[0]![at]! += xs[from]! * ws[tap]!;
      expected[1]![from]! += dys[at]! * ws[tap]!;
      expected[2]![tap]! += dys[at]! * xs[from]!;
    });
    const [tx, tw, tdy] = [tensor(x, xs, dtype), tensor(w, ws, dtype), tensor(y, dys, dtype)];
    for (const { results } of runInAllLayouts('conv2d', [tx, tw], [{ shape: y, dtype }], attrs, set))
      close(results[0]!, expected[0]!);
    for (const { results } of runInAllLayouts(
      'conv2dBackwardInput',
      [tdy, tw],
      [{ shape: x, dtype }],
      {
        ...attrs,
        inputShape: x,
      },
      set,
    )) {
      close(results[0]!, expected[1]!);
    }
    for (const { results } of runInAllLayouts(
      'conv2dBackwardWeight',
      [tx, tdy],
      [{ shape: w, dtype }],
      {
        ...attrs,
        weightShape: w,
      },
      set,
    )) {
      close(results[0]!, expected[2]!);
    }
  });
});
