/**
 * Recurrent layers in double precision. W_hh is packed once; each step is a product in tiles and a loop over the units, in
 * memory that all steps share.
 */
import type { TypedArray } from '../../../core/dtype.ts';
import { type CellKind, cellKinds } from '../../../ops/extended/recurrent-sizes.ts';
import type { CpuKernel, CpuTensor } from '../kernel.ts';
import { scratch } from '../memory.ts';
import { tensorAt } from '../operands.ts';
import { dense } from '../strided.ts';
import { pack, pad4, tile } from './gemm.ts';

const presentAt = (inputs: readonly (CpuTensor | number)[], i: number): TypedArray | null =>
  typeof inputs[i] === 'number' ? null : dense(tensorAt(inputs, i));

/** Products of few rows with a matrix (k, n) that stays: element (i, j) at `data[i·row + j·column]`. */
class Product {
  private readonly k: number;
  private readonly n: number;
  private readonly panels: Float64Array;

  constructor(k: number, n: number, data: TypedArray, row: number, column: number) {
    this.k = k;
    this.n = n;
    this.panels = scratch('float64', k * pad4(n));
    pack(this.panels, n, k, data, 0, column, row);
  }

  /** out += rows·matrix, for `m` rows in panels of four as `intoPanels` lays them. Rows of `out` are pad4(n) long. */
  addTo(out: Float64Array, rows: Float64Array, m: number): void {
    const { k, n, panels } = this;
    const ld = pad4(n);
    for (let j = 0; j < n; j += 4)
      for (let i = 0; i < m; i += 4) tile(k, rows, i * k, panels, j * k, out, i * ld + j, ld);
  }
}

/** Element k of row i goes to its panel of four rows. */
const place = (i: number, k: number, width: number): number => (i & ~3) * width + 4 * k + (i & 3);
/** Rows (m, width), `ld` apart, in panels of four. */
function intoPanels(panels: Float64Array, rows: Float64Array, m: number, width: number, ld: number): void {
  for (let i = 0; i < m; i++) {
    for (let k = 0, p = i * ld, q = place(i, 0, width); k < width; k++, p++, q += 4) panels[q] = rows[p]!;
  }
}

const zeros = (n: number): Float64Array => scratch('float64', n).fill(0);
/** Each row of `x`, `width` long, at the start of one that is `ld` long. */
function widened(x: TypedArray | null, m: number, width: number, ld: number): Float64Array {
  const out = zeros(pad4(m) * ld);
  if (x) for (let i = 0; i < m; i++) for (let j = 0; j < width; j++) out[i * ld + j] = x[i * width + j]!;
  return out;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** By one exponential, except near 0, where that would cancel. */
const tanh = (x: number): number => (Math.abs(x) < 0.01 ? Math.tanh(x) : 1 - 2 / (1 + Math.exp(2 * x)));
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
      const i = sigmoid(sums[at + j]!);
      const f = sigmoid(sums[at + hidden + j]!);
      const g = tanh(sums[at + 2 * hidden + j]!);
      const o = sigmoid(sums[at + 3 * hidden + j]!);
      const before = c[v + j]!;
      const next = f * before + i * g;
      c[v + j] = next;
      h[u + j] = o * tanh(next);
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
      const r = sigmoid(sums[at + j]! + product[at + j]!);
      const z = sigmoid(sums[at + hidden + j]! + product[at + hidden + j]!);
      const n = tanh(sums[at + 2 * hidden + j]! + r * a);
      h[u + j] = n + z * (h[u + j]! - n);
      if (!saved) continue;
      saved[s + j] = r;
      saved[s + hidden + j] = z;
      saved[s + 2 * hidden + j] = n;
      saved[s + 3 * hidden + j] = a;
    }
  },
  tanh: plainForward(tanh),
  relu: plainForward(relu),
};

