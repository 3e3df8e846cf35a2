"""Tables: classes, labels or numbers told by the columns of a CSV file or a ready dataset.

dlsuite train wine_mlp
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import keras
from pydantic import Field

from dlsuite import evaluation, experiment, figures
from dlsuite.data import (
    Collection,
    DataError,
    DataSettings,
    Examples,
    Splits,
    TableStatistics,
    table_features,
)
from dlsuite.drafting.draft import Draft
from dlsuite.drafting.table_draft import table_draft
from dlsuite.experiment.new_data import admitted_rows, described_rows, feature_names
from dlsuite.experiment.remarks import remarks
from dlsuite.experiment.supervised import SupervisedSettings, check, compiled, predict
from dlsuite.metrics import Scores
from dlsuite.recipe import Block, Call, Room
from dlsuite.serving import Signature, table_signatures
from dlsuite.strategy.drift import Sample
from dlsuite.survey.look import Look
from dlsuite.targets import AnyTarget, read_target
from dlsuite.targets.units import unit_names
from dlsuite.types import Tree
from pipelines import SHIPPED

Model = Annotated[
    Call,
    Room(
        "dlsuite.models",
        late={"input_shape": (4,), "num_classes": 3, "dropout": 0.0},
        beside=experiment.BESIDE,
    ),
]


class Baseline(Block):
    """The rival: a linear model, or the most frequent class (for numbers: the mean).

    `train_examples` caps what the linear model is fitted on.
    """

    type: Literal["linear", "constant"] = "linear"
    train_examples: Annotated[int, Field(ge=1)] = 60_000


class Settings(SupervisedSettings):
    """A recipe for tables; the source decides between classes, labels and numbers."""

    pipeline: Literal["tabular"] = "tabular"
    data: DataSettings
    model: Model
    baseline: Baseline | None = Baseline()


@dataclass(frozen=True)
class TableInfo:
    """What the model learns about the data, all of it from the training part.

    Attributes:
        statistics: Of the columns.
        target: What the model is to answer.
        target_columns: Columns that hold it.
    """

    statistics: TableStatistics
    target: AnyTarget
    target_columns: tuple[str, ...]


def load(settings: Settings) -> Splits:
    """The table by split, with the statistics of its training part as `info`."""
    collection, parts, report = settings.data.load()
    about, train = collection.about, parts["train"].rows
    if "columns" not in about:
        raise DataError(
            "`pipeline: tabular` needs a source with named columns, such as csv, wine or diabetes. "
            f"Received: {settings.data.source.type}."
        )
    target = about["target"]
    info = TableInfo(
        statistics=TableStatistics.of(about["columns"], train["columns"]),
        target=read_target(about, train["target"]),
        target_columns=(target,) if isinstance(target, str) else tuple(target),
    )
    return Splits(info=info, report=report, **parts)


def encode(settings: Settings, info: TableInfo) -> Callable[[Tree], tuple]:
    """Raw batches to features and targets, with class weights where the recipe has them."""
    prepare = table_features(info.statistics)
    return info.target.weighted(
        lambda raw: (prepare(raw["columns"]), raw["target"]), settings.training.class_weight
    )


def build(settings: Settings, info: TableInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled net: logits `[B, K]` for classes, predictions `[B, 1]` for numbers."""
    return compiled(settings, info, late, (info.statistics.width,))


def score(settings: Settings, info: TableInfo, examples: Examples, answers: Tree) -> Scores:
    """Accuracy and its companions, or R² and mean errors."""
    return info.target.score(examples.keys, examples.rows["target"], answers)


def signatures(settings: Settings, info: TableInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` with one input for each column."""
    return table_signatures(
        table_features(info.statistics),
        model,
        info.statistics.columns,
        info.target,
        target_columns=info.target_columns,
        vocabularies=info.statistics.vocabularies,
        decimal=settings.data.source.arguments.get("decimal", "."),
        gaps=settings.data.source.arguments.get("missing") == "impute",
    )


def baseline(
    settings: Settings,
    splits: Splits,
    scored: Mapping[str, Examples],
    begun: Callable[[], keras.Model],
) -> dict[str, Scores]:
    """Scores of the recipe's rival on the examples that the model was scored on."""
    choice, target, train = settings.baseline, splits.info.target, splits.train.rows
    if choice is None:
        return {}
    if choice.type == "linear":
        rival = target.linear_rival(
            train["columns"], train["target"], most_examples=choice.train_examples
        )
    else:
        rival = target.constant_rival(train["target"])
    return {
        name: score(
            settings, splits.info, part, target.decoded(rival.predict(part.rows["columns"]))
        )
        for name, part in scored.items()
    }


def draw(outcome: experiment.Outcome) -> Iterator[tuple[str, Any]]:
    """Curves and scores, and on dev what the target has to show."""
    history, target, dev = outcome.history, outcome.splits.info.target, outcome.splits.dev
    epochs = target.on_one_scale(history.epochs, outcome.settings.loss)
    yield "curves", figures.curves(epochs, metric=target.metric, best_epoch=history.best_epoch)
    yield (
        "scores",
        figures.score_intervals(
            outcome.scores,
            outcome.baseline,
            quantity=", ".join(outcome.splits.info.target_columns),
        ),
    )
    if dev is not None:
        table = outcome.scores["dev"].examples
        yield from target.figures(table, dev.rows["target"], outcome.answers["dev"], "dev")


def reading(settings: Settings, info: TableInfo) -> Mapping[str, Any]:
    """Further tables are read for the same target, with columns of the same kinds."""
    target = info.target_columns
    tasks = {"one_class": "classification", "number": "regression"}
    return {
        "target": target[0] if len(target) == 1 else list(target),
        "columns": dict(info.statistics.columns),
        **({"task": tasks[info.target.kind]} if info.target.kind in tasks else {}),
    }


def admit(settings: Settings, info: TableInfo, collection: Collection) -> Collection:
    """Further rows with the columns of those in training, their classes matched by name."""
    return admitted_rows(collection, info.target, info.statistics.columns)


def describe(settings: Settings, info: TableInfo, examples: Examples) -> Sample:
    """The columns."""
    return described_rows(examples, info.statistics.columns)


def propose(look: Look) -> Draft:
    """A first recipe for a user's own table."""
    return table_draft("tabular", look.table)


pipeline = experiment.Pipeline(
    name="tabular",
    settings=Settings,
    metric="loss",
    load=load,
    encode=encode,
    build=build,
    predict=predict,
    score=score,
    signatures=signatures,
    figures=draw,
    baseline=baseline,
    check=check,
    remarks=remarks,
    info=TableInfo,
    outputs=lambda info: unit_names(info.target),
    inputs=lambda info: feature_names(info.statistics),
    reading=reading,
    admit=admit,
    describe=describe,
    propose=propose,
    shipped=SHIPPED,
)
run = partial(experiment.run, pipeline)
evaluate = partial(evaluation.evaluate, pipeline)
