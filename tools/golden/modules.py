"""Writes test/golden/layers/<family>.json: what PyTorch's modules compute, for test/nn/layers.device.test.ts.

python modules.py [family ...]

Text is compared too, so give floats as floats (`nn.Softplus(beta=3.0)`): Python prints integers as integers.

A family is a file layers/<family>.py with a table LAYERS = {name: layer(lambda: nn.X(...), input, input, ..., settings)};
its Lumigrad twin is test/nn/db/<family>.ts, `export const layers: LayerTable = { name: () => new nn.X(...) }`.

An input is one of
  [2, 3]                                   floats, element i is 4 * uniform(seed, i) - 2
  dict(shape=[2, 3], low=0.1, high=1)      floats in [low, high)
  dict(shape=[4], classes=5)               int32, mulberry32(seed, i) % classes
  dict(shape=[4], bool=True)               mulberry32(seed, i) % 2 == 1
  dict(shape=[4], sign=True)               floats, -1 or 1
  dict(values=[[1, 2]], dtype="int32")     these
  3, "text", None                          itself
  (input, input)                           a tuple (a list in Lumigrad)
  dict(options=dict(attn_mask=input, ...)) keyword arguments: the trailing options object, in camelCase
Tensor number k, counted through all inputs, has seed 3000 + k. Floats require grad (unless `grad=False` is in their dict).
Parameter k, in the order of named_parameters(), is 2 * uniform(1000 + k, i) - 1, times `scale`, plus `shift`; so are floating
buffers when `buffers=True` (seeds 1500 + k).

Settings: training=False (evaluation from the start), passes=2 (forward passes in training mode before the buffers are
compared), scale=1, shift=0, buffers=False, outputs=None (how many of the outputs, flattened, are compared), grad=True,
twice=False (all gradients are those after a second identical backward pass, accumulated).

Written: String(module), state-dict keys, the outputs flattened (tensors only), gradients of the sum over the floating outputs o_n
of sum(o_n * (2 * uniform(2000 + n, i) - 1)); buffers after further passes with seeds 4000 + k and 5000 + k; and if the
module has buffers or behaves otherwise in evaluation mode, its outputs there.
"""
import importlib.util
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch
from prng import mulberry32, uniform

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DTYPES = {"float32": torch.float32, "int32": torch.int64, "bool": torch.bool}


def layer(make, *inputs, **settings):
    return make, inputs, settings


def floats(seed, shape, low=-1.0, high=1.0):
    n = math.prod(shape)
    return torch.tensor(np.asarray(uniform(seed, n)) * (high - low) + low, dtype=torch.float32).reshape(shape)


def is_spec(v):
    return isinstance(v, dict) or (isinstance(v, list) and all(isinstance(d, int) for d in v))


class Maker:
    """Inputs of their descriptions, each tensor with the next seed."""

    def __init__(self, seed):
        self.seed = seed

    def tensor(self, spec):
        spec = {"shape": spec} if isinstance(spec, list) else spec
        seed, self.seed = self.seed, self.seed + 1
        if "values" in spec:
            t = torch.tensor(spec["values"], dtype=DTYPES[spec.get("dtype", "float32")])
        else:
            shape = spec["shape"]
            n = math.prod(shape)
            if "classes" in spec:
                return torch.tensor((mulberry32(seed, n) % spec["classes"]).astype("int64")).reshape(shape)
            if "bool" in spec:
                return torch.tensor((mulberry32(seed, n) % 2).astype("bool")).reshape(shape)
            if "sign" in spec:
                return torch.tensor((mulberry32(seed, n) % 2 * 2.0 - 1).astype("float32")).reshape(shape)
            t = floats(seed, shape, spec.get("low", -2.0), spec.get("high", 2.0))
        return t.requires_grad_(t.is_floating_point() and spec.get("grad", True))

    def make(self, spec):
        if isinstance(spec, tuple):
            return tuple(self.make(s) for s in spec)
        return self.tensor(spec) if is_spec(spec) else spec

    def all(self, inputs):
        args, named = [], {}
        for spec in inputs:
            if isinstance(spec, dict) and "options" in spec:
                named = {k: self.make(v) for k, v in spec["options"].items()}
            else:
                args.append(self.make(spec))
        return args, named


