/** The layers that transformers are stacks of. */
import { checkNumbers, describe, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { gelu, relu } from '../tensor/functional/activation.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { MultiheadAttention } from './attention.ts';
import { checkInput, checkIntegers, checkSwitches, type FactoryOptions, factory, factoryNames } from './checks.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { LayerNorm } from './norm.ts';

/** A function of one tensor, or a layer that is one. */
export type Activation = ((input: Tensor) => Tensor) | (Module & { forward(input: Tensor): Tensor });

/** Settings of {@link TransformerEncoderLayer} and {@link TransformerDecoderLayer}. */
export interface TransformerLayerOptions extends FactoryOptions {
  /** Features between the two linear layers. Default 2048. */
  readonly dimFeedforward?: number;
  /** How likely elements are dropped in training, in four or five places. Default 0.1. */
  readonly dropout?: number;
  /** Between the two linear layers. Default `'relu'`. */
  readonly activation?: 'relu' | 'gelu' | Activation;
  /** Added to the variance in normalisations. Default 1e-5. */
  readonly layerNormEps?: number;
  /** Inputs and output are (N, L, E) and not (L, N, E). Default false. */
  readonly batchFirst?: boolean;
  /** Normalise before each block, and not after its sum. Default false. */
  readonly normFirst?: boolean;
  /** Biases of linear layers and normalisations. Default true. */
  readonly bias?: boolean;
}
/** In PyTorch's order. */
export const layerOptionNames = [
  'dimFeedforward',
  'dropout',
  'activation',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
  ...(factoryNames as readonly (keyof FactoryOptions)[]),
] as const;

type Settings = Required<Omit<TransformerLayerOptions, keyof FactoryOptions>> & FactoryOptions;

/** With the defaults, checked. */
export function layerSettings(
  layer: string,
  dModel: number,
  nhead: number,
  options: Omit<TransformerLayerOptions, never>,
): Settings {
  const { dimFeedforward = 2048, dropout = 0.1, activation = 'relu', layerNormEps = 1e-5 } = options;
  const { batchFirst = false, normFirst = false, bias = true } = options;
  checkIntegers(layer, { dModel, nhead }, Number.MIN_SAFE_INTEGER);
  checkIntegers(layer, { dimFeedforward });
  checkNumbers(layer, { dropout, layerNormEps });
  checkSwitches(layer, { batchFirst, normFirst, bias });
  const given = { dimFeedforward, dropout, activation, layerNormEps, batchFirst, normFirst, bias };
  return { ...given, ...factory(options) };
}

function activationOf(layer: string, activation: unknown): Activation {
  if (activation === 'relu') return relu;
  if (activation === 'gelu') return gelu;
  if (typeof activation === 'function' || activation instanceof Module) return activation as Activation;
  throw new OptionError(
    `activation should be relu/gelu, not ${typeof activation === 'string' ? activation : describe(activation)}\n  in ${layer}: give 'relu', 'gelu', a function or a layer`,
  );
}
const activate = (activation: Activation, x: Tensor): Tensor =>
  activation instanceof Module ? activation.forward(x) : activation(x);

/** Settings of {@link TransformerEncoderLayer}'s forward. */
export interface EncoderLayerForwardOptions {
  /** (S, S) or (N·nhead, S, S): true where a query may not look, or floats to add to the scores. */
  readonly srcMask?: Tensor | null;
  /** (N, S), or (S) unbatched: true at keys that nobody looks at. */
  readonly srcKeyPaddingMask?: Tensor | null;
  /** srcMask is the causal one, and need not be read. Default false. */
  readonly isCausal?: boolean;
}

/**
 * Self-attention and two linear layers, each added to its input and normalised: (S, N, E) gives (S, N, E), or (N, S, E) with
 * batchFirst. Source: torch.nn.TransformerEncoderLayer, arXiv 1706.03762.
 *
 * @throws OptionError for another activation or heads that do not divide dModel.
 * @example
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * layer.forward(randn([2, 5, 8])).shape; // [2, 5, 8]
 */
export class TransformerEncoderLayer extends Module {
  selfAttn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  readonly normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  activation: Activation;

  constructor(dModel: number, nhead: number, ...rest: OptionalArgs<[dimFeedforward: number], TransformerLayerOptions>) {
    super();
    const here = 'TransformerEncoderLayer';
    const options = optionalArgs<TransformerLayerOptions>(here, layerOptionNames, rest);
    const o = layerSettings(here, dModel, nhead, options);
    const made = { bias: o.bias, ...factory(o) };
    this.selfAttn = new MultiheadAttention(dModel, nhead, { dropout: o.dropout, batchFirst: o.batchFirst, ...made });
    this.linear1 = new Linear(dModel, o.dimFeedforward, made);
    this.dropout = new Dropout(o.dropout);
    this.linear2 = new Linear(o.dimFeedforward, dModel, made);
    this.normFirst = o.normFirst;
    this.norm1 = new LayerNorm(dModel, { eps: o.layerNormEps, ...made });
    this.norm2 = new LayerNorm(dModel, { eps: o.layerNormEps, ...made });
    this.dropout1 = new Dropout(o.dropout);
    this.dropout2 = new Dropout(o.dropout);
    this.activation = activationOf(here, o.activation);
  }

  override forward(
    src: Tensor,
    ...rest: OptionalArgs<[srcMask: Tensor | null, srcKeyPaddingMask: Tensor | null], EncoderLayerForwardOptions>
  ): Tensor {
    const here = 'TransformerEncoderLayer.forward';
    checkInput(here, src, 'src');
    const names = ['srcMask', 'srcKeyPaddingMask', 'isCausal'] as const;
    const o = optionalArgs<EncoderLayerForwardOptions>(here, names, rest);
    const attend = (x: Tensor): Tensor => this.attend(x, o);
    const feed = (x: Tensor): Tensor => this.feed(x);
    const { norm1, norm2 } = this;
    if (this.normFirst) {
      const x = src.add(attend(norm1.forward(src)));
      return x.add(feed(norm2.forward(x)));
    }
    const x = norm1.forward(src.add(attend(src)));
    return norm2.forward(x.add(feed(x)));
  }

  private attend(x: Tensor, { srcMask, srcKeyPaddingMask, isCausal }: EncoderLayerForwardOptions): Tensor {
    const [y] = this.selfAttn.forward(x, x, x, {
      attnMask: srcMask ?? null,
      keyPaddingMask: srcKeyPaddingMask ?? null,
      isCausal: isCausal ?? false,
      needWeights: false,
    });
    return this.dropout1.forward(y);
  }
  private feed(x: Tensor): Tensor {
    const hidden = activate(this.activation, this.linear1.forward(x));
    return this.dropout2.forward(this.linear2.forward(this.dropout.forward(hidden)));
  }
}

/** Settings of {@link TransformerDecoderLayer}'s forward. */
export interface DecoderLayerForwardOptions {
  /** (T, T) or (N·nhead, T, T): true where a query may not look, or floats to add to the scores. */
  readonly tgtMask?: Tensor | null;
  /** (T, S) or (N·nhead, T, S): as tgtMask, of what is seen of the encoder's output. */
  readonly memoryMask?: Tensor | null;
  /** (N, T), or (T) unbatched: true at keys that nobody looks at. */
  readonly tgtKeyPaddingMask?: Tensor | null;
  /** (N, S), or (S) unbatched: as tgtKeyPaddingMask, of the encoder's output. */
  readonly memoryKeyPaddingMask?: Tensor | null;
  /** tgtMask is the causal one, and need not be read. Default false. */
  readonly tgtIsCausal?: boolean;
  /** memoryMask is the causal one. Default false. */
  readonly memoryIsCausal?: boolean;
}
/** In PyTorch's order. */
export const decoderForwardNames = [
  'tgtMask',
  'memoryMask',
  'tgtKeyPaddingMask',
  'memoryKeyPaddingMask',
  'tgtIsCausal',
  'memoryIsCausal',
] as const;

/**
 * Self-attention, attention to the encoder's output, and two linear layers, each added to its input and normalised: (T, N, E)
 * and memory (S, N, E) give (T, N, E), or with the batch first. Source: torch.nn.TransformerDecoderLayer, arXiv 1706.03762.
 *
 * @throws OptionError for another activation or heads that do not divide dModel.
 * @example
 * const layer = new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * layer.forward(randn([2, 4, 8]), randn([2, 5, 8])).shape; // [2, 4, 8]
 */
export class TransformerDecoderLayer extends Module {
  selfAttn: MultiheadAttention;
  multiheadAttn: MultiheadAttention;
  linear1: Linear;
  dropout: Dropout;
  linear2: Linear;
  readonly normFirst: boolean;
  norm1: LayerNorm;
  norm2: LayerNorm;
  norm3: LayerNorm;
  dropout1: Dropout;
  dropout2: Dropout;
  dropout3: Dropout;
  activation: Activation;

  constructor(dModel: number, nhead: number, ...rest: OptionalArgs<[dimFeedforward: number], TransformerLayerOptions>) {
    super();
    const here = 'TransformerDecoderLayer';
    const options = optionalArgs<TransformerLayerOptions>(here, layerOptionNames, rest);
    const o = layerSettings(here, dModel, nhead, options);
    const made = { bias: o.bias, ...factory(o) };
    const attention = () =>
      new MultiheadAttention(dModel, nhead, { dropout: o.dropout, batchFirst: o.batchFirst, ...made });
    const norm = () => new LayerNorm(dModel, { eps: o.layerNormEps, ...made });
    this.selfAttn = attention();
    this.multiheadAttn = attention();
    this.linear1 = new Linear(dModel, o.dimFeedforward, made);
    this.dropout = new Dropout(o.dropout);
    this.linear2 = new Linear(o.dimFeedforward, dModel, made);
    this.normFirst = o.normFirst;
    this.norm1 = norm();
    this.norm2 = norm();
    this.norm3 = norm();
    this.dropout1 = new Dropout(o.dropout);
    this.dropout2 = new Dropout(o.dropout);
    this.dropout3 = new Dropout(o.dropout);
    this.activation = activationOf(here, o.activation);
  }

  override forward(
    tgt: Tensor,
    memory: Tensor,
    ...rest: OptionalArgs<[tgtMask: Tensor | null], DecoderLayerForwardOptions>
  ): Tensor {
    const here = 'TransformerDecoderLayer.forward';
    checkInput(here, tgt, 'tgt');
    checkInput(here, memory, 'memory');
    const o = optionalArgs<DecoderLayerForwardOptions>(here, decoderForwardNames, rest);
    const attend = (x: Tensor): Tensor => this.attend(x, o);
    const recall = (x: Tensor): Tensor => this.recall(x, memory, o);
    const feed = (x: Tensor): Tensor => this.feed(x);
    const { norm1, norm2, norm3 } = this;
    if (this.normFirst) {
      const x = tgt.add(attend(norm1.forward(tgt)));
      const y = x.add(recall(norm2.forward(x)));
      return y.add(feed(norm3.forward(y)));
    }
    const x = norm1.forward(tgt.add(attend(tgt)));
    const y = norm2.forward(x.add(recall(x)));
    return norm3.forward(y.add(feed(y)));
  }

  private attend(x: Tensor, { tgtMask, tgtKeyPaddingMask, tgtIsCausal }: DecoderLayerForwardOptions): Tensor {
    const [y] = this.selfAttn.forward(x, x, x, {
      attnMask: tgtMask ?? null,
      keyPaddingMask: tgtKeyPaddingMask ?? null,
      isCausal: tgtIsCausal ?? false,
      needWeights: false,
    });
    return this.dropout1.forward(y);
  }
  private recall(x: Tensor, memory: Tensor, o: DecoderLayerForwardOptions): Tensor {
    const [y] = this.multiheadAttn.forward(x, memory, memory, {
      attnMask: o.memoryMask ?? null,
      keyPaddingMask: o.memoryKeyPaddingMask ?? null,
      isCausal: o.memoryIsCausal ?? false,
      needWeights: false,
    });
    return this.dropout2.forward(y);
  }
  private feed(x: Tensor): Tensor {
    const hidden = activate(this.activation, this.linear1.forward(x));
    return this.dropout3.forward(this.linear2.forward(this.dropout.forward(hidden)));
  }
}
