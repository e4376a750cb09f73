/** Recurrent layers: the input's part of all steps is one product, the rest a kernel (ops/extended/recurrent.ts). */
import { apply, type VarInput } from '../../autograd/apply.ts';
import { isGradEnabled } from '../../autograd/grad-mode.ts';
import { Var } from '../../autograd/var.ts';
import type { CellKind } from '../../ops/extended/recurrent-sizes.ts';
import { op, scalar } from './common.ts';
import { linear } from './nn.ts';

export interface RecurrentParts {
  readonly weightIh: Var;
  readonly weightHh: Var;
  readonly biasIh: Var | null;
  readonly biasHh: Var | null;
  readonly h0: Var | null;
  readonly c0: Var | null;
  readonly lengths: Var | null;
  readonly projection: Var | null;
}

const sum = (a: Var | null, b: Var | null): Var | null => (a && b ? op('add', [a, b]) : (a ?? b));

/** One layer in one direction over (T, N, I): (T, N, P), the final h (N, P), and of an LSTM the final c (N, H). */
export function recurrent(
  kind: CellKind,
  x: Var,
  parts: RecurrentParts,
  reverse: boolean,
): readonly [output: Var, hn: Var, cn: Var | null] {
  const { weightIh, weightHh, biasIh, biasHh, h0, c0, lengths, projection } = parts;
  // The reset gate of a GRU weighs the product with h and its bias: they stay apart from the rest.
  const apart = kind === 'gru';
  const gates = linear(x, weightIh, apart ? biasIh : sum(biasIh, biasHh));
  const absent = scalar(0, x.dtype);
  const inputs: readonly VarInput[] = [
    gates,
    weightHh,
    h0 ?? absent,
    c0 ?? absent,
    (apart && biasHh) || absent,
    lengths ?? absent,
    projection ?? absent,
  ];
  const keep = isGradEnabled() && inputs.some((v) => v instanceof Var && v.requiresGrad);
  const [output, final] = apply('recurrent', inputs, { kind, reverse, keep }) as [Var, Var];
  const [batch, state] = [output.shape[1]!, output.shape[2]!];
  const columns = (first: number, size: number): Var =>
    op('slice', [final], { starts: [0, first], sizes: [batch, size], steps: [1, 1] });
  return kind === 'lstm' ? [output, columns(0, state), columns(state, final.shape[1]! - state)] : [output, final, null];
}
