/** Attention in several heads, as a layer. */
import { checkNumbers, OptionError } from '../core/errors.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { multiHeadAttentionForward } from '../tensor/functional/attention.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factory,
  factoryNames,
  makeParameter,
} from './checks.ts';
import { xavierNormal_, xavierUniform_, zeros_ } from './init.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';

/** Settings of {@link MultiheadAttention}. */
export interface MultiheadAttentionOptions extends FactoryOptions {
  /** How likely each weight is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Biases of the projections. Default true. */
  readonly bias?: boolean;
  /** Add a learned key and value behind the given ones. Default false. */
  readonly addBiasKv?: boolean;
  /** Add a key and a value of zeros behind the given ones. Default false. */
  readonly addZeroAttn?: boolean;
  /** Features of keys. Default embedDim. */
  readonly kdim?: number | null;
  /** Features of values. Default embedDim. */
  readonly vdim?: number | null;
  /** Inputs and output are (N, L, E) and not (L, N, E). Default false. */
  readonly batchFirst?: boolean;
}
const optionNames = [
  'dropout',
  'bias',
  'addBiasKv',
  'addZeroAttn',
  'kdim',
  'vdim',
  'batchFirst',
  ...(factoryNames as readonly (keyof FactoryOptions)[]),
] as const;

/** Settings of {@link MultiheadAttention}'s forward. */
export interface MultiheadAttentionForwardOptions {
  /** (N, S), or (S) unbatched: true (or −∞, of floats to add) at keys that nobody looks at. */
  readonly keyPaddingMask?: Tensor | null;
  /** Return the weights too. Default true; without, less memory is needed. */
  readonly needWeights?: boolean;
  /** (L, S) or (N·numHeads, L, S): true where a query may not look, or floats to add to the scores. */
  readonly attnMask?: Tensor | null;
  /** Return the mean of the heads' weights (N, L, S), the default; else each head's (N, numHeads, L, S). */
  readonly averageAttnWeights?: boolean;
  /** The mask given is the causal one; with needWeights false it need not be read. Default false. */
  readonly isCausal?: boolean;
}
const forwardNames = ['keyPaddingMask', 'needWeights', 'attnMask', 'averageAttnWeights', 'isCausal'] as const;

/** The output projection, under the name that PyTorch prints. */
class NonDynamicallyQuantizableLinear extends Linear {}

