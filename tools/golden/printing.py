"""Writes test/golden/printing.json: what PyTorch prints for tensors (test/tensor/print.test.ts) and models (test/nn/printing.test.ts)."""
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
    ("bool", [4], [1, 1, 1, 1]),
    ("bool", [30], [1] * 30),
    ("bool", [0], []),
    ("float32", [], [nan]),
    ("float32", [], [-inf]),
    ("float32", [], [-0.0]),
    ("float32", [], [1e-7]),
    ("float32", [], [123456789]),
    ("float32", [], [99999.99]),
    ("float32", [3], [0, 0, 0]),
    ("float32", [40], [0] * 40),
    ("float32", [40], [nan] * 40),
    ("float32", [5], [-1, -10, -100, 5, nan]),
    ("float32", [4], [inf, 1, 22, -inf]),
    ("float32", [3], [inf, 1e-9, 1]),
    # Exact halves round to even in Python.
    ("float32", [6], [0.03125, 0.09375, -0.03125, 0.15625, 1.00625, 2.5]),
    ("float32", [3], [185.125, 0.125, -1.1875]),
    ("float32", [3], [1000.03125, 2, 1]),
    ("float32", [2], [1e4, 1.00005]),
    ("float32", [2], [9.99995e5, 1]),
    ("float32", [3], [1e-4, 0.05, 0.0999]),
    ("float32", [3], [9.9e-5, 0.05, 0.0999]),
    ("float32", [2], [1000.5, 1]),
    ("float32", [2], [1001, 1]),
    ("float32", [7], [1, -2, 3, -4, 5, -6, 70]),
    ("float32", [1000], ramp(1000, 0.5)),
    ("float32", [2, 2, 2, 2], ramp(16, 0.25)),
    ("float32", [3, 0, 2], []),
    ("float32", [7, 1, 200], ramp(1400, -1, 9)),
    ("float32", [1, 8, 8, 20], ramp(1280, 0.75, 13)),
    ("float64", [3], [1, 2.5, 1e-3]),
    ("float64", [0], []),
    ("float64", [2, 2], ramp(4, 0.1)),
    ("float64", [], [0.1]),
    ("int32", [0], []),
    ("int32", [2, 0], []),
    ("int32", [16], [12345] * 16),
    ("int32", [13], [1234] * 13),
    ("int32", [12], [1234] * 12),
    ("int32", [3, 2], [-1, 2, 33, -444, 5, 6]),
    ("int32", [50, 30], ramp(1500, 1, 100)),
    ("uint32", [3], [0, 7, 4000000000]),
]

