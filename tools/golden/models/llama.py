"""Llama, as Touvron et al. describe it, with the names of transformers' LlamaForCausalLM."""
import torch
from modules import layer
from torch import nn
from torch.nn import functional as F


class LlamaRMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def extra_repr(self):
        return f"{tuple(self.weight.shape)}, eps={self.eps}"

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


class LlamaRotaryEmbedding(nn.Module):
    """Multiplies the pairs of a head's features, as complex numbers, by e^(i * position * rate)."""

    def __init__(self, size, base, interleaved):
        super().__init__()
        self.size, self.base, self.interleaved = size, base, interleaved

    def forward(self, x):
        rates = self.base ** (-torch.arange(0, self.size, 2) / self.size)
        angles = torch.outer(torch.arange(x.shape[1]).float(), rates)[:, None, :]
        turn = torch.polar(torch.ones_like(angles), angles)
        if self.interleaved:
            a, b = x[..., 0::2], x[..., 1::2]
        else:
            a, b = x.chunk(2, -1)
        turned = torch.complex(a, b) * turn
        if self.interleaved:
            return torch.view_as_real(turned).flatten(-2)
        return torch.cat([turned.real, turned.imag], -1)


class LlamaAttention(nn.Module):
    def __init__(self, size, heads, groups, head, bias):
        super().__init__()
        self.heads, self.groups, self.head = heads, groups, head
        self.q_proj = nn.Linear(size, heads * head, bias=bias)
        self.k_proj = nn.Linear(size, groups * head, bias=bias)
        self.v_proj = nn.Linear(size, groups * head, bias=bias)
        self.o_proj = nn.Linear(heads * head, size, bias=bias)

    def forward(self, x, rotary):
        n, length, _ = x.shape
        q = rotary(self.q_proj(x).view(n, length, self.heads, -1))
        k = rotary(self.k_proj(x).view(n, length, self.groups, -1))
        v = self.v_proj(x).view(n, length, self.groups, -1)
        k, v = (t.repeat_interleave(self.heads // self.groups, 2).transpose(1, 2) for t in (k, v))
        y = F.scaled_dot_product_attention(q.transpose(1, 2), k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(n, length, -1))


class LlamaMLP(nn.Module):
    def __init__(self, size, inner):
        super().__init__()
        self.gate_proj = nn.Linear(size, inner, bias=False)
        self.up_proj = nn.Linear(size, inner, bias=False)
        self.down_proj = nn.Linear(inner, size, bias=False)
        self.act_fn = nn.SiLU()

    def forward(self, x):
        return self.down_proj(self.act_fn(self.gate_proj(x)) * self.up_proj(x))


class LlamaDecoderLayer(nn.Module):
    def __init__(self, size, inner, heads, groups, head, bias, eps):
        super().__init__()
        self.self_attn = LlamaAttention(size, heads, groups, head, bias)
        self.mlp = LlamaMLP(size, inner)
        self.input_layernorm = LlamaRMSNorm(size, eps)
        self.post_attention_layernorm = LlamaRMSNorm(size, eps)

    def forward(self, x, rotary):
        x = x + self.self_attn(self.input_layernorm(x), rotary)
        return x + self.mlp(self.post_attention_layernorm(x))


class LlamaModel(nn.Module):
    def __init__(self, vocab, size, inner, layers, heads, groups, head=None, bias=False, eps=1e-6, base=10000.0, interleaved=False):
        super().__init__()
        head = head or size // heads
        self.embed_tokens = nn.Embedding(vocab, size)
        self.layers = nn.ModuleList([LlamaDecoderLayer(size, inner, heads, groups, head, bias, eps) for _ in range(layers)])
        self.norm = LlamaRMSNorm(size, eps)
        self.rotary_emb = LlamaRotaryEmbedding(head, base, interleaved)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for block in self.layers:
            x = block(x, self.rotary_emb)
        return self.norm(x)


class Llama(nn.Module):
    def __init__(self, vocab, size, *args, tied=False, **kwargs):
        super().__init__()
        self.model = LlamaModel(vocab, size, *args, **kwargs)
        self.lm_head = nn.Linear(size, vocab, bias=False)
        if tied:
            self.lm_head.weight = self.model.embed_tokens.weight

    def forward(self, ids):
        return self.lm_head(self.model(ids))


IDS = dict(shape=[2, 4], classes=7)
MODELS = {
    "Llama": layer(lambda: Llama(7, 8, 6, 2, 2, 1), IDS, scale=0.7),
    "Llama, tied, interleaved": layer(lambda: Llama(7, 8, 6, 1, 4, 4, head=4, bias=True, eps=1e-2, base=100.0, interleaved=True, tied=True), IDS, scale=0.5),
}  # fmt: skip
