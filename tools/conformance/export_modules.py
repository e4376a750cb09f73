"""PyTorch's own module database (ModuleInfo) as JSON: constructions and calls by Lumigrad's naming rules, with results.

python export_modules.py out.json [name,name,...]
"""
import inspect
import json
import sys
import warnings

import export
from export import SILENT, Skip, camel, cotangent, encode, numbers, tensors, values

import torch
from torch.testing._internal.common_modules import module_db

export.LARGEST_INPUT = 2500
MOST_SAMPLES = 40
RECURRENT = {torch.nn.RNN.__init__, torch.nn.LSTM.__init__, torch.nn.GRU.__init__}


def bound(function, args, kwargs, leaves):
    """Required arguments positional, the rest by name."""
    # Their own constructors take anything and hand it on.
    if function in RECURRENT:
        function = torch.nn.RNNBase.__init__
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "mode")]
    given = dict(kwargs)
    positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    spare = list(args)
    for p in positional:
        if spare:
            given[p.name] = spare.pop(0)
    rest = [p for p in parameters if p.kind is p.VAR_POSITIONAL]
    required, optional = [], {}
    for p in positional + [p for p in parameters if p.kind is p.KEYWORD_ONLY]:
        if p.name not in given or p.name in SILENT or p.name in ("dtype", "inplace", "options"):
            continue
        v = argument(given[p.name], leaves)
        if p.default is p.empty:
            required.append(v)
        else:
            optional[camel(p.name)] = v
    if "nonlinearity" in kwargs and "nonlinearity" not in inspect.signature(function).parameters:
        optional["nonlinearity"] = argument(kwargs["nonlinearity"], leaves)
    if rest:
        required += [argument(v, leaves) for v in spare]
    return {"positional": required, "options": optional}


def argument(v, leaves):
    if isinstance(v, torch.nn.Module):
        raise Skip(f"module {type(v).__name__}")
    if callable(v) and getattr(v, "__name__", "") in ("relu", "gelu"):
        return {"text": v.__name__}
    return encode(v, leaves)


def state(module):
    out = {}
    for name, t in module.state_dict().items():
        if not isinstance(t, torch.Tensor) or t.numel() > 6000:
            raise Skip(f"state {name}")
        out[name] = {"dtype": "int32" if t.dtype == torch.int64 else str(t.dtype)[6:], "shape": list(t.shape), "data": numbers(t)}
    return out


def described(leaves):
    return [{"dtype": str(t.dtype)[6:].replace("int64", "int32"), "shape": list(t.shape), "data": numbers(t), "grad": t.requires_grad} for t in leaves]


def sample(info, given, training):
    torch.manual_seed(1)
    constants, leaves = [], []
    c = given.constructor_input
    make = bound(info.module_cls.__init__, c.args, c.kwargs, constants)
    make["inputs"] = described(constants)
    module = info.module_cls(*c.args, **c.kwargs)
    module.train(training)
    if "Lazy" in info.name:
        raise Skip("lazy")
    entry = {"make": make, "state": state(module), "text": str(module), "training": training, "desc": given.desc}
    f = given.forward_input
    if f is None:
        return entry
    entry["call"] = bound(module.forward, f.args, f.kwargs, leaves)
    entry["call"]["inputs"] = described(leaves)
    torch.manual_seed(2)
    out = tensors(module(*f.args, **f.kwargs))
    torch.manual_seed(3)
    if training and any(not torch.allclose(a, b, equal_nan=True) for a, b in zip(out, tensors(module(*f.args, **f.kwargs)))) and not any("running" in k for k in entry["state"]):
        raise Skip("random")
    if training and any("running" in k for k in entry["state"]):
        # Once more from the beginning: the second call moved the statistics.
        torch.manual_seed(1)
        module = info.module_cls(*c.args, **c.kwargs)
        out = tensors(module(*f.args, **f.kwargs))
    entry["out"] = [values(o) for o in out]
    entry["buffers"] = {k: v for k, v in state(module).items() if k in dict(module.named_buffers())}
    carriers = [o for o in out if o.requires_grad and o.is_floating_point()]
    wanted = [t for t in leaves if t.requires_grad]
    parameters = [p for p in module.parameters() if p.requires_grad]
    entry["grads"] = None
    if carriers and wanted + parameters:
        total = sum((o * cotangent(o)).sum() for o in carriers)
        found = torch.autograd.grad(total, wanted + parameters, allow_unused=True)
        entry["grads"] = [values(g) for g in found[: len(wanted)]]
        entry["parameterGrads"] = [values(g) for g in found[len(wanted) :]]
    return entry


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    only = sys.argv[2].split(",") if len(sys.argv) > 2 else None
    out = []
    for info in module_db:
        name = info.module_cls.__name__
        if only and name not in only:
            continue
        entry = {"name": name, "samples": [], "skipped": []}
        for training in (True, False) if info.train_and_eval_differ else (True,):
            torch.manual_seed(0)
            for given in info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True, training=training):
                if len(entry["samples"]) == MOST_SAMPLES:
                    break
                try:
                    entry["samples"].append(sample(info, given, training))
                except (Skip, RuntimeError, KeyError, TypeError, AttributeError) as error:
                    entry["skipped"].append(str(error).splitlines()[0])
        out.append(entry)
    with open(sys.argv[1], "w") as file:
        json.dump(out, file)
    for entry in out:
        if entry["skipped"]:
            print(entry["name"], len(entry["samples"]), "samples;", len(entry["skipped"]), "left out:", sorted(set(entry["skipped"]))[:3])
    print(f"{len(out)} modules, {sum(len(o['samples']) for o in out)} samples")


if __name__ == "__main__":
    main()
