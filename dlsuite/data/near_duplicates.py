"""Examples of two splits that are nearly the same: a copy that was saved anew, shifted, re-typed.

What is equal to the bit has one key and is in `SplitReport.shared`; here are the others. Such a
pair in train and test is a leak that no key shows (Barz and Denzler 2020, arXiv:1902.00423, found
3 % of CIFAR-10's test pictures in its train part).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np

from dlsuite.data.examples import Examples, sample
from dlsuite.data.file_names import shown
from dlsuite.data.near_pictures import near_pictures
from dlsuite.data.near_rows import near_rows

SHOWN = 3  # pairs that a sentence names
# What a run looks at; `data check` looks at all.
MOST_ASKED, MOST_KNOWN = 2_000, 100_000  # of the smaller part of a pair, and of the larger one
MOST_ASKED_DECODED, MOST_KNOWN_DECODED = 1_000, 20_000  # where each must be decoded


class Near(NamedTuple):
    """Two examples that are nearly the same.

    Attributes:
        parts: Their splits.
        rows: Their places in them.
        keys: Their content hashes.
    """

    parts: tuple[str, str]
    rows: tuple[int, int]
    keys: tuple[str, str]


def near_duplicates(
    parts: Mapping[str, Examples], *, sampled: bool = False, seed: int = 0
) -> tuple[Near, ...]:
    """Pairs across splits, for each example of the smaller one its nearest in the larger.

    Pictures, see `near_pictures`; rows of tables, see `near_rows`.

    Args:
        parts: Examples by split.
        sampled: Whether to look at a sample of large splits alone.
        seed: Of the sample.
    """
    found = []
    for first, second in combinations(parts, 2):
        names = (first, second) if len(parts[first]) >= len(parts[second]) else (second, first)
        known, asked = (parts[name] for name in names)
        places = [np.arange(len(known)), np.arange(len(asked))]
        if sampled:
            places = [_some(known, False, seed), _some(asked, True, seed)]
        known, asked = known.take(places[0]), asked.take(places[1])
        for row, nearest in _pairs(known, asked):
            rows = (int(places[0][nearest]), int(places[1][row]))
            keys = (str(known.keys[nearest]), str(asked.keys[row]))
            found.append(Near(names, rows, keys))
    return tuple(found)


def in_words(found: tuple[Near, ...], parts: Mapping[str, Examples]) -> list[str]:
    """A sentence for each two splits that have such pairs, with where the first of them stand."""
    said = []
    for names in dict.fromkeys(pair.parts for pair in found):
        pairs = [pair for pair in found if pair.parts == names]
        places = "; ".join(_places(pair, parts) for pair in pairs[:SHOWN])
        are = "1 example is" if len(pairs) == 1 else f"{len(pairs):,} examples are"
        said.append(
            f"{are} nearly the same in {names[0]} and {names[1]}, as copies that were saved anew "
            f"would be: scores there may flatter. Such as {places}."
        )
    return said


def _places(pair: Near, parts: Mapping[str, Examples]) -> str:
    """Where both stand: their paths, or their places in their splits."""
    ends = []
    for part, row in zip(pair.parts, pair.rows, strict=True):
        rows = parts[part].rows
        ends.append(shown(rows["path"][row]) if "path" in rows else f"{part}[{row}]")
    return " = ".join(ends)


def _some(examples: Examples, asked: bool, seed: int) -> np.ndarray:
    """Places of those that a run looks at, in order."""
    if examples.decode is None:
        most = MOST_ASKED if asked else MOST_KNOWN
    else:
        most = MOST_ASKED_DECODED if asked else MOST_KNOWN_DECODED
    numbered = Examples({"row": np.arange(len(examples))}, examples.keys)
    return np.asarray(sample(numbered, most, seed).rows["row"])


def _pairs(known: Examples, asked: Examples) -> list[tuple[int, int]]:
    """`(row of asked, row of known)`; none where examples are neither pictures nor rows."""
    if isinstance(known.rows, Mapping) and "columns" in known.rows:
        return near_rows(known, asked)
    first = known.read(0)
    if isinstance(first, Mapping) and "image" in first:
        return near_pictures(known, asked)
    return []
