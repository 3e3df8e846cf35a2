"""A part of the training examples, for what a model would be with fewer of them."""

from __future__ import annotations

import numpy as np

from dlsuite.data.examples import DataError, Examples
from dlsuite.data.hashing import ranks
from dlsuite.data.splits import By
from dlsuite.data.strata import stratum_codes


def portion(train: Examples, fraction: float, *, by: By = "example", seed: int = 0) -> Examples:
    """About `fraction` of the examples, in their order; a smaller part lies within a larger one.

    Args:
        train: The examples to learn from.
        fraction: Above 0, at most 1.
        by: As they were divided. `example` keeps the shares of the strata, with at least one of
            each, and equal examples together; `group` takes whole groups until there are enough;
            `time` takes the latest groups, which are nearest to dev.
        seed: Another seed takes others.

    Raises:
        DataError: Groups are wanted, and there are none.
    """
    if fraction >= 1:
        return train
    if by != "example" and train.groups is None:
        raise DataError(
            f"`train_fraction` needs `groups` when dividing by {by}. Received: a source without."
        )
    if by == "example":
        unit, strata = train.keys, _strata(train)
    else:
        unit, strata = np.asarray(train.groups), np.zeros(len(train), np.int64)
    names, first, of_unit, sizes = np.unique(
        unit, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.arange(len(names))[::-1]  # the latest first
    if by != "time":
        order = np.argsort(ranks(map(str, names), seed), kind="stable")
    taken = np.zeros(len(names), bool)
    for stratum in np.unique(strata[first]):
        members = order[strata[first][order] == stratum]
        before = np.cumsum(sizes[members]) - sizes[members]
        # Half of a unit past the mark still counts; the first of a stratum always does.
        enough = before + sizes[members] / 2 > fraction * sizes[members].sum()
        taken[members] = ~enough
        taken[members[0]] = True
    return train.take(taken[of_unit])


def _strata(train: Examples) -> np.ndarray:
    """A code for each example, 0 throughout where there is nothing to balance."""
    if train.strata is None:
        return np.zeros(len(train), np.int64)
    return stratum_codes(train.strata)
