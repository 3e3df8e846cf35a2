"""A run's mistakes with all that is known of them: the examples, their slices, suspected labels."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dlsuite.evaluation.error_sheet import mistakes_of
from dlsuite.evaluation.explaining import Heats, heats
from dlsuite.evaluation.found_again import FoundAgain, found_again
from dlsuite.evaluation.reopening import Reopened
from dlsuite.experiment.reference import MOST_DECODED
from dlsuite.progress import working
from dlsuite.strategy.slices import SliceError, class_pair, slice_errors, slices
from dlsuite.strategy.suspects import suspected_labels
from dlsuite.tracking import RunRecord, StoreError
from dlsuite.types import Tree

SPLITS = ("dev", "train_dev", "train")
SUSPECT = "suspected mislabel"
FEWEST_PAIRS = 2  # mistakes of one class for another that make a slice
CORRECT_OF = "correct_of_"  # begins columns of tables with several outputs
# Of the labels of ten public sets 3.3 % are wrong, of the worst 10 % (Northcutt et al., 2021).
MOST_SUSPECTED = 0.2
TOO_MANY = (
    "Which labels are wrong cannot be told: {} of them look so, more than a fifth, which speaks of "
    "a net that is often wrong itself."
)


@dataclass(frozen=True)
class Mistakes:
    """What a workbook shows.

    Attributes:
        record: The run.
        split: Whose mistakes.
        table: The run's per-example table of it, `[N]`.
        places: Rows of the table that are shown, `[M]`, those of most loss first.
        slices: Names of the slices of each, those of classes and labels first.
        errors: Slices of inputs, whatever they are answered, beside all other examples.
        pairs: How many of all mistakes are of one class for another, the most first.
        suspects: Of all examples how many labels are suspected; None where nothing can be said.
        examples: The mistakes themselves, None where they are not there any more, `[M]`.
        heats: What in each picture spoke for which answer.
        notes: What a reader should know.
    """

    record: RunRecord
    split: str
    table: pd.DataFrame
    places: np.ndarray
    slices: tuple[tuple[str, ...], ...]
    errors: tuple[SliceError, ...]
    pairs: dict[str, int]
    suspects: int | None
    examples: tuple[Tree | None, ...]
    heats: tuple[Heats | None, ...]
    notes: tuple[str, ...]

    @property
    def wrong(self) -> np.ndarray:
        """Whether each example of the split is a mistake, `[N]`."""
        return ~self.table["correct"].to_numpy(bool)


def answers_table(record: RunRecord, split: str) -> pd.DataFrame:
    """The per-example table of a split, if its answers are right or wrong.

    Raises:
        ValueError: There is no such split, or it is not one to look at.
        StoreError: The run keeps no such table, or one of numbers.
    """
    if split not in SPLITS:
        hint = "; test is there to be believed, which who looks at its mistakes gives up"
        raise ValueError(
            f"Mistakes are looked at in {', '.join(SPLITS)}{hint if split == 'test' else ''}. "
            f"Received: {split!r}."
        )
    table = record.table(f"examples/{split}")
    if not {"key", "label", "predicted", "loss", "correct"} <= set(table):
        raise StoreError(
            "Mistakes are of answers that are right or wrong. Received: "
            f"{record}, which answers with {', '.join(map(str, table))}."
        )
    return table


def mistakes(reopened: Reopened, split: str = "dev", most: int | None = None) -> Mistakes:
    """Collect a run's mistakes; what its data does not give any more is told and left out.

    Args:
        reopened: The run.
        split: One of `SPLITS`.
        most: How many at most, drawn by their keys; None for all.

    Raises:
        ValueError: There is no mistake, or no such split.
        StoreError: The run keeps no answers that are right or wrong.
    """
    table = answers_table(reopened.record, split)
    places = mistakes_of(table, most)
    if not len(places):
        raise ValueError(
            f"There must be a mistake to look at. Received: {reopened.record}, which answered all "
            f"{len(table):,} {split} examples rightly."
        )
    found, notes = found_again(reopened, table, split)
    pairs = _pairs(table)
    names: list[list[str]] = [_of_answer(table.iloc[place], pairs) for place in places]
    suspects: int | None = None
    errors: tuple[SliceError, ...] = ()
    if found is not None and split != "train":  # which the model has learned by heart
        suspected = _suspected(reopened.info.target, found)
        if suspected.mean() <= MOST_SUSPECTED:
            suspects = int(suspected.sum())
            _mark(names, places, found.rows[suspected], SUSPECT)
        else:
            notes.append(TOO_MANY.format(f"{suspected.mean():.0%}"))
    if found is not None:
        with working("looking for slices"):
            members, judges = _slices(reopened, found, places)
        wrong = ~table["correct"].to_numpy(bool)
        errors = slice_errors({n: m[judges] for n, m in members.items()}, wrong[judges])
        for each in errors:
            _mark(names, places, np.flatnonzero(members[each.name]), each.name)
    shown, warm, more = _looked_into(reopened, found, places)
    return Mistakes(
        record=reopened.record,
        split=split,
        table=table,
        places=places,
        slices=tuple(map(tuple, names)),
        errors=errors,
        pairs=pairs,
        suspects=suspects,
        examples=shown,
        heats=warm,
        notes=(*notes, *more),
    )


def _pairs(table: pd.DataFrame) -> dict[str, int]:
    wrong = table[~table["correct"].to_numpy(bool)]
    counts = Counter(map(class_pair, wrong["label"].map(str), wrong["predicted"].map(str)))
    return dict(counts.most_common())


def _of_answer(row: Any, pairs: Mapping[str, int]) -> list[str]:
    """Slices that the table tells: one class for another, and outputs that are wrong."""
    pair = class_pair(str(row["label"]), str(row["predicted"]))
    outputs = [str(name) for name in row.index if str(name).startswith(CORRECT_OF)]
    wrong = [f"{name.removeprefix(CORRECT_OF)} wrong" for name in outputs if not row[name]]
    return [*([pair] if pairs[pair] >= FEWEST_PAIRS else []), *wrong]


def _suspected(target: Any, found: FoundAgain) -> np.ndarray:
    """Whether the label of each example found is suspected, one of its labels where it has many."""
    column = "label" if "label" in found.examples.rows else "target"
    with working("looking for wrong labels"):
        each = [
            suspected_labels(labels, probabilities)
            for labels, probabilities in _questions(
                target, found.examples.rows[column], found.answers
            )
        ]
    return np.any(each, axis=0) if each else np.zeros(len(found.rows), bool)


def _questions(
    target: Any, labels: np.ndarray, answers: Tree
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Each thing that was asked of the examples: class numbers `[N]`, probabilities `[N, K]`."""
    if "output_classes" in target.about:
        for place, output in enumerate(target.about["output_classes"]):
            yield labels[:, place], answers[f"{output}_probabilities"]
    elif labels.ndim == 2:
        for place in range(labels.shape[1]):
            present = answers["probabilities"][:, place]
            yield labels[:, place].astype(np.int64), np.stack([1 - present, present], axis=1)
    else:
        yield labels, answers["probabilities"]


