"""Pooling and unpooling."""
import torch
from modules import layer
from torch import nn

LINE, PLANE, VOLUME = [2, 2, 7], [2, 2, 6, 5], [1, 2, 4, 5, 3]


def indices(*values):
    return dict(values=list(values), dtype="int32")


LAYERS = {
    "max 1d": layer(lambda: nn.MaxPool1d(3), LINE),
    "max 1d, everything": layer(lambda: nn.MaxPool1d(3, 2, 1, dilation=2, return_indices=True, ceil_mode=True), LINE),
    "max 1d, unbatched": layer(lambda: nn.MaxPool1d((2,), stride=1), [2, 7]),
    "max 2d, indices": layer(lambda: nn.MaxPool2d(2, return_indices=True), PLANE),
    "max 2d, everything": layer(lambda: nn.MaxPool2d((3, 2), (2, 1), (1, 0), dilation=(1, 2), ceil_mode=True), PLANE),
    "max 2d, unbatched": layer(lambda: nn.MaxPool2d(2, 2), [2, 6, 5]),
    "max 3d": layer(lambda: nn.MaxPool3d(2), VOLUME),
    "max 3d, everything": layer(lambda: nn.MaxPool3d((2, 3, 2), stride=(1, 2, 1), padding=(0, 1, 1), dilation=(2, 1, 1), return_indices=True, ceil_mode=True), VOLUME),
    "average 1d": layer(lambda: nn.AvgPool1d(3), LINE),
    "average 1d, everything": layer(lambda: nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False), LINE),
    "average 2d, stride": layer(lambda: nn.AvgPool2d((3, 2), (1, 2)), PLANE),
    "average 2d, everything": layer(lambda: nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=True, divisor_override=5), PLANE),
    "average 3d": layer(lambda: nn.AvgPool3d(2), VOLUME),
    "average 3d, everything": layer(lambda: nn.AvgPool3d((2, 3, 2), stride=2, padding=(0, 1, 1), ceil_mode=True, count_include_pad=False), VOLUME),
    "unpool 1d": layer(lambda: nn.MaxUnpool1d(2), [1, 2, 3], indices([[0, 3, 4], [1, 2, 5]])),
    "unpool 1d, size": layer(lambda: nn.MaxUnpool1d(2, stride=2), [1, 2, 3], indices([[0, 3, 4], [1, 2, 5]]), dict(options=dict(output_size=(7,)))),
    "unpool 2d": layer(lambda: nn.MaxUnpool2d((2, 3), (2, 2), padding=(0, 1)), [1, 1, 2, 2], indices([[[0, 2], [7, 8]]])),
    "unpool 2d, size": layer(lambda: nn.MaxUnpool2d(2), [1, 1, 2, 2], indices([[[0, 2], [11, 13]]]), dict(options=dict(output_size=(1, 1, 5, 4)))),
    "unpool 3d": layer(lambda: nn.MaxUnpool3d(2), [1, 1, 1, 2, 1], indices([[[[3], [6]]]])),
    "norm 1d": layer(lambda: nn.LPPool1d(2, 3, stride=2), dict(shape=LINE, low=0.1, high=2)),
    "norm 1d, ceil": layer(lambda: nn.LPPool1d(1.5, 2, ceil_mode=True), dict(shape=LINE, low=0.1, high=2)),
    "norm 2d": layer(lambda: nn.LPPool2d(2, (3, 2), stride=(2, 1)), PLANE),
    "norm 2d, sum": layer(lambda: nn.LPPool2d(1, 2), dict(shape=PLANE, low=0.1, high=2)),
    "norm 3d": layer(lambda: nn.LPPool3d(2, 2), VOLUME),
    "fractional 2d, size": layer(lambda: nn.FractionalMaxPool2d(2, output_size=(4, 3), return_indices=True, _random_samples=torch.tensor([[[0.1, 0.7], [0.5, 0.3]], [[0.9, 0.2], [0.4, 0.6]]])), PLANE),
    "fractional 2d, ratio": layer(lambda: nn.FractionalMaxPool2d((2, 3), output_ratio=(0.6, 0.4), _random_samples=torch.tensor([[[0.1, 0.7], [0.5, 0.3]], [[0.9, 0.2], [0.4, 0.6]]])), PLANE),
    "fractional 3d": layer(lambda: nn.FractionalMaxPool3d(2, output_size=(2, 3, 1), _random_samples=torch.tensor([[[0.1, 0.7, 0.3], [0.5, 0.3, 0.8]]])), VOLUME),
    "adaptive max 1d": layer(lambda: nn.AdaptiveMaxPool1d(3), LINE),
    "adaptive max 1d, indices": layer(lambda: nn.AdaptiveMaxPool1d((4,), return_indices=True), LINE),
    "adaptive max 2d": layer(lambda: nn.AdaptiveMaxPool2d((4, None), return_indices=True), PLANE),
    "adaptive max 3d": layer(lambda: nn.AdaptiveMaxPool3d(2), VOLUME),
    "adaptive average 1d": layer(lambda: nn.AdaptiveAvgPool1d(3), LINE),
    "adaptive average 2d, one": layer(lambda: nn.AdaptiveAvgPool2d(1), PLANE),
    "adaptive average 2d": layer(lambda: nn.AdaptiveAvgPool2d((None, 3)), PLANE),
    "adaptive average 3d": layer(lambda: nn.AdaptiveAvgPool3d((2, None, 1)), VOLUME),
}  # fmt: skip
