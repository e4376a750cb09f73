"""Layers that pad, enlarge and rearrange, embeddings, bilinear forms and distances."""
import torch
from modules import layer
from torch import nn

LINE, PLANE, VOLUME = [2, 2, 4], [1, 2, 3, 4], [1, 1, 2, 3, 2]
BAG = dict(values=[1, 2, 4, 1, 0, 3], dtype="int32")
# The gradient of a bag by frequency is right in PyTorch only where rows of several entries come last.
LAST_TWICE = dict(values=[1, 2, 4, 4, 0, 3], dtype="int32")
BAGS = dict(shape=[2, 3], classes=5)


def start(*n):
    return dict(values=list(n), dtype="int32")


LAYERS = {
    "constant pad 1d": layer(lambda: nn.ConstantPad1d(2, 3.5), LINE),
    "constant pad 1d, crop": layer(lambda: nn.ConstantPad1d((-1, 2), 0.5), [2, 4]),
    "constant pad 2d": layer(lambda: nn.ConstantPad2d((3, 0, 2, 1), 2), PLANE),
    "constant pad 3d": layer(lambda: nn.ConstantPad3d((1, 0, 0, 2, 1, 1), -1.5), VOLUME),
    "zero pad 1d": layer(lambda: nn.ZeroPad1d((3, 1)), LINE),
    "zero pad 2d": layer(lambda: nn.ZeroPad2d(1), PLANE),
    "zero pad 3d": layer(lambda: nn.ZeroPad3d((1, 0, 0, 1, 2, 0)), VOLUME),
    "reflection pad 1d": layer(lambda: nn.ReflectionPad1d((3, 1)), LINE),
    "reflection pad 2d": layer(lambda: nn.ReflectionPad2d((1, 3, 2, 0)), PLANE),
    "reflection pad 3d": layer(lambda: nn.ReflectionPad3d((1, 0, 2, 1, 0, 1)), VOLUME),
    "replication pad 1d": layer(lambda: nn.ReplicationPad1d(2), LINE),
    "replication pad 2d": layer(lambda: nn.ReplicationPad2d((1, 2, 0, 3)), PLANE),
    "replication pad 3d": layer(lambda: nn.ReplicationPad3d(1), VOLUME),
    "circular pad 1d": layer(lambda: nn.CircularPad1d((4, 1)), LINE),
    "circular pad 2d": layer(lambda: nn.CircularPad2d((1, 2, 0, 3)), PLANE),
    "circular pad 3d": layer(lambda: nn.CircularPad3d((1, 2, 0, 1, 2, 0)), VOLUME),
    "upsample, size": layer(lambda: nn.Upsample(7), LINE),
    "upsample, factor": layer(lambda: nn.Upsample(scale_factor=2), PLANE),
    "upsample, factors": layer(lambda: nn.Upsample(scale_factor=(2, 1.5), mode="bilinear"), PLANE),
    "upsample, linear": layer(lambda: nn.Upsample(scale_factor=1.7, mode="linear", align_corners=False, recompute_scale_factor=True), LINE),
    "upsample, bicubic": layer(lambda: nn.Upsample(size=(5, 6), mode="bicubic", align_corners=True), PLANE),
    "upsample, trilinear": layer(lambda: nn.Upsample((3, 4, 3), mode="trilinear"), VOLUME),
    "upsampling, nearest": layer(lambda: nn.UpsamplingNearest2d(scale_factor=2), PLANE),
    "upsampling, bilinear": layer(lambda: nn.UpsamplingBilinear2d((5, 5)), PLANE),
    "fold": layer(lambda: nn.Fold((4, 5), (2, 2)), [1, 8, 12]),
    "fold, everything": layer(lambda: nn.Fold(output_size=4, kernel_size=(3, 2), dilation=(1, 2), padding=1, stride=2), [1, 6, 4]),
    "unfold": layer(lambda: nn.Unfold(2), PLANE),
    "unfold, everything": layer(lambda: nn.Unfold(kernel_size=(3, 2), dilation=(1, 2), padding=1, stride=(1, 2)), PLANE),
    "unflatten": layer(lambda: nn.Unflatten(1, (2, 3)), [2, 6]),
    "unflatten, last": layer(lambda: nn.Unflatten(-1, (3, -1)), [2, 6]),
    "pixel shuffle": layer(lambda: nn.PixelShuffle(2), [1, 8, 2, 3]),
    "pixel unshuffle": layer(lambda: nn.PixelUnshuffle(2), [1, 2, 4, 6]),
    "channel shuffle": layer(lambda: nn.ChannelShuffle(3), [1, 6, 2, 2]),
    "bilinear": layer(lambda: nn.Bilinear(3, 4, 2), [5, 3], [5, 4]),
    "bilinear, no bias": layer(lambda: nn.Bilinear(3, 4, 2, bias=False), [2, 2, 3], [2, 2, 4]),
    "cosine": layer(lambda: nn.CosineSimilarity(), [3, 4], [3, 4]),
    "cosine, dim": layer(lambda: nn.CosineSimilarity(dim=0, eps=1e-6), [3, 4], [3, 4]),
    "distance": layer(lambda: nn.PairwiseDistance(), [3, 4], [3, 4]),
    "distance, everything": layer(lambda: nn.PairwiseDistance(p=1, eps=1e-3, keepdim=True), [3, 4], [3, 4]),
    "embedding, max norm": layer(lambda: nn.Embedding(5, 3, max_norm=0.8), BAGS),
    "embedding, everything": layer(lambda: nn.Embedding(5, 3, padding_idx=1, max_norm=0.9, norm_type=1.0, scale_grad_by_freq=True), BAGS),
    "embedding, frequencies": layer(lambda: nn.Embedding(5, 3, padding_idx=-2, scale_grad_by_freq=True), BAGS),
    "embedding, pretrained": layer(lambda: nn.Embedding.from_pretrained(torch.ones(5, 3), padding_idx=2, max_norm=1.0), BAGS),
    "embedding, thawed": layer(lambda: nn.Embedding.from_pretrained(torch.ones(5, 3), freeze=False), BAGS),
    "bag": layer(lambda: nn.EmbeddingBag(5, 3), BAGS),
    "bag, sum": layer(lambda: nn.EmbeddingBag(5, 3, mode="sum", padding_idx=1), BAGS),
    "bag, max": layer(lambda: nn.EmbeddingBag(5, 3, mode="max"), BAGS),
    "bag, offsets": layer(lambda: nn.EmbeddingBag(5, 3, padding_idx=-1), BAG, start(0, 2, 2, 5)),
    "bag, offsets, sum, weights": layer(lambda: nn.EmbeddingBag(5, 3, mode="sum"), BAG, start(0, 4), [6]),
    "bag, offsets, max": layer(lambda: nn.EmbeddingBag(5, 3, mode="max"), BAG, start(0, 4)),
    "bag, last offset": layer(lambda: nn.EmbeddingBag(5, 3, mode="sum", include_last_offset=True, scale_grad_by_freq=True), LAST_TWICE, start(0, 2, 6)),
    "bag, max norm": layer(lambda: nn.EmbeddingBag(5, 3, max_norm=0.8, norm_type=1.0), BAGS),
    "bag, pretrained": layer(lambda: nn.EmbeddingBag.from_pretrained(torch.ones(5, 3), mode="sum"), BAGS),
}  # fmt: skip
