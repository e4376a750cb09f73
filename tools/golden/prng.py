"""The generator of test/ops/db/kit.ts: mulberry32 with a counter as its state, vectorised."""
import numpy as np


def mulberry32(seed, n):
    """The first n numbers of stream `seed`."""
    with np.errstate(over="ignore"):
        t = np.uint32(seed) + np.arange(1, n + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
        t = (t ^ (t >> np.uint32(15))) * (t | np.uint32(1))
        t = t ^ (t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61)))
        return t ^ (t >> np.uint32(14))


def uniform(seed, n):
    """Uniform in (0, 1) in steps of 2^-16, centred; exact in float32."""
    return ((mulberry32(seed, n) >> np.uint32(16)).astype(np.float64) + 0.5) / 65536
