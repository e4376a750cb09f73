/** Denoising diffusion: the schedule of noise, and how images are drawn. */
import { checkNumbers, checkOptions, OptionError } from '../core/errors.ts';
import { checkIntegers } from '../nn/checks.ts';
import { fromArray, full, randint, randn, randnLike } from '../tensor/create.ts';
import { throttle } from '../tensor/device.ts';
import { mseLoss } from '../tensor/functional/index.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';

/** Predicts the noise in noisy images (N, C, H, W) at their times, int32 (N). */
export interface NoisePredictor {
  forward(x: Tensor, timesteps: Tensor): Tensor;
}

/** Settings of {@link DDPM}. */
export interface DDPMOptions {
  /** Steps from an image to noise. Default 1000. */
  readonly timesteps?: number;
  /** Variance of the noise of the first step. Default 1e-4. */
  readonly betaStart?: number;
  /** Variance of the noise of the last step; between them it grows linearly. Default 0.02. */
  readonly betaEnd?: number;
}
/** Settings of {@link DDPM.sample}. */
export interface SampleOptions {
  /** Start from this noise. Default: drawn anew. */
  readonly noise?: Tensor | null;
  /** Sees each step's images, and the time that they are at. */
  readonly onStep?: (images: Tensor, timestep: number) => void;
}

/**
 * A diffusion process, of images or anything else: it adds noise step by step, a model learns to predict it, and taking it away again
 * makes new images. Source: Ho et al., arXiv 2006.11239.
 *
 * @throws OptionError for variances outside 0 … 1.
 * @example
 * const ddpm = new models.DDPM({ timesteps: 4 });
 * const model = { forward: (x: Tensor, _t: Tensor) => x.mul(0.5) };
 * ddpm.loss(model, randn([2, 1, 4, 4])).shape; // []
 * (await ddpm.sample(model, [2, 1, 4, 4])).shape; // [2, 1, 4, 4]
 */
export class DDPM {
  readonly timesteps: number;
  /** Share of an image's and of the noise's amplitude that is in it at each time. */
  private readonly signal: Tensor;
  private readonly noise: Tensor;
  /** x becomes scale·(x - share·predicted noise) + deviation·new noise. */
  private readonly scale: Tensor;
  private readonly share: Tensor;
  private readonly deviation: Tensor;

  constructor(options: DDPMOptions = {}) {
    checkOptions('DDPM', options, ['timesteps', 'betaStart', 'betaEnd']);
    const { timesteps = 1000, betaStart = 1e-4, betaEnd = 0.02 } = options;
    checkIntegers('DDPM', { timesteps }, 1);
    checkNumbers('DDPM', { betaStart, betaEnd });
    for (const beta of [betaStart, betaEnd])
      if (!(beta > 0 && beta < 1)) throw new OptionError(`DDPM: variances must be between 0 and 1, got ${beta}`);
    this.timesteps = timesteps;
    const betas = Array.from(
      { length: timesteps },
      (_, t) => betaStart + ((betaEnd - betaStart) * t) / Math.max(timesteps - 1, 1),
    );
    let product = 1;
    const kept = betas.map((beta) => {
      product *= 1 - beta;
      return product;
    });
    const table = (of: (beta: number, kept: number, before: number) => number): Tensor =>
      fromArray(
        Float32Array.from(betas, (beta, t) => of(beta, kept[t]!, kept[t - 1] ?? 1)),
        [timesteps],
      ).keep();
    this.signal = table((_, kept) => Math.sqrt(kept));
    this.noise = table((_, kept) => Math.sqrt(1 - kept));
    this.scale = table((beta) => 1 / Math.sqrt(1 - beta));
    this.share = table((beta, kept) => beta / Math.sqrt(1 - kept));
    // Nothing is known of what was before the first step, so at time 0 there is no noise to add.
    this.deviation = table((beta, kept, before) => Math.sqrt((beta * (1 - before)) / (1 - kept)));
  }

  /** Images (N, …) with the noise of their times, int32 (N), put in. */
  addNoise(x: Tensor, noise: Tensor, timesteps: Tensor): Tensor {
    return x.mul(at(this.signal, timesteps, x)).add(noise.mul(at(this.noise, timesteps, x)));
  }

  /** What a model minimises: the mean squared error of the noise that it predicts, at random times. */
  loss(model: NoisePredictor, x: Tensor): Tensor {
    return scope(() => {
      const timesteps = randint(0, this.timesteps, [x.shape[0]!], { device: x.device });
      const noise = randnLike(x);
      return mseLoss(model.forward(this.addNoise(x, noise, timesteps), timesteps), noise);
    });
  }

  /** One step back: images at `timesteps`, int32 (N), to those one step before. */
  step(model: NoisePredictor, x: Tensor, timesteps: Tensor): Tensor {
    return noGrad(() =>
      scope(() => {
        const of = (table: Tensor): Tensor => at(table, timesteps, x);
        const mean = x.sub(model.forward(x, timesteps).mul(of(this.share))).mul(of(this.scale));
        return mean.add(randnLike(x).mul(of(this.deviation)));
      }),
    );
  }

  /** Draws images of a shape: from noise, step by step back. Every step is the same plan. */
  async sample(model: NoisePredictor, shape: readonly number[], options: SampleOptions = {}): Promise<Tensor> {
    checkOptions('DDPM.sample', options, ['noise', 'onStep']);
    let x = options.noise ?? randn(shape);
    let now: Tensor = full([shape[0]!], this.timesteps - 1, { dtype: 'int32', device: x.device });
    for (let t = this.timesteps - 1; t >= 0; t--) {
      x = this.step(model, x, now);
      now = noGrad(() => now.sub(1));
      options.onStep?.(x, t);
      await throttle();
    }
    return x;
  }
}

/** The entries of a table at times (N), to multiply (N, …) with. */
const at = (table: Tensor, timesteps: Tensor, like: Tensor): Tensor =>
  table.indexSelect(0, timesteps).reshape([-1, ...Array<number>(like.ndim - 1).fill(1)]);
