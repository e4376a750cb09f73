"""PyTorch's side of the Fourier transforms: complex numbers are seen through view_as_real."""
import torch


def numbers(x, o):
    """Pairs are complex numbers unless they are said to be real."""
    real = o.pop("real", None)
    if real is None:
        real = not (x.dim() > 0 and x.shape[-1] == 2)
    if not x.is_floating_point():
        x = x.to(torch.float32)
    if not real and x.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    return x if real else torch.view_as_complex(x.contiguous())


def shown(y):
    return torch.view_as_real(y.resolve_conj()) if y.is_complex() else y


def of(name):
    def run(t, o):
        o = {k: tuple(v) if isinstance(v, list) else v for k, v in o.items()}
        x = t[0] if name.startswith(("rfft", "ihfft")) else numbers(t[0], o)
        return shown(getattr(torch.fft, name)(x, **o))

    return run


def shift(name):
    def run(t, o):
        o = dict(o)
        return shown(getattr(torch.fft, name)(numbers(t[0], o), **o))

    return run


def frequencies(name):
    def run(t, o):
        o = dict(o)
        return t[0].sum() + getattr(torch.fft, name)(o.pop("n"), dtype=t[0].dtype, **o)

    return run


def convolve(t, o):
    """By its definition, dim after dim; the others broadcast."""
    a, b = t
    if a.dim() != b.dim():
        raise RuntimeError("The operands must be the same dimension")
    dims = o.get("dim", -1)
    dims = [d % a.dim() for d in (dims if isinstance(dims, list) else [dims])]
    out = None
    for index in torch.cartesian_prod(*[torch.arange(b.shape[d]) for d in dims]).reshape(-1, len(dims)).tolist():
        part, pad = b, [0, 0] * a.dim()
        for d, i in zip(dims, index):
            part = part.narrow(d, i, 1)
            pad[2 * (a.dim() - 1 - d)], pad[2 * (a.dim() - 1 - d) + 1] = i, b.shape[d] - 1 - i
        term = torch.nn.functional.pad(a, pad) * part
        out = term if out is None else out + term
    for d in dims:
        n, m = a.shape[d], b.shape[d]
        mode = o.get("mode", "full")
        if mode == "same":
            out = out.narrow(d, (m - 1) // 2, n)
        if mode == "valid":
            out = out.narrow(d, min(n, m) - 1, max(n, m) - min(n, m) + 1)
    return out


def frames(t, o):
    o = dict(o)
    return t[0], o.pop("n_fft", 8), {**o, "window": t[1] if len(t) > 1 else None}


def stft(t, o):
    x, n, o = frames(t, o)
    return shown(torch.stft(x, n, return_complex=True, **o))


def istft(t, o):
    x, n, o = frames(t, o)
    return torch.istft(torch.view_as_complex(x.contiguous()) if x.shape[-1] == 2 else x, n, **o)


TRANSFORMS = ("fft", "ifft", "fftn", "ifftn", "fft2", "ifft2", "rfft", "irfft", "rfftn", "irfftn", "rfft2", "irfft2", "hfft", "ihfft", "hfftn", "ihfftn", "hfft2", "ihfft2")

TABLE = {
    **{name: of(name) for name in TRANSFORMS},
    **{name: shift(name) for name in ("fftshift", "ifftshift")},
    **{name: frequencies(name) for name in ("fftfreq", "rfftfreq")},
    "toComplex": lambda t, o: shown(torch.complex(*torch.broadcast_tensors(t[0], t[1] if len(t) > 1 else torch.zeros_like(t[0])))),
    "fftConvolve": convolve,
    "stft": stft,
    "istft": istft,
}
