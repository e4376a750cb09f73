import { describe, expect, test } from 'vitest';
import { fourier } from '../fourier.ts';
import { noise, runInAllLayouts, tensor } from './helpers.ts';

interface Way {
  readonly n: number;
  readonly given: number;
  readonly kept: number;
  readonly inverse: boolean;
  readonly realIn: boolean;
  readonly realOut: boolean;
}

function check({ n, given, kept, inverse, realIn, realOut }: Way): void {
  const [outer, inner] = [2, 3];
  const shape = [outer, given, inner, ...(realIn ? [] : [2])];
  const values = noise(
    shape.reduce((a, b) => a * b, 1),
    n,
  );
  const runs = runInAllLayouts(
    'fft1d',
    [tensor(shape, values)],
    [{ shape: [outer, kept, inner, ...(realOut ? [] : [2])] }],
    { dim: 1, n, size: kept, scale: 0.25, inverse, realIn, realOut },
  );
  for (let line = 0; line < outer * inner; line++) {
    const [o, i] = [Math.floor(line / inner), line % inner];
    const part = (im: number): number[] =>
      Array.from({ length: given }, (_, j) => {
        const at = (o * given + j) * inner + i;
        return realIn ? (im ? 0 : values[at]!) : values[2 * at + im]!;
      });
    const whole = { re: part(0), im: part(1) };
    for (let k = 0; k < kept; k += Math.max(1, Math.floor(kept / 7))) {
      const [re, im] = fourier(whole, n, k, inverse);
      const at = (o * kept + k) * inner + i;
      for (const { name, results } of runs) {
        const y = results[0]!;
        const actual = realOut ? [y[at]!] : [y[2 * at]!, y[2 * at + 1]!];
        [re, im].slice(0, actual.length).forEach((v, p) => {
          expect(Math.abs(actual[p]! - 0.25 * v), `${name}: ${k} of line ${line}`).toBeLessThan(2e-7 * Math.sqrt(n));
        });
      }
    }
  }
}

describe('fft1d', () => {
  test.each([1, 2, 3, 4, 5, 6, 8, 12, 17, 64, 97, 100, 1009])('of length %i', (n) => {
    const all = { n, given: n, kept: n, realIn: false, realOut: false };
    check({ ...all, inverse: false });
    check({ ...all, inverse: true });
  });

  test.each([7, 16])('of length %i, of fewer numbers, fewer kept, real ones', (n) => {
    for (const realIn of [false, true])
      for (const realOut of [false, true]) check({ n, given: n - 2, kept: 5, inverse: realIn, realIn, realOut });
  });
});
