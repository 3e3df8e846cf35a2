"""The examples that a run answered, found again in its data by their keys, and answered again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dlsuite.data import DataError, Examples
from dlsuite.evaluation.new_source import ALL, own_data
from dlsuite.evaluation.reopening import Reopened
from dlsuite.progress import working
from dlsuite.types import Tree


@dataclass(frozen=True)
class FoundAgain:
    """Examples that are still there.

    Attributes:
        examples: `[F]`.
        rows: Of the per-example table that they are of, `[F]`.
        answers: The model's, trees of arrays `[F, ...]`.
    """

    examples: Examples
    rows: np.ndarray
    answers: Tree


def found_again(
    reopened: Reopened, table: pd.DataFrame, split: str
) -> tuple[FoundAgain | None, list[str]]:
    """The examples of a split, as the run's data has them now, and notes of what is missing.

    Args:
        reopened: The run.
        table: Its per-example table of the split.
        split: Its name.
    """
    keys = table["key"].map(str).to_numpy(dtype=object)
    try:
        with working("reading the data"):
            examples, rows = _again(reopened, keys, split)
    except DataError as error:
        return None, [f"Only what the run keeps is shown: its data cannot be read. {error}"]
    notes = []
    if len(rows) < len(keys):
        notes.append(
            f"{len(keys) - len(rows):,} of {len(keys):,} {split} examples are not in the data any "
            "more: of these there is only what the run keeps."
        )
    if not len(rows):
        return None, notes
    scores, answers = reopened.score(examples)
    now, then = (each["label"].map(str).to_numpy(dtype=object) for each in (scores.examples, table))
    other = int(np.not_equal(now, then[rows]).sum())
    if other:
        notes.append(
            f"{other:,} {split} examples have another label by now; that of the run counts."
        )
    return FoundAgain(examples, rows, answers), notes


def _again(reopened: Reopened, keys: np.ndarray, split: str) -> tuple[Examples, np.ndarray]:
    """The examples of these keys that are there, and which of the keys they are of."""
    try:
        own = own_data(reopened, split).examples
        if np.array_equal(own.keys.astype(object), keys):
            return own, np.arange(len(keys))
    except DataError:
        pass  # perhaps the data is divided otherwise by now
    own = own_data(reopened, ALL).examples
    waiting: dict[str, list[int]] = defaultdict(list)
    for place in np.flatnonzero(np.isin(own.keys, keys.astype(str)))[::-1]:
        waiting[str(own.keys[place])].append(int(place))
    pairs = [(row, waiting[key].pop()) for row, key in enumerate(keys) if waiting.get(key)]
    rows = np.array([row for row, _ in pairs], np.int64)
    return own.take(np.array([place for _, place in pairs], np.int64)), rows
