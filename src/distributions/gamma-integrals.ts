/** The distribution function of the gamma distribution, and how its draws follow its shape: integrals by one rule. */
import { AutogradFunction, type FunctionContext } from '../func/function.ts';
import { fromArray } from '../tensor/create.ts';
import { where } from '../tensor/functions/core.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Nodes and weights of Gauss's rule on [0, 1]. */
function gaussLegendre(n: number): { nodes: number[]; weights: number[] } {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let round = 0; round < 8; round++) {
      let [before, p] = [0, 1];
      for (let k = 1; k <= n; k++) [before, p] = [p, ((2 * k - 1) * x * p - (k - 1) * before) / k];
      slope = (n * (x * p - before)) / (x * x - 1);
      x -= p / slope;
    }
    nodes.push((1 + x) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}
/** Where the integrand, which is 1 at first but for a factor, may be cut off: it is e to minus this. */
const depth = 18;
let rule: ReturnType<typeof gaussLegendre> | null = null;

/**
 * The integral of `factor(y)`·e^−(x(e^y − 1) − ay) dy from 0 to the side of x where there is less of the distribution: up where x is
 * greater than the shape a, else down. The exponent is 0 at first, and the rule goes to where it is beneath −18.
 */
function integral(a: Tensor, logX: Tensor, factor: ((y: Tensor) => Tensor) | null): Tensor {
  rule ??= gaussLegendre(32);
  const { nodes, weights } = rule;
  const { dtype, device } = a;
  const [at, weight] = [nodes, weights].map((v) => fromArray(Float64Array.from(v), [v.length], { device, dtype }));
  const x = logX.exp();
  const isRight = x.gt(a);
  const off = x.sub(a).abs();
  // Bounds of the exponent that are easily solved: to the right y²/2 and (for y > 1.26) half of e^y, to the left y²/(2 + y).
  const right = off
    .square()
    .add(x.mul(2 * depth))
    .sqrt()
    .add(off)
    .reciprocal()
    .mul(2 * depth);
  const farRight = x
    .reciprocal()
    .mul(2 * depth)
    .log1p()
    .clamp({ min: 1.26 });
  const b = off.mul(2).sub(depth);
  const root = b
    .square()
    .add(a.mul(8 * depth))
    .sqrt();
  const left = where(
    b.lt(0),
    root.sub(b).div(a.mul(2)),
    root
      .add(b)
      .reciprocal()
      .mul(4 * depth),
  );
  const end = where(isRight, right.minimum(farRight), left);
  const v = end.unsqueeze(-1).mul(at!);
  const y = where(isRight.unsqueeze(-1), v, v.neg());
  const exponent = off
    .unsqueeze(-1)
    .mul(v)
    .add(x.unsqueeze(-1).mul(y.expm1().sub(y)));
  const part = exponent.neg().exp().mul(weight!);
  return (factor ? part.mul(factor(y)) : part).sum(-1).mul(end);
}

/**
 * d(log x)/d(shape) for draws x of the gamma distribution that keep their quantile: minus the derivative of the distribution function
 * by the shape, over x times the density. With x·e^y for the variable both are integrals over y, and what they have in common falls
 * out. Source: M. Figurnov, S. Mohamed, A. Mnih, "Implicit reparameterization gradients" (2018).
 */
export function logGammaSlope(concentration: Tensor, logX: Tensor): Tensor {
  const centre = logX.sub(digamma(concentration)).unsqueeze(-1);
  const sum = integral(concentration, logX, (y) => y.add(centre));
  return where(logX.exp().gt(concentration), sum, sum.neg());
}

/** log n! less Stirling's formula, for n ≥ 1. */
export function stirlingRest(n: Tensor): Tensor {
  const r = n.reciprocal();
  const s = r.square();
  return s
    .mul(-1 / 1680)
    .add(1 / 1260)
    .mul(s)
    .sub(1 / 360)
    .mul(s)
    .add(1 / 12)
    .mul(r);
}
/** The logarithm of x times the density at x. Of great shapes the terms would cancel each other. */
function logMass(a: Tensor, x: Tensor): Tensor {
  const off = x.sub(a).div(a);
  const great = off
    .log1p()
    .sub(off)
    .mul(a)
    .add(a.log().mul(0.5))
    .sub(0.5 * Math.log(2 * Math.PI))
    .sub(stirlingRest(a));
  return where(a.gt(10), great, a.mul(x.log()).sub(x).sub(lgamma(a)));
}

/** P(a, x), with the derivatives by both. */
class GammaP extends AutogradFunction {
  static forward(ctx: FunctionContext, a: Tensor, x: Tensor): Tensor {
    ctx.saveForBackward(a, x);
    const part = logMass(a, x)
      .exp()
      .mul(integral(a, x.log(), null));
    return where(x.gt(0), where(x.gt(a), part.neg().add(1), part), 0);
  }
  static backward(ctx: FunctionContext, grad: Tensor): Tensor[] {
    const [a, x] = ctx.savedTensors as [Tensor, Tensor];
    const mass = logMass(a, x).exp();
    const known = x.gt(0);
    return [where(known, mass.mul(logGammaSlope(a, x.log())).neg(), 0), where(known, mass.div(x), 0)].map((t) =>
      t.mul(grad),
    );
  }
}
/** The distribution function of the gamma distribution of rate 1, of operands of one shape. */
export const gammaCdf = (concentration: Tensor, x: Tensor): Tensor => GammaP.apply(concentration, x);
