"""The transformers of two tutorials: a label for each place (uvadlc-notebooks.readthedocs.io), and translation (pytorch.org)."""
import math

import torch
from modules import layer
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, size, length=5000):
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        pe = torch.zeros(length, size)
        place = torch.arange(length).unsqueeze(1).float()
        rate = torch.exp(torch.arange(0, size, 2).float() * (-math.log(10000.0) / size))
        pe[:, 0::2] = torch.sin(place * rate)
        pe[:, 1::2] = torch.cos(place * rate)[:, : size // 2]
        self.register_buffer("pe", pe, persistent=False)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.shape[1]])


class TransformerPredictor(nn.Module):
    def __init__(self, inputs, size, classes, heads, layers):
        super().__init__()
        self.input_net = nn.Sequential(nn.Dropout(0.0), nn.Linear(inputs, size))
        self.positional_encoding = PositionalEncoding(size, 6)
        block = nn.TransformerEncoderLayer(size, heads, 2 * size, 0.0, batch_first=True)
        self.transformer = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.output_net = nn.Sequential(nn.Linear(size, size), nn.LayerNorm(size), nn.ReLU(), nn.Dropout(0.0), nn.Linear(size, classes))

    def forward(self, x, mask=None, positions=True):
        x = self.input_net(x)
        return self.output_net(self.transformer(self.positional_encoding(x) if positions else x, mask))


class TokenEmbedding(nn.Module):
    def __init__(self, vocab, size):
        super().__init__()
        self.embedding = nn.Embedding(vocab, size)
        self.size = size

    def forward(self, tokens):
        return self.embedding(tokens) * math.sqrt(self.size)


class Seq2SeqTransformer(nn.Module):
    def __init__(self, encoders, decoders, size, heads, src_vocab, tgt_vocab, inner):
        super().__init__()
        self.transformer = nn.Transformer(size, heads, encoders, decoders, inner, 0.0, batch_first=True)
        self.generator = nn.Linear(size, tgt_vocab)
        self.src_tok_emb = TokenEmbedding(src_vocab, size)
        self.tgt_tok_emb = TokenEmbedding(tgt_vocab, size)
        self.positional_encoding = PositionalEncoding(size, 5)

    def forward(self, src, tgt, src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None):
        later = torch.ones(tgt.shape[1], tgt.shape[1], dtype=torch.bool).triu(1)
        y = self.transformer(
            self.positional_encoding(self.src_tok_emb(src)),
            self.positional_encoding(self.tgt_tok_emb(tgt)),
            tgt_mask=later,
            src_key_padding_mask=src_key_padding_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
        )
        return self.generator(y)


PADDING = dict(values=[[False, False, True], [False, False, False]], dtype="bool")
MODELS = {
    "reverse": layer(lambda: TransformerPredictor(3, 4, 5, 2, 2), [2, 4, 3]),
    "no positions, odd width, masked": layer(lambda: TransformerPredictor(3, 5, 2, 1, 1), [2, 2, 3], dict(options=dict(mask=dict(values=[[False, True], [False, False]], dtype="bool"), positions=False))),
    "translation": layer(lambda: Seq2SeqTransformer(1, 2, 4, 2, 6, 5, 6), dict(shape=[2, 3], classes=6), dict(shape=[2, 4], classes=5), dict(options=dict(src_key_padding_mask=PADDING, memory_key_padding_mask=PADDING)), scale=0.5),
}  # fmt: skip
