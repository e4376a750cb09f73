"""Writes test/golden/<family>.json: what PyTorch computes for every sample of the op database (test/ops/db).

Per sample: the results, and the gradients of sum(result * cotangent) with respect to the leaves of the float inputs.
PyTorch runs in float32, as Lumigrad does; it is run in float64 as well, and a sample on which it does not agree with
itself within half of the row's tolerance is reported, since nothing could be judged by it. So are error samples that
PyTorch accepts, or whose words are not PyTorch's.
"""
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]
DTYPES = {"float32": torch.float32, "int32": torch.int32, "bool": torch.bool}


def snake(name):
    return re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), name)


def number(value):
    return float(value) if isinstance(value, str) else value


def view(base, shape, kind):
    """The same views as applyView in test/ops/db/kit.ts."""
    if kind == "transposed":
        return base.transpose(-1, -2)
    if kind == "sliced":
        return base[tuple(slice(1, None, 2 if i == len(shape) - 1 else 1) for i in range(len(shape)))]
    if kind == "flipped":
        return base.flip(list(range(len(shape))))
    if kind == "expanded":
        return base.expand(shape)
    return base


def indices(items):
    """x.at(...items) as x[...]."""
    table = {":": slice(None), "...": Ellipsis, None: None}
    return tuple(slice(*([i[0], i[1] if len(i) > 1 else None, i[2] if len(i) > 2 else None])) if isinstance(i, list) else i if isinstance(i, int) else table[i] for i in items)


def with_other(fn):
    return lambda t, o: fn(t[0], o["other"] if "other" in o else t[1])


def where(t, o):
    rest = list(t[1:])
    return torch.where(t[0], o["a"] if "a" in o else rest.pop(0), o["b"] if "b" in o else rest.pop(0))


def reduce(fn):
    return lambda t, o: fn(t[0], **{k: tuple(v) if isinstance(v, list) else v for k, v in o.items()})


def logsumexp(x, dim=None, keepdim=False):
    return torch.logsumexp(x, tuple(range(x.dim())) if dim is None else dim, keepdim=keepdim)


def batch_norm(t, o):
    y = F.batch_norm(t[0], t[1], t[2], *(list(t[3:]) + [None, None])[:2], **o)
    return [y, t[1], t[2]]


def target(t, o, fn):
    y = t[1] if t[1].is_floating_point() else t[1].long()
    return fn(t[0], y, t[2] if len(t) > 2 else None, **o)


def bce(t, o):
    o, rest = dict(o), list(t[2:])
    weight = rest.pop(0) if o.pop("has_weight", False) else None
    pos_weight = rest.pop(0) if o.pop("has_pos_weight", False) else None
    return F.binary_cross_entropy_with_logits(t[0], t[1], weight=weight, pos_weight=pos_weight, **o)


def max_pool(t, o):
    return F.max_pool2d(t[0], **o)


def write(name):
    """An in-place method on a fresh tensor."""
    return lambda t, o: getattr(t[0].clone(), name)(*t[1:], **o)


def overwrite(name):
    return lambda t, o: getattr(t[0] * 2, name)(*t[1:], **o) + t[0]


def write_row(t, o):
    c = t[0].clone()
    c[1].mul_(t[1])
    return c


def write_columns(t, o):
    c = t[0].clone()
    c[:, 1:3].copy_(t[1])
    return [c, c * 2]


def write_transposed(t, o):
    c = t[0] * 3
    c.T.add_(t[1])
    return c


def write_strided(t, o):
    c = t[0].clone()
    c.reshape(2, 6)[1:2, ::2].sub_(t[1])
    return c


def write_overlapping(t, o):
    c = t[0].clone()
    a, b = c[0:2], c[1:3]
    a.add_(t[1])
    b.mul_(t[1])
    a.mul_(2)
    return [c, a, b]


def write_constant(t, o):
    c = t[0].exp().clone()
    c[0].fill_(3)
    c[1].zero_()
    return c * t[0]


def read_then_write(t, o):
    c = t[0].clone()
    before = c + t[1]
    c.mul_(t[1]).add_(1)
    after = c + t[1]
    c.sub_(before)
    return [before, after, c]


