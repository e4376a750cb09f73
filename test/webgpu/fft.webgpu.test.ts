/** Each way that the kernel has: lines of any length in one pass or several, along any dim, real or not. */
import { describe, expect, test } from 'vitest';
import { fftKernels } from '../../src/backends/webgpu/kernels/fft.ts';
import type { Capabilities } from '../../src/backends/webgpu/kernels/types.ts';
import { fourier } from '../fourier.ts';
import { type Arrangement, arranged, arrangements, dense, runKernel, uniform } from './mini-runner.ts';

/** Less workgroup memory: quicker to compile, and lines need not be long to take several passes. */
const small: Partial<Capabilities> = { maxComputeWorkgroupStorageSize: 64 * 16 };
const software: Partial<Capabilities> = { software: true };

interface Case {
  /** Sizes before and after the line. */
  readonly outer?: number;
  readonly inner?: number;
  /** How many numbers are given, and how many are kept; all by default. */
  readonly given?: number;
  readonly kept?: number;
  readonly inverse?: boolean;
  readonly realIn?: boolean;
  readonly realOut?: boolean;
  readonly arrangement?: Arrangement;
  readonly capabilities?: Partial<Capabilities>;
}

/** Runs a transform of length n and compares some of its numbers; returns the labels of its dispatches. */
async function check(n: number, c: Case = {}): Promise<string[]> {
  const { outer = 2, inner = 1, given = n, kept = n, inverse = false, realIn = false, realOut = false } = c;
  const shape = [outer, given, inner, ...(realIn ? [] : [2])];
  const x = arranged(shape, c.arrangement ?? 'contiguous', 'float32', uniform(n));
  const values = dense(x);
  const scale = 0.5;
  const { outputs, built } = await runKernel(fftKernels.fft1d, {
    op: 'fft1d',
    inputs: [x],
    outputs: [{ shape: [outer, kept, inner, ...(realOut ? [] : [2])], dtype: 'float32' }],
    attrs: { dim: 1, n, size: kept, scale, inverse, realIn, realOut },
    capabilities: c.capabilities ?? small,
  });
  const y = outputs[0]!;
  const lines = outer * inner;
  for (let sample = 0; sample < 24; sample++) {
    const line = (sample * 7) % lines;
    const k = (sample * 7919 + sample ** 2) % kept;
    const [o, i] = [Math.floor(line / inner), line % inner];
    const part = (im: number): number[] =>
      Array.from({ length: given }, (_, j) => {
        const at = (o * given + j) * inner + i;
        return realIn ? (im ? 0 : values[at]!) : values[2 * at + im]!;
      });
    const [re, im] = fourier({ re: part(0), im: part(1) }, n, k, inverse);
    const at = (o * kept + k) * inner + i;
    const expected = realOut ? [re] : [re, im];
    expected.forEach((v, p) => {
      const actual = y[expected.length * at + p]!;
      expect(Math.abs(actual - scale * v), `number ${k} of line ${line} of ${n}`).toBeLessThan(2e-6 * Math.sqrt(n));
    });
  }
  return built.dispatches.map(({ label }) => label);
}

describe.each([
  ['in workgroup memory', small],
  ['on software', software],
] as const)('fft %s', (_, capabilities) => {
  test.each([1, 2, 3, 4, 5, 7, 8, 11, 13, 30, 49, 64])('of length %i takes one pass', async (n) => {
    expect(await check(n, { outer: 3, capabilities })).toHaveLength(1);
    await check(n, { inverse: true, arrangement: arrangements[n % arrangements.length]!, capabilities });
  });

  test.each([65, 128, 143, 1000, 2197, 4096, 9000])('of length %i takes several', async (n) => {
    expect((await check(n, { capabilities })).length).toBeGreaterThan(1);
    await check(n, { outer: 1, inner: 3, inverse: true, capabilities });
  });

  test.each([17, 34, 97, 1009])('of length %i, with a large prime factor, is a convolution', async (n) => {
    const labels = await check(n, { capabilities });
    expect(labels[0]).toContain('chirp');
    await check(n, { outer: 1, inner: 5, inverse: true, capabilities });
  });

  test('along a dim in the middle, of any arrangement', async () => {
    for (const arrangement of arrangements) {
      for (const n of [6, 19, 80]) await check(n, { inner: 9, arrangement, capabilities });
    }
  });
});

describe('fft', () => {
  test.each([12, 23, 100, 150])('of length %i, of fewer numbers, fewer kept, real ones', async (n) => {
    const [given, kept] = [n - 5, Math.floor(n / 2) + 1];
    await check(n, { given });
    await check(n, { kept, realIn: true });
    await check(n, { given: kept, realOut: true, inverse: true });
    await check(n, { given, kept: 3, realIn: true, realOut: true, inner: 3, arrangement: 'permuted' });
  });

  test('of many lines: more workgroups than a dimension takes, and small workgroups', async () => {
    const folded = { ...small, maxComputeWorkgroupsPerDimension: 3 };
    await check(20, { outer: 50, capabilities: folded });
    await check(200, { outer: 5, inner: 2, capabilities: folded });
    await check(40, { outer: 3, capabilities: { ...small, maxComputeInvocationsPerWorkgroup: 16 } });
  });

  test('in long chirps squares do not overflow', async () => {
    await check(65_537, { outer: 1, capabilities: software });
  });

  test('of no lines is nothing', async () => {
    const { built } = await runKernel(fftKernels.fft1d, {
      op: 'fft1d',
      inputs: [arranged([0, 4, 2], 'contiguous', 'float32', () => 0)],
      outputs: [{ shape: [0, 4, 2], dtype: 'float32' }],
      attrs: { dim: 1, n: 4, size: 4, scale: 1, inverse: false, realIn: false, realOut: false },
    });
    expect(built.dispatches).toEqual([]);
  });
});
