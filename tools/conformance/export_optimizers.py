"""PyTorch's own optimizer database (OptimizerInfo) and sweeps of options as JSON, with what PyTorch makes of them.

python export_optimizers.py out.json [name,name,...]     optimizers and schedulers
python export_optimizers.py --check in.json ours.json    loads the state dicts that optimizers.ts wrote, and goes on from them
"""
import itertools
import json
import sys
import warnings

import export
from export import camel, numbers
from schedules import schedules

import torch
from torch.testing._internal.common_optimizers import OptimizerErrorEnum, _get_optim_inputs_including_global_cliquey_kwargs, optim_db

STEPS, SAVED_AT = 6, 3
SHAPES = [[3, 2], [2], [], [2, 2]]
MATRICES = [[3, 2], [2, 4], [3, 2]]
# Beyond the database: every combination.
SWEEPS = {
    "SGD": dict(lr=[0.1], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=[0, 0.1], nesterov=[False, True], maximize=[False, True]),
    "Adam": dict(lr=[0.05], betas=[(0.9, 0.999), (0.0, 0.5)], eps=[1e-8, 0.1], weight_decay=[0, 0.1], amsgrad=[False, True], maximize=[False, True], decoupled_weight_decay=[False, True]),
    "AdamW": dict(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.9)], weight_decay=[0, 0.5], amsgrad=[False, True], maximize=[False, True]),
    "NAdam": dict(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.9)], weight_decay=[0, 0.5], momentum_decay=[0, 4e-3, 0.1], decoupled_weight_decay=[False, True], maximize=[False, True]),
    "RAdam": dict(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.7)], weight_decay=[0, 0.5], decoupled_weight_decay=[False, True], maximize=[False, True]),
    "Adamax": dict(lr=[0.05], betas=[(0.9, 0.999), (0.5, 0.7)], eps=[1e-8, 0.1], weight_decay=[0, 0.5], maximize=[False, True]),
    "Adadelta": dict(lr=[1.0, 0.1], rho=[0.9, 0.0, 1.0], eps=[1e-6, 1e-2], weight_decay=[0, 0.1], maximize=[False, True]),
    "Adagrad": dict(lr=[0.1], lr_decay=[0, 0.5], weight_decay=[0, 0.1], initial_accumulator_value=[0, 0.3], eps=[1e-10, 0.1], maximize=[False, True]),
    "RMSprop": dict(lr=[0.02], alpha=[0.99, 0.5, 1.5], eps=[1e-8, 0.1], weight_decay=[0, 0.1], momentum=[0, 0.5], centered=[False, True], maximize=[False, True]),
    "ASGD": dict(lr=[0.1], lambd=[1e-4, 0.1], alpha=[0.75, 0.1], t0=[1e6, 2], weight_decay=[0, 0.1], maximize=[False, True]),
    "Rprop": dict(lr=[0.01, 0.1], etas=[(0.5, 1.2), (0.1, 2.0)], step_sizes=[(1e-6, 50), (0.02, 0.05)], maximize=[False, True]),
    "Adafactor": dict(lr=[0.05], beta2_decay=[-0.8, 0.0, -1.0], eps=[(None, 1e-3), (0.1, 0.5)], d=[1.0, 2.0], weight_decay=[0, 0.1], maximize=[False, True]),
    "Muon": dict(lr=[0.05], weight_decay=[0, 0.1], momentum=[0.95, 0.0], nesterov=[True, False], ns_steps=[5, 1, 0], adjust_lr_fn=[None, "original", "match_rms_adamw"]),
    "LBFGS": dict(lr=[1, 0.1], max_iter=[20, 4, 1], max_eval=[None, 3], tolerance_grad=[1e-7, 0.1], tolerance_change=[1e-9, 1e-2], history_size=[100, 1], line_search_fn=[None, "strong_wolfe"]),
}  # fmt: skip


def scalar(i):
    """Numbers that look arbitrary, in [-1, 1]."""
    return ((i * 2654435761) % 1000003) / 500001.5 - 1


def filled(shape, seed):
    count = torch.Size(shape).numel()
    return torch.tensor([scalar(seed * 977 + i * 31 + 7) for i in range(count)], dtype=torch.float32).reshape(shape)


def kwarg(v):
    """A setting as JSON; tensors of one element are marked."""
    if isinstance(v, torch.Tensor):
        return {"filled": list(v.shape), "value": v.flatten()[0].item()}
    if isinstance(v, (tuple, list)):
        return [kwarg(x) for x in v]
    return v


