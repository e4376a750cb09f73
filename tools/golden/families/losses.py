"""PyTorch's side of test/ops/db/losses.ts."""
import torch.nn.functional as F

from common import snake


def functional(name):
    f = getattr(F, snake(name))
    return lambda t, o: f(*(x if x.is_floating_point() else x.long() for x in t), **o)


NAMES = """l1Loss smoothL1Loss huberLoss klDiv poissonNllLoss gaussianNllLoss binaryCrossEntropy hingeEmbeddingLoss
marginRankingLoss softMarginLoss multiMarginLoss multilabelMarginLoss multilabelSoftMarginLoss cosineEmbeddingLoss tripletMarginLoss"""


def linear_cross_entropy(t, o):
    target = t[2] if t[2].is_floating_point() else t[2].long()
    return F.linear_cross_entropy(t[0], t[1], target, linear_bias=t[3] if len(t) > 3 else None, **o)


TABLE = {**{name: functional(name) for name in NAMES.split()}, "linearCrossEntropy": linear_cross_entropy}
