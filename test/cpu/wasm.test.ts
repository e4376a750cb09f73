import { afterEach, describe, expect, test, vi } from 'vitest';
import { fastExp, fastTanh } from '../../src/backends/cpu/fast-exp.ts';
import { createSimd } from '../../src/backends/cpu/index.ts';
import type { CpuOutput } from '../../src/backends/cpu/kernel.ts';
import { kernelsWith } from '../../src/backends/cpu/kernels/index.ts';
import { resetScratch } from '../../src/backends/cpu/memory.ts';
import { signed, unsigned } from '../../src/backends/cpu/wasm/assembler.ts';
import { maxSimdBytes } from '../../src/backends/cpu/wasm/simd.ts';
import { numel, type Shape } from '../../src/core/shape.ts';
import type { Attrs } from '../../src/ops/types.ts';
import { kernelSetNames, noise, run, simd, tensor } from './helpers.ts';

test('LEB128', () => {
  // The examples of the format's description, and the ends.
  expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
  expect(signed(-123456)).toEqual([0xc0, 0xbb, 0x78]);
  expect([0, 127, 128, 2 ** 32 - 1].map(unsigned)).toEqual([[0], [127], [0x80, 1], [255, 255, 255, 255, 15]]);
  expect([0, 63, 64, -64, -65].map(signed)).toEqual([[0], [63], [0xc0, 0], [0x40], [0xbf, 0x7f]]);
});

