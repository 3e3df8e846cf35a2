"""The catalogue: one file an architecture, each a function that returns a `keras.Model`."""

from dlsuite.models.lenet5 import lenet5
from dlsuite.models.mlp import mlp

__all__ = ["lenet5", "mlp"]
