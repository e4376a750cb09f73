"""Writes test/golden/trajectories.json: training runs and optimizer paths of PyTorch, for test/nn/trajectories.device.test.ts.

Nothing large is stored: initial parameters and batches follow from formulas that the test knows too.
  parameter k, element i:  offset + scale * (2 * uniform(1000 + k, i) - 1)
  batch of step s:         labels[i] = mulberry32(7000 + s, i) % classes
                           x[i, j] = uniform(5000 + s, i * features + j) - 0.5 + (signal if j * classes // features == labels[i] else 0)
Each run is repeated in float64 from slightly perturbed parameters (a ReLU or a maximum that flips makes a run jump):
one that amplifies such differences too much to be compared at 1e-3 is refused.
"""
import json
import math
import pathlib
import warnings

import numpy as np
import torch
from torch import nn
from prng import mulberry32, uniform

ROOT = pathlib.Path(__file__).resolve().parents[2]


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def cnn(activation, pool):
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), activation(), pool(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), activation(), pool(2),
        nn.Flatten(), nn.Linear(16 * 7 * 7, 10),
    )  # fmt: skip


# name, model, input shape, classes, batch, steps, optimizer, options, extras
RUNS = [
    dict(name="small MLP, SGD with momentum, step decay, clipped", model="mlpSmall", input=[20], classes=5, signal=0.5, batch=8, steps=60,
         optimizer="SGD", options=dict(lr=0.1, momentum=0.9), step_lr=dict(stepSize=20, gamma=0.5), clip=0.5, finals=True),
    dict(name="small MLP, AdamW, rate set by hand", model="mlpSmall", input=[20], classes=5, signal=0.5, batch=8, steps=60,
         optimizer="AdamW", options=dict(lr=0.01, weightDecay=0.05), lr_at={"20": 0.003, "40": 0.001}, finals=True),
    dict(name="MLP 784-64-32-10, Adam", model="mlp", input=[784], classes=10, signal=0.5, batch=32, steps=50, optimizer="Adam", options=dict(lr=1e-3)),
    dict(name="CNN with batch normalisation, ReLU and max pooling, SGD", model="cnn", input=[1, 28, 28], classes=10, signal=0.5, batch=16, steps=50,
         optimizer="SGD", options=dict(lr=0.001, momentum=0.9, weightDecay=5e-4), buffers=True),
    dict(name="CNN with batch normalisation, GELU and average pooling, Nesterov", model="cnnSmooth", input=[1, 28, 28], classes=10, signal=0.25, batch=16, steps=50,
         optimizer="SGD", options=dict(lr=0.02, momentum=0.9, weightDecay=5e-4, nesterov=True), buffers=True),
]  # fmt: skip
MODELS = {"mlpSmall": lambda: mlp(20, 16, 12, 5), "mlp": lambda: mlp(784, 64, 32, 10), "cnn": lambda: cnn(nn.ReLU, nn.MaxPool2d), "cnnSmooth": lambda: cnn(nn.GELU, nn.AvgPool2d)}

PATHS = [
    ("SGD", dict(lr=0.1)),
    ("SGD", dict(lr=0.05, momentum=0.9)),
    ("SGD", dict(lr=0.05, momentum=0.9, dampening=0.5)),
    ("SGD", dict(lr=0.05, momentum=0.9, nesterov=True)),
    ("SGD", dict(lr=0.1, weightDecay=0.1)),
    ("SGD", dict(lr=0.05, momentum=0.9, weightDecay=0.01, nesterov=True)),
    ("SGD", dict(lr=0.02, momentum=0.5, weightDecay=0.1, maximize=True)),
    ("Adam", dict(lr=0.1)),
    ("Adam", dict(lr=0.1, betas=[0.8, 0.95])),
    ("Adam", dict(lr=0.1, eps=0.01)),
    ("Adam", dict(lr=0.1, weightDecay=0.1)),
    ("Adam", dict(lr=0.1, weightDecay=0.15, maximize=True)),
    ("AdamW", dict(lr=0.1)),
    ("AdamW", dict(lr=0.1, weightDecay=0.2)),
    ("AdamW", dict(lr=0.1, betas=[0.7, 0.9], eps=1e-3, weightDecay=0.1, maximize=True)),
]
PATH_STEPS, PATH_LR_AT = 25, 12


def snake(options):
    table = {"weightDecay": "weight_decay", "stepSize": "step_size"}
    return {table.get(k, k): tuple(v) if isinstance(v, list) else v for k, v in options.items()}


def rule(name, shape, parameter_index):
    """How a parameter starts: (offset, scale). Gains of a normalisation start near 1."""
    norm_gain = len(shape) == 1 and name.endswith("weight")
    fan = math.prod(shape[1:]) if len(shape) > 1 else shape[0]
    return (1.0, 0.1) if norm_gain else (0.0, round(1 / math.sqrt(fan), 6))


