"""U-Net, with padded convolutions."""
import torch
from modules import layer
from torch import nn


class DoubleConv(nn.Sequential):
    def __init__(self, a, b):
        layers = []
        for c in (a, b):
            layers += [nn.Conv2d(c, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]
        super().__init__(*layers)


class Up(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.up = nn.ConvTranspose2d(a, b, 2, 2)
        self.conv = DoubleConv(2 * b, b)

    def forward(self, x, seen):
        return self.conv(torch.cat([seen, self.up(x)], 1))


class UNet(nn.Module):
    def __init__(self, channels, classes, width, depth):
        super().__init__()
        w = [width * 2**i for i in range(depth + 1)]
        self.pool = nn.MaxPool2d(2)
        self.down = nn.ModuleList(DoubleConv(a, b) for a, b in zip([channels, *w], w))
        self.up = nn.ModuleList(Up(2 * v, v) for v in reversed(w[:-1]))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        seen = []
        for i, block in enumerate(self.down):
            x = block(self.pool(x) if i else x)
            seen.append(x)
        seen.pop()
        for block in self.up:
            x = block(x, seen.pop())
        return self.head(x)


MODELS = {
    "UNet": layer(lambda: UNet(1, 2, 1, 2), [2, 1, 8, 8], passes=1),
}
