"""Mistakes of detected boxes: their kinds by picture, and what to draw on each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dlsuite.data import Examples
from dlsuite.data.box_rows import truth_of
from dlsuite.evaluation.found_again import FoundAgain
from dlsuite.evaluation.kinds import Kind
from dlsuite.evaluation.reopening import Reopened
from dlsuite.figures.box_labels import Drawn


def is_boxed(examples: Examples) -> bool:
    """Whether examples are pictures with boxes."""
    return "boxes" in examples.rows


def is_of_boxes(table: pd.DataFrame) -> bool:
    """Whether a per-example table is one of detected boxes."""
    return {"missed", "false_alarms"} <= set(table)


def kinds(reopened: Reopened, table: pd.DataFrame, found: FoundAgain | None) -> dict[str, Kind]:
    """The kinds of `metrics.detection.mistakes` with what they mean, the most frequent first.

    The error without a kind is that of the same answers with its boxes set right, and no others.
    Of pictures that are not there any more it is known whether objects were missed, and no more.
    """
    from dlsuite.metrics.detection import MEANINGS, mistakes, set_right

    there = np.zeros(len(table), bool)
    judged: pd.DataFrame | None = None
    if found is not None:
        there[found.rows] = True
        judged = mistakes(
            found.examples.keys,
            truth_of(found.examples.rows),
            found.answers,
            reopened.info.class_names,
            threshold=reopened.info.threshold,
        )
    missed = table["missed"].to_numpy(np.int64) * ~there
    counted: dict[str, Kind] = {}
    for kind, meaning in MEANINGS.items():
        number, further, less = (np.zeros(len(table), np.int64) for _ in range(3))
        if kind == "missed":
            number, further = missed.copy(), missed.copy()
        if found is not None and judged is not None:
            pictures = judged["picture"][judged["kind"] == kind].to_numpy(np.int64)
            number[found.rows] = np.bincount(pictures, minlength=len(found.rows))
            right = set_right(judged, kind, len(found.rows))
            further[found.rows], less[found.rows] = right
        if number.any():
            left = float(_errors(table, further, less).mean())
            counted[f"{kind}: {meaning}"] = Kind(np.flatnonzero(number), int(number.sum()), left)
    return dict(sorted(counted.items(), key=lambda each: -each[1].count))


def _errors(table: pd.DataFrame, further: np.ndarray, less: np.ndarray) -> np.ndarray:
    """1 - F1 of each picture with so many objects found further, and so many alarms less, `[N]`."""
    from dlsuite.metrics.detection import errors_of

    held, found, alarms = (
        table[name].to_numpy(np.int64) for name in ("objects", "found", "false_alarms")
    )
    return errors_of(held, np.minimum(found + further, held), np.maximum(alarms - less, 0))


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
