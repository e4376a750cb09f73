/** DCGAN: a generator of images and the discriminator that it learns from. */
import { checkOptions, OptionError } from '../core/errors.ts';
import { LeakyReLU, ReLU, Sigmoid, Tanh } from '../nn/activation.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { ConvTranspose2d } from '../nn/conv-transpose.ts';
import { normal_, zeros_ } from '../nn/init.ts';
import { Module } from '../nn/module.ts';
import { BatchNorm2d } from '../nn/norm.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Normal weights of deviation 0.02, around 0 for convolutions and around 1 for norms. */
function initialise(model: Module): void {
  for (const m of model.modules()) {
    if (m instanceof Conv2d || m instanceof ConvTranspose2d) normal_(m.weight, 0, 0.02);
    else if (m instanceof BatchNorm2d) {
      normal_(m.weight!, 1, 0.02);
      zeros_(m.bias!);
    }
  }
}

/** How often 4 × 4 is doubled to get to the size of images. */
function doublings(here: string, imageSize: number): number {
  const n = Math.log2(imageSize) - 2;
  if (!Number.isInteger(n) || n < 1)
    throw new OptionError(`${here}: imageSize must be a power of 2, 8 at least, got ${imageSize}`);
  return n;
}
const halving = { stride: 2, padding: 1, bias: false } as const;
const whole = { stride: 1, padding: 0, bias: false } as const;

/** Settings of {@link DCGANGenerator}. */
export interface DCGANGeneratorOptions {
  /** Numbers that an image is made from. Default 100. */
  readonly nz?: number;
  /** Channels before the last layer; each layer before has twice as many. Default 64. */
  readonly ngf?: number;
  /** Channels of images. Default 3. */
  readonly nc?: number;
  /** Height and width of images: a power of 2. Default 64. */
  readonly imageSize?: number;
}

/**
 * Images from noise: (N, nz, 1, 1) gives (N, nc, imageSize, imageSize) in -1 … 1. Source: Radford et al., arXiv 1511.06434;
 * pytorch.org/tutorials/beginner/dcgan_faces_tutorial.
 *
 * @throws OptionError for a size that is no power of 2.
 * @example
 * const generator = new models.DCGANGenerator({ nz: 8, ngf: 4, nc: 1, imageSize: 16 });
 * generator.forward(randn([2, 8, 1, 1])).shape; // [2, 1, 16, 16]
 */
export class DCGANGenerator extends Module {
  main: Sequential;

  constructor(options: DCGANGeneratorOptions = {}) {
    super();
    const here = 'DCGANGenerator';
    checkOptions(here, options, ['nz', 'ngf', 'nc', 'imageSize']);
    const { nz = 100, ngf = 64, nc = 3, imageSize = 64 } = options;
    checkIntegers(here, { nz, ngf, nc, imageSize }, 1);
    const n = doublings(here, imageSize);
    const widths = Array.from({ length: n }, (_, i) => ngf * 2 ** (n - 1 - i));
    this.main = new Sequential(
      ...widths.flatMap((width, i) => [
        new ConvTranspose2d(i === 0 ? nz : 2 * width, width, 4, i === 0 ? whole : halving),
        new BatchNorm2d(width),
        new ReLU({ inplace: true }),
      ]),
      new ConvTranspose2d(ngf, nc, 4, halving),
      new Tanh(),
    );
    initialise(this);
  }
  override forward(noise: Tensor): Tensor {
    checkInput('DCGANGenerator', noise);
    return this.main.forward(noise);
  }
}

/** Settings of {@link DCGANDiscriminator}. */
export interface DCGANDiscriminatorOptions {
  /** Channels after the first layer; each layer doubles them. Default 64. */
  readonly ndf?: number;
  /** Channels of images. Default 3. */
  readonly nc?: number;
  /** Height and width of images: a power of 2. Default 64. */
  readonly imageSize?: number;
}

/**
 * How probably images are real: (N, nc, imageSize, imageSize) gives (N) in 0 … 1. Source: Radford et al., arXiv 1511.06434;
 * pytorch.org/tutorials/beginner/dcgan_faces_tutorial.
 *
 * @throws OptionError for a size that is no power of 2.
 * @example
 * const discriminator = new models.DCGANDiscriminator({ ndf: 4, nc: 1, imageSize: 16 });
 * discriminator.forward(randn([2, 1, 16, 16])).shape; // [2]
 */
export class DCGANDiscriminator extends Module {
  main: Sequential;

  constructor(options: DCGANDiscriminatorOptions = {}) {
    super();
    const here = 'DCGANDiscriminator';
    checkOptions(here, options, ['ndf', 'nc', 'imageSize']);
    const { ndf = 64, nc = 3, imageSize = 64 } = options;
    checkIntegers(here, { ndf, nc, imageSize }, 1);
    const n = doublings(here, imageSize);
    const widths = Array.from({ length: n }, (_, i) => ndf * 2 ** i);
    this.main = new Sequential(
      ...widths.flatMap((width, i) => [
        new Conv2d(i === 0 ? nc : width / 2, width, 4, halving),
        // The first layer sees the images as they are.
        ...(i === 0 ? [] : [new BatchNorm2d(width)]),
        new LeakyReLU(0.2, { inplace: true }),
      ]),
      new Conv2d(ndf * 2 ** (n - 1), 1, 4, whole),
      new Sigmoid(),
    );
    initialise(this);
  }
  override forward(images: Tensor): Tensor {
    checkInput('DCGANDiscriminator', images);
    return this.main.forward(images).reshape([-1]);
  }
}
