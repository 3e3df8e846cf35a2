"""What is proposed for a table: the lines of a draft with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dlsuite.drafting.draft import Draft, Line
from dlsuite.drafting.lines import (
    IMBALANCE,
    Division,
    bad_lines,
    bad_words,
    batch_of,
    by_count,
    class_words,
    imbalance,
    weight_words,
)
from dlsuite.survey.column_survey import Column
from dlsuite.survey.table_opening import recoding
from dlsuite.survey.table_survey import TableSurvey

# Training rows -> hidden layers: as many weights as the rows can bear.
HIDDEN = {200: [16], 1_000: [32], 10_000: [64, 32], 100_000: [128, 64]}
LARGEST = [256, 128, 64]
# Training rows -> epochs: some 2,000 steps for little data, fewer passes over much.
EPOCHS = {1_000: 100, 10_000: 50, 100_000: 20}
FEWEST_EPOCHS = 10
FOLDS, FOLDED = 5, 300  # rows below which one division is a matter of luck
FEW_VALUES = 20  # different whole numbers that may be classes
FEW = 1_000  # training rows below which weights are held small
NAMED = 12  # columns that a comment names
STEP_SECONDS, START_UP = 0.002, 10


def table_draft(pipeline: str, survey: TableSurvey) -> Draft:
    """A recipe that trains a first, small net on a table.

    Args:
        pipeline: The application's name.
        survey: What a look at the table found.
    """
    division = Division.of(survey.rows, FOLDS if _folded(survey) else 0)
    train = division.counts["train"]
    batch, epochs = batch_of(train, 8, 256), by_count(EPOCHS, train, FEWEST_EPOCHS)
    steps = -(-train // batch)
    groups = survey.of_kind("groups")
    lines = (
        Line("data.source", {"type": "csv", **survey.arguments()}, _about_columns(survey)),
        division.line("rows", groups[0].name if groups else None),
        *bad_lines(survey.bad, survey.count + len(survey.bad), "rows"),
        Line("data.batch_size", batch, f"{steps:,} step{'s' * (steps != 1)} in an epoch."),
        *_fitting(survey, train, epochs),
    )
    aim = f"the class {survey.target}" if survey.classes else f"{survey.target}, a number,"
    return Draft(
        pipeline=pipeline,
        what=f"{survey.path}: {aim} from {_inputs(survey)} in {survey.count:,} rows.",
        why=f"{survey.path} is a table",
        lines=lines,
        seconds=(START_UP + epochs * steps * STEP_SECONDS) * (1 + FOLDS * _folded(survey)),
        fit=0.5,  # what a table holds may be meant for another application, too
        notes=tuple(_notes(survey)),
        found=_found(survey),
    )


def _inputs(survey: TableSurvey) -> str:
    count = len(survey.of_kind("number")) + len(survey.of_kind("category"))
    return f"{count} column{'s' * (count != 1)}"


def _about_columns(survey: TableSurvey) -> str:
    said = [_about_target(survey)]
    numbers, texts = survey.of_kind("number"), survey.of_kind("category")
    if numbers:
        said.append(f"Numbers: {_names(numbers)}.")
    if texts:
        said.append(f"Categories: {', '.join(_category(c) for c in texts[:NAMED])}{_more(texts)}.")
    for column in survey.of_kind("groups"):
        said.append(f"{column.name} says what belongs together ({column.why}), and is no input.")
    ignored = survey.of_kind("ignore")
    if ignored:
        first = ", ".join(f"{column.name} ({column.why})" for column in ignored[:NAMED])
        said.append(f"Left out: {first}{_more(ignored)}.")
    return " ".join(said)


def _about_target(survey: TableSurvey) -> str:
    if survey.classes:
        told = f"{survey.target}: {class_words(survey.classes)}"
        if survey.said:
            told += " Its numbers are taken as classes; `task: regression` takes them as numbers."
        return told
    told = (
        f"{survey.target} is a number, {survey.mean:.4g} on average. Always answering that is off "
        f"by {survey.off:.3g} and has r2 0: a model must beat that."
    )
    column = next(column for column in survey.columns if column.name == survey.target)
    if column.whole and column.distinct <= FEW_VALUES:
        told += f" Are its {column.distinct} values classes? Then add `task: classification`."
    return told


def _fitting(survey: TableSurvey, train: int, epochs: int) -> Iterator[Line]:
    hidden = next((layers for limit, layers in HIDDEN.items() if train < limit), LARGEST)
    cut = ", as a category is one for each of its values" if survey.of_kind("category") else ""
    yield Line(
        "model",
        {"type": "mlp", "hidden": hidden},
        f"{survey.width:,} inputs{cut}. {train:,} rows bear a {'small ' * (train < FEW)}net; its "
        "rival, the baseline, is linear.",
    )
    yield Line("optimizer", {"type": "Adam", "learning_rate": 0.003})
    kept = {"l2": 0.001, "dropout": 0.1} if train < FEW else {"dropout": 0.1}
    yield Line(
        "regularization",
        kept,
        "More where training scores well above dev, less where both score low.",
    )
    patience = max(5, epochs // 5)
    training: dict[str, Any] = {
        "epochs": epochs,
        "early_stopping": {"patience": patience},
        "seed": 0,
    }
    why = f"The best epoch on dev is kept; {patience} without a gain end the training."
    metric = "accuracy" if survey.classes else "r2"
    if survey.classes and imbalance(survey.classes) > IMBALANCE:
        training["class_weight"] = "balanced"
        why, metric = f"{why} {weight_words(survey.classes)}", "f1_macro"
    yield Line("training", training, why)
    if _folded(survey):
        why = (
            f"With {survey.count} rows a score is partly luck: a net for each of {FOLDS} parts is "
            f"scored on it and trained on the others, cv.{metric} is their mean. The net that is "
            "kept learns from all but a dev part. `folds: null` trains one net, on one division."
        )
        yield Line("evaluation", {"optimize": metric, "folds": FOLDS}, why)
    else:
        yield Line("evaluation", {"optimize": metric})


def _folded(survey: TableSurvey) -> bool:
    return survey.count < FOLDED and "all" in survey.rows


def _category(column: Column) -> str:
    why = f", {column.why}" if column.why else ""
    return f"{column.name} ({column.distinct:,} values{why})"


def _names(columns: list[Column]) -> str:
    return f"{', '.join(column.name for column in columns[:NAMED])}{_more(columns)}"


def _more(columns: list[Column]) -> str:
    return f" and {len(columns) - NAMED:,} more" if len(columns) > NAMED else ""


def _notes(survey: TableSurvey) -> Iterator[str]:
    """What a user should hear at once."""
    if survey.guessed:
        others = ", ".join(c.name for c in survey.columns[:NAMED] if c.name != survey.target)
        yield (
            f"{survey.target} is to be predicted, taken {survey.guessed}; --target NAME says "
            f"another: {others}{_more(list(survey.columns))}."
        )
    ignored = survey.of_kind("ignore")
    if ignored:
        first = "; ".join(f"{column.name}: {column.why}" for column in ignored[:NAMED])
        yield f"Columns left out: {first}{_more(ignored)}."
    if survey.bad:
        yield bad_words(survey.bad, survey.count + len(survey.bad), "rows")
    if any("not UTF-8" in item["reason"] for item in survey.bad):
        yield (
            "Some rows are not UTF-8, as of a file from Windows: "
            f"{recoding(survey.path)} makes a copy that is."
        )
    for column in survey.columns:
        if column.dressed:
            yield (
                f"{column.name} is taken as texts, as its numbers carry signs, such as "
                f"{column.dressed!r}; written plainly they would be numbers."
            )


def _found(survey: TableSurvey) -> dict[str, Any]:
    return {
        "rows": survey.count,
        "parts": dict(survey.rows),
        "target": survey.target,
        "target_guessed": bool(survey.guessed),
        "task": survey.task,
        "classes": dict(survey.classes),
        "mean": None if survey.classes else survey.mean,
        "columns": {
            c.name: {"kind": c.kind, "why": c.why, "distinct": c.distinct, "missing": c.missing}
            for c in survey.columns
        },
        "bad_examples": list(survey.bad),
    }