/**
 * Attention in `numHeads` heads of queries (L, N, E), keys (S, N, kdim) and values (S, N, vdim); (N, L, E) and so on with
 * batchFirst, or without the N. `forward` returns `[output, weights]`: the output is shaped as the query, the weights (N, L, S)
 * are null unless needed. Projections start Xavier-uniform, their biases at zero. Source: torch.nn.MultiheadAttention, arXiv
 * 1706.03762.
 *
 * @throws OptionError when heads do not divide embedDim, ShapeError for inputs and masks that do not fit.
 * @example
 * const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
 * const sequence = randn([2, 5, 8]);
 * const [output, weights] = attention.forward(sequence, sequence, sequence);
 * output.shape; // [2, 5, 8]
 * weights!.shape; // [2, 5, 5]
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly kdim: number;
  readonly vdim: number;
  readonly numHeads: number;
  readonly headDim: number;
  /** How likely each weight is dropped in training. May be changed between steps. */
  dropout: number;
  readonly batchFirst: boolean;
  readonly addZeroAttn: boolean;
  /** The three projections below each other, (3·E, E): where keys and values have E features. */
  inProjWeight: Parameter | null;
  qProjWeight: Parameter | null;
  kProjWeight: Parameter | null;
  vProjWeight: Parameter | null;
  inProjBias: Parameter | null;
  biasK: Parameter | null;
  biasV: Parameter | null;
  outProj: Linear;

  constructor(embedDim: number, numHeads: number, ...rest: OptionalArgs<[dropout: number], MultiheadAttentionOptions>) {
    super();
    const here = 'MultiheadAttention';
    const options = optionalArgs<MultiheadAttentionOptions>(here, optionNames, rest);
    const { dropout = 0, bias = true, addBiasKv = false, addZeroAttn = false, batchFirst = false } = options;
    checkIntegers(here, { embedDim, numHeads }, Number.MIN_SAFE_INTEGER);
    checkNumbers(here, { dropout });
    checkSwitches(here, { bias, addBiasKv, addZeroAttn, batchFirst });
    if (embedDim <= 0 || numHeads <= 0)
      throw new OptionError(
        `embed_dim and num_heads must be greater than 0, got embed_dim=${embedDim} and num_heads=${numHeads} instead\n  in ${here}`,
      );
    if (embedDim % numHeads !== 0)
      throw new OptionError(
        `embed_dim must be divisible by num_heads\n  in ${here}: got embedDim ${embedDim} and numHeads ${numHeads}`,
      );
    const kdim = options.kdim ?? embedDim;
    const vdim = options.vdim ?? embedDim;
    checkIntegers(here, { kdim, vdim }, 1);
    this.embedDim = embedDim;
    this.kdim = kdim;
    this.vdim = vdim;
    this.numHeads = numHeads;
    this.headDim = embedDim / numHeads;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.addZeroAttn = addZeroAttn;
    const same = kdim === embedDim && vdim === embedDim;
    const weight = (columns: number): Parameter => makeParameter([embedDim, columns], options);
    this.inProjWeight = same ? makeParameter([3 * embedDim, embedDim], options) : null;
    this.qProjWeight = same ? null : weight(embedDim);
    this.kProjWeight = same ? null : weight(kdim);
    this.vProjWeight = same ? null : weight(vdim);
    this.inProjBias = bias ? makeParameter([3 * embedDim], options) : null;
    this.biasK = addBiasKv ? makeParameter([1, 1, embedDim], options) : null;
    this.biasV = addBiasKv ? makeParameter([1, 1, embedDim], options) : null;
    this.outProj = new NonDynamicallyQuantizableLinear(embedDim, embedDim, { bias, ...factory(options) });
    this.resetParameters();
  }

  /** Draws the initial values of the projections in anew; that of the output keeps its weight, as in PyTorch. */
  resetParameters(): void {
    for (const weight of [this.inProjWeight, this.qProjWeight, this.kProjWeight, this.vProjWeight])
      if (weight) xavierUniform_(weight);
    if (this.inProjBias) zeros_(this.inProjBias);
    if (this.inProjBias && this.outProj.bias) zeros_(this.outProj.bias);
    for (const bias of [this.biasK, this.biasV]) if (bias) xavierNormal_(bias);
  }

  override forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    ...rest: OptionalArgs<
      [keyPaddingMask: Tensor | null, needWeights: boolean, attnMask: Tensor | null],
      MultiheadAttentionForwardOptions
    >
  ): [output: Tensor, weights: Tensor | null] {
    const here = 'MultiheadAttention.forward';
    const options = optionalArgs<MultiheadAttentionForwardOptions>(here, forwardNames, rest);
    checkInput(here, query, 'query');
    checkInput(here, key, 'key');
    checkInput(here, value, 'value');
    const swap = this.batchFirst && query.ndim === 3;
    // Which inputs are one and the same must stay visible: those share one product.
    const turn = (x: Tensor): Tensor => (swap && x.ndim === 3 ? x.transpose(0, 1) : x);
    const q = turn(query);
    const k = key === query ? q : turn(key);
    const v = value === key ? k : value === query ? q : turn(value);
    const { inProjWeight, qProjWeight, kProjWeight, vProjWeight } = this;
    const [output, weights] = multiHeadAttentionForward(
      q,
      k,
      v,
      this.embedDim,
      this.numHeads,
      inProjWeight,
      this.inProjBias,
      this.biasK,
      this.biasV,
      this.addZeroAttn,
      this.dropout,
      this.outProj.weight,
      this.outProj.bias,
      {
        ...options,
        training: this.training,
        useSeparateProjWeight: inProjWeight === null,
        qProjWeight,
        kProjWeight,
        vProjWeight,
      },
    );
    return [turn(output), weights];
  }
}
