"""Writes test/golden/modules.json: what PyTorch's layers compute, for test/nn/layers.device.test.ts.

Inputs and parameters follow from formulas that the test knows too, each element i of
  float input k: 4 * uniform(3000 + k, i) - 2      index input k: mulberry32(3000 + k, i) % classes
  parameter k, in the order of named_parameters(): 2 * uniform(1000 + k, i) - 1
In training mode: the output, and gradients of sum(output * (2 * uniform(2000, i) - 1)) for the float inputs and all
parameters. Then two more forward passes on inputs of seeds 4000 + k and 5000 + k; then the buffers, and the output in
evaluation mode.
"""
import json
import pathlib

import torch
from torch import nn
from prng import mulberry32, uniform

ROOT = pathlib.Path(__file__).resolve().parents[2]

# name: layer, shapes of float inputs, and optionally (shape, classes) of an index input that comes last.
LAYERS = {
    "linear": (lambda: nn.Linear(5, 3), [[2, 4, 5]]),
    "linear without bias": (lambda: nn.Linear(5, 3, bias=False), [[4, 5]]),
    "linear of a vector": (lambda: nn.Linear(5, 3), [[5]]),
    "conv": (lambda: nn.Conv2d(2, 4, 3, padding=1), [[2, 2, 5, 5]]),
    "conv, everything": (lambda: nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(2, 1), dilation=(1, 2), groups=2, bias=False), [[2, 4, 6, 5]]),
    "conv, same": (lambda: nn.Conv2d(2, 3, 3, padding="same", dilation=2), [[2, 2, 5, 6]]),
    "conv, same, even kernel": (lambda: nn.Conv2d(2, 3, (4, 3), padding="same"), [[2, 2, 5, 6]]),
    "conv, valid": (lambda: nn.Conv2d(2, 3, 2, padding="valid"), [[2, 4, 4]]),
    "max pool": (lambda: nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True), [[2, 2, 6, 5]]),
    "max pool, stride positional": (lambda: nn.MaxPool2d(3, 1), [[2, 2, 5, 5]]),
    "average pool": (lambda: nn.AvgPool2d(2), [[2, 2, 5, 4]]),
    "average pool, padding not counted": (lambda: nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), [[2, 2, 5, 5]]),
    "batch norm": (lambda: nn.BatchNorm2d(3), [[4, 3, 2, 3]]),
    "batch norm, cumulative": (lambda: nn.BatchNorm2d(3, momentum=None, eps=1e-3), [[4, 3, 2, 3]]),
    "batch norm, not affine": (lambda: nn.BatchNorm2d(3, affine=False, momentum=0.5), [[4, 3, 2, 3]]),
    "batch norm, no statistics": (lambda: nn.BatchNorm2d(3, track_running_stats=False), [[4, 3, 2, 3]]),
    "batch norm of rows": (lambda: nn.BatchNorm1d(3), [[6, 3]]),
    "batch norm of sequences": (lambda: nn.BatchNorm1d(3, bias=False), [[4, 3, 5]]),
    "layer norm": (lambda: nn.LayerNorm(6), [[2, 3, 6]]),
    "layer norm over two dims, no bias": (lambda: nn.LayerNorm([3, 6], bias=False, eps=1e-2), [[2, 3, 6]]),
    "layer norm, plain": (lambda: nn.LayerNorm(6, elementwise_affine=False), [[2, 3, 6]]),
    "embedding": (lambda: nn.Embedding(7, 3), [], ([4, 2], 7)),
    "embedding with padding": (lambda: nn.Embedding(4, 3, padding_idx=-3), [], ([4, 3], 4)),
    "relu": (lambda: nn.ReLU(), [[3, 4]]),
    "leaky relu": (lambda: nn.LeakyReLU(0.2), [[3, 4]]),
    "gelu": (lambda: nn.GELU(), [[3, 4]]),
    "gelu, tanh": (lambda: nn.GELU(approximate="tanh"), [[3, 4]]),
    "silu": (lambda: nn.SiLU(), [[3, 4]]),
    "sigmoid": (lambda: nn.Sigmoid(), [[3, 4]]),
    "tanh": (lambda: nn.Tanh(), [[3, 4]]),
    "softplus": (lambda: nn.Softplus(beta=3, threshold=4), [[3, 4]]),
    "softmax": (lambda: nn.Softmax(dim=0), [[3, 4]]),
    "log softmax": (lambda: nn.LogSoftmax(dim=-1), [[3, 4]]),
    "flatten": (lambda: nn.Flatten(1, 2), [[2, 3, 2, 2]]),
    "identity": (lambda: nn.Identity(), [[2, 3]]),
    "sequential": (lambda: nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 2)), [[3, 4]]),
    "cross entropy": (lambda: nn.CrossEntropyLoss(), [[4, 5]], ([4], 5)),
    "cross entropy, everything": (lambda: nn.CrossEntropyLoss(weight=torch.tensor([0.5, 1.0, 2.0]), ignore_index=1, label_smoothing=0.1), [[4, 3, 2]], ([4, 2], 3)),
    "cross entropy, none": (lambda: nn.CrossEntropyLoss(reduction="none"), [[4, 5]], ([4], 5)),
    "nll": (lambda: nn.NLLLoss(reduction="sum"), [[4, 5]], ([4], 5)),
    "mse": (lambda: nn.MSELoss(), [[4, 5], [4, 5]]),
    "mse, sum": (lambda: nn.MSELoss(reduction="sum"), [[4, 5], [4, 5]]),
    "bce": (lambda: nn.BCEWithLogitsLoss(pos_weight=torch.tensor([0.5, 2.0, 1.0])), [[4, 3], [4, 3]]),
}  # fmt: skip


