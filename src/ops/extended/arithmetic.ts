/** Pointwise rows of two and three operands beyond the core: quotients, remainders, signs, bits. */
import { type DType, isFloat } from '../../core/dtype.ts';
import { DTypeError } from '../../core/errors.ts';
import { binary, floatOnly, same } from '../pointwise-kit.ts';
import { type Input, isScalar, type PointwiseRow, type Ref, type Saves, type Vjp } from '../types.ts';

const floats =
  (op: string) =>
  (d: readonly DType[]): DType => {
    same(op)(d);
    return floatOnly(op)(d);
  };
const floatBinary = (name: string, vjp: Vjp, saves: Saves['inputs'] & object = [0, 1]): PointwiseRow => ({
  ...binary(name, saves, vjp),
  dtype: floats(name),
});
/** Neither a gradient nor operands saved for one. */
const flat = (name: string, dtype: (op: string) => (d: readonly DType[]) => DType): PointwiseRow => ({
  kind: 'pointwise',
  arity: 2,
  dtype: dtype(name),
  vjp: 'none',
});
const integers =
  (op: string) =>
  (d: readonly DType[]): DType => {
    if (isFloat(d[0]!)) throw new DTypeError(`${op}: expected integers, got ${d.join(' and ')}`);
    return same(op)(d);
  };

/** Flat wherever it has a derivative, such as a quotient rounded to an integer. */
const quotient = (name: string): PointwiseRow => ({
  ...binary(name, [], ({ k, inputs }) => inputs.map((x) => (isScalar(x) ? null : k.zerosLike(x)))),
});
/** What a division leaves: a − b·quotient. */
const rest = (name: string, rounded: 'truncDivide' | 'floorDivide'): PointwiseRow =>
  binary(
    name,
    ([, b]) => (b ? [0, 1] : []),
    ({ k, inputs: [a, b], grads: [g], needs }) => [
      g!,
      needs[1] ? k.unary('neg', k.mul(g!, k.op(rounded, [a!, b!]))) : null,
    ],
  );

/** NaN loses: all of the gradient goes to the operand returned, of equal ones to the first. */
const pickNumber = (name: 'fmax' | 'fmin', wins: 'ge' | 'le'): PointwiseRow =>
  floatBinary(name, ({ k, inputs: [a, b], grads: [g] }) => {
    const first = k.op('logicalOr', [k.compare(wins, a!, b!), k.compare('ne', b!, b!)]);
    return [k.where(first, g!, 0), k.where(first, 0, g!)];
  });

/** Each operand's share of log(base^a + base^b) is base^a / (base^a + base^b). `scale` is ln(base). */
const logSum = (name: string, scale: number): PointwiseRow =>
  floatBinary(name, ({ k, inputs: [a, b], grads: [g] }) => {
    const share = (x: Input, y: Input): Ref => k.mul(g!, k.unary('sigmoid', k.mul(k.sub(x, y), scale)));
    return [share(a!, b!), share(b!, a!)];
  });

export const arithmeticPointwise = {
  truncDivide: quotient('truncDivide'),
  floorDivide: quotient('floorDivide'),
  fmod: rest('fmod', 'truncDivide'),
  remainder: rest('remainder', 'floorDivide'),
  // ∂/∂a = b / (a² + b²), ∂/∂b = −a / (a² + b²), 0 at the origin, as PyTorch
  atan2: floatBinary('atan2', ({ k, inputs: [a, b], grads: [g] }) => {
    const h = k.op('hypot', [a!, b!]);
    const over = (x: Ref): Ref => k.where(k.compare('eq', h, 0), 0, k.mul(g!, k.div(k.div(x, h), h)));
    return [over(b as Ref), over(k.unary('neg', a!))];
  }),
  hypot: floatBinary('hypot', ({ k, inputs: [a, b], grads: [g] }) => {
    const h = k.op('hypot', [a!, b!]);
    return [k.mul(g!, k.div(a!, h)), k.mul(g!, k.div(b!, h))];
  }),
  // The sign is ±1 where it was changed or kept, and 0 at 0.
  copysign: floatBinary('copysign', ({ k, inputs: [a, b], grads: [g], needs }) => [
    needs[0] ? k.where(k.compare('eq', a!, 0), 0, k.mul(g!, k.div(k.op('copysign', [a!, b!]), a!))) : null,
    needs[1] ? k.zerosLike(b as Ref) : null,
  ]),
  fmax: pickNumber('fmax', 'ge'),
  fmin: pickNumber('fmin', 'le'),
  logaddexp: logSum('logaddexp', 1),
  logaddexp2: logSum('logaddexp2', Math.LN2),
  // a·log b, 0 where a = 0
  xlogy: floatBinary('xlogy', ({ k, inputs: [a, b], grads: [g], needs }) => {
    const da = (): Ref => {
      const y = isScalar(b!) ? k.full([], b.scalar, b.dtype) : b!;
      const cut = k.op('logicalAnd', [k.compare('eq', a!, 0), k.compare('le', y, 0)]);
      return k.where(cut, 0, k.op('xlogy', [g!, y]));
    };
    return [needs[0] ? da() : null, needs[1] ? k.div(k.mul(g!, a!), b!) : null];
  }),
  /** a + w·(b − a), from the nearer end */
  lerp: {
    kind: 'pointwise',
    arity: 3,
    dtype: floats('lerp'),
    saves: { inputs: ([a, b, w]) => [...(w ? [0, 1] : []), ...(a || b ? [2] : [])] },
    vjp: ({ k, inputs: [a, b, w], grads: [g], needs }) => [
      needs[0] ? k.mul(g!, isScalar(w!) ? { scalar: 1 - w.scalar, dtype: w.dtype } : k.sub(1, w!)) : null,
      needs[1] ? k.mul(g!, w!) : null,
      needs[2] ? k.mul(g!, k.sub(b!, a!)) : null,
    ],
  },
  heaviside: flat('heaviside', same),
  /** Moves with a, where it moves away from it. */
  nextafter: floatBinary('nextafter', ({ k, inputs: [a, b], grads: [g], needs }) => [
    needs[0] ? k.where(k.compare('ne', a!, b!), g!, 0) : null,
    needs[1] ? k.zerosLike(b as Ref) : null,
  ]),
  gcd: flat('gcd', integers),
  bitwiseAnd: flat('bitwiseAnd', integers),
  bitwiseOr: flat('bitwiseOr', integers),
  bitwiseXor: flat('bitwiseXor', integers),
  leftShift: flat('leftShift', integers),
  rightShift: flat('rightShift', integers),
} satisfies Record<string, PointwiseRow>;
