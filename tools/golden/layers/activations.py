"""Activation functions as modules, with their options."""
from modules import layer
from torch import nn

X = [3, 4]


def wide(shape):
    return dict(shape=shape, low=-5.0, high=5.0)


LAYERS = {
    "elu": layer(lambda: nn.ELU(), X),
    "elu, alpha": layer(lambda: nn.ELU(0.5), X),
    "celu": layer(lambda: nn.CELU(alpha=1.5), X),
    "selu": layer(lambda: nn.SELU(), X),
    "relu6": layer(lambda: nn.ReLU6(), dict(shape=X, low=-5.0, high=10.0)),
    "hardtanh": layer(lambda: nn.Hardtanh(), X),
    "hardtanh, bounds": layer(lambda: nn.Hardtanh(-0.5, 1.5), X),
    "hardsigmoid": layer(lambda: nn.Hardsigmoid(), wide(X)),
    "hardswish": layer(lambda: nn.Hardswish(), wide(X)),
    "hardshrink": layer(lambda: nn.Hardshrink(), X),
    "hardshrink, lambd": layer(lambda: nn.Hardshrink(1.25), X),
    "softshrink": layer(lambda: nn.Softshrink(), X),
    "softshrink, lambd": layer(lambda: nn.Softshrink(0.75), X),
    "leaky relu, by name": layer(lambda: nn.LeakyReLU(negative_slope=0.3), X),
    "rrelu in evaluation": layer(lambda: nn.RReLU(), X, training=False),
    "rrelu of one slope": layer(lambda: nn.RReLU(0.25, 0.25), X),
    "prelu": layer(lambda: nn.PReLU(), X),
    "prelu of channels": layer(lambda: nn.PReLU(3, init=0.1), [2, 3, 4]),
    "threshold": layer(lambda: nn.Threshold(0.5, 2.5), X),
    "mish": layer(lambda: nn.Mish(), X),
    "log sigmoid": layer(lambda: nn.LogSigmoid(), wide(X)),
    "softsign": layer(lambda: nn.Softsign(), X),
    "tanhshrink": layer(lambda: nn.Tanhshrink(), X),
    "glu": layer(lambda: nn.GLU(), X),
    "glu, dim": layer(lambda: nn.GLU(0), [4, 3]),
    "softmin": layer(lambda: nn.Softmin(dim=1), X),
    "softmax2d": layer(lambda: nn.Softmax2d(), [2, 3, 2, 2]),
    "softmax2d without a batch": layer(lambda: nn.Softmax2d(), [3, 2, 2]),
    "softplus, defaults": layer(lambda: nn.Softplus(), X),
    # In place, of something that is no leaf.
    "relu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU(inplace=True)), X),
    "relu6 in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.ReLU6(True)), X),
    "leaky relu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.LeakyReLU(0.2, True)), X),
    "elu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.ELU(0.5, inplace=True)), X),
    "celu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.CELU(inplace=True)), X),
    "selu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.SELU(inplace=True)), X),
    "hardtanh in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Hardtanh(inplace=True)), X),
    "silu in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.SiLU(inplace=True)), X),
    "mish in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Mish(inplace=True)), X),
    "hardswish in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Hardswish(inplace=True)), X),
    "hardsigmoid in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Hardsigmoid(inplace=True)), X),
    "threshold in place": layer(lambda: nn.Sequential(nn.Linear(4, 3), nn.Threshold(0.5, 2.5, True)), X),
    "adaptive log softmax": layer(lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 8, [2, 5], div_value=2.0), [6, 4], dict(shape=[6], classes=8)),
    "adaptive log softmax with a bias": layer(lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 6, [3], div_value=1.5, head_bias=True), [4], dict(values=4, dtype="int32")),
    "dropout1d in evaluation": layer(lambda: nn.Dropout1d(), [2, 3, 2], training=False),
    "dropout2d, nothing dropped": layer(lambda: nn.Dropout2d(0.0), [2, 3, 2, 2]),
    "dropout3d, all dropped": layer(lambda: nn.Dropout3d(1.0, inplace=False), [2, 3, 1, 2, 2]),
    "alpha dropout in evaluation": layer(lambda: nn.AlphaDropout(0.2), X, training=False),
    "feature alpha dropout in evaluation": layer(lambda: nn.FeatureAlphaDropout(), X, training=False),
}  # fmt: skip
