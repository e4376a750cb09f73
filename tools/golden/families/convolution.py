"""PyTorch's side of convolutions, transposed ones, and windows as columns."""
import torch
import torch.nn.functional as F


def conv(fn):
    return lambda t, o: fn(t[0], t[1], t[2] if len(t) > 2 else None, **o)


TABLE = {
    "conv1d": conv(F.conv1d),
    "conv2dSame": conv(F.conv2d),
    "conv3d": conv(F.conv3d),
    "convTbc": lambda t, o: torch.conv_tbc(*t, **o),
    "convTranspose1d": conv(F.conv_transpose1d),
    "convTranspose2d": conv(F.conv_transpose2d),
    "convTranspose3d": conv(F.conv_transpose3d),
    "unfold2d": lambda t, o: F.unfold(t[0], **o),
    "fold2d": lambda t, o: F.fold(t[0], **o),
}