# Functions of x (2, 3), v (3), w (4, 3), b (4), bat (2, 2, 3), img (2, 2, 6, 6), kernel (3, 2, 3, 3), labels (2), half (2, 3)
# in (0, 1), rows (2), mask (2, 3): the name of the tape node of each. All but labels, half, rows and mask require grad.
def functions():
    F = nn.functional
    made = lambda *shape: torch.ones(*shape, requires_grad=True)
    x, v, w, b, bat, img, kernel = made(2, 3), made(3), made(4, 3), made(4), made(2, 2, 3), made(2, 2, 6, 6), made(3, 2, 3, 3)
    labels, half, rows = torch.tensor([0, 2]), torch.full((2, 3), 0.5), torch.tensor([0, 1])
    mask = torch.tensor([[True, False, True], [False, True, False]])
    return {
        "x + x": x + x, "x + 1": x + 1, "x - x": x - x, "x - 1": x - 1, "1 - x": 1 - x, "x * x": x * x, "x * 2": x * 2, "x / x": x / x, "x / 2": x / 2, "2 / x": 2 / x,
        "x ** x": x**x, "x ** 2": x**2, "2 ** x": 2**x, "neg": -x, "abs": x.abs(), "exp": x.exp(), "expm1": x.expm1(), "log": x.log(), "log1p": x.log1p(), "sqrt": x.sqrt(),
        "rsqrt": x.rsqrt(), "reciprocal": x.reciprocal(), "square": x.square(), "sin": x.sin(), "cos": x.cos(), "tanh": x.tanh(), "sigmoid": x.sigmoid(), "relu": x.relu(),
        "erf": x.erf(), "clamp": x.clamp(0, 1), "clamp by tensors": x.clamp(half, half), "maximum": x.maximum(half), "minimum": x.minimum(half),
        "maskedFill": x.masked_fill(mask, 1), "where": torch.where(mask, x, half), "sum": x.sum(), "sum along": x.sum(1), "mean": x.mean(), "mean along": x.mean(1, keepdim=True),
        "prod": x.prod(), "prod along": x.prod(1), "var": x.var(), "std along": x.std(1), "max": x.max(), "max along": x.max(1).values, "min": x.min(), "min along": x.min(1).values,
        "amax": x.amax(1), "amin": x.amin(1), "logsumexp": x.logsumexp(1), "matrix by matrix": x @ w.T, "matrix by vector": x @ v, "vector by vector": v @ v, "batch by matrix": bat @ w.T,
        "batch by batch": bat @ bat.mT, "mm": x.mm(w.T), "softmax": x.softmax(1), "logSoftmax": x.log_softmax(1), "reshape": x.reshape(3, 2), "view": x.view(6), "flatten": x.flatten(),
        "permute": x.permute(1, 0), "T": x.T, "transpose": x.transpose(0, 1), "mT": bat.mT, "expand": x.expand(2, 2, 3), "flip": x.flip(0), "squeeze": x[None].squeeze(),
        "squeeze a dim": x[None].squeeze(0), "unsqueeze": x.unsqueeze(0), "split": x.split(1)[0], "split by sizes": x.split([1, 1])[0], "chunk": x.chunk(2)[0], "x[0]": x[0], "x[0:1]": x[0:1],
        "x[:, 1]": x[:, 1], "x[0, 1:2]": x[0, 1:2], "x[None]": x[None], "x[0, None]": x[0, None], "x[..., 0]": x[..., 0], "x[rows]": x[rows], "gather": x.gather(1, labels[:, None]),
        "indexSelect": x.index_select(0, rows), "scatterAdd": x.scatter_add(1, labels[:, None], half), "clone": x.clone(), "to": x.double(), "cat": torch.cat([x, x]), "stack": torch.stack([x, x]),
        "add_": (x * 1).add_(1), "mul_": (x * 1).mul_(x), "linear": F.linear(x, w, b), "linear without bias": F.linear(x, w), "linear of a batch": F.linear(bat, w, b),
        "conv2d": F.conv2d(img, kernel), "maxPool2d": F.max_pool2d(img, 2), "avgPool2d": F.avg_pool2d(img, 2), "layerNorm": F.layer_norm(x, [3], v, v), "dropout": F.dropout(x, 0.5),
        "batchNorm": F.batch_norm(x, v.detach(), v.detach(), v, v, training=True), "batchNorm in evaluation": F.batch_norm(x, v.detach(), v.detach(), v, v), "embedding": F.embedding(rows, w),
        "leakyRelu": F.leaky_relu(x), "gelu": F.gelu(x), "gelu by tanh": F.gelu(x, approximate="tanh"), "silu": F.silu(x), "softplus": F.softplus(x), "crossEntropy": F.cross_entropy(x, labels),
        "crossEntropy, sum": F.cross_entropy(x, labels, reduction="sum"), "crossEntropy, weighted": F.cross_entropy(x, labels, weight=half[0]), "crossEntropy, smoothed": F.cross_entropy(x, labels, label_smoothing=0.1),
        "nllLoss": F.nll_loss(x, labels), "mseLoss": F.mse_loss(x, half), "bceWithLogits": F.binary_cross_entropy_with_logits(x, half), "logits of log": x.log().log(),
    }  # fmt: skip

DTYPES = {"float32": torch.float32, "float64": torch.float64, "int32": torch.int32, "uint32": torch.uint32, "bool": torch.bool}


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
        tensor = torch.tensor(data, dtype=torch.float64 if dtype.startswith("float") else torch.int64).reshape(shape).to(DTYPES[dtype])
        listed = values if isinstance(values, dict) else [plain(v) for v in values]
        tensors.append(json.dumps(dict(dtype=dtype, shape=shape, values=listed, text=str(tensor)), separators=(",", ":")))
    functions_ = json.dumps({name: str(y).rsplit("grad_fn=", 1)[1][1:-2] for name, y in functions().items()}, indent=0)
    models = [json.dumps(dict(name=name, text=str(model))) for name, model in MODELS.items()]
    text = '{"torch":"%s","tensors":[\n%s\n],"functions":%s,"models":[\n%s\n]}\n' % (torch.__version__, ",\n".join(tensors), functions_, ",\n".join(models))
    (ROOT / "test/golden/printing.json").write_text(text)
    print(f"{len(tensors)} tensors, {len(models)} models, {len(text)} bytes")


if __name__ == "__main__":
    main()
