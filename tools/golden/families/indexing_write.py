"""PyTorch's side of indexing by tensors and masks, and of bags of rows."""
import torch
import torch.nn.functional as F

ENTRIES = {":": slice(None), "...": Ellipsis, None: None}


def filled(items, tensors):
    """x.at(...items) as x[...]; 'i' stands for the next index tensor."""
    tensors = [t if t.dtype == torch.bool else t.long() for t in tensors]

    def entry(e):
        if e == "i":
            return tensors.pop(0)
        if isinstance(e, list):
            return slice(*(e + [None, None])[:3]) if len(e) > 1 else slice(e[0], None)
        return e if isinstance(e, int) else ENTRIES[e]

    return tuple(entry(e) for e in items)


def put_at(t, o):
    y = t[0] * 2
    tensors = t[1:] if "value" in o else t[2:]
    index = filled(o["items"], tensors)
    value = o["value"] if "value" in o else t[1]
    if o.get("accumulate"):
        # y[index] += value would add only once at repeated positions.
        if any(isinstance(i, torch.Tensor) and i.dtype != torch.bool for i in index):
            flat = torch.arange(y.numel()).reshape(y.shape)[index]
            value = torch.as_tensor(value, dtype=y.dtype).expand(flat.shape)
            y = y.reshape(-1).index_put((flat,), value, accumulate=True).reshape(y.shape)
        else:
            y[index] = y[index] + value
    else:
        y[index] = value
    return [y, y * y]


def embedding_max_norm(t, o):
    table = t[1].detach().clone()
    return [F.embedding(t[0].long(), table, **o), table]


def embedding_bag(t, o):
    o = dict(o)
    rest = o.pop("rest", [])
    for name, tensor in zip(rest, t[2:]):
        o["per_sample_weights" if name == "perSampleWeights" else name] = tensor if tensor.is_floating_point() else tensor.long()
    return F.embedding_bag(t[0].long(), t[1], **o)


def put(t, o):
    args = (t[1].long(), t[2])
    return [torch.put(t[0], *args, **o), t[0].clone().put_(*args, **o)]


TABLE = {
    "atTensors": lambda t, o: t[0][filled(o["items"], t[1:])],
    "putAt": put_at,
    "indexPut": lambda t, o: torch.index_put(t[0], tuple(i if i.dtype == torch.bool else i.long() for i in t[2:]), t[1], **o),
    "take": lambda t, o: torch.take(t[0], t[1].long()),
    "takeAlongDim": lambda t, o: torch.take_along_dim(t[0], t[1].long(), **o),
    "put": put,
    "maskedScatter": lambda t, o: [torch.masked_scatter(*t), (t[0] * 1).masked_scatter_(t[1], t[2])],
    "selectScatter": lambda t, o: torch.select_scatter(t[0], t[1], **o),
    "sliceScatter": lambda t, o: torch.slice_scatter(t[0], t[1], **o),
    "diagonalScatter": lambda t, o: torch.diagonal_scatter(t[0], t[1], **o),
    "embeddingOptions": lambda t, o: F.embedding(t[0].long(), t[1], **o),
    "embeddingMaxNorm": embedding_max_norm,
    "embeddingBag": embedding_bag,
}
