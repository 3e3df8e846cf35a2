"""What people answered to the run's own examples, read from a CSV: their error is a reference."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dlsuite.data import DataError, Examples
from dlsuite.data.delimited import Table, number, read_table
from dlsuite.strategy.people import People, people
from dlsuite.strategy.settings import HumanLevel

if TYPE_CHECKING:
    from dlsuite.experiment.learner import Learner

KEY = "evaluation.human_error.labels"
SHOWN = 3  # rows that a message lists
WHO = "annotator"
ONE = "one"  # what the annotator of a file without names is called
JUDGED = ("dev", "test", "train_dev")


def human_level(learner: Learner) -> People | HumanLevel | None:
    """What the recipe says of people: their answers where it names a file of them.

    Raises:
        DataError: The file cannot be read, or does not fit the run's examples.
    """
    wanted = learner.settings.evaluation.human_error
    if wanted is None or wanted.labels is None:
        return wanted
    path = Path(wanted.labels).expanduser()
    return people(_answers(learner, path), wanted.of, wanted.source)


def problems(learner: Learner) -> Iterator[tuple[str, str]]:
    """What is wrong with the file of labels, if one is named: before anything is trained."""
    try:
        human_level(learner)
    except DataError as error:
        yield KEY, str(error)


def _answers(learner: Learner, path: Path) -> pd.DataFrame:
    """A row for each answer: `key`, `annotator`, `label`, `truth`."""
    target = getattr(learner.splits.info, "target", None)
    kind = getattr(target, "kind", None)
    if kind not in ("one_class", "number"):
        raise DataError(
            "needs targets of one class or one number for each example. Received: targets of "
            f"kind {kind}."
        )
    table = read_table(path, "auto")
    lacking = [name for name in ("key", "label") if name not in table.header]
    if lacking:
        raise DataError(
            f"{path} must have columns key and label, and may have {WHO}. "
            f"Received: {', '.join(table.header)}."
        )
    _refuse(table, "as many fields as the first line", dict(table.bad))
    keys = [key.lower() for key in table.column("key")]
    who = table.column(WHO) if WHO in table.header else [ONE] * len(keys)
    truths = _truths(learner, target, path, table, keys)
    labels = _labels(table, target)
    _refuse(table, f"one label of each {WHO} for an example", _repeated(keys, who))
    return pd.DataFrame({"key": keys, WHO: who, "label": labels, "truth": truths})


def _truths(
    learner: Learner, target: Any, path: Path, table: Table, keys: list[str]
) -> list[str] | list[float]:
    """What the data says of each example that was answered."""
    parts = learner.splits.named()
    folded = learner.settings.evaluation.folds is not None  # then each is held out once
    known: dict[str, Any] = {}
    for name, part in parts.items():
        if folded or name in JUDGED:
            known |= dict(zip(part.keys.tolist(), _targets(part, target), strict=True))
    strange = {row: key for row, key in enumerate(keys) if key not in known}
    if strange:
        every = {str(key) for part in parts.values() for key in part.keys}
        trained = sum(key in every for key in strange.values())
        _refuse(
            table,
            "keys of dev or test examples, as examples/dev and examples/test of a run have them",
            strange,
            f"; {trained:,} of them are of train" if trained else "",
        )
    if not keys:
        raise DataError(f"{path} must hold at least one label. Received: none.")
    return [known[key] for key in keys]


def _targets(part: Examples, target: Any) -> list[Any]:
    """Classes by their names; numbers as they are."""
    rows = part.rows
    values = np.asarray(rows["label"] if "label" in rows else rows["target"])
    return values.tolist() if target.kind == "number" else target.named(values)


def _labels(table: Table, target: Any) -> list[str] | list[float]:
    told = table.column("label")
    if target.kind == "number":
        numbers = [number(label, ".") for label in told]
        wrong = {row: told[row] for row, value in enumerate(numbers) if math.isnan(value)}
        _refuse(table, "labels that are numbers", wrong)
        return numbers
    names = set(target.class_names)
    wrong = {row: label for row, label in enumerate(told) if label not in names}
    shown = ", ".join(target.class_names[:10]) + (", …" if len(names) > 10 else "")
    _refuse(table, f"labels that are classes of the data ({shown})", wrong)
    return told


def _repeated(keys: list[str], who: list[str]) -> dict[int, str]:
    seen: set[tuple[str, str]] = set()
    again = {}
    for row, pair in enumerate(zip(keys, who, strict=True)):
        if pair in seen:
            again[row] = f"{pair[0][:12]} of {pair[1]} again" if pair[1] != ONE else pair[0][:12]
        seen.add(pair)
    return again


def _refuse(table: Table, wanted: str, wrong: dict[int, str], more: str = "") -> None:
    """Raises a DataError that lists rows, if there are any."""
    if not wrong:
        return
    first = [f"{table.where(row)} {value!r}" for row, value in list(wrong.items())[:SHOWN]]
    rest = f" and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
    raise DataError(f"must hold {wanted}. Received: {', '.join(first)}{rest}{more}.")
