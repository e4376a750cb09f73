"""PyTorch's own op database (OpInfo) as JSON: calls by Lumigrad's naming rules, with results, gradients and refusals.

python export.py out.json [samples per op = 20] [name,name,...]
"""
import contextlib
import inspect
import itertools
import json
import math
import re
import sys
import types
import unittest
import warnings

# torch.testing imports it for tests of its own; nothing here calls it.
sys.modules["expecttest"] = types.SimpleNamespace(TestCase=unittest.TestCase, assert_expected_inline=None)

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode
from torch.testing._internal.common_methods_invocations import op_db

LARGEST_INPUT, LARGEST_OUTPUT = 400, 4000
# Complex, sparse, quantized and internal functions, and copies of views.
LEFT_OUT = re.compile(
    r"^(_|jiterator|torch\.|sparse\.|masked\.|cfloat|cdouble|chalf|complex|bfloat16|byte|char|short|half|double|to_sparse"
    r"|view_as_complex|fft\.h|fft\.ih|stft|istft|signal\.|hash_tensor|native_|polar|resolve_|conj|imag|real|angle)"
)
DTYPES = {torch.float32: "float32", torch.int64: "int32", torch.int32: "int32", torch.bool: "bool"}
# Arguments of memory and devices, which have no meaning for a value.
SILENT = {"memory_format", "device", "layout", "pin_memory", "out"}
# Hidden behind dispatchers on return_indices.
POOLS = {f"nn.functional.{n}": getattr(F, "_" + n) for n in ("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "fractional_max_pool2d", "fractional_max_pool3d")}


class Skip(Exception):
    """A sample that cannot be written down."""


def camel(name):
    return re.sub(r"(?!^)_(\w)", lambda m: m.group(1).upper(), name)


def plain(v):
    return str(v) if isinstance(v, float) and not math.isfinite(v) else v


def numbers(tensor):
    return [plain(v) if isinstance(v, float) else int(v) for v in tensor.detach().reshape(-1).tolist()]


def encode(v, leaves):
    """An argument; tensors go to `leaves`."""
    if isinstance(v, torch.Tensor):
        if v.layout != torch.strided or v.dtype not in DTYPES or v.numel() > LARGEST_INPUT:
            raise Skip(f"{v.dtype} of {v.numel()} elements")
        leaves.append(v)
        return {"tensor": len(leaves) - 1}
    if isinstance(v, bool) or v is None:
        return v
    if isinstance(v, (int, float)):
        return v if isinstance(v, int) or math.isfinite(v) else {"number": str(v)}
    if isinstance(v, str):
        return {"text": v}
    if isinstance(v, (list, tuple, torch.Size)):
        return {"list": [encode(x, leaves) for x in v]}
    if isinstance(v, torch.dtype) and v in DTYPES:
        return {"text": DTYPES[v]}
    if isinstance(v, slice):
        return {"slice": [v.start, v.stop, v.step]}
    if v is Ellipsis:
        return {"text": "..."}
    raise Skip(f"argument {type(v)}")


def signatures(op, func):
    """[(name, has a default, keyword only, type or None)] of each overload."""
    if op.name in POOLS:
        ps = inspect.signature(POOLS[op.name]).parameters.values()
        return [[(p.name, p.default is not p.empty, False, None) for p in ps]]
    try:
        ps = inspect.signature(func).parameters.values()
        if not any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in ps):
            return [[(p.name, p.default is not p.empty, p.kind == p.KEYWORD_ONLY, None) for p in ps]]
    except (ValueError, TypeError):
        pass
    space, _, last = op.name.rpartition(".")
    prefix = {"linalg": "linalg_", "special": "special_", "fft": "fft_"}.get(space, "")
    for name in (prefix + last, (op.aten_name or last).split(".")[-1]):
        found = [
            [(a.name, a.has_default_value(), a.kwarg_only, str(a.type)) for a in schema.arguments]
            for schema in torch._C._jit_get_schemas_for_operator("aten::" + name)
            if not any(a.name == "out" or "Dimname" in str(a.type) for a in schema.arguments)
        ]
        if found:
            return found
    return []


def fits(v, kind):
    if kind is None:
        return True
    if kind == "Tensor":
        return isinstance(v, torch.Tensor)
    if isinstance(v, torch.Tensor):
        return "Tensor" in kind
    if v is None:
        return "Optional" in kind
    if isinstance(v, (list, tuple)):
        return "List" in kind
    if isinstance(v, str):
        return "str" in kind
    if isinstance(v, bool):
        return "bool" in kind or "number" in kind
    return "number" in kind or "float" in kind or (isinstance(v, (int, torch.dtype)) and "int" in kind.lower())


def bind(op, func, args, kwargs):
    """(positional, optional by name), or None where no overload takes the call."""
    for signature in signatures(op, func):
        given, named = list(args), {("self" if k == "input" else k): v for k, v in kwargs.items()}
        positional, optional, ok = [], {}, len(given) <= sum(not s[2] for s in signature)
        for i, (name, has_default, keyword_only, kind) in enumerate(signature):
            if i < len(given) and not keyword_only:
                v = given[i]
            elif name in named:
                v = named.pop(name)
            elif has_default:
                continue
            else:
                ok, v = ok and kind is not None and "Optional" in kind, None
            ok = ok and fits(v, kind)
            if has_default or keyword_only:
                optional[name] = v
            else:
                positional.append(v)
        if ok and not named:
            return positional, optional
    return None


class FirstCall(TorchFunctionMode):
    """The first call of a function of one of those names, as it was written."""

    def __init__(self, names):
        super().__init__()
        self.names, self.found = names, None

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if self.found is None and getattr(func, "__name__", "") in self.names:
            self.found = func, list(args), kwargs or {}
        return func(*args, **kwargs or {})


def leaf(v):
    return v if not isinstance(v, torch.Tensor) or v.is_leaf else v.detach().requires_grad_()


def unwrapped(op, sample):
    """(function, arguments, named arguments): for many an op the database has a lambda that does more than to call it."""
    if getattr(op.op, "__name__", "") == "<lambda>":
        with FirstCall({op.name.rpartition(".")[2], op.name.replace(".", "_")}) as first, contextlib.suppress(Exception):
            op.op(sample.input, *sample.args, **sample.kwargs)
        if first.found is not None:
            func, args, kwargs = first.found
            return func, [leaf(v) for v in args], {k: leaf(v) for k, v in kwargs.items()}
    return op.op, [sample.input, *sample.args], sample.kwargs


def call(op, func, args, kwargs):
    kwargs = {k: v for k, v in kwargs.items() if k not in SILENT and not (k == "requires_grad" and not v)}
    sizes = len(args) > 1 and all(isinstance(x, int) for x in args[1:])
    positional, optional = bind(op, func, args, kwargs) or ([args[0], args[1:]] if sizes else args, kwargs)
    leaves = []
    entry = {
        "positional": [encode(v, leaves) for v in positional],
        "options": {camel(k): encode(v, leaves) for k, v in optional.items()},
    }
    entry["inputs"] = [{"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data": numbers(t), "grad": t.requires_grad} for t in leaves]
    return entry, leaves


def tensors(result):
    if isinstance(result, torch.Tensor):
        return [result]
    if isinstance(result, (list, tuple)):
        return [t for r in result for t in tensors(r)]
    return [torch.tensor(result)] if isinstance(result, (bool, int, float)) else []


def values(tensor):
    if tensor is None:
        return None
    if tensor.dtype not in DTYPES or tensor.numel() > LARGEST_OUTPUT:
        raise Skip(f"result {tensor.dtype}")
    return {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape), "data": numbers(tensor)}


