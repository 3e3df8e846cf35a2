"""The composition root: what an application is, and how a recipe of it becomes a judged run."""

from dlsuite.experiment.composition import plan, run
from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.judging import Judged, Limit
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.outcome import Inspected, Outcome
from dlsuite.experiment.part import Part
from dlsuite.experiment.pipeline import Pipeline, Settings
from dlsuite.experiment.results import Plan, Result
from dlsuite.experiment.resuming import recipe_of
from dlsuite.experiment.starting import BESIDE

__all__ = [
    "BESIDE",
    "CrossValidation",
    "Inspected",
    "Judged",
    "Learner",
    "Limit",
    "Outcome",
    "Part",
    "Pipeline",
    "Plan",
    "Result",
    "Settings",
    "plan",
    "recipe_of",
    "run",
]
