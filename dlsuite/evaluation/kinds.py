"""What a run's mistakes have in common by what was said: pairs of classes, kinds of boxes."""

from __future__ import annotations

from collections import defaultdict
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
    of_pair: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(~table["correct"].to_numpy(bool)).tolist():
        label, predicted = table["label"].iat[row], table["predicted"].iat[row]
        of_pair[class_pair(str(label), str(predicted))].append(row)
    errors = errors_of(table).astype(np.float64)
    return {
        pair: Kind(np.array(rows), len(rows), float(errors.sum() - errors[rows].sum()) / len(table))
        for pair, rows in sorted(of_pair.items(), key=lambda each: -len(each[1]))
    }