def floats(seed, shape, scale):
    n = 1
    for d in shape:
        n *= d
    return torch.tensor((2 * uniform(seed, n) - 1) * scale, dtype=torch.float32).reshape(shape)


def inputs(seed, shapes, index):
    made = [floats(seed + k, shape, 2).requires_grad_() for k, shape in enumerate(shapes)]
    if index:
        shape, classes = index
        n = torch.Size(shape).numel()
        made.append(torch.tensor((mulberry32(seed + len(shapes), n) % classes).astype("int64")).reshape(shape))
    return made


def listed(t):
    return [float(f"{v:.7g}") for v in t.detach().flatten().tolist()]


def run(name, make, shapes, index=None):
    torch.manual_seed(0)
    module = make()
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(floats(1000 + k, p.shape, 1))
    xs = inputs(3000, shapes, index)
    y = module(*xs)
    (y * floats(2000, y.shape, 1)).sum().backward()
    out = dict(name=name, shapes=shapes, shape=list(y.shape), output=listed(y), inputGrads=[listed(x.grad) for x in xs if x.requires_grad])
    if index:
        out["index"] = dict(shape=index[0], classes=index[1])
    out["grads"] = {n: listed(p.grad) for n, p in module.named_parameters()}
    out["keys"] = list(module.state_dict())
    with torch.no_grad():
        for seed in (4000, 5000):
            module(*inputs(seed, shapes, index))
        out["buffers"] = {n: listed(b.float()) for n, b in module.named_buffers()}
        module.eval()
        if out["buffers"]:
            out["evaluated"] = listed(module(*inputs(3000, shapes, index)))
    return json.dumps(out, separators=(",", ":"))


def main():
    rows = [run(name, *spec) for name, spec in LAYERS.items()]
    text = '{"torch":"%s","layers":[\n%s\n]}\n' % (torch.__version__, ",\n".join(rows))
    (ROOT / "test/golden/modules.json").write_text(text)
    print(f"{len(rows)} layers, {len(text)} bytes")


if __name__ == "__main__":
    main()
