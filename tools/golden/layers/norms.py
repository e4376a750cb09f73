"""Normalisation layers, and containers of parameters."""
import torch
from modules import layer
from torch import nn

FILLED = dict(buffers=True, scale=0.5, shift=1.0)


class Scaled(nn.Module):
    """Parameters in a list and in a dictionary."""

    def __init__(self):
        super().__init__()
        self.scales = nn.ParameterList([torch.zeros(3), torch.zeros(2, 1)])
        self.shifts = nn.ParameterDict({"low": torch.zeros(3), "high": nn.Parameter(torch.zeros(1))})
        self.parts = nn.ModuleDict({"64": nn.Linear(3, 3), "Act": nn.Tanh(), "32": nn.Linear(3, 3, bias=False)})

    def forward(self, x):
        for scale in self.scales:
            x = x * scale
        x = x + self.shifts["low"] + self.shifts["high"]
        for name in self.parts:
            x = self.parts[name](x)
        return x


LAYERS = {
    "batch norm of volumes": layer(lambda: nn.BatchNorm3d(2), [3, 2, 2, 1, 2]),
    "batch norm of volumes, filled": layer(lambda: nn.BatchNorm3d(2, eps=1e-2, momentum=0.3), [3, 2, 2, 1, 2], **FILLED),
    "batch norm in evaluation": layer(lambda: nn.BatchNorm2d(2), [2, 2, 2, 2], training=False, **FILLED),
    "group norm": layer(lambda: nn.GroupNorm(2, 4), [2, 4, 3]),
    "group norm, one group": layer(lambda: nn.GroupNorm(1, 4, eps=1e-2), [2, 4, 2, 2]),
    "group norm, plain": layer(lambda: nn.GroupNorm(4, 4, affine=False), [2, 4, 3]),
    "group norm without bias": layer(lambda: nn.GroupNorm(2, 4, bias=False), [2, 4, 3]),
    "instance norm": layer(lambda: nn.InstanceNorm1d(3), [2, 3, 4]),
    "instance norm of one": layer(lambda: nn.InstanceNorm1d(3, affine=True), [3, 4]),
    "instance norm, everything": layer(lambda: nn.InstanceNorm2d(3, eps=1e-2, momentum=0.3, affine=True, track_running_stats=True), [2, 3, 2, 2], **FILLED),
    "instance norm, one plane": layer(lambda: nn.InstanceNorm2d(3, track_running_stats=True), [3, 2, 2]),
    "instance norm of volumes": layer(lambda: nn.InstanceNorm3d(2, affine=True, track_running_stats=True), [2, 2, 2, 1, 2], training=False, **FILLED),
    "rms norm": layer(lambda: nn.RMSNorm(4), [2, 3, 4]),
    "rms norm over two dims": layer(lambda: nn.RMSNorm([3, 4], eps=1e-2), [2, 3, 4]),
    "rms norm, plain": layer(lambda: nn.RMSNorm(4, elementwise_affine=False), [2, 4]),
    "local response norm": layer(lambda: nn.LocalResponseNorm(2), [2, 3, 2, 2]),
    "local response norm, everything": layer(lambda: nn.LocalResponseNorm(3, alpha=0.5, beta=0.5, k=2.0), [2, 4, 3]),
    "containers": layer(lambda: Scaled(), [2, 3]),
    "weight norm": layer(lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 3)), [2, 4]),
    "weight norm of everything": layer(lambda: nn.utils.parametrizations.weight_norm(nn.Linear(4, 3), dim=None), [2, 4]),
    "weight norm of a convolution": layer(lambda: nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 2), dim=1), [1, 2, 4]),
    "weight norm, the old way": layer(lambda: nn.utils.weight_norm(nn.Linear(4, 3)), [2, 4]),
    "spectral norm": layer(lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3)), [2, 4], buffers=True),
    "spectral norm, everything": layer(lambda: nn.utils.parametrizations.spectral_norm(nn.Conv1d(3, 2, 2), n_power_iterations=3, dim=1), [1, 3, 4], buffers=True),
    "spectral norm, the old way": layer(lambda: nn.utils.spectral_norm(nn.Linear(4, 3)), [2, 4], buffers=True),
    "orthogonal by a matrix exponential": layer(lambda: nn.utils.parametrizations.orthogonal(nn.Linear(3, 3), orthogonal_map="matrix_exp", use_trivialization=False), [2, 3]),
    "orthogonal by reflections": layer(lambda: nn.utils.parametrizations.orthogonal(nn.Linear(2, 3), use_trivialization=False), [2, 2]),
    "orthogonal by a Cayley map": layer(lambda: nn.utils.parametrizations.orthogonal(nn.Linear(4, 2), orthogonal_map="cayley", use_trivialization=False), [2, 4]),
}  # fmt: skip
