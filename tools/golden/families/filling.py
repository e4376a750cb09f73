"""PyTorch's side of the family filling."""
import torch
import torch.nn.functional as F

from common import DTYPES

TABLE = {
    "relu_": lambda t, o: F.relu_(t[0] * 1),
    "reluLeaf_": lambda t, o: F.relu_(t[0]),
    "leakyRelu_": lambda t, o: F.leaky_relu_(t[0] * 1, 0.2),
    "elu_": lambda t, o: F.elu_(t[0] * 1, 0.5),
    "celu_": lambda t, o: F.celu_(t[0] * 1, 0.5),
    "selu_": lambda t, o: F.selu_(t[0] * 1),
    "hardtanh_": lambda t, o: F.hardtanh_(t[0] * 1, -0.5, 2),
    "threshold_": lambda t, o: F.threshold_(t[0] * 1, 0.5, 9),
    "rrelu_": lambda t, o: F.rrelu_(t[0] * 1, 0.25, 0.25),
    "fill": lambda t, o: torch.fill(t[0], o["value"] if "value" in o else t[1]),
    "fillTensor_": lambda t, o: (t[0] * 2).fill_(t[1]),
    "constantPadNd": lambda t, o: torch.constant_pad_nd(t[0], **o),
    "range": lambda t, o: torch.range(*o["numbers"], dtype=DTYPES[o["dtype"]] if "dtype" in o else None),
    "gridSampler": lambda t, o: torch.grid_sampler(*t, *o["modes"]),
    "gridSampler3d": lambda t, o: torch.grid_sampler_3d(*t, 0, 0, False),
    "angle": lambda t, o: torch.angle(t[0]),
    "realParts": lambda t, o: [t[0] * 2] * 6,
    "hardshrinkMethod": lambda t, o: t[0].hardshrink(1),
    "preluMethod": lambda t, o: t[0].prelu(t[1]),
}