def settings(kwargs):
    return {camel(k): kwarg(v) for k, v in kwargs.items()}


def gradients(shapes, step, missing):
    return [None if missing and (step + i) % 3 == 0 else filled(s, 50 + 10 * step + i) for i, s in enumerate(shapes)]


def state_of(optimizer):
    """The state dict as JSON: tensors as { shape, data }."""

    def value(v):
        if isinstance(v, torch.Tensor):
            return {"shape": list(v.shape), "data": numbers(v)}
        return [value(x) for x in v] if isinstance(v, (list, tuple)) else v

    saved = optimizer.state_dict()
    return {
        "state": {str(k): {n: value(v) for n, v in entry.items()} for k, entry in saved["state"].items()},
        "param_groups": [{k: value(v) for k, v in g.items()} for g in saved["param_groups"]],
    }


def make(name, params, kwargs, scene):
    cls = getattr(torch.optim, name)
    if scene != "groups":
        return cls(params, **kwargs)
    half = len(params) // 2
    first = {"params": params[:half], "lr": 0.01}
    optimizer = cls([first, {"params": params[half:-1]}], **kwargs)
    optimizer.add_param_group({"params": params[-1], "lr": 0.03})
    return optimizer


def advance(optimizer, params, shapes, step, scene):
    for p, g in zip(params, gradients(shapes, step, scene == "missing")):
        p.grad = g
    if scene == "groups" and step == 2:
        optimizer.param_groups[1]["lr"] = optimizer.param_groups[1]["lr"] * 0.5
    optimizer.step()


def run(name, kwargs, scene):
    shapes = MATRICES if name == "Muon" else SHAPES
    params = [filled(s, i).requires_grad_() for i, s in enumerate(shapes)]
    options = settings(kwargs)
    optimizer = make(name, params, kwargs, scene)
    after, saved = [], None
    for step in range(STEPS):
        if step == SAVED_AT:
            saved = state_of(optimizer)
        advance(optimizer, params, shapes, step, scene)
        after.append([numbers(p) for p in params])
    return {"options": options, "scene": scene, "after": after, "saved": saved}


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2 + (x[2] - x[1]) ** 2


def closures(kwargs, start):
    """L-BFGS on Rosenbrock's function in float64: parameters, losses and counts, step by step. None where it amplifies rounding."""
    result, moved = descent(kwargs, start), descent(kwargs, [x + 1e-15 for x in start])
    near = all(abs(float(a) - float(b)) <= 1e-8 * (1e-2 + abs(float(a))) or not abs(float(a)) < 1e6 for a, b in zip(result["losses"], moved["losses"]))
    return result if near else None


def descent(kwargs, start):
    w, v = (torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in (start[:2], start[2:]))
    optimizer = torch.optim.LBFGS([w, v], **kwargs)

    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(torch.cat([w, v]))
        loss.backward()
        return loss

    after, losses, counts, saved = [], [], [], None
    for step in range(STEPS):
        if step == SAVED_AT:
            saved = state_of(optimizer)
        losses.append(export.plain(float(optimizer.step(closure))))
        after.append([numbers(w), numbers(v)])
        state = optimizer.state[w]
        counts.append([state["func_evals"], state["n_iter"]])
    return {"options": settings(kwargs), "scene": "closure", "start": start, "after": after, "losses": losses, "counts": counts, "saved": saved}


def combinations(table):
    return [dict(zip(table, values)) for values in itertools.product(*table.values())]


def inputs(info):
    """The database's, those for other devices too, and the sweep's."""
    seen = []
    given = [i.kwargs for i in _get_optim_inputs_including_global_cliquey_kwargs("cpu", torch.float32, info)]
    given += [{k: v for k, v in i.kwargs.items() if k != "capturable"} for i in info.optim_inputs_func(device="cuda")]
    for kwargs in given + combinations(SWEEPS.get(info.name, {})):
        # Steps that have gradients themselves are left out: PyTorch makes them of parameters that are no leaves.
        if settings(kwargs) not in seen and not kwargs.get("differentiable"):
            seen.append(settings(kwargs))
            yield kwargs


def refused(name, kwargs):
    try:
        getattr(torch.optim, name)([filled([2, 2], 0).requires_grad_()], **kwargs)
        return False
    except Exception:
        return True


