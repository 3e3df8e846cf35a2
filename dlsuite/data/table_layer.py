"""The layer that serving a table repeats; beside its statistics, which need no Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from dlsuite.data.table_features import TableStatistics
from dlsuite.types import Tensor


class TableFeatures(keras.layers.Layer):
    """Raw columns, each `[B]` by name, to features float32 `[B, D]`; see `table_features`."""

    def __init__(self, statistics: TableStatistics, **options: Any) -> None:
        super().__init__(**options)
        self.statistics = statistics
        self.lookups = [
            keras.layers.StringLookup(vocabulary=list(words), output_mode="one_hot")
            for words in statistics.vocabularies.values()
        ]

    def call(self, columns: dict[str, Tensor]) -> Tensor:
        statistics, parts = self.statistics, {}
        numeric = [name for name, kind in statistics.columns.items() if kind == "number"]
        if numeric:
            # All at once: an operation for each column would be what a served answer waits for.
            numbers = ops.stack([ops.cast(columns[n], "float32") for n in numeric], -1)  # [B, N]
            missing = ops.isnan(numbers)
            mean, variance = np.array([statistics.moments[n] for n in numeric]).T
            standard = (numbers - mean.astype("float32")) / (variance**0.5).astype("float32")
            standard = ops.where(missing, 0.0, standard)  # [B, N]
            told = ops.cast(missing, "float32")
            for at, name in enumerate(numeric):
                flags = [told[:, at : at + 1]] if name in statistics.incomplete else []
                parts[name] = [standard[:, at : at + 1], *flags]
        for name, lookup in zip(statistics.vocabularies, self.lookups, strict=True):
            known = lookup(ops.expand_dims(columns[name], -1))
            parts[name] = [ops.cast(known, "float32")]  # [B, 1 + values]
        if len(parts) == len(numeric) and not statistics.incomplete:
            return standard  # [B, D], in the order of the columns
        return ops.concatenate([part for name in statistics.columns for part in parts[name]], -1)
