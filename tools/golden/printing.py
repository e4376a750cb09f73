"""Writes test/golden/printing.json: what PyTorch prints for tensors and models, for test/nn/printing.test.ts."""
import json
import pathlib

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
inf, nan = float("inf"), float("nan")

def ramp(count, step=1, modulus=10**6):
    return dict(count=count, step=step, modulus=modulus)


# dtype, shape, elements (a ramp has (i mod modulus) * step).
TENSORS = [
    ("float32", [], [1.5]),
    ("float32", [], [3]),
    ("float32", [3], [1, 2, 3]),
    ("float32", [3], [0.1, -0.25, 12.5]),
    ("float32", [4], [1, 1000.5, -2.25, 0]),
    ("float32", [2], [1e-5, 1]),
    ("float32", [3], [1e9, 1, 2]),
    ("float32", [2], [123456.7, 0.1]),
    ("float32", [2], [1e8, 2e8]),
    ("float32", [3], [nan, 1, 2]),
    ("float32", [3], [inf, -inf, 0.5]),
    ("float32", [2], [nan, nan]),
    ("float32", [2], [-0.0, 0.0]),
    ("float32", [2], [1e-38, 3e38]),
    ("float32", [3], [0.00012345, 0.5, 0.99999]),
    ("float32", [2, 3], [1, 2, 3, 4, 5, 6.5]),
    ("float32", [2, 2, 2], [0.5, -1, 2, 3, 4, 5, 6, 7.25]),
    ("float32", [1, 1], [7]),
    ("float32", [0], []),
    ("float32", [2, 0], []),
    ("float32", [25], ramp(25, 0.25)),
    ("float32", [2, 12], ramp(24, 1.5)),
    ("float32", [1001], ramp(1001)),
    ("float32", [40, 40], ramp(1600, 0.125)),
    ("float32", [2, 3, 300], ramp(1800, 1, 7)),
    ("int32", [], [7]),
    ("int32", [3], [1, -20, 300]),
    ("int32", [2, 2], [1, 2, 3, 4]),
    ("int32", [30], ramp(30)),
    ("int32", [2000], ramp(2000)),
    ("int32", [0], []),
    ("bool", [3], [1, 0, 1]),
    ("bool", [2, 2], [1, 0, 0, 0]),
    ("bool", [], [1]),
]
DTYPES = {"float32": torch.float32, "int32": torch.int32, "bool": torch.bool}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn = nn.BatchNorm2d(8)
        self.blocks = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)] + [nn.ReLU()])
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.25), nn.Linear(8, 2, bias=False))


MODELS = {
    "linear": nn.Linear(3, 2),
    "mlp": nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)),
    "nested": nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Tanh()), nn.Sequential(), nn.Identity()),
    "convs": nn.Sequential(
        nn.Conv2d(3, 6, 5),
        nn.Conv2d(6, 6, (3, 5), stride=(2, 1), padding=(1, 2), dilation=(1, 1), groups=3, bias=False),
        nn.Conv2d(6, 6, 3, dilation=2),
        nn.MaxPool2d(2),
        nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(2),
        nn.BatchNorm1d(4, eps=1e-3, momentum=0.2, affine=False),
        nn.BatchNorm2d(6, track_running_stats=False),
    ),
    "activations": nn.Sequential(
        nn.ReLU(), nn.LeakyReLU(0.2), nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.Softplus(), nn.Softmax(dim=1), nn.LogSoftmax(dim=-1), nn.Dropout(),
    ),
    "others": nn.Sequential(
        nn.Embedding(10, 3), nn.Embedding(10, 3, padding_idx=0), nn.LayerNorm(8), nn.LayerNorm((2, 8), eps=1e-6, elementwise_affine=False), nn.Flatten(0, 1),
    ),
    "losses": nn.ModuleList([nn.CrossEntropyLoss(), nn.MSELoss(), nn.NLLLoss(), nn.BCEWithLogitsLoss()]),
    "net": Net(),
}  # fmt: skip


def plain(v):
    """A number of JSON, or the text that JavaScript's Number() reads."""
    if v != v:
        return "NaN"
    if abs(v) == inf:
        return "Infinity" if v > 0 else "-Infinity"
    return "-0" if v == 0 and str(v).startswith("-") else v


def main():
    tensors = []
    for dtype, shape, values in TENSORS:
        data = [(i % values["modulus"]) * values["step"] for i in range(values["count"])] if isinstance(values, dict) else values
        tensor = torch.tensor(data, dtype=torch.float64 if dtype == "float32" else torch.int64).reshape(shape).to(DTYPES[dtype])
        listed = values if isinstance(values, dict) else [plain(v) for v in values]
        tensors.append(json.dumps(dict(dtype=dtype, shape=shape, values=listed, text=str(tensor)), separators=(",", ":")))
    models = [json.dumps(dict(name=name, text=str(model))) for name, model in MODELS.items()]
    text = '{"torch":"%s","tensors":[\n%s\n],"models":[\n%s\n]}\n' % (torch.__version__, ",\n".join(tensors), ",\n".join(models))
    (ROOT / "test/golden/printing.json").write_text(text)
    print(f"{len(tensors)} tensors, {len(models)} models, {len(text)} bytes")


if __name__ == "__main__":
    main()