def reference(v, leaves):
    """Parameters of an error input: tensors by number."""
    if isinstance(v, torch.Tensor):
        if v.is_complex() or v.layout != torch.strided:
            raise export.Skip("complex or sparse")
        for i, leaf in enumerate(leaves):
            if leaf is v:
                return {"tensor": i}
        leaves.append(v)
        return {"tensor": len(leaves) - 1}
    if isinstance(v, dict):
        return {"group": {camel(k): reference(x, leaves) for k, x in v.items()}}
    if isinstance(v, (list, tuple)):
        return {"list": [reference(x, leaves) for x in v]}
    return {"plain": v}


def errors(info):
    for given in info.optim_error_inputs_func(device="cpu", dtype=torch.float32):
        source, leaves = given.optimizer_error_input, []
        if given.error_on is OptimizerErrorEnum.STEP_ERROR:
            continue
        try:
            params = None if source.params is None else reference(source.params, leaves)
        except export.Skip:
            continue
        yield {
            "desc": source.desc,
            "options": settings(source.kwargs),
            "params": params,
            "shapes": [list(t.shape) for t in leaves],
            "words": given.error_regex.replace("\\", ""),
        }


def database(only):
    out = []
    for info in optim_db:
        if only and info.name not in only:
            continue
        entry = {"name": info.name, "runs": [], "errors": list(errors(info))}
        for kwargs in inputs(info) if info.name != "SparseAdam" else ():
            if refused(info.name, kwargs):
                entry["errors"].append({"desc": "sweep", "options": settings(kwargs), "params": None, "shapes": [], "words": ""})
            elif info.name == "LBFGS":
                found = [closures(kwargs, start) for start in ([-0.5, 0.8, 0.2], [0.3, -0.4, 1.5])]
                entry["runs"] += [run for run in found if run]
                for _ in range(found.count(None)):
                    print(f"left out: {info.name} {kwargs}: amplifies rounding")
            else:
                for scene in ("plain", "groups", "missing"):
                    try:
                        entry["runs"].append(run(info.name, kwargs, scene))
                    except (TypeError, RuntimeError) as error:
                        print(f"left out: {info.name} {kwargs} {scene}: {error}")
        out.append(entry)
    return out


def check(file, ours):
    """Goes on from our state dicts."""
    with open(file) as f:
        entries = json.load(f)["optimizers"]
    with open(ours) as f:
        saved = json.load(f)
    good = total = 0
    for entry in entries:
        shapes = MATRICES if entry["name"] == "Muon" else SHAPES
        for i, sample in enumerate(entry["runs"]):
            given = saved.get(f"{entry['name']} {i}")
            if given is None or "nan" in str(sample["after"]):
                continue
            total += 1
            params = [torch.tensor([float(x) for x in v]).reshape(s).requires_grad_() for v, s in zip(sample["after"][SAVED_AT - 1], shapes)]
            optimizer = make(entry["name"], params, {}, sample["scene"])
            optimizer.load_state_dict(
                {
                    "state": {
                        int(k): {n: torch.tensor(v["data"]).reshape(v["shape"]) if isinstance(v, dict) else torch.tensor(float(v)) for n, v in e.items()}
                        for k, e in given["state"].items()
                    },
                    "param_groups": given["param_groups"],
                }
            )
            off = 0.0
            for step in range(SAVED_AT, STEPS):
                advance(optimizer, params, shapes, step, sample["scene"])
                for p, want in zip(params, sample["after"][step]):
                    off = max(off, (p.detach().flatten() - torch.tensor(want)).abs().max().item())
            if off < 1e-4:
                good += 1
            else:
                print(entry["name"], sample["options"], sample["scene"], "off by", off)
    print(f"PyTorch goes on from {good} of {total} of our states")


def main():
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    torch.Tensor.bfloat16 = torch.Tensor.clone  # Muon's iteration, without its rounding
    if sys.argv[1] == "--check":
        return check(*sys.argv[2:4])
    only = sys.argv[2].split(",") if len(sys.argv) > 2 else None
    optimizers = database(only)
    planned = schedules(only)
    with open(sys.argv[1], "w") as file:
        json.dump({"optimizers": optimizers, "schedulers": planned}, file)
    print(f"{len(optimizers)} optimizers: {sum(len(o['runs']) for o in optimizers)} runs, {sum(len(o['errors']) for o in optimizers)} refusals")
    print(f"{len({s['kind'] for s in planned})} schedulers: {len(planned)} runs, {sum(s['error'] is not None for s in planned)} of them refused")


if __name__ == "__main__":
    main()
