/** The variational autoencoder. */
import { checkOptions } from '../core/errors.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { randnLike } from '../tensor/create.ts';
import { binaryCrossEntropy } from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Settings of {@link VAE}. */
export interface VAEOptions {
  /** Numbers of an example. Default 784, a digit of MNIST. */
  readonly inFeatures?: number;
  /** Features of the hidden layers. Default 400. */
  readonly hidden?: number;
  /** Numbers that an example is coded in. Default 20. */
  readonly latent?: number;
}
/** Settings of {@link VAE}'s forward. */
export interface VAEForwardOptions {
  /** Standard normal (N, latent). Default: drawn anew. */
  readonly noise?: Tensor | null;
}

/**
 * Codes examples as normal distributions, and draws from those to get the examples back: (N, inFeatures) in 0 … 1 gives the
 * reconstruction (N, inFeatures) and the codes' means and logarithms of variances (N, latent). Source: Kingma & Welling, arXiv 1312.6114;
 * pytorch/examples vae.
 *
 * @example
 * const model = new models.VAE({ inFeatures: 16, hidden: 8, latent: 2 });
 * const [reconstruction, mu] = model.forward(rand([4, 16]));
 * reconstruction.shape; // [4, 16]
 * model.decode(randn([3, 2])).shape; // [3, 16]
 */
export class VAE extends Module {
  fc1: Linear;
  fc21: Linear;
  fc22: Linear;
  fc3: Linear;
  fc4: Linear;

  constructor(options: VAEOptions = {}) {
    super();
    checkOptions('VAE', options, ['inFeatures', 'hidden', 'latent']);
    const { inFeatures = 784, hidden = 400, latent = 20 } = options;
    checkIntegers('VAE', { inFeatures, hidden, latent }, 1);
    this.fc1 = new Linear(inFeatures, hidden);
    this.fc21 = new Linear(hidden, latent);
    this.fc22 = new Linear(hidden, latent);
    this.fc3 = new Linear(latent, hidden);
    this.fc4 = new Linear(hidden, inFeatures);
  }

  /** Examples (N, inFeatures) to the means and logarithms of the variances of their codes, (N, latent) each. */
  encode(x: Tensor): [mu: Tensor, logvar: Tensor] {
    const hidden = this.fc1.forward(x).relu();
    return [this.fc21.forward(hidden), this.fc22.forward(hidden)];
  }
  /** Codes (N, latent) to examples (N, inFeatures). */
  decode(code: Tensor): Tensor {
    return this.fc4.forward(this.fc3.forward(code).relu()).sigmoid();
  }
  override forward(x: Tensor, options: VAEForwardOptions = {}): [reconstruction: Tensor, mu: Tensor, logvar: Tensor] {
    checkInput('VAE', x);
    checkOptions('VAE.forward', options, ['noise']);
    const [mu, logvar] = this.encode(x);
    // Noise times the deviation, so that gradients reach mean and variance.
    const noise = options.noise ?? randnLike(mu);
    return [this.decode(mu.add(noise.mul(logvar.mul(0.5).exp()))), mu, logvar];
  }
}

/**
 * What a {@link VAE} minimises, summed over the batch: the cross-entropy of the reconstruction, and the divergence of the codes from the
 * standard normal distribution. Source: arXiv 1312.6114, appendix B; pytorch/examples vae.
 *
 * @example
 * const model = new models.VAE({ inFeatures: 16, hidden: 8, latent: 2 });
 * const x = rand([4, 16]);
 * models.vaeLoss(...model.forward(x), x).shape; // []
 */
export function vaeLoss(reconstruction: Tensor, mu: Tensor, logvar: Tensor, x: Tensor): Tensor {
  const divergence = logvar.add(1).sub(mu.square()).sub(logvar.exp()).sum().mul(-0.5);
  return binaryCrossEntropy(reconstruction, x, { reduction: 'sum' }).add(divergence);
}
