"""Writes test/golden/<family>.json: what PyTorch computes for every sample of the op database (test/ops/db).

Per sample: the results, and the gradients of sum(result * cotangent) with respect to the leaves of the float inputs.
PyTorch runs in float32, as Lumigrad does; it is run in float64 as well, and a sample on which it does not agree with
itself within half of the row's tolerance is reported, since nothing could be judged by it. So are error samples that
PyTorch accepts, or whose words are not PyTorch's.
"""
import importlib
import json
import pathlib
import re
import subprocess
import sys

import numpy as np
import torch

from common import DTYPES, snake

ROOT = pathlib.Path(__file__).resolve().parents[2]


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


def tables():
    """All families' tables as one; a name in two of them would be judged by either."""
    table = {}
    for file in sorted((pathlib.Path(__file__).parent / "families").glob("*.py")):
        family = importlib.import_module(f"families.{file.stem}").TABLE
        if twice := table.keys() & family.keys():
            raise RuntimeError(f"{file.name}: {twice} are in another family's table too")
        table |= family
    return table


TABLE = tables()


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
