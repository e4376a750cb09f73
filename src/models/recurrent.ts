/** Recurrent networks for text: a classifier of sequences, and a language model that reads and writes token by token. */
import { checkOptions, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { checkInput, checkIntegers } from '../nn/checks.ts';
import { Dropout } from '../nn/dropout.ts';
import { Embedding } from '../nn/embedding.ts';
import { Linear } from '../nn/linear.ts';
import { Module } from '../nn/module.ts';
import { GRU, LSTM, type LSTMState, RNN } from '../nn/rnn.ts';
import { type HostIntegers, type PackedSequence, packPaddedSequence } from '../nn/utils/rnn.ts';
import { oneHot } from '../tensor/functional/sparse.ts';
import { cat } from '../tensor/functions/core.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type GenerateOptions, generate } from './generate.ts';

/** Sizes of recurrent models. */
export interface RecurrentModelConfig {
  /** Which layer reads the sequence. Default `'LSTM'`. */
  readonly cell?: 'RNN' | 'LSTM' | 'GRU';
  /** Features of a token's embedding; null gives each token its own input instead (one-hot). Default null. */
  readonly embeddingDim?: number | null;
  /** Default 128. */
  readonly hiddenSize?: number;
  /** Default 1. */
  readonly numLayers?: number;
  /** Between the layers, and before the last one. Default 0. */
  readonly dropout?: number;
}
/** Settings of {@link RecurrentClassifier}. */
export interface RecurrentClassifierConfig extends RecurrentModelConfig {
  /** Read from both ends. Default false. */
  readonly bidirectional?: boolean;
}
const defaults = {
  cell: 'LSTM' as 'RNN' | 'LSTM' | 'GRU',
  embeddingDim: null as number | null,
  hiddenSize: 128,
  numLayers: 1,
  dropout: 0,
};
const cells = { RNN, LSTM, GRU };
type State = Tensor | LSTMState;

/** Tokens to hidden states: what both models are alike in. */
abstract class RecurrentModel extends Module {
  readonly vocabSize: number;
  embedding: Embedding | null;
  rnn: RNN | LSTM | GRU;
  dropout: Dropout;

  protected constructor(vocabSize: number, config: RecurrentClassifierConfig) {
    super();
    const { cell, embeddingDim, hiddenSize, numLayers, dropout } = { ...defaults, ...config };
    const { bidirectional = false } = config;
    checkIntegers(this.constructor.name, { vocabSize, embeddingDim: embeddingDim ?? 1 }, 1);
    if (!Object.hasOwn(cells, cell))
      throw new OptionError(
        `${this.constructor.name}: cell must be one of ${Object.keys(cells).join(', ')}, got '${cell}'`,
      );
    this.vocabSize = vocabSize;
    this.embedding = embeddingDim === null ? null : new Embedding(vocabSize, embeddingDim);
    this.rnn = new cells[cell](embeddingDim ?? vocabSize, hiddenSize, {
      numLayers,
      batchFirst: true,
      dropout: numLayers > 1 ? dropout : 0,
      bidirectional,
    });
    this.dropout = new Dropout(dropout);
  }

  /** (N, L) int32 ids as (N, L, features). */
  protected embedded(ids: Tensor): Tensor {
    const name = this.constructor.name;
    checkInput(name, ids, 'ids');
    if (ids.ndim !== 2) throw new ShapeError(`${name}: expected ids of (N, L), but got ${formatShape(ids.shape)}`);
    const { dtype } = this.rnn.allWeights[0]![0]!;
    return this.embedding ? this.embedding.forward(ids) : oneHot(ids, this.vocabSize).to(dtype);
  }
  protected read<X extends Tensor | PackedSequence>(x: X, state: State | null): [output: X, state: State] {
    return (this.rnn as unknown as { forward(x: X, hx: State | null): [X, State] }).forward(x, state);
  }
}

/**
 * Classifies sequences of tokens, such as names by their letters: int32 ids (N, L), and optionally the length of each sequence, give
 * scores (N, numClasses), a linear function of the last layer's last hidden state (of both directions). Sequences of different
 * lengths are padded with any token. Source: pytorch.org/tutorials/intermediate/char_rnn_classification_tutorial.
 *
 * @throws ShapeError for ids that are not (N, L) or outside the vocabulary, and lengths that do not fit; OptionError for other cells.
 * @example
 * const model = new models.RecurrentClassifier(27, 3, { cell: 'GRU', hiddenSize: 16 });
 * model.forward(tensor([[1, 2, 3, 4], [5, 6, 0, 0]]), [4, 2]).shape; // [2, 3]
 */
export class RecurrentClassifier extends RecurrentModel {
  readonly numClasses: number;
  fc: Linear;

  constructor(vocabSize: number, numClasses: number, config: RecurrentClassifierConfig = {}) {
    checkOptions('RecurrentClassifier', config, [...Object.keys(defaults), 'bidirectional']);
    super(vocabSize, config);
    checkIntegers('RecurrentClassifier', { numClasses }, 1);
    this.numClasses = numClasses;
    this.fc = new Linear(this.rnn.hiddenSize * (this.rnn.bidirectional ? 2 : 1), numClasses);
  }

  override forward(ids: Tensor, lengths: HostIntegers | null = null): Tensor {
    const x = this.embedded(ids);
    const [, state] = lengths
      ? this.read(packPaddedSequence(x, lengths, { batchFirst: true, enforceSorted: false }), null)
      : this.read(x, null);
    const hn = hiddenOf(state);
    const last = this.rnn.bidirectional ? cat([hn.at(-2), hn.at(-1)], 1) : hn.at(-1);
    return this.fc.forward(this.dropout.forward(last));
  }
}

const isPair = (state: State): state is LSTMState => Array.isArray(state);
const hiddenOf = (state: State): Tensor => (isPair(state) ? state[0] : state);

/** What a {@link RecurrentLanguageModel} remembers of the tokens that it has read: its states, without their history. */
export class RecurrentCache {
  state: State | null = null;
}

/** Settings of {@link RecurrentLanguageModel}'s forward. */
export interface RecurrentForwardOptions {
  /**
   * Read on from where the last call with this cache ended, and remember where this one ends. No gradient flows into the call
   * before: truncated backpropagation through time.
   */
  readonly cache?: RecurrentCache | null;
  /** Score the last so many tokens only; 0 (default) scores all. */
  readonly logitsToKeep?: number;
}

/**
 * A language model of characters, or other tokens: int32 ids (N, L) give scores (N, L, vocabSize) of the token that follows each.
 * Source: Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks"; pytorch/examples word_language_model.
 *
 * @throws ShapeError for ids that are not (N, L) or outside the vocabulary; OptionError for other cells.
 * @example
 * const model = new models.RecurrentLanguageModel(11, { cell: 'GRU', embeddingDim: 4, hiddenSize: 8 }).eval();
 * const ids = tensor([[1, 2, 3]]);
 * model.forward(ids).shape; // [1, 3, 11]
 * (await model.generate(ids, { maxNewTokens: 4 })).shape; // [1, 7]
 */
export class RecurrentLanguageModel extends RecurrentModel {
  fc: Linear;

  constructor(vocabSize: number, config: RecurrentModelConfig = {}) {
    checkOptions('RecurrentLanguageModel', config, Object.keys(defaults));
    super(vocabSize, config);
    this.fc = new Linear(this.rnn.hiddenSize, vocabSize);
  }

  /** The most tokens that it reads: any number. */
  get maxLength(): number {
    return Number.POSITIVE_INFINITY;
  }
  /** A cache that has read nothing yet. */
  makeCache(): RecurrentCache {
    return new RecurrentCache();
  }

  override forward(ids: Tensor, options: RecurrentForwardOptions = {}): Tensor {
    checkOptions('RecurrentLanguageModel.forward', options, ['cache', 'logitsToKeep']);
    const { cache = null, logitsToKeep = 0 } = options;
    const [output, state] = this.read(this.embedded(ids), cache?.state ?? null);
    // The next call reads it, when the scope of this one has closed.
    const kept = (t: Tensor): Tensor => t.detach().keep();
    if (cache) cache.state = isPair(state) ? [kept(state[0]), kept(state[1])] : kept(state);
    const length = ids.shape[1]!;
    const last = logitsToKeep > 0 ? output.at(':', [Math.max(length - logitsToKeep, 0), length]) : output;
    return this.fc.forward(this.dropout.forward(last));
  }

  /** Continues texts (N, L); see {@link generate}. */
  generate(ids: Tensor, options: GenerateOptions = {}): Promise<Tensor> {
    return generate(this, ids, options);
  }
}
