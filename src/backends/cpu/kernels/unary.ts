/** Unary pointwise ops and their backward kernels `<op>Backward(saved, dy, …)`: a loop for float32, a function for the rest. */
import { byDType, everyDType, type Loop, map1, map2, map3, map4, type PointwiseKernel } from '../lane.ts';
import * as f from '../special.ts';

const unary = (float32: Loop, fn: (x: number) => number): PointwiseKernel => byDType(float32, map1(fn));
const backward = (float32: Loop, fn: (saved: number, dy: number) => number): PointwiseKernel =>
  byDType(float32, map2(fn));

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

// Selections work on bits and comparisons on 0/1: a branch on random data costs four times as much.
const arithmetic = {
  neg: unary(
    (n, { data: o, at: p }, { data: x, at: q }) => {
      for (let i = 0; i < n; i++) o[p + i] = -x[q + i]!;
    },
    (x) => -x,
  ),
  abs: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.abs(x[q + i]!);
  }, Math.abs),
  absBackward: backward(
    (n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! * f.sign(x[q + i]!);
    },
    (x, dy) => dy * f.sign(x),
  ),
  square: byDType(
    (n, { data: o, at: p }, { data: x, at: q }) => {
      for (let i = 0; i < n; i++) o[p + i] = x[q + i]! * x[q + i]!;
    },
    map1((x) => x * x),
    map1((x) => Math.imul(x, x)),
  ),
  squareBackward: byDType(
    (n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = 2 * g[r + i]! * x[q + i]!;
    },
    map2((x, dy) => 2 * dy * x),
    map2((x, dy) => Math.imul(2 * dy, x)),
  ),
  sqrt: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.sqrt(x[q + i]!);
  }, Math.sqrt),
  sqrtBackward: backward(
    (n, { data: o, at: p }, { data: y, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = (0.5 * g[r + i]!) / y[q + i]!;
    },
    (y, dy) => (0.5 * dy) / y,
  ),
  rsqrt: unary(
    (n, { data: o, at: p }, { data: x, at: q }) => {
      for (let i = 0; i < n; i++) o[p + i] = 1 / Math.sqrt(x[q + i]!);
    },
    (x) => 1 / Math.sqrt(x),
  ),
  rsqrtBackward: backward(
    (n, { data: o, at: p }, { data: y, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = -0.5 * g[r + i]! * y[q + i]! * y[q + i]! * y[q + i]!;
    },
    (y, dy) => -0.5 * dy * y * y * y,
  ),
  reciprocal: unary(
    (n, { data: o, at: p }, { data: x, at: q }) => {
      for (let i = 0; i < n; i++) o[p + i] = 1 / x[q + i]!;
    },
    (x) => 1 / x,
  ),
  reciprocalBackward: everyDType(map2((y, dy) => -dy * y * y)),
  sign: everyDType(map1(f.sign)),
  floor: everyDType(map1(Math.floor)),
  ceil: everyDType(map1(Math.ceil)),
  round: everyDType(map1(f.roundEven)),
  clamp: byDType(
    (n, { data: o, at: p }, { data: x, at: q }, { data: lo, at: r }, { data: hi, at: s }) => {
      for (let i = 0; i < n; i++) o[p + i] = Math.min(Math.max(x[q + i]!, lo[r + i]!), hi[s + i]!);
    },
    map3((x, lo, hi) => Math.min(Math.max(x, lo), hi)),
  ),
  clampBackward: byDType(
    (n, { bits: o, at: p }, { data: x, at: q }, { bits: g, at: r }, { data: lo, at: s }, _start, rest) => {
      const { data: hi, at: t } = rest[0]!;
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! & -(+(x[q + i]! >= lo[s + i]!) & +(x[q + i]! <= hi[t + i]!));
    },
    map4((x, dy, lo, hi) => (x >= lo && x <= hi ? dy : 0)),
  ),
} satisfies Record<string, PointwiseKernel>;

const transcendental = {
  exp: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.exp(x[q + i]!);
  }, Math.exp),
  expBackward: backward(
    (n, { data: o, at: p }, { data: y, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! * y[q + i]!;
    },
    (y, dy) => dy * y,
  ),
  log: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.log(x[q + i]!);
  }, Math.log),
  logBackward: backward(
    (n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! / x[q + i]!;
    },
    (x, dy) => dy / x,
  ),
  expm1: everyDType(map1(Math.expm1)),
  expm1Backward: everyDType(map2((y, dy) => dy * (y + 1))),
  log1p: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.log1p(x[q + i]!);
  }, Math.log1p),
  log1pBackward: everyDType(map2((x, dy) => dy / (x + 1))),
  sin: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.sin(x[q + i]!);
  }, Math.sin),
  sinBackward: backward(
    (n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! * Math.cos(x[q + i]!);
    },
    (x, dy) => dy * Math.cos(x),
  ),
  cos: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.cos(x[q + i]!);
  }, Math.cos),
  cosBackward: backward(
    (n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = -g[r + i]! * Math.sin(x[q + i]!);
    },
    (x, dy) => -dy * Math.sin(x),
  ),
  erf: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.erf(x[q + i]!);
  }, f.erf),
  erfBackward: everyDType(map2((x, dy) => dy * twoOverSqrtPi * Math.exp(-x * x))),
} satisfies Record<string, PointwiseKernel>;

