/** Recurrent layers over whole sequences, and one step of each kind. */
import { OptionError, ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { cellKinds, type CellKind as RecurrentKind } from '../../ops/extended/recurrent-sizes.ts';
import { type OptionalArgs, optionalArgs } from '../arguments.ts';
import { composed } from '../compose.ts';
import { recurrent } from '../impl/recurrent.ts';
import { Tensor, varOf } from '../tensor.ts';
import { optional } from './arguments.ts';

/** What a step computes: an LSTM or a GRU, or tanh or relu of the sum of both products. */
export type { RecurrentKind };

/** Weights of one layer and direction, G gates in PyTorch's order: (G·H, I) and (G·H, P), biases (G·H). */
export interface RecurrentWeights {
  readonly weightIh: Tensor;
  readonly weightHh: Tensor;
  readonly biasIh?: Tensor | null;
  readonly biasHh?: Tensor | null;
}

/** How {@link recurrentLayer} walks. */
export interface RecurrentOptions {
  /** From the last step to the first. */
  readonly reverse?: boolean;
  /** int32 (N): beyond its length a sequence's state stays as it is, and its output is 0. */
  readonly lengths?: Tensor | null;
  /** weight_hr (P, H) of an LSTM with projections. P is H without it. */
  readonly projection?: Tensor | null;
}

/** What {@link recurrentLayer} returns. */
export interface RecurrentResult {
  /** h of each step (T, N, P). */
  readonly output: Tensor;
  /** h after the last step (N, P). */
  readonly hn: Tensor;
  /** c after the last step (N, H), of an LSTM. */
  readonly cn: Tensor | null;
}

/**
 * One recurrent layer in one direction, over an input (T, N, I) from h0 (N, P) and c0 (N, H), which are 0 where they are null: a
 * product for the inputs of all steps, then one kernel that walks through them, and as much again backwards, however long the
 * sequence. Source: torch.nn.LSTM, GRU and RNN.
 *
 * @throws ShapeError where sizes do not fit or there is no step, DTypeError for several dtypes.
 */
export function recurrentLayer(
  kind: RecurrentKind,
  input: Tensor,
  h0: Tensor | null,
  c0: Tensor | null,
  weights: RecurrentWeights,
  options: RecurrentOptions = {},
): RecurrentResult {
  const name = 'recurrentLayer';
  const x = varOf(name, input);
  if (input.ndim !== 3) throw new ShapeError(`${name}: expected an input (T, N, I), got ${formatShape(input.shape)}`);
  const parts = {
    weightIh: varOf(name, weights.weightIh, 'weightIh'),
    weightHh: varOf(name, weights.weightHh, 'weightHh'),
    biasIh: optional(name, weights.biasIh, 'biasIh'),
    biasHh: optional(name, weights.biasHh, 'biasHh'),
    h0: optional(name, h0, 'h0'),
    c0: optional(name, c0, 'c0'),
    lengths: optional(name, options.lengths, 'lengths'),
    projection: optional(name, options.projection, 'projection'),
  };
  const [output, hn, cn] = composed('RecurrentBackward0', () =>
    recurrent(kind, x, parts, options.reverse ?? false).flatMap((v) => (v ? [new Tensor(v)] : [])),
  ) as [Tensor, Tensor, Tensor?];
  return { output, hn, cn: cn ?? null };
}

/** Biases (G·H) of {@link lstmCell}, {@link gruCell}, {@link rnnTanhCell} and {@link rnnReluCell}. */
export interface CellBiases {
  readonly bIh?: Tensor | null;
  readonly bHh?: Tensor | null;
}
type CellArgs = OptionalArgs<[bIh: Tensor | null, bHh: Tensor | null], CellBiases>;

/** One step of sequences (N, I) from h, and c of an LSTM, (N, H) each: the new h, and c. */
function cell(
  name: string,
  kind: RecurrentKind,
  input: Tensor,
  state: readonly Tensor[],
  weights: readonly [wIh: Tensor, wHh: Tensor],
  rest: CellArgs,
): Tensor[] {
  const { bIh = null, bHh = null } = optionalArgs<CellBiases>(name, ['bIh', 'bHh'], rest);
  const [weightIh, weightHh] = weights;
  const x = varOf(name, input);
  for (const [i, h] of state.entries()) varOf(name, h, `hx[${i}]`);
  varOf(name, weightIh, 'wIh');
  varOf(name, weightHh, 'wHh');
  if (x.shape.length !== 2) throw new ShapeError(`${name}: expected an input (N, I), got ${formatShape(x.shape)}`);
  const fails = (words: string): never => {
    throw new ShapeError(`${words}\n  in ${name} of ${formatShape(x.shape)}`);
  };
  const { gates } = cellKinds[kind];
  const [batch, features] = x.shape as readonly [number, number];
  const hidden = weightHh.shape[1] ?? 0;
  if (features !== weightIh.shape[1])
    fails(`input has inconsistent input_size: got ${features} expected ${weightIh.shape[1]}`);
  for (const [i, h] of state.entries()) {
    if (h.shape[0] !== batch) fails(`Input batch size ${batch} doesn't match hidden${i} batch size ${h.shape[0]}`);
    if (h.shape[1] !== hidden) fails(`hidden${i} has inconsistent hidden_size: got ${h.shape[1]}, expected ${hidden}`);
  }
  if (weightHh.shape[0] !== gates * hidden)
    fails(
      `weight_hh first dim must be ${gates === 1 ? '' : `${gates} * `}hidden_size = ${gates * hidden}, but got ${weightHh.shape[0]}`,
    );
  return composed('RecurrentBackward0', () => {
    const { hn, cn } = recurrentLayer(kind, input.unsqueeze(0), state[0]!, state[1] ?? null, {
      weightIh,
      weightHh,
      biasIh: bIh,
      biasHh: bHh,
    });
    return cn ? [hn, cn] : [hn];
  });
}

/**
 * One step of an LSTM: from an input (N, I), h and c (N, H), weights (4·H, I) and (4·H, H), biases (4·H), in the order of gates
 * i, f, g, o, to the new h and c. Source: torch.lstm_cell; Hochreiter & Schmidhuber, "Long short-term memory" (1997).
 *
 * @throws ShapeError where sizes do not fit.
 * @example
 * const [h, c] = lstmCell(ones([1, 1]), [zeros([1, 1]), ones([1, 1])], ones([4, 1]), zeros([4, 1]));
 * await c.tolist(); // [[1.2878]]
 */
export function lstmCell(
  input: Tensor,
  hx: readonly Tensor[],
  wIh: Tensor,
  wHh: Tensor,
  ...rest: CellArgs
): [h: Tensor, c: Tensor] {
  if (!Array.isArray(hx) || hx.length !== 2)
    throw new OptionError('lstm_cell expects two hidden states\n  in lstmCell: give [h, c]');
  return cell('lstmCell', 'lstm', input, hx, [wIh, wHh], rest) as [Tensor, Tensor];
}

/**
 * One step of a GRU: from an input (N, I), h (N, H), weights (3·H, I) and (3·H, H), biases (3·H), in the order of gates r, z, n,
 * to the new h. Source: torch.gru_cell; Cho et al., arXiv 1406.1078.
 *
 * @throws ShapeError where sizes do not fit.
 * @example
 * await gruCell(ones([1, 1]), ones([1, 1]), ones([3, 1]), zeros([3, 1])).tolist(); // [[0.9359]]
 */
export function gruCell(input: Tensor, hx: Tensor, wIh: Tensor, wHh: Tensor, ...rest: CellArgs): Tensor {
  return cell('gruCell', 'gru', input, [hx], [wIh, wHh], rest)[0]!;
}

/**
 * tanh(W_ih·x + b_ih + W_hh·h + b_hh), for x (N, I), h (N, H), weights (H, I) and (H, H), biases (H). Source:
 * torch.rnn_tanh_cell.
 *
 * @throws ShapeError where sizes do not fit.
 * @example
 * await rnnTanhCell(ones([1, 1]), ones([1, 1]), ones([1, 1]), zeros([1, 1])).tolist(); // [[0.7616]]
 */
export function rnnTanhCell(input: Tensor, hx: Tensor, wIh: Tensor, wHh: Tensor, ...rest: CellArgs): Tensor {
  return cell('rnnTanhCell', 'tanh', input, [hx], [wIh, wHh], rest)[0]!;
}

/**
 * max(W_ih·x + b_ih + W_hh·h + b_hh, 0), for x (N, I), h (N, H), weights (H, I) and (H, H), biases (H). Source:
 * torch.rnn_relu_cell.
 *
 * @throws ShapeError where sizes do not fit.
 * @example
 * await rnnReluCell(ones([1, 1]), ones([1, 1]), ones([1, 1]), ones([1, 1])).tolist(); // [[2]]
 */
export function rnnReluCell(input: Tensor, hx: Tensor, wIh: Tensor, wHh: Tensor, ...rest: CellArgs): Tensor {
  return cell('rnnReluCell', 'relu', input, [hx], [wIh, wHh], rest)[0]!;
}
