/** Rows of elementary and special functions beyond the core: inverse trigonometric, hyperbolic, gamma, error, Bessel … */
import { binary, type Derivative, floatOnly, numeric, same, stepwise, unary } from '../pointwise-kit.ts';
import { type CompositeRow, isScalar, type Kit, type PointwiseRow, type Ref } from '../types.ts';

const twoOverSqrtPi = 2 / Math.sqrt(Math.PI);

/** dy / √(a·b) */
const overRoot = (k: Kit, dy: Ref, a: Ref, b: Ref): Ref => k.mul(dy, k.unary('rsqrt', k.mul(a, b)));
const saving = (saves: 'input' | 'output', derivative: Derivative) => ({ saves, derivative });
/** −2/√π e^(−x²) */
const gauss = (k: Kit, x: Ref, dy: Ref): Ref =>
  k.mul(k.mul(dy, -twoOverSqrtPi), k.unary('exp', k.unary('neg', k.mul(x, x))));
/** scale · e^(rate·y²): the slope of an inverse of the error function. */
const inverseGauss = (scale: number, rate: number): Derivative => {
  return (k, y, dy) => k.mul(k.mul(dy, scale), k.unary('exp', k.mul(k.mul(y, y), rate)));
};
/** `here` where x is 0, elsewhere what `f` makes of x; `f` never sees 0. */
function unlessZero(k: Kit, x: Ref, here: number, f: (x: Ref) => Ref): Ref {
  const zero = k.compare('eq', x, 0);
  return k.where(zero, here, f(k.where(zero, 1, x)));
}
/** Is x finite, NaN …: a bool, which carries no gradient. */
const test = (name: string): PointwiseRow => ({
  kind: 'pointwise',
  arity: 1,
  dtype: (d) => floatOnly(name)(d) && 'bool',
  vjp: 'none',
});

