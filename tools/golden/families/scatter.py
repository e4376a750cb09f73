"""PyTorch's side of writing by index tensors."""
import torch


def scatter(t, o):
    src = o["value"] if "value" in o else t[2]
    kwargs = {"reduce": o["reduce"]} if "reduce" in o else {}
    return torch.scatter(t[0], o["dim"], t[1].long(), src, **kwargs)


def scatter_in_place(t, o):
    index = t[1].long()
    y = (t[0] * 2).scatter_(o["dim"], index, t[2])
    return [y, (t[0] * 3).scatter_add_(o["dim"], index, t[2]), y * y]


def scatter_reduce_in_place(t, o):
    index, reduce = t[1].long(), o["reduce"]
    y = t[0] * 2
    y[0].scatter_reduce_(0, index, t[2], reduce)
    return [y, (t[0] + 1).index_reduce_(1, index, t[2].expand(2, -1), reduce)]


def index_in_place(t, o):
    at = torch.tensor([2, 0])
    y = t[0] * 2
    y[:, 1].index_add_(0, at, t[1], alpha=2)
    y = y.index_fill_(1, torch.tensor([0]), 4)
    return [y, (t[0] + 1).index_copy_(0, at, t[1].expand(3, 2).T)]


TABLE = {
    "scatter": scatter,
    "scatterReduce": lambda t, o: torch.scatter_reduce(t[0], o["dim"], t[1].long(), t[2], o["reduce"], include_self=o.get("include_self", True)),
    "indexAdd": lambda t, o: torch.index_add(t[0], o["dim"], t[1].long(), t[2], alpha=o.get("alpha", 1)),
    "indexCopy": lambda t, o: torch.index_copy(t[0], o["dim"], t[1].long(), t[2]),
    "indexFill": lambda t, o: torch.index_fill(t[0], o["dim"], t[1].long(), o["value"] if "value" in o else t[2]),
    "indexReduce": lambda t, o: torch.index_reduce(t[0], o["dim"], t[1].long(), t[2], o["reduce"], include_self=o.get("include_self", True)),
    "scatterInPlace": scatter_in_place,
    "scatterReduceInPlace": scatter_reduce_in_place,
    "indexInPlace": index_in_place,
}
