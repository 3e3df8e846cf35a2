"""Scalars to minimise, by task."""

from dlsuite.losses.classification import softmax_cross_entropy

__all__ = ["softmax_cross_entropy"]
