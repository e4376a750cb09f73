"""PyTorch's side of test/ops/db/activations.ts."""
import torch.nn.functional as F

from common import snake


def functional(name):
    f = getattr(F, snake(name))
    return lambda t, o: f(*(x if x.is_floating_point() else x.long() for x in t), **o)


NAMES = "hardtanh relu6 elu celu selu rrelu hardshrink softshrink hardsigmoid hardswish mish softsign tanhshrink logsigmoid prelu glu softmin"
TABLE = {name: functional(name) for name in NAMES.split()}
TABLE["threshold"] = lambda t, o: F.threshold(t[0], 0.5, -2)