# op name -> (tensors, options in snake case) -> tensor or list; all others are methods of the first tensor.
TABLE = {
    "leakyRelu": lambda t, o: F.leaky_relu(t[0], **o),
    "gelu": lambda t, o: F.gelu(t[0]),
    "geluTanh": lambda t, o: F.gelu(t[0], **o),
    "silu": lambda t, o: F.silu(t[0]),
    "softplus": lambda t, o: F.softplus(t[0], **o),
    **{name: with_other(getattr(torch.Tensor, name)) for name in ("add", "sub", "mul", "div", "pow", "eq", "ne", "lt", "le", "gt", "ge")},
    "addAlpha": lambda t, o: torch.add(t[0], t[1], **o),
    "subAlpha": lambda t, o: torch.sub(t[0], t[1], **o),
    "rpow": lambda t, o: o["base"] ** t[0],
    "mulSelf": lambda t, o: t[0] * t[0] + t[0],
    "where": where,
    "maskedFill": lambda t, o: t[0].masked_fill(t[1], o["value"]),
    "to": lambda t, o: t[0].to(DTYPES[o["dtype"]] if o["dtype"] != "float32" or not t[0].is_floating_point() else t[0].dtype),
    **{name: reduce(getattr(torch, name)) for name in ("sum", "mean", "prod", "amax", "amin", "var", "std", "argmax", "argmin", "any", "all", "max", "min")},
    "logsumexp": lambda t, o: logsumexp(t[0], **o),
    "linear": lambda t, o: F.linear(*t),
    "softmax": lambda t, o: F.softmax(t[0], **o),
    "logSoftmax": lambda t, o: F.log_softmax(t[0], **o),
    "conv2d": lambda t, o: F.conv2d(t[0], t[1], t[2] if len(t) > 2 else None, **o),
    "maxPool2d": max_pool,
    "avgPool2d": lambda t, o: F.avg_pool2d(t[0], **o),
    "cat": lambda t, o: torch.cat(t, **o),
    "stack": lambda t, o: torch.stack(t, **o),
    "split": lambda t, o: torch.split(t[0], o["size"], o["dim"]),
    "chunk": lambda t, o: torch.chunk(t[0], o["chunks"], o["dim"]),
    "gather": lambda t, o: torch.gather(t[0], o["dim"], t[1] if t[1].is_floating_point() else t[1].long()),
    "indexSelect": lambda t, o: torch.index_select(t[0], o["dim"], t[1]),
    "scatterAdd": lambda t, o: torch.scatter_add(t[0], o["dim"], t[1].long(), t[2]),
    "oneHot": lambda t, o: F.one_hot(t[0].long(), **o),
    "embedding": lambda t, o: F.embedding(t[0], t[1], **o),
    **{name: write(name) for name in ("add_", "sub_", "mul_", "div_", "clamp_")},
    **{name: overwrite(name) for name in ("copy_", "zero_", "fill_")},
    "writeLeaf": lambda t, o: t[0].add_(1),
    "writeExpanded": lambda t, o: t[0].clone().expand(3, 2).add_(1),
    "writeRow": write_row,
    "writeColumns": write_columns,
    "writeTransposed": write_transposed,
    "writeStrided": write_strided,
    "writeOverlapping": write_overlapping,
    "writeConstant": write_constant,
    "readThenWrite": read_then_write,
    "view": lambda t, o: t[0].view(o["shape"]) * 2,
    "permute": lambda t, o: t[0].permute(o["dims"]) * 2,
    "transpose": lambda t, o: t[0].transpose(**o) * 2,
    "T": lambda t, o: t[0].T * 2,
    "expand": lambda t, o: t[0].expand(o["sizes"]) * 2,
    "flip": lambda t, o: t[0].flip(o["dims"]) * 2,
    "squeeze": lambda t, o: t[0].squeeze(**o) * 2,
    "unsqueeze": lambda t, o: t[0].unsqueeze(**o) * 2,
    "flatten": lambda t, o: t[0].flatten(**o) * 2,
    "at": lambda t, o: t[0][indices(o["items"])] * 2,
    "atTensor": lambda t, o: t[0][t[1].long()],
    "layerNorm": lambda t, o: F.layer_norm(t[0], o["normalized_shape"], *(list(t[1:]) + [None, None])[:2], **({"eps": o["eps"]} if "eps" in o else {})),
    "batchNorm": batch_norm,
    "crossEntropy": lambda t, o: target(t, o, F.cross_entropy),
    "nllLoss": lambda t, o: target(t, o, F.nll_loss),
    "mseLoss": lambda t, o: F.mse_loss(t[0], t[1], **o),
    "bceWithLogits": bce,
}


def method(name):
    return lambda t, o: getattr(torch.Tensor, snake(name))(*t, **o)


def cotangent(shape, dtype):
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return torch.tensor(((i * 37 + 11) % 17 - 8) / 8, dtype=dtype).reshape(shape)


