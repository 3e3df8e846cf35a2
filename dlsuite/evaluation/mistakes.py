"""A run's mistakes with all that is known of them: the examples, their slices, suspected labels."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dlsuite.evaluation import boxed_mistakes as boxed
from dlsuite.evaluation.error_sheet import errors_of, mistakes_of
from dlsuite.evaluation.explaining import Heats, heats
from dlsuite.evaluation.found_again import FoundAgain, found_again
from dlsuite.evaluation.kinds import Kind, confused_pairs
from dlsuite.evaluation.mislabels import suspects
from dlsuite.evaluation.reopening import Reopened
from dlsuite.experiment.reference import MOST_DECODED
from dlsuite.figures.box_labels import Drawn
from dlsuite.progress import working
from dlsuite.strategy.slices import SliceError, slice_errors, slices
from dlsuite.tracking import RunRecord, StoreError
from dlsuite.types import Tree

SPLITS = ("dev", "train_dev", "train")
SUSPECT = "suspected mislabel"
FEWEST_PAIRS = 2  # mistakes of one class for another that make a slice
CORRECT_OF = "correct_of_"  # begins columns of tables with several outputs


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
        kinds: What was said instead of what, of boxes their kinds of mistakes, the most frequent
            first.
        suspects: Of all examples how many labels are suspected; None where nothing can be said.
        examples: The mistakes themselves, None where they are not there any more, `[M]`.
        heats: What in each picture spoke for which answer.
        boxes: What to draw on each picture, of boxes.
        notes: What a reader should know.
    """

    record: RunRecord
    split: str
    table: pd.DataFrame
    places: np.ndarray
    slices: tuple[tuple[str, ...], ...]
    errors: tuple[SliceError, ...]
    kinds: dict[str, Kind]
    suspects: int | None
    examples: tuple[Tree | None, ...]
    heats: tuple[Heats | None, ...]
    boxes: tuple[tuple[Drawn, ...], ...]
    notes: tuple[str, ...]

    @property
    def wrong(self) -> np.ndarray:
        """Whether each example of the split is a mistake, `[N]`."""
        return ~self.table["correct"].to_numpy(bool)

    @property
    def errors_of_all(self) -> np.ndarray:
        """How wrong each answer of the split is, `[N]`, see `errors_of`."""
        return errors_of(self.table)


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
    in_boxes = boxed.is_of_boxes(table)
    kinds = boxed.kinds(reopened, table, found) if in_boxes else confused_pairs(table)
    names: list[list[str]] = [_of_answer(table, place, kinds) for place in places]
    suspected: np.ndarray | None = None
    compared: tuple[SliceError, ...] = ()
    if found is not None and split != "train":  # which the model has learned by heart
        suspected, more = suspects(reopened.info, found)
        notes += more
        if suspected is not None:
            _mark(names, places, found.rows[suspected], SUSPECT)
    if found is not None:
        with working("looking for slices"):
            members, judges = _slices(reopened, found, places)
        compared = slice_errors(
            {name: marks[judges] for name, marks in members.items()}, errors_of(table)[judges]
        )
        for each in compared:
            _mark(names, places, np.flatnonzero(members[each.name]), each.name)
    shown, warm, more = _looked_into(reopened, found, places)
    return Mistakes(
        record=reopened.record,
        split=split,
        table=table,
        places=places,
        slices=tuple(map(tuple, names)),
        errors=compared,
        kinds=kinds,
        suspects=None if suspected is None else int(suspected.sum()),
        examples=shown,
        heats=warm,
        boxes=boxed.drawn(reopened, found, places),
        notes=(*notes, *more),
    )


def _of_answer(table: pd.DataFrame, place: int, kinds: Mapping[str, Kind]) -> list[str]:
    """Slices that the answer tells: one class for another, kinds, and outputs that are wrong."""
    row = table.iloc[place]
    outputs = [str(name) for name in row.index if str(name).startswith(CORRECT_OF)]
    wrong = [f"{name.removeprefix(CORRECT_OF)} wrong" for name in outputs if not row[name]]
    fewest = 1 if boxed.is_of_boxes(table) else FEWEST_PAIRS
    own = [name for name, kind in kinds.items() if len(kind.rows) >= fewest and place in kind.rows]
    return [*own, *wrong]


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
