import { checkOptions, DTypeError, describe, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape, sameShape } from '../core/shape.ts';
import { isOptions, type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { dropout as dropoutOf } from '../tensor/functional/dropout.ts';
import { type RecurrentKind, recurrentLayer } from '../tensor/functional/recurrent.ts';
import { cat, stack } from '../tensor/functions/core.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkInput, checkSwitches, type FactoryOptions, factoryNames, makeParameter } from './checks.ts';
import { uniform_ } from './init.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { pythonFloat } from './repr.ts';
import { PackedSequence } from './utils/rnn.ts';

/** Settings of all recurrent layers. */
export interface RecurrentLayerOptions extends FactoryOptions {
  /** Layers on top of each other, each taking the outputs of the one below. Default 1. */
  readonly numLayers?: number;
  /** Add two learnable biases per layer, as PyTorch (and cuDNN) does. Default true. */
  readonly bias?: boolean;
  /** Input and output are (N, T, *). States are (layers, N, *) all the same. Default false: (T, N, *). */
  readonly batchFirst?: boolean;
  /** In training, drop this share of the outputs of each layer but the last. Default 0. */
  readonly dropout?: number;
  /** A second set of layers walks from the last step to the first; the outputs of both are side by side. Default false. */
  readonly bidirectional?: boolean;
}
/** Settings of {@link RNN}. */
export interface RNNOptions extends RecurrentLayerOptions {
  /** Default `'tanh'`. */
  readonly nonlinearity?: 'tanh' | 'relu';
}
/** Settings of {@link LSTM}. */
export interface LSTMOptions extends RecurrentLayerOptions {
  /** Size of the hidden state, by a projection, if it is not that of the cell state. Default 0: no projection. */
  readonly projSize?: number;
}

const layerNames = ['bias', 'batchFirst', 'dropout', 'bidirectional'] as const;
const factoryOptions = factoryNames as readonly (keyof FactoryOptions)[];
/** Gates of a step: weights have so many times hiddenSize rows. */
const gatesOf: Readonly<Record<RecurrentKind, number>> = { lstm: 4, gru: 3, tanh: 1, relu: 1 };
const weightNames = ['weightIh', 'weightHh', 'biasIh', 'biasHh', 'weightHr'] as const;
type WeightName = (typeof weightNames)[number];

/** What RNN, LSTM and GRU are alike in. Source: torch.nn.RNNBase. */
export abstract class RNNBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  /** May be changed between steps. */
  dropout: number;
  readonly bidirectional: boolean;
  readonly projSize: number;
  private readonly kind: RecurrentKind;
  // Of layer k, by names as weightIhL0 and weightIhL0Reverse.
  [weight: `weightIhL${string}`]: Parameter;
  [weight: `weightHhL${string}`]: Parameter;
  [weight: `weightHrL${string}`]: Parameter;
  [bias: `biasIhL${string}`]: Parameter;
  [bias: `biasHhL${string}`]: Parameter;

  protected constructor(kind: RecurrentKind, inputSize: number, hiddenSize: number, options: LSTMOptions) {
    super();
    const {
      numLayers = 1,
      bias = true,
      batchFirst = false,
      dropout = 0,
      bidirectional = false,
      projSize = 0,
    } = options;
    checkSizes(this.constructor.name, { inputSize, hiddenSize, numLayers, dropout, projSize });
    checkSwitches(this.constructor.name, { bias, batchFirst, bidirectional });
    this.kind = kind;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = numLayers;
    this.bias = bias;
    this.batchFirst = batchFirst;
    this.dropout = dropout;
    this.bidirectional = bidirectional;
    this.projSize = projSize;
    const rows = gatesOf[kind] * hiddenSize;
    const below = this.outputSize * this.directions;
    for (let layer = 0; layer < numLayers; layer++) {
      const shapes: Readonly<Record<WeightName, readonly number[] | null>> = {
        weightIh: [rows, layer === 0 ? inputSize : below],
        weightHh: [rows, this.outputSize],
        biasIh: bias ? [rows] : null,
        biasHh: bias ? [rows] : null,
        weightHr: projSize > 0 ? [projSize, hiddenSize] : null,
      };
      for (let direction = 0; direction < this.directions; direction++) {
        for (const name of weightNames) {
          const shape = shapes[name];
          if (shape) Reflect.set(this, propertyOf(name, layer, direction), makeParameter(shape, options));
        }
      }
    }
    this.resetParameters();
  }

  /** Features of one direction's output and hidden state. */
  private get outputSize(): number {
    return this.projSize > 0 ? this.projSize : this.hiddenSize;
  }
  private get directions(): number {
    return this.bidirectional ? 2 : 1;
  }
  private weight(name: WeightName, layer: number, direction: number): Parameter | null {
    return (Reflect.get(this, propertyOf(name, layer, direction)) as Parameter | undefined) ?? null;
  }

  /** The weights of each layer and direction, in PyTorch's order. */
  get allWeights(): Parameter[][] {
    const all: Parameter[][] = [];
    for (let i = 0; i < this.numLayers * this.directions; i++) {
      const [layer, direction] = [Math.floor(i / this.directions), i % this.directions];
      all.push(weightNames.map((name) => this.weight(name, layer, direction)).filter((p) => p !== null));
    }
    return all;
  }

  /** Draws the initial values anew: uniform in ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.hiddenSize);
    for (const p of this.parameters()) uniform_(p, -bound, bound);
  }

  /** Does nothing: cuDNN wants all weights in one piece of memory. Here for programs that call it. */
  flattenParameters(): void {}

  /** Runs all layers; `states` are h0, and c0 of an LSTM, (layers, N, *) or, unbatched, (layers, *). */
  protected run(
    input: Tensor | PackedSequence,
    states: readonly Tensor[] | null,
  ): { readonly output: Tensor | PackedSequence; readonly states: Tensor[] } {
    if (input instanceof PackedSequence) {
      const { ragged } = input;
      this.checkFeatures(ragged.some, 1 + ragged.stepShape.length, 2);
      this.checkStates(states, ragged.lengths.length);
      const result = this.layers(ragged.padded, states, ragged.lengthTensor);
      return { output: new PackedSequence(ragged.withBlock(result.output)), states: result.states };
    }
    const name = this.constructor.name;
    checkInput(name, input);
    if (input.ndim !== 2 && input.ndim !== 3) {
      const noun = this.kind === 'lstm' || this.kind === 'gru' ? '' : ' tensor';
      throw new ShapeError(`${name}: Expected input to be 2D or 3D, got ${input.ndim}D${noun} instead`);
    }
    const batched = input.ndim === 3;
    this.checkStateRank(states, batched);
    const batch = batched && this.batchFirst ? input.transpose(0, 1) : input;
    const block = batched ? batch : input.unsqueeze(1);
    const given = batched ? states : (states?.map((s) => s.unsqueeze(1)) ?? null);
    this.checkFeatures(block, block.ndim, 3);
    this.checkStates(given, block.shape[1]!);
    const result = this.layers(block, given, null);
    if (!batched) return { output: result.output.squeeze(1), states: result.states.map((s) => s.squeeze(1)) };
    return { output: this.batchFirst ? result.output.transpose(0, 1) : result.output, states: result.states };
  }

  /** (T, N, inputSize) through all layers. */
  private layers(
    input: Tensor,
    states: readonly Tensor[] | null,
    lengths: Tensor | null,
  ): { readonly output: Tensor; readonly states: Tensor[] } {
    if (input.shape[0] === 0)
      throw new ShapeError(`Expected sequence length to be larger than 0 in RNN\n  got ${formatShape(input.shape)}`);
    const { numLayers, directions, dropout, training } = this;
    const hidden: Tensor[] = [];
    const cells: Tensor[] = [];
    let x = input;
    for (let layer = 0; layer < numLayers; layer++) {
      const outputs: Tensor[] = [];
      for (let direction = 0; direction < directions; direction++) {
        const weight = (name: WeightName): Parameter | null => this.weight(name, layer, direction);
        const [h0 = null, c0 = null] = states?.map((s) => s.at(layer * directions + direction)) ?? [];
        const { output, hn, cn } = recurrentLayer(
          this.kind,
          x,
          h0,
          c0,
          {
            weightIh: weight('weightIh')!,
            weightHh: weight('weightHh')!,
            biasIh: weight('biasIh'),
            biasHh: weight('biasHh'),
          },
          { reverse: direction === 1, lengths, projection: weight('weightHr') },
        );
        outputs.push(output);
        hidden.push(hn);
        if (cn) cells.push(cn);
      }
      x = outputs.length === 1 ? outputs[0]! : cat(outputs, 2);
      if (dropout > 0 && layer < numLayers - 1) x = dropoutOf(x, dropout, { training });
    }
    const stacked = (list: readonly Tensor[]): Tensor => (list.length === 1 ? list[0]!.unsqueeze(0) : stack(list));
    return { output: x, states: [hidden, cells].filter((list) => list.length > 0).map(stacked) };
  }

  private checkFeatures(input: Tensor, ndim: number, expected: number): void {
    const { dtype } = this.weight('weightIh', 0, 0)!;
    if (input.dtype !== dtype)
      throw new DTypeError(
        `RNN input dtype (torch.${input.dtype}) does not match weight dtype (torch.${dtype}). Convert input: input.to(torch.${dtype}), or convert model: model.to(torch.${input.dtype})\n  here: input.to('${dtype}')`,
      );
    if (ndim !== expected) throw new ShapeError(`input must have ${expected} dimensions, got ${ndim}`);
    const size = input.shape.at(-1)!;
    if (size !== this.inputSize)
      throw new ShapeError(`input.size(-1) must be equal to input_size. Expected ${this.inputSize}, got ${size}`);
  }

  /** Without a batch, states have none either. */
  private checkStateRank(states: readonly Tensor[] | null, batched: boolean): void {
    const rank = batched ? 3 : 2;
    if (!states || states.every((s) => s.ndim === rank)) return;
    const input = batched ? 'batched 3-D' : 'unbatched 2-D';
    const got = states.map((s) => `${s.ndim}-D`);
    throw new ShapeError(
      states.length === 1
        ? `For ${input} input, hx should also be ${rank}-D but got ${got[0]} tensor`
        : `For ${input} input, hx and cx should also be ${rank}-D but got (${got.join(', ')}) tensors`,
    );
  }

  private checkStates(states: readonly Tensor[] | null, batch: number): void {
    for (const [i, state] of (states ?? []).entries()) {
      const expected = [this.numLayers * this.directions, batch, i === 0 ? this.outputSize : this.hiddenSize];
      if (sameShape(state.shape, expected)) continue;
      const which = states!.length === 1 ? 'hidden' : `hidden[${i}]`;
      throw new ShapeError(
        `Expected ${which} size (${expected.join(', ')}), got ${formatShape(state.shape)}\n  (layers · directions, N, features), also where the input is (N, T, features)`,
      );
    }
  }

  override extraRepr(): string {
    const { inputSize, hiddenSize, projSize, numLayers, bias, batchFirst, dropout, bidirectional } = this;
    const parts = [`${inputSize}, ${hiddenSize}`];
    if (projSize !== 0) parts.push(`proj_size=${projSize}`);
    if (numLayers !== 1) parts.push(`num_layers=${numLayers}`);
    if (!bias) parts.push('bias=False');
    if (batchFirst) parts.push('batch_first=True');
    if (dropout !== 0) parts.push(`dropout=${pythonFloat(dropout)}`);
    if (bidirectional) parts.push('bidirectional=True');
    return parts.join(', ');
  }
}

