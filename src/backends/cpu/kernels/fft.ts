/** Fourier transforms in double precision: radix 2, and Bluestein's algorithm for lengths that are no power of 2. */
import type { CpuKernel } from '../kernel.ts';
import { around, tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';

/** Real and imaginary parts, side by side. */
type Numbers = Float64Array;

/** e^(2πi·k/n) for k < n/2. */
function roots(n: number): Numbers {
  const out = new Float64Array(n);
  for (let k = 0; k < n / 2; k++) {
    out[2 * k] = Math.cos((2 * Math.PI * k) / n);
    out[2 * k + 1] = Math.sin((2 * Math.PI * k) / n);
  }
  return out;
}

function swapBits(x: Numbers, n: number): void {
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j |= bit;
    if (i >= j) continue;
    for (const part of [0, 1]) {
      const kept = x[2 * i + part]!;
      x[2 * i + part] = x[2 * j + part]!;
      x[2 * j + part] = kept;
    }
  }
}

/** In place, for n a power of 2 (Cooley & Tukey, 1965). `sign` is that of the exponent. */
function powerOfTwo(x: Numbers, n: number, w: Numbers, sign: number): void {
  swapBits(x, n);
  for (let half = 1; half < n; half *= 2) {
    const step = n / half;
    for (let block = 0; block < n; block += 2 * half) {
      for (let k = 0; k < half; k++) {
        const c = w[k * step]!;
        const s = sign * w[k * step + 1]!;
        const a = 2 * (block + k);
        const b = a + 2 * half;
        const re = c * x[b]! - s * x[b + 1]!;
        const im = c * x[b + 1]! + s * x[b]!;
        x[b] = x[a]! - re;
        x[b + 1] = x[a + 1]! - im;
        x[a]! += re;
        x[a + 1]! += im;
      }
    }
  }
}

/** x·y, element by element, into x. */
function multiply(x: Numbers, y: Numbers, n: number): void {
  for (let i = 0; i < 2 * n; i += 2) {
    const [re, im] = [x[i]!, x[i + 1]!];
    x[i] = re * y[i]! - im * y[i + 1]!;
    x[i + 1] = re * y[i + 1]! + im * y[i]!;
  }
}

/** A transform of length n, in place. */
function transform(n: number, sign: number): { length: number; run: (x: Numbers) => void } {
  const isPower = (n & (n - 1)) === 0;
  const length = isPower ? n : 2 ** Math.ceil(Math.log2(2 * n - 1));
  const w = roots(length);
  if (isPower) return { length, run: (x) => powerOfTwo(x, n, w, sign) };
  // jk = (j² + k² − (k − j)²)/2 makes it a convolution (Bluestein, 1970). j² grows by 2j + 1, and counts modulo 2n.
  const chirp = new Float64Array(2 * length);
  const mirrored = new Float64Array(2 * length);
  for (let j = 0, square = 0; j < n; square = (square + 2 * j + 1) % (2 * n), j++) {
    const angle = (Math.PI * square) / n;
    chirp[2 * j] = Math.cos(angle);
    chirp[2 * j + 1] = sign * Math.sin(angle);
    for (const at of [j, (length - j) % length]) {
      mirrored[2 * at] = Math.cos(angle) / length;
      mirrored[2 * at + 1] = (-sign * Math.sin(angle)) / length;
    }
  }
  powerOfTwo(mirrored, length, w, -1);
  return {
    length,
    run: (x) => {
      multiply(x, chirp, length);
      powerOfTwo(x, length, w, -1);
      multiply(x, mirrored, length);
      powerOfTwo(x, length, w, 1);
      multiply(x, chirp, n);
    },
  };
}

const fft1d: CpuKernel = (inputs, [out], attrs) => {
  const x = tensorAt(inputs, 0);
  const data = dense(x);
  const { dim, n, scale, inverse, realIn, realOut } = attrs as {
    readonly dim: number;
    readonly n: number;
    readonly scale: number;
    readonly inverse: boolean;
    readonly realIn: boolean;
    readonly realOut: boolean;
  };
  const { outer, size, inner } = around(realIn ? x.layout.shape : x.layout.shape.slice(0, -1), dim);
  const made = out!.shape[dim]!;
  if (outer * inner === 0) return;
  const { length, run } = transform(n, inverse ? 1 : -1);
  const line = new Float64Array(2 * length);
  const y = out!.data;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      line.fill(0);
      for (let j = 0, p = o * size * inner + i; j < size; j++, p += inner) {
        line[2 * j] = realIn ? data[p]! : data[2 * p]!;
        if (!realIn) line[2 * j + 1] = data[2 * p + 1]!;
      }
      run(line);
      for (let k = 0, p = o * made * inner + i; k < made; k++, p += inner) {
        y[realOut ? p : 2 * p] = scale * line[2 * k]!;
        if (!realOut) y[2 * p + 1] = scale * line[2 * k + 1]!;
      }
    }
  }
};

export const fftKernels = { fft1d } satisfies Record<string, CpuKernel>;