def initialise(model, dtype):
    rules = []
    for k, (name, p) in enumerate(model.named_parameters()):
        offset, scale = rule(name, p.shape, k)
        values = (offset + scale * (2 * uniform(1000 + k, p.numel()) - 1)).astype(np.float32)
        with torch.no_grad():
            p.copy_(torch.tensor(values, dtype=dtype).reshape(p.shape))
        rules.append(dict(name=name, shape=list(p.shape), offset=offset, scale=scale))
    return rules


def batch(run, step, dtype):
    features = math.prod(run["input"])
    labels = (mulberry32(7000 + step, run["batch"]) % np.uint32(run["classes"])).astype(np.int64)
    x = uniform(5000 + step, run["batch"] * features).reshape(run["batch"], features) - 0.5
    x = x + run["signal"] * (np.arange(features) * run["classes"] // features == labels[:, None])
    return torch.tensor(x, dtype=dtype).reshape(run["batch"], *run["input"]), torch.tensor(labels)


def train(run, dtype, perturb=0):
    model = MODELS[run["model"]]().to(dtype)
    rules = initialise(model, dtype)
    if perturb:
        generator = torch.Generator().manual_seed(perturb)
        with torch.no_grad():
            for p in model.parameters():
                p.mul_(1 + 1e-6 * torch.randn(p.shape, generator=generator, dtype=dtype))
    optimizer = getattr(torch.optim, run["optimizer"])(model.parameters(), **snake(run["options"]))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, **snake(run["step_lr"])) if "step_lr" in run else None
    losses = []
    for step in range(run["steps"]):
        if str(step) in run.get("lr_at", {}):
            optimizer.param_groups[0]["lr"] = run["lr_at"][str(step)]
        x, y = batch(run, step, dtype)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        if "clip" in run:
            nn.utils.clip_grad_norm_(model.parameters(), run["clip"])
        optimizer.step()
        if scheduler:
            scheduler.step()
        losses.append(loss.item())
    return model, rules, losses


def path(kind, options, dtype):
    """Two parameters on a coupled quadratic; the rate is halved at step PATH_LR_AT."""
    p = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=dtype, requires_grad=True)
    q = torch.tensor([[0.25, -1.0], [2.0, -0.5]], dtype=dtype, requires_grad=True)
    a = torch.tensor([1.0, 2.0, 0.5, 0.25], dtype=dtype)
    c = torch.tensor([0.5, 0.5, -1.0, 2.0], dtype=dtype)
    optimizer = getattr(torch.optim, kind)([p, q], **snake(options))
    points = []
    for step in range(PATH_STEPS):
        if step == PATH_LR_AT:
            optimizer.param_groups[0]["lr"] = options["lr"] / 2
        optimizer.zero_grad()
        loss = ((p - c).square() * a).sum() * 0.5 + q.square().sum() * 0.3 + p.sum() * q.sum() * 0.1
        loss.backward()
        optimizer.step()
        points.append([*p.detach().tolist(), *q.detach().flatten().tolist()])
    return points


def numbers(values):
    return [float(np.format_float_scientific(np.float32(v), unique=True)) for v in values]


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def main():
    runs = []
    for run in RUNS:
        model, rules, losses = train(run, torch.float32)
        drift = 0.0
        for perturb in range(4):
            _, _, other = train(run, torch.float64, perturb)
            drift = max(drift, *(abs(a - b) / max(abs(b), 0.01) for a, b in zip(losses, other)))
        print(f"{run['name']}: loss {losses[0]:.4f} -> {losses[-1]:.4f}, drifts by {drift:.1e}")
        if drift > 1e-4:
            raise SystemExit("amplifies rounding too much to be compared at 1e-3")
        out = {k: v for k, v in run.items() if k not in ("finals", "buffers")} | dict(parameters=rules, losses=numbers(losses))
        state = model.state_dict()
        buffers = {name for name, _ in model.named_buffers()}
        wanted = [k for k in state if run.get("finals") or (run.get("buffers") and k in buffers)]
        out["final"] = {k: numbers(state[k].flatten().tolist()) for k in wanted}
        for old, new in (("step_lr", "stepLR"), ("lr_at", "lrAt")):
            if old in out:
                out[new] = out.pop(old)
        runs.append(compact(out))
    paths = []
    for kind, options in PATHS:
        points = path(kind, options, torch.float32)
        exact = path(kind, options, torch.float64)
        drift = np.max(np.abs(np.array(points) - np.array(exact)))
        print(f"{kind} {options}: float32 drifts by {drift:.1e}")
        paths.append(compact(dict(optimizer=kind, options=options, points=[numbers(v) for v in points])))
    text = '{"torch":"%s","runs":[\n%s\n],"pathLrAt":%d,"paths":[\n%s\n]}\n' % (torch.__version__, ",\n".join(runs), PATH_LR_AT, ",\n".join(paths))
    json.loads(text)
    (ROOT / "test/golden/trajectories.json").write_text(text)
    print(f"{len(text)} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("error")
    main()