const propertyOf = (name: WeightName, layer: number, direction: number): string =>
  `${name}L${layer}${direction === 1 ? 'Reverse' : ''}`;

function checkSizes(
  layer: string,
  sizes: {
    readonly inputSize: number;
    readonly hiddenSize: number;
    readonly numLayers: number;
    readonly dropout: number;
    readonly projSize: number;
  },
): void {
  const { dropout, projSize, hiddenSize } = sizes;
  const fail = (message: string): never => {
    throw new OptionError(`${message}\n  in ${layer}`);
  };
  if (!(typeof dropout === 'number' && dropout >= 0 && dropout <= 1))
    fail('dropout should be a number in range [0, 1] representing the probability of an element being zeroed');
  const counts = { input_size: sizes.inputSize, hidden_size: hiddenSize, num_layers: sizes.numLayers };
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value)) fail(`${name} should be of type int, got: ${describe(value)}`);
    if (value <= 0) fail(`${name} must be greater than zero`);
  }
  if (!(Number.isInteger(projSize) && projSize >= 0))
    fail('proj_size should be a positive integer or zero to disable projections');
  if (dropout > 0 && sizes.numLayers === 1) {
    console.warn(
      `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${dropout} and num_layers=1\n  in ${layer}`,
    );
  }
  if (projSize >= hiddenSize) fail('proj_size has to be smaller than hidden_size');
}

