/**
 * Probability distributions, for policies, latent codes and anything else that is drawn: torch.distributions in camelCase. `sample()`
 * draws, `rsample()` draws so that gradients reach the parameters, `logProb()` scores what was drawn.
 */
export { Bernoulli } from './bernoulli.ts';
export { Beta } from './beta.ts';
export { Binomial, type BinomialArgs, type BinomialOptions } from './binomial.ts';
export { Categorical, type CategoricalArgs, type CategoricalOptions } from './categorical.ts';
export { Cauchy } from './cauchy.ts';
export type { Constraint } from './constraints.ts';
export * as constraints from './constraints.ts';
export { Dirichlet } from './dirichlet.ts';
export { Distribution, type SampleArgs, type SampleOptions, type Setup, type SupportOptions } from './distribution.ts';
export { Exponential } from './exponential.ts';
export { Chi2, Gamma } from './gamma.ts';
export { Geometric } from './geometric.ts';
export { Gumbel } from './gumbel.ts';
export { HalfNormal } from './half-normal.ts';
export { Independent } from './independent.ts';
export { klDivergence, registerKl } from './kl.ts';
export type { DistributionClass } from './kl-pairs.ts';
export { Laplace } from './laplace.ts';
export { LogNormal } from './log-normal.ts';
export { MixtureSameFamily } from './mixture-same-family.ts';
export { MultivariateNormal, type MultivariateNormalOptions } from './multivariate-normal.ts';
export { Normal } from './normal.ts';
export { OneHotCategorical, OneHotCategoricalStraightThrough } from './one-hot-categorical.ts';
export type { DistributionArgs, DistributionOptions, ProbsArgs, ProbsOptions } from './parameters.ts';
export { Poisson } from './poisson.ts';
export { RelaxedBernoulli, RelaxedOneHotCategorical } from './relaxed.ts';
export { StudentT, type StudentTOptions } from './student-t.ts';
export { TransformedDistribution } from './transformed-distribution.ts';
export {
  AffineTransform,
  ComposeTransform,
  ExpTransform,
  SigmoidTransform,
  TanhTransform,
  Transform,
  type TransformArgs,
  type TransformOptions,
} from './transforms.ts';
export { Uniform } from './uniform.ts';
