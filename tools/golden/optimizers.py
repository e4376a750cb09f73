"""Writes test/golden/optimizers.json: what PyTorch's optimizers, schedulers and averages do, for test/optim.

A small network on data from formulas that the test knows too (tools/golden/prng.py and test/ops/db/kit.ts):
  parameter k, element i:   uniform(100 + k, i) - 0.5
  step s, input i, j:       2 * uniform(200 + s, 3 * i + j) - 1
  target i, j:              sin(3 * x[i, 0]) and x[i, 1] * x[i, 2]
"""
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import torch
from prng import uniform

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPS, LR_AT, BATCH = 25, 12, 8
SHAPES = [[4, 3], [4], [2, 4], [2]]


class Lion(torch.optim.Optimizer):
    """Chen et al., arXiv 2302.06675, algorithm 2."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                m = state.setdefault("exp_avg", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * torch.sign(b1 * m + (1 - b1) * p.grad))
                m.mul_(b2).add_(p.grad, alpha=1 - b2)


# name, options; `matrices`: without biases
CASES = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.1, momentum=0.9, dampening=0.3, weightDecay=0.01)),
    ("SGD", dict(lr=0.05, momentum=0.8, nesterov=True, maximize=True)),
    ("Adam", dict(lr=0.05, amsgrad=True, betas=[0.9, 0.5])),
    ("Adam", dict(lr=0.05, weightDecay=0.1, decoupledWeightDecay=True)),
    ("Adam", dict(lr=0.05, weightDecay=0.1, amsgrad=True, maximize=True, eps=1e-3)),
    ("AdamW", dict(lr=0.05, amsgrad=True, weightDecay=0.2)),
    ("NAdam", dict(lr=0.05)),
    ("NAdam", dict(lr=0.05, weightDecay=0.1, momentumDecay=0.1, betas=[0.8, 0.9])),
    ("NAdam", dict(lr=0.05, weightDecay=0.1, decoupledWeightDecay=True, maximize=True, eps=1e-3)),
    ("RAdam", dict(lr=0.05)),
    ("RAdam", dict(lr=0.05, weightDecay=0.1, betas=[0.8, 0.9], eps=1e-3)),
    ("RAdam", dict(lr=0.05, weightDecay=0.1, decoupledWeightDecay=True, maximize=True)),
    ("Adamax", dict(lr=0.05)),
    ("Adamax", dict(lr=0.05, betas=[0.8, 0.7], eps=1e-2, weightDecay=0.1)),
    ("Adamax", dict(lr=0.02, maximize=True)),
    ("Adadelta", dict(lr=1.0)),
    ("Adadelta", dict(lr=2.0, rho=0.7, eps=1e-4, weightDecay=0.05)),
    ("Adadelta", dict(lr=1.0, eps=1e-3, maximize=True)),
    ("Adagrad", dict(lr=0.1)),
    ("Adagrad", dict(lr=0.2, lrDecay=0.1, weightDecay=0.05, initialAccumulatorValue=0.3)),
    ("Adagrad", dict(lr=0.1, eps=0.1, maximize=True)),
    ("RMSprop", dict(lr=0.02)),
    ("RMSprop", dict(lr=0.02, alpha=0.9, momentum=0.5, weightDecay=0.05)),
    ("RMSprop", dict(lr=0.02, alpha=0.8, centered=True, eps=1e-2)),
    ("RMSprop", dict(lr=0.01, alpha=0.9, centered=True, momentum=0.7, eps=1e-2, maximize=True)),
    ("ASGD", dict(lr=0.1)),
    ("ASGD", dict(lr=0.1, lambd=0.05, alpha=0.5, t0=5, weightDecay=0.02)),
    ("ASGD", dict(lr=0.05, t0=10, maximize=True)),
    ("Rprop", dict(lr=0.01)),
    ("Rprop", dict(lr=0.05, etas=[0.3, 1.5], stepSizes=[0.01, 0.08])),
    ("Rprop", dict(lr=0.01, maximize=True)),
    ("Lion", dict(lr=0.01)),
    ("Lion", dict(lr=0.02, betas=[0.8, 0.9], weightDecay=0.3)),
    ("Adafactor", dict(lr=0.05)),
    ("Adafactor", dict(lr=0.1, beta2Decay=-0.5, eps=[1e-3, 0.1], d=1.5, weightDecay=0.1)),
    ("Adafactor", dict(lr=0.05, maximize=True)),
    ("Muon", dict(lr=0.05)),
    ("Muon", dict(lr=0.05, momentum=0.5, nesterov=False, weightDecay=0.3, adjustLrFn="match_rms_adamw")),
    ("Muon", dict(lr=0.02, nsSteps=2, nsCoefficients=[2, -1.5, 0.5], eps=1e-3)),
]  # fmt: skip

# LBFGS: options, steps
CLOSURES = [
    (dict(lr=0.3, maxIter=12), 3),
    (dict(lr=1, maxIter=10, lineSearchFn="strong_wolfe"), 2),
    (dict(lr=0.5, maxIter=3, historySize=2), 8),
    (dict(lr=0.8, maxIter=5, maxEval=7, historySize=3, lineSearchFn="strong_wolfe", toleranceChange=1e-3), 6),
]


# kind, required arguments, options; lists of several schedulers for those made of others. `momentum`: of the optimizer.
SCHEDULERS = [
    ("LambdaLR", ["halving"], {}),
    ("MultiplicativeLR", ["slowing"], {}),
    ("StepLR", [4], dict(gamma=0.3)),
    ("MultiStepLR", [[3, 7, 7, 20]], dict(gamma=0.5)),
    ("ConstantLR", [], dict(factor=0.4, totalIters=6)),
    ("LinearLR", [], {}),
    ("LinearLR", [], dict(startFactor=0.2, endFactor=0.7, totalIters=11)),
    ("ExponentialLR", [0.93], {}),
    ("PolynomialLR", [], dict(totalIters=17, power=2.5)),
    ("CosineAnnealingLR", [7], dict(etaMin=0.01)),
    ("CosineAnnealingLR", [40], {}),
    ("CosineAnnealingWarmRestarts", [5], dict(TMult=2, etaMin=0.02)),
    ("CosineAnnealingWarmRestarts", [4], {}),
    ("CyclicLR", [0.05, 0.4], dict(stepSizeUp=4)),
    ("CyclicLR", [0.05, [0.4, 0.3]], dict(stepSizeUp=3, stepSizeDown=6, mode="triangular2", baseMomentum=0.7, maxMomentum=0.99)),
    ("CyclicLR", [0.05, 0.4], dict(stepSizeUp=5, mode="exp_range", gamma=0.9, cycleMomentum=False)),
    ("OneCycleLR", [0.8], dict(totalSteps=26)),
    ("OneCycleLR", [[0.8, 0.4]], dict(epochs=2, stepsPerEpoch=15, pctStart=0.4, annealStrategy="linear", divFactor=10.0, finalDivFactor=100.0, baseMomentum=0.8)),
    ("OneCycleLR", [0.8], dict(totalSteps=30, threePhase=True, pctStart=0.25, cycleMomentum=False)),
    ("ReduceLROnPlateau", [], dict(patience=2, factor=0.5, cooldown=1)),
    ("ReduceLROnPlateau", [], dict(mode="max", patience=1, threshold=0.1, thresholdMode="abs", minLr=[0.02, 0.03], factor=0.3)),
    ("ReduceLROnPlateau", [], dict(mode="max", patience=3, threshold=0.05, eps=0.02, factor=0.7)),
    ("SequentialLR", [[("ConstantLR", [], dict(factor=0.1, totalIters=20)), ("ExponentialLR", [0.9], {}), ("LambdaLR", ["halving"], {})], [6, 15]], {}),
    ("SequentialLR", [[("LinearLR", [], dict(startFactor=0.1, totalIters=5)), ("CosineAnnealingLR", [15], {})], [5]], {}),
    ("SequentialLR", [[("LinearLR", [], dict(totalIters=4)), ("CosineAnnealingWarmRestarts", [6], dict(TMult=2))], [4]], {}),
    ("ChainedScheduler", [[("ConstantLR", [], dict(factor=0.1, totalIters=3)), ("ExponentialLR", [0.9], {}), ("StepLR", [5], {})]], {}),
    ("SWALR", [0.02], dict(annealEpochs=8)),
    ("SWALR", [[0.02, 0.3]], dict(annealEpochs=5, annealStrategy="linear")),
]  # fmt: skip
FUNCTIONS = {"halving": lambda epoch: 0.5 ** (epoch // 3), "slowing": lambda epoch: 1 - 0.5 / (epoch + 1)}
METRICS = [5, 4, 4.2, 4.1, 3.99995, 3.5, 3.6, 3.7, 3.6, 3.55, 3.5, 3.6, 3.4, 3.3, 3.3, 3.3, 3.3, 3.3, 3.3, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7]  # fmt: skip


def snake(options):
    def name(k):
        return "T_mult" if k == "TMult" else "".join("_" + c.lower() if c.isupper() else c for c in k)

    return {name(k): tuple(v) if isinstance(v, list) else v for k, v in options.items()}


def parameters(dtype, matrices=False):
    return [
        torch.tensor(uniform(100 + k, math.prod(shape)) - 0.5, dtype=torch.float32).to(dtype).reshape(shape).requires_grad_()
        for k, shape in enumerate(SHAPES)
        if not matrices or len(shape) == 2
    ]


def loss_of(params, step, dtype):
    x = torch.tensor(2 * uniform(200 + step, 3 * BATCH) - 1, dtype=torch.float32).to(dtype).reshape(BATCH, 3)
    y = torch.stack([torch.sin(3 * x[:, 0]), x[:, 1] * x[:, 2]], 1)
    w1, b1, w2, b2 = params if len(params) == 4 else [params[0], 0, params[1], 0]
    return (((x @ w1.T + b1).tanh() @ w2.T + b2) - y).square().mean()


def make(kind, params, options):
    return (Lion if kind == "Lion" else getattr(torch.optim, kind))(params, **snake(options))


def run(kind, options, dtype):
    params = parameters(dtype, kind == "Muon")
    optimizer = make(kind, params, options)
    losses = []
    for step in range(STEPS):
        if step == LR_AT:
            optimizer.param_groups[0]["lr"] = options["lr"] / 2
        optimizer.zero_grad()
        loss = loss_of(params, step, dtype)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return params, optimizer, losses


def closures(options, steps, dtype):
    """L-BFGS on one batch."""
    params = parameters(dtype)
    optimizer = torch.optim.LBFGS(params, **snake(options))
    losses = []

    def closure():
        optimizer.zero_grad()
        loss = loss_of(params, 0, dtype)
        loss.backward()
        return loss

    for _ in range(steps):
        losses.append(optimizer.step(closure).item())
    return params, optimizer, losses


def scheduled(kind, arguments, options):
    """Rates and momenta of two groups over 25 steps, and the state at the end."""
    p, q = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    adam = kind == "OneCycleLR" and "threePhase" not in options
    groups = [dict(params=[p]), dict(params=[q], lr=0.25)]
    optimizer = torch.optim.Adam(groups, lr=0.5) if adam else torch.optim.SGD(groups, lr=0.5, momentum=0.9)
    module = torch.optim.swa_utils if kind == "SWALR" else torch.optim.lr_scheduler

    def build(kind, arguments, options):
        arguments = [FUNCTIONS.get(a, a) if isinstance(a, str) else a for a in arguments]
        if kind in ("SequentialLR", "ChainedScheduler"):
            arguments[0] = [build(*inner) for inner in arguments[0]]
        owner = [] if kind == "ChainedScheduler" else [optimizer]
        return getattr(module, kind)(*owner, *arguments, **snake(options))

    scheduler = build(kind, arguments, options)
    rates, momenta = [], []
    for step in range(STEPS):
        rates.append([g["lr"] for g in optimizer.param_groups])
        momenta.append([g["betas"][0] if adam else g["momentum"] for g in optimizer.param_groups])
        optimizer.step()
        scheduler.step(*([METRICS[step]] if kind == "ReduceLROnPlateau" else []))
    if all(m == [0.9, 0.9] for m in momenta):
        momenta = []
    return dict(kind=kind, arguments=arguments, options=options, rates=rates, momenta=momenta, state=saved(scheduler.state_dict()))


def saved(state):
    """What is no state but a consequence of it is left out."""
    derived = ("_is_initial", "_get_lr_called_within_step", "mode_worse", "default_min_lr", "_schedule_phases", "_scale_fn_custom")
    out = {k: v for k, v in state.items() if k not in derived}
    if "_schedulers" in out:
        out["_schedulers"] = [saved(s) for s in out["_schedulers"]]
    return out


def numbers(values):
    return [float(np.format_float_scientific(np.float32(v), unique=True)) for v in values]


def flat(params):
    return torch.cat([p.detach().flatten() for p in params]).tolist()


def state_of(optimizer, params):
    """State tensors over all parameters, and the counts of the first."""
    state = {}
    for name, value in optimizer.state[params[0]].items():
        if isinstance(value, torch.Tensor) and value.dim() > 0:
            state[name] = numbers(flat([optimizer.state[p][name] for p in params if name in optimizer.state[p]]))
        elif optimizer.__class__.__name__ != "LBFGS":
            state[name] = float(value)
    return state


def drift(a, b):
    return max(abs(x - y) / max(abs(y), 0.1) for x, y in zip(a, b))


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def main():
    torch.Tensor.bfloat16 = torch.Tensor.clone  # Muon's iteration, without its rounding
    cases, searches = [], []
    for kind, options in CASES:
        params, optimizer, losses = run(kind, options, torch.float32)
        if kind != "Muon":
            exact, _, _ = run(kind, options, torch.float64)
            off = drift(flat(params), flat(exact))
            print(f"{kind} {options}: loss {losses[0]:.4f} -> {losses[-1]:.4f}, float32 drifts by {off:.1e}")
            if off > 1e-4:
                raise SystemExit("amplifies rounding too much to be compared")
        cases.append(compact(dict(kind=kind, options=options, losses=numbers(losses), final=numbers(flat(params)), state=state_of(optimizer, params))))
    for options, steps in CLOSURES:
        params, optimizer, losses = closures(options, steps, torch.float32)
        exact, _, _ = closures(options, steps, torch.float64)
        state = optimizer.state[params[0]]
        off = drift(flat(params), flat(exact))
        print(f"LBFGS {options}: losses {losses}, float32 drifts by {off:.1e}")
        if off > 3e-4:
            raise SystemExit("amplifies rounding too much to be compared")
        searches.append(compact(dict(options=options, losses=numbers(losses), final=numbers(flat(params)), evaluations=state["func_evals"], iterations=state["n_iter"])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR's own use of step(epoch)
        schedules = [compact(scheduled(*case)) for case in SCHEDULERS]
    text = '{"torch":"%s","lrAt":%d,"cases":[\n%s\n],"lbfgs":[\n%s\n],"metrics":%s,"schedules":[\n%s\n]}\n' % (torch.__version__, LR_AT, ",\n".join(cases), ",\n".join(searches), compact(METRICS), ",\n".join(schedules))
    json.loads(text)
    (ROOT / "test/golden/optimizers.json").write_text(text)
    print(f"{len(text)} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("error")
    sys.exit(main())
