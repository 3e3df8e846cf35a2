"""Datasets: sources, examples in random access, clean splits, and batches that can be repeated."""

from typing import TYPE_CHECKING, Any

from dlsuite.data.examples import Collection as Collection
from dlsuite.data.examples import DataError as DataError
from dlsuite.data.examples import Examples as Examples
from dlsuite.data.examples import Splits as Splits
from dlsuite.data.examples import sample as sample
from dlsuite.data.settings import DataSettings as DataSettings
from dlsuite.data.split_report import SplitReport as SplitReport
from dlsuite.data.splits import split as split
from dlsuite.data.strata import class_marks as class_marks
from dlsuite.data.table_features import TableStatistics as TableStatistics
from dlsuite.data.table_features import moments as moments
from dlsuite.data.table_features import table_features as table_features

if TYPE_CHECKING:
    from dlsuite.data.feed import Batches as Batches
    from dlsuite.data.feed import draws as draws
    from dlsuite.data.feed import evaluation_batches as evaluation_batches
    from dlsuite.data.feed import training_batches as training_batches

FEED = ("Batches", "draws", "evaluation_batches", "training_batches")


def __getattr__(name: str) -> Any:
    # The feed is TensorFlow's, which a look at a recipe should not have to wait for.
    if name in FEED:
        from dlsuite.data import feed

        return getattr(feed, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
