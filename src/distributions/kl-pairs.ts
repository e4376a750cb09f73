/** The divergences that are known, one row for each pair of kinds. */
import { OptionError } from '../core/errors.ts';
import { fullLike } from '../tensor/create.ts';
import { where } from '../tensor/functions/core.ts';
import { digamma, lgamma } from '../tensor/functions/elementary.ts';
import { broadcastTensors } from '../tensor/functions/views.ts';
import { reportAny } from '../tensor/report.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Bernoulli, crossEntropyOf } from './bernoulli.ts';
import { Beta, logBeta } from './beta.ts';
import { Binomial } from './binomial.ts';
import { Categorical } from './categorical.ts';
import { Cauchy } from './cauchy.ts';
import { Dirichlet } from './dirichlet.ts';
import type { Distribution } from './distribution.ts';
import { Exponential } from './exponential.ts';
import { Gamma } from './gamma.ts';
import { Geometric } from './geometric.ts';
import { euler, Gumbel } from './gumbel.ts';
import { HalfNormal } from './half-normal.ts';
import { Independent } from './independent.ts';
import { Laplace } from './laplace.ts';
import { applied, inverseOf, logDiagonal, MultivariateNormal } from './multivariate-normal.ts';
import { halfLog2Pi, Normal } from './normal.ts';
import { OneHotCategorical } from './one-hot-categorical.ts';
import { sumRightmost } from './parameters.ts';
import { Poisson } from './poisson.ts';
import { TransformedDistribution } from './transformed-distribution.ts';
import { Uniform } from './uniform.ts';

/** A class of distributions. */
export type DistributionClass<D extends Distribution = Distribution> = abstract new (...args: never) => D;
type Divergence = (p: Distribution, q: Distribution) => Tensor;
/** A formula, and for which classes it is. */
export interface KlRow {
  readonly p: DistributionClass;
  readonly q: DistributionClass;
  /** `kl` is for the distributions that these are made of. */
  readonly kl: (p: Distribution, q: Distribution, kl: Divergence) => Tensor;
}
/** A row. */
export const pair = <P extends Distribution, Q extends Distribution>(
  p: DistributionClass<P>,
  q: DistributionClass<Q>,
  kl: (p: P, q: Q, kl: Divergence) => Tensor,
): KlRow => ({ p, q, kl: kl as KlRow['kl'] });

const infinity = Number.POSITIVE_INFINITY;
/** Infinite, for q cannot have what p draws. */
const outside = (p: Distribution, q: Distribution): Tensor => {
  const [wide] = broadcastTensors(fullLike(p.like, infinity), q.like);
  return wide!;
};
const half = (x: Tensor): Tensor => x.mul(0.5);
const oneLess = (x: Tensor): Tensor => x.neg().add(1);

// ---- of one kind ------------------------------------------------------------------------------------------------------

