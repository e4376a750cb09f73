"""GPT-2, as Radford et al. describe it, with the names of transformers' GPT2Model; the head shares the embedding's weight."""
import torch
from modules import layer
from torch import nn
from torch.nn import functional as F


class Conv1D(nn.Module):
    def __init__(self, nf, nx):
        super().__init__()
        self.nf, self.nx = nf, nx
        self.weight = nn.Parameter(torch.empty(nx, nf))
        self.bias = nn.Parameter(torch.empty(nf))

    def extra_repr(self):
        return f"nf={self.nf}, nx={self.nx}"

    def forward(self, x):
        return x @ self.weight + self.bias


class GPT2Attention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.c_attn = Conv1D(3 * size, size)
        self.c_proj = Conv1D(size, size)
        self.attn_dropout = nn.Dropout(0.0)
        self.resid_dropout = nn.Dropout(0.0)

    def forward(self, x):
        n, length, size = x.shape
        q, k, v = (t.view(n, length, self.heads, -1).transpose(1, 2) for t in self.c_attn(x).split(size, dim=2))
        scores = q @ k.transpose(-1, -2) / (size // self.heads) ** 0.5
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        weights = self.attn_dropout(scores.masked_fill(later, float("-inf")).softmax(-1))
        return self.resid_dropout(self.c_proj((weights @ v).transpose(1, 2).reshape(n, length, size)))


class GPT2MLP(nn.Module):
    def __init__(self, size, inner):
        super().__init__()
        self.c_fc = Conv1D(inner, size)
        self.c_proj = Conv1D(size, inner)
        self.act = nn.GELU(approximate="tanh")
        self.dropout = nn.Dropout(0.0)

    def forward(self, x):
        return self.dropout(self.c_proj(self.act(self.c_fc(x))))


class GPT2Block(nn.Module):
    def __init__(self, size, heads, inner):
        super().__init__()
        self.ln_1 = nn.LayerNorm(size)
        self.attn = GPT2Attention(size, heads)
        self.ln_2 = nn.LayerNorm(size)
        self.mlp = GPT2MLP(size, inner)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT2(nn.Module):
    def __init__(self, vocab, positions, size, layers, heads, inner):
        super().__init__()
        self.wte = nn.Embedding(vocab, size)
        self.wpe = nn.Embedding(positions, size)
        self.drop = nn.Dropout(0.0)
        self.h = nn.ModuleList([GPT2Block(size, heads, inner) for _ in range(layers)])
        self.ln_f = nn.LayerNorm(size)

    def forward(self, ids, logits_to_keep=0):
        x = self.drop(self.wte(ids) + self.wpe(torch.arange(ids.shape[1])))
        for block in self.h:
            x = block(x)
        return F.linear(self.ln_f(x[:, -logits_to_keep:]), self.wte.weight)


IDS = dict(shape=[2, 5], classes=7)
MODELS = {
    "GPT-2": layer(lambda: GPT2(7, 6, 4, 2, 2, 16), IDS, scale=0.5),
    "GPT-2, the last token, narrow inside": layer(lambda: GPT2(7, 6, 4, 1, 1, 6), IDS, dict(options=dict(logits_to_keep=1)), scale=0.5),
}  # fmt: skip
