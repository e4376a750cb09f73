"""PyTorch's side of sorting, quantiles, sets and counting."""
import torch


def search(t, o):
    o = dict(o)
    if o.pop("has_sorter", False):
        return torch.searchsorted(t[0], t[1], sorter=t[2].long(), **o)
    return torch.searchsorted(t[0], o.pop("value") if "value" in o else t[1], **o)


def bucketize(t, o):
    o = dict(o)
    return torch.bucketize(o.pop("value") if "value" in o else t[1], t[0], **o)


def isin(t, o):
    o = dict(o)
    if "value" not in o:
        return torch.isin(t[0], t[1], **o)
    value = o.pop("value")
    return torch.isin(value, t[0], **o) if o.pop("first", False) else torch.isin(t[0], value, **o)


def quantile(fn):
    def run(t, o):
        o = dict(o)
        return fn(t[0], o.pop("q") if "q" in o else t[1], **o)

    return run


def histogram(t, o):
    o, rest = dict(o), list(t[1:])
    bins = o.pop("bins") if "bins" in o else rest.pop(0)
    if o.pop("has_weight", False):
        o["weight"] = rest[0]
    return list(torch.histogram(t[0], bins, **o))


def histogramdd(t, o):
    o = dict(o)
    if o.pop("has_weight", False):
        o["weight"] = t[1]
    hist, edges = torch.histogramdd(t[0], o.pop("bins"), **o)
    return [hist, *edges]


TABLE = {
    "searchsorted": search,
    "bucketize": bucketize,
    "isin": isin,
    "quantile": quantile(torch.quantile),
    "nanquantile": quantile(torch.nanquantile),
    "histogram": histogram,
    "histogramdd": histogramdd,
    "nonzeroStatic": lambda t, o: torch.nonzero_static(t[0], **o),
    "aminmax": lambda t, o: list(torch.aminmax(t[0], **o)),
    "countNonzero": lambda t, o: torch.count_nonzero(t[0], **o),
    "whereAlone": lambda t, o: torch.where(t[0]),
    "bincount": lambda t, o: torch.bincount(t[0], *t[1:], **o),
}
