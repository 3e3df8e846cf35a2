"""An example as a person reads it in a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlsuite.types import Tree

LONGEST = 400  # characters


def in_words(example: Tree | None) -> str:
    """A row of a table, a text, or where a picture lies, cut where it is long; else empty."""
    if example is None:
        return ""
    if "columns" in example:
        text = "; ".join(f"{name} = {_cell(value)}" for name, value in example["columns"].items())
    else:
        text = next((str(v) for v in example.values() if isinstance(v, str | np.str_)), "")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _cell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)
