"""Which answers of two runs are to the same examples, and how far their scores are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from dlsuite.metrics import Interval, Scores, higher_is_better
from dlsuite.metrics.measures import measure_of

LEAST_COMMON = 20  # examples that two runs must share for a difference on those alone

Basis = Literal["the same examples", "the examples in common", "different examples"]
Finding = Literal[
    "better", "worse", "higher", "lower", "not distinguishable from noise", "identical", ""
]


class Pair(NamedTuple):
    """Tables of two runs: row for row of the same examples, unless those are different ones.

    `shared` counts the examples that both runs answered, `sizes` those of each.
    """

    first: pd.DataFrame
    other: pd.DataFrame
    basis: Basis
    shared: int
    sizes: tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """A metric of one run beside the first run's.

    Attributes:
        metric: Without split.
        run: The letter of the other run.
        first: The first run's value, on the examples compared.
        value: The other's.
        interval: Of value - first, 95 %; None where the tables do not tell the metric.
        finding: What that means for the other run; empty where there is no interval.
    """

    metric: str
    run: str
    first: float
    value: float
    interval: Interval | None
    finding: Finding


def paired(first: pd.DataFrame, other: pd.DataFrame) -> Pair:
    """Tables side by side by example key, in the first one's order; equal examples one by one."""
    left, right = (
        table.assign(
            _again=table.groupby("key").cumcount(),
            **{f"_{side}": np.arange(len(table))},
        )[["key", "_again", f"_{side}"]]
        for table, side in ((first, "left"), (other, "right"))
    )
    both = left.merge(right, on=["key", "_again"]).sort_values("_left")
    shared, sizes = len(both), (len(first), len(other))
    all_of_them = sizes == (shared, shared)
    if not all_of_them and shared < LEAST_COMMON:
        return Pair(first, other, "different examples", shared, sizes)
    one = first.iloc[both["_left"]].reset_index(drop=True)
    two = other.iloc[both["_right"]].reset_index(drop=True)
    basis: Basis = "the same examples" if all_of_them else "the examples in common"
    return Pair(one, two, basis, shared, sizes)


def difference(
    metric: str, run: str, first: Scores, other: Scores, pair: Pair, *, seed: int = 0
) -> Difference:
    """How far a metric of two runs is apart, by resampling examples.

    Args:
        metric: One that both scores have.
        run: Letter of the other run.
        first: Scores of the first run, on all of its examples.
        other: Those of the other.
        pair: Their tables side by side.
        seed: Same seed, same interval.
    """
    measure = measure_of(metric, [first, other])
    if measure is None:
        return Difference(metric, run, first.values[metric], other.values[metric], None, "")
    values = measure.value(pair.first), measure.value(pair.other)
    how = measure.unpaired if pair.basis == "different examples" else measure.paired
    interval = how(pair.other, pair.first, seed=seed)
    return Difference(metric, run, *values, interval, _finding(metric, interval))


def _finding(metric: str, interval: Interval) -> Finding:
    if interval.low <= 0 <= interval.high:
        same = interval.estimate == interval.low == interval.high == 0
        return "identical" if same else "not distinguishable from noise"
    above = interval.low > 0
    try:
        better = above == higher_is_better(metric)
    except ValueError:  # its name does not tell
        return "higher" if above else "lower"
    return "better" if better else "worse"
