"""What a run's mistakes have in common by what was said: pairs of classes, kinds of boxes."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dlsuite.evaluation.error_sheet import errors_of
from dlsuite.strategy.slices import class_pair


@dataclass(frozen=True)
class Kind:
    """Mistakes of one kind.

    Attributes:
        rows: Examples of the per-example table that have one, `[R]`.
        count: How many there are; an example may have several wrong boxes.
        error_without: The error if they were right, and all others as they are.
    """

    rows: np.ndarray
    count: int
    error_without: float


def confused_pairs(table: pd.DataFrame) -> dict[str, Kind]:
    """Mistakes of one class for another, such as `3 taken for 8`, the most frequent first."""
    wrong = np.flatnonzero(~table["correct"].to_numpy(bool))
    told = table.iloc[wrong]
    pairs = list(map(class_pair, told["label"].map(str), told["predicted"].map(str)))
    of_pair: dict[str, list[int]] = defaultdict(list)
    for row, pair in zip(wrong.tolist(), pairs, strict=True):
        of_pair[pair].append(row)
    errors = errors_of(table).astype(np.float64)
    return {
        pair: Kind(
            np.array(of_pair[pair]),
            count,
            float(errors.sum() - errors[of_pair[pair]].sum()) / len(table),
        )
        for pair, count in Counter(pairs).most_common()
    }