def tensors(value):
    """All tensors of nested tuples, lists and named tuples, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in tensors(v)]
    return [t for v in value for t in tensors(v)] if isinstance(value, (tuple, list)) else []


def written(spec):
    """An input's description as JSON: tuples marked, options in camelCase."""
    if isinstance(spec, tuple):
        return {"tuple": [written(s) for s in spec]}
    if isinstance(spec, dict) and "options" in spec:
        camel = lambda name: re.sub(r"_(\w)", lambda m: m.group(1).upper(), name)
        return {"options": {camel(k): written(v) for k, v in spec["options"].items()}}
    return spec


def number(v):
    v = float(v)
    return float(f"{v:.7g}") if math.isfinite(v) else str(v)


def listed(t):
    return [number(v) for v in t.detach().flatten().tolist()]


def results(value, limit):
    return [dict(shape=list(t.shape), values=listed(t)) for t in tensors(value)[:limit]]


def run(name, make, inputs, settings):
    known = dict(training=True, passes=2, scale=1.0, shift=0.0, buffers=False, outputs=None, grad=True, twice=False)
    unknown = set(settings) - set(known)
    assert not unknown, f"{name}: unknown settings {unknown}"
    s = {**known, **settings}
    torch.manual_seed(0)
    module = make()
    first = Maker(3000).all(inputs)
    if any(isinstance(p, torch.nn.parameter.UninitializedParameter) for p in module.parameters()):
        with torch.no_grad():
            module(*first[0], **first[1])
    with torch.no_grad():
        for k, p in enumerate(module.parameters()):
            p.copy_(floats(1000 + k, p.shape) * s["scale"] + s["shift"])
        if s["buffers"]:
            for k, b in enumerate(b for b in module.buffers() if b.is_floating_point()):
                b.copy_(floats(1500 + k, b.shape) * s["scale"] + s["shift"])
    module.train(s["training"])
    args, named = Maker(3000).all(inputs)
    leaves = [t for t in tensors(args) + tensors(named) if t.requires_grad]
    out = dict(name=name, inputs=[written(i) for i in inputs], settings={k: v for k, v in s.items() if v != known[k]}, text=str(module), keys=list(module.state_dict()))
    for _ in range(2 if s["twice"] else 1):
        y = module(*args, **named)
        ys = tensors(y)[: s["outputs"]]
        if s["grad"]:
            total = sum((t * floats(2000 + n, t.shape)).sum() for n, t in enumerate(ys) if t.is_floating_point() and t.requires_grad)
            if isinstance(total, torch.Tensor):
                total.backward()
    out["outputs"] = results(y, s["outputs"])
    if s["grad"]:
        out["inputGrads"] = [None if t.grad is None else listed(t.grad) for t in leaves]
        out["grads"] = {n: None if p.grad is None else listed(p.grad) for n, p in module.named_parameters()}
    if s["training"]:
        with torch.no_grad():
            for seed in (4000, 5000)[: s["passes"]]:
                args, named = Maker(seed).all(inputs)
                module(*args, **named)
            out["buffers"] = {n: listed(b.float()) for n, b in module.named_buffers()}
            module.eval()
            args, named = Maker(3000).all(inputs)
            evaluated = results(module(*args, **named), s["outputs"])
            if out["buffers"] or evaluated != out["outputs"]:
                out["evaluated"] = evaluated
    return json.dumps(out, separators=(",", ":"))


def family(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = [run(name, *row) for name, row in module.LAYERS.items()]
    text = '{"torch":"%s","layers":[\n%s\n]}\n' % (torch.__version__, ",\n".join(rows))
    (ROOT / f"test/golden/layers/{path.stem}.json").write_text(text)
    print(f"{path.stem}: {len(rows)} layers, {len(text)} bytes")


def main():
    sys.modules["modules"] = sys.modules["__main__"]
    wanted = sys.argv[1:]
    for path in sorted((HERE / "layers").glob("*.py")):
        if not wanted or path.stem in wanted:
            family(path)


if __name__ == "__main__":
    main()
