import { DTypeError, OptionError, ShapeError } from '../core/errors.ts';
import { formatShape } from '../core/shape.ts';
import { type OptionalArgs, optionalArgs } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import { gruCell, lstmCell, rnnReluCell, rnnTanhCell } from '../tensor/functional/recurrent.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  checkInput,
  checkIntegers,
  checkSwitches,
  type FactoryOptions,
  factoryNames,
  makeParameter,
} from './checks.ts';
import { uniform_ } from './init.ts';
import { Module } from './module.ts';
import type { Parameter } from './parameter.ts';
import { type LSTMState, lstmState, type StateArg, stateOf } from './rnn.ts';

/** Settings of recurrent cells. */
export interface RecurrentCellOptions extends FactoryOptions {
  /** Add two learnable biases, as PyTorch does. Default true. */
  readonly bias?: boolean;
}
/** Settings of {@link RNNCell}. */
export interface RNNCellOptions extends RecurrentCellOptions {
  /** Default `'tanh'`. */
  readonly nonlinearity?: 'tanh' | 'relu';
}
const factoryOptions = factoryNames as readonly (keyof FactoryOptions)[];

/** The functions of one step, and how many gates their weights are for. */
const kinds = {
  lstm: { gates: 4, step: lstmCell },
  gru: { gates: 3, step: gruCell },
  tanh: { gates: 1, step: rnnTanhCell },
  relu: { gates: 1, step: rnnReluCell },
};
type Step = (
  input: Tensor,
  hx: Tensor | readonly Tensor[],
  weightIh: Tensor,
  weightHh: Tensor,
  biasIh: Tensor | null,
  biasHh: Tensor | null,
) => Tensor | Tensor[];

const place = ({ dtype, device }: Tensor) => ({ dtype, device });

/** What RNNCell, LSTMCell and GRUCell are alike in. Source: torch.nn.RNNCellBase. */
export abstract class RNNCellBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  readonly #kind: keyof typeof kinds;
  weightIh: Parameter;
  weightHh: Parameter;
  biasIh: Parameter | null;
  biasHh: Parameter | null;

  protected constructor(
    kind: keyof typeof kinds,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentCellOptions,
  ) {
    super();
    const { bias = true } = options;
    checkIntegers(this.constructor.name, { inputSize, hiddenSize });
    checkSwitches(this.constructor.name, { bias });
    this.#kind = kind;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    const rows = kinds[kind].gates * hiddenSize;
    this.weightIh = makeParameter([rows, inputSize], options);
    this.weightHh = makeParameter([rows, hiddenSize], options);
    this.biasIh = bias ? makeParameter([rows], options) : null;
    this.biasHh = bias ? makeParameter([rows], options) : null;
    this.resetParameters();
  }

  /** Draws the initial values anew: uniform in ±1/√hiddenSize. */
  resetParameters(): void {
    const bound = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const p of this.parameters()) uniform_(p, -bound, bound);
  }

  /** The states after one step. `names` are those of the states in errors. */
  protected step(input: Tensor, states: readonly Tensor[] | null, names: readonly string[]): Tensor[] {
    const name = this.constructor.name;
    checkInput(name, input);
    const check1or2 = (what: string, t: Tensor): void => {
      if (t.ndim !== 1 && t.ndim !== 2)
        throw new ShapeError(`${name}: Expected ${what} to be 1D or 2D, got ${t.ndim}D instead`);
    };
    check1or2('input', input);
    for (const [i, state] of (states ?? []).entries()) check1or2(names[i]!, state);
    const batched = input.ndim === 2;
    const rows = (t: Tensor): Tensor => (batched ? t : t.unsqueeze(0));
    const x = rows(input);
    const given = states?.map(rows) ?? names.map(() => zeros([x.shape[0]!, this.hiddenSize], place(x)));
    this.checkStates(x, given);
    const { weightIh, weightHh, biasIh, biasHh } = this;
    const step = kinds[this.#kind].step as Step;
    const next = step(x, given.length === 1 ? given[0]! : given, weightIh, weightHh, biasIh, biasHh);
    return [next].flat().map((t) => (batched ? t : t.squeeze(0)));
  }

  private checkStates(x: Tensor, states: readonly Tensor[]): void {
    const { dtype } = this.weightIh;
    if (x.dtype !== dtype)
      throw new DTypeError(
        `mat1 and mat2 must have the same dtype, but got ${x.dtype} and ${dtype}\n  in ${this.constructor.name}: input.to('${dtype}')`,
      );
    for (const [i, state] of states.entries()) {
      if (state.ndim !== 2)
        throw new ShapeError(
          `hidden${i} must have as many dims as the input\n  in ${this.constructor.name}: got ${formatShape(state.shape)}`,
        );
    }
  }

  override extraRepr(): string {
    return `${this.inputSize}, ${this.hiddenSize}${this.bias ? '' : ', bias=False'}`;
  }
}