const recurrent: CpuKernel = (inputs, [output, final, kept], attrs) => {
  const kind = attrs.kind as CellKind;
  const { gates, kept: parts } = cellKinds[kind];
  const [time, batch, state] = output!.shape as readonly [number, number, number];
  const weight = tensorAt(inputs, 1);
  const width = weight.layout.shape[0]!;
  const hidden = width / gates;
  const gx = dense(tensorAt(inputs, 0));
  const bias = presentAt(inputs, 4);
  const lengths = presentAt(inputs, 5);
  const projection = presentAt(inputs, 6);
  const saved = attrs.keep ? kept!.data : null;
  const savedWidth = parts * hidden + state;
  const finalWidth = final!.shape[1]!;

  const across = pad4(width);
  const product = new Product(state, width, dense(weight), 1, state);
  const narrow = projection && new Product(hidden, state, projection, 1, hidden);
  // h of all rows, projected or not; without a projection they are one.
  const ldH = pad4(state);
  const h = widened(presentAt(inputs, 2), batch, state, ldH);
  const ldUnits = narrow ? pad4(hidden) : ldH;
  const units = narrow ? zeros(pad4(batch) * ldUnits) : h;
  const ldC = pad4(hidden);
  const c = kind === 'lstm' ? widened(presentAt(inputs, 3), batch, hidden, ldC) : h;
  const sums = zeros(pad4(batch) * across);
  const hiddenSums = kind === 'gru' ? zeros(pad4(batch) * across) : sums;
  const panels = zeros(pad4(batch) * state);
  const unitPanels = narrow ? zeros(pad4(batch) * hidden) : panels;
  const projected = narrow ? zeros(pad4(batch) * ldH) : h;
  const row: Row = { sums, product: hiddenSums, h: units, c, saved };
  const step = forwards[kind];

  for (let k = 0; k < time; k++) {
    const t = attrs.reverse ? time - 1 - k : k;
    if (kind === 'gru') hiddenSums.fill(0);
    for (let n = 0; n < batch; n++) {
      const from = (t * batch + n) * width;
      for (let j = 0, to = n * across; j < width; j++, to++) sums[to] = gx[from + j]!;
      if (bias) for (let j = 0, to = n * across; j < width; j++, to++) hiddenSums[to]! += bias[j]!;
    }
    intoPanels(panels, h, batch, state, ldH);
    product.addTo(hiddenSums, panels, batch);
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
      intoPanels(unitPanels, units, batch, hidden, ldUnits);
      projected.fill(0);
      narrow.addTo(projected, unitPanels, batch);
    }
    for (let n = 0; n < batch; n++) {
      const to = (t * batch + n) * state;
      const live = !lengths || t < lengths[n]!;
      for (let j = 0; j < state; j++) {
        if (live && narrow) h[n * ldH + j] = projected[n * ldH + j]!;
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
      const y = tanh(f * before + i * g);
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

const recurrentBackward: CpuKernel = (inputs, [dSums, dState, more], attrs) => {
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
  const back = new Product(width, state, dense(weight), state, 1);
  const widen = projection && new Product(state, hidden, projection, hidden, 1);
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
  const ldUnits = widen ? ldC : ldH;
  const units = widen ? zeros(pad4(batch) * ldUnits) : dh;
  const sums = zeros(pad4(batch) * across);
  const product = kind === 'gru' ? zeros(pad4(batch) * across) : sums;
  const panels = zeros(pad4(batch) * width);
  const statePanels = widen ? zeros(pad4(batch) * state) : panels;
  const through = zeros(pad4(batch) * ldH);
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
      intoPanels(statePanels, dh, batch, state, ldH);
      units.fill(0);
      widen.addTo(units, statePanels, batch);
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
    intoPanels(panels, product, batch, width, across);
    through.fill(0);
    back.addTo(through, panels, batch);
    for (let n = 0; n < batch; n++) {
      if (lengths && t >= lengths[n]!) continue;
      for (let j = 0; j < state; j++) dh[n * ldH + j]! += through[n * ldH + j]!;
    }
  }
  for (let n = 0; n < batch; n++) {
    for (let j = 0; j < state; j++) dState!.data[n * finalWidth + j] = dh[n * ldH + j]!;
    for (let j = state; j < finalWidth; j++) dState!.data[n * finalWidth + j] = dc[n * ldC + j - state]!;
  }
};

export const recurrentKernels = { recurrent, recurrentBackward } satisfies Record<string, CpuKernel>;
