"""BERT, as Devlin et al. describe it, with the names of transformers' BertModel."""
import torch
from modules import layer
from torch import nn
from torch.nn import functional as F


class BertEmbeddings(nn.Module):
    def __init__(self, vocab, positions, size, eps):
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab, size, padding_idx=0)
        self.position_embeddings = nn.Embedding(positions, size)
        self.token_type_embeddings = nn.Embedding(2, size)
        self.LayerNorm = nn.LayerNorm(size, eps=eps)
        self.dropout = nn.Dropout(0.0)

    def forward(self, ids, types):
        types = torch.zeros_like(ids) if types is None else types
        places = torch.arange(ids.shape[1])
        x = self.word_embeddings(ids) + self.token_type_embeddings(types) + self.position_embeddings(places)
        return self.dropout(self.LayerNorm(x))


class BertSelfAttention(nn.Module):
    def __init__(self, size, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)
        self.dropout = nn.Dropout(0.0)

    def forward(self, x, mask):
        n, length, size = x.shape
        q, k, v = (f(x).view(n, length, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return y.transpose(1, 2).reshape(n, length, size)


class BertSelfOutput(nn.Module):
    def __init__(self, inner, size, eps):
        super().__init__()
        self.dense = nn.Linear(inner, size)
        self.LayerNorm = nn.LayerNorm(size, eps=eps)
        self.dropout = nn.Dropout(0.0)

    def forward(self, x, residual):
        return self.LayerNorm(self.dropout(self.dense(x)) + residual)


class BertOutput(BertSelfOutput):
    pass


class BertAttention(nn.Module):
    def __init__(self, size, heads, eps):
        super().__init__()
        self.self = BertSelfAttention(size, heads)
        self.output = BertSelfOutput(size, size, eps)

    def forward(self, x, mask):
        return self.output(self.self(x, mask), x)


class BertIntermediate(nn.Module):
    def __init__(self, size, inner, act):
        super().__init__()
        self.dense = nn.Linear(size, inner)
        self.intermediate_act_fn = act

    def forward(self, x):
        return self.intermediate_act_fn(self.dense(x))


class BertLayer(nn.Module):
    def __init__(self, size, heads, inner, eps, act):
        super().__init__()
        self.attention = BertAttention(size, heads, eps)
        self.intermediate = BertIntermediate(size, inner, act)
        self.output = BertOutput(inner, size, eps)

    def forward(self, x, mask):
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class BertEncoder(nn.Module):
    def __init__(self, layers, *args):
        super().__init__()
        self.layer = nn.ModuleList([BertLayer(*args) for _ in range(layers)])

    def forward(self, x, mask):
        for block in self.layer:
            x = block(x, mask)
        return x


class BertPooler(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.dense = nn.Linear(size, size)
        self.activation = nn.Tanh()

    def forward(self, x):
        return self.activation(self.dense(x[:, 0]))


class Bert(nn.Module):
    def __init__(self, vocab, positions, size, layers, heads, inner, eps=1e-12, act=None, pool=True):
        super().__init__()
        self.embeddings = BertEmbeddings(vocab, positions, size, eps)
        self.encoder = BertEncoder(layers, size, heads, inner, eps, act or nn.GELU())
        self.pooler = BertPooler(size) if pool else None

    def forward(self, ids, attention_mask=None, token_type_ids=None):
        mask = None if attention_mask is None else attention_mask[:, None, None, :].bool()
        x = self.encoder(self.embeddings(ids, token_type_ids), mask)
        return (x, self.pooler(x)) if self.pooler else (x,)


IDS = dict(shape=[2, 4], classes=7)
MASK = dict(values=[[1, 1, 1, 0], [1, 1, 1, 1]], dtype="int32")
MODELS = {
    "BERT": layer(lambda: Bert(7, 5, 4, 2, 2, 6), IDS, dict(options=dict(attention_mask=MASK, token_type_ids=dict(shape=[2, 4], classes=2)))),
    "BERT, no pooler, ReLU": layer(lambda: Bert(7, 5, 4, 1, 1, 6, eps=1e-2, act=nn.ReLU(), pool=False), IDS),
}  # fmt: skip
