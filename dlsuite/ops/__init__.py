"""Pure functions of arrays, without weights."""

from dlsuite.ops.classes import class_answers, class_weights
from dlsuite.ops.labels import label_answers, positive_weights

__all__ = ["class_answers", "class_weights", "label_answers", "positive_weights"]
