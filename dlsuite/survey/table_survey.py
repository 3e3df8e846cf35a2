"""A look at a table: its columns, what of them is to be predicted, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dlsuite.data.delimited import Decimal, Table, is_missing
from dlsuite.data.examples import DataError
from dlsuite.data.splits import split
from dlsuite.survey.column_survey import Column, decimal_of, missing_words, survey_columns, tells
from dlsuite.survey.table_opening import opened
from dlsuite.survey.target_choice import Task, chosen, task_of

FEWEST = 10  # rows
LOST = 0.25  # share of rows with missing values from which columns go instead of rows


@dataclass(frozen=True)
class TableSurvey:
    """What a look at a table found.

    Attributes:
        path: As a recipe should name it.
        columns: Every column, the target among them.
        target: Name of the column to predict.
        guessed: Why it is that one; empty where the user named it.
        task: What kind of answer it wants.
        said: Whether the source must be told the task.
        decimal: What separates decimals.
        rows: Usable rows by part; `all` where nothing is divided yet.
        classes: Rows of each class; empty for a number.
        mean: Of a target that is a number.
        off: How far the mean is from it on average.
        bad: `{"path", "reason"}` of rows that cannot be used.
        width: Inputs of the model.
    """

    path: str
    columns: tuple[Column, ...]
    target: str
    guessed: str
    task: Task
    said: bool
    decimal: Decimal
    rows: Mapping[str, int]
    classes: Mapping[str, int]
    mean: float
    off: float
    bad: tuple[Mapping[str, str], ...]
    width: int

    @property
    def count(self) -> int:
        """Rows that can be used."""
        return sum(self.rows.values())

    def of_kind(self, kind: str) -> list[Column]:
        """Columns beside the target that are taken as `kind`."""
        return [c for c in self.columns if c.kind == kind and c.name != self.target]

    def arguments(self) -> dict[str, Any]:
        """Of the source `csv`, those alone that it needs to be told."""
        groups = [column.name for column in self.of_kind("groups")]
        others = {c.name: c.kind for c in self.columns if _told(c) and c.name != self.target}
        return {
            "path": self.path,
            "target": self.target,
            **({"task": self.task} if self.said else {}),
            **({"decimal": ","} if self.decimal == "," else {}),
            **({"groups": groups[0]} if groups else {}),
            **({"columns": others} if others else {}),
        }


def survey_table(path: str, target: str | None = None) -> TableSurvey:
    """Looks at a table.

    Args:
        path: A CSV file, or a folder of one, or of train.csv with dev.csv and test.csv.
        target: Column to predict; guessed by its name and place if None.

    Raises:
        DataError: It cannot be read, the target cannot be guessed or used, or nothing is left to
            predict it from.
    """
    table, path = opened(path)
    decimal = decimal_of(table)
    columns = survey_columns(table, decimal)
    answer, guessed = chosen(columns, target, len(table.fields))
    target = answer.name
    task, said = task_of(answer)
    columns = _without_leaks(table, columns, answer, task)
    columns = _one_grouping(columns, target)
    columns = _without_gaps(table, columns, target, decimal)
    survey = TableSurvey(
        path=path,
        columns=tuple(columns),
        target=target,
        guessed=guessed,
        task=task,
        said=said,
        decimal=decimal,
        rows={},
        classes={},
        mean=0.0,
        off=0.0,
        bad=(),
        width=0,
    )
    if not survey.of_kind("number") and not survey.of_kind("category"):
        raise DataError(_nothing_left(survey))
    survey = _counted(survey if _divisible(survey) else _ungrouped(survey))
    if survey.count < FEWEST:
        raise DataError(
            f"Too few to learn from: at least {FEWEST} rows are needed, some hundreds are better. "
            f"Received: {survey.count} in {path}."
        )
    return survey


def _divisible(survey: TableSurvey) -> bool:
    """Whether a split can keep together what the groups say, if there are any."""
    if not survey.of_kind("groups"):
        return True
    from dlsuite.data import sources

    collection = sources.csv(**survey.arguments(), on_bad_example="skip")
    try:
        split(collection, by="group")
    except DataError:
        return False
    return True


def _ungrouped(survey: TableSurvey) -> TableSurvey:
    why = "names things, which equal rows link too much to be kept together"
    columns = (c.taken("ignore", why) if c.kind == "groups" else c for c in survey.columns)
    return replace(survey, columns=tuple(columns))


def _told(column: Column) -> bool:
    return column.kind not in (column.found, "groups")


def _counted(survey: TableSurvey) -> TableSurvey:
    """With what the source itself makes of the table."""
    from dlsuite.data import sources

    collection = sources.csv(**survey.arguments(), on_bad_example="skip")
    targets = np.concatenate([part.rows["target"] for part in collection.parts.values()])
    kinds = collection.about["columns"]
    inputs = next(iter(collection.parts.values())).rows["columns"]
    wide = [1 if kind == "number" else len(set(inputs[n])) + 1 for n, kind in kinds.items()]
    known: dict[str, Any]
    if survey.task == "classification":
        names = list(map(str, collection.about["class_names"]))
        counts = np.bincount(targets, minlength=len(names)).tolist()
        known = {"classes": dict(zip(names, counts, strict=True))}
    else:
        mean = float(targets.mean(dtype=np.float64))
        known = {"mean": mean, "off": float(np.abs(targets - mean).mean())}
    return replace(
        survey,
        rows={part: len(examples) for part, examples in collection.parts.items()},
        bad=tuple(collection.about["bad_examples"]),
        width=sum(wide),
        **known,
    )


def _without_leaks(
    table: Table, columns: Sequence[Column], target: Column, task: Task
) -> list[Column]:
    """Columns that say the target in other words are no inputs."""
    answers = table.column(target.name)

    def leaks(column: Column) -> bool:
        if column is target or column.kind == "ignore":
            return False
        values = table.column(column.name)
        return values == answers or (task == "classification" and tells(values, answers))

    why = f"says {target.name} in other words"
    return [column.taken("ignore", why) if leaks(column) else column for column in columns]


def _one_grouping(columns: Sequence[Column], target: str) -> list[Column]:
    """Only the first column that says what belongs together does; others are names."""
    groups = [c for c in columns if c.kind == "groups" and c.name != target]
    return [c.taken("ignore", "names things") if c in groups[1:] else c for c in columns]


def _without_gaps(
    table: Table, columns: Sequence[Column], target: str, decimal: Decimal
) -> list[Column]:
    """Where too many rows miss a value, the columns with most gaps go."""
    left = list(columns)
    while True:
        used = [c for c in left if c.kind in ("number", "category") and c.name != target]
        values = [table.column(column.name) for column in used]
        lost = sum(any(map(is_missing, row)) for row in zip(*values, strict=True))
        worst = max(used, key=lambda column: column.missing, default=None)
        if worst is None or lost <= LOST * len(table.fields) or len(used) == 1:
            return left
        left[left.index(worst)] = worst.taken("ignore", missing_words(worst, len(table.fields)))


def _nothing_left(survey: TableSurvey) -> str:
    reasons = "; ".join(f"{c.name}: {c.why}" for c in survey.of_kind("ignore"))
    return (
        f"Nothing is left to predict {survey.target} from. {reasons or 'It is the only column'}. "
        "A table needs columns of numbers, or of texts that come again. Values that follow each "
        "other in time are a series, not a table."
    )
