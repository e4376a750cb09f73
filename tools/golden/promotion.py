"""Writes test/golden/promotion.json: the dtype of every result, or the error, for pairs of operands of all kinds.

Operands are tensors with a dim ("int32"), 0-d tensors ("int32()") and numbers ("2", "2.5", "true"). int64 is int32 in Lumigrad.
"""
import json
import pathlib
import re

import torch

OUT = pathlib.Path(__file__).resolve().parents[2] / "test/golden/promotion.json"

DTYPES = {"bool": torch.bool, "int32": torch.int32, "float32": torch.float32, "float64": torch.float64}
NUMBERS = {"2": 2, "2.5": 2.5, "true": True}
SPOKEN = {"Bool": "bool", "Int": "int32", "Long": "int32", "Float": "float32", "Double": "float64"}


def operand(name):
    if name in NUMBERS:
        return NUMBERS[name]
    dtype = DTYPES[name.removesuffix("()")]
    return torch.ones([] if name.endswith("()") else [2], dtype=dtype)


def dtype_name(dtype):
    return "int32" if dtype == torch.int64 else str(dtype).removeprefix("torch.")


def attempt(fn):
    try:
        return dtype_name(fn().dtype)
    except Exception as error:
        text = str(error).splitlines()[0]
        text = re.sub(r"(type )(\w+)\b", lambda m: m[1] + SPOKEN.get(m[2], m[2]), text)
        return "! " + re.split(r"(?<=supported\.) ", text)[0]


TENSORS = [name + suffix for name in DTYPES for suffix in ("", "()")]
ALL = TENSORS + list(NUMBERS)
CONDITION = torch.tensor([True, False])

FREE = {
    "add": (torch.add, ALL, ALL),
    "sub": (torch.sub, ALL, ALL),
    "mul": (torch.mul, ALL, ALL),
    "div": (torch.div, ALL, ALL),
    "floorDivide": (torch.floor_divide, ALL, ALL),
    "pow": (torch.pow, ALL, ALL),
    "atan2": (torch.atan2, TENSORS, TENSORS),
    "maximum": (torch.maximum, TENSORS, TENSORS),
    "bitwiseAnd": (torch.bitwise_and, ALL, ALL),
    "eq": (torch.eq, TENSORS, ALL),
    "where": (lambda a, b: torch.where(CONDITION, a, b), ALL, ALL),
}
IN_PLACE = {
    "add_": torch.Tensor.add_,
    "mul_": torch.Tensor.mul_,
    "div_": torch.Tensor.div_,
    "pow_": torch.Tensor.pow_,
    "remainder_": torch.Tensor.remainder_,
    "eq_": torch.Tensor.eq_,
    "bitwiseOr_": torch.Tensor.bitwise_or_,
}


def left_out(op, a, b):
    """Where PyTorch is at odds with itself, or the shapes do not fit."""
    numbers = a in NUMBERS and b in NUMBERS
    widens = op.endswith("_") and a.endswith("()") and b in DTYPES
    # A bool to the power of the number True is a bool, but to that of a tensor an error.
    return (numbers and op != "where") or widens or (op.startswith("pow") and "true" in (a, b))


def main():
    results = {}
    for op, (fn, first, second) in FREE.items():
        results[op] = {f"{a} {b}": attempt(lambda: fn(operand(a), operand(b))) for a in first for b in second if not left_out(op, a, b)}
    for op, fn in IN_PLACE.items():
        results[op] = {f"{a} {b}": attempt(lambda: fn(operand(a), operand(b))) for a in TENSORS for b in ALL if not left_out(op, a, b)}
    lines = ",\n".join(f'"{op}": {json.dumps(pairs, separators=(",", ":"))}' for op, pairs in results.items())
    OUT.write_text(f'{{"torch":"{torch.__version__}","results":{{\n{lines}\n}}}}\n')
    print(f"{OUT.name}: {sum(map(len, results.values()))} pairs, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
