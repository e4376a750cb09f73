import { checkOptions, describe, OptionError, ShapeError, wrongType } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import * as functional from '../tensor/functional/index.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import { checkInput, checkIntegers, type FactoryOptions, factoryNames, makeParameter } from './checks.ts';
import { normal_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';

/** Settings of {@link Embedding}. */
export interface EmbeddingOptions extends FactoryOptions {
  /** The row that stands for nothing: it starts at zero and gets no gradient. Negative counts from the end. */
  readonly paddingIdx?: number | null;
}

/**
 * A table of learned vectors: int32 indices `(*)` give `(*, embeddingDim)`. Weight `(numEmbeddings, embeddingDim)` starts standard
 * normal. Source: torch.nn.Embedding.
 *
 * @throws ShapeError for an index outside the table.
 * @example
 * const table = new nn.Embedding(10, 3);
 * table.forward(tensor([[1, 2], [4, 5]])).shape; // [2, 2, 3]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  weight: Parameter;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    options: EmbeddingOptions & { readonly weight?: Parameter } = {},
  ) {
    super();
    checkIntegers('Embedding', { numEmbeddings, embeddingDim });
    checkOptions('Embedding', options, ['paddingIdx', 'weight', ...factoryNames]);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = row(options.paddingIdx ?? null, numEmbeddings);
    const { weight } = options;
    if (weight !== undefined) checkWeight(weight, [numEmbeddings, embeddingDim]);
    this.weight = weight ?? makeParameter([numEmbeddings, embeddingDim], options);
    if (!options.weight) this.resetParameters();
  }

  /**
   * A table of given vectors `(numEmbeddings, embeddingDim)`, whose memory it shares. Frozen unless `freeze` is false.
   *
   * @example
   * const table = nn.Embedding.fromPretrained(tensor([[1, 2.3], [4, 5.1]]));
   * await table.forward(tensor([1])).tolist(); // [[4, 5.1]]
   */
  static fromPretrained(embeddings: Tensor, options: { freeze?: boolean; paddingIdx?: number | null } = {}): Embedding {
    checkOptions('fromPretrained', options, ['freeze', 'paddingIdx']);
    checkInput('Embedding.fromPretrained', embeddings, 'embeddings');
    const [rows, columns] = embeddings.shape;
    if (embeddings.ndim !== 2) {
      throw new ShapeError(
        `Embeddings parameter is expected to be 2-dimensional\n  in Embedding.fromPretrained: got ${formatShape(embeddings.shape)}`,
      );
    }
    const weight = new Parameter(embeddings, { requiresGrad: !(options.freeze ?? true) });
    return new Embedding(rows!, columns!, { weight, paddingIdx: options.paddingIdx ?? null });
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.at(paddingIdx).zero_());
  }

  override forward(input: Tensor): Tensor {
    checkInput('Embedding', input);
    return functional.embedding(input, this.weight, { paddingIdx: this.paddingIdx });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? '' : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}`;
  }
}

function checkWeight(weight: unknown, shape: readonly number[]): void {
  if (!(weight instanceof Parameter))
    wrongType('Embedding', 'weight', 'Parameter', weight, 'fromPretrained() takes a tensor');
  if (!sameShape(weight.shape, shape)) {
    throw new ShapeError(
      `Shape of weight does not match num_embeddings and embedding_dim\n  in Embedding: ${formatShape(weight.shape)} for ${formatShape(shape)}`,
    );
  }
}

function row(index: number | null, rows: number): number | null {
  if (index === null) return null;
  if (!Number.isInteger(index) || index < -rows || index >= rows) {
    throw new OptionError(
      `Padding_idx must be within num_embeddings\n  in Embedding: got ${describe(index)} for ${rows} rows`,
    );
  }
  return index < 0 ? index + rows : index;
}
