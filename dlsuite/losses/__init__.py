"""Scalars to minimise, by task."""

from dlsuite.losses.classification import softmax_cross_entropy
from dlsuite.losses.multilabel import sigmoid_cross_entropy
from dlsuite.losses.multioutput import multioutput_cross_entropy

__all__ = ["multioutput_cross_entropy", "sigmoid_cross_entropy", "softmax_cross_entropy"]
