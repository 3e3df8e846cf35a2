"""Parts of a split that share a trait, and whether they are answered worse than the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dlsuite.metrics import Interval, difference_interval

TENTH = 0.1  # share of the examples that is called dark, blurry or long
MOST = 0.25  # share past which a tenth is none, as where many examples are equal
FEWEST = 5  # examples that a slice has at least
MOST_CATEGORIES = 20  # of a column; with more it is a text
LEVEL = 0.95
# Traits of pictures -> what those with the least, and with the most of it are called.
WORDS = {
    "sharpness": ("blurry", ""),
    "brightness": ("dark", "bright"),
    "contrast": ("low contrast", ""),
    "area": ("small", "large"),
    "objects": ("", "crowded"),
    "object size": ("small objects", "large objects"),
}
WITHOUT = {"object size": "no object"}  # pictures of which a trait is not told
UNNAMED = {"height", "width", "saturation", "redness", "blueness"}  # of pictures
PICTURES = {"brightness", "contrast", "sharpness", "height", "width"}


@dataclass(frozen=True)
class SliceError:
    """How a slice is answered.

    Attributes:
        name: Of the slice.
        count: Its examples.
        mistakes: Of those.
        error: Share of its examples that is wrong, or how wrong they are in the mean.
        elsewhere: That of the others.
        difference: Between both, with an interval of 95 % for all slices together.
    """

    name: str
    count: int
    mistakes: int
    error: float
    elsewhere: float
    difference: Interval

    @property
    def finding(self) -> str:
        """`worse` or `better` where chance does not explain the difference, else empty."""
        if self.difference.low <= 0 <= self.difference.high:
            return ""
        return "worse" if self.difference.estimate > 0 else "better"


def slices(
    inputs: Mapping[str, npt.ArrayLike], usual: npt.ArrayLike | None = None
) -> dict[str, np.ndarray]:
    """Slices by name, booleans `[N]`.

    Of numbers the lowest and the highest tenth and what is missing, of pictures in their own words;
    of categories each value; of texts, which are categories of many values, the shortest and the
    longest tenth.

    Args:
        inputs: Facts of N examples, numbers or texts `[N]` by name; `brightness`, `contrast`,
            `sharpness`, `height` and `width` together are those of pictures, see
            `dlsuite.data.appearance`.
        usual: Which of the examples say what is usual, booleans `[N]`; all where not given.
    """
    columns = {name: np.asarray(values) for name, values in inputs.items()}
    size = len(next(iter(columns.values()), ()))
    judges = np.ones(size, bool) if usual is None else np.asarray(usual, bool)
    found = dict[str, np.ndarray]()
    for name, marks in _of_columns(columns, judges):
        if marks.sum() >= FEWEST:
            found[name] = marks
    return found


def slice_errors(
    members: Mapping[str, npt.ArrayLike], wrong: npt.ArrayLike, *, seed: int = 0
) -> tuple[SliceError, ...]:
    """The error in each slice beside that of all other examples, the worst first.

    Args:
        members: Whether each example is in the slice, booleans `[N]` by name.
        wrong: Whether it was answered wrongly, `[N]`; or how wrong, in [0, 1].
        seed: Of the bootstrap.
    """
    mistakes = np.asarray(wrong)
    marks = {name: np.asarray(column, bool) for name, column in members.items()}
    told = {name: column for name, column in marks.items() if column.any() and not column.all()}
    level = 1 - (1 - LEVEL) / max(len(told), 1)  # Bonferroni: for all slices together
    rows = []
    for name, column in told.items():
        inside, outside = mistakes[column], mistakes[~column]
        difference = difference_interval(inside, outside, level=level, seed=seed)
        error, elsewhere = float(inside.mean()), float(outside.mean())
        count = int(column.sum())
        rows.append(
            SliceError(name, count, int(np.count_nonzero(inside)), error, elsewhere, difference)
        )
    order = {"worse": 0, "": 1, "better": 2}
    return tuple(sorted(rows, key=lambda row: (order[row.finding], -row.difference.estimate)))


def class_pair(label: str, predicted: str) -> str:
    """Name of the slice of mistakes of one class for another."""
    return f"{label} taken for {predicted}"


def _of_columns(
    columns: Mapping[str, np.ndarray], usual: np.ndarray
) -> Iterator[tuple[str, np.ndarray]]:
    pictures = set(columns) >= PICTURES
    if pictures:
        area = columns["height"].astype(np.float64) * columns["width"].astype(np.float64)
        columns = {**columns, "area": area}
    for name, values in columns.items():
        if pictures and name in UNNAMED:
            continue
        if values.dtype.kind in "OUS":
            yield from _of_texts(name, values.astype(str), usual)
        else:
            low, high = WORDS.get(name, ("", "")) if pictures else (f"{name} low", f"{name} high")
            yield from _of_numbers(name, values.astype(np.float64), usual, (low, high))


def _of_texts(name: str, values: np.ndarray, usual: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    known = np.unique(values[usual])
    if len(known) > MOST_CATEGORIES:
        lengths = np.array([len(value) for value in values], np.float64)
        yield from _of_numbers(name, lengths, usual, (f"short {name}", f"long {name}"))
        return
    for value in known:
        yield f"{name} = {value or 'missing'}", values == value


def _of_numbers(
    name: str, values: np.ndarray, usual: np.ndarray, words: tuple[str, str]
) -> Iterator[tuple[str, np.ndarray]]:
    missing = np.isnan(values)
    if missing.any():
        yield WITHOUT.get(name, f"{name} missing"), missing
    known = values[usual & ~missing]
    if not len(known) or known.min() == known.max():
        return
    for word, sign in zip(words, (1, -1), strict=True):
        if not word:
            continue
        bound = np.quantile(sign * known, TENTH, method="inverted_cdf")
        within = sign * values <= bound
        # Where many are equal to the bound, what lies beyond it alone.
        few = within[usual].mean() <= MOST
        yield word, (within if few else sign * values < bound) & ~missing
