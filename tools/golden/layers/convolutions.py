"""Convolutions, transposed ones, and lazy layers."""
from modules import layer
from torch import nn

LINE, PLANE, VOLUME = [2, 4, 5], [1, 4, 5, 4], [1, 2, 3, 4, 3]


def size(*n):
    return dict(options=dict(output_size=n))


LAYERS = {
    "conv1d": layer(lambda: nn.Conv1d(4, 6, 3), LINE),
    "conv1d, everything": layer(lambda: nn.Conv1d(4, 6, 2, stride=2, padding=1, dilation=2, groups=2, bias=False), LINE),
    "conv1d, same": layer(lambda: nn.Conv1d(4, 2, 2, padding="same"), LINE),
    "conv1d, unbatched": layer(lambda: nn.Conv1d(4, 2, (3,), padding="valid"), [4, 5]),
    "conv1d, reflect": layer(lambda: nn.Conv1d(4, 2, 3, padding=2, padding_mode="reflect"), LINE),
    "conv1d, circular": layer(lambda: nn.Conv1d(4, 2, 3, padding=2, padding_mode="circular"), LINE),
    "conv1d, same, replicate": layer(lambda: nn.Conv1d(4, 2, 4, padding="same", padding_mode="replicate"), LINE),
    "conv2d, stride": layer(lambda: nn.Conv2d(4, 2, (3, 2), stride=(2, 1), padding=(1, 0)), PLANE),
    "conv2d, unbatched": layer(lambda: nn.Conv2d(4, 2, 3), [4, 5, 4]),
    "conv2d, reflect": layer(lambda: nn.Conv2d(4, 2, 3, padding=(2, 1), padding_mode="reflect"), PLANE),
    "conv2d, replicate": layer(lambda: nn.Conv2d(4, 2, 3, padding=(0, 3), padding_mode="replicate", groups=2), PLANE),
    "conv2d, circular, same": layer(lambda: nn.Conv2d(4, 2, (3, 2), padding="same", padding_mode="circular", dilation=2), PLANE),
    "conv2d, reflect, valid": layer(lambda: nn.Conv2d(4, 2, 3, padding="valid", padding_mode="reflect"), PLANE),
    "conv3d": layer(lambda: nn.Conv3d(2, 4, 2, padding=1), VOLUME),
    "conv3d, everything": layer(lambda: nn.Conv3d(2, 4, (2, 3, 1), stride=(1, 2, 1), padding=(0, 1, 2), dilation=(2, 1, 1), groups=2, bias=False), VOLUME),
    "conv3d, replicate": layer(lambda: nn.Conv3d(2, 2, 2, padding=(1, 0, 1), padding_mode="replicate"), VOLUME),
    "transposed 1d": layer(lambda: nn.ConvTranspose1d(4, 3, 3, stride=2), LINE),
    "transposed 1d, everything": layer(lambda: nn.ConvTranspose1d(4, 6, 3, stride=3, padding=1, output_padding=2, groups=2, bias=False, dilation=2), LINE),
    "transposed 1d, size": layer(lambda: nn.ConvTranspose1d(4, 2, 2, stride=3), LINE, size(16)),
    "transposed 2d": layer(lambda: nn.ConvTranspose2d(4, 2, 3), PLANE),
    "transposed 2d, everything": layer(lambda: nn.ConvTranspose2d(4, 2, (3, 2), stride=(2, 1), padding=(2, 0), output_padding=(1, 0), groups=2, dilation=(1, 2)), PLANE),
    "transposed 2d, size": layer(lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1), PLANE, size(10, 7)),
    "transposed 2d, whole size": layer(lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1), PLANE, size(1, 2, 9, 8)),
    "transposed 2d, unbatched": layer(lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1), [4, 5, 4], size(10, 8)),
    "transposed 3d": layer(lambda: nn.ConvTranspose3d(2, 4, 2, stride=(1, 2, 1), groups=2), VOLUME),
    "transposed 3d, size": layer(lambda: nn.ConvTranspose3d(2, 2, (1, 2, 2), stride=2, output_padding=1), VOLUME, size(5, 9, 6)),
    "lazy linear": layer(lambda: nn.LazyLinear(3), [4, 5]),
    "lazy linear, no bias": layer(lambda: nn.LazyLinear(3, bias=False), [4, 5]),
    "lazy conv1d": layer(lambda: nn.LazyConv1d(6, 3), LINE),
    "lazy conv2d": layer(lambda: nn.LazyConv2d(2, (3, 2), stride=(2, 1), padding=(1, 0)), PLANE),
    "lazy conv2d, unbatched, groups": layer(lambda: nn.LazyConv2d(2, 3, groups=2, bias=False), [4, 5, 4]),
    "lazy conv3d": layer(lambda: nn.LazyConv3d(4, 2, padding=1), VOLUME),
    "lazy transposed 1d": layer(lambda: nn.LazyConvTranspose1d(3, 3, stride=2), LINE),
    "lazy transposed 2d": layer(lambda: nn.LazyConvTranspose2d(2, 3, stride=2, padding=1, output_padding=1, groups=2), PLANE),
    "lazy transposed 3d": layer(lambda: nn.LazyConvTranspose3d(4, 2, stride=(1, 2, 1), groups=2), VOLUME),
    "lazy batch norm 1d": layer(lambda: nn.LazyBatchNorm1d(momentum=0.5), [4, 5]),
    "lazy batch norm 2d": layer(lambda: nn.LazyBatchNorm2d(eps=1e-3, bias=False), PLANE),
    "lazy batch norm 3d": layer(lambda: nn.LazyBatchNorm3d(track_running_stats=False), VOLUME),
    "lazy instance norm 1d": layer(lambda: nn.LazyInstanceNorm1d(), LINE),
    "lazy instance norm 2d": layer(lambda: nn.LazyInstanceNorm2d(track_running_stats=False), PLANE),
    "lazy instance norm 3d": layer(lambda: nn.LazyInstanceNorm3d(bias=False), VOLUME),
}  # fmt: skip