def _slices(
    reopened: Reopened, found: FoundAgain, places: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Slices of inputs as rows of the table, `[N]` by name, and the rows that are compared."""
    count = len(found.rows)
    usual = np.ones(count, bool)
    if count > MOST_DECODED:  # drawn by their place in the table, which no example knows of
        usual[:] = False
        usual[np.random.default_rng(0).choice(count, MOST_DECODED, replace=False)] = True
    looked = np.flatnonzero(usual | np.isin(found.rows, places))
    described = reopened.pipeline.describe(
        reopened.settings, reopened.info, found.examples.take(looked)
    )
    size = int(found.rows.max()) + 1
    members = {}
    for name, marks in slices(described.inputs, usual[looked]).items():
        members[name] = np.zeros(size, bool)
        members[name][found.rows[looked[marks]]] = True
    return members, found.rows[usual]


def _mark(names: Sequence[list[str]], places: np.ndarray, rows: np.ndarray, name: str) -> None:
    for place in np.flatnonzero(np.isin(places, rows)).tolist():
        names[place].append(name)


def _looked_into(
    reopened: Reopened, found: FoundAgain | None, places: np.ndarray
) -> tuple[tuple[Tree | None, ...], tuple[Heats | None, ...], list[str]]:
    """The mistakes as raw examples, with heat where the net has any, in the order of `places`."""
    nothing = (None,) * len(places)
    if found is None:
        return nothing, nothing, []
    where = {int(row): place for place, row in enumerate(found.rows)}
    there = [(number, where[row]) for number, row in enumerate(places.tolist()) if row in where]
    rows = np.array([place for _, place in there], np.int64)
    examples = found.examples.take(rows)
    raw: list[Tree | None] = list(nothing)
    warm: list[Heats | None] = list(nothing)
    for place, (number, _) in enumerate(there):
        example = examples.read(place)
        lies = (
            {"path": os.fsdecode(examples.rows["path"][place])} if "path" in examples.rows else {}
        )
        raw[number] = {**example, **lies}
    explained, notes = heats(reopened, examples, found.answers, rows)
    for (number, _), each in zip(there, explained, strict=False):
        warm[number] = each
    return tuple(raw), tuple(warm), notes
