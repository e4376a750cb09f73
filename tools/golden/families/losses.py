"""PyTorch's side of test/ops/db/losses.ts."""
import torch.nn.functional as F

from common import snake


def functional(name):
    f = getattr(F, snake(name))
    return lambda t, o: f(*(x if x.is_floating_point() else x.long() for x in t), **o)


NAMES = """l1Loss smoothL1Loss huberLoss klDiv poissonNllLoss gaussianNllLoss binaryCrossEntropy hingeEmbeddingLoss
marginRankingLoss softMarginLoss multiMarginLoss multilabelMarginLoss multilabelSoftMarginLoss cosineEmbeddingLoss tripletMarginLoss"""
TABLE = {name: functional(name) for name in NAMES.split()}
