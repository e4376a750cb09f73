/** Recurrent layers and cells. */
import { gruCell, lstmCell, rnnReluCell, rnnTanhCell, type Tensor } from '../../../src/index.ts';
import { type RecurrentKind, recurrentLayer } from '../../../src/tensor/functional/recurrent.ts';
import { f, int, type OpCase, type Operand, op, type Sample } from './kit.ts';

interface LayerOptions {
  readonly kind: RecurrentKind;
  readonly reverse?: boolean;
  /** Which of the optional tensors follow the input and the weights, in this order. */
  readonly more?: readonly Optional[];
}
type Optional = 'biasIh' | 'biasHh' | 'h0' | 'c0' | 'lengths' | 'projection';

const gatesOf = { lstm: 4, gru: 3, tanh: 1, relu: 1 } as const;

interface Sizes {
  readonly time: number;
  readonly batch: number;
  readonly input: number;
  readonly hidden: number;
  /** Of h, where an LSTM projects. */
  readonly state?: number;
  readonly lengths?: readonly number[];
}
// Sums stay moderate: gates that saturate hide what is wrong with them, and large weights multiply rounding step by step.
const weight = (shape: readonly number[], bound = 1): Operand => f(shape, { range: [-bound, bound] });

function layer(options: LayerOptions, sizes: Sizes): Sample<LayerOptions> {
  const { time, batch, input, hidden, state = hidden, lengths = [] } = sizes;
  const width = gatesOf[options.kind] * hidden;
  const operands: Readonly<Record<Optional, Operand>> = {
    biasIh: weight([width]),
    biasHh: weight([width]),
    h0: weight([batch, state]),
    c0: weight([batch, hidden]),
    lengths: int([batch], lengths),
    projection: weight([state, hidden]),
  };
  return {
    inputs: [
      weight([time, batch, input]),
      weight([width, input]),
      weight([width, state], 2 / Math.sqrt(state + 3)),
      ...(options.more ?? []).map((name) => operands[name]),
    ],
    options,
  };
}
const small = { time: 2, batch: 1, input: 1, hidden: 2 };
const two = { ...small, batch: 2, lengths: [1, 2] };
const wide = { time: 3, batch: 9, input: 2, hidden: 11 };
const odd = { time: 3, batch: 5, input: 3, hidden: 5, lengths: [3, 1, 0, 2, 3] };
/** Too large for finite differences of all its elements. */
const large = (options: LayerOptions, sizes: Sizes): Sample<LayerOptions> => ({
  ...layer(options, sizes),
  extreme: true,
});
const biases = ['biasIh', 'biasHh'] as const;

function layerRow(name: string, kind: RecurrentKind, samples: readonly Sample<LayerOptions>[], parity?: Sizes): OpCase {
  return op<LayerOptions>({
    name,
    call: ({ more = [], reverse = false }, x, weightIh, weightHh, ...rest) => {
      const given: Partial<Record<Optional, Tensor>> = Object.fromEntries(more.map((key, i) => [key, rest[i]!]));
      const { biasIh, biasHh, h0 = null, c0 = null, lengths = null, projection = null } = given;
      const weights = {
        weightIh: weightIh!,
        weightHh: weightHh!,
        ...(biasIh && { biasIh }),
        ...(biasHh && { biasHh }),
      };
      const { output, hn, cn } = recurrentLayer(kind, x!, h0, c0, weights, { reverse, lengths, projection });
      return cn ? [output, hn, cn] : [output, hn];
    },
    samples,
    ...(parity && { parity: [layer({ kind, reverse: true, more: [...biases, 'h0'] }, parity)] }),
  });
}

const plain = (kind: 'tanh' | 'relu'): readonly Sample<LayerOptions>[] => [
  layer({ kind, more: [...biases, 'h0'] }, small),
  large({ kind, reverse: true, more: ['lengths'] }, odd),
];

