"""Rows of a table that differ by spelling or rounding alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np

from dlsuite.data.examples import Examples
from dlsuite.data.hashing import column_keys

STEP = 1e-3  # standard deviations that numbers are rounded to
CHANCE = 0.05  # pairs to be expected by accident from which on nothing is said
APART = re.compile(r"[\W_]+")


def normalized_text(text: str) -> str:
    """A text without what a copy changes: case, accents' encoding, punctuation, spaces.

    `Crème,  Brûlée!` and `crème brûlée` become the same.
    """
    return APART.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def near_rows(known: Examples, asked: Examples) -> list[tuple[int, int]]:
    """`(row of asked, row of known)` where rows are the same but for spelling and rounding.

    Texts are compared by `normalized_text`, numbers to a thousandth of the column's standard
    deviation. Rows of one or two columns of numbers meet by accident: where independent columns
    would make 0.05 such pairs or more, nothing is said.

    Args:
        known: Rows `[N]` with `columns`.
        asked: Rows `[M]`.
    """
    first, second = known.rows["columns"], asked.rows["columns"]
    names = [name for name in first if name in second]
    if not names or _accidents(first, names) * len(known) * len(asked) >= CHANCE:
        return []
    scales = {name: _scale(first[name]) for name in names}
    there, here = (
        column_keys([_normalized(rows[name], scales[name]) for name in names])
        for rows in (first, second)
    )
    place = {key: row for row, key in reversed(list(enumerate(there.tolist())))}
    exact = set(known.keys.tolist())
    return [
        (row, place[key])
        for row, key in enumerate(here.tolist())
        if key in place and asked.keys[row] not in exact
    ]


def _is_text(values: np.ndarray) -> bool:
    return values.dtype.kind in "OUS"


def _scale(values: np.ndarray) -> float:
    if _is_text(values):
        return 0.0
    spread = float(np.nanstd(values.astype(np.float64))) if np.isfinite(values).any() else 0.0
    return spread * STEP


def _normalized(values: np.ndarray, scale: float) -> np.ndarray:
    if _is_text(values):
        return np.array([normalized_text(str(value)) for value in values], dtype=object)
    numbers = values.astype(np.float64)
    return np.round(numbers / scale) if scale else numbers


def _accidents(rows: Mapping[str, np.ndarray], names: list[str]) -> float:
    """Chance that two rows agree in every column, were columns independent."""
    return float(np.prod([_agreement(rows[name]) for name in names]))


def _agreement(values: np.ndarray) -> float:
    """Chance that two values of a column agree; of texts that hardly repeat none."""
    count = len(values)
    counts = np.unique(values.astype(str), return_counts=True)[1].astype(np.float64)
    if len(counts) > count / 2:
        return 0.0 if _is_text(values) else STEP
    return float((counts * (counts - 1)).sum() / (count * (count - 1)))
