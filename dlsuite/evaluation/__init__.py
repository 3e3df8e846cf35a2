"""A tracked model scored on new labelled data, beside its own test scores."""

from dlsuite.evaluation.dry_run import Foreseen
from dlsuite.evaluation.evaluating import evaluate, foreseen
from dlsuite.evaluation.findings import Evaluation

__all__ = ["Evaluation", "Foreseen", "evaluate", "foreseen"]
