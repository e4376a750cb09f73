"""Writes test/golden/recipes.json: five training scripts as PyTorch's users write them, step by step, for test/optim/recipes.test.ts.

Parameter k starts at uniform(100 + k, i) - 0.5; the data are those of optimizers.py, batch 99 is for validation.
"""
import copy
import json
import math
import pathlib
import sys
import warnings

import torch
from optimizers import BATCH, numbers
from prng import uniform
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop, lr_scheduler
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

ROOT = pathlib.Path(__file__).resolve().parents[2]
loss_function = nn.MSELoss()


def batch(step):
    x = torch.tensor(2 * uniform(200 + step, 3 * BATCH) - 1, dtype=torch.float32).reshape(BATCH, 3)
    return x, torch.stack([torch.sin(3 * x[:, 0]), x[:, 1] * x[:, 2]], 1)


def network(norm=True):
    # A bias before the norm would have gradients of rounding alone, and Adam makes steps of any gradient.
    layers = [nn.Linear(3, 4, bias=False), nn.BatchNorm1d(4)] if norm else [nn.Linear(3, 4)]
    model = nn.Sequential(*layers, nn.Tanh(), nn.Linear(4, 2))
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(torch.tensor(uniform(100 + k, p.numel()) - 0.5).reshape(p.shape))
    return model


def validation(model):
    model.eval()
    with torch.no_grad():
        x, y = batch(99)
        loss = loss_function(model(x), y).item()
    model.train()
    return loss


def trained(model, optimizer, step):
    x, y = batch(step)
    optimizer.zero_grad()
    loss = loss_function(model(x), y)
    loss.backward()
    return loss.item()


def warm_up_and_cosine():
    """Two groups, decay for matrices alone, clipping, and two schedulers one after the other."""
    model = network()
    groups = [
        {"params": [p for p in model.parameters() if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in model.parameters() if p.dim() < 2], "weight_decay": 0.0, "lr": 0.02},
    ]
    optimizer = AdamW(groups, lr=0.05, betas=(0.9, 0.95))
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=15)
    scheduler = lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], milestones=[5])
    log = []
    for step in range(20):
        loss = trained(model, optimizer, step)
        norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5).item()
        optimizer.step()
        scheduler.step()
        log.append([loss, norm, *scheduler.get_last_lr()])
    return model, log


def warm_up_by_function():
    """The same in one function, stepped by the number of the step, with Nesterov's momentum."""
    model = network()
    optimizer = SGD(model.parameters(), lr=0.2, momentum=0.9, nesterov=True, weight_decay=1e-2)
    scheduler = lr_scheduler.LambdaLR(optimizer, lambda s: (s + 1) / 6 if s < 5 else 0.5 * (1 + math.cos(math.pi * (s - 5) / 15)))
    log = []
    for step in range(21):
        loss = trained(model, optimizer, step)
        nn.utils.clip_grad_value_(model.parameters(), 0.1)
        optimizer.step()
        scheduler.step()
        log.append([loss, *scheduler.get_last_lr()])
    return model, log


def plateau():
    """Less when the validation loss stays where it is; the best weights are kept."""
    model = network()
    optimizer = RMSprop(model.parameters(), lr=0.05, momentum=0.5)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.05, cooldown=1, min_lr=1e-3)
    log, best, kept = [], math.inf, None
    for epoch in range(10):
        for i in range(3):
            trained(model, optimizer, i)
            optimizer.step()
        loss = validation(model)
        scheduler.step(loss)
        if loss < best:
            best, kept = loss, copy.deepcopy(model.state_dict())
        log.append([loss, optimizer.param_groups[0]["lr"]])
    model.load_state_dict(kept)
    return model, log


def one_cycle():
    """One cycle of the rate, with Adam's first beta against it."""
    model = network()
    optimizer = Adam(model.parameters(), lr=0.01)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, epochs=4, steps_per_epoch=5, div_factor=10.0)
    log = []
    for step in range(20):
        loss = trained(model, optimizer, step % 5)
        optimizer.step()
        log.append([loss, optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["betas"][0]])
        scheduler.step()
    return model, log


def mixed_precision():
    """Half precision, gradients of two batches, and a batch that overflows in one of two networks, each clipped by itself."""
    body, head = network(norm=False), nn.Linear(2, 2)
    with torch.no_grad():
        for k, p in enumerate(head.parameters()):
            p.copy_(torch.tensor(uniform(110 + k, p.numel()) - 0.5).reshape(p.shape))
    optimizers = [SGD(body.parameters(), lr=0.2, momentum=0.9), Adam(head.parameters(), lr=0.05)]
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**15, growth_interval=3)
    log = []
    for step in range(24):
        x, y = batch(step)
        if step == 9:
            x[2, 1] = 1e6
        with torch.autocast("cpu", dtype=torch.float16):
            loss = loss_function(head(body(x)), y) / 2
        scaler.scale(loss).backward()
        if step % 2 == 1:
            for optimizer in optimizers:
                scaler.unscale_(optimizer)
            for part in (body, head):
                nn.utils.clip_grad_norm_(part.parameters(), 0.5)
            for optimizer in optimizers:
                scaler.step(optimizer)
            scaler.update()
            for optimizer in optimizers:
                optimizer.zero_grad()
        log.append([loss.item() if loss.isfinite() else -1.0, scaler.get_scale()])
    return nn.Sequential(body, head), log


def averaged():
    """Stochastic weight averaging from epoch 3 on, with statistics computed anew at the end."""
    model = network()
    optimizer = SGD(model.parameters(), lr=0.3, momentum=0.5)
    average = AveragedModel(model)
    scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
    swa = SWALR(optimizer, swa_lr=0.1, anneal_epochs=2)
    log = []
    for epoch in range(8):
        for i in range(3):
            trained(model, optimizer, i)
            optimizer.step()
        if epoch >= 3:
            average.update_parameters(model)
            swa.step()
        else:
            scheduler.step()
        log.append([validation(model), optimizer.param_groups[0]["lr"]])
    update_bn([batch(i) for i in range(3)], average)
    log.append([validation(average), float(average.n_averaged)])
    return average.module, log


def main():
    recipes = {}
    for recipe in (warm_up_and_cosine, warm_up_by_function, plateau, one_cycle, mixed_precision, averaged):
        model, log = recipe()
        final = torch.cat([t.detach().flatten().float() for k, t in model.state_dict().items() if "batches" not in k])
        print(recipe.__name__, log[0], log[-1])
        recipes[recipe.__name__] = {"log": [numbers(row) for row in log], "final": numbers(final.tolist())}
    text = "{" + ",\n".join(f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in recipes.items()) + "}\n"
    (ROOT / "test/golden/recipes.json").write_text(text)
    print(f"{len(text)} bytes")


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    sys.exit(main())
