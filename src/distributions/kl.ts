/** The Kullback-Leibler divergence, by the kinds of both distributions. */
import { OptionError } from '../core/errors.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkDistribution, type Distribution } from './distribution.ts';
import { type DistributionClass, type KlRow, klRows, pair } from './kl-pairs.ts';

let builtIn: readonly KlRow[] | null = null;
const registered: KlRow[] = [];

/** How many classes a class has above it. */
const depth = (kind: DistributionClass): number => {
  const above = Object.getPrototypeOf(kind);
  return typeof above === 'function' ? 1 + depth(above) : 0;
};

/** The row of the nearest classes that have one; of equally near ones the latest. */
function rowFor(p: Distribution, q: Distribution): KlRow | undefined {
  builtIn ??= klRows();
  return [...builtIn, ...registered]
    .filter((row) => p instanceof row.p && q instanceof row.q)
    .map((row) => ({ row, near: depth(row.p) + depth(row.q) }))
    .reduce<{ row?: KlRow; near: number }>((best, one) => (one.near >= best.near ? one : best), { near: -1 }).row;
}

/**
 * KL(p ‖ q), the mean of log p − log q over what p draws: (…batchShape). Source: torch.distributions.kl_divergence.
 *
 * @throws OptionError for kinds of which no formula is known; {@link registerKl} adds one.
 * @example
 * const p = new distributions.Normal(tensor([0, 1]), 1);
 * await distributions.klDivergence(p, new distributions.Normal(0, 1)).tolist(); // [0, 0.5]
 */
export function klDivergence(p: Distribution, q: Distribution): Tensor {
  checkDistribution('klDivergence', 'p', p);
  checkDistribution('klDivergence', 'q', q);
  const row = rowFor(p, q);
  if (!row) {
    const [a, b] = [p, q].map((d) => d.kind);
    throw new OptionError(
      `No KL(p || q) is implemented for p type ${a} and q type ${b}\n  in klDivergence: estimate it as p.logProb(x).sub(q.logProb(x)).mean(0) with x = p.rsample([n]), or registerKl() a formula`,
    );
  }
  return scope(() => row.kl(p, q, klDivergence));
}

/**
 * Tells {@link klDivergence} a formula for two classes of distributions, and for those that extend them. Source:
 * torch.distributions.kl.register_kl.
 *
 * @example
 * class Shifted extends distributions.Normal {}
 * distributions.registerKl(Shifted, Shifted, (p, q) => p.loc.sub(q.loc).square());
 * await distributions.klDivergence(new Shifted(0, 1), new Shifted(3, 1)).item(); // 9
 */
export function registerKl<P extends Distribution, Q extends Distribution>(
  typeP: DistributionClass<P>,
  typeQ: DistributionClass<Q>,
  formula: (p: P, q: Q) => Tensor,
): void {
  registered.push(pair(typeP, typeQ, formula));
}
