"""Tables: classes or numbers predicted from the columns of a CSV file or a ready dataset.

dlsuite train wine_mlp
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import keras
import numpy as np
from pydantic import Field

from dlsuite import experiment, figures, strategy
from dlsuite.data import (
    DataError,
    DataSettings,
    Examples,
    Splits,
    TableStatistics,
    moments,
    table_features,
)
from dlsuite.losses import softmax_cross_entropy
from dlsuite.metrics import Scores, classification_scores, regression_scores
from dlsuite.ops import class_answers
from dlsuite.recipe import Block, Call, Room
from dlsuite.serving import Signature, table_signatures
from dlsuite.training import (
    ClassifierTraining,
    Loss,
    Optimizer,
    RegularizationSettings,
    add_l2,
    loss_problems,
    one_learning_rate_control,
    regularization_reaches_the_model,
)
from dlsuite.types import Tree
from pipelines import SHIPPED

Model = Annotated[
    Call, Room("dlsuite.models", late={"input_shape": (4,), "num_classes": 3, "dropout": 0.0})
]


class Baseline(Block):
    """The rival: a linear model, or the most frequent class (for numbers: the mean)."""

    type: Literal["linear", "constant"] = "linear"


class Settings(experiment.Settings):
    """A recipe for tables; the source decides between classes and numbers.

    Without `loss` it is the cross-entropy of logits, or the squared error in units of the target's
    variance.
    """

    pipeline: Literal["tabular"] = "tabular"
    data: DataSettings
    model: Model
    loss: Loss | None = None
    optimizer: Optimizer = Field(default={"type": "Adam"}, validate_default=True)
    regularization: RegularizationSettings = RegularizationSettings()
    training: ClassifierTraining = ClassifierTraining()
    baseline: Baseline | None = Baseline()

    checks: ClassVar[tuple[Callable, ...]] = (
        one_learning_rate_control,
        regularization_reaches_the_model,
    )


@dataclass(frozen=True)
class TableInfo:
    """What the model learns about the data, all of it from the training part.

    Attributes:
        statistics: Of the columns.
        target: Name of the target.
        class_names: K names; None where the target is a number.
        class_counts: Training examples of each class.
        target_moments: Mean and variance of a target that is a number.
    """

    statistics: TableStatistics
    target: str
    class_names: tuple[str, ...] | None
    class_counts: tuple[int, ...] = ()
    target_moments: tuple[float, float] = (0.0, 1.0)


def load(settings: Settings) -> Splits:
    """The table by split, with the statistics of its training part as `info`."""
    collection, parts, report = settings.data.load()
    about, train = collection.about, parts["train"].rows
    if "columns" not in about:
        raise DataError(
            "`pipeline: tabular` needs a source with named columns, such as csv, wine or diabetes. "
            f"Received: {settings.data.source.type}."
        )
    names, target = about.get("class_names"), train["target"]
    known: dict[str, Any] = {"class_names": None, "target_moments": moments(target)}
    if names is not None:
        counts = np.bincount(target, minlength=len(names))
        known = {"class_names": tuple(map(str, names)), "class_counts": tuple(map(int, counts))}
    statistics = TableStatistics.of(about["columns"], train["columns"])
    info = TableInfo(statistics, str(about["target"]), **known)
    return Splits(info=info, report=report, **parts)


def encode(settings: Settings, info: TableInfo) -> Callable[[Tree], tuple]:
    """Raw batches to features and targets, with class weights where the recipe has them."""
    prepare = table_features(info.statistics)

    def plainly(raw: Tree) -> tuple:
        return prepare(raw["columns"]), raw["target"]

    if info.class_names is None:
        return plainly
    return settings.training.weighted(plainly, info.class_names, info.class_counts)


def build(settings: Settings, info: TableInfo, late: Mapping[str, Any]) -> keras.Model:
    """The compiled net: logits `[B, K]` for classes, predictions `[B, 1]` for numbers."""
    model = settings.model(
        input_shape=(info.statistics.width,),
        num_classes=1 if info.class_names is None else len(info.class_names),
        dropout=settings.regularization.dropout,
    )
    add_l2(model, settings.regularization.l2)
    options = {"optimizer": settings.optimizer(**late), "jit_compile": late["jit_compile"]}
    if info.class_names is not None:
        smoothing = settings.regularization.label_smoothing
        make = settings.loss or softmax_cross_entropy
        model.compile(loss=make(label_smoothing=smoothing), metrics=["accuracy"], **options)
        return model
    # The net learns the standardised target; its answers are in the target's own unit.
    mean, variance = info.target_moments
    scale = keras.layers.Rescaling(variance**0.5, offset=mean, name="target_unit")
    regressor = keras.Model(model.input, scale(model.output), name=model.name)
    if settings.loss is None:
        regressor.compile(loss="mse", loss_weights=1 / variance, metrics=["mae"], **options)
    else:
        regressor.compile(loss=settings.loss(), metrics=["mae"], **options)
    return regressor


def predict(
    settings: Settings, info: TableInfo, model: keras.Model, batches: Any
) -> Iterator[Tree]:
    """Class answers, see `ops.class_answers`, or `prediction` `[N]` in the target's unit."""
    for x in batches:
        outputs = model.predict_on_batch(x)
        if info.class_names is None:
            yield {"prediction": outputs[:, 0]}
        else:
            yield class_answers(outputs, info.class_names)