interface CellOptions {
  readonly biases?: boolean;
}
const cellSamples = (gates: number, states: number): readonly Sample<CellOptions>[] => {
  const inputs = (batch: number, features: number, hidden: number): Operand[] => [
    weight([batch, features]),
    ...Array.from({ length: states }, () => weight([batch, hidden])),
    weight([gates * hidden, features]),
    weight([gates * hidden, hidden]),
  ];
  return [
    { inputs: inputs(1, 1, 2), options: {} },
    {
      inputs: [...inputs(2, 3, 4), weight([gates * 4]), weight([gates * 4])],
      options: { biases: true },
      extreme: true,
    },
  ];
};
function cellRow(
  name: string,
  cell: (input: Tensor, hx: Tensor, wIh: Tensor, wHh: Tensor, ...biases: [Tensor?, Tensor?]) => Tensor,
  gates: number,
): OpCase {
  return op<CellOptions>({
    name,
    call: (_, x, h, wIh, wHh, ...rest) => cell(x, h!, wIh!, wHh!, ...(rest as [Tensor?, Tensor?])),
    samples: cellSamples(gates, 1),
    errors: [
      {
        inputs: [f([2, 4]), f([2, 4]), f([gates * 4, 3]), f([gates * 4, 4])],
        error: 'ShapeError',
        message: /^input has inconsistent input_size: got 4 expected 3/,
      },
      {
        inputs: [f([2, 3]), f([3, 4]), f([gates * 4, 3]), f([gates * 4, 4])],
        error: 'ShapeError',
        message: /^Input batch size 2 doesn't match hidden0 batch size 3/,
      },
      {
        inputs: [f([2, 3]), f([2, 5]), f([gates * 4, 3]), f([gates * 4, 4])],
        error: 'ShapeError',
        message: /^hidden0 has inconsistent hidden_size: got 5, expected 4/,
      },
    ],
  });
}

export const recurrentOps: readonly OpCase[] = [
  layerRow(
    'lstmLayer',
    'lstm',
    [
      layer({ kind: 'lstm', more: [...biases, 'h0', 'c0'] }, small),
      layer({ kind: 'lstm', reverse: true, more: ['lengths', 'projection'] }, { ...two, state: 1 }),
      large({ kind: 'lstm', reverse: true, more: [...biases, 'h0', 'c0', 'lengths'] }, odd),
    ],
    wide,
  ),
  layerRow('gruLayer', 'gru', [
    layer({ kind: 'gru', more: [...biases, 'h0'] }, small),
    layer({ kind: 'gru', reverse: true, more: ['lengths'] }, two),
    large({ kind: 'gru', more: ['biasHh', 'h0', 'lengths'] }, odd),
  ]),
  layerRow('rnnTanhLayer', 'tanh', plain('tanh')),
  layerRow('rnnReluLayer', 'relu', plain('relu')),
  op<CellOptions>({
    name: 'lstmCell',
    call: (_, x, h, c, wIh, wHh, bIh, bHh) =>
      lstmCell(x, [h!, c!], wIh!, wHh!, ...(bIh && bHh ? ([{ bIh, bHh }] as const) : [])),
    samples: cellSamples(4, 2),
    errors: [
      {
        inputs: [f([2, 3]), f([2, 4]), f([3, 4]), f([16, 3]), f([16, 4])],
        error: 'ShapeError',
        message: /^Input batch size 2 doesn't match hidden1 batch size 3/,
      },
      {
        inputs: [f([2, 3]), f([2, 4]), f([2, 4]), f([16, 3]), f([12, 4])],
        error: 'ShapeError',
        message: /^weight_hh first dim must be 4 \* hidden_size = 16, but got 12/,
      },
    ],
  }),
  cellRow('gruCell', gruCell, 3),
  cellRow('rnnTanhCell', rnnTanhCell, 1),
  cellRow('rnnReluCell', rnnReluCell, 1),
];
