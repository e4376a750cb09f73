/** Recurrent layers over whole sequences, and one step of each kind. */
import { ShapeError } from '../../core/errors.ts';
import { formatShape } from '../../core/shape.ts';
import { zeros } from '../create.ts';
import { stack, where } from '../functions/core.ts';
import type { Tensor } from '../tensor.ts';
import { linear } from './linear.ts';

/** What a step computes: an LSTM or a GRU, or tanh or relu of the sum of both products. */
export type RecurrentKind = 'lstm' | 'gru' | 'tanh' | 'relu';

/** Weights of one layer and direction, G gates in PyTorch's order: (G·H, I) and (G·H, H), biases (G·H). */
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
  /** int32 (N): beyond its length a sequence's state is held and its outputs are 0. */
  readonly lengths?: Tensor | null;
  /** weight_hr (P, H) of an LSTM with projections: h is then (N, P). */
  readonly projection?: Tensor | null;
}

/** What {@link recurrentLayer} returns. */
export interface RecurrentResult {
  readonly output: Tensor;
  readonly hn: Tensor;
  readonly cn: Tensor | null;
}

export function recurrentLayer(
  kind: RecurrentKind,
  input: Tensor,
  h0: Tensor | null,
  c0: Tensor | null,
  weights: RecurrentWeights,
  options: RecurrentOptions = {},
): RecurrentResult {
  const { reverse = false, lengths = null, projection = null } = options;
  const [time, batch] = input.shape as [number, number, number];
  if (input.ndim !== 3) throw new ShapeError(`recurrentLayer: input must be (T, N, I)\n  got ${formatShape(input.shape)}`);
  const gates = { lstm: 4, gru: 3, tanh: 1, relu: 1 }[kind];
  const hidden = weights.weightHh.shape[0]! / gates;
  const width = projection ? projection.shape[0]! : hidden;
  const gx = linear(input, weights.weightIh, { bias: weights.biasIh ?? null });
  const place = { dtype: input.dtype, device: input.device };
  let h = h0 ?? zeros([batch, width], place);
  let c = c0 ?? zeros([batch, hidden], place);
  const outputs: Tensor[] = [];
  for (let step = 0; step < time; step++) {
    const t = reverse ? time - 1 - step : step;
    const x = gx.at(t);
    const r = linear(h, weights.weightHh, { bias: weights.biasHh ?? null });
    const part = (v: Tensor, g: number): Tensor => v.narrow(1, g * hidden, hidden);
    let nextC = c;
    let nextH: Tensor;
    if (kind === 'lstm') {
      const sum = x.add(r);
      const gated = part(sum, 0).sigmoid().mul(part(sum, 2).tanh());
      nextC = part(sum, 1).sigmoid().mul(c).add(gated);
      nextH = part(sum, 3).sigmoid().mul(nextC.tanh());
    } else if (kind === 'gru') {
      const reset = part(x, 0).add(part(r, 0)).sigmoid();
      const update = part(x, 1).add(part(r, 1)).sigmoid();
      const candidate = part(x, 2).add(reset.mul(part(r, 2))).tanh();
      nextH = candidate.add(update.mul(h.sub(candidate)));
    } else nextH = kind === 'tanh' ? x.add(r).tanh() : x.add(r).relu();
    if (projection) nextH = linear(nextH, projection);
    if (lengths) {
      const live = lengths.gt(t).unsqueeze(1);
      outputs.unshift(where(live, nextH, zeros([], place)));
      h = where(live, nextH, h);
      c = where(live, nextC, c);
    } else {
      outputs.unshift(nextH);
      h = nextH;
      c = nextC;
    }
  }
  return { output: stack(reverse ? outputs : outputs.reverse(), 0), hn: h, cn: kind === 'lstm' ? c : null };
}
