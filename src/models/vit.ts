/** Vision transformers, with the state-dict keys of torchvision. */
import { checkNumbers, checkOptions, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { GELU } from '../nn/activation.ts';
import { MultiheadAttention } from '../nn/attention.ts';
import { checkIntegers } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Conv2d } from '../nn/conv.ts';
import { Dropout } from '../nn/dropout.ts';
import { normal_, xavierUniform_, zeros_ } from '../nn/init.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { Parameter } from '../nn/parameter.ts';
import { empty, zeros } from '../tensor/create.ts';
import { cat } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Sizes of a {@link VisionTransformer}. */
export interface VisionTransformerConfig {
  /** Height and width of images. */
  readonly imageSize: number;
  /** Height and width of the patches that images are cut into. */
  readonly patchSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  /** Features of a patch. */
  readonly hiddenDim: number;
  /** Features between the two linear layers. */
  readonly mlpDim: number;
  /** Channels of images. Default 3. */
  readonly inChannels?: number;
  /** Default 0. */
  readonly dropout?: number;
  /** Dropout of attention weights. Default 0. */
  readonly attentionDropout?: number;
  /** Default 1000. */
  readonly numClasses?: number;
}
const optionals = { inChannels: 3, dropout: 0, attentionDropout: 0, numClasses: 1000 };
const sizes = ['imageSize', 'patchSize', 'numLayers', 'numHeads', 'hiddenDim', 'mlpDim'] as const;
type Config = Required<VisionTransformerConfig>;

const normOf = (config: Config): LayerNorm => new LayerNorm(config.hiddenDim, { eps: 1e-6 });

/** The feed-forward block: of torchvision, whose name it is. */
class MLPBlock extends Sequential {
  constructor({ hiddenDim, mlpDim, dropout }: Config) {
    const layers = [new Linear(hiddenDim, mlpDim), new Linear(mlpDim, hiddenDim)] as const;
    super(layers[0], new GELU(), new Dropout(dropout), layers[1], new Dropout(dropout));
    for (const { weight, bias } of layers) {
      xavierUniform_(weight);
      normal_(bias!, 0, 1e-6);
    }
  }
}

class EncoderBlock extends Module {
  ln_1: LayerNorm;
  selfAttention: MultiheadAttention;
  dropout: Dropout;
  ln_2: LayerNorm;
  mlp: MLPBlock;

  constructor(config: Config) {
    super();
    this.ln_1 = normOf(config);
    this.selfAttention = new MultiheadAttention(config.hiddenDim, config.numHeads, {
      dropout: config.attentionDropout,
      batchFirst: true,
    });
    this.dropout = new Dropout(config.dropout);
    this.ln_2 = normOf(config);
    this.mlp = new MLPBlock(config);
  }
  override forward(input: Tensor): Tensor {
    const x = this.ln_1.forward(input);
    const [attended] = this.selfAttention.forward(x, x, x, { needWeights: false });
    const y = this.dropout.forward(attended).add(input);
    return y.add(this.mlp.forward(this.ln_2.forward(y)));
  }
}

class Encoder extends Module {
  posEmbedding: Parameter;
  dropout: Dropout;
  layers: Sequential;
  ln: LayerNorm;

  constructor(length: number, config: Config) {
    super();
    this.posEmbedding = new Parameter(empty([1, length, config.hiddenDim]));
    normal_(this.posEmbedding, 0, 0.02);
    this.dropout = new Dropout(config.dropout);
    this.layers = new Sequential(
      Object.fromEntries(
        Array.from({ length: config.numLayers }, (_, i) => [`encoder_layer_${i}`, new EncoderBlock(config)]),
      ),
    );
    this.ln = normOf(config);
  }
  override forward(input: Tensor): Tensor {
    return this.ln.forward(this.layers.forward(this.dropout.forward(input.add(this.posEmbedding))));
  }
}