def score(settings: Settings, info: TableInfo, examples: Examples, answers: Tree) -> Scores:
    """Accuracy and its companions, or R² and mean errors."""
    if info.class_names is None:
        return regression_scores(examples.keys, examples.rows["target"], answers["prediction"])
    return classification_scores(
        examples.keys, examples.rows["target"], answers["logits"], info.class_names
    )


def signatures(settings: Settings, info: TableInfo, model: keras.Model) -> dict[str, Signature]:
    """`serving_default` with one input for each column."""
    features, columns = table_features(info.statistics), info.statistics.columns
    return table_signatures(
        features,
        model,
        columns,
        info.class_names,
        target=info.target,
        vocabularies=info.statistics.vocabularies,
        decimal=settings.data.source.arguments.get("decimal", "."),
    )


def baseline(
    settings: Settings, splits: Splits, scored: Mapping[str, Examples]
) -> dict[str, Scores]:
    """Scores of the recipe's rival on the examples that the model was scored on."""
    if settings.baseline is None:
        return {}
    info, train = splits.info, splits.train.rows
    if settings.baseline.type == "linear":
        task: Any = "regression" if info.class_names is None else "classification"
        classes = None if info.class_names is None else len(info.class_names)
        rival = strategy.linear(train["columns"], train["target"], task, num_classes=classes)
    elif info.class_names is None:
        rival = strategy.mean(train["target"])
    else:
        rival = strategy.most_frequent(train["target"], len(info.class_names))
    output = "prediction" if info.class_names is None else "logits"
    return {
        name: score(settings, info, part, {output: rival.predict(part.rows["columns"])})
        for name, part in scored.items()
    }


def check(settings: Settings, info: TableInfo) -> Iterable[tuple[str, str]]:
    """What only the data can contradict: keys that need classes, names of classes, the loss."""
    if info.class_names is not None:
        yield from settings.training.check_classes(info.class_names)
        logits = np.zeros((2, len(info.class_names)), "float32")
        yield from loss_problems(settings.loss, np.zeros(2, "int32"), logits)
        return
    if settings.training.class_weight is not None:
        yield "training.class_weight", f"needs classes; {info.target} is a number"
    if settings.regularization.label_smoothing:
        yield "regularization.label_smoothing", f"needs classes; {info.target} is a number"
    column = np.zeros((2, 1), "float32")
    yield from loss_problems(settings.loss, np.zeros(2, "float32"), column)


def draw(outcome: experiment.Outcome) -> Iterator[tuple[str, Any]]:
    """Curves, and the confusion matrix or predictions against targets, on dev."""
    info, history = outcome.splits.info, outcome.history
    metric = "r2" if info.class_names is None else "accuracy"
    yield "curves", figures.curves(history.epochs, metric=metric, best_epoch=history.best_epoch)
    if "dev" not in outcome.scores:
        return
    table = outcome.scores["dev"].examples
    if info.class_names is None:
        yield "predicted_against_true", figures.predicted_against_true(table, quantity=info.target)
    else:
        yield "confusion_matrix", figures.confusion_matrix(table, info.class_names)


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
    shipped=SHIPPED,
)
run = partial(experiment.run, pipeline)