/** Only an LSTM has projections. */
function withoutProjection(given: readonly unknown[]): void {
  const options = given.at(-1) as object | undefined;
  if (isOptions(options) && 'projSize' in options)
    throw new OptionError('proj_size argument is only supported for LSTM, not RNN or GRU');
}

/** First states: as the second argument, or by name. */
export type StateArg<S> = S | null | { readonly hx?: S | null };

function byName<S>(name: string, hx: StateArg<S>): S | null {
  if (typeof hx !== 'object' || hx === null || Array.isArray(hx) || hx instanceof Tensor) return hx as S | null;
  checkOptions(name, hx, ['hx']);
  return (hx as { readonly hx?: S | null }).hx ?? null;
}

/** One state, where there is one only. */
export function stateOf(name: string, arg: StateArg<Tensor>): readonly Tensor[] | null {
  const hx = byName(name, arg);
  if (hx === null) return null;
  checkInput(name, hx, 'hx');
  return [hx];
}

/**
 * Elman network: hₜ = tanh(W_ih·xₜ + b_ih + W_hh·hₜ₋₁ + b_hh), or relu of it. Takes `(T, N, inputSize)`, `(N, T, inputSize)` with
 * `batchFirst`, `(T, inputSize)` or a {@link PackedSequence}, and optionally the first states `(numLayers·directions, N, hiddenSize)`
 * (without N where the input has none; default zeros), and returns all outputs of the last layer, `(T, N, directions·hiddenSize)`,
 * and the last states of all layers, of the shape of the first. Weights start uniform in ±1/√hiddenSize. Source: torch.nn.RNN.
 *
 * @throws OptionError for sizes that are not positive and for other nonlinearities; ShapeError for inputs and states that do not fit.
 * @example
 * const rnn = new nn.RNN(10, 20, 2);
 * const [output, hn] = rnn.forward(randn([5, 3, 10]), zeros([2, 3, 20]));
 * output.shape; // [5, 3, 20]
 * hn.shape; // [2, 3, 20]
 */