/**
 * A vision transformer: images (N, C, imageSize, imageSize) are cut into patches, which an encoder reads behind a class token; the
 * token's features give scores (N, numClasses). Weights of torchvision's `vit_b_16` load as they are. Source: Dosovitskiy et al.,
 * arXiv 2010.11929; torchvision.models.VisionTransformer.
 *
 * @throws ShapeError for images of another size, or patches that do not divide it.
 * @example
 * const model = new models.VisionTransformer({
 *   imageSize: 8, patchSize: 4, numLayers: 1, numHeads: 2, hiddenDim: 8, mlpDim: 16, inChannels: 1, numClasses: 10,
 * });
 * model.forward(randn([2, 1, 8, 8])).shape; // [2, 10]
 */
export class VisionTransformer extends Module {
  readonly config: Config;
  classToken: Parameter;
  convProj: Conv2d;
  encoder: Encoder;
  heads: Sequential;

  constructor(config: VisionTransformerConfig) {
    super();
    const here = 'VisionTransformer';
    checkOptions(here, config, [...sizes, ...Object.keys(optionals)]);
    const c: Config = { ...optionals, ...config };
    const { imageSize, patchSize, hiddenDim, inChannels, numClasses } = c;
    checkIntegers(
      here,
      Object.fromEntries([...sizes, 'inChannels', 'numClasses'].map((n) => [n, c[n as 'numLayers']])),
      1,
    );
    checkNumbers(here, { dropout: c.dropout, attentionDropout: c.attentionDropout });
    if (imageSize % patchSize !== 0)
      throw new OptionError(`Input shape indivisible by patch size!\n  in ${here}: ${imageSize} and ${patchSize}`);
    this.config = c;
    this.classToken = new Parameter(zeros([1, 1, hiddenDim]));
    this.convProj = new Conv2d(inChannels, hiddenDim, patchSize, { stride: patchSize });
    normal_(this.convProj.weight, 0, Math.sqrt(1 / (inChannels * patchSize * patchSize)));
    zeros_(this.convProj.bias!);
    this.encoder = new Encoder((imageSize / patchSize) ** 2 + 1, c);
    const head = new Linear(hiddenDim, numClasses);
    zeros_(head.weight);
    zeros_(head.bias!);
    this.heads = new Sequential({ head });
  }

  override forward(images: Tensor): Tensor {
    const { imageSize, inChannels, hiddenDim } = this.config;
    const [batch, channels, height, width] = images.shape;
    if (images.ndim !== 4 || channels !== inChannels || height !== imageSize || width !== imageSize)
      throw new ShapeError(
        `VisionTransformer: expected images of (N, ${inChannels}, ${imageSize}, ${imageSize}), but got ${formatShape(images.shape)}`,
      );
    const patches = this.convProj.forward(images).reshape([batch!, hiddenDim, -1]).permute(0, 2, 1);
    const tokens = cat([this.classToken.expand([batch!, 1, hiddenDim]), patches], 1);
    return this.heads.forward(this.encoder.forward(tokens).at(':', 0));
  }
}

/** What the named sizes leave open. */
export type VisionTransformerOptions = Partial<VisionTransformerConfig>;

const named =
  (patchSize: number, numLayers: number, numHeads: number, hiddenDim: number) =>
  (options: VisionTransformerOptions = {}): VisionTransformer =>
    new VisionTransformer({
      imageSize: 224,
      patchSize,
      numLayers,
      numHeads,
      hiddenDim,
      mlpDim: 4 * hiddenDim,
      ...options,
    });
/** ViT-Ti/16: 12 layers of 192 features, 5.7 million parameters. */
export const vitTiny16 = named(16, 12, 3, 192);
/** ViT-S/16: 12 layers of 384 features, 22 million parameters. */
export const vitSmall16 = named(16, 12, 6, 384);
/** ViT-B/16: 12 layers of 768 features, 87 million parameters. Source: torchvision.models.vit_b_16. */
export const vitBase16 = named(16, 12, 12, 768);
