"""Fitting a model: settings, stages, checkpoints, learning rates and the machine underneath."""

from typing import Any

from dlsuite.training.classifier import ClassifierTraining as ClassifierTraining
from dlsuite.training.history import History as History
from dlsuite.training.losses import (
    regularization_reaches_the_model as regularization_reaches_the_model,
)
from dlsuite.training.monitors import monitor_problems as monitor_problems
from dlsuite.training.origin import Origin as Origin
from dlsuite.training.quiet import quiet_import as quiet_import
from dlsuite.training.regularization import add_l2 as add_l2
from dlsuite.training.regularization import decay_weights as decay_weights
from dlsuite.training.regularization_settings import (
    RegularizationSettings as RegularizationSettings,
)
from dlsuite.training.resume import CheckpointError as CheckpointError
from dlsuite.training.resume import Checkpoints as Checkpoints
from dlsuite.training.settings import Loss as Loss
from dlsuite.training.settings import Optimizer as Optimizer
from dlsuite.training.settings import Rate as Rate
from dlsuite.training.settings import RuntimeSettings as RuntimeSettings
from dlsuite.training.settings import TrainingSettings as TrainingSettings
from dlsuite.training.settings import one_learning_rate_control as one_learning_rate_control
from dlsuite.training.stages import FitTask as FitTask
from dlsuite.training.stages import fit_stages as fit_stages
from dlsuite.training.stages import history_so_far as history_so_far


def __getattr__(name: str) -> Any:
    # A Keras callback: its import would bring in TensorFlow before a recipe is even read.
    if name == "Progress":
        from dlsuite.training.progress import Progress

        return Progress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