export class RNN extends RNNBase {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, ...rest: OptionalArgs<[numLayers: number], RNNOptions>) {
    withoutProjection(rest);
    const names = ['numLayers', 'nonlinearity', ...layerNames, ...factoryOptions] as const;
    const options = optionalArgs<RNNOptions>('RNN', names, rest);
    const { nonlinearity = 'tanh' } = options;
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu')
      throw new OptionError(`Unknown nonlinearity '${nonlinearity}'. Select from 'tanh' or 'relu'.`);
    super(nonlinearity, inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  override forward(input: Tensor, hx?: StateArg<Tensor>): [output: Tensor, hn: Tensor];
  override forward(input: PackedSequence, hx?: StateArg<Tensor>): [output: PackedSequence, hn: Tensor];
  override forward(input: Tensor | PackedSequence, hx: StateArg<Tensor> = null): [Tensor | PackedSequence, Tensor] {
    const { output, states } = this.run(input, stateOf('RNN', hx));
    return [output, states[0]!];
  }
}

/**
 * Gated recurrent units. Takes and returns what {@link RNN} does; with gates r and z, hₜ = (1 − z)·n + z·hₜ₋₁,
 * n = tanh(W_in·x + b_in + r·(W_hn·hₜ₋₁ + b_hn)). Source: torch.nn.GRU; Cho et al., arXiv 1406.1078.
 *
 * @throws OptionError for sizes that are not positive; ShapeError for inputs and states that do not fit.
 * @example
 * const gru = new nn.GRU(10, 20, { batchFirst: true, bidirectional: true });
 * const [output, hn] = gru.forward(randn([3, 5, 10]));
 * output.shape; // [3, 5, 40]
 * hn.shape; // [2, 3, 20]
 */
export class GRU extends RNNBase {
  constructor(
    inputSize: number,
    hiddenSize: number,
    ...rest: OptionalArgs<[numLayers: number], RecurrentLayerOptions>
  ) {
    withoutProjection(rest);
    const names = ['numLayers', ...layerNames, ...factoryOptions] as const;
    super('gru', inputSize, hiddenSize, optionalArgs<RecurrentLayerOptions>('GRU', names, rest));
  }

