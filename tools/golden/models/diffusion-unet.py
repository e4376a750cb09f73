"""The U-Net of denoising diffusion, after Ho et al."""
import math

import torch
import torch.nn.functional as F
from modules import layer
from torch import nn


class TimeResBlock(nn.Module):
    def __init__(self, a, b, time, groups):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, a)
        self.conv1 = nn.Conv2d(a, b, 3, padding=1)
        self.time = nn.Linear(time, b)
        self.norm2 = nn.GroupNorm(groups, b)
        self.dropout = nn.Dropout(0.0)
        self.conv2 = nn.Conv2d(b, b, 3, padding=1)
        self.shortcut = None if a == b else nn.Conv2d(a, b, 1)

    def forward(self, x, time):
        y = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(time))[:, :, None, None]
        y = self.conv2(self.dropout(F.silu(self.norm2(y))))
        return y + (self.shortcut(x) if self.shortcut else x)


class PixelAttention(nn.Module):
    def __init__(self, channels, heads, groups):
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(groups, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.proj = nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        q, k, v = self.qkv(self.norm(x)).view(n, 3, self.heads, c // self.heads, h * w).unbind(1)
        weights = (q.transpose(-1, -2) @ k / math.sqrt(c // self.heads)).softmax(-1)
        return x + self.proj((v @ weights.transpose(-1, -2)).reshape(n, c, h, w))


class Stage(nn.Module):
    def __init__(self, a, b, attends, time, heads, groups):
        super().__init__()
        self.block = TimeResBlock(a, b, time, groups)
        self.attention = PixelAttention(b, heads, groups) if attends else None

    def forward(self, x, time):
        x = self.block(x, time)
        return self.attention(x) if self.attention else x


class DiffusionUNet(nn.Module):
    def __init__(self, channels, size, mult, blocks, heads, groups):
        super().__init__()
        self.size = size
        w = [size * m for m in mult]
        n = len(w)
        stage = lambda a, b, attends: Stage(a, b, attends, 4 * size, heads, groups)
        self.time = nn.Sequential(nn.Linear(size, 4 * size), nn.SiLU(), nn.Linear(4 * size, 4 * size))
        self.stem = nn.Conv2d(channels, size, 3, padding=1)
        self.down = nn.ModuleList(
            nn.ModuleList(stage(w[i] if j else (w[i - 1] if i else size), w[i], i == n - 1) for j in range(blocks))
            for i in range(n)
        )
        self.downsample = nn.ModuleList(nn.Conv2d(v, v, 3, 2, 1) for v in w[:-1])
        self.middle = nn.ModuleList([stage(w[-1], w[-1], True), stage(w[-1], w[-1], False)])
        self.up = nn.ModuleList(
            nn.ModuleList(stage(w[i] + (w[i] if j else w[min(i + 1, n - 1)]), w[i], i == n - 1) for j in range(blocks))
            for i in reversed(range(n))
        )
        self.upsample = nn.ModuleList(nn.Conv2d(v, v, 3, padding=1) for v in reversed(w[1:]))
        self.norm = nn.GroupNorm(groups, w[0])
        self.head = nn.Conv2d(w[0], channels, 3, padding=1)

    def forward(self, x, t):
        half = self.size // 2
        angles = t[:, None].float() * torch.exp(torch.arange(half) * (-math.log(10000) / half))
        time = self.time(torch.cat([angles.cos(), angles.sin()], 1))
        seen = []
        y = self.stem(x)
        for i, stages in enumerate(self.down):
            for s in stages:
                y = s(y, time)
                seen.append(y)
            if i < len(self.downsample):
                y = self.downsample[i](y)
        for s in self.middle:
            y = s(y, time)
        for i, stages in enumerate(self.up):
            if i:
                y = self.upsample[i - 1](F.interpolate(y, scale_factor=2))
            for s in stages:
                y = s(torch.cat([y, seen.pop()], 1), time)
        return self.head(F.silu(self.norm(y)))


MODELS = {
    "DiffusionUNet": layer(
        lambda: DiffusionUNet(1, 2, [1, 2], 1, 2, 1), [2, 1, 4, 4], dict(values=[3, 40], dtype="int32"), scale=0.5
    ),
}
