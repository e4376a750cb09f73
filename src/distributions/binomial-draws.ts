/** Draws of the binomial distribution. */
import type { Shape } from '../core/shape.ts';
import { arange } from '../tensor/create.ts';
import { where } from '../tensor/functions/core.ts';
import { cumsum } from '../tensor/functions/scans.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniformDraw } from './draws.ts';
import { stirlingRest } from './gamma-integrals.ts';

/** From this mean on by rejection. */
const manyFrom = 10;
/** With a mean below that, more are as good as impossible. */
const few = 34;
/** At most a third of the proposals is refused: all of them once in 10^7 draws. */
const proposals = 16;

/** By inversion: as many as there are sums of probabilities below a uniform number. */
function byInversion(n: Tensor, p: Tensor): Tensor {
  const { dtype, device, shape } = p;
  const [count, share] = [n, p].map((t) => t.unsqueeze(-1)) as [Tensor, Tensor];
  const k = arange(few - 1, { dtype, device });
  const failure = share.neg().log1p();
  // Each probability by its quotient to the one before: of gamma functions of great numbers nothing would be left.
  const quotients = count.sub(k).clamp({ min: 0 }).div(k.add(1)).log().add(share.log()).sub(failure);
  const first = count.mul(failure);
  const others = cumsum(quotients, -1).add(first).exp();
  const sums = cumsum(others, -1).add(first.exp());
  const u = uniformDraw(p, shape).unsqueeze(-1);
  // Sums are rounded: what lies beyond the last is the last.
  const low = u.minimum(sums.narrow(-1, few - 2, 1).mul(1 - 2 ** -22));
  return sums
    .le(low)
    .to(dtype)
    .sum(-1)
    .add(u.squeeze(-1).ge(first.exp().squeeze(-1)).to(dtype));
}

/** x·log(x/m) + m − x, how much less likely x is than the mean m. */
function deviance(x: Tensor, m: Tensor): Tensor {
  const off = x.sub(m).div(m);
  return off.add(1).mul(off.log1p()).sub(off).mul(m);
}
/** The logarithm of the probability of k, 0 < k < n. Source: C. Loader, "Fast and accurate computation of binomial probabilities" (2000). */
function logProbability(k: Tensor, n: Tensor, p: Tensor): Tensor {
  const m = n.sub(k);
  const rest = stirlingRest(n).sub(stirlingRest(k)).sub(stirlingRest(m));
  const far = deviance(k, n.mul(p)).add(deviance(m, n.mul(p.neg().add(1))));
  return rest.sub(far).sub(
    k
      .mul(m)
      .div(n)
      .mul(2 * Math.PI)
      .log()
      .mul(0.5),
  );
}
/** By rejection. Source: W. Hörmann, "The generation of binomial random variates" (1993), algorithm BTRS. */
function byRejection(n: Tensor, p: Tensor): Tensor {
  const many: Shape = [proposals, ...p.shape];
  const spread = n.mul(p).mul(p.neg().add(1)).sqrt();
  const b = spread.mul(2.53).add(1.15);
  const a = b.mul(0.0248).add(p.mul(0.01)).sub(0.0873);
  const alpha = b.reciprocal().mul(5.1).add(2.83).mul(spread);
  const u = uniformDraw(p, many).sub(0.5);
  const v = uniformDraw(p, many);
  const us = u
    .abs()
    .neg()
    .add(0.5)
    .clamp({ min: 2 ** -25 });
  const k = a.mul(2).div(us).add(b).mul(u).add(n.mul(p)).add(0.5).floor();
  const inside = k.ge(1).logicalAnd(k.lt(n));
  const safe = k.clamp({ min: 1 }).minimum(n.sub(1).clamp({ min: 1 }));
  const mode = n.add(1).mul(p).floor();
  const height = logProbability(safe, n, p).sub(logProbability(mode, n, p));
  const bound = v.log().add(alpha.log()).sub(a.div(us.square()).add(b).log());
  const first = bound.le(height).logicalAnd(inside).to('int32').argmax(0, { keepdim: true });
  return k.gather(0, first).squeeze(0);
}

/** How many of n trials succeed, for each element of n and p, which have one shape. */
export function binomialDraw(n: Tensor, p: Tensor): Tensor {
  const isLikely = p.gt(0.5);
  const rarer = where(isLikely, p.neg().add(1), p);
  const isMany = n.mul(rarer).ge(manyFrom);
  // Each is computed for parameters that it is made for.
  const byChance = byInversion(n, where(isMany, 0, rarer));
  const drawn = where(isMany, byRejection(where(isMany, n, 40), where(isMany, rarer, 0.5)), byChance);
  return where(isLikely, n.sub(drawn), drawn);
}
