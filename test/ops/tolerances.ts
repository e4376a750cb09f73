/**
 * How far a float32 result may be from PyTorch's: every exception from the rule, with its reason. A row of the op database names
 * the one it needs; the devices are held to the same.
 */
export interface Tolerance {
  /** Allowed: atol + rtol·|expected|. */
  readonly rtol: number;
  readonly atol: number;
  /** Why the rule does not do. */
  readonly reason: string;
}

/** The rule. */
export const usual: Tolerance = { rtol: 1e-5, atol: 1e-5, reason: 'float32' };

export const tolerances = {
  power: { rtol: 3e-5, atol: 1e-5, reason: 'the exponent multiplies the rounding error of the logarithm' },
  twoPowers: { rtol: 2e-5, atol: 1e-5, reason: 'two powers after one another, or one of a rounded mean' },
  powersAndRoots: { rtol: 1e-5, atol: 3e-5, reason: 'powers and roots, each of some units in the last place' },
  polygamma: { rtol: 3e-5, atol: 1e-5, reason: 'a power and a factorial of several roundings' },
  largeResults: { rtol: 1e-5, atol: 1e-4, reason: 'results of 60' },
  cancellation: { rtol: 1e-5, atol: 2e-5, reason: 'the gradient is a difference of equal terms' },
  sums: { rtol: 1e-5, atol: 2e-5, reason: 'sums of up to 150 products of size 4, added in another order' },
  longProducts: { rtol: 1e-5, atol: 3e-5, reason: 'of nine factors up to 2, sums of 512 products' },
  chainedProducts: { rtol: 5e-5, atol: 5e-5, reason: 'four products in a row' },
  farFromZero: { rtol: 2e-5, atol: 1e-5, reason: 'inputs near 1000 carry 6e-5 of rounding into deviations of 0.3' },
  normFarFromZero: { rtol: 1e-4, atol: 4e-5, reason: 'rows near 100 carry 4e-6 of rounding into deviations of 0.6' },
  chainedMeans: { rtol: 2e-5, atol: 2e-5, reason: 'three chained means over the batch' },
  smallGroups: { rtol: 1e-4, atol: 2e-5, reason: 'groups of two to six elements: small variances magnify rounding' },
  solving: {
    rtol: 1e-4,
    atol: 1e-4,
    reason:
      'rounding is multiplied by the condition number, and by its square or more in gradients: tens to hundreds here',
  },
  spectral: {
    rtol: 5e-4,
    atol: 5e-4,
    reason: 'vectors and their gradients are rounding over the distance of neighbouring values, squared in gradients',
  },
  normGradient: { rtol: 2e-5, atol: 1e-5, reason: 'gradients are differences of products of the norm' },
} as const satisfies Readonly<Record<string, Tolerance>>;