describe('where a page may not compile', () => {
  afterEach(() => vi.restoreAllMocks());
  test('there is no module, and nothing is said', async () => {
    vi.spyOn(WebAssembly, 'instantiate').mockRejectedValue(new WebAssembly.CompileError('refused'));
    expect(await createSimd()).toBeNull();
  });
  test('nor where there is no WebAssembly', async () => {
    vi.stubGlobal('WebAssembly', undefined);
    try {
      expect(await createSimd()).toBeNull();
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe.each(kernelSetNames)('products in %s', (set) => {
  /** The product in double precision, and how far float32 sums of runs of 64 may be from it. */
  function check(m: number, k: number, n: number, seed: number): void {
    const a = noise(m * k, seed);
    const b = noise(k * n, seed + 1);
    const operands = [
      // Either side as it is, or transposed in memory.
      { ...tensor([m, k], a), ...(seed % 2 && transposed(a, m, k)) },
      { ...tensor([k, n], b), ...(seed % 4 > 1 && transposed(b, k, n)) },
    ];
    const [c] = run('matmul', operands, [{ shape: [m, n] }], {}, set);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let [exact, size] = [0, 0];
        for (let p = 0; p < k; p++) {
          exact += a[i * k + p]! * b[p * n + j]!;
          size += Math.abs(a[i * k + p]! * b[p * n + j]!);
        }
        const error = Math.abs(c![i * n + j]! - exact);
        if (!(error <= 2e-7 + 4e-7 * size)) expect.fail(`(${m}, ${k}, ${n}) at ${i}, ${j}: off by ${error}`);
      }
    }
  }
  const transposed = (values: readonly number[], rows: number, columns: number) => ({
    data: Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!),
    layout: { shape: [rows, columns], strides: [1, rows], offset: 0 },
  });

  test('each size from 1 to 40, on each side', () => {
    for (let size = 1; size <= 40; size++) {
      check(size, 1 + ((size * 7) % 40), 1 + ((size * 11) % 40), size);
      check(1 + ((size * 11) % 40), size, 1 + ((size * 7) % 40), size + 1);
      check(1 + ((size * 7) % 40), 1 + ((size * 11) % 40), size, size + 2);
    }
  });
  test('around the ends of blocks and runs', () => {
    for (const k of [63, 64, 65, 127, 128, 129]) check(9, k, 11, k);
    for (const m of [255, 256, 257]) check(m, 66, 5, m);
    for (const n of [383, 384, 385]) check(5, 66, n, n);
  });
  test('long sums stay as exact as short ones', () => {
    // 0.1 is not a float32: each product has the same error, and a sum in float32 would drift by 1e-4 of itself.
    const k = 100_000;
    const tenth = Math.fround(0.1);
    const [c] = run(
      'matmul',
      [tensor([4, k], new Array<number>(4 * k).fill(tenth)), tensor([k, 8], new Array<number>(8 * k).fill(1))],
      [{ shape: [4, 8] }],
      {},
      set,
    );
    for (const v of c!) expect(Math.abs(v / (k * tenth) - 1)).toBeLessThan(1e-6);
  });
  test('twice the same, the same bits', () => {
    const operands = [tensor([33, 70], noise(33 * 70, 1)), tensor([70, 29], noise(70 * 29, 2))];
    const product = () => run('matmul', operands, [{ shape: [33, 29] }], {}, set)[0];
    expect(product()).toEqual(product());
  });
});

test('memory grows to a block and no further', () => {
  const [m, k, n] = [300, 2000, 400];
  run('matmul', [tensor([m, k], noise(m * k)), tensor([k, n], noise(k * n))], [{ shape: [m, n] }]);
  expect(simd.bytes).toBeLessThan(4 * 2 ** 20);
  // The arrays' ends count, too.
  expect(simd.open(maxSimdBytes, 1)).toBe(false);
});

test('without memory for it, JavaScript computes', () => {
  const full = Object.create(simd, { open: { value: () => false } }) as typeof simd;
  const out = (shape: Shape): CpuOutput => ({ data: new Float32Array(numel(shape)), shape, dtype: 'float32' });
  const of = (shape: Shape, seed: number) => tensor(shape, noise(numel(shape), seed));
  const conv: Attrs = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 };
  const [x, w, y] = [of([2, 3, 5, 6], 1), of([5, 3, 3, 3], 2), of([2, 5, 5, 6], 3)];
  const calls = [
    ['matmul', [of([9, 30], 1), of([30, 10], 2)], [[9, 10]], {}],
    ['conv2d', [x, w], [[2, 5, 5, 6]], conv],
    ['conv2dBackwardInput', [y, w], [[2, 3, 5, 6]], conv],
    ['conv2dBackwardWeight', [x, y], [[5, 3, 3, 3]], conv],
    ['recurrent', [of([2, 3, 5], 1), of([5, 5], 2), 0, 0, 0, 0, 0], [[2, 3, 5], [3, 5]], { kind: 'tanh' }],
  ] as const; // biome-ignore format: a table
  for (const [op, inputs, shapes, attrs] of calls) {
    const [js, wasm] = [kernelsWith(null), kernelsWith(full)].map((kernels) => {
      const outputs = shapes.map(out);
      resetScratch();
      kernels[op](inputs, outputs, attrs);
      return outputs.map(({ data }) => Array.from(data));
    });
    expect(js!.flat().some((v) => v !== 0)).toBe(true);
    wasm!.flat().forEach((v, i) => {
      expect(v, `${op} at ${i}`).toBeCloseTo(js!.flat()[i]!, 5);
    });
  }
});

test('convolutions that are cut into bands of rows agree with JavaScript', () => {
  const [x, w, y] = [
    [1, 96, 24, 64],
    [2, 96, 2, 1],
    [1, 2, 23, 64],
  ] as const;
  const attrs: Attrs = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
  const [tx, tw, ty] = [x, w, y].map((shape, i) => tensor(shape, noise(numel(shape), i)));
  const [js, wasm] = (['JavaScript', 'WebAssembly'] as const).map((set) => [
    run('conv2d', [tx!, tw!], [{ shape: y }], attrs, set)[0]!,
    run('conv2dBackwardInput', [ty!, tw!], [{ shape: x }], { ...attrs, inputShape: x }, set)[0]!,
    run('conv2dBackwardWeight', [tx!, ty!], [{ shape: w }], { ...attrs, weightShape: w }, set)[0]!,
  ]);
  js!.forEach((values, i) => {
    const off = values.findIndex((v, at) => !(Math.abs(v - wasm![i]![at]!) <= 1e-5 * (1 + Math.abs(v))));
    expect(off, `result ${i}`).toBe(-1);
  });
});

describe('recurrent layers: WebAssembly agrees with JavaScript', () => {
  const [time, batch] = [3, 5];
  const gates = { lstm: 4, gru: 3, tanh: 1, relu: 1 } as const;
  const kept = { lstm: 5, gru: 4, tanh: 1, relu: 1 } as const;
  const of = (shape: Shape, seed: number) => tensor(shape, noise(numel(shape), seed));
  test.each([
    ['lstm', 9, 9],
    ['lstm', 70, 70],
    ['lstm', 11, 6],
    ['gru', 10, 10],
    ['tanh', 67, 67],
    ['relu', 6, 6],
  ] as const)('%s, %i units, state of %i', (kind, hidden, state) => {
    const width = gates[kind] * hidden;
    const savedWidth = kept[kind] * hidden + state;
    const finalWidth = kind === 'lstm' ? state + hidden : state;
    const weight = of([width, state], 2);
    const projection = state === hidden ? 0 : of([state, hidden], 6);
    const lengths = tensor([batch], [3, 1, 2, 3, 2], 'int32');
    const attrs: Attrs = { kind, keep: true, reverse: hidden % 2 === 0 };
    const [js, wasm] = (['JavaScript', 'WebAssembly'] as const).map((set) => {
      const forward = run(
        'recurrent',
        [
          of([time, batch, width], 1),
          weight,
          of([batch, state], 3),
          kind === 'lstm' ? of([batch, hidden], 4) : 0,
          of([width], 5),
          lengths,
          projection,
        ],
        [{ shape: [time, batch, state] }, { shape: [batch, finalWidth] }, { shape: [time, batch, savedWidth] }],
        attrs,
        set,
      );
      const more =
        kind === 'gru' ? [{ shape: [time, batch, width] }] : projection ? [{ shape: [time, batch, state] }] : [];
      const backward = run(
        'recurrentBackward',
        [
          tensor([time, batch, savedWidth], forward[2]!),
          weight,
          of([time, batch, state], 7),
          of([batch, finalWidth], 8),
          lengths,
          projection,
        ],
        [{ shape: [time, batch, width] }, { shape: [batch, finalWidth] }, ...more],
        attrs,
        set,
      );
      return [...forward, ...backward];
    });
    js!.forEach((values, i) => {
      values.forEach((v, at) => {
        if (!(Math.abs(v - wasm![i]![at]!) <= 2e-5 * (1 + Math.abs(v))))
          expect.fail(`result ${i} at ${at}: ${v}, ${wasm![i]![at]}`);
      });
    });
    expect(wasm!.flat().some((v) => v !== 0)).toBe(true);
  });
});

test('exponentials agree with those of JavaScript', () => {
  for (let i = 0; i < 4000; i++) {
    const x = (i - 2000) * 0.3537;
    expect(Math.abs(fastExp(x) / Math.exp(x) - 1), `e^${x}`).toBeLessThan(2e-13);
    const y = 1e-4 * 1.005 ** i;
    expect(Math.abs(fastTanh(-y) / Math.tanh(-y) - 1), `tanh(${-y})`).toBeLessThan(2e-13);
  }
  expect([Number.NaN, -1e9, 0].map(fastExp).map((v) => Math.fround(v))).toEqual([Number.NaN, 0, 1]);
  const { POSITIVE_INFINITY: inf } = Number;
  expect([Number.NaN, inf, -inf, -0].map(fastTanh)).toEqual([Number.NaN, 1, -1, -0]);
});
