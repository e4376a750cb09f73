"""PyTorch's side of the families elementary and special."""
import torch

S = torch.special


def xlog(name):
    return lambda t, o: getattr(S, name)(*t, o["other"]) if "other" in o else getattr(S, name)(*t)


def in_place(x, name):
    # PyTorch has no derivative of asinh_, acosh_ and atanh_.
    return getattr(x, name[:-1])() if name.startswith("a") and name.endswith("h_") else getattr(x.clone(), name)()


def bounds(t, o):
    """Bounds are the other operands, in the order of `which`."""
    return torch.clamp(t[0], **dict(zip(o["which"], t[1:])))


TABLE = {
    "polygamma": lambda t, o: torch.polygamma(o["n"], t[0]),
    "clampTensors": bounds,
    "clampMinTensor": lambda t, o: torch.clamp_min(*t),
    "clampMaxTensor": lambda t, o: torch.clamp_max(*t),
    "isreal": lambda t, o: torch.isreal(t[0]),
    "aliases": lambda t, o: [getattr(torch, name)(t[0]) for name in ("arcsin", "arccos", "arctan", "arcsinh", "arctanh", "absolute", "negative", "fix")],
    "unaryInPlace": lambda t, o: [in_place(t[0], name) for name in o["names"].split(" ")],
    "limitsInPlace": lambda t, o: [t[0].clone().clip_(-0.5, 0.75), t[0].clone().clamp_min_(0.1), t[0].clone().clamp_max_(t[1]), t[0].clone().nan_to_num_(1.0), t[0].clone().logit_(0.1), t[0].clone().polygamma_(1), t[0].clone().mvlgamma_(1), t[0].clone().round_(decimals=1)],
    **{name: lambda t, o, f=f: getattr(S, f)(t[0], **o) for name, f in {
        "entr": "entr", "erfcx": "erfcx", "i0e": "i0e", "i1": "i1", "i1e": "i1e", "logNdtr": "log_ndtr", "ndtr": "ndtr", "ndtri": "ndtri",
        "specialSoftmax": "softmax", "specialLogSoftmax": "log_softmax", "specialRound": "round", "specialLogsumexp": "logsumexp"}.items()},
    "multigammaln": lambda t, o: S.multigammaln(t[0], o["p"]),
    "specialAliases": lambda t, o: [S.psi(t[0]), S.gammaln(t[0]), S.expit(t[0]), S.expm1(t[0]), S.exp2(t[0]), S.log1p(t[0]), S.erf(t[0]), S.erfc(t[0]), S.digamma(t[0]), S.sinc(t[0]), S.i0(t[0])],
    "xlog1py": xlog("xlog1py"),
}