function ofCategories(p: Categorical | OneHotCategorical, q: Categorical | OneHotCategorical): Tensor {
  const [probs, others] = [p.probs, q.probs];
  const each = probs.mul(p.logits.sub(q.logits));
  return where(probs.eq(0), 0, each.where(others.ne(0), infinity)).sum(-1);
}
function ofBernoullis(p: Bernoulli, q: Bernoulli): Tensor {
  const [a, b] = [p.probs, q.probs];
  const never = b
    .eq(0)
    .logicalAnd(a.gt(0))
    .logicalOr(b.eq(1).logicalAnd(a.lt(1)));
  const each = crossEntropyOf(q.logits, a).sub(crossEntropyOf(p.logits, a));
  return each.where(never.logicalNot(), infinity);
}
function ofBinomials(p: Binomial, q: Binomial): Tensor {
  const [n, m] = [p.totalCount, q.totalCount];
  reportAny(
    () => n.detach().lt(m.detach()),
    () =>
      new OptionError('KL between Binomials where q.total_count > p.total_count is not implemented\n  in klDivergence'),
  );
  const each = crossEntropyOf(q.logits, p.probs).sub(crossEntropyOf(p.logits, p.probs));
  return n.mul(each).where(n.le(m), infinity);
}
function ofNormals(p: Normal | HalfNormal, q: Normal | HalfNormal): Tensor {
  const ratio = p.scale.div(q.scale).square();
  return half(ratio.sub(1).sub(ratio.log()));
}
function ofGammas(p: Gamma, q: Gamma): Tensor {
  const { concentration: a, rate: s } = p;
  const { concentration: b, rate: t } = q;
  return b
    .mul(s.div(t).log())
    .add(lgamma(b).sub(lgamma(a)))
    .add(a.sub(b).mul(digamma(a)))
    .add(t.sub(s).mul(a.div(s)));
}
function ofBetas(p: Beta, q: Beta): Tensor {
  const [a, b, c, d] = [p.concentration1, p.concentration0, q.concentration1, q.concentration0];
  const ends = a
    .sub(c)
    .mul(digamma(a))
    .add(b.sub(d).mul(digamma(b)));
  const total = a.add(b);
  return logBeta(c, d)
    .sub(logBeta(a, b))
    .add(ends)
    .add(c.add(d).sub(total).mul(digamma(total)));
}
function ofDirichlets({ concentration: a }: Dirichlet, { concentration: b }: Dirichlet): Tensor {
  const [total, other] = [a.sum(-1), b.sum(-1)];
  const sizes = lgamma(total)
    .sub(lgamma(other))
    .add(lgamma(b).sub(lgamma(a)).sum(-1));
  return sizes.add(
    a
      .sub(b)
      .mul(digamma(a).sub(digamma(total).unsqueeze(-1)))
      .sum(-1),
  );
}
function ofLaplaces(p: Laplace, q: Laplace): Tensor {
  const ratio = p.scale.div(q.scale);
  const off = p.loc.sub(q.loc).abs();
  return ratio
    .log()
    .neg()
    .add(off.div(q.scale))
    .add(ratio.mul(off.div(p.scale).neg().exp()))
    .sub(1);
}
function ofCauchys(p: Cauchy, q: Cauchy): Tensor {
  const far = p.scale.add(q.scale).square().add(p.loc.sub(q.loc).square());
  return far.log().sub(p.scale.mul(q.scale).mul(4).log());
}
function ofVectors(p: MultivariateNormal, q: MultivariateNormal): Tensor {
  const inverse = inverseOf(q.scaleTril);
  const trace = inverse.matmul(p.scaleTril).square().sum([-2, -1]);
  const distance = applied(inverse, q.loc.sub(p.loc)).square().sum(-1);
  const sizes = logDiagonal(q.scaleTril).sub(logDiagonal(p.scaleTril));
  return sizes.add(half(trace.add(distance).sub(p.eventShape[0]!)));
}
function ofUniforms(p: Uniform, q: Uniform): Tensor {
  const inside = q.low.le(p.low).logicalAnd(q.high.ge(p.high));
  return q.high.sub(q.low).div(p.high.sub(p.low)).log().where(inside, infinity);
}
function ofTransformed(p: TransformedDistribution, q: TransformedDistribution, kl: Divergence): Tensor {
  const same = p.transforms.length === q.transforms.length && p.transforms.every((t, i) => t.equals(q.transforms[i]!));
  if (!same || p.eventShape.join() !== q.eventShape.join())
    throw new OptionError(
      'NotImplementedError: klDivergence of distributions that are transformed differently\n  in klDivergence: estimate it from samples',
    );
  return sumRightmost(kl(p.baseDist, q.baseDist), p.eventShape.length - p.baseDist.eventShape.length);
}
function ofIndependent(p: Independent, q: Independent, kl: Divergence): Tensor {
  if (p.reinterpretedBatchNdims !== q.reinterpretedBatchNdims)
    throw new OptionError(
      'NotImplementedError: klDivergence of Independents of different numbers of dims\n  in klDivergence',
    );
  return sumRightmost(kl(p.baseDist, q.baseDist), p.reinterpretedBatchNdims);
}

// ---- of two kinds: the entropy of p off the mean of -log q, for which moments of p are enough ------------------------

/** The mean of -log q for a normal q. */
const toNormal = (p: Distribution, q: Normal): Tensor => {
  const spread = p.variance.add(p.mean.sub(q.loc).square());
  return half(spread.div(q.scale.square())).add(q.scale.log()).add(halfLog2Pi).sub(p.entropy());
};
const toExponential = (p: Distribution, q: Exponential): Tensor =>
  q.rate.mul(p.mean).sub(q.rate.log()).sub(p.entropy());
/** `log`: the mean of log x. */
const toGamma = (p: Distribution, { concentration: a, rate }: Gamma, log: Tensor): Tensor => {
  const powers = a.sub(1).mul(log).add(a.mul(rate.log())).sub(lgamma(a));
  return rate.mul(p.mean).sub(powers).sub(p.entropy());
};
/** `shrunk`: the mean of e^(-x/scale). */
const toGumbel = (p: Distribution, { loc, scale }: Gumbel, shrunk: Tensor): Tensor =>
  scale.log().add(p.mean.sub(loc).div(scale)).add(loc.div(scale).exp().mul(shrunk)).sub(p.entropy());