/**
 * One step of an Elman network: h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu of it. Takes `(N, inputSize)` and the state
 * `(N, hiddenSize)`, default zeros, both also without N, and returns the next state. Over whole sequences {@link RNN} is faster.
 * Source: torch.nn.RNNCell.
 *
 * @throws ShapeError for an input or a state of another size; OptionError for other nonlinearities.
 * @example
 * const cell = new nn.RNNCell(10, 20);
 * cell.forward(randn([3, 10]), zeros([3, 20])).shape; // [3, 20]
 */
export class RNNCell extends RNNCellBase {
  readonly nonlinearity: 'tanh' | 'relu';

  constructor(inputSize: number, hiddenSize: number, ...rest: OptionalArgs<[bias: boolean], RNNCellOptions>) {
    const options = optionalArgs<RNNCellOptions>('RNNCell', ['bias', 'nonlinearity', ...factoryOptions], rest);
    const { nonlinearity = 'tanh' } = options;
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu')
      throw new OptionError(`Unknown nonlinearity: ${nonlinearity}\n  in RNNCell: 'tanh' or 'relu'`);
    super(nonlinearity, inputSize, hiddenSize, options);
    this.nonlinearity = nonlinearity;
  }

  override forward(input: Tensor, hx: StateArg<Tensor> = null): Tensor {
    return this.step(input, stateOf('RNNCell', hx), ['hidden'])[0]!;
  }

  override extraRepr(): string {
    return super.extraRepr() + (this.nonlinearity === 'tanh' ? '' : `, nonlinearity=${this.nonlinearity}`);
  }
}

/**
 * One step of gated recurrent units. Takes `(N, inputSize)` and the state `(N, hiddenSize)`, default zeros, both also without N, and
 * returns the next state. Over whole sequences {@link GRU} is faster. Source: torch.nn.GRUCell.
 *
 * @throws ShapeError for an input or a state of another size.
 * @example
 * const cell = new nn.GRUCell(10, 20);
 * cell.forward(randn([3, 10])).shape; // [3, 20]
 */
export class GRUCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: OptionalArgs<[bias: boolean], RecurrentCellOptions>) {
    const options = optionalArgs<RecurrentCellOptions>('GRUCell', ['bias', ...factoryOptions], rest);
    super('gru', inputSize, hiddenSize, options);
  }

  override forward(input: Tensor, hx: StateArg<Tensor> = null): Tensor {
    return this.step(input, stateOf('GRUCell', hx), ['hidden'])[0]!;
  }
}

/**
 * One step of a long short-term memory. Takes `(N, inputSize)` and the states `[h, c]`, `(N, hiddenSize)` each, default zeros, all also
 * without N, and returns the next `[h, c]`. Over whole sequences {@link LSTM} is faster. Source: torch.nn.LSTMCell.
 *
 * @throws ShapeError for an input or states of another size.
 * @example
 * const cell = new nn.LSTMCell(10, 20);
 * let [h, c] = cell.forward(randn([3, 10]));
 * [h, c] = cell.forward(randn([3, 10]), [h, c]);
 * c.shape; // [3, 20]
 */
export class LSTMCell extends RNNCellBase {
  constructor(inputSize: number, hiddenSize: number, ...rest: OptionalArgs<[bias: boolean], RecurrentCellOptions>) {
    const options = optionalArgs<RecurrentCellOptions>('LSTMCell', ['bias', ...factoryOptions], rest);
    super('lstm', inputSize, hiddenSize, options);
  }

  override forward(input: Tensor, hx: StateArg<LSTMState> = null): [h: Tensor, c: Tensor] {
    const [h, c] = this.step(input, lstmState('LSTMCell', hx), ['hx[0]', 'hx[1]']);
    return [h!, c!];
  }
}
