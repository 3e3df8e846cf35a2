"""Layers that Keras does not have: weights of their own, or another behaviour in training."""

from dlsuite.layers.normalization import LocalResponseNormalization

__all__ = ["LocalResponseNormalization"]
