"""PyTorch's side of the families views, joining, rearranging, triangular, padding and creation."""
import torch
import torch.nn.functional as F

from common import DTYPES


def typed(o):
    """Options with dtypes of PyTorch's."""
    return {k: DTYPES[v] if k == "dtype" else v for k, v in o.items()}


def interleave(t, o):
    o = dict(o)
    o.pop("output_size", None)
    return torch.repeat_interleave(t[0], o.pop("repeats") if "repeats" in o else t[1], **o)


def vander(t, o):
    """torch.vander writes over what its own gradient needs: its values, with the gradient of powers."""
    x, n, increasing = t[0], o.get("n", len(t[0])), o.get("increasing", False)
    values = torch.vander(x.detach(), N=n, increasing=increasing)
    if not x.is_floating_point() or n == 0:
        return values
    powers = torch.stack([x**k for k in (range(n) if increasing else reversed(range(n)))], 1)
    assert torch.allclose(powers, values)
    return powers


def copies(t, o):
    x = t[0]
    return [
        torch.alias_copy(x),
        torch.as_strided_copy(x, [2], [2]),
        torch.diagonal_copy(x),
        torch.expand_copy(x, [2, 2, 3]),
        torch.narrow_copy(x, 1, 0, 2),
        torch.permute_copy(x, [1, 0]),
        torch.select_copy(x, 0, 1),
        torch.squeeze_copy(x),
        torch.t_copy(x),
        torch.transpose_copy(x, 0, 1),
        torch.unfold_copy(x, 1, 2, 1),
        torch.unsqueeze_copy(x, 0),
        torch.view_copy(x, [3, 2]),
        *torch.split_copy(x, 2, 1),
        *torch.split_with_sizes_copy(x, [1, 2], 1),
        *torch.unbind_copy(x),
        torch.detach_copy(x).detach(),
    ]


TABLE = {
    "copies": copies,
    "fillDiagonal_": lambda t, o: t[0].clone().fill_diagonal_(3, **o),
    "asStridedScatter": lambda t, o: torch.as_strided_scatter(t[0], t[1], **o),
    "sumToSize": lambda t, o: t[0].sum_to_size(o["size"]),
    "unravelIndex": lambda t, o: torch.unravel_index(t[0], tuple(o["shape"]) if isinstance(o["shape"], list) else o["shape"]),
    "kaiserWindow": lambda t, o: torch.kaiser_window(o["window_length"], periodic=o.get("periodic", True), beta=o.get("beta", 12.0)),
    "mH": lambda t, o: t[0].mH,
    "H": lambda t, o: t[0].H,
    "moveaxis": lambda t, o: torch.moveaxis(t[0], 1, 0),
    "broadcastTensors": lambda t, o: torch.broadcast_tensors(*t),
    "atleast1d": lambda t, o: torch.atleast_1d(*t),
    "atleast2d": lambda t, o: torch.atleast_2d(*t),
    "atleast3d": lambda t, o: torch.atleast_3d(*t),
    **{name: lambda t, o, name=name: getattr(torch, name)(t, **o) for name in ("concat", "concatenate", "hstack", "vstack", "dstack")},
    "rowStack": lambda t, o: torch.row_stack(t),
    "columnStack": lambda t, o: torch.column_stack(t),
    "blockDiag": lambda t, o: torch.block_diag(*t),
    "meshgrid": lambda t, o: torch.meshgrid(*t, **{"indexing": "ij", **o}),
    "cartesianProd": lambda t, o: torch.cartesian_prod(*t),
    "combinations": lambda t, o: torch.combinations(t[0], **o),
    "tensorSplit": lambda t, o: torch.tensor_split(t[0], tuple(o["sections"]) if isinstance(o["sections"], list) else o["sections"], dim=o.get("dim", 0)),
    **{name: lambda t, o, name=name: getattr(torch, name)(t[0], tuple(o["sections"]) if isinstance(o["sections"], list) else o["sections"]) for name in ("hsplit", "vsplit", "dsplit")},
    "repeat": lambda t, o: t[0].repeat(o["repeats"]),
    "tile": lambda t, o: torch.tile(t[0], tuple(o["dims"])),
    "repeatInterleave": interleave,
    "channelShuffle": lambda t, o: torch.channel_shuffle(t[0], o["groups"]),
    "pixelShuffle": lambda t, o: F.pixel_shuffle(t[0], o["factor"]),
    "pixelUnshuffle": lambda t, o: F.pixel_unshuffle(t[0], o["factor"]),
    "diagEmbed": lambda t, o: torch.diag_embed(t[0], **o),
    "tril_": lambda t, o: t[0].clone().tril_(**o),
    "triu_": lambda t, o: t[0].clone().triu_(**o),
    "trilIndices": lambda t, o: torch.tril_indices(**o),
    "triuIndices": lambda t, o: torch.triu_indices(**o),
    "pad": lambda t, o: F.pad(t[0], o["pad"], **{k: v for k, v in o.items() if k != "pad"}),
    "arange": lambda t, o: torch.arange(*o["numbers"], **typed({k: v for k, v in o.items() if k != "numbers"})),
    "linspace": lambda t, o: torch.linspace(**typed(o)),
    "logspace": lambda t, o: torch.logspace(**typed(o)),
    "narrowByTensor": lambda t, o: torch.narrow(t[0], o["dim"], t[1], o["length"]),
    "linspaceOfTensors": lambda t, o: torch.linspace(o.get("start", t[0].detach()), t[-1].detach(), **typed({k: v for k, v in o.items() if k != "start"})),
    "logspaceOfTensors": lambda t, o: torch.logspace(t[0].detach(), t[1].detach(), o["steps"], base=o["base"]),
    "eye": lambda t, o: torch.eye(*o["sizes"], **typed({k: v for k, v in o.items() if k != "sizes"})),
    "vander": vander,
    **{name: lambda t, o, name=name: getattr(torch, name.replace("Window", "_window"))(**o) for name in ("hannWindow", "hammingWindow", "blackmanWindow", "bartlettWindow")},
    "likes": lambda t, o: [torch.zeros_like(t[0]), torch.ones_like(t[0]), torch.full_like(t[0], 3), t[0].new_zeros(2), t[0].new_ones((1, 2)), t[0].new_full((2,), 7), t[0].new_tensor([1, 0])],
}
