import { describe, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import type { EmbeddingBagOptions } from '../tensor/functional/index.ts';
import * as functional from '../tensor/functional/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches, factoryNames } from './checks.ts';
import { checkTable, type EmbeddingOptions, type PretrainedOptions, Table } from './embedding.ts';

/** How the rows of a bag become one vector. */
type BagMode = NonNullable<EmbeddingBagOptions['mode']>;
interface BagSettings {
  /** `'mean'` (default), `'sum'` or `'max'`. */
  readonly mode?: BagMode;
  /** The last of the offsets is the end of the last bag and starts none. Default false. */
  readonly includeLastOffset?: boolean;
}
/** Settings of {@link EmbeddingBag}. */
export interface EmbeddingBagLayerOptions extends Omit<EmbeddingOptions, '_freeze'>, BagSettings {}
/** Settings of {@link EmbeddingBag.fromPretrained}. */
export interface PretrainedBagOptions extends PretrainedOptions, BagSettings {}
/** What forward of {@link EmbeddingBag} takes beside the indices. */
export type BagForwardOptions = Pick<EmbeddingBagOptions, 'offsets' | 'perSampleWeights'>;

const bagNames = [
  'maxNorm',
  'normType',
  'scaleGradByFreq',
  'mode',
  'sparse',
  'includeLastOffset',
  'paddingIdx',
] as const;

/**
 * Means, sums or maxima of bags of learned vectors: int32 indices `(B, N)`, bags of N each, or `(N)` cut at `offsets` `(B)`, give
 * `(B, embeddingDim)`. `perSampleWeights`, of the shape of the indices, multiply the rows (mode `'sum'`). Weight
 * `(numEmbeddings, embeddingDim)` starts standard normal. Source: torch.nn.EmbeddingBag.
 *
 * @throws ShapeError for an index outside the table; OptionError for settings that do not go together.
 * @example
 * const table = nn.EmbeddingBag.fromPretrained(tensor([[1, 2.5], [3, 4]]), { mode: 'sum' });
 * await table.forward(tensor([0, 1, 1]), tensor([0, 2])).tolist(); // [[4, 6.5], [3, 4]]
 */
export class EmbeddingBag extends Table {
  readonly mode: BagMode;
  readonly includeLastOffset: boolean;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    ...rest: OptionalArgs<[maxNorm: number | null], EmbeddingBagLayerOptions>
  ) {
    const layer = new.target.name;
    const given = optionalArgs<EmbeddingBagLayerOptions>(
      layer,
      [...bagNames, '_weight', ...factoryNames] as const,
      rest,
    );
    super(numEmbeddings, embeddingDim, given);
    const { mode = 'mean', includeLastOffset = false } = given;
    if (!['sum', 'mean', 'max'].includes(mode))
      throw new OptionError(`mode has to be one of sum, mean or max\n  in ${layer}: got ${describe(mode)}`);
    checkSwitches(layer, { includeLastOffset });
    this.mode = mode;
    this.includeLastOffset = includeLastOffset;
  }

  /**
   * Bags of given vectors `(numEmbeddings, embeddingDim)`, whose memory it shares. Frozen unless `freeze` is false.
   *
   * @example
   * const table = nn.EmbeddingBag.fromPretrained(tensor([[1, 2.3], [4, 6.3]]));
   * await table.forward(tensor([[1, 0]])).tolist(); // [[2.5, 4.3]]
   */
  static fromPretrained(
    embeddings: Tensor,
    ...rest: OptionalArgs<[freeze: boolean, maxNorm: number | null], PretrainedBagOptions>
  ): EmbeddingBag {
    return pretrained(embeddings, rest);
  }

  override forward(
    input: Tensor,
    ...rest: OptionalArgs<[offsets: Tensor | null, perSampleWeights: Tensor | null], BagForwardOptions>
  ): Tensor {
    checkInput('EmbeddingBag', input);
    const given = optionalArgs<BagForwardOptions>('EmbeddingBag', ['offsets', 'perSampleWeights'], rest);
    const { maxNorm, normType, scaleGradByFreq, mode, includeLastOffset, paddingIdx } = this;
    return functional.embeddingBag(input, this.weight, {
      ...given,
      maxNorm,
      normType,
      scaleGradByFreq,
      mode,
      includeLastOffset,
      paddingIdx,
    });
  }

  override extraRepr(): string {
    const padding = this.paddingIdx === null ? '' : `, padding_idx=${this.paddingIdx}`;
    return `${this.numEmbeddings}, ${this.embeddingDim}${this.lookupRepr()}, mode='${this.mode}'${padding}`;
  }
}

function pretrained(embeddings: Tensor, rest: readonly unknown[]): EmbeddingBag {
  const given = optionalArgs<PretrainedBagOptions>('fromPretrained', ['freeze', ...bagNames], rest);
  const { freeze = true, ...options } = given;
  const [rows, columns] = checkTable('EmbeddingBag', embeddings);
  const made = new EmbeddingBag(rows, columns, { ...options, _weight: embeddings });
  made.weight.requiresGrad_(!freeze);
  return made;
}
