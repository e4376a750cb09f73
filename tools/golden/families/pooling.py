"""PyTorch's side of the op database: pooling, interpolation, sampling."""
import warnings

import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore", message=".*(deprecated|Default grid_sample|Default upsampling|unit-size grids).*")


def indexed(fn):
    return lambda t, o: fn(t[0], **o, return_indices=True)


def plain(fn):
    return lambda t, o: fn(t[0], **o)


def listed(o):
    """Sizes as tuples, of whole numbers."""
    return {k: tuple(int(e) if k == "size" else e for e in v) if isinstance(v, list) else v for k, v in o.items()}


def interpolate(t, o):
    return F.interpolate(t[0], **listed(o))


def rounded(t, o):
    """The nearest element is found with a scale in the tensor's dtype: always in float32."""
    return F.interpolate(t[0].float(), **listed(o))


def unpool(fn):
    return lambda t, o: fn(t[0], t[1].long(), **listed(o))


def grid_sample(t, o):
    return F.grid_sample(t[0], t[1], **o)


def affine_grid(t, o):
    o = dict(o)
    return F.affine_grid(t[0], [int(d) for d in o.pop("size")], **o)


def fractional(fn):
    def call(t, o):
        size = {"output_size", "kernel_size"}
        o = {k: ((tuple(map(int, v)) if isinstance(v, list) else int(v)) if k in size else v) for k, v in o.items()}
        return fn(t[0], **o, _random_samples=t[1], return_indices=True)
    return call


def adaptive(fn):
    def call(t, o):
        size = o["output_size"]
        return fn(t[0], tuple(size) if isinstance(size, list) else size)
    return call


TABLE = {
    "maxPool1d": indexed(F.max_pool1d),
    "maxPool2dIndices": indexed(F.max_pool2d),
    "maxPool3d": indexed(F.max_pool3d),
    **{f"avgPool{d}d": plain(getattr(F, f"avg_pool{d}d")) for d in (1, 3)},
    **{f"lpPool{d}d": plain(getattr(F, f"lp_pool{d}d")) for d in (1, 2, 3)},
    **{f"adaptiveAvgPool{d}d": adaptive(getattr(F, f"adaptive_avg_pool{d}d")) for d in (1, 2, 3)},
    **{f"adaptiveMaxPool{d}d": adaptive(lambda x, n, fn=getattr(F, f"adaptive_max_pool{d}d"): fn(x, n, return_indices=True)) for d in (1, 2, 3)},
    **{f"maxUnpool{d}d": unpool(getattr(F, f"max_unpool{d}d")) for d in (1, 2, 3)},
    **{f"fractionalMaxPool{d}d": fractional(getattr(F, f"fractional_max_pool{d}d")) for d in (2, 3)},
    "interpolateNearest": rounded,
    "interpolateNearestExact": rounded,
    **{f"interpolate{mode}": interpolate for mode in ("Linear", "Bilinear", "Bicubic", "Trilinear", "Area", "")},
    "upsample": lambda t, o: F.upsample(t[0], **listed(o)),
    "upsampleNearest": lambda t, o: F.upsample_nearest(t[0], **listed(o)),
    "upsampleBilinear": lambda t, o: F.upsample_bilinear(t[0], **listed(o)),
    **{name: grid_sample for name in ("gridSample", "gridSampleBicubic", "gridSampleVolume", "gridSampleWrong")},
    "affineGrid": affine_grid,
}
