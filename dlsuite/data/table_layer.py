"""The layer that serving a table repeats; beside its statistics, which need no Keras."""

from __future__ import annotations

from typing import Any

import keras
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
        lookups = dict(zip(self.statistics.vocabularies, self.lookups, strict=True))
        features = []
        for name, kind in self.statistics.columns.items():
            column = ops.expand_dims(columns[name], -1)  # [B, 1]
            if kind == "number":
                mean, variance = self.statistics.moments[name]
                missing = ops.isnan(ops.cast(column, "float32"))
                standard = (ops.cast(column, "float32") - mean) / variance**0.5
                features.append(ops.where(missing, 0.0, standard))
                if name in self.statistics.incomplete:
                    features.append(ops.cast(missing, "float32"))
            else:
                features.append(ops.cast(lookups[name](column), "float32"))  # [B, 1 + values]
        return ops.concatenate(features, axis=-1)  # [B, D]
