/** Elementary and special functions beyond the core, and their backward kernels `<op>Backward(saved, dy)`. */
import { everyDType, map1, map2, map3, type PointwiseKernel } from '../lane.ts';
import { erfc, sign } from '../special.ts';
import * as s from '../special-functions.ts';

const unary = (fn: (x: number) => number): PointwiseKernel => everyDType(map1(fn));
const backward = (fn: (saved: number, dy: number) => number): PointwiseKernel => everyDType(map2(fn));

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

const trigonometric = {
  tan: unary(Math.tan),
  tanBackward: backward((y, dy) => dy * (1 + y * y)),
  asin: unary(Math.asin),
  asinBackward: backward((x, dy) => dy / Math.sqrt((1 - x) * (1 + x))),
  acos: unary(Math.acos),
  acosBackward: backward((x, dy) => -dy / Math.sqrt((1 - x) * (1 + x))),
  atan: unary(Math.atan),
  atanBackward: backward((x, dy) => dy / (1 + x * x)),
  sinc: unary(s.sinc),
  sincBackward: backward(s.sincBackward),
} satisfies Record<string, PointwiseKernel>;

const hyperbolic = {
  sinh: unary(Math.sinh),
  sinhBackward: backward((x, dy) => dy * Math.cosh(x)),
  cosh: unary(Math.cosh),
  coshBackward: backward((x, dy) => dy * Math.sinh(x)),
  asinh: unary(Math.asinh),
  asinhBackward: backward((x, dy) => dy / Math.sqrt(x * x + 1)),
  acosh: unary(Math.acosh),
  acoshBackward: backward((x, dy) => dy / Math.sqrt((x - 1) * (x + 1))),
  atanh: unary(Math.atanh),
  atanhBackward: backward((x, dy) => dy / ((1 - x) * (1 + x))),
} satisfies Record<string, PointwiseKernel>;

const exponential = {
  exp2: unary((x) => 2 ** x),
  exp2Backward: backward((y, dy) => dy * y * Math.LN2),
  log2: unary(Math.log2),
  log2Backward: backward((x, dy) => dy / (x * Math.LN2)),
  log10: unary(Math.log10),
  log10Backward: backward((x, dy) => dy / (x * Math.LN10)),
  logit: unary((x) => Math.log(x) - Math.log1p(-x)),
  logitBackward: backward((x, dy) => (x >= 0 && x <= 1 ? dy / (x * (1 - x)) : Number.NaN)),
  entr: unary((x) => (x === 0 ? 0 : x < 0 ? Number.NEGATIVE_INFINITY : -x * Math.log(x))),
  entrBackward: backward((x, dy) => -dy * (1 + Math.log(x))),
  xlog1py: everyDType(map2((x, y) => (x === 0 && !Number.isNaN(y) ? 0 : x * Math.log1p(y)))),
} satisfies Record<string, PointwiseKernel>;

const gamma = {
  lgamma: unary(s.lgamma),
  lgammaBackward: backward((x, dy) => dy * s.digamma(x)),
  digamma: unary(s.digamma),
  digammaBackward: backward((x, dy) => dy * s.polygamma(x, 1)),
  polygamma: everyDType(map2(s.polygamma)),
  polygammaBackward: everyDType(map3((x, dy, n) => dy * s.polygamma(x, n + 1))),
} satisfies Record<string, PointwiseKernel>;

const errorFunctions = {
  erfc: unary(erfc),
  erfcBackward: backward((x, dy) => -dy * twoOverSqrtPi * Math.exp(-x * x)),
  erfcx: unary(s.erfcx),
  erfcxBackward: backward((x, dy) => dy * s.erfcxSlope(x)),
  erfinv: unary(s.erfinv),
  erfinvBackward: backward((y, dy) => (dy * Math.exp(y * y)) / twoOverSqrtPi),
  ndtri: unary(s.ndtri),
  ndtriBackward: backward((y, dy) => dy * Math.sqrt(2 * Math.PI) * Math.exp((y * y) / 2)),
  logNdtr: unary(s.logNdtr),
  logNdtrBackward: backward((x, dy) => (dy * Math.sqrt(2 / Math.PI)) / s.erfcx(-x * Math.SQRT1_2)),
} satisfies Record<string, PointwiseKernel>;

const bessel = {
  i0: unary(s.i0),
  i0Backward: backward((x, dy) => dy * s.i1(x)),
  i0e: unary(s.i0e),
  i0eBackward: backward((x, dy) => dy * (s.i1e(x) - sign(x) * s.i0e(x))),
  i1: unary(s.i1),
  i1Backward: backward((x, dy) => dy * s.i1Slope(x)),
  i1e: unary(s.i1e),
  i1eBackward: backward((x, dy) => dy * s.i1eSlope(x)),
} satisfies Record<string, PointwiseKernel>;

export const specialKernels = {
  ...trigonometric,
  ...hyperbolic,
  ...exponential,
  ...gamma,
  ...errorFunctions,
  ...bessel,
  trunc: unary(Math.trunc),
  isnan: unary((x) => +Number.isNaN(x)),
  isinf: unary((x) => +(Math.abs(x) === Number.POSITIVE_INFINITY)),
  isfinite: unary((x) => +Number.isFinite(x)),
  signbit: unary((x) => +(x < 0 || Object.is(x, -0))),
} satisfies Record<string, PointwiseKernel>;