/** The mean of log x for uniform x. */
function meanLog(low: Tensor, high: Tensor): Tensor {
  const part = (x: Tensor): Tensor => where(x.eq(0), 0, x.mul(x.log()));
  return part(high).sub(part(low)).div(high.sub(low)).sub(1);
}
function uniformToBeta(p: Uniform, { concentration1: a, concentration0: b }: Beta): Tensor {
  const inside = p.low.ge(0).logicalAnd(p.high.le(1));
  const logs = a
    .sub(1)
    .mul(meanLog(p.low, p.high))
    .add(b.sub(1).mul(meanLog(oneLess(p.high), oneLess(p.low))));
  return logBeta(a, b).sub(logs).sub(p.entropy()).where(inside, infinity);
}
function uniformToGumbel(p: Uniform, q: Gumbel): Tensor {
  const [low, high] = [p.low, p.high].map((x) => x.div(q.scale)) as [Tensor, Tensor];
  return toGumbel(p, q, low.neg().exp().sub(high.neg().exp()).div(high.sub(low)));
}
function normalToLaplace(p: Normal, q: Laplace): Tensor {
  const off = p.loc.sub(q.loc);
  const far = off.div(p.scale);
  const distance = p.scale.mul(half(far.square()).neg().exp()).mul(Math.sqrt(2 / Math.PI));
  const mean = distance.add(off.mul(far.mul(Math.SQRT1_2).erf()));
  return mean.div(q.scale).add(q.scale.mul(2).log()).sub(p.entropy());
}
function normalToGumbel(p: Normal, q: Gumbel): Tensor {
  const s = q.scale.reciprocal();
  return toGumbel(p, q, half(p.scale.mul(s).square()).sub(p.loc.mul(s)).exp());
}
function gumbelToGumbel(p: Gumbel, q: Gumbel): Tensor {
  const s = q.scale.reciprocal();
  return toGumbel(p, q, lgamma(p.scale.mul(s).add(1)).sub(p.loc.mul(s)).exp());
}
function gammaToGumbel(p: Gamma, q: Gumbel): Tensor {
  return toGumbel(p, q, p.rate.mul(q.scale).reciprocal().log1p().mul(p.concentration).neg().exp());
}

/** All rows. */
export const klRows = (): KlRow[] => [
  pair(Bernoulli, Bernoulli, ofBernoullis),
  pair(Beta, Beta, ofBetas),
  pair(Binomial, Binomial, ofBinomials),
  pair(Categorical, Categorical, ofCategories),
  pair(Cauchy, Cauchy, ofCauchys),
  pair(Dirichlet, Dirichlet, ofDirichlets),
  pair(Exponential, Exponential, ({ rate: a }, { rate: b }) => b.div(a).sub(1).sub(b.div(a).log())),
  pair(Gamma, Gamma, ofGammas),
  pair(Geometric, Geometric, (p, q) => q.probs.neg().log1p().div(p.probs).add(q.logits).add(p.entropy()).neg()),
  pair(Gumbel, Gumbel, gumbelToGumbel),
  pair(HalfNormal, HalfNormal, ofNormals),
  pair(Independent, Independent, ofIndependent),
  pair(Laplace, Laplace, ofLaplaces),
  pair(MultivariateNormal, MultivariateNormal, ofVectors),
  pair(Normal, Normal, (p, q) => ofNormals(p, q).add(half(p.loc.sub(q.loc).div(q.scale).square()))),
  pair(OneHotCategorical, OneHotCategorical, ofCategories),
  pair(Poisson, Poisson, ({ rate: a }, { rate: b }) => a.mul(a.div(b).log()).sub(a.sub(b))),
  pair(TransformedDistribution, TransformedDistribution, ofTransformed),
  pair(Uniform, Uniform, ofUniforms),

  pair(Bernoulli, Poisson, (p, q) => q.rate.sub(p.probs.mul(q.rate.log())).sub(p.entropy())),
  pair(Beta, Exponential, toExponential),
  pair(Beta, Gamma, (p, q) =>
    toGamma(p, q, digamma(p.concentration1).sub(digamma(p.concentration1.add(p.concentration0)))),
  ),
  pair(Beta, Normal, toNormal),
  pair(Beta, Uniform, (p, q) =>
    q.high
      .sub(q.low)
      .log()
      .sub(p.entropy())
      .where(q.low.le(0).logicalAnd(q.high.ge(1)), infinity),
  ),
  pair(Exponential, Gamma, (p, q) => toGamma(p, q, p.rate.log().add(euler).neg())),
  pair(Exponential, Gumbel, (p, q) => toGumbel(p, q, p.rate.mul(q.scale).reciprocal().add(1).reciprocal())),
  pair(Exponential, Normal, toNormal),
  pair(Gamma, Exponential, toExponential),
  pair(Gamma, Gumbel, gammaToGumbel),
  pair(Gamma, Normal, toNormal),
  pair(Gumbel, Normal, toNormal),
  pair(Laplace, Normal, toNormal),
  pair(Normal, Gumbel, normalToGumbel),
  pair(Normal, Laplace, normalToLaplace),
  pair(Uniform, Beta, uniformToBeta),
  pair(Uniform, Exponential, (p, q) => toExponential(p, q).where(p.low.ge(0), infinity)),
  pair(Uniform, Gamma, (p, q) => toGamma(p, q, meanLog(p.low, p.high)).where(p.low.ge(0), infinity)),
  pair(Uniform, Gumbel, uniformToGumbel),
  pair(Uniform, Normal, toNormal),

  pair(Poisson, Bernoulli, outside),
  pair(Poisson, Binomial, outside),
  ...[Exponential, Gamma].flatMap((p) => [Beta, Uniform].map((q) => pair(p, q, outside))),
  ...[Gumbel, Laplace, Normal].flatMap((p) => [Beta, Exponential, Gamma, Uniform].map((q) => pair(p, q, outside))),
];
