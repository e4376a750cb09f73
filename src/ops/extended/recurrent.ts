/**
 * Recurrent layers: all steps of one layer in one direction as one op, backwards too. Formulas: Hochreiter & Schmidhuber,
 * "Long short-term memory" (1997), and Cho et al., arXiv 1406.1078, in the form of torch.nn.LSTM, GRU and RNN.
 *
 * T steps of N sequences, H units; h is (N, P), where P is H, or less where an LSTM projects. G gates: i, f, g, o of an LSTM,
 * r, z, n of a GRU, else one. An operand that is not there is given as the scalar 0.
 */
import { isFloat } from '../../core/dtype.ts';
import { DTypeError, ShapeError } from '../../core/errors.ts';
import { formatShape, sameShape } from '../../core/shape.ts';
import { type Attrs, type Input, isScalar, type KernelRow, type Meta, type Ref, type Scalar } from '../types.ts';
import { backwardReference, forwardReference } from './recurrent-reference.ts';
import { type CellKind, cellKinds } from './recurrent-sizes.ts';

type Operand = Meta | Scalar;
type ForwardOperands = readonly [Meta, Meta, Operand, Operand, Operand, Operand, Operand];
type BackwardOperands = readonly [Meta, Meta, Operand, Operand, Operand, Operand];

function check(name: string, what: string, found: Operand, shape: readonly number[], dtype: string): void {
  if (isScalar(found)) return;
  if (found.dtype !== dtype) throw new DTypeError(`${name}: ${what} must be ${dtype}, got ${found.dtype}`);
  if (!sameShape(found.shape, shape))
    throw new ShapeError(`${name}: ${what} must be ${formatShape(shape)}, got ${formatShape(found.shape)}`);
}

/** How many there are of everything, from the shapes of the weights. */
function widths(weight: Meta, projection: Operand, attrs: Attrs) {
  const { gates, kept } = cellKinds[attrs.kind as CellKind];
  const hidden = weight.shape[0]! / gates;
  const state = isScalar(projection) ? hidden : projection.shape[0]!;
  return { gates, hidden, state, final: attrs.kind === 'lstm' ? state + hidden : state, saved: kept * hidden + state };
}

export const recurrentRows = {
  /**
   * (W_ih·x + biases (T, N, G·H), W_hh (G·H, P), h0 (N, P), c0 (N, H), b_hh (G·H) of a GRU, int32 lengths (N), W_hr (P, H))
   * -> (h of each step (T, N, P), the final h beside the final c (N, P + H), what backward needs (T, N, …): the gates and the
   * state before each step, or nothing unless attrs.keep). attrs.reverse: from the last step to the first. Beyond its length
   * a sequence's state stays as it is, and its output is 0.
   */
  recurrent: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [x, weight, h0, c0, bias, lengths, projection] = inputs as ForwardOperands;
      const { dtype } = x;
      if (!isFloat(dtype)) throw new DTypeError(`recurrent: not implemented for ${dtype}; cast with .to('float32')`);
      const [time, batch] = x.shape as readonly [number, number];
      const { gates, hidden, state, final, saved } = widths(weight, projection, attrs);
      if (time === 0) throw new ShapeError('Expected sequence length to be larger than 0 in RNN');
      check('recurrent', 'the input', x, [time, batch, gates * hidden], dtype);
      check('recurrent', 'weightHh', weight, [gates * hidden, state], dtype);
      check('recurrent', 'h0', h0, [batch, state], dtype);
      check('recurrent', 'c0', c0, [batch, hidden], dtype);
      check('recurrent', 'biasHh', bias, [gates * hidden], dtype);
      check('recurrent', 'lengths', lengths, [batch], 'int32');
      check('recurrent', 'the projection', projection, [state, hidden], dtype);
      return [
        { shape: [time, batch, state], dtype },
        { shape: [batch, final], dtype },
        { shape: attrs.keep ? [time, batch, saved] : [0], dtype },
      ];
    },
    saves: { inputs: [1, 5, 6], outputs: [2] },
    vjp: ({ k, inputs, outputs, grads, attrs, needs }) => {
      const [, weight, h0, c0, , lengths, projection] = inputs as readonly Input[];
      const saved = outputs[2]!;
      const none: Scalar = { scalar: 0, dtype: saved.dtype };
      const operands = [saved, weight!, grads[0] ?? none, grads[1] ?? none, lengths!, projection!];
      // Only a gradient of a gradient reaches what was kept.
      const [dx, dState, more] = grads[2]
        ? backwardReference(k, operands, attrs, grads[2])
        : k.all('recurrentBackward', operands, attrs);
      const { hidden, state } = widths(weight as Ref, projection!, attrs);
      const [time, batch, width] = saved.shape as [number, number, number];
      const steps = time * batch;
      const part = (x: Ref, first: number, size: number): Ref => k.slice(x, [0, first], [x.shape[0]!, size], [1, 1]);
      const flat = (x: Ref): Ref => k.reshape(x, [steps, x.shape[2]!]);
      // What comes from above into the recurrent product: of a GRU's n without its reset gate.
      const dGates = flat(attrs.kind === 'gru' ? more! : dx!);
      const kept = flat(saved);
      const weightGradient = (): Ref => k.matmul(k.mT(dGates), part(kept, width - state, state));
      const projectionGradient = (): Ref => {
        const [i, f, g, o, c] = Array.from({ length: 5 }, (_, n) => part(kept, n * hidden, hidden));
        const unprojected = k.mul(o!, k.unary('tanh', k.add(k.mul(f!, c!), k.mul(i!, g!))));
        return k.matmul(k.mT(flat(more!)), unprojected);
      };
      return [
        needs[0] ? dx! : null,
        needs[1] ? weightGradient() : null,
        needs[2] && !isScalar(h0!) ? part(dState!, 0, state) : null,
        needs[3] && !isScalar(c0!) ? part(dState!, state, hidden) : null,
        needs[4] ? k.reshape(k.sum(dGates, [0]), [dGates.shape[1]!]) : null,
        null,
        needs[6] ? projectionGradient() : null,
      ];
    },
    reference: forwardReference,
  },
  /**
   * (what recurrent kept, W_hh, the gradients of its first two results, lengths, W_hr) -> (the gradient of its first operand
   * (T, N, G·H), those of h0 and c0 side by side (N, P + H), and, of a GRU, what reaches W_hh·h + b_hh (T, N, G·H), or, of an
   * LSTM that projects, all that reaches each h (T, N, P)).
   */
  recurrentBackward: {
    kind: 'opaque',
    infer: (inputs, attrs) => {
      const [saved, weight, , , , projection] = inputs as BackwardOperands;
      const { dtype } = saved;
      const [time, batch] = saved.shape as readonly [number, number];
      const { gates, hidden, state, final } = widths(weight, projection, attrs);
      const sums: Meta = { shape: [time, batch, gates * hidden], dtype };
      const more: Meta = { shape: [time, batch, state], dtype };
      return [
        sums,
        { shape: [batch, final], dtype },
        ...(attrs.kind === 'gru' ? [sums] : isScalar(projection) ? [] : [more]),
      ];
    },
    vjp: 'reference',
    reference: (k, inputs, attrs) => backwardReference(k, inputs, attrs, null),
  },
} satisfies Record<string, KernelRow>;
