"""Layers that Keras does not have: weights of their own, or another behaviour in training."""

from dlsuite.layers.augmentation import RandomPaddedCrop
from dlsuite.layers.convolution import GroupedConv2D
from dlsuite.layers.normalization import FusedBatchNormalization, LocalResponseNormalization
from dlsuite.layers.pixels import CaffePixels

__all__ = [
    "CaffePixels",
    "FusedBatchNormalization",
    "GroupedConv2D",
    "LocalResponseNormalization",
    "RandomPaddedCrop",
]
