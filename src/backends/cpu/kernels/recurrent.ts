/**
 * Recurrent layers in double precision, but for products in WebAssembly. W_hh is packed once; each step is a product in tiles
 * and a loop over the units, in memory that all steps share.
 */
import type { TypedArray } from '../../../core/dtype.ts';
import { type CellKind, cellKinds } from '../../../ops/extended/recurrent-sizes.ts';
import { fastSigmoid, fastTanh } from '../fast-exp.ts';
import type { CpuKernel, CpuTensor } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';
import type { Simd } from '../wasm/simd.ts';
import { pad4 } from './gemm.ts';
import { type RowProduct, rowProducts, type Stationary } from './recurrent-products.ts';

const presentAt = (inputs: readonly (CpuTensor | number)[], i: number): TypedArray | null =>
  typeof inputs[i] === 'number' ? null : dense(tensorAt(inputs, i));

const zeros = (n: number): Float64Array => scratch('float64', n).fill(0);
/** Each row of `x`, `width` long, at the start of one that is `ld` long. */
function widened(x: TypedArray | null, m: number, width: number, ld: number): Float64Array {
  const out = zeros(pad4(m) * ld);
  if (x) for (let i = 0; i < m; i++) for (let j = 0; j < width; j++) out[i * ld + j] = x[i * width + j]!;
  return out;
}

const relu = (x: number): number => (x <= 0 ? 0 : x);

/** One sequence at one step: the places of its row in what the loops read and write. */
interface Row {
  /** Sums by gate: what the input brings and, of a GRU apart from it, what h brings. */
  readonly sums: Float64Array;
  readonly product: Float64Array;
  /** h and c of all sequences; those of a projecting LSTM are not h yet. */
  readonly h: Float64Array;
  readonly c: Float64Array;
  readonly saved: TypedArray | null;
}
/** Units of one sequence: `g` is where its sums are, `u` its h and `v` its c, `s` what it keeps. */
type Forward = (row: Row, hidden: number, g: number, u: number, v: number, s: number) => void;

const plainForward =
  (activation: (x: number) => number): Forward =>
  ({ sums, h, saved }, hidden, g, u, _v, s) => {
    for (let j = 0; j < hidden; j++) {
      const y = activation(sums[g + j]!);
      h[u + j] = y;
      if (saved) saved[s + j] = y;
    }
  };

const forwards: Readonly<Record<CellKind, Forward>> = {
  lstm: ({ sums, h, c, saved }, hidden, at, u, v, s) => {
    for (let j = 0; j < hidden; j++) {
      const i = fastSigmoid(sums[at + j]!);
      const f = fastSigmoid(sums[at + hidden + j]!);
      const g = fastTanh(sums[at + 2 * hidden + j]!);
      const o = fastSigmoid(sums[at + 3 * hidden + j]!);
      const before = c[v + j]!;
      const next = f * before + i * g;
      c[v + j] = next;
      h[u + j] = o * fastTanh(next);
      if (!saved) continue;
      saved[s + j] = i;
      saved[s + hidden + j] = f;
      saved[s + 2 * hidden + j] = g;
      saved[s + 3 * hidden + j] = o;
      saved[s + 4 * hidden + j] = before;
    }
  },
  gru: ({ sums, product, h, saved }, hidden, at, u, _v, s) => {
    for (let j = 0; j < hidden; j++) {
      const a = product[at + 2 * hidden + j]!;
      const r = fastSigmoid(sums[at + j]! + product[at + j]!);
      const z = fastSigmoid(sums[at + hidden + j]! + product[at + hidden + j]!);
      const n = fastTanh(sums[at + 2 * hidden + j]! + r * a);
      h[u + j] = n + z * (h[u + j]! - n);
      if (!saved) continue;
      saved[s + j] = r;
      saved[s + hidden + j] = z;
      saved[s + 2 * hidden + j] = n;
      saved[s + 3 * hidden + j] = a;
    }
  },
  tanh: plainForward(fastTanh),
  relu: plainForward(relu),
};

