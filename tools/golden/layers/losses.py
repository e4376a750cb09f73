"""Losses as modules, with their options."""
import torch
from modules import layer
from torch import nn

X = [3, 4]
ONE = dict(shape=X, low=0.1, high=0.9)
SIGN = dict(shape=X, sign=True)
SIGNS = dict(shape=[3], sign=True)
LOGP = dict(shape=X, low=-3.0, high=-0.1)


def per_class(*values):
    return torch.tensor(values)


LAYERS = {
    "l1": layer(lambda: nn.L1Loss(), X, X),
    "l1, sum": layer(lambda: nn.L1Loss(reduction="sum"), X, X),
    "smooth l1": layer(lambda: nn.SmoothL1Loss(), X, X),
    "smooth l1, beta": layer(lambda: nn.SmoothL1Loss(beta=0.5, reduction="none"), X, X),
    "huber": layer(lambda: nn.HuberLoss(), X, X),
    "huber, delta": layer(lambda: nn.HuberLoss("sum", 0.5), X, X),
    "kl div": layer(lambda: nn.KLDivLoss(), LOGP, ONE),
    "kl div, batchmean": layer(lambda: nn.KLDivLoss(reduction="batchmean"), LOGP, ONE),
    "kl div, log target": layer(lambda: nn.KLDivLoss(reduction="sum", log_target=True), LOGP, LOGP),
    "poisson nll": layer(lambda: nn.PoissonNLLLoss(), X, ONE),
    "poisson nll, everything": layer(lambda: nn.PoissonNLLLoss(log_input=False, full=True, eps=1e-3, reduction="none"), ONE, dict(shape=X, low=0.5, high=4.0)),
    "gaussian nll": layer(lambda: nn.GaussianNLLLoss(), X, X, ONE),
    "gaussian nll, everything": layer(lambda: nn.GaussianNLLLoss(full=True, eps=0.5, reduction="sum"), X, X, ONE),
    "bce of probabilities": layer(lambda: nn.BCELoss(), ONE, dict(shape=X, low=0, high=1)),
    "bce of probabilities, weighted": layer(lambda: nn.BCELoss(weight=per_class(0.5, 1.0, 2.0, 1.5), reduction="sum"), ONE, dict(shape=X, low=0, high=1)),
    "bce of logits, weighted": layer(lambda: nn.BCEWithLogitsLoss(per_class(0.5, 1.0, 2.0, 1.5), reduction="none"), X, dict(shape=X, low=0, high=1)),
    "nll, weighted": layer(lambda: nn.NLLLoss(per_class(0.5, 1.0, 2.0, 1.5), ignore_index=2), X, dict(shape=[3], classes=4)),
    "margin ranking": layer(lambda: nn.MarginRankingLoss(), [3], [3], SIGNS),
    "margin ranking, margin": layer(lambda: nn.MarginRankingLoss(0.5, reduction="sum"), [3], [3], SIGNS),
    "hinge embedding": layer(lambda: nn.HingeEmbeddingLoss(), X, SIGN),
    "hinge embedding, margin": layer(lambda: nn.HingeEmbeddingLoss(margin=0.5, reduction="none"), X, SIGN),
    "soft margin": layer(lambda: nn.SoftMarginLoss(), X, SIGN),
    "multi margin": layer(lambda: nn.MultiMarginLoss(), X, dict(shape=[3], classes=4)),
    "multi margin, everything": layer(lambda: nn.MultiMarginLoss(2, 0.5, per_class(0.5, 1.0, 2.0, 1.5), reduction="none"), X, dict(shape=[3], classes=4)),
    "multilabel margin": layer(lambda: nn.MultiLabelMarginLoss(), X, dict(values=[[3, 0, -1, 1], [1, -1, 0, 0], [0, 1, 2, 3]], dtype="int32")),
    "multilabel soft margin": layer(lambda: nn.MultiLabelSoftMarginLoss(), X, dict(shape=X, low=0, high=1)),
    "multilabel soft margin, weighted": layer(lambda: nn.MultiLabelSoftMarginLoss(per_class(0.5, 1.0, 2.0, 1.5), reduction="none"), X, dict(shape=X, low=0, high=1)),
    "cosine embedding": layer(lambda: nn.CosineEmbeddingLoss(), X, X, SIGNS),
    "cosine embedding, margin": layer(lambda: nn.CosineEmbeddingLoss(0.25, reduction="sum"), X, X, SIGNS),
    "triplet margin": layer(lambda: nn.TripletMarginLoss(), X, X, X),
    "triplet margin, everything": layer(lambda: nn.TripletMarginLoss(0.5, p=3, eps=1e-3, swap=True, reduction="none"), X, X, X),
    "triplet margin with distance": layer(lambda: nn.TripletMarginWithDistanceLoss(), X, X, X),
    "triplet margin with distance, everything": layer(lambda: nn.TripletMarginWithDistanceLoss(distance_function=nn.CosineSimilarity(), margin=2.5, swap=True, reduction="sum"), X, X, X),
}  # fmt: skip


class Ctc(nn.Module):
    """The loss of what log_softmax makes of the input."""

    def __init__(self, **options):
        super().__init__()
        self.loss = nn.CTCLoss(**options)

    def forward(self, x, targets, inputs, counts):
        return self.loss(x.log_softmax(-1), targets, inputs, counts)


def int32(*values):
    return dict(values=list(values), dtype="int32")


TARGETS = int32([1, 2, 2], [3, 1, 0])
LAYERS["ctc"] = layer(lambda: Ctc(), [5, 2, 4], TARGETS, int32(5, 4), int32(3, 2))
LAYERS["ctc, everything"] = layer(lambda: Ctc(blank=3, reduction="sum", zero_infinity=True), [4, 2, 4], int32([1, 2, 2], [0, 1, 1]), int32(3, 4), int32(3, 2))
LAYERS["ctc, none"] = layer(lambda: Ctc(reduction="none"), [5, 2, 4], TARGETS, int32(5, 4), int32(3, 2))
