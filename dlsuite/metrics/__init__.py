"""What is reported of a model: scores of a split, their per-example table, their intervals."""

from dlsuite.metrics.classification import classification_scores
from dlsuite.metrics.intervals import (
    Interval,
    difference_interval,
    mean_interval,
    paired_interval,
)
from dlsuite.metrics.regression import regression_scores
from dlsuite.metrics.scores import Scores, higher_is_better

__all__ = [
    "Interval",
    "Scores",
    "classification_scores",
    "difference_interval",
    "higher_is_better",
    "mean_interval",
    "paired_interval",
    "regression_scores",
]
