import { checkNumbers, describe, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import * as functional from '../tensor/functional/index.ts';
import { noGrad, type Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factoryNames,
  makeParameter,
} from './checks.ts';
import { normal_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { pythonFloat } from './repr.ts';

/** How rows of a table are looked up. */
export interface LookupOptions {
  /** The row that stands for nothing: it starts at zero and gets no gradient. Negative counts from the end. */
  readonly paddingIdx?: number | null;
  /** Rows looked up with a greater norm are first scaled down to it, in the weight itself. */
  readonly maxNorm?: number | null;
  /** Which norm that is. Default 2. */
  readonly normType?: number;
  /** Divide the gradient of each row by how often it is looked up. Default false. */
  readonly scaleGradByFreq?: boolean;
  /** Accepted for PyTorch's sake: gradients are always dense. */
  readonly sparse?: boolean;
}
/** Settings of {@link Embedding}. */
export interface EmbeddingOptions extends LookupOptions, FactoryOptions {
  /** The table `(numEmbeddings, embeddingDim)`, whose memory is shared, instead of a random one. */
  readonly _weight?: Tensor | null;
  /** Do not train the table. Default false. */
  readonly _freeze?: boolean;
}
/** Settings of {@link Embedding.fromPretrained}. */
export interface PretrainedOptions extends LookupOptions {
  /** Do not train the table. Default true. */
  readonly freeze?: boolean;
}
const lookupNames = ['paddingIdx', 'maxNorm', 'normType', 'scaleGradByFreq', 'sparse'] as const;

/** A table of learned vectors, looked up by index. */
export abstract class Table extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  readonly maxNorm: number | null;
  readonly normType: number;
  readonly scaleGradByFreq: boolean;
  readonly sparse: boolean;
  weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingOptions) {
    super();
    const layer = this.constructor.name;
    const { paddingIdx, maxNorm = null, normType = 2, scaleGradByFreq = false, sparse = false } = options;
    const { _weight, _freeze = false } = options;
    checkIntegers(layer, { numEmbeddings, embeddingDim });
    checkNumbers(layer, { normType, maxNorm: maxNorm ?? 0 });
    checkSwitches(layer, { scaleGradByFreq, sparse, _freeze });
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = row(layer, paddingIdx ?? null, numEmbeddings);
    this.maxNorm = maxNorm;
    this.normType = normType;
    this.scaleGradByFreq = scaleGradByFreq;
    this.sparse = sparse;
    if (_weight) checkWeight(layer, _weight, [numEmbeddings, embeddingDim]);
    this.weight = _weight
      ? new Parameter(_weight, { requiresGrad: !_freeze })
      : makeParameter([numEmbeddings, embeddingDim], options).requiresGrad_(!_freeze);
    if (!_weight) this.resetParameters();
  }

  /** Draws the initial values anew. */
  resetParameters(): void {
    normal_(this.weight);
    const { paddingIdx } = this;
    if (paddingIdx !== null) noGrad(() => this.weight.at(paddingIdx).zero_());
  }

  /** What the text says of norms and frequencies. */
  protected lookupRepr(): string {
    return (
      (this.maxNorm === null ? '' : `, max_norm=${pythonFloat(this.maxNorm)}`) +
      (this.normType === 2 ? '' : `, norm_type=${pythonFloat(this.normType)}`) +
      (this.scaleGradByFreq ? ', scale_grad_by_freq=True' : '')
    );
  }
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
export class Embedding extends Table {
  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: OptionalArgs<[paddingIdx: number | null], EmbeddingOptions>
  ) {
    const names = [...lookupNames, '_weight', '_freeze', ...factoryNames] as const;
    super(numEmbeddings, embeddingDim, optionalArgs<EmbeddingOptions>(new.target.name, names, rest));
  }

  /**
   * A table of given vectors `(numEmbeddings, embeddingDim)`, whose memory it shares. Frozen unless `freeze` is false.
   *
   * @example
   * const table = nn.Embedding.fromPretrained(tensor([[1, 2.3], [4, 5.1]]));
   * await table.forward(tensor([1])).tolist(); // [[4, 5.1]]
   */
  static fromPretrained(
    embeddings: Tensor,
    ...rest: OptionalArgs<[freeze: boolean, paddingIdx: number | null], PretrainedOptions>
  ): Embedding {
    return pretrained(embeddings, rest);
  }

  override forward(input: Tensor): Tensor {
    checkInput('Embedding', input);
    const { paddingIdx, maxNorm, normType, scaleGradByFreq } = this;
    return functional.embedding(input, this.weight, { paddingIdx, maxNorm, normType, scaleGradByFreq });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? '' : `, padding_idx=${this.paddingIdx}`;
    const sparse = this.sparse ? ', sparse=True' : '';
    return `${this.numEmbeddings}, ${this.embeddingDim}${padding}${this.lookupRepr()}${sparse}`;
  }
}

// Outside of the class: bundlers rename classes that speak of themselves, and their names are in messages.
function pretrained(embeddings: Tensor, rest: readonly unknown[]): Embedding {
  const names = ['freeze', ...lookupNames] as const;
  const { freeze = true, ...options } = optionalArgs<PretrainedOptions>('fromPretrained', names, rest);
  const [rows, columns] = checkTable('Embedding', embeddings);
  return new Embedding(rows, columns, { ...options, _weight: embeddings, _freeze: freeze });
}

/** The sizes of a pretrained table. */
export function checkTable(layer: string, embeddings: Tensor): readonly [number, number] {
  checkInput(`${layer}.fromPretrained`, embeddings, 'embeddings');
  const [rows, columns] = embeddings.shape;
  if (embeddings.ndim === 2) return [rows!, columns!];
  throw new ShapeError(
    `Embeddings parameter is expected to be 2-dimensional\n  in ${layer}.fromPretrained: got ${formatShape(embeddings.shape)}`,
  );
}

function checkWeight(layer: string, weight: Tensor, shape: readonly number[]): void {
  checkInput(layer, weight, '_weight');
  if (sameShape(weight.shape, shape)) return;
  throw new ShapeError(
    `Shape of weight does not match num_embeddings and embedding_dim\n  in ${layer}: ${formatShape(weight.shape)} for ${formatShape(shape)}`,
  );
}

function row(layer: string, index: number | null, rows: number): number | null {
  if (index === null) return null;
  if (!Number.isInteger(index) || index < -rows || index >= rows) {
    throw new OptionError(
      `Padding_idx must be within num_embeddings\n  in ${layer}: got ${describe(index)} for ${rows} rows`,
    );
  }
  return index < 0 ? index + rows : index;
}
