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
        vocabularies: Known values of each category column.
    """

    columns: Mapping[str, str]
    moments: Mapping[str, tuple[float, float]]
    vocabularies: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, columns: Mapping[str, str], rows: Mapping[str, np.ndarray]) -> TableStatistics:
        """Statistics of `rows`, arrays `[N]` by column name."""
        numbers = [name for name, kind in columns.items() if kind == "number"]
        categories = [name for name in columns if name not in numbers]
        return cls(
            columns=dict(columns),
            moments={name: moments(rows[name]) for name in numbers},
            vocabularies={name: tuple(sorted(set(map(str, rows[name])))) for name in categories},
        )

    @property
    def width(self) -> int:
        """Features of one example: a number is one, a category one for each value and `other`."""
        return len(self.moments) + sum(len(words) + 1 for words in self.vocabularies.values())


def moments(values: np.ndarray) -> tuple[float, float]:
    """Mean and variance of `[N]` numbers; a variance of 0 counts as 1, so that it can divide."""
    numbers = np.asarray(values, np.float64)
    return float(numbers.mean()), float(numbers.var()) or 1.0


def table_features(statistics: TableStatistics) -> keras.Layer:
    """The layer from raw columns, each `[B]` by name, to features float32 `[B, D]`.

    Numbers are standardised; categories are one-hot, with one more place, the first, for values
    that training has not seen.
    """
    from dlsuite.data.table_layer import TableFeatures

    return TableFeatures(statistics)
