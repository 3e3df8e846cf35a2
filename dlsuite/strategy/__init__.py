"""What a result means and what to try next: numbers and tables in, no network touched."""

from dlsuite.strategy.advice import Advice
from dlsuite.strategy.baselines import Baseline, linear, mean, most_frequent
from dlsuite.strategy.diagnosis import Diagnosis, supervised
from dlsuite.strategy.gaps import Gap
from dlsuite.strategy.people import People, people
from dlsuite.strategy.settings import HumanLevel, ReferenceLevel

__all__ = [
    "Advice",
    "Baseline",
    "Diagnosis",
    "Gap",
    "HumanLevel",
    "People",
    "ReferenceLevel",
    "linear",
    "mean",
    "most_frequent",
    "people",
    "supervised",
]
