/** Stacks of transformer layers, and the encoder-decoder made of two. */
import { OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { full } from '../tensor/create.ts';
import { triu } from '../tensor/functions/triangular.ts';
import { scope } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, type FactoryOptions, factory } from './checks.ts';
import { cloneModule } from './clone.ts';
import { ModuleList } from './containers.ts';
import { xavierUniform_ } from './init.ts';
import { Module } from './module.ts';
import { LayerNorm } from './norm.ts';
import {
  type DecoderLayerForwardOptions,
  decoderForwardNames,
  type EncoderLayerForwardOptions,
  layerOptionNames,
  layerSettings,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from './transformer-layer.ts';

/** A layer that is called as {@link TransformerEncoderLayer} is. */
export type EncoderLayer = Module & { forward(src: Tensor, options: EncoderLayerForwardOptions): Tensor };
/** A layer that is called as {@link TransformerDecoderLayer} is. */
export type DecoderLayer = Module & {
  forward(tgt: Tensor, memory: Tensor, options: DecoderLayerForwardOptions): Tensor;
};
/** A layer that is called with one tensor, to normalise it. */
export type NormLayer = Module & { forward(input: Tensor): Tensor };

/** `numLayers` copies of a layer, each with parameters of its own that start alike. */
function copies<M extends Module>(name: string, layer: M, numLayers: number, norm: NormLayer | null): ModuleList<M> {
  if (!(layer instanceof Module)) wrongType(name, 'layer', 'Module', layer);
  if (norm !== null && !(norm instanceof Module)) wrongType(name, 'norm', 'Module or null', norm);
  checkIntegers(name, { numLayers });
  return new ModuleList(Array.from({ length: numLayers }, () => cloneModule(layer)));
}

/** Settings of {@link TransformerEncoder}. */
export interface TransformerEncoderOptions {
  /** Normalises what the last layer gives. Default none. */
  readonly norm?: NormLayer | null;
  /** Taken as PyTorch takes it, and without effect: there are no nested tensors here. */
  readonly enableNestedTensor?: boolean;
  /** Taken as PyTorch takes it, and without effect. */
  readonly maskCheck?: boolean;
}
/** Settings of {@link TransformerEncoder}'s forward. */
export interface EncoderForwardOptions {
  /** (S, S) or (N·nhead, S, S): true where a query may not look, or floats to add to the scores. */
  readonly mask?: Tensor | null;
  /** (N, S), or (S) unbatched: true at keys that nobody looks at. */
  readonly srcKeyPaddingMask?: Tensor | null;
  /** The mask is the causal one, and need not be read. Default false: nobody looks into the mask to find out. */
  readonly isCausal?: boolean | null;
}

/**
 * A stack of `numLayers` copies of an encoder layer: (S, N, E) gives (S, N, E), or (N, S, E) if the layer is so. The copies start
 * with the same numbers, as in PyTorch. Source: torch.nn.TransformerEncoder.
 *
 * @example
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16 });
 * const encoder = new nn.TransformerEncoder(layer, 3);
 * encoder.forward(randn([5, 2, 8])).shape; // [5, 2, 8]
 */
export class TransformerEncoder extends Module {
  layers: ModuleList<EncoderLayer>;
  readonly numLayers: number;
  norm: NormLayer | null;

  constructor(
    encoderLayer: EncoderLayer,
    numLayers: number,
    ...rest: OptionalArgs<[norm: NormLayer | null], TransformerEncoderOptions>
  ) {
    super();
    const here = 'TransformerEncoder';
    const names = ['norm', 'enableNestedTensor', 'maskCheck'] as const;
    const { norm = null } = optionalArgs<TransformerEncoderOptions>(here, names, rest);
    this.layers = copies(here, encoderLayer, numLayers, norm);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  override forward(
    src: Tensor,
    ...rest: OptionalArgs<[mask: Tensor | null, srcKeyPaddingMask: Tensor | null], EncoderForwardOptions>
  ): Tensor {
    const here = 'TransformerEncoder.forward';
    checkInput(here, src, 'src');
    const names = ['mask', 'srcKeyPaddingMask', 'isCausal'] as const;
    const o = optionalArgs<EncoderForwardOptions>(here, names, rest);
    const options = {
      srcMask: o.mask ?? null,
      srcKeyPaddingMask: o.srcKeyPaddingMask ?? null,
      isCausal: o.isCausal ?? false,
    };
    let output = src;
    for (const layer of this.layers) output = layer.forward(output, options);
    return this.norm ? this.norm.forward(output) : output;
  }
}

/** Settings of {@link TransformerDecoder}. */
export interface TransformerDecoderOptions {
  /** Normalises what the last layer gives. Default none. */
  readonly norm?: NormLayer | null;
}

/**
 * A stack of `numLayers` copies of a decoder layer: (T, N, E) and memory (S, N, E) give (T, N, E), or with the batch first if the
 * layer is so. The copies start with the same numbers, as in PyTorch. Source: torch.nn.TransformerDecoder.
 *
 * @example
 * const layer = new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16 });
 * const decoder = new nn.TransformerDecoder(layer, 3);
 * decoder.forward(randn([4, 2, 8]), randn([5, 2, 8])).shape; // [4, 2, 8]
 */
export class TransformerDecoder extends Module {
  layers: ModuleList<DecoderLayer>;
  readonly numLayers: number;
  norm: NormLayer | null;

  constructor(
    decoderLayer: DecoderLayer,
    numLayers: number,
    ...rest: OptionalArgs<[norm: NormLayer | null], TransformerDecoderOptions>
  ) {
    super();
    const here = 'TransformerDecoder';
    const { norm = null } = optionalArgs<TransformerDecoderOptions>(here, ['norm'], rest);
    this.layers = copies(here, decoderLayer, numLayers, norm);
    this.numLayers = numLayers;
    this.norm = norm;
  }

  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...rest: OptionalArgs<[tgtMask: Tensor | null], DecoderLayerForwardOptions>
  ): Tensor {
    const here = 'TransformerDecoder.forward';
    checkInput(here, tgt, 'tgt');
    checkInput(here, memory, 'memory');
    const options = optionalArgs<DecoderLayerForwardOptions>(here, decoderForwardNames, rest);
    let output = tgt;
    for (const layer of this.layers) output = layer.forward(output, memory, options);
    return this.norm ? this.norm.forward(output) : output;
  }
}

/** Settings of {@link Transformer}. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Features of both sequences. Default 512. */
  readonly dModel?: number;
  /** Default 8. */
  readonly nhead?: number;
  /** Default 6. */
  readonly numEncoderLayers?: number;
  /** Default 6. */
  readonly numDecoderLayers?: number;
  /** Takes the place of the encoder. */
  readonly customEncoder?: (Module & { forward(src: Tensor, options: EncoderForwardOptions): Tensor }) | null;
  /** Takes the place of the decoder. */
  readonly customDecoder?: DecoderLayer | null;
}
/** Settings of {@link Transformer}'s forward; see those of encoder and decoder. */
export interface TransformerForwardOptions extends DecoderLayerForwardOptions {
  /** (S, S) or (N·nhead, S, S): true where a query may not look, or floats to add to the scores. */
  readonly srcMask?: Tensor | null;
  /** (N, S), or (S) unbatched: true at keys that nobody looks at. */
  readonly srcKeyPaddingMask?: Tensor | null;
  /** srcMask is the causal one. Default false. */
  readonly srcIsCausal?: boolean | null;
}
const transformerNames = [
  'dModel',
  'nhead',
  'numEncoderLayers',
  'numDecoderLayers',
  'dimFeedforward',
  'dropout',
  'activation',
  'customEncoder',
  'customDecoder',
  ...layerOptionNames.slice(3),
] as readonly (keyof TransformerOptions)[];
const transformerForwardNames = [
  'srcMask',
  'tgtMask',
  'memoryMask',
  'srcKeyPaddingMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'srcIsCausal',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;

/**
 * Encoder and decoder: src (S, N, E) and tgt (T, N, E) give (T, N, E), or with the batch first. Embedding, positions and the last
 * linear layer are yours to add. All matrices start Xavier-uniform. Source: torch.nn.Transformer, arXiv 1706.03762.
 *
 * @throws ShapeError for other than dModel features, or batches that differ.
 * @example
 * const model = new nn.Transformer({ dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16 });
 * const mask = nn.Transformer.generateSquareSubsequentMask(4);
 * model.forward(randn([5, 2, 8]), randn([4, 2, 8]), { tgtMask: mask }).shape; // [4, 2, 8]
 */
export class Transformer extends Module {
  encoder: Module & { forward(src: Tensor, options: EncoderForwardOptions): Tensor };
  decoder: DecoderLayer;
  readonly dModel: number;
  readonly nhead: number;
  readonly batchFirst: boolean;

  constructor(...rest: OptionalArgs<[dModel: number, nhead: number, numEncoderLayers: number], TransformerOptions>) {
    super();
    const here = 'Transformer';
    const options = optionalArgs<TransformerOptions>(here, transformerNames, rest);
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6 } = options;
    const layer = layerSettings(here, dModel, nhead, options);
    const norm = () => new LayerNorm(dModel, { eps: layer.layerNormEps, bias: layer.bias, ...factory(options) });
    this.encoder =
      options.customEncoder ??
      new TransformerEncoder(new TransformerEncoderLayer(dModel, nhead, layer), numEncoderLayers, norm());
    this.decoder =
      options.customDecoder ??
      new TransformerDecoder(new TransformerDecoderLayer(dModel, nhead, layer), numDecoderLayers, norm());
    this.dModel = dModel;
    this.nhead = nhead;
    this.batchFirst = layer.batchFirst;
    this.resetParameters();
  }

  /** Draws the initial values of all matrices anew. */
  resetParameters(): void {
    for (const p of this.parameters()) if (p.ndim > 1) xavierUniform_(p);
  }

  override forward(
    src: Tensor,
    tgt: Tensor,
    ...rest: OptionalArgs<[srcMask: Tensor | null], TransformerForwardOptions>
  ): Tensor {
    const here = 'Transformer.forward';
    checkInput(here, src, 'src');
    checkInput(here, tgt, 'tgt');
    const o = optionalArgs<TransformerForwardOptions>(here, transformerForwardNames, rest);
    const sizes = `\n  in ${here}: src ${formatShape(src.shape)}, tgt ${formatShape(tgt.shape)}`;
    const batch = this.batchFirst ? 0 : 1;
    if (src.ndim === 3 && src.shape[batch] !== tgt.shape[batch])
      throw new ShapeError(`the batch number of src and tgt must be equal${sizes}`);
    if (src.shape.at(-1) !== this.dModel || tgt.shape.at(-1) !== this.dModel)
      throw new ShapeError(`the feature number of src and tgt must be equal to d_model${sizes}`);
    const { srcMask, srcKeyPaddingMask, srcIsCausal, ...decoding } = o;
    const memory = this.encoder.forward(src, {
      mask: srcMask ?? null,
      srcKeyPaddingMask: srcKeyPaddingMask ?? null,
      isCausal: srcIsCausal ?? null,
    });
    return this.decoder.forward(tgt, memory, decoding);
  }

  /**
   * The causal mask (sz, sz) to add to scores: −∞ above the diagonal, 0 elsewhere.
   *
   * @example
   * await nn.Transformer.generateSquareSubsequentMask(2).tolist(); // [[0, -Infinity], [0, 0]]
   */
  static generateSquareSubsequentMask(sz: number, options: FactoryOptions = {}): Tensor {
    if (!Number.isInteger(sz) || sz < 0)
      throw new OptionError(`generateSquareSubsequentMask: sz must be an integer of at least 0, got ${sz}`);
    return scope(() => triu(full([sz, sz], Number.NEGATIVE_INFINITY, factory(options)), 1));
  }
}
