"""Tables as examples: `{"columns": {name: float32 or str}, "target": float32 or int32}`."""

from collections.abc import Mapping, Sequence

import numpy as np

from dlsuite.data.examples import Examples
from dlsuite.data.hashing import column_keys


def table_examples(
    columns: Mapping[str, np.ndarray],
    target: np.ndarray,
    groups: np.ndarray | None = None,
    strata: np.ndarray | None = None,
) -> Examples:
    """Rows of a table; a target of integers `[N]` is a class, to be balanced by splits.

    Args:
        columns: Numbers or strings, each `[N]`.
        target: Class numbers or values, `[N]`; marks of labels uint8 `[N, L]`, or classes of
            several outputs, `[N, O]`.
        groups: What a split must not cut, `[N]`.
        strata: What a split should balance, where it is not the class.
    """
    is_class = np.issubdtype(target.dtype, np.integer)
    if target.dtype != np.uint8 or target.ndim == 1:
        target = target.astype(np.int32 if is_class else np.float32)
    if strata is None and is_class and target.ndim == 1:
        strata = target
    inputs = {name: _plain(column) for name, column in columns.items()}
    return Examples(
        rows={"columns": inputs, "target": target},
        keys=column_keys(list(inputs.values())),
        strata=strata,
        groups=groups,
    )


def column_kinds(columns: Mapping[str, np.ndarray]) -> dict[str, str]:
    """`number` or `category` by name."""
    return {name: "category" if c.dtype.kind in "OUS" else "number" for name, c in columns.items()}


def named_columns(values: np.ndarray, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Columns of a matrix `[N, D]` by name, float32."""
    return {name: values[:, i].astype(np.float32) for i, name in enumerate(names)}


def _plain(column: np.ndarray) -> np.ndarray:
    return column if column.dtype.kind in "OUS" else column.astype(np.float32)
