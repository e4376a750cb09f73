"""Writes test/golden/special-values.json: what PyTorch computes at special values (NaN, infinities, zeros, the smallest and
largest numbers …), for the functions of test/ops/special-values/: results, and gradients for an incoming gradient of 1.

Each list is PyTorch's float32 answer. Where its float64 answer, rounded, is another one, that follows as a second list with
= where both agree: an intermediate overflowed, underflowed or was rounded in float32, and either answer is right.
"""
import itertools
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from common import snake

ROOT = pathlib.Path(__file__).resolve().parents[2]

NAN, INF = float("nan"), float("inf")
MAX, MIN_NORMAL, MIN = 3.4028234663852886e38, 1.1754943508222875e-38, 1.401298464324817e-45


def both(*values):
    return [v for x in values for v in (x, -x)]


VALUES = [NAN] + both(INF, 0.0, MIN, 1e-39, MIN_NORMAL, 1e-30, 1e-10, 1e-4, 0.25, 0.5, 0.99999994, 1.0, 1.0000001, 1.5, 2.0, 2.5, 3.0, 7.75, 10.0, 33.5, 88.0, 100.0, 1e4, 8388607.5, 16777216.0, 2147483648.0, 1e20, 1e30, MAX)
# Pairs of these go through functions of two tensors.
PAIR_VALUES = [NAN] + both(INF, 0.0, MIN, 1e-30, 0.5, 1.0, 1.5, 2.0, 3.0, 1e4, 1e20, MAX)

S = torch.special


def method(name):
    return getattr(torch, name, None) or getattr(torch.Tensor, name)


def named(names, find):
    return {name: find(snake(name)) for name in names.split()}


UNARY = {
    **named("neg abs exp expm1 log log1p sqrt rsqrt reciprocal square sin cos tanh sigmoid relu erf floor ceil round sign", method),
    **named("acos acosh asin asinh atan atanh cosh sinh tan exp2 log10 log2 erfc erfinv digamma lgamma i0 sinc logit frac trunc sgn signbit positive", method),
    **named("isfinite isinf isnan isneginf isposinf isreal", method),
    **named("deg2rad rad2deg nanToNum", method),
    **{f"special.{k}": v for k, v in named("entr erfcx i0e i1 i1e logNdtr ndtr ndtri", lambda name: getattr(S, name)).items()},
    "polygamma(1)": lambda x: torch.polygamma(1, x),
    "polygamma(2)": lambda x: torch.polygamma(2, x),
    "logit(0.25)": lambda x: torch.logit(x, 0.25),
    "round(2)": lambda x: torch.round(x, decimals=2),
    "round(-2)": lambda x: torch.round(x, decimals=-2),
    "clamp(-1, 2)": lambda x: torch.clamp(x, -1, 2),
    "clampMin(NaN)": lambda x: torch.clamp_min(x, NAN),
    "clampMax(0.5)": lambda x: torch.clamp_max(x, 0.5),
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "leakyRelu": F.leaky_relu,
    "softplus": F.softplus,
}

BINARY = {
    **named("add sub mul div pow maximum minimum eq ne lt le gt ge", method),
    **named("fmod remainder atan2 hypot copysign fmax fmin logaddexp logaddexp2", method),
    "div(trunc)": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "div(floor)": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "ldexp": torch.ldexp,
    "isclose": lambda a, b: torch.isclose(a.detach(), b.detach(), equal_nan=True),
    # PyTorch has no derivative of these.
    "heaviside": lambda a, b: torch.heaviside(a.detach(), b.detach()),
    "nextafter": torch.nextafter,
    **{f"special.{k}": v for k, v in named("xlogy xlog1py", lambda name: getattr(S, name)).items()},
}


def evaluate(fn, columns, dtype):
    leaves = [torch.tensor(c, dtype=torch.float32).to(dtype).requires_grad_() for c in columns]
    out = fn(*leaves)
    if out.requires_grad and out.is_floating_point():
        # A leaf returned as it is has no node to start from.
        (out * 1).backward(torch.ones_like(out)) if out.is_leaf else out.backward(torch.ones_like(out))
    return [out] + [x.grad for x in leaves]


def encode(single, double):
    if single is None:
        return None
    if not single.is_floating_point():
        return ["bool" if single.dtype == torch.bool else "int32", runs(str(int(v)) for v in single.tolist())]
    a = single.numpy(force=True)
    with np.errstate(all="ignore"):
        b = double.numpy(force=True).astype(np.float32)
    same = (a.view(np.int32) == b.view(np.int32)) | (np.isnan(a) & np.isnan(b))
    # Rounding is the tolerance's business.
    with np.errstate(all="ignore"):
        same |= np.isfinite(a) & np.isfinite(b) & (np.abs(a - b) <= 1e-6 * np.abs(b))
    rows = ["float32", runs(text(v) for v in a)]
    return rows if same.all() else rows + [runs("=" if s else text(v) for s, v in zip(same, b))]


def text(v):
    """The shortest decimal that reads back as the same float32."""
    if not np.isfinite(v):
        return str(v)
    return min(np.format_float_positional(v, trim="-"), np.format_float_scientific(v, trim="-").replace("e+", "e"), key=len)


def runs(words):
    """`1*3 2` is 1 1 1 2."""
    groups = [(word, len(list(same))) for word, same in itertools.groupby(words)]
    return " ".join(word if n == 1 else f"{word}*{n}" for word, n in groups)


def answers(fn, columns):
    singles, doubles = (evaluate(fn, columns, dtype) for dtype in (torch.float32, torch.float64))
    return [encode(a, b) for a, b in zip(singles, doubles)]


def main():
    pairs = [[a for a in PAIR_VALUES for _ in PAIR_VALUES], [b for _ in PAIR_VALUES for b in PAIR_VALUES]]
    tables = {"unary": (UNARY, [VALUES]), "binary": (BINARY, pairs)}
    parts = []
    for name, (table, columns) in tables.items():
        rows = ",\n".join(f"{json.dumps(key)}:{json.dumps(answers(fn, columns), separators=(',', ':'))}" for key, fn in table.items())
        values = " ".join(text(np.float32(v)) for v in (VALUES if name == "unary" else PAIR_VALUES))
        parts.append(f'"{name}":{{"values":"{values}","functions":{{\n{rows}\n}}}}')
    out = '{"torch":"%s",%s}\n' % (torch.__version__, ",\n".join(parts))
    json.loads(out)
    (ROOT / "test/golden/special-values.json").write_text(out)
    print(f"{len(UNARY)} + {len(BINARY)} functions, {len(out)} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
