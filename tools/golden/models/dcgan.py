"""DCGAN, with the names of PyTorch's tutorial."""
from modules import layer
from torch import nn


class DCGANGenerator(nn.Module):
    def __init__(self, n, nz, ngf, nc):
        super().__init__()
        w = [ngf * 2 ** (n - 1 - i) for i in range(n)]
        layers = []
        for i, b in enumerate(w):
            layers += [nn.ConvTranspose2d(w[i - 1] if i else nz, b, 4, 2 if i else 1, 1 if i else 0, bias=False)]
            layers += [nn.BatchNorm2d(b), nn.ReLU(True)]
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(ngf, nc, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, x):
        return self.main(x)


class DCGANDiscriminator(nn.Module):
    def __init__(self, n, nc, ndf):
        super().__init__()
        w = [ndf * 2**i for i in range(n)]
        layers = []
        for i, b in enumerate(w):
            layers += [nn.Conv2d(w[i - 1] if i else nc, b, 4, 2, 1, bias=False)]
            layers += ([nn.BatchNorm2d(b)] if i else []) + [nn.LeakyReLU(0.2, inplace=True)]
        self.main = nn.Sequential(*layers, nn.Conv2d(w[-1], 1, 4, 1, 0, bias=False), nn.Sigmoid())

    def forward(self, x):
        return self.main(x).view(-1)


MODELS = {
    "generator": layer(lambda: DCGANGenerator(2, 2, 2, 1), [2, 2, 1, 1], passes=1, scale=0.5),
    "discriminator": layer(lambda: DCGANDiscriminator(2, 1, 2), [2, 1, 16, 16], passes=1, scale=0.5),
}
