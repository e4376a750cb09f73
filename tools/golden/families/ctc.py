"""PyTorch's side of test/ops/db/ctc.ts, normalisation.ts and attention.ts."""
import torch.nn.functional as F

from common import snake


def ctc_loss(t, o):
    o = dict(o)
    lengths = [[int(n) for n in o.pop(name)] for name in ("input_lengths", "target_lengths")]
    if t[0].dim() == 2:
        lengths = [t[1].new_tensor(v[0]).long() for v in lengths]
    return F.ctc_loss(t[0], t[1].long(), *lengths, **o)


def group_norm(t, o):
    return F.group_norm(t[0], o["num_groups"], *(list(t[1:]) + [None, None])[:2], **({"eps": o["eps"]} if "eps" in o else {}))


def instance_norm(t, o):
    o, rest = dict(o), list(t[1:])
    statistics = [rest.pop(0), rest.pop(0)] if o.pop("tracked", False) else [None, None]
    y = F.instance_norm(t[0], *statistics, *(rest + [None, None])[:2], **o)
    return y if statistics[0] is None else [y, *statistics]


def rms_norm(t, o):
    return F.rms_norm(t[0], o["normalized_shape"], t[1] if len(t) > 1 else None, o.get("eps"))


def local_response_norm(t, o):
    return F.local_response_norm(t[0] if t[0].is_floating_point() else t[0].long(), **o)


def attention(t, o):
    return F.scaled_dot_product_attention(*t, **o)


def multi_head_attention(t, o):
    o, rest = dict(o), list(t[1:])
    separate, more, zero = o.pop("separate", False), o.pop("more", []), o.pop("add_zero_attn", False)
    key, value = (rest.pop(0), rest.pop(0)) if separate else (t[0], t[0])
    weight, bias, out, out_bias = rest[:4]
    named = {snake(name): x for name, x in zip(more, rest[4:])}
    bias_k, bias_v = named.pop("bias_k", None), named.pop("bias_v", None)
    y, weights = F.multi_head_attention_forward(t[0], key, value, 4, 2, weight, bias, bias_k, bias_v, zero, 0.0, out, out_bias, **named, **o)
    return y if weights is None else [y, weights]


TABLE = {
    "ctcLoss": ctc_loss,
    "groupNorm": group_norm,
    "instanceNorm": instance_norm,
    "rmsNorm": rms_norm,
    "localResponseNorm": local_response_norm,
    "scaledDotProductAttention": attention,
    "multiHeadAttentionForward": multi_head_attention,
}