export const specialPointwise = {
  ...unary(
    'tan',
    saving('output', (k, y, dy) => k.mul(dy, k.add(k.mul(y, y), 1))),
  ),
  ...unary(
    'asin',
    saving('input', (k, x, dy) => overRoot(k, dy, k.sub(1, x), k.add(x, 1))),
  ),
  ...unary(
    'acos',
    saving('input', (k, x, dy) => k.unary('neg', overRoot(k, dy, k.sub(1, x), k.add(x, 1)))),
  ),
  ...unary(
    'atan',
    saving('input', (k, x, dy) => k.div(dy, k.add(k.mul(x, x), 1))),
  ),
  ...unary(
    'sinh',
    saving('input', (k, x, dy) => k.mul(dy, k.unary('cosh', x))),
  ),
  ...unary(
    'cosh',
    saving('input', (k, x, dy) => k.mul(dy, k.unary('sinh', x))),
  ),
  ...unary(
    'asinh',
    saving('input', (k, x, dy) => k.mul(dy, k.unary('rsqrt', k.add(k.mul(x, x), 1)))),
  ),
  ...unary(
    'acosh',
    saving('input', (k, x, dy) => overRoot(k, dy, k.sub(x, 1), k.add(x, 1))),
  ),
  ...unary(
    'atanh',
    saving('input', (k, x, dy) => k.div(dy, k.mul(k.sub(1, x), k.add(x, 1)))),
  ),
  ...unary(
    'exp2',
    saving('output', (k, y, dy) => k.mul(k.mul(dy, y), Math.LN2)),
  ),
  ...unary(
    'log2',
    saving('input', (k, x, dy) => k.div(dy, k.mul(x, Math.LN2))),
  ),
  ...unary(
    'log10',
    saving('input', (k, x, dy) => k.div(dy, k.mul(x, Math.LN10))),
  ),
  ...unary('erfc', saving('input', gauss)),
  ...unary(
    'erfcx',
    saving('input', (k, x, dy) => k.mul(dy, k.sub(k.mul(k.mul(x, 2), k.unary('erfcx', x)), twoOverSqrtPi))),
  ),
  ...unary('erfinv', saving('output', inverseGauss(Math.sqrt(Math.PI) / 2, 1))),
  ...unary('ndtri', saving('output', inverseGauss(Math.sqrt(2 * Math.PI), 0.5))),
  ...unary(
    'logNdtr',
    saving('input', (k, x, dy) => k.div(k.mul(dy, Math.sqrt(2 / Math.PI)), k.unary('erfcx', k.mul(x, -Math.SQRT1_2)))),
  ),
  ...unary(
    'lgamma',
    saving('input', (k, x, dy) => k.mul(dy, k.unary('digamma', x))),
  ),
  ...unary(
    'digamma',
    saving('input', (k, x, dy) => k.mul(dy, k.op('polygamma', [x, { scalar: 1, dtype: x.dtype }]))),
  ),
  // polygamma(x, n): the n-th derivative of digamma, n >= 1
  ...unary('polygamma', {
    ...saving('input', (k, x, dy, n) =>
      k.mul(dy, k.op('polygamma', [x, 'scalar' in n! ? { scalar: n.scalar + 1, dtype: n.dtype } : k.add(n!, 1)])),
    ),
    params: 1,
  }),
  // Bessel functions of the first kind with imaginary argument, of orders 0 and 1; …e: scaled by e^−|x|
  ...unary(
    'i0',
    saving('input', (k, x, dy) => k.mul(dy, k.unary('i1', x))),
  ),
  ...unary(
    'i0e',
    saving('input', (k, x, dy) => k.mul(dy, k.sub(k.unary('i1e', x), k.mul(k.unary('sign', x), k.unary('i0e', x))))),
  ),
  ...unary(
    'i1',
    saving('input', (k, x, dy) =>
      k.mul(
        dy,
        unlessZero(k, x, 0.5, (z) => k.sub(k.unary('i0', z), k.div(k.unary('i1', z), z))),
      ),
    ),
  ),
  ...unary(
    'i1e',
    saving('input', (k, x, dy) =>
      k.mul(
        dy,
        unlessZero(k, x, 0.5, (z) =>
          k.sub(k.unary('i0e', z), k.mul(k.unary('i1e', z), k.add(k.unary('sign', z), k.unary('reciprocal', z)))),
        ),
      ),
    ),
  ),
  // sin(πx) / (πx)
  ...unary(
    'sinc',
    saving('input', (k, x, dy) =>
      k.mul(
        dy,
        unlessZero(k, x, 0, (z) => {
          const p = k.mul(z, Math.PI);
          return k.div(k.sub(k.unary('cos', p), k.div(k.unary('sin', p), p)), z);
        }),
      ),
    ),
  ),
  // log(x / (1 − x)); beyond [0, 1] its gradient is NaN, as the function is
  ...unary(
    'logit',
    saving('input', (k, x, dy) => {
      const inside = k.op('logicalAnd', [k.compare('ge', x, 0), k.compare('le', x, 1)]);
      return k.where(inside, k.div(dy, k.mul(x, k.sub(1, x))), Number.NaN);
    }),
  ),
  // −x log x
  ...unary(
    'entr',
    saving('input', (k, x, dy) => k.unary('neg', k.mul(dy, k.add(k.unary('log', x), 1)))),
  ),
  // x·log(1 + y), 0 where x is 0
  xlog1py: {
    ...binary('xlog1py', [0, 1], ({ k, inputs: [a, b], grads: [g], needs }) => {
      const y = isScalar(b!) ? k.full([], b.scalar, b.dtype) : b!;
      const cut = () => k.op('logicalAnd', [k.compare('eq', a!, 0), k.compare('le', y, -1)]);
      return [
        needs[0] ? k.where(cut(), 0, k.op('xlog1py', [g!, y])) : null,
        needs[1] ? k.div(k.mul(g!, a!), k.add(b!, 1)) : null,
      ];
    }),
    dtype: (d) => floatOnly('xlog1py')(d) && same('xlog1py')(d),
  },
  trunc: stepwise('trunc', numeric),
  isnan: test('isnan'),
  isinf: test('isinf'),
  isfinite: test('isfinite'),
  signbit: test('signbit'),
} satisfies Record<string, PointwiseRow>;

export const specialComposites = {
  /** min(max(x, low), high) with tensors as bounds. Equal to a bound, x has all of the gradient; between crossed ones, high. */
  clampBetween: {
    kind: 'composite',
    forward: (k, [x, low, high]) => [k.op('minimum', [k.op('maximum', [x!, low!]), high!])],
    saves: { inputs: [0, 1, 2] },
    vjp: ({ k, inputs: [x, low, high], grads: [g], needs }) => {
      const both = (a: Ref, b: Ref): Ref => k.op('logicalAnd', [a, b]);
      const masks = [
        () => both(k.compare('ge', x!, low!), k.compare('le', x!, high!)),
        () => both(k.compare('lt', x!, low!), k.compare('lt', low!, high!)),
        () => k.op('logicalOr', [k.compare('gt', x!, high!), k.compare('lt', high!, low!)]),
      ];
      return [x!, low!, high!].map((to, i) =>
        needs[i] ? k.sumTo(k.where(masks[i]!(), g!, 0), (to as Ref).shape) : null,
      );
    },
  },
} satisfies Record<string, CompositeRow>;
