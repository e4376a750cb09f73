"""PyTorch's side of the op database: unary to loss.

TABLE: op name -> (tensors, options in snake case) -> tensor or list. Ops that are in no family's table are methods of the
first tensor.
"""
import torch
import torch.nn.functional as F

from common import DTYPES


def indices(items):
    """x.at(...items) as x[...]."""
    table = {":": slice(None), "...": Ellipsis, None: None}
    return tuple(slice(*([i[0], i[1] if len(i) > 1 else None, i[2] if len(i) > 2 else None])) if isinstance(i, list) else i if isinstance(i, int) else table[i] for i in items)


def with_other(fn):
    return lambda t, o: fn(t[0], o["other"] if "other" in o else t[1])


def where(t, o):
    rest = list(t[1:])
    return torch.where(t[0], o["a"] if "a" in o else rest.pop(0), o["b"] if "b" in o else rest.pop(0))


def reduce(fn):
    return lambda t, o: fn(t[0], **{k: tuple(v) if isinstance(v, list) else v for k, v in o.items()})


def logsumexp(x, dim=None, keepdim=False):
    return torch.logsumexp(x, tuple(range(x.dim())) if dim is None else dim, keepdim=keepdim)


def batch_norm(t, o):
    y = F.batch_norm(t[0], t[1], t[2], *(list(t[3:]) + [None, None])[:2], **o)
    return [y, t[1], t[2]]


def target(t, o, fn):
    y = t[1] if t[1].is_floating_point() else t[1].long()
    return fn(t[0], y, t[2] if len(t) > 2 else None, **o)


def bce(t, o):
    o, rest = dict(o), list(t[2:])
    weight = rest.pop(0) if o.pop("has_weight", False) else None
    pos_weight = rest.pop(0) if o.pop("has_pos_weight", False) else None
    return F.binary_cross_entropy_with_logits(t[0], t[1], weight=weight, pos_weight=pos_weight, **o)


def max_pool(t, o):
    return F.max_pool2d(t[0], **o)


def write(name):
    """An in-place method on a fresh tensor."""
    return lambda t, o: getattr(t[0].clone(), name)(*t[1:], **o)


def overwrite(name):
    return lambda t, o: getattr(t[0] * 2, name)(*t[1:], **o) + t[0]


def write_row(t, o):
    c = t[0].clone()
    c[1].mul_(t[1])
    return c


def write_columns(t, o):
    c = t[0].clone()
    c[:, 1:3].copy_(t[1])
    return [c, c * 2]


def write_transposed(t, o):
    c = t[0] * 3
    c.T.add_(t[1])
    return c


def write_strided(t, o):
    c = t[0].clone()
    c.reshape(2, 6)[1:2, ::2].sub_(t[1])
    return c


def write_overlapping(t, o):
    c = t[0].clone()
    a, b = c[0:2], c[1:3]
    a.add_(t[1])
    b.mul_(t[1])
    a.mul_(2)
    return [c, a, b]


def write_constant(t, o):
    c = t[0].exp().clone()
    c[0].fill_(3)
    c[1].zero_()
    return c * t[0]


def read_then_write(t, o):
    c = t[0].clone()
    before = c + t[1]
    c.mul_(t[1]).add_(1)
    after = c + t[1]
    c.sub_(before)
    return [before, after, c]


