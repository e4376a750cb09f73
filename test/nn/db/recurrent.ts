import type { Tensor } from '../../../src/index.ts';
import * as nn from '../../../src/nn/index.ts';
import type { LayerTable } from './kit.ts';

const { PackedSequence, packPaddedSequence, padPackedSequence } = nn.utils.rnn;
type Hx = Tensor & nn.LSTMState;

/** Runs a layer on sequences of different lengths. */
class Packed extends nn.Module {
  layer: nn.RNN | nn.GRU | nn.LSTM;
  readonly lengths: readonly number[];
  readonly batchFirst: boolean;

  constructor(layer: nn.RNN | nn.GRU | nn.LSTM, lengths: readonly number[], batchFirst = false) {
    super();
    this.layer = layer;
    this.lengths = lengths;
    this.batchFirst = batchFirst;
  }

  override forward(x: Tensor, hx: Hx | null = null): unknown {
    const { batchFirst } = this;
    const packed = packPaddedSequence(x, this.lengths, { batchFirst, enforceSorted: false });
    const [output, state] = (this.layer as nn.LSTM).forward(packed, hx);
    const totalLength = x.shape[Number(batchFirst)]!;
    const [padded, lengths] = padPackedSequence(output, { batchFirst, paddingValue: 0.5, totalLength });
    return [padded, lengths, output.data, state];
  }
}

/** Runs a layer on packed rows, as made by replacing the data of a packed sequence. */
class Rows extends nn.Module {
  layer: nn.LSTM;

  constructor(layer: nn.LSTM) {
    super();
    this.layer = layer;
  }

  override forward(rows: Tensor): unknown {
    const [output, state] = this.layer.forward(new PackedSequence(rows.tanh(), [2, 2, 1], [1, 0]));
    return [output.data, state];
  }
}

export const layers: LayerTable = {
  rnn: () => new nn.RNN(2, 3),
  'rnn, relu, two layers': () => new nn.RNN(2, 3, 2, { nonlinearity: 'relu' }),
  'rnn, bidirectional': () => new nn.RNN(2, 3, { bidirectional: true, bias: false }),
  gru: () => new nn.GRU(2, 3),
  'gru, state': () => new nn.GRU(2, 3, 2, { batchFirst: true }),
  'gru, bidirectional, no bias': () => new nn.GRU(2, 3, { numLayers: 2, bias: false, bidirectional: true }),
  lstm: () => new nn.LSTM(2, 3),
  'lstm, state': () => new nn.LSTM(2, 3, 2),
  'lstm, bidirectional, two layers': () => new nn.LSTM(2, 3, 2, { batchFirst: true, bidirectional: true }),
  'lstm, unbatched': () => new nn.LSTM(2, 3, { batchFirst: true }),
  'lstm, projection': () => new nn.LSTM(2, 3, { numLayers: 2, projSize: 2, bidirectional: true }),
  'packed rnn': () => new Packed(new nn.RNN(2, 3, { bidirectional: true }), [1, 3]),
  'packed gru': () => new Packed(new nn.GRU(2, 3), [2, 3]),
  'packed lstm': () => new Packed(new nn.LSTM(2, 3, 2, { bidirectional: true }), [2, 3], true),
  'packed lstm, projection': () => new Packed(new nn.LSTM(2, 3, { projSize: 2, bidirectional: true }), [2, 3]),
  'packed rows': () => new Rows(new nn.LSTM(2, 3, { bidirectional: true })),
  'rnn cell': () => new nn.RNNCell(2, 3),
  'rnn cell, relu': () => new nn.RNNCell(2, 3, { nonlinearity: 'relu' }),
  'rnn cell, unbatched': () => new nn.RNNCell(2, 3, false),
  'gru cell': () => new nn.GRUCell(2, 3),
  'gru cell, state': () => new nn.GRUCell(2, 3, { bias: false }),
  'lstm cell': () => new nn.LSTMCell(2, 3),
  'lstm cell, state': () => new nn.LSTMCell(2, 3, { bias: false }),
  'lstm cell, unbatched': () => new nn.LSTMCell(2, 3),
};
