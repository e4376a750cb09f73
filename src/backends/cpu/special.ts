/**
 * Functions that Math lacks, in double precision.
 *
 * erf and erfc: polynomials fitted (Chebyshev, 50-digit arithmetic) to erf(x)/x on [0, 1] in x², and to x·exp(x²)·erfc(x)
 * on [1, 3] and [3, 27] in 1/(1 + x). Relative error below 4e-16, and x²·2⁻⁵³ more from exp(−x²) in the far tail of erfc.
 */
const erfNear = [
  0.9654687386698673, -0.1405360890227171, 0.019852496688984218, -0.0022854855611441132, 0.00021751715603563404,
  -1.7537169441124826e-5, 1.2233827638116999e-6, -7.51156928660089e-8, 4.115751497588646e-9, -2.035228404899467e-10,
  9.211251258348265e-12, -3.8078827395263415e-13,
];
const erfcMiddle = [
  0.49381246228201886, 0.05484184280007656, -0.011685439881519367, -0.00014810779572514539, 0.00016824003628913224,
  1.684969667831252e-5, -1.6872575934778597e-6, -6.533731997533447e-7, -6.36420060155871e-8, 6.887360704472693e-9,
  3.3145570771403944e-9, 4.97083666633285e-10, 2.2885112826919257e-12, -1.8092904705147728e-11, -4.0462822604511816e-12,
];
const erfcFar = [
  0.5566594068032301, 0.012675846047678184, -0.006304958004381308, 0.0007417129378038519, 5.01718212618387e-5,
  -1.8110249152477652e-5, -1.2499492319492667e-6, 5.498883211616246e-7, 6.819258105080587e-8, -1.7960465078563592e-8,
  -4.488824597050465e-9, 4.247434061724983e-10, 2.824269775633703e-10, 1.1782753336542985e-11, -1.4773557261280903e-11,
  -2.1140300280996094e-12, 4.790430597056458e-13,
];

function polynomial(coefficients: readonly number[], t: number): number {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * t + coefficients[i]!;
  return sum;
}

/** exp(x²)·erfc(x) of 1 <= x <= 27. */
export function erfcxTail(x: number): number {
  const u = 1 / (1 + x);
  const p = x < 3 ? polynomial(erfcMiddle, (0.375 - u) * 8) : polynomial(erfcFar, (1 / 7 - u) / (3 / 28));
  return p / x;
}
/** erfc of x >= 1. */
function erfcTail(x: number): number {
  return Math.exp(-x * x) * erfcxTail(x);
}

/** The error function. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (!(z > 1)) return x * polynomial(erfNear, 2 * z * z - 1);
  const y = 1 - erfcTail(z);
  return x < 0 ? -y : y;
}

/** 1 − erf(x), without cancellation for large x. */
export function erfc(x: number): number {
  if (x > 1) return erfcTail(x);
  if (x < -1) return 2 - erfcTail(-x);
  return 1 - erf(x);
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}
export function siluBackward(x: number, dy: number): number {
  const s = sigmoid(x);
  return dy * s * (1 + x * (1 - s));
}

/** x·Φ(x). */
export function gelu(x: number): number {
  return 0.5 * x * erfc(-x * Math.SQRT1_2);
}
const inverseSqrt2Pi = 1 / Math.sqrt(2 * Math.PI);
export function geluBackward(x: number, dy: number): number {
  return dy * (0.5 * erfc(-x * Math.SQRT1_2) + x * Math.exp(-0.5 * x * x) * inverseSqrt2Pi);
}

const sqrt2OverPi = Math.sqrt(2 / Math.PI);
export function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(sqrt2OverPi * x * (1 + 0.044715 * x * x)));
}
export function geluTanhBackward(x: number, dy: number): number {
  const t = Math.tanh(sqrt2OverPi * x * (1 + 0.044715 * x * x));
  return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * sqrt2OverPi * (1 + 3 * 0.044715 * x * x));
}

export function softplus(x: number, beta: number, threshold: number): number {
  const z = x * beta;
  // The exponential of −|z| cannot overflow.
  return z > threshold ? x : (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))) / beta;
}
export function softplusBackward(x: number, dy: number, beta: number, threshold: number): number {
  const z = x * beta;
  return z > threshold ? dy : dy * sigmoid(z);
}

/** C's pow: unlike Math.pow, 1^NaN and (±1)^±Infinity are 1. */
export function power(a: number, b: number): number {
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return b === 2 ? a * a : a ** b;
}

/** Wraps to 32 bits at each product; a negative exponent gives 0 unless the base is ±1. */
export function integerPower(a: number, b: number): number {
  if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let base = a;
  for (let e = b; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

/** Rounds half to even. */
export function roundEven(x: number): number {
  const r = Math.round(x);
  return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r;
}

/** 1, 0 or −1; 0 for NaN, as PyTorch. */
export function sign(x: number): number {
  return +(x > 0) - +(x < 0);
}
