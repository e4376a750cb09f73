"""The vision transformer, as Dosovitskiy et al. describe it, with the names of torchvision's VisionTransformer."""
import torch
from modules import layer
from torch import nn


class MLPBlock(nn.Sequential):
    def __init__(self, size, inner):
        super().__init__(nn.Linear(size, inner), nn.GELU(), nn.Dropout(0.0), nn.Linear(inner, size), nn.Dropout(0.0))


class EncoderBlock(nn.Module):
    def __init__(self, heads, size, inner):
        super().__init__()
        self.ln_1 = nn.LayerNorm(size, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(size, heads, dropout=0.0, batch_first=True)
        self.dropout = nn.Dropout(0.0)
        self.ln_2 = nn.LayerNorm(size, eps=1e-6)
        self.mlp = MLPBlock(size, inner)

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.dropout(self.self_attention(y, y, y, need_weights=False)[0])
        return x + self.mlp(self.ln_2(x))


class Encoder(nn.Module):
    def __init__(self, length, layers, heads, size, inner):
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.empty(1, length, size))
        self.dropout = nn.Dropout(0.0)
        self.layers = nn.Sequential()
        for i in range(layers):
            self.layers.add_module(f"encoder_layer_{i}", EncoderBlock(heads, size, inner))
        self.ln = nn.LayerNorm(size, eps=1e-6)

    def forward(self, x):
        return self.ln(self.layers(self.dropout(x + self.pos_embedding)))


class VisionTransformer(nn.Module):
    def __init__(self, image, patch, layers, heads, size, inner, channels, classes):
        super().__init__()
        self.conv_proj = nn.Conv2d(channels, size, patch, stride=patch)
        self.class_token = nn.Parameter(torch.zeros(1, 1, size))
        self.encoder = Encoder((image // patch) ** 2 + 1, layers, heads, size, inner)
        self.heads = nn.Sequential()
        self.heads.add_module("head", nn.Linear(size, classes))

    def forward(self, x):
        patches = self.conv_proj(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), patches], 1)
        return self.heads(self.encoder(tokens)[:, 0])


MODELS = {
    "ViT": layer(lambda: VisionTransformer(4, 2, 2, 2, 4, 6, 2, 3), [2, 2, 4, 4]),
}