const activations = {
  tanh: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = Math.tanh(x[q + i]!);
  }, Math.tanh),
  tanhBackward: backward(
    (n, { data: o, at: p }, { data: y, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! * (1 - y[q + i]! * y[q + i]!);
    },
    (y, dy) => dy * (1 - y * y),
  ),
  sigmoid: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.sigmoid(x[q + i]!);
  }, f.sigmoid),
  sigmoidBackward: backward(
    (n, { data: o, at: p }, { data: y, at: q }, { data: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! * y[q + i]! * (1 - y[q + i]!);
    },
    (y, dy) => dy * y * (1 - y),
  ),
  relu: unary(
    (n, { bits: o, at: p }, { data: x, bits: word, at: q }) => {
      for (let i = 0; i < n; i++) o[p + i] = word[q + i]! & (+(x[q + i]! < 0) - 1);
    },
    (x) => (x < 0 ? 0 : x),
  ),
  reluBackward: backward(
    (n, { bits: o, at: p }, { data: y, at: q }, { bits: g, at: r }) => {
      for (let i = 0; i < n; i++) o[p + i] = g[r + i]! & (+(y[q + i]! <= 0) - 1);
    },
    (y, dy) => (y <= 0 ? 0 : dy),
  ),
  // The scaled value is stored first, then replaced where x > 0; operands are read before, as `out` may be their lane.
  leakyRelu: byDType(
    (n, { data: o, bits: ob, at: p }, { data: x, bits: xb, at: q }, { data: s, at: r }) => {
      for (let i = 0; i < n; i++) {
        const v = x[q + i]!;
        const word = xb[q + i]!;
        const mask = -(v > 0);
        o[p + i] = v * s[r + i]!;
        ob[p + i] = (word & mask) | (ob[p + i]! & ~mask);
      }
    },
    map2((x, slope) => (x > 0 ? x : x * slope)),
  ),
  leakyReluBackward: byDType(
    (n, { data: o, bits: ob, at: p }, { data: x, at: q }, { data: g, bits: gb, at: r }, { data: s, at: t }) => {
      for (let i = 0; i < n; i++) {
        const word = gb[r + i]!;
        const mask = -(x[q + i]! > 0);
        o[p + i] = g[r + i]! * s[t + i]!;
        ob[p + i] = (word & mask) | (ob[p + i]! & ~mask);
      }
    },
    map3((x, dy, slope) => (x > 0 ? dy : dy * slope)),
  ),
  silu: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.silu(x[q + i]!);
  }, f.silu),
  siluBackward: backward((n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.siluBackward(x[q + i]!, g[r + i]!);
  }, f.siluBackward),
  gelu: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.gelu(x[q + i]!);
  }, f.gelu),
  geluBackward: backward((n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.geluBackward(x[q + i]!, g[r + i]!);
  }, f.geluBackward),
  geluTanh: unary((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.geluTanh(x[q + i]!);
  }, f.geluTanh),
  geluTanhBackward: backward((n, { data: o, at: p }, { data: x, at: q }, { data: g, at: r }) => {
    for (let i = 0; i < n; i++) o[p + i] = f.geluTanhBackward(x[q + i]!, g[r + i]!);
  }, f.geluTanhBackward),
  softplus: everyDType(map3(f.softplus)),
  softplusBackward: everyDType(map4(f.softplusBackward)),
} satisfies Record<string, PointwiseKernel>;

export const unaryKernels = {
  ...arithmetic,
  ...transcendental,
  ...activations,
  logicalNot: everyDType((n, { data: o, at: p }, { data: x, at: q }) => {
    for (let i = 0; i < n; i++) o[p + i] = x[q + i]! ^ 1;
  }),
} satisfies Record<string, PointwiseKernel>;
