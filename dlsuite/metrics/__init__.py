"""What is reported of a model: scores of a split, their per-example table, their intervals."""

from dlsuite.metrics.calibration import calibration_bins, expected_calibration_error
from dlsuite.metrics.classification import classification_scores
from dlsuite.metrics.detection import detection_scores, precision_recall_curves
from dlsuite.metrics.intervals import (
    Interval,
    difference_interval,
    mean_interval,
    paired_interval,
)
from dlsuite.metrics.multilabel import multilabel_scores
from dlsuite.metrics.multioutput import multioutput_scores
from dlsuite.metrics.regression import regression_scores
from dlsuite.metrics.scores import Scores, higher_is_better

__all__ = [
    "Interval",
    "Scores",
    "calibration_bins",
    "classification_scores",
    "detection_scores",
    "difference_interval",
    "expected_calibration_error",
    "higher_is_better",
    "mean_interval",
    "multilabel_scores",
    "multioutput_scores",
    "paired_interval",
    "precision_recall_curves",
    "regression_scores",
]
