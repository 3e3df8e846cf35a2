"""The composition root: what an application is, and how a recipe of it becomes a judged run."""

from dlsuite.experiment.composition import plan, run
from dlsuite.experiment.judging import Judged, Limit
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.pipeline import Outcome, Pipeline, Settings
from dlsuite.experiment.results import Plan, Result

__all__ = [
    "Judged",
    "Learner",
    "Limit",
    "Outcome",
    "Pipeline",
    "Plan",
    "Result",
    "Settings",
    "plan",
    "run",
]
