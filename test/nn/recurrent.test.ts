/** Recurrent layers and packing: what they refuse, and with which words (PyTorch 2.13's). Dropout between layers. */
import { beforeAll, describe, expect, test } from 'vitest';
import {
  DTypeError,
  init,
  manualSeed,
  noGrad,
  OptionError,
  ones,
  randn,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from '../../src/index.ts';
import * as nn from '../../src/nn/index.ts';

const { PackedSequence, packPaddedSequence, padPackedSequence, packSequence, padSequence, unpadSequence } =
  nn.utils.rnn;

beforeAll(() => init({ device: 'cpu' }));

const sequences = (): Tensor => zeros([4, 3, 2]);
const packed = (): InstanceType<typeof PackedSequence> => packPaddedSequence(sequences(), [3, 2, 1]);
const range = 'dropout should be a number in range [0, 1] representing the probability of an element being zeroed';

type ErrorClass = new (message: string) => Error;
test.each<[() => unknown, ErrorClass, string]>([
  [() => new nn.LSTM(0, 3), OptionError, 'input_size must be greater than zero'],
  [() => new nn.LSTM(2, 0), OptionError, 'hidden_size must be greater than zero'],
  [() => new nn.LSTM(2.5, 3), OptionError, 'input_size should be of type int, got: 2.5'],
  [() => new nn.LSTM(2, 3, 0), OptionError, 'num_layers must be greater than zero'],
  [() => new nn.LSTM(2, 3, { projSize: 3 }), OptionError, 'proj_size has to be smaller than hidden_size'],
  [() => new nn.LSTM(2, 3, { projSize: -1 }), OptionError, 'proj_size should be a positive integer or zero to disable'],
  [
    () => new nn.GRU(2, 3, { projSize: 1 } as never),
    OptionError,
    'proj_size argument is only supported for LSTM, not RNN or GRU',
  ],
  [() => new nn.LSTM(2, 3, { dropout: 2 }), OptionError, range],
  [() => new nn.LSTM(2, 3, { dropout: true as never }), OptionError, range],
  [() => new nn.LSTM(2, 3, { hidden: 1 } as never), OptionError, "LSTM() got an unexpected option 'hidden'"],
  [() => new nn.GRU(2, 3, 1, { bias: 1 as never }), OptionError, "argument 'bias' must be true or false"],
  [
    () => new nn.RNN(2, 3, { nonlinearity: 'x' as never }),
    OptionError,
    "Unknown nonlinearity 'x'. Select from 'tanh' or 'relu'.",
  ],
  [() => new nn.LSTM(2, 3).forward(zeros([4])), ShapeError, 'LSTM: Expected input to be 2D or 3D, got 1D instead'],
  [() => new nn.GRU(2, 3).forward(zeros([4])), ShapeError, 'GRU: Expected input to be 2D or 3D, got 1D instead'],
  [() => new nn.RNN(2, 3).forward(zeros([4])), ShapeError, 'RNN: Expected input to be 2D or 3D, got 1D tensor instead'],
  [
    () => new nn.GRU(2, 3).forward(zeros([4, 3, 3])),
    ShapeError,
    'input.size(-1) must be equal to input_size. Expected 2, got 3',
  ],
  [
    () => new nn.GRU(2, 3).forward(tensor([[[1, 2]]])),
    DTypeError,
    'RNN input dtype (torch.int32) does not match weight dtype (torch.float32). Convert input: input.to(torch.float32), or convert model: model.to(torch.int32)',
  ],
  [() => new nn.GRU(2, 3).forward(zeros([0, 3, 2])), ShapeError, 'Expected sequence length to be larger than 0 in RNN'],
  [
    () => new nn.LSTM(2, 3).forward(sequences(), [zeros([1, 3, 3]), zeros([1, 2, 3])]),
    ShapeError,
    'Expected hidden[1] size (1, 3, 3), got [1, 2, 3]',
  ],
  [
    () => new nn.LSTM(2, 3).forward(packed(), [zeros([1, 2, 3]), zeros([1, 3, 3])]),
    ShapeError,
    'Expected hidden[0] size (1, 3, 3), got [1, 2, 3]',
  ],
  [
    () => new nn.GRU(2, 3).forward(sequences(), zeros([1, 2, 3])),
    ShapeError,
    'Expected hidden size (1, 3, 3), got [1, 2, 3]',
  ],
  [
    () => new nn.GRU(2, 3).forward(sequences(), zeros([2, 3])),
    ShapeError,
    'For batched 3-D input, hx should also be 3-D but got 2-D tensor',
  ],
  [
    () => new nn.GRU(2, 3).forward(zeros([4, 2]), zeros([1, 2, 3])),
    ShapeError,
    'For unbatched 2-D input, hx should also be 2-D but got 3-D tensor',
  ],
  [
    () => new nn.LSTM(2, 3).forward(sequences(), [zeros([3, 3]), zeros([1, 3, 3])]),
    ShapeError,
    'For batched 3-D input, hx and cx should also be 3-D but got (2-D, 3-D) tensors',
  ],
  [
    () => new nn.LSTM(2, 3).forward(sequences(), zeros([1, 3, 3]) as never),
    OptionError,
    'LSTM: hx must be [h, c], hidden state and cell state, got Tensor',
  ],
  [() => new nn.GRU(1, 3).forward(packSequence([zeros([2])])), ShapeError, 'input must have 2 dimensions, got 1'],
  [
    () => new nn.LSTMCell(2, 3).forward(zeros([1, 1, 2])),
    ShapeError,
    'LSTMCell: Expected input to be 1D or 2D, got 3D',
  ],
  [
    () => new nn.GRUCell(2, 3).forward(zeros([1, 2]), zeros([1, 1, 3])),
    ShapeError,
    'GRUCell: Expected hidden to be 1D or 2D, got 3D instead',
  ],
  [
    () => new nn.LSTMCell(2, 3).forward(zeros([1, 2]), [zeros([1, 3]), zeros([1, 1, 3])]),
    ShapeError,
    'LSTMCell: Expected hx[1] to be 1D or 2D, got 3D instead',
  ],
  [
    () => new nn.LSTMCell(2, 3).forward(zeros([1, 4])),
    ShapeError,
    'input has inconsistent input_size: got 4 expected 2',
  ],
  [
    () => new nn.LSTMCell(2, 3).forward(zeros([1, 2]), [zeros([1, 3]), zeros([2, 3])]),
    ShapeError,
    "Input batch size 1 doesn't match hidden1 batch size 2",
  ],
  [
    () => new nn.RNNCell(2, 3).forward(zeros([1, 2]), zeros([1, 4])),
    ShapeError,
    'hidden0 has inconsistent hidden_size: got 4, expected 3',
  ],
  [() => new nn.RNNCell(2, 3).forward(zeros([1, 2]), zeros([3])), ShapeError, 'hidden0 must have as many dims as'],
  [() => new nn.RNNCell(2, 3).forward(tensor([[1, 2]])), DTypeError, 'mat1 and mat2 must have the same dtype'],
  [() => new nn.RNNCell(2, 3, { nonlinearity: 'x' as never }), OptionError, 'Unknown nonlinearity: x'],
  [
    () => packPaddedSequence(sequences(), [2, 3, 1]),
    ShapeError,
    '`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.',
  ],
  [
    () => packPaddedSequence(sequences(), [3, 2]),
    ShapeError,
    'Expected `len(lengths)` to be equal to batch_size, but got 2 (batch_size=3)',
  ],
  [
    () => packPaddedSequence(sequences(), [3, 2, 0]),
    ShapeError,
    "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",
  ],
  [() => packPaddedSequence(sequences(), [5, 2, 1]), ShapeError, 'lengths must be at most the number of steps'],
  [
    () => packPaddedSequence(sequences(), tensor([[3, 2, 1]])),
    ShapeError,
    "'lengths' argument should be a 1D CPU int64 tensor, but got 2D cpu int32 tensor",
  ],
  [
    () => packPaddedSequence(sequences(), tensor([2, 1, 0]).add(1)),
    OptionError,
    "'lengths' argument should be a 1D CPU int64 tensor, but got 1D cpu int32 tensor",
  ],
  [() => packPaddedSequence(zeros([4]), [1]), ShapeError, 'Dimension out of range (expected to be in range of [-1, 0]'],
  [() => packPaddedSequence(zeros([0, 1]), [1]), ShapeError, 'Cannot pack empty tensors.'],
  [
    () => padPackedSequence(packed(), { totalLength: 2 }),
    ShapeError,
    'Expected total_length to be at least the length of the longest sequence in input, but got total_length=2 and max sequence length being 3',
  ],
  [() => padPackedSequence(zeros([2]) as never), OptionError, "argument 'sequence' must be a PackedSequence"],
  [() => padSequence([]), ShapeError, 'received an empty list of sequences'],
  [
    () => padSequence(3 as never),
    OptionError,
    'padSequence: Expected iterable for input sequences, but got arg of type: 3',
  ],
  [() => padSequence([zeros([2, 3]), zeros([2, 4])]), ShapeError, 'sequences must be alike in all dims but the first'],
  [() => padSequence([tensor(1)]), ShapeError, 'sequences must have a dim of steps, but number 0 is 0-d'],
  [
    () => padSequence([zeros([2])], { paddingSide: 'up' as never }),
    OptionError,
    'Expected padding_side to be one of left or right, but got up.',
  ],
  [() => unpadSequence(sequences(), [1, 2]), ShapeError, 'zip() argument 2 is shorter than argument 1'],
  [() => packSequence([zeros([2]), zeros([3])]), ShapeError, '`lengths` array must be sorted in decreasing order'],
  [() => packSequence([zeros([0])]), ShapeError, 'Length of all samples has to be greater than 0'],
  [() => new PackedSequence(zeros([3])), OptionError, 'batchSizes are missing'],
  [() => new PackedSequence(zeros([3]), tensor([1, 0]).add(1)), OptionError, 'batch_sizes should always be on CPU.'],
  [() => new PackedSequence(zeros([4]), [2, 1]), ShapeError, 'need 3 rows, data has shape [4]'],
  [() => new PackedSequence(zeros([3]), [1, 2]), ShapeError, 'batch sizes must be positive and not increase'],
  [() => new PackedSequence(zeros([3]), [2, 1], [0, 0]), ShapeError, 'sortedIndices must have each of 0 to 1 once'],
])('%s', (run, kind, message) => {
  expect(run).toThrow(kind);
  expect(run).toThrow(message);
});

describe('layers', () => {
  test('print as PyTorch prints them', () => {
    const all = { numLayers: 5, bias: false, batchFirst: true, dropout: 0.5, bidirectional: true, projSize: 2 };
    expect(String(new nn.LSTM(2, 3, all))).toBe(
      'LSTM(2, 3, proj_size=2, num_layers=5, bias=False, batch_first=True, dropout=0.5, bidirectional=True)',
    );
    expect(String(new nn.RNN(2, 3, { nonlinearity: 'relu' }))).toBe('RNN(2, 3)');
    expect(String(new nn.RNNCell(2, 3, false, { nonlinearity: 'relu' }))).toBe(
      'RNNCell(2, 3, bias=False, nonlinearity=relu)',
    );
  });
  test('start uniform in ±1/√hiddenSize', async () => {
    manualSeed(0);
    const lstm = new nn.LSTM(3, 25, { projSize: 4 });
    for (const [name, p] of [...lstm.namedParameters(), ...new nn.GRUCell(2, 25).namedParameters()]) {
      const values = Array.from((await p.data()) as Float32Array);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      expect(Math.max(-low, high), name).toBeLessThanOrEqual(0.2);
      expect(Math.min(-low, high), name).toBeGreaterThan(0.15);
    }
  });
  test('list their weights by layer and direction', () => {
    const gru = new nn.GRU(2, 3, 2, { bidirectional: true, bias: false });
    expect(gru.allWeights.map((list) => list.map((p) => p.shape[1]))).toEqual([
      [2, 3],
      [2, 3],
      [6, 3],
      [6, 3],
    ]);
    expect(gru.allWeights[3]![1]).toBe(gru.weightHhL1Reverse);
    gru.flattenParameters();
  });
  test('drop outputs between layers in training only', async () => {
    manualSeed(1);
    const rnn = new nn.RNN(1, 8, 2, { dropout: 0.5, nonlinearity: 'relu', bias: false });
    const seen: Tensor[] = [];
    // The second layer passes on what it gets, so its outputs show what was dropped.
    const eye = tensor(Array.from({ length: 8 }, (_, i) => Array.from({ length: 8 }, (_, j) => Number(i === j))));
    for (const [name, value] of [
      ['weightIhL0', ones([8, 1])],
      ['weightHhL0', zeros([8, 8])],
      ['weightIhL1', eye],
      ['weightHhL1', zeros([8, 8])],
    ] as const)
      noGrad(() => rnn[name]!.copy_(value));
    seen.push(rnn.forward(ones([4, 2, 1]))[0], rnn.eval().forward(ones([4, 2, 1]))[0]);
    const [training, evaluation] = await Promise.all(seen.map((t) => t.data()));
    const kinds = new Set(training as Float32Array);
    expect([...kinds].sort()).toEqual([0, 2]);
    expect(new Set(evaluation as Float32Array)).toEqual(new Set([1]));
  });
  test('a batch of none', () => {
    const [output, hn] = new nn.GRU(2, 3).forward(zeros([2, 0, 2]));
    expect([output.shape, hn.shape]).toEqual([
      [2, 0, 3],
      [1, 0, 3],
    ]);
  });
  test('a cell is a layer of one step', async () => {
    const cell = new nn.LSTMCell(2, 3);
    const lstm = new nn.LSTM(2, 3);
    const state = new Map([...cell.stateDict()].map(([key, value]) => [`${key}_l0`, value]));
    lstm.loadStateDict(state);
    const x = randn([3, 2, 2]);
    let [h, c]: [Tensor | null, Tensor | null] = [null, null];
    for (let t = 0; t < 3; t++) [h, c] = cell.forward(x.at(t), h && c && [h, c]);
    const [, [hn, cn]] = lstm.forward(x);
    expect(await h!.sub(hn.at(0)).abs().max().item()).toBeLessThan(1e-6);
    expect(await c!.sub(cn.at(0)).abs().max().item()).toBeLessThan(1e-6);
  });
});
