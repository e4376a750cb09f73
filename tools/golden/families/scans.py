"""PyTorch's side of scans, statistics, differences and integrals."""
import torch

from common import DTYPES


def typed(fn):
    """dtype by name."""
    return lambda t, o: fn(t[0], **{k: DTYPES[v] if k == "dtype" else v for k, v in o.items()})


def extrema_of_bools(t, o):
    o = dict(o)
    name = o.pop("name")
    if name in ("max", "min"):
        r = getattr(torch, name)(t[0], **o)
        return list(r) if "dim" in o else r
    return getattr(torch, name)(t[0], **{"dim": (), **o})


def cov(t, o):
    o = dict(o)
    given = {name: w.long() if name == "fweights" and not w.is_floating_point() else w for name, w in zip(o.pop("weights", []), t[1:])}
    return torch.cov(t[0], **o, **given)


def diff(t, o):
    o = dict(o)
    ends = o.pop("ends", None)
    names = ["prepend", "append"] if ends == "both" else [ends] if ends else []
    return torch.diff(t[0], **o, **dict(zip(names, t[1:])))


def gradient(t, o):
    spacing = {"spacing": list(t[1:])} if len(t) > 1 else {}
    return list(torch.gradient(t[0], **{**o, **spacing}))


def integral(fn):
    return lambda t, o: fn(t[0], *t[1:], **o)


def twice(name):
    return lambda t, o: getattr(t[0] * 2 if t[0].dtype != torch.bool else t[0].clone(), name)(**o)


TABLE = {
    "cumsum": typed(torch.cumsum),
    "cumprod": typed(torch.cumprod),
    "cummax": lambda t, o: list(torch.cummax(t[0], **o)),
    "cummin": lambda t, o: list(torch.cummin(t[0], **o)),
    "cumsum_": twice("cumsum_"),
    "cumprod_": twice("cumprod_"),
    "sumAs": typed(torch.sum),
    "prodAs": typed(torch.prod),
    "meanAs": typed(torch.mean),
    "varianceForms": lambda t, o: [torch.var(t[0], **o), torch.std(t[0], **o)],
    "extremaOfBools": extrema_of_bools,
    "varMean": lambda t, o: list(torch.var_mean(t[0], **o)),
    "stdMean": lambda t, o: list(torch.std_mean(t[0], **o)),
    "nansum": typed(torch.nansum),
    "nanmean": typed(torch.nanmean),
    "norm": lambda t, o: torch.norm(t[0], **o),
    "dist": lambda t, o: torch.dist(*t, **o),
    "cov": cov,
    "corrcoef": lambda t, o: torch.corrcoef(t[0]),
    "diff": diff,
    "gradient": gradient,
    "trapezoid": integral(torch.trapezoid),
    "cumulativeTrapezoid": integral(torch.cumulative_trapezoid),
}
