"""Layers that Keras does not have: weights of their own, or another behaviour in training."""

from dlsuite.layers.augmentation import RandomPaddedCrop
from dlsuite.layers.box_augmentation import Mosaic, RandomScaleCrop
from dlsuite.layers.color_jitter import ColorJitter
from dlsuite.layers.convolution import GroupedConv2D
from dlsuite.layers.detections import Detections
from dlsuite.layers.letterbox import Letterbox
from dlsuite.layers.normalization import FusedBatchNormalization, LocalResponseNormalization
from dlsuite.layers.pixels import CaffePixels
from dlsuite.layers.regions import RoIAlign, RoIPool
from dlsuite.layers.resized import Resized

__all__ = [
    "CaffePixels",
    "ColorJitter",
    "Detections",
    "FusedBatchNormalization",
    "GroupedConv2D",
    "Letterbox",
    "LocalResponseNormalization",
    "Mosaic",
    "RandomPaddedCrop",
    "RandomScaleCrop",
    "Resized",
    "RoIAlign",
    "RoIPool",
]
