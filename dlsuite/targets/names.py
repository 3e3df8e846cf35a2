"""Names that numbers in an answer stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlsuite.data import DataError

LEAST = 0.005  # share that is worth a word


@dataclass(frozen=True)
class Names:
    """An answer in words, read from one in numbers.

    Attributes:
        of: Name of the answer in numbers: class numbers `[N]`, or with a `separator` marks
            `[N, L]` of what is there.
        names: Of the K classes or L labels.
        separator: Between the names of what is there; None where one number picks one name.
    """

    of: str
    names: tuple[str, ...]
    separator: str | None = None

    def read(self, numbers: np.ndarray) -> np.ndarray:
        """The words, `[N]`."""
        names = np.asarray(self.names)
        if self.separator is None:
            return names[numbers]
        return joined(numbers, names, self.separator)


def joined(marks: np.ndarray, names: np.ndarray, separator: str) -> np.ndarray:
    """Names `[L]` of the marked labels of each row of `marks` `[N, L]`, in one text each, `[N]`."""
    return np.array([separator.join(names[row]) for row in np.asarray(marks, bool)], dtype=str)


def shown_shares(names: Sequence[str], shares: np.ndarray) -> str:
    """Shares `[K]` of what has `names`, the largest first: `cat 0.70 + dog 0.30`, or `cat`."""
    largest = [place for place in np.argsort(-shares, kind="stable") if shares[place] >= LEAST]
    parts = (
        names[place] if shares[place] > 1 - LEAST else f"{names[place]} {shares[place]:.2f}"
        for place in largest
    )
    return " + ".join(parts)


def require_different(names: Sequence[str], what: str) -> None:
    """Refuses names of which two are the same, or none; `what` is the plural of what they name.

    Raises:
        DataError: There are none, or two are the same.
    """
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or not names:
        raise DataError(
            f"There must be {what}, each with a name of its own. "
            f"Received: {', '.join(twice) + ' more than once' if twice else 'none'}."
        )
