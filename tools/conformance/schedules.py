"""Sweeps of PyTorch's learning rate schedulers for export_optimizers.py: options sensible and odd, nested, resumed and reloaded."""
import itertools
import math
import random
import warnings

from export import camel, plain

import torch
from torch.optim import lr_scheduler, swa_utils

STEPS, SAVED_AT = 14, 6
FUNCTIONS = {"halving": lambda epoch: 0.5 ** (epoch // 3), "slowing": lambda epoch: 1 - 0.5 / (epoch + 1), "none": lambda epoch: 0.0}
METRICS = [5, 4, 4.2, 4.1, 3.99995, 3.5, 3.6, 3.7, 3.6, 3.55, 3.5, 3.6, 3.4, 3.3]
# Required arguments by position, the others by name.
SWEEPS = {
    "LambdaLR": ([["halving", "slowing", "none", ["halving", "slowing"], ["halving"], 3]], {}),
    "MultiplicativeLR": ([["halving", "slowing", "none", ["slowing", "halving"], []]], {}),
    "StepLR": ([[1, 2, 5, 2.5, 0, -2]], dict(gamma=[0.1, 1, 0, 2])),
    "MultiStepLR": ([[[], [0], [2, 4], [4, 2], [2, 2, 5], [-1, 3], [2.5]]], dict(gamma=[0.1, 0, 2])),
    "ConstantLR": ([], dict(factor=[0, 0.5, 1, -0.1, 1.1], total_iters=[0, 1, 5, -1, 2.5])),
    "LinearLR": ([], dict(start_factor=[0.2, 1, 0, 1.5], end_factor=[0, 0.5, 1, -0.1, 2], total_iters=[0, 1, 4, 7, -1])),
    "ExponentialLR": ([[0.9, 0, 1, 1.1]], {}),
    "PolynomialLR": ([], dict(total_iters=[0, 1, 5, 9, -1], power=[0, 1, 2, 0.5, -1])),
    "CosineAnnealingLR": ([[0, 1, 2, 5, 40, -3, 2.5]], dict(eta_min=[0, 0.1, 2, -1])),
    "CosineAnnealingWarmRestarts": ([[1, 2, 5, 0, -1, 2.5]], dict(T_mult=[1, 2, 3, 0, 1.5], eta_min=[0, 0.1])),
    "CyclicLR": ([[0.1, [0.1, 0.2], [0.1]], [1, 0]], dict(step_size_up=[1, 4, 2.5, 0, -1], step_size_down=[None, 3, 0], mode=["triangular", "triangular2", "exp_range", "square"], gamma=[0.9], cycle_momentum=[True, False])),
    "OneCycleLR": ([[0.8, [0.8, 0.4], [1]]], dict(total_steps=[None, 1, 2, 10, 20, 0, -1], epochs=[None, 3], steps_per_epoch=[5], pct_start=[0.3, 0.1, 0.0, 1.0, 1.5], anneal_strategy=["cos", "linear"], three_phase=[False, True], div_factor=[25.0], final_div_factor=[1e4, 2])),
    "ReduceLROnPlateau": ([], dict(mode=["min", "max", "best"], factor=[0.1, 0.5, 0, 1.0], patience=[0, 2], threshold=[1e-4, 0.1], threshold_mode=["rel", "abs"], cooldown=[0, 2], min_lr=[0, [0.1, 0.05]], eps=[1e-8, 0.05])),
    "SWALR": ([[0.02, [0.02, 0.3], [1]]], dict(anneal_epochs=[10, 1, 0, 5, -1, 2.5], anneal_strategy=["cos", "linear", "exp"])),
}  # fmt: skip
# Parts of nests, all of them sensible.
PARTS = [
    ("ConstantLR", [], dict(factor=0.5, total_iters=3)),
    ("LinearLR", [], dict(start_factor=0.1, total_iters=4)),
    ("LinearLR", [], dict(start_factor=1.0, end_factor=0.0, total_iters=6)),
    ("ExponentialLR", [0.9], {}),
    ("StepLR", [3], dict(gamma=0.5)),
    ("MultiStepLR", [[2, 5]], dict(gamma=0.5)),
    ("LambdaLR", ["halving"], {}),
    ("MultiplicativeLR", ["slowing"], {}),
    ("PolynomialLR", [], dict(total_iters=7, power=2)),
    ("CosineAnnealingLR", [6], dict(eta_min=0.01)),
    ("CosineAnnealingWarmRestarts", [4], dict(T_mult=2)),
]
# Closed forms too: step(epoch), where there is one or it is meant.
CLOSED = ["StepLR", "MultiStepLR", "ConstantLR", "LinearLR", "ExponentialLR", "PolynomialLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "LambdaLR"]
EPOCHS = [0, 3, 1, 7, 7, 2, 12, 5]


def nests():
    """Schedulers of schedulers, at most three deep."""
    chance = random.Random(0)

    def part(depth):
        if depth == 0 or chance.random() < 0.4:
            return chance.choice(PARTS)
        inner = [part(depth - 1) for _ in range(chance.randint(1, 3))]
        if chance.random() < 0.5:
            return ("ChainedScheduler", [inner], {})
        return ("SequentialLR", [inner, sorted(chance.sample(range(1, 12), len(inner) - 1))], {})

    for kind in ("ChainedScheduler", "SequentialLR"):
        yield (kind, [[]] if kind == "ChainedScheduler" else [[], []], {})
        yield (kind, [[("ReduceLROnPlateau", [], {})]] if kind == "ChainedScheduler" else [[("ReduceLROnPlateau", [], {})], []], {})
    yield ("SequentialLR", [[PARTS[0], PARTS[3]], []], {})
    yield ("SequentialLR", [[PARTS[0], PARTS[3]], [3, 5]], {})
    yield ("SequentialLR", [[PARTS[0], PARTS[3]], [0]], {})
    yield ("SequentialLR", [[PARTS[0], PARTS[3], PARTS[4]], [5, 3]], {})
    yield ("SequentialLR", [[PARTS[0], PARTS[3], PARTS[4]], [4, 4]], {})
    for first, second in itertools.product(PARTS, PARTS):
        yield ("SequentialLR", [[first, second], [4]], {})
        yield ("ChainedScheduler", [[first, second]], {})
    for _ in range(150):
        found = part(3)
        if found[0] in ("ChainedScheduler", "SequentialLR"):
            yield found


def optimizer_of(momentum):
    groups = [dict(params=[torch.zeros(1, requires_grad=True)]), dict(params=[torch.zeros(1, requires_grad=True)], lr=0.25)]
    if momentum == "betas":
        return torch.optim.Adam(groups, lr=0.5)
    return torch.optim.SGD(groups, lr=0.5, momentum=0.9) if momentum == "momentum" else torch.optim.Adagrad(groups, lr=0.5)


def build(optimizer, kind, arguments, options):
    given = [FUNCTIONS.get(a, a) if isinstance(a, str) else [FUNCTIONS[f] for f in a] if isinstance(a, list) and a and isinstance(a[0], str) else a for a in arguments]
    if kind in ("SequentialLR", "ChainedScheduler"):
        given[0] = [build(optimizer, *inner) for inner in arguments[0]]
    own = [] if kind == "ChainedScheduler" else [optimizer]
    return getattr(swa_utils if kind == "SWALR" else lr_scheduler, kind)(*own, *given, **options)


def named(kind, arguments, options):
    """The call by Lumigrad's names."""
    nested = kind in ("SequentialLR", "ChainedScheduler")
    given = [[named(*inner) for inner in arguments[0]], *arguments[1:]] if nested else arguments
    return [kind, given, {("TMult" if k == "T_mult" else camel(k)): v for k, v in options.items() if v is not None}]


def values(optimizer):
    """Rate and momentum of each group."""
    return [[plain(float(g["lr"])), g.get("momentum", g.get("betas", [0])[0])] for g in optimizer.param_groups]


def saved(state):
    """What can be written as JSON."""
    if isinstance(state, dict):
        return {str(k): saved(v) for k, v in state.items() if k not in ("_schedule_phases", "optimizer", "_scale_fn_custom", "lr_lambdas")}
    if isinstance(state, (list, tuple)):
        return [saved(v) for v in state]
    return plain(state) if isinstance(state, float) else state


def ahead(scheduler, step, epochs):
    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):
        scheduler.step(METRICS[step])
    elif epochs:
        scheduler.step(epochs[step])
    else:
        scheduler.step()


def run(kind, arguments, options, momentum="momentum", scene="plain", resumed_at=None):
    """Rates and momenta step by step, until PyTorch throws."""
    call = named(kind, arguments, options)
    out = {"kind": kind, "call": call, "momentum": momentum, "scene": scene, "rates": [], "error": None, "errorAt": None, "warnings": 0, "saved": None}
    optimizer = optimizer_of(momentum)
    epochs = EPOCHS if scene == "epochs" else None
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            if resumed_at is not None:
                first = build(optimizer, kind, arguments, options)
                for step in range(resumed_at + 1):
                    ahead(first, step, None)
                out["groups"] = saved(optimizer.state_dict()["param_groups"])
                out["call"] = named(kind, arguments, {**options, "last_epoch": resumed_at})
                seen.clear()
                options = {**options, "last_epoch": resumed_at}
            at = -1
            scheduler = build(optimizer, kind, arguments, options)
            for at in range(len(epochs) if epochs else STEPS):
                out["rates"].append(values(optimizer))
                if scene != "unstepped":
                    optimizer.step()
                if at == SAVED_AT and scene == "plain":
                    out["saved"] = saved({"scheduler": scheduler.state_dict(), "groups": optimizer.state_dict()["param_groups"]})
                ahead(scheduler, at, epochs)
        except Exception as error:
            out["error"], out["errorAt"] = f"{type(error).__name__}: {error}", at
        out["warnings"] = len([w for w in seen if "Detected call" in str(w.message) or "epoch parameter" in str(w.message)])
    if any(isinstance(v, complex) or (isinstance(v, float) and math.isnan(v)) for pairs in out["rates"] for pair in pairs for v in pair):
        out["error"] = out["error"] or "not a number"
    return out


def schedules(only):
    out = []
    for kind, (required, optional) in SWEEPS.items():
        if only and kind not in only:
            continue
        names = list(optional)
        for values_ in itertools.product(*required, *optional.values()):
            arguments, options = list(values_[: len(required)]), dict(zip(names, values_[len(required) :]))
            if kind == "OneCycleLR" and options["epochs"] is None and options["total_steps"] is not None:
                options.pop("steps_per_epoch")
            out.append(run(kind, arguments, options))
    for kind, arguments, options in nests():
        if not only or kind in only:
            out.append(run(kind, arguments, options))
    for kind, arguments, options in PARTS:
        if only and kind not in only:
            continue
        out.append(run(kind, arguments, options, scene="unstepped"))
        out += [run(kind, arguments, options, resumed_at=at) for at in (0, 1, 4, 8)]
        if kind in CLOSED:
            out.append(run(kind, arguments, options, scene="epochs"))
    if not only:
        for momentum in ("betas", "none"):
            out += [
                run("CyclicLR", [0.1, 1], dict(step_size_up=4, base_momentum=0.7, max_momentum=[0.8, 0.9]), momentum),
                run("CyclicLR", [0.1, 1], dict(step_size_up=4, cycle_momentum=False), momentum),
                run("OneCycleLR", [1], dict(total_steps=12, base_momentum=[0.7, 0.6], max_momentum=0.9), momentum),
                run("OneCycleLR", [1], dict(total_steps=12, cycle_momentum=False), momentum),
            ]
    return out
