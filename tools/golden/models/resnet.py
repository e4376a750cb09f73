"""Residual networks: torchvision's, and those for CIFAR as He et al. describe them."""
import torch
import torch.nn.functional as F
from modules import layer
from torch import nn


def conv3x3(a, b, stride=1, groups=1):
    return nn.Conv2d(a, b, 3, stride, 1, groups=groups, bias=False)


def conv1x1(a, b, stride=1):
    return nn.Conv2d(a, b, 1, stride, bias=False)


class PaddedShortcut(nn.Module):
    def __init__(self, missing, stride):
        super().__init__()
        self.missing, self.stride = missing, stride

    def forward(self, x):
        before = self.missing // 2
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.missing - before))


class ResBlock(nn.Module):
    def __init__(self, a, b, stride=1, pre=False, padding=False):
        super().__init__()
        self.pre = pre
        self.conv1 = conv3x3(a, b, stride)
        self.bn1 = nn.BatchNorm2d(a if pre else b)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(b, b)
        self.bn2 = nn.BatchNorm2d(b)
        self.downsample = None
        if stride != 1 or a != b:
            if padding:
                self.downsample = PaddedShortcut(b - a, stride)
            elif pre:
                self.downsample = conv1x1(a, b, stride)
            else:
                self.downsample = nn.Sequential(conv1x1(a, b, stride), nn.BatchNorm2d(b))

    def forward(self, x):
        shortcut = self.downsample or nn.Identity()
        if self.pre:
            active = self.relu(self.bn1(x))
            y = self.conv2(self.relu(self.bn2(self.conv1(active))))
            return y + shortcut(active if isinstance(shortcut, nn.Conv2d) else x)
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))) + shortcut(x))


class BasicBlock(ResBlock):
    expansion = 1

    def __init__(self, a, b, stride, groups, base):
        super().__init__(a, b, stride)


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, a, b, stride, groups, base):
        super().__init__()
        width = int(b * (base / 64.0)) * groups
        self.conv1 = conv1x1(a, width)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = conv3x3(width, width, stride, groups)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = conv1x1(width, 4 * b)
        self.bn3 = nn.BatchNorm2d(4 * b)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or a != 4 * b:
            self.downsample = nn.Sequential(conv1x1(a, 4 * b, stride), nn.BatchNorm2d(4 * b))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(self.relu(self.bn2(self.conv2(y)))))
        return self.relu(y + (self.downsample(x) if self.downsample else x))


class ResNet(nn.Module):
    def __init__(self, block, layers, channels, width, classes, groups=1, base=64):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        now = width
        for i, count in enumerate(layers):
            blocks = []
            for j in range(count):
                blocks.append(block(now, width * 2**i, 2 if i > 0 and j == 0 else 1, groups, base))
                now = width * 2**i * block.expansion
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(now, classes)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class CifarResNet(nn.Module):
    def __init__(self, depth, channels, width, classes, pre=False, padding=False):
        super().__init__()
        n = (depth - 2) // 6
        self.conv1 = conv3x3(channels, width)
        self.bn1 = None if pre else nn.BatchNorm2d(width)
        now = width
        for i in range(3):
            blocks = []
            for j in range(n):
                blocks.append(ResBlock(now, width * 2**i, 2 if i > 0 and j == 0 else 1, pre, padding))
                now = width * 2**i
            setattr(self, f"layer{i + 1}", nn.Sequential(*blocks))
        self.bn2 = nn.BatchNorm2d(now) if pre else None
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(now, classes)

    def forward(self, x):
        x = self.conv1(x)
        if self.bn1:
            x = self.relu(self.bn1(x))
        x = self.layer3(self.layer2(self.layer1(x)))
        if self.bn2:
            x = self.relu(self.bn2(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


MODELS = {
    "ResNet, basic": layer(lambda: ResNet(BasicBlock, [1, 2, 1, 1], 1, 1, 2), [3, 1, 16, 16], passes=1),
    "ResNet, bottleneck": layer(lambda: ResNet(Bottleneck, [1, 1, 1, 1], 1, 1, 2, 2), [6, 1, 16, 16], passes=1, shift=0.1),
    "CIFAR": layer(lambda: CifarResNet(8, 1, 1, 3), [3, 1, 8, 8], passes=1),
    "CIFAR, padded": layer(lambda: CifarResNet(8, 1, 1, 3, padding=True), [3, 1, 8, 8], passes=1),
    "CIFAR, pre-activation": layer(lambda: CifarResNet(14, 1, 1, 3, pre=True), [3, 1, 8, 8], passes=1),
    "CIFAR, pre-activation, padded": layer(lambda: CifarResNet(8, 1, 1, 3, True, True), [3, 1, 8, 8], passes=1),
}