TABLE = {
    "signOfBools": lambda t, o: [t[0].sign(), t[0].square()],
    "leakyRelu": lambda t, o: F.leaky_relu(t[0], **o),
    "gelu": lambda t, o: F.gelu(t[0]),
    "geluTanh": lambda t, o: F.gelu(t[0], **o),
    "silu": lambda t, o: F.silu(t[0]),
    "softplus": lambda t, o: F.softplus(t[0], **o),
    **{name: with_other(getattr(torch.Tensor, name)) for name in ("add", "sub", "mul", "div", "pow", "eq", "ne", "lt", "le", "gt", "ge")},
    "addAlpha": lambda t, o: torch.add(t[0], t[1], **o),
    "subAlpha": lambda t, o: torch.sub(t[0], t[1], **o),
    "rpow": lambda t, o: o["base"] ** t[0],
    "mulSelf": lambda t, o: t[0] * t[0] + t[0],
    "where": where,
    "maskedFill": lambda t, o: t[0].masked_fill(t[1], o["value"]),
    "to": lambda t, o: t[0].to(DTYPES[o["dtype"]] if o["dtype"] != "float32" or not t[0].is_floating_point() else t[0].dtype),
    **{name: reduce(getattr(torch, name)) for name in ("sum", "mean", "prod", "amax", "amin", "var", "std", "argmax", "argmin", "any", "all", "max", "min")},
    "logsumexp": lambda t, o: logsumexp(t[0], **o),
    "linear": lambda t, o: F.linear(*t),
    "softmax": lambda t, o: F.softmax(t[0], **o),
    "logSoftmax": lambda t, o: F.log_softmax(t[0], **o),
    "conv2d": lambda t, o: F.conv2d(t[0], t[1], t[2] if len(t) > 2 else None, **o),
    "maxPool2d": max_pool,
    "avgPool2d": lambda t, o: F.avg_pool2d(t[0], **o),
    "cat": lambda t, o: torch.cat(t, **o),
    "stack": lambda t, o: torch.stack(t, **o),
    "split": lambda t, o: torch.split(t[0], o["size"], o["dim"]),
    "chunk": lambda t, o: torch.chunk(t[0], o["chunks"], o["dim"]),
    "gather": lambda t, o: torch.gather(t[0], o["dim"], t[1] if t[1].is_floating_point() else t[1].long()),
    "indexSelect": lambda t, o: torch.index_select(t[0], o["dim"], t[1]),
    "scatterAdd": lambda t, o: torch.scatter_add(t[0], o["dim"], t[1].long(), t[2]),
    "oneHot": lambda t, o: F.one_hot(t[0].long(), **o),
    "embedding": lambda t, o: F.embedding(t[0], t[1], **o),
    **{name: write(name) for name in ("add_", "sub_", "mul_", "div_", "clamp_")},
    **{name: overwrite(name) for name in ("copy_", "zero_", "fill_")},
    "writeLeaf": lambda t, o: t[0].add_(1),
    "writeExpanded": lambda t, o: t[0].clone().expand(3, 2).add_(1),
    "writeRow": write_row,
    "writeColumns": write_columns,
    "writeTransposed": write_transposed,
    "writeStrided": write_strided,
    "writeOverlapping": write_overlapping,
    "writeConstant": write_constant,
    "readThenWrite": read_then_write,
    "view": lambda t, o: t[0].view(o["shape"]) * 2,
    "permute": lambda t, o: t[0].permute(o["dims"]) * 2,
    "transpose": lambda t, o: t[0].transpose(**o) * 2,
    "T": lambda t, o: t[0].T * 2,
    "expand": lambda t, o: t[0].expand(o["sizes"]) * 2,
    "flip": lambda t, o: t[0].flip(o["dims"]) * 2,
    "squeeze": lambda t, o: t[0].squeeze(**o) * 2,
    "unsqueeze": lambda t, o: t[0].unsqueeze(**o) * 2,
    "flatten": lambda t, o: t[0].flatten(**o) * 2,
    "at": lambda t, o: t[0][indices(o["items"])] * 2,
    "atTensor": lambda t, o: t[0][t[1].long()],
    "layerNorm": lambda t, o: F.layer_norm(t[0], o["normalized_shape"], *(list(t[1:]) + [None, None])[:2], **({"eps": o["eps"]} if "eps" in o else {})),
    "batchNorm": batch_norm,
    "crossEntropy": lambda t, o: target(t, o, F.cross_entropy),
    "nllLoss": lambda t, o: target(t, o, F.nll_loss),
    "mseLoss": lambda t, o: F.mse_loss(t[0], t[1], **o),
    "bceWithLogits": bce,
}
