"""From raw columns to features: statistics of a training part, and the layers that apply them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class TableStatistics:
    """What a table's training part says about its columns.

    Attributes:
        columns: `number` or `category` by name.
        moments: Mean and variance of each number column.
        vocabularies: Known values of each category column; an empty text is a missing one.
        incomplete: Number columns that miss values.
    """

    columns: Mapping[str, str]
    moments: Mapping[str, tuple[float, float]]
    vocabularies: Mapping[str, tuple[str, ...]]
    incomplete: tuple[str, ...] = ()

    @classmethod
    def of(cls, columns: Mapping[str, str], rows: Mapping[str, np.ndarray]) -> TableStatistics:
        """Statistics of `rows`, arrays `[N]` by column name."""
        numbers = [name for name, kind in columns.items() if kind == "number"]
        categories = [name for name in columns if name not in numbers]
        return cls(
            columns=dict(columns),
            moments={name: moments(rows[name]) for name in numbers},
            vocabularies={name: tuple(sorted(set(map(str, rows[name])))) for name in categories},
            incomplete=tuple(name for name in numbers if np.isnan(rows[name]).any()),
        )

    @property
    def width(self) -> int:
        """Features of one example: a number is one, a category one for each value and `other`.

        A number that can be missing is two.
        """
        words = sum(len(words) + 1 for words in self.vocabularies.values())
        return len(self.moments) + len(self.incomplete) + words


def moments(values: np.ndarray) -> tuple[float, float]:
    """Mean and variance of `[N]` numbers; a variance of 0 counts as 1, so that it can divide.

    Missing ones, NaN, do not count; where all are, the mean is 0.
    """
    numbers = np.asarray(values, np.float64)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return 0.0, 1.0
    return float(numbers.mean()), float(numbers.var()) or 1.0


def table_features(statistics: TableStatistics) -> keras.Layer:
    """The layer from raw columns, each `[B]` by name, to features float32 `[B, D]`.

    Numbers are standardised; a missing one, NaN, is the mean, and where training misses some a
    second feature is 1 for it. Categories are one-hot, with one more place, the first, for values
    that training has not seen.
    """
    from dlsuite.data.table_layer import TableFeatures

    return TableFeatures(statistics)
