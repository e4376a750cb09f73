/** The two transformers that tutorials begin with: an encoder that labels each place, and an encoder-decoder that translates. */
import { checkOptions, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { ReLU } from '../nn/activation.ts';
import { checkIntegers } from '../nn/checks.ts';
import { Sequential } from '../nn/containers.ts';
import { Dropout } from '../nn/dropout.ts';
import { Embedding } from '../nn/embedding.ts';
import { xavierUniform_ } from '../nn/init.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { LayerNorm } from '../nn/norm.ts';
import { Transformer, TransformerEncoder } from '../nn/transformer.ts';
import { type DecoderLayerForwardOptions, TransformerEncoderLayer } from '../nn/transformer-layer.ts';
import { arange, full } from '../tensor/create.ts';
import { flush, throttle } from '../tensor/device.ts';
import { cat, stack, where } from '../tensor/functions/core.ts';
import { scope } from '../tensor/scope.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';

/** The sines and cosines (maxLength, features) that tell places apart. Source: Vaswani et al., arXiv 1706.03762, 3.5. */
function sinusoids(maxLength: number, features: number): Tensor {
  return scope(() => {
    const rates = arange(0, features, 2, { dtype: 'float32' }).mul(-Math.log(10000) / features);
    const angles = arange(maxLength, { dtype: 'float32' }).unsqueeze(1).mul(rates.exp());
    return stack([angles.sin(), angles.cos()], 2).reshape([maxLength, -1]).at(':', [0, features]);
  });
}

/**
 * Adds to each place of a sequence (N, L, E) what tells it from others, sines and cosines, and drops some elements in training.
 *
 * @throws ShapeError for more than maxLength places.
 * @example
 * await new models.PositionalEncoding(4, { dropout: 0 }).forward(zeros([1, 1, 4])).tolist(); // [[[0, 1, 0, 1]]]
 */
export class PositionalEncoding extends Module {
  dropout: Dropout;
  pe: Tensor;

  constructor(dModel: number, options: { readonly dropout?: number; readonly maxLength?: number } = {}) {
    super();
    checkOptions('PositionalEncoding', options, ['dropout', 'maxLength']);
    const { dropout = 0.1, maxLength = 5000 } = options;
    checkIntegers('PositionalEncoding', { dModel, maxLength }, 1);
    this.dropout = new Dropout(dropout);
    this.pe = this.registerBuffer('pe', sinusoids(maxLength, dModel), { persistent: false });
  }
  override forward(x: Tensor): Tensor {
    const [length, most] = [x.shape.at(-2)!, this.pe.shape[0]!];
    if (length > most) throw new ShapeError(`PositionalEncoding: ${length} places are more than its ${most}`);
    return this.dropout.forward(x.add(this.pe.at([0, length])));
  }
}

/** Sizes of a {@link TransformerPredictor}. */
export interface TransformerPredictorConfig {
  /** Features of the input at each place. */
  readonly inputDim: number;
  /** Features inside. */
  readonly modelDim: number;
  /** Scores at each place. */
  readonly numClasses: number;
  readonly numHeads: number;
  readonly numLayers: number;
  /** Default 0. */
  readonly dropout?: number;
  /** Dropout of the input. Default 0. */
  readonly inputDropout?: number;
  /** The most places. Default 5000. */
  readonly maxLength?: number;
}

/**
 * An encoder that gives scores (N, L, numClasses) at each place of a sequence (N, L, inputDim): it learns to reverse digits within
 * seconds. Source: the transformer tutorial of uvadlc-notebooks.readthedocs.io, its TransformerPredictor.
 *
 * @example
 * const model = new models.TransformerPredictor({
 *   inputDim: 10, modelDim: 32, numClasses: 10, numHeads: 1, numLayers: 1,
 * });
 * const digits = randint(0, 10, [2, 16]);
 * model.forward(functional.oneHot(digits, 10).float()).shape; // [2, 16, 10]
 */
export class TransformerPredictor extends Module {
  inputNet: Sequential;
  positionalEncoding: PositionalEncoding;
  transformer: TransformerEncoder;
  outputNet: Sequential;

  constructor(config: TransformerPredictorConfig) {
    super();
    const required = ['inputDim', 'modelDim', 'numClasses', 'numHeads', 'numLayers'] as const;
    checkOptions('TransformerPredictor', config, [...required, 'dropout', 'inputDropout', 'maxLength']);
    const { inputDim, modelDim, numClasses, numHeads, numLayers } = config;
    checkIntegers('TransformerPredictor', { inputDim, modelDim, numClasses, numHeads, numLayers }, 1);
    const { dropout = 0, inputDropout = 0, maxLength = 5000 } = config;
    this.inputNet = new Sequential(new Dropout(inputDropout), new Linear(inputDim, modelDim));
    this.positionalEncoding = new PositionalEncoding(modelDim, { dropout: 0, maxLength });
    const layer = new TransformerEncoderLayer(modelDim, numHeads, 2 * modelDim, { dropout, batchFirst: true });
    this.transformer = new TransformerEncoder(layer, numLayers);
    this.outputNet = new Sequential(
      new Linear(modelDim, modelDim),
      new LayerNorm(modelDim),
      new ReLU(),
      new Dropout(dropout),
      new Linear(modelDim, numClasses),
    );
  }

  override forward(x: Tensor, options: { readonly mask?: Tensor | null; readonly positions?: boolean } = {}): Tensor {
    checkOptions('TransformerPredictor.forward', options, ['mask', 'positions']);
    const input = this.inputNet.forward(x);
    const placed = (options.positions ?? true) ? this.positionalEncoding.forward(input) : input;
    return this.outputNet.forward(this.transformer.forward(placed, { mask: options.mask ?? null }));
  }
}

/** Vectors of tokens, scaled as the positions' are. */
class TokenEmbedding extends Module {
  readonly #scale: number;
  embedding: Embedding;

  constructor(vocabSize: number, embSize: number) {
    super();
    this.#scale = Math.sqrt(embSize);
    this.embedding = new Embedding(vocabSize, embSize);
  }
  override forward(tokens: Tensor): Tensor {
    return this.embedding.forward(tokens).mul(this.#scale);
  }
}

/** Sizes of a {@link Seq2SeqTransformer}. */
export interface Seq2SeqTransformerConfig {
  readonly numEncoderLayers: number;
  readonly numDecoderLayers: number;
  /** Features of a token. */
  readonly embSize: number;
  readonly nhead: number;
  readonly srcVocabSize: number;
  readonly tgtVocabSize: number;
  /** Default 512. */
  readonly dimFeedforward?: number;
  /** Default 0.1. */
  readonly dropout?: number;
  /** The most tokens. Default 5000. */
  readonly maxLength?: number;
}
/** Masks of {@link Seq2SeqTransformer}'s forward, as those of nn.Transformer. */
export interface Seq2SeqForwardOptions
  extends Pick<DecoderLayerForwardOptions, 'tgtKeyPaddingMask' | 'memoryKeyPaddingMask'> {
  /** (N, S): true at tokens that only fill up the text. */
  readonly srcKeyPaddingMask?: Tensor | null;
}

/**
 * An encoder-decoder between texts: int32 tokens src (N, S) and tgt (N, T) give scores (N, T, tgtVocabSize) of the token that
 * follows each of tgt. Source: pytorch.org/tutorials/beginner/translation_transformer.html, with the batch first.
 *
 * @example
 * const model = new models.Seq2SeqTransformer({
 *   numEncoderLayers: 1, numDecoderLayers: 1, embSize: 8, nhead: 2, srcVocabSize: 9, tgtVocabSize: 7, dimFeedforward: 16,
 * }).eval();
 * const src = tensor([[3, 4, 5, 6]]);
 * model.forward(src, tensor([[1, 2]])).shape; // [1, 2, 7]
 * (await model.translate(src, { bos: 1, maxLength: 5 })).shape; // [1, 5]
 */
export class Seq2SeqTransformer extends Module {
  transformer: Transformer;
  generator: Linear;
  srcTokEmb: TokenEmbedding;
  tgtTokEmb: TokenEmbedding;
  positionalEncoding: PositionalEncoding;

  constructor(config: Seq2SeqTransformerConfig) {
    super();
    const required = [
      'numEncoderLayers',
      'numDecoderLayers',
      'embSize',
      'nhead',
      'srcVocabSize',
      'tgtVocabSize',
    ] as const;
    checkOptions('Seq2SeqTransformer', config, [...required, 'dimFeedforward', 'dropout', 'maxLength']);
    const { numEncoderLayers, numDecoderLayers, embSize, nhead, srcVocabSize, tgtVocabSize } = config;
    checkIntegers('Seq2SeqTransformer', { embSize, nhead, srcVocabSize, tgtVocabSize }, 1);
    const { dimFeedforward = 512, dropout = 0.1, maxLength = 5000 } = config;
    this.transformer = new Transformer({
      dModel: embSize,
      nhead,
      numEncoderLayers,
      numDecoderLayers,
      dimFeedforward,
      dropout,
      batchFirst: true,
    });
    this.generator = new Linear(embSize, tgtVocabSize);
    this.srcTokEmb = new TokenEmbedding(srcVocabSize, embSize);
    this.tgtTokEmb = new TokenEmbedding(tgtVocabSize, embSize);
    this.positionalEncoding = new PositionalEncoding(embSize, { dropout, maxLength });
    for (const p of this.parameters()) if (p.ndim > 1) xavierUniform_(p);
  }

  override forward(src: Tensor, tgt: Tensor, options: Seq2SeqForwardOptions = {}): Tensor {
    const names = ['srcKeyPaddingMask', 'tgtKeyPaddingMask', 'memoryKeyPaddingMask'];
    checkOptions('Seq2SeqTransformer.forward', options, names);
    if (src.ndim !== 2 || tgt.ndim !== 2)
      throw new ShapeError(
        `Seq2SeqTransformer: expected tokens of (N, S) and (N, T), but got ${formatShape(src.shape)} and ${formatShape(tgt.shape)}`,
      );
    const { srcKeyPaddingMask = null, ...decoding } = options;
    const memory = this.encode(src, srcKeyPaddingMask);
    return this.generator.forward(this.decode(tgt, memory, decoding));
  }

  /** What the encoder makes of tokens (N, S): (N, S, embSize). */
  encode(src: Tensor, srcKeyPaddingMask: Tensor | null = null): Tensor {
    return this.transformer.encoder.forward(this.positionalEncoding.forward(this.srcTokEmb.forward(src)), {
      srcKeyPaddingMask,
    });
  }
  /** What the decoder makes of tokens (N, T) and the encoder's output: (N, T, embSize). Each token sees those before it. */
  decode(tgt: Tensor, memory: Tensor, options: Omit<Seq2SeqForwardOptions, 'srcKeyPaddingMask'> = {}): Tensor {
    const tgtMask = Transformer.generateSquareSubsequentMask(tgt.shape[1]!, { device: tgt.device });
    const embedded = this.positionalEncoding.forward(this.tgtTokEmb.forward(tgt));
    return this.transformer.decoder.forward(embedded, memory, { ...options, tgtMask, tgtIsCausal: true });
  }

  /**
   * Greedy translation of tokens (N, S): (N, maxLength), beginning with the token `bos`. Put the model into eval() mode first. The
   * decoder always reads maxLength places, those to come hidden, so that every step is the same plan.
   */
  async translate(
    src: Tensor,
    { bos, maxLength }: { readonly bos: number; readonly maxLength: number },
  ): Promise<Tensor> {
    checkIntegers('translate', { bos });
    checkIntegers('translate', { maxLength }, 1);
    const place = { device: src.device, dtype: 'int32' } as const;
    const texts = full([src.shape[0]!, maxLength], bos, place);
    const columns = arange(maxLength, place);
    const memory = noGrad(() => scope(() => this.encode(src)));
    for (let position = 1; position < maxLength; position++) {
      noGrad(() =>
        scope(() => {
          const chosen = this.generator.forward(this.decode(texts, memory)).argmax(-1);
          // What follows place i is chosen at place i: all move up by one, and only the next one is new.
          const next = cat([texts.at(':', [0, 1]), chosen.at(':', [0, maxLength - 1])], 1);
          texts.copy_(where(columns.eq(position), next, texts));
        }),
      );
      flush();
      await throttle();
    }
    return texts;
  }
}
