"""The recurrent models of lumigrad/models."""
import torch
import torch.nn.functional as F
from modules import layer
from torch import nn


class RecurrentModel(nn.Module):
    def __init__(self, vocab, cell="LSTM", embedding_dim=None, hidden_size=128, num_layers=1, dropout=0.0, bidirectional=False):
        super().__init__()
        self.vocab = vocab
        if embedding_dim:
            self.embedding = nn.Embedding(vocab, embedding_dim)
        self.rnn = getattr(nn, cell)(embedding_dim or vocab, hidden_size, num_layers, batch_first=True, dropout=dropout if num_layers > 1 else 0.0, bidirectional=bidirectional)
        self.dropout = nn.Dropout(dropout)

    def embedded(self, ids):
        return self.embedding(ids) if hasattr(self, "embedding") else F.one_hot(ids, self.vocab).float()


class RecurrentClassifier(RecurrentModel):
    def __init__(self, vocab, classes, **config):
        super().__init__(vocab, **config)
        self.fc = nn.Linear(self.rnn.hidden_size * (2 if self.rnn.bidirectional else 1), classes)

    def forward(self, ids, lengths=None):
        x = self.embedded(ids)
        if lengths is not None:
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.rnn(x)
        hn = state[0] if isinstance(state, tuple) else state
        return self.fc(self.dropout(torch.cat([hn[-2], hn[-1]], 1) if self.rnn.bidirectional else hn[-1]))


class RecurrentLanguageModel(RecurrentModel):
    def __init__(self, vocab, **config):
        super().__init__(vocab, **config)
        self.fc = nn.Linear(self.rnn.hidden_size, vocab)

    def forward(self, ids):
        return self.fc(self.dropout(self.rnn(self.embedded(ids))[0]))


IDS = dict(shape=[2, 3], classes=5)
LENGTHS = dict(values=[2, 3], dtype="int32")
MODELS = {
    "classifier, rnn": layer(lambda: RecurrentClassifier(5, 3, cell="RNN", hidden_size=3), IDS),
    "classifier, gru, lengths": layer(lambda: RecurrentClassifier(5, 3, cell="GRU", hidden_size=3), IDS, LENGTHS),
    "classifier, lstm, embedding": layer(lambda: RecurrentClassifier(5, 2, embedding_dim=3, hidden_size=3, bidirectional=True, dropout=0.25), IDS, LENGTHS, training=False),
    "language model, gru, embedding": layer(lambda: RecurrentLanguageModel(5, cell="GRU", embedding_dim=2, hidden_size=3), IDS),
}  # fmt: skip