const recurrent =
  (simd: Simd | null): CpuKernel =>
  (inputs, [output, final, kept], attrs) => {
    const kind = attrs.kind as CellKind;
    const { gates, kept: parts } = cellKinds[kind];
    const [time, batch, state] = output!.shape as readonly [number, number, number];
    const weight = tensorAt(inputs, 1);
    const width = weight.layout.shape[0]!;
    const hidden = width / gates;
    const gx = dense(tensorAt(inputs, 0));
    const bias = presentAt(inputs, 4) ?? zeros(width);
    const lengths = presentAt(inputs, 5);
    const projection = presentAt(inputs, 6);
    const saved = attrs.keep ? kept!.data : null;
    const savedWidth = parts * hidden + state;
    const finalWidth = final!.shape[1]!;

    const w: Stationary = { k: state, n: width, data: dense(weight), row: 1, column: state };
    const p: Stationary[] = projection ? [{ k: hidden, n: state, data: projection, row: 1, column: hidden }] : [];
    const [product, narrow] = rowProducts(simd, batch, [w, ...p]) as [RowProduct, RowProduct?];
    const { sums: hiddenSums, pitch: across } = product;
    // h of all rows, projected or not; without a projection they are one.
    const ldH = pad4(state);
    const h = widened(presentAt(inputs, 2), batch, state, ldH);
    const ldUnits = narrow ? pad4(hidden) : ldH;
    const units = narrow ? zeros(pad4(batch) * ldUnits) : h;
    const ldC = pad4(hidden);
    const c = kind === 'lstm' ? widened(presentAt(inputs, 3), batch, hidden, ldC) : h;
    const sums = kind === 'gru' ? zeros(pad4(batch) * across) : hiddenSums;
    const row: Row = { sums, product: hiddenSums, h: units, c, saved };
    const step = forwards[kind];

    for (let k = 0; k < time; k++) {
      const t = attrs.reverse ? time - 1 - k : k;
      for (let n = 0; n < batch; n++) {
        const from = (t * batch + n) * width;
        const to = n * across;
        if (kind === 'gru') {
          for (let j = 0; j < width; j++) sums[to + j] = gx[from + j]!;
          for (let j = 0; j < width; j++) hiddenSums[to + j] = bias[j]!;
        } else for (let j = 0; j < width; j++) sums[to + j] = gx[from + j]! + bias[j]!;
      }
      product.add(h, ldH);
      for (let n = 0; n < batch; n++) {
        const s = (t * batch + n) * savedWidth;
        if (lengths && t >= lengths[n]!) {
          if (saved) saved.fill(0, s, s + savedWidth);
          continue;
        }
        if (saved) for (let j = 0; j < state; j++) saved[s + parts * hidden + j] = h[n * ldH + j]!;
        step(row, hidden, n * across, n * ldUnits, n * ldC, s);
      }
      if (narrow) {
        narrow.sums.fill(0);
        narrow.add(units, ldUnits);
      }
      for (let n = 0; n < batch; n++) {
        const to = (t * batch + n) * state;
        const live = !lengths || t < lengths[n]!;
        for (let j = 0; j < state; j++) {
          if (live && narrow) h[n * ldH + j] = narrow.sums[n * narrow.pitch + j]!;
          output!.data[to + j] = live ? h[n * ldH + j]! : 0;
        }
      }
    }
    for (let n = 0; n < batch; n++) {
      for (let j = 0; j < state; j++) final!.data[n * finalWidth + j] = h[n * ldH + j]!;
      for (let j = state; j < finalWidth; j++) final!.data[n * finalWidth + j] = c[n * ldC + j - state]!;
    }
  };

/** What backward reads and writes of one sequence at one step. */
interface RowGradient {
  readonly saved: TypedArray;
  /** dh of the units; becomes what reaches h before the step other than through W_hh. */
  readonly dh: Float64Array;
  readonly dc: Float64Array;
  readonly sums: Float64Array;
  readonly product: Float64Array;
}
/** `hBefore`: where h before the step is kept. */
type Backward = (row: RowGradient, hidden: number, g: number, u: number, v: number, s: number, hBefore: number) => void;

const plainBackward =
  (derivative: (dy: number, y: number) => number): Backward =>
  ({ saved, dh, sums }, hidden, g, u, _v, s) => {
    for (let j = 0; j < hidden; j++) {
      sums[g + j] = derivative(dh[u + j]!, saved[s + j]!);
      dh[u + j] = 0;
    }
  };

const backwards: Readonly<Record<CellKind, Backward>> = {
  lstm: ({ saved, dh, dc, sums }, hidden, at, u, v, s) => {
    for (let j = 0; j < hidden; j++) {
      const i = saved[s + j]!;
      const f = saved[s + hidden + j]!;
      const g = saved[s + 2 * hidden + j]!;
      const o = saved[s + 3 * hidden + j]!;
      const before = saved[s + 4 * hidden + j]!;
      const y = fastTanh(f * before + i * g);
      const gradient = dh[u + j]!;
      const toC = dc[v + j]! + gradient * o * (1 - y * y);
      sums[at + j] = toC * g * i * (1 - i);
      sums[at + hidden + j] = toC * before * f * (1 - f);
      sums[at + 2 * hidden + j] = toC * i * (1 - g * g);
      sums[at + 3 * hidden + j] = gradient * y * o * (1 - o);
      dc[v + j] = toC * f;
      dh[u + j] = 0;
    }
  },
  gru: ({ saved, dh, sums, product }, hidden, at, u, _v, s, hBefore) => {
    for (let j = 0; j < hidden; j++) {
      const r = saved[s + j]!;
      const z = saved[s + hidden + j]!;
      const n = saved[s + 2 * hidden + j]!;
      const a = saved[s + 3 * hidden + j]!;
      const gradient = dh[u + j]!;
      const toN = gradient * (1 - z) * (1 - n * n);
      const toZ = gradient * (saved[hBefore + j]! - n) * z * (1 - z);
      const toR = toN * a * r * (1 - r);
      sums[at + j] = toR;
      sums[at + hidden + j] = toZ;
      sums[at + 2 * hidden + j] = toN;
      product[at + j] = toR;
      product[at + hidden + j] = toZ;
      product[at + 2 * hidden + j] = toN * r;
      dh[u + j] = gradient * z;
    }
  },
  tanh: plainBackward((dy, y) => dy * (1 - y * y)),
  relu: plainBackward((dy, y) => (y <= 0 ? 0 : dy)),
};

