"""The table of mistakes that a person opens in a spreadsheet, and what he wrote into it.

Which mistakes it holds follows from the run and their number alone: all, or those that come first
when their keys are shuffled. So a table of 200 holds those of a table of 100, and a table that is
read back can be told from one that lost rows, which would no longer stand for the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dlsuite.data import DataError
from dlsuite.data.hashing import ranks
from dlsuite.data.spreadsheet import Sheet, read_csv

GIVEN = ("number", "key", "label", "predicted", "confidence", "loss", "slices", "example")
NEEDED = ("key", "label")
RELABEL, COMMENT = "relabel", "comment"
OWN = (*GIVEN, RELABEL, COMMENT)
TAGS = ("tag 1", "tag 2", "tag 3")  # where the user names none
SEPARATOR = "; "
NO = {"", "0", "0.0", "no", "n", "false", "none", "-", "nan"}  # marks that mean that it has it not
WRONG_LABEL = "wrong label"  # the tag of what is right once its label is
SHOWN = 5  # names that a message lists


@dataclass(frozen=True)
class Row:
    """What the table says of a mistake.

    Attributes:
        confidence: Probability of the answer, None where it is not known.
        slices: That it is in.
        example: In words, or where it lies.
    """

    key: str
    label: str
    predicted: str
    confidence: float | None
    loss: float
    slices: tuple[str, ...] = ()
    example: str = ""

    def cells(self, number: int) -> tuple[str, ...]:
        """As `GIVEN` has them."""
        sure = "" if self.confidence is None else f"{self.confidence:.4f}"
        about = (SEPARATOR.join(self.slices), self.example)
        return (str(number), self.key, self.label, self.predicted, sure, f"{self.loss:.4f}", *about)


@dataclass(frozen=True)
class Tagged:
    """What a person wrote.

    Attributes:
        places: Rows of the run's table that were looked at, `[M]`.
        tags: Whether each of these mistakes has the tag, booleans `[M]` by name.
        relabels: The right label, by key.
        labels: What the run was told instead, by key.
    """

    places: np.ndarray
    tags: dict[str, np.ndarray]
    relabels: dict[str, str]
    labels: dict[str, str]


def mistakes_of(table: pd.DataFrame, most: int | None = None) -> np.ndarray:
    """Rows of a per-example table that are wrong, at most so many, those of most loss first.

    Where there are more they are drawn by their keys, always the same ones.
    """
    wrong = np.flatnonzero(~table["correct"].to_numpy(bool))
    if most is not None and len(wrong) > most:
        drawn = np.argsort(ranks(table["key"].iloc[wrong].map(str), seed=0), kind="stable")
        wrong = np.sort(wrong[drawn[:most]])
    losses = table["loss"].to_numpy(np.float64)[wrong]
    return wrong[np.argsort(-losses, kind="stable")]


def errors_of(table: pd.DataFrame) -> np.ndarray:
    """How wrong each answer is: booleans `[N]`, or in [0, 1] where a part of one can be wrong."""
    if "error" in table:
        return table["error"].to_numpy(np.float64)
    return ~table["correct"].to_numpy(bool)


def sheet_of(rows: Sequence[Row], tags: Sequence[str] = TAGS, *, relabels: bool = True) -> Sheet:
    """The table, with empty columns for a person's relabels, where told so, comments and tags.

    Raises:
        ValueError: A tag has the name of another column, or none.
    """
    names = [name.strip() for name in tags]
    taken = [name for name in names if name.lower() in (*OWN, "") or names.count(name) > 1]
    if taken:
        raise ValueError(
            f"Tags must have names of their own, others than {', '.join(OWN)}. Received: "
            f"{', '.join(map(repr, dict.fromkeys(taken)))}."
        )
    asked = ([RELABEL] if relabels else []) + [COMMENT, *names]
    empty = ("",) * len(asked)
    lines = (row.cells(number) + empty for number, row in enumerate(rows, start=1))
    return Sheet((*GIVEN, *asked), tuple(lines))


def read_tags(path: str | Path, table: pd.DataFrame) -> Tagged:
    """Read a table of mistakes back, with what a person wrote into it.

    Every column that is none of the table's own is a tag: a mistake has it where the cell holds
    anything but a no (nothing, 0, no, false, -). A relabel that the model had told makes the
    tag `wrong label`.

    Args:
        path: Of the CSV file.
        table: The run's per-example table.

    Raises:
        DataError: The file is not such a table, or not one of this run's mistakes.
    """
    sheet = read_csv(path, needed=NEEDED)
    places = _places(sheet, table, path)
    _same_labels(sheet, table, places, path)
    names = [name for name in sheet.header if name not in OWN]
    marks = {name: np.array(list(map(_yes, sheet.column(name))), bool) for name in names}
    relabels = _relabels(sheet, path) if RELABEL in sheet.header else {}
    labels = {key: str(table["label"].iloc[place]) for key, place in _by_key(sheet, places).items()}
    mended = np.array(
        [
            relabels.get(str(table["key"].iloc[place])) == str(table["predicted"].iloc[place])
            for place in places
        ],
        bool,
    )
    if mended.any():
        marks[WRONG_LABEL] = marks.get(WRONG_LABEL, False) | mended
    if not relabels and not any(column.any() for column in marks.values()):
        raise DataError(
            f"{path} must have a mark in a column for tags, or a relabel. Received: nothing in "
            f"{', '.join(names) or 'any column'}."
        )
    return Tagged(np.array(places), marks, relabels, {key: labels[key] for key in relabels})


def _yes(cell: str) -> bool:
    return cell.strip().lower() not in NO


def _by_key(sheet: Sheet, places: Sequence[int]) -> dict[str, int]:
    return dict(zip(sheet.column("key"), places, strict=True))


def _places(sheet: Sheet, table: pd.DataFrame, path: str | Path) -> list[int]:
    """The row of the per-example table that each row of the sheet is of."""
    keys = sheet.column("key")
    known = dict(zip(table["key"].map(str), table["correct"], strict=True))
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise DataError(
            f"Keys must be those of the run's mistakes, unchanged. Received in {path}: "
            f"{_some(unknown)}, which the run does not know."
        )
    expected = mistakes_of(table, len(keys))
    waiting: dict[str, list[int]] = defaultdict(list)
    for place in expected:
        waiting[str(table["key"].iloc[place])].append(int(place))
    wrong = [key for key in keys if key not in waiting]
    places = [waiting[key].pop(0) for key in keys if waiting.get(key)]
    if len(places) == len(keys):
        return places
    # Each key is one of the run's, so rows were lost, came twice, or are of another table.
    twice = sorted({key for key in keys if keys.count(key) > 1})
    right = [key for key in wrong if known[key]]
    if right:
        reason = f"{_some(right)}, which the run answered rightly"
    elif twice:
        reason = f"{_some(twice)} more often than the run has it"
    else:
        reason = f"{len(keys):,} rows, some of which another {len(keys):,} stand for"
    raise DataError(
        f"{path} must have all the rows that `dlsuite errors` wrote, and no others: a part of "
        f"them, chosen by hand, would not stand for the rest. Received: {reason}."
    )


def _same_labels(
    sheet: Sheet, table: pd.DataFrame, places: Sequence[int], path: str | Path
) -> None:
    told = sheet.column("label")
    for number, (place, said) in enumerate(zip(places, told, strict=True), start=2):
        label = str(table["label"].iloc[place])
        if said.strip() != label.strip() and not _same_number(said, label):
            raise DataError(
                f"The column `label` must stay as it was; what is right goes into `{RELABEL}`. "
                f"Received in row {number} of {path}: {said!r}, which was {label!r}."
            )


def _same_number(one: str, other: str) -> bool:
    """Spreadsheets write 007 as 7."""
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def _relabels(sheet: Sheet, path: str | Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, cell in zip(sheet.column("key"), sheet.column(RELABEL), strict=True):
        if not cell.strip():
            continue
        if found.setdefault(key, cell.strip()) != cell.strip():
            raise DataError(
                f"Equal examples must have one right label. Received in {path} for {key}: "
                f"{found[key]!r} and {cell.strip()!r}."
            )
    return found


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(dict.fromkeys(names[:SHOWN]))
    return listed + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")
