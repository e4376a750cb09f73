"""Recurrent layers: unidirectional and not, stacked, projected, batched and not, packed."""
import torch
from modules import layer
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence


class Packed(nn.Module):
    """Runs a layer on sequences of different lengths."""

    def __init__(self, layer, lengths, batch_first=False):
        super().__init__()
        self.layer = layer
        self.lengths = lengths
        self.batch_first = batch_first

    def forward(self, x, hx=None):
        packed = pack_padded_sequence(x, self.lengths, self.batch_first, enforce_sorted=False)
        output, state = self.layer(packed, hx)
        padded, lengths = pad_packed_sequence(output, self.batch_first, padding_value=0.5, total_length=x.shape[int(self.batch_first)])
        return padded, lengths, output.data, state


class Rows(nn.Module):
    """Runs a layer on packed rows, as made by replacing the data of a packed sequence."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, rows):
        sizes = torch.tensor([2, 2, 1])
        output, state = self.layer(PackedSequence(rows.tanh(), sizes, torch.tensor([1, 0])))
        return output.data, state


X = [3, 2, 2]
LAYERS = {
    "rnn": layer(lambda: nn.RNN(2, 3), X),
    "rnn, relu, two layers": layer(lambda: nn.RNN(2, 3, 2, nonlinearity="relu"), X, [2, 2, 3]),
    "rnn, bidirectional": layer(lambda: nn.RNN(2, 3, bidirectional=True, bias=False), X),
    "gru": layer(lambda: nn.GRU(2, 3), X),
    "gru, state": layer(lambda: nn.GRU(2, 3, 2, batch_first=True), [2, 3, 2], [2, 2, 3]),
    "gru, bidirectional, no bias": layer(lambda: nn.GRU(2, 3, num_layers=2, bias=False, bidirectional=True), X, [4, 2, 3]),
    "lstm": layer(lambda: nn.LSTM(2, 3), X),
    "lstm, state": layer(lambda: nn.LSTM(2, 3, 2), X, ([2, 2, 3], [2, 2, 3])),
    "lstm, bidirectional, two layers": layer(lambda: nn.LSTM(2, 3, 2, batch_first=True, bidirectional=True), [2, 3, 2]),
    "lstm, unbatched": layer(lambda: nn.LSTM(2, 3, batch_first=True), [3, 2], ([1, 3], [1, 3])),
    "lstm, projection": layer(lambda: nn.LSTM(2, 3, num_layers=2, proj_size=2, bidirectional=True), X, ([4, 2, 2], [4, 2, 3])),
    "packed rnn": layer(lambda: Packed(nn.RNN(2, 3, bidirectional=True), [1, 3]), [4, 2, 2]),
    "packed gru": layer(lambda: Packed(nn.GRU(2, 3), [2, 3]), X, [1, 2, 3]),
    "packed lstm": layer(lambda: Packed(nn.LSTM(2, 3, 2, bidirectional=True), [2, 3], batch_first=True), [2, 3, 2], ([4, 2, 3], [4, 2, 3])),
    "packed lstm, projection": layer(lambda: Packed(nn.LSTM(2, 3, proj_size=2, bidirectional=True), [2, 3]), X),
    "packed rows": layer(lambda: Rows(nn.LSTM(2, 3, bidirectional=True)), [5, 2]),
    "rnn cell": layer(lambda: nn.RNNCell(2, 3), [2, 2]),
    "rnn cell, relu": layer(lambda: nn.RNNCell(2, 3, nonlinearity="relu"), [2, 2], [2, 3]),
    "rnn cell, unbatched": layer(lambda: nn.RNNCell(2, 3, bias=False), [2], [3]),
    "gru cell": layer(lambda: nn.GRUCell(2, 3), [2, 2]),
    "gru cell, state": layer(lambda: nn.GRUCell(2, 3, bias=False), [2, 2], [2, 3]),
    "lstm cell": layer(lambda: nn.LSTMCell(2, 3), [2, 2]),
    "lstm cell, state": layer(lambda: nn.LSTMCell(2, 3, bias=False), [2, 2], ([2, 3], [2, 3])),
    "lstm cell, unbatched": layer(lambda: nn.LSTMCell(2, 3), [2], ([3], [3])),
}  # fmt: skip