const recurrentBackward =
  (simd: Simd | null): CpuKernel =>
  (inputs, [dSums, dState, more], attrs) => {
    const kind = attrs.kind as CellKind;
    const { kept } = cellKinds[kind];
    const [time, batch, width] = dSums!.shape as readonly [number, number, number];
    const weight = tensorAt(inputs, 1);
    const state = weight.layout.shape[1]!;
    const hidden = width / cellKinds[kind].gates;
    const saved = dense(tensorAt(inputs, 0));
    const savedWidth = kept * hidden + state;
    const dOutput = presentAt(inputs, 2);
    const dFinal = presentAt(inputs, 3);
    const lengths = presentAt(inputs, 4);
    const projection = presentAt(inputs, 5);
    const finalWidth = dState!.shape[1]!;

    const across = pad4(width);
    const w: Stationary = { k: width, n: state, data: dense(weight), row: state, column: 1 };
    const p: Stationary[] = projection ? [{ k: state, n: hidden, data: projection, row: hidden, column: 1 }] : [];
    const [back, widen] = rowProducts(simd, batch, [w, ...p]) as [RowProduct, RowProduct?];
    const ldH = pad4(state);
    const ldC = pad4(hidden);
    const dh = zeros(pad4(batch) * ldH);
    const dc = zeros(pad4(batch) * ldC);
    if (dFinal) {
      for (let n = 0; n < batch; n++) {
        for (let j = 0; j < state; j++) dh[n * ldH + j] = dFinal[n * finalWidth + j]!;
        for (let j = state; j < finalWidth; j++) dc[n * ldC + j - state] = dFinal[n * finalWidth + j]!;
      }
    }
    const { sums: units, pitch: ldUnits } = widen ?? { sums: dh, pitch: ldH };
    const sums = zeros(pad4(batch) * across);
    const product = kind === 'gru' ? zeros(pad4(batch) * across) : sums;
    const row: RowGradient = { saved, dh: units, dc, sums, product };
    const step = backwards[kind];
    // What else is asked for: of a GRU the gradient of its product, of a projecting LSTM that of h.
    const extra = kind === 'gru' ? product : dh;
    const [extraWidth, ldExtra] = kind === 'gru' ? [width, across] : [state, ldH];

    for (let k = time - 1; k >= 0; k--) {
      const t = attrs.reverse ? time - 1 - k : k;
      if (dOutput) {
        for (let n = 0; n < batch; n++) {
          if (lengths && t >= lengths[n]!) continue;
          const from = (t * batch + n) * state;
          for (let j = 0; j < state; j++) dh[n * ldH + j]! += dOutput[from + j]!;
        }
      }
      if (widen) {
        units.fill(0);
        widen.add(dh, ldH);
      }
      for (let n = 0; n < batch; n++) {
        const at = n * across;
        const live = !lengths || t < lengths[n]!;
        const s = (t * batch + n) * savedWidth;
        if (live) step(row, hidden, at, n * ldUnits, n * ldC, s, s + kept * hidden);
        else {
          sums.fill(0, at, at + width);
          product.fill(0, at, at + width);
        }
        const to = (t * batch + n) * width;
        for (let j = 0; j < width; j++) dSums!.data[to + j] = sums[at + j]!;
        if (more) {
          const first = (t * batch + n) * extraWidth;
          for (let j = 0; j < extraWidth; j++) more.data[first + j] = live ? extra[n * ldExtra + j]! : 0;
        }
        // All of this gradient went through the projection.
        if (widen && live) dh.fill(0, n * ldH, n * ldH + state);
      }
      back.sums.fill(0);
      back.add(product, across);
      for (let n = 0; n < batch; n++) {
        if (lengths && t >= lengths[n]!) continue;
        for (let j = 0; j < state; j++) dh[n * ldH + j]! += back.sums[n * back.pitch + j]!;
      }
    }
    for (let n = 0; n < batch; n++) {
      for (let j = 0; j < state; j++) dState!.data[n * finalWidth + j] = dh[n * ldH + j]!;
      for (let j = state; j < finalWidth; j++) dState!.data[n * finalWidth + j] = dc[n * ldC + j - state]!;
    }
  };

export const recurrentKernels = (simd: Simd | null) =>
  ({ recurrent: recurrent(simd), recurrentBackward: recurrentBackward(simd) }) satisfies Record<string, CpuKernel>;
