"""The growing neural cellular automaton, every cell of which fires."""
import torch
import torch.nn.functional as F
from modules import layer
from torch import nn


class NeuralCA(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.channels = channels
        self.conv1 = nn.Conv2d(3 * channels, hidden, 1)
        self.conv2 = nn.Conv2d(hidden, channels, 1)
        identity = torch.tensor([[0.0, 0, 0], [0, 1, 0], [0, 0, 0]])
        sobel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
        kernel = torch.stack([identity, sobel, sobel.T])[:, None].repeat(channels, 1, 1, 1)
        self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x, steps):
        for _ in range(steps):
            before = F.max_pool2d(x[:, 3:4], 3, 1, 1) > 0.1
            y = F.conv2d(x, self.kernel, padding=1, groups=self.channels)
            x = x + self.conv2(F.relu(self.conv1(y)))
            x = x * (before & (F.max_pool2d(x[:, 3:4], 3, 1, 1) > 0.1))
        return x


MODELS = {
    "NeuralCA": layer(lambda: NeuralCA(5, 3), dict(shape=[2, 5, 6, 6], low=-2, high=0.2), 2, passes=1, scale=0.5),
}
