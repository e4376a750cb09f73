"""Networks of linear layers, with the names of torchvision.ops.MLP and of PyTorch's tutorials."""
import torch.nn.functional as F
from modules import layer
from torch import nn


class MLP(nn.Sequential):
    def __init__(self, size, hidden, norm=None, activation=nn.ReLU):
        layers = []
        for inner in hidden[:-1]:
            layers += [nn.Linear(size, inner)] + ([norm(inner)] if norm else []) + [activation(), nn.Dropout(0.0)]
            size = inner
        super().__init__(*layers, nn.Linear(size, hidden[-1]), nn.Dropout(0.0))


class LeNet(nn.Module):
    def __init__(self, channels, classes, size, padding, maps, hidden):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, maps[0], 5, padding=padding)
        self.conv2 = nn.Conv2d(maps[0], maps[1], 5)
        left = ((size + 2 * padding - 4) // 2 - 4) // 2
        self.fc1 = nn.Linear(maps[1] * left * left, hidden[0])
        self.fc2 = nn.Linear(hidden[0], hidden[1])
        self.fc3 = nn.Linear(hidden[1], classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2).flatten(1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


MODELS = {
    "MLP": layer(lambda: MLP(3, [4, 2]), [5, 3]),
    "MLP, norms": layer(lambda: MLP(3, [4, 3, 2], norm=nn.BatchNorm1d, activation=nn.Tanh), [5, 3]),
    "LeNet": layer(lambda: LeNet(1, 3, 12, 2, (2, 3), (5, 4)), [2, 1, 12, 12]),
}