  override forward(input: Tensor, hx?: StateArg<Tensor>): [output: Tensor, hn: Tensor];
  override forward(input: PackedSequence, hx?: StateArg<Tensor>): [output: PackedSequence, hn: Tensor];
  override forward(input: Tensor | PackedSequence, hx: StateArg<Tensor> = null): [Tensor | PackedSequence, Tensor] {
    const { output, states } = this.run(input, stateOf('GRU', hx));
    return [output, states[0]!];
  }
}

/**
 * Long short-term memory. Takes `(T, N, inputSize)`, `(N, T, inputSize)` with `batchFirst`, `(T, inputSize)` or a {@link PackedSequence},
 * and optionally the first states `[h0, c0]`, `(numLayers·directions, N, hiddenSize)` each (without N where the input has none;
 * default zeros). Returns all outputs of the last layer, `(T, N, directions·hiddenSize)`, and the last states `[hn, cn]` of all
 * layers. With `projSize` outputs and h have that many features. Weights start uniform in ±1/√hiddenSize. Source: torch.nn.LSTM;
 * Hochreiter & Schmidhuber, 1997; projections: Sak et al., arXiv 1402.1128.
 *
 * @throws OptionError for sizes that are not positive, and a projSize that is not below hiddenSize; ShapeError for inputs and
 * states that do not fit.
 * @example
 * const lstm = new nn.LSTM(10, 20, 2);
 * const [output, [hn, cn]] = lstm.forward(randn([5, 3, 10]));
 * output.shape; // [5, 3, 20]
 * cn.shape; // [2, 3, 20]
 */
export class LSTM extends RNNBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: OptionalArgs<[numLayers: number], LSTMOptions>) {
    const names = ['numLayers', ...layerNames, 'projSize', ...factoryOptions] as const;
    super('lstm', inputSize, hiddenSize, optionalArgs<LSTMOptions>('LSTM', names, rest));
  }

  override forward(input: Tensor, hx?: StateArg<LSTMState>): [output: Tensor, state: [hn: Tensor, cn: Tensor]];
  override forward(
    input: PackedSequence,
    hx?: StateArg<LSTMState>,
  ): [output: PackedSequence, state: [hn: Tensor, cn: Tensor]];
  override forward(
    input: Tensor | PackedSequence,
    hx: StateArg<LSTMState> = null,
  ): [Tensor | PackedSequence, [Tensor, Tensor]] {
    const { output, states } = this.run(input, lstmState('LSTM', hx));
    return [output, [states[0]!, states[1]!]];
  }
}

/** Hidden state and cell state. */
export type LSTMState = readonly [h: Tensor, c: Tensor];

/** Throws unless `hx` is a hidden and a cell state, or nothing. */
export function lstmState(name: string, arg: StateArg<LSTMState>): LSTMState | null {
  const hx = byName(name, arg);
  if (hx === null) return null;
  if (!Array.isArray(hx) || hx.length !== 2)
    throw new OptionError(`${name}: hx must be [h, c], hidden state and cell state, got ${describe(hx)}`);
  for (const [i, state] of hx.entries()) checkInput(name, state, `hx[${i}]`);
  return hx;
}
