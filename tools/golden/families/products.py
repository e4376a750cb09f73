"""PyTorch's side of products.ts and distances.ts."""
import torch
import torch.nn.functional as F


def free(name):
    return lambda t, o: getattr(torch, name)(*t, **o)


def blend_in_place(t, o):
    c, a, b = t
    return [
        c.clone().addmm_(a, b, **o),
        c.clone()[0].addmv_(a.T, b[0], **o),
        c.clone().addbmm_(a[None], b[None]),
        c.clone()[None].baddbmm_(a[None], b[None], **o),
        c.clone().addr_(a[0], b[1]),
    ]


def tensordot(t, o):
    dims = ([int(d) for d in o["first"]], [int(d) for d in o["second"]]) if "first" in o else o.get("dims", 2)
    return torch.tensordot(t[0], t[1], dims)


def sublists(t, o):
    lists = [[Ellipsis if d == "..." else int(d) for d in part.split(" ")] for part in o["dims"].split(";")]
    return torch.einsum(*(x for i, d in enumerate(lists) for x in ([t[i], d] if i < len(t) else [d])))


def normalize(t, o):
    d = o.get("dim")
    return F.normalize(t[0], **({**o, "dim": tuple(int(i) for i in d)} if isinstance(d, list) else o))


TABLE = {
    **{name: free(name) for name in ("mm", "bmm", "mv", "dot", "vdot", "inner", "outer", "kron", "trace")},
    **{name: free(name) for name in ("addmm", "addmv", "addbmm", "baddbmm", "addr")},
    "matmulOfIntegers": lambda t, o: torch.matmul(*t),
    "blendInPlace": blend_in_place,
    "tensordot": tensordot,
    "cross": lambda t, o: torch.cross(*t, **o),
    "chainMatmul": lambda t, o: torch.chain_matmul(*t),
    "einsum": lambda t, o: torch.einsum(o["equation"], *t),
    "einsumOfSublists": sublists,
    "linearWithBias": lambda t, o: F.linear(*t),
    "bilinear": lambda t, o: F.bilinear(*t),
    "cdist": lambda t, o: torch.cdist(*t, **o),
    "pdist": lambda t, o: torch.pdist(t[0], **o),
    "cosineSimilarity": lambda t, o: F.cosine_similarity(*t, **o),
    "pairwiseDistance": lambda t, o: F.pairwise_distance(*t, **o),
    "normalize": normalize,
}
