"""Attention and transformers. Dropout is 0 where numbers are compared: its randomness is not PyTorch's."""
import torch
from modules import layer
from torch import nn
from torch.nn import functional as F


class SelfAttention(nn.Module):
    """Query, key and value are one tensor."""

    def __init__(self, *args, **kwargs):
        super().__init__()
        self.attention = nn.MultiheadAttention(*args, **kwargs)

    def forward(self, x, **options):
        return self.attention(x, x, x, **options)


def mask(rows):
    return dict(values=[[bool(v) for v in row] for row in rows], dtype="bool")


INF = float("inf")
CAUSAL = mask([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
SOME = mask([[0, 1, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]])
PADDING = mask([[0, 0, 0, 1], [0, 0, 1, 1]])
QUERY, KEY = [3, 2, 4], [4, 2, 4]


def encoder_layer(**kwargs):
    return nn.TransformerEncoderLayer(4, 2, dim_feedforward=6, dropout=0.0, **kwargs)


def decoder_layer(**kwargs):
    return nn.TransformerDecoderLayer(4, 2, dim_feedforward=6, dropout=0.0, **kwargs)


LAYERS = {
    "attention": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY),
    "attention, no weights": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY, dict(options=dict(need_weights=False))),
    "attention, weights of each head": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY, dict(options=dict(average_attn_weights=False))),
    "attention, masks": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY, dict(options=dict(key_padding_mask=PADDING, attn_mask=SOME))),
    "attention, masks, no weights": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY, dict(options=dict(key_padding_mask=PADDING, attn_mask=SOME, need_weights=False))),
    "attention, masks of floats": layer(lambda: nn.MultiheadAttention(4, 2), QUERY, KEY, KEY, dict(options=dict(key_padding_mask=[2, 4], attn_mask=[4, 3, 4]))),
    "attention, other features": layer(lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5), QUERY, [4, 2, 3], [4, 2, 5]),
    "attention, everything": layer(lambda: nn.MultiheadAttention(4, 2, bias=False, add_bias_kv=True, add_zero_attn=True, vdim=3, batch_first=True), [2, 3, 4], [2, 4, 4], [2, 4, 3], dict(options=dict(key_padding_mask=PADDING, attn_mask=SOME))),
    "attention, unbatched": layer(lambda: nn.MultiheadAttention(4, 1, add_bias_kv=True), [3, 4], [4, 4], [4, 4], dict(options=dict(key_padding_mask=dict(values=[False, True, False, False], dtype="bool")))),
    "self-attention": layer(lambda: SelfAttention(4, 2, batch_first=True), [2, 3, 4]),
    "self-attention, causal": layer(lambda: SelfAttention(4, 2, batch_first=True), [2, 3, 4], dict(options=dict(attn_mask=CAUSAL, is_causal=True, need_weights=False))),
    "self-attention, unbatched": layer(lambda: SelfAttention(4, 2, batch_first=True), [3, 4], dict(options=dict(average_attn_weights=False))),
    "encoder layer": layer(lambda: encoder_layer(), QUERY),
    "encoder layer, norm first": layer(lambda: encoder_layer(norm_first=True, activation="gelu", layer_norm_eps=1e-2), QUERY, dict(options=dict(src_mask=CAUSAL, is_causal=True))),
    "encoder layer, batch first": layer(lambda: encoder_layer(batch_first=True, bias=False, activation=nn.GELU()), [2, 4, 4], dict(options=dict(src_key_padding_mask=PADDING))),
    "encoder layer, a function": layer(lambda: encoder_layer(activation=F.silu), [3, 4]),
    "decoder layer": layer(lambda: decoder_layer(), QUERY, KEY),
    "decoder layer, norm first": layer(lambda: decoder_layer(norm_first=True, bias=False, batch_first=True), [2, 3, 4], [2, 4, 4], dict(options=dict(tgt_mask=CAUSAL, memory_mask=SOME, tgt_is_causal=True, memory_key_padding_mask=PADDING))),
    "encoder": layer(lambda: nn.TransformerEncoder(encoder_layer(batch_first=True), 2, norm=nn.LayerNorm(4), enable_nested_tensor=False), [2, 4, 4], dict(options=dict(src_key_padding_mask=PADDING))),
    "encoder, causal": layer(lambda: nn.TransformerEncoder(encoder_layer(norm_first=True), 2), QUERY, dict(options=dict(mask=CAUSAL, is_causal=True))),
    "decoder": layer(lambda: nn.TransformerDecoder(decoder_layer(), 2, nn.LayerNorm(4)), QUERY, KEY, dict(options=dict(tgt_mask=CAUSAL, memory_key_padding_mask=PADDING))),
    "transformer": layer(lambda: nn.Transformer(4, 2, 1, 2, 6, 0.0, batch_first=True), [2, 4, 4], [2, 3, 4], dict(options=dict(tgt_mask=CAUSAL, src_key_padding_mask=PADDING, memory_key_padding_mask=PADDING))),
    "transformer, norm first": layer(lambda: nn.Transformer(d_model=4, nhead=1, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=6, dropout=0.0, activation="gelu", norm_first=True, bias=False), KEY, QUERY),
}  # fmt: skip