def evaluate(row, sample, real):
    """(results, gradients of the leaves or None) with float inputs of dtype `real`."""
    leaves, tensors = [], []
    for i, x in enumerate(sample["inputs"]):
        dtype = DTYPES[x["dtype"]]
        data = torch.tensor([float(v) for v in x["data"]], dtype=torch.float64).reshape(x["base"])
        leaf = data.to(torch.float32).to(real) if dtype.is_floating_point else data.to(dtype)
        if dtype.is_floating_point and i not in row["constants"]:
            leaf.requires_grad_()
        leaves.append(leaf)
        tensors.append(view(leaf, x["shape"], x["view"]))
    options = {snake(k): [number(e) if not isinstance(e, str) or e in ("NaN", "Infinity", "-Infinity", "-0") else e for e in v] if isinstance(v, list) else v for k, v in sample["options"].items()}
    options = {k: float(v) if v in ("NaN", "Infinity", "-Infinity", "-0") and isinstance(v, str) else v for k, v in options.items()}
    out = TABLE.get(row["name"], method(row["name"]))(tensors, options)
    out = [out] if isinstance(out, torch.Tensor) else list(out)
    if not any(o.requires_grad for o in out):
        return out, [None] * len(leaves)
    loss = sum((o * cotangent(o.shape, o.dtype)).sum() for o in out if o.requires_grad)
    loss.backward()
    return out, [None if leaf.grad is None else leaf.grad for leaf in leaves]


def same(a, b, tolerance):
    """Whether float32 result `a` is near float64 result `b`; where either is not finite, both conventions are allowed to differ."""
    if a is None or not a.is_floating_point():
        return True
    b = b.to(torch.float32)
    finite = torch.isfinite(a) & torch.isfinite(b)
    return bool(torch.all((a - b).abs()[finite] <= (tolerance["atol"] + tolerance["rtol"] * b.abs()[finite]) / 2))


def settle(a, b):
    """`a`, but where only one of the two is NaN (an intermediate overflowed float32), the float64 result."""
    if a is None or not a.is_floating_point():
        return a
    b = b.to(torch.float32)
    return torch.where(torch.isnan(a) != torch.isnan(b), b, a)


def encode(tensor):
    if tensor is None:
        return None
    dtype = {torch.float32: "float32", torch.int32: "int32", torch.int64: "int32", torch.bool: "bool"}[tensor.dtype]
    flat = tensor.detach().reshape(-1)
    if dtype == "float32":
        # The shortest decimal that reads back as the same float32; strings for what JSON has no number for.
        numbers = [json.dumps(str(v)) if not np.isfinite(v) else short(v) for v in flat.numpy()]
    else:
        numbers = [str(int(v)) for v in flat.tolist()]
    return '["%s",%s,[%s]]' % (dtype, json.dumps(list(tensor.shape), separators=(",", ":")), ",".join(numbers))


def short(v):
    plain = np.format_float_positional(v, unique=True, trim="-")
    scientific = np.format_float_scientific(v, unique=True, trim="-")
    return min(plain, scientific, key=len)


def check_error(row, n, sample):
    """Reports an error sample that PyTorch accepts, or words that are not PyTorch's."""
    try:
        evaluate(row, sample, torch.float32)
    except Exception as error:
        if not re.search(sample["message"].replace("\\/", "/"), str(error)):
            print(f"{row['name']} error {n}: PyTorch says: {str(error).splitlines()[0]}\n    expected: {sample['message']}", file=sys.stderr)
    else:
        print(f"{row['name']} error {n}: PyTorch takes it", file=sys.stderr)


def main():
    families = json.loads(subprocess.run(["node", str(ROOT / "tools/golden/samples.mjs")], check=True, capture_output=True, text=True).stdout)
    only = sys.argv[1:] or list(families)
    for family in only:
        rows = []
        for row in families[family]:
            lines = []
            for n, sample in enumerate(row["samples"]):
                try:
                    out, grads = evaluate(row, sample, torch.float32)
                    exact, exact_grads = evaluate(row, sample, torch.float64)
                except Exception as error:
                    raise RuntimeError(f"{row['name']}[{n}]") from error
                if not all(same(a, b, row["tolerance"]) for a, b in zip(out + grads, exact + exact_grads)):
                    print(f"{row['name']}[{n}]: PyTorch's float32 and float64 differ by more than half of the tolerance", file=sys.stderr)
                out, grads = [list(map(settle, *pair)) for pair in ((out, exact), (grads, exact_grads))]
                lines.append('{"key":"%s","out":[%s],"grad":[%s]}' % (sample["key"], ",".join(map(encode, out)), ",".join(encode(g) or "null" for g in grads)))
            for n, sample in enumerate(row["errors"]):
                check_error(row, n, sample)
            rows.append('"%s":[\n%s\n]' % (row["name"], ",\n".join(lines)))
        text = '{"torch":"%s","ops":{\n%s\n}}\n' % (torch.__version__, ",\n".join(rows))
        json.loads(text)
        (ROOT / f"test/golden/{family}.json").write_text(text)
        print(f"{family}: {sum(len(r['samples']) for r in families[family])} samples, {len(text)} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