def cotangent(out):
    i = torch.arange(out.numel(), dtype=torch.float32)
    return (((i * 37 + 11) % 17 - 8) / 8).reshape(out.shape)


def evaluate(op, sample):
    func, args, kwargs = unwrapped(op, sample)
    entry, leaves = call(op, func, args, kwargs)
    out = tensors(func(*args, **kwargs))
    entry["out"] = [values(o) for o in out]
    carriers = [o for o in out if o.requires_grad and o.is_floating_point()]
    wanted = [t for t in leaves if t.requires_grad]
    entry["grads"] = None
    if carriers and wanted:
        total = sum((o * cotangent(o)).sum() for o in carriers)
        entry["grads"] = [values(g) for g in torch.autograd.grad(total, wanted, allow_unused=True)]
    return entry


def export(op, most):
    entry = {"name": op.name, "variant": op.variant_test_name, "samples": [], "errors": []}
    for dtype in (torch.float32, torch.int64, torch.bool):
        if dtype not in op.dtypes:
            continue
        left = most if not entry["samples"] else max(3, most // 5)
        differentiable = op.supports_autograd and dtype == torch.float32
        try:
            for sample in itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=differentiable), 300):
                if left == 0:
                    break
                try:
                    entry["samples"].append(evaluate(op, sample))
                    left -= 1
                except (Skip, RuntimeError):
                    pass
        except (RuntimeError, NotImplementedError, ValueError, TypeError, AssertionError) as error:
            print(f"{op.name}: {str(error).splitlines()[0]}", file=sys.stderr)
    for error in itertools.islice(op.error_inputs("cpu") if op.error_inputs_func else [], 12):
        try:
            func, args, kwargs = unwrapped(op, error.sample_input)
            entry["errors"].append({**call(op, func, args, kwargs)[0], "regex": error.error_regex})
        except (Skip, RuntimeError):
            pass
    return entry


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    path, most = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    only = sys.argv[3].split(",") if len(sys.argv) > 3 else None
    ops = [export(op, most) for op in op_db if not LEFT_OUT.match(op.name) and (only is None or op.name in only)]
    with open(path, "w") as file:
        json.dump(ops, file)
    print(f"{len(ops)} ops, {sum(len(o['samples']) for o in ops)} samples, {sum(len(o['errors']) for o in ops)} errors")


if __name__ == "__main__":
    main()
