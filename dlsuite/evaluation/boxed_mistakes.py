"""Mistakes of detected boxes: their kinds by picture, and what to draw on each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dlsuite.data import Examples
from dlsuite.data.box_rows import truth_of
from dlsuite.evaluation.found_again import FoundAgain
from dlsuite.evaluation.reopening import Reopened
from dlsuite.figures.box_labels import Drawn

# Kind of mistake, see `metrics.detection.mistakes` -> the slice of pictures that have one.
KINDS = {
    "missed": "missed object",
    "background": "background: nothing is there",
    "localization": "localization: box is off",
    "class": "class is wrong",
    "both": "class wrong and box off",
    "duplicate": "duplicate: found twice",
}


def is_boxed(examples: Examples) -> bool:
    """Whether examples are pictures with boxes."""
    return "boxes" in examples.rows


def is_of_boxes(table: pd.DataFrame) -> bool:
    """Whether a per-example table is one of detected boxes."""
    return {"missed", "false_alarms"} <= set(table)


def kinds(
    reopened: Reopened, table: pd.DataFrame, found: FoundAgain | None
) -> dict[str, np.ndarray]:
    """Rows of the table whose pictures have a mistake of each kind, the most frequent first.

    Of pictures that are not there any more it is known whether objects were missed, and no more.
    """
    from dlsuite.metrics.detection import mistakes

    rows = {kind: np.zeros(len(table), bool) for kind in KINDS}
    there = np.zeros(len(table), bool)
    if found is not None:
        there[found.rows] = True
        judged = mistakes(
            found.examples.keys,
            truth_of(found.examples.rows),
            found.answers,
            reopened.info.class_names,
            threshold=reopened.info.threshold,
        )
        for kind, marks in rows.items():
            marks[found.rows[judged["picture"][judged["kind"] == kind].to_numpy(np.int64)]] = True
    rows["missed"] |= ~there & (table["missed"] > 0).to_numpy()
    chosen = {KINDS[kind]: np.flatnonzero(marks) for kind, marks in rows.items() if marks.any()}
    return dict(sorted(chosen.items(), key=lambda each: -len(each[1])))


def drawn(
    reopened: Reopened, found: FoundAgain | None, places: Sequence[int] | np.ndarray
) -> tuple[tuple[Drawn, ...], ...]:
    """True and told boxes of each picture, in the order of `places`; none of what has no boxes."""
    nothing: list[tuple[Drawn, ...]] = [()] * len(places)
    if found is None or not is_boxed(found.examples):
        return tuple(nothing)
    from dlsuite.figures.boxes_drawn import boxes_to_draw

    where = {int(row): place for place, row in enumerate(found.rows)}
    there = [number for number, row in enumerate(places) if int(row) in where]
    chosen = np.array([where[int(places[number])] for number in there], np.int64)
    truth, answers = (
        {name: np.asarray(part[name])[chosen] for name in part}
        for part in (truth_of(found.examples.rows), found.answers)
    )
    info = reopened.info
    boxes = boxes_to_draw(len(chosen), info.class_names, truth, answers, info.threshold)
    for number, each in zip(there, boxes, strict=True):
        nothing[number] = tuple(each)
    return tuple(nothing)
