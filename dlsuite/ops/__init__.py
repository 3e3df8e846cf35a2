"""Pure functions of arrays, without weights."""

from dlsuite.ops.classes import class_answers, class_weights

__all__ = ["class_answers", "class_weights"]
