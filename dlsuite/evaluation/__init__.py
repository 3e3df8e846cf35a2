"""A tracked model scored on new labelled data, beside its own test scores."""

from dlsuite.evaluation.evaluating import evaluate
from dlsuite.evaluation.findings import Evaluation

__all__ = ["Evaluation", "evaluate"]
