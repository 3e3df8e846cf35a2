"""What an application is to the suite: a value of plain functions around its frozen Settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from pydantic import Field

from dlsuite.data import Collection, DataSettings, Examples, Splits
from dlsuite.experiment.outcome import Inspected, Outcome
from dlsuite.metrics import Scores
from dlsuite.recipe import Block
from dlsuite.strategy import Diagnosis, supervised
from dlsuite.strategy.drift import Sample
from dlsuite.strategy.settings import Bound, EvaluationSettings
from dlsuite.strategy.sweep_settings import SweepSettings
from dlsuite.training import History, RuntimeSettings, TrainingSettings, fit_stages
from dlsuite.types import Tree

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from dlsuite.drafting.draft import Draft
    from dlsuite.serving import Signature
    from dlsuite.survey.look import Look


class ExportSettings(Block):
    """How a trained model leaves.

    `tolerance` is the largest difference to training's answers, `latency_batch` the number of
    examples whose answers are timed together, beside those of one.
    """

    tolerance: float = 1e-5
    latency_batch: Annotated[int, Field(ge=1)] = 32


class Settings(Block):
    """The part of a recipe that every application has; an application adds its own keys."""

    pipeline: str
    data: DataSettings
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    runtime: RuntimeSettings = RuntimeSettings()
    export: ExportSettings = ExportSettings()
    expect: dict[str, Bound] = Field(default={})
    sweep: SweepSettings | None = None


@dataclass(frozen=True)
class Remark:
    """What a number of the recipe means for this data and this length of training.

    Attributes:
        key: The recipe's.
        text: In words.
        value: What it became, where it is something else, as a recipe would say it.
    """

    key: str
    text: str
    value: Any = None


def no_signatures(settings: Any, info: Any, model: keras.Model) -> dict[str, Signature]:
    """For what is not served, such as an image that is its own result."""
    return {}


def no_figures(outcome: Outcome) -> Iterator[tuple[str, Figure]]:
    """For what has nothing to show."""
    return iter(())


def nothing_inside(outcome: Outcome) -> Inspected:
    """For models that nobody looks into."""
    return Inspected()


def no_baseline(
    settings: Any, splits: Splits, scored: Mapping[str, Examples], begun: Callable[[], keras.Model]
) -> dict[str, Scores]:
    """For tasks without a simple rival."""
    return {}


def no_values(settings: Any, splits: Splits) -> int:
    """For tasks without a simple rival, or one that takes hardly any memory."""
    return 0


def never(settings: Any) -> bool:
    """For nets that are not recurrent."""
    return False


def no_remarks(
    settings: Any, info: Any, model: keras.Model, late: Mapping[str, Any]
) -> Iterable[Remark]:
    """For recipes that mean what they say."""
    return ()


def nothing_to_rehearse(settings: Any) -> None:
    """For models that only the data can contradict."""


def no_problems(settings: Any, info: Any) -> Iterable[tuple[str, str]]:
    """For settings that no data can contradict."""
    return ()


def nothing_to_settle(
    settings: Any, info: Any, dev: Examples, answers: Tree
) -> tuple[Any, str | None]:
    """For answers that are used as they are."""
    return info, None


def no_names(info: Any) -> Sequence[str] | None:
    """For models whose outputs, or inputs, have no names."""
    return None


def nothing_more(settings: Any, info: Any) -> Mapping[str, Any]:
    """For data that is read by its own source alone."""
    return {}


def as_it_is(settings: Any, info: Any, collection: Collection) -> Collection:
    """For data without names to match."""
    return collection


def nothing_to_describe(settings: Any, info: Any, examples: Examples) -> Sample:
    """For inputs that nobody named."""
    return Sample()


@dataclass(frozen=True)
class Pipeline:
    """An application as plain functions; `experiment.run` is the only caller.

    Args:
        name: The recipe's `pipeline:` value and the name of its MLflow experiment.
        settings: The recipe's form, a subclass of `Settings`.
        metric: The metric to optimize where the recipe names none; dev measures of it choose the
            best weights.
        load: `settings -> Splits`; `info` in it is all that the model learns about the data.
        encode: `(settings, info) -> (raw batch -> (x, y))`, run inside tf.data.
        question: `(settings, info) -> (raw batch -> what predict is asked)` where that is more than
            the x of `encode`, such as the sizes of pictures that answers are measured in; None
            where it is x.
        build: `(settings, info, late) -> compiled keras.Model`; `late` holds `steps_per_epoch`,
            `epochs`, `train_count`, `jit_compile`.
        rehearse: `settings -> None`: tries what of the model no data is needed for, before any is
            read; it raises `ValueError`.
        predict: `(settings, info, model, batches of x) -> iterator of answers`, trees of arrays
            `[B, ...]`; one definition for dev measures, final scores and the proof of an export.
        score: `(settings, info, examples, answers) -> Scores` over a whole split.
        settle: `(settings, info, dev, answers) -> (info, words or None)`: what the answers to dev
            decide of how answers are used, such as the score from which a box is told. Scores,
            pictures and exports are made with that info, and the run keeps it.
        signatures: `(settings, info, model) -> {name: Signature}` to serve.
        figures: `Outcome -> iterator of (name, Figure)`.
        inspect: `Outcome -> Inspected`, a look into the trained model.
        baseline: `(settings, splits, scored, begun) -> {split: Scores}` of a simple rival, fitted
            on `splits.train` and scored on the examples `scored` by split, as the model was;
            `begun()` is the model as its training began, for a rival on its features.
        baseline_values: `(settings, splits) -> count` of the numbers that this rival is fitted on,
            for the estimate of memory.
        check: `(settings, info) -> (key, message) pairs`: what only the data can tell is wrong.
        remarks: `(settings, info, model, late) -> Remarks` on what numbers of the recipe became,
            and on those that do not suit the length of the training; `late` as for `build`.
        diagnose: the judge of the scores, or None where error has no meaning.
        train: the fitting of the model.
        candidates: `(settings, info, model, batches as for predict, answers) -> arrays [N, ...]`
            that the proof of an export gets beside the answers, where more than one answer is
            right, see `serving.suppressed`; None where one is.
        recurrent: whether a recipe's net is a small recurrent one, which wants other thread pools.
        info: Type of `Splits.info`, a frozen dataclass of plain values, by which a run's own is
            read back; None for mappings and lists.
        outputs: `info -> names` of the model's outputs, by which the heads of two models are
            matched, or None.
        inputs: `info -> names` of the features that the model gets, in their order, or None: a
            first layer learned of other features is not taken for these.
        reading: `(settings, info) -> arguments` with which other sources than the recipe's read
            such data, such as `target` and `channels`; a source gets those that it takes.
        admit: `(settings, info, collection) -> collection` in the model's own terms: targets
            numbered as it numbers them, nothing missing that it needs. It raises `DataError`.
        describe: `(settings, info, examples) -> Sample`: their inputs in named numbers and
            categories, for who looks for drift.
        propose: `Look -> Draft` of a first recipe for a user's own data, or None. It raises
            `DataError` where the data is nothing for this application.
        shipped: folder of the recipes that ship with it.
    """

    name: str
    settings: type[Settings]
    metric: str | None
    load: Callable[[Any], Splits]
    encode: Callable[[Any, Any], Callable[[Tree], tuple]]
    build: Callable[[Any, Any, Mapping[str, Any]], keras.Model]
    predict: Callable[[Any, Any, keras.Model, Any], Iterator[Tree]]
    score: Callable[[Any, Any, Examples, Tree], Scores]
    settle: Callable[[Any, Any, Examples, Tree], tuple[Any, str | None]] = nothing_to_settle
    signatures: Callable[[Any, Any, keras.Model], dict[str, Signature]] = no_signatures
    figures: Callable[[Outcome], Iterator[tuple[str, Figure]]] = no_figures
    inspect: Callable[[Outcome], Inspected] = nothing_inside
    baseline: Callable[..., dict[str, Scores]] = no_baseline
    baseline_values: Callable[[Any, Splits], int] = no_values
    check: Callable[[Any, Any], Iterable[tuple[str, str]]] = no_problems
    remarks: Callable[[Any, Any, keras.Model, Mapping[str, Any]], Iterable[Remark]] = no_remarks
    diagnose: Callable[..., Diagnosis] | None = supervised
    train: Callable[..., History] = fit_stages
    rehearse: Callable[[Any], None] = nothing_to_rehearse
    question: Callable[[Any, Any], Callable[[Tree], Tree]] | None = None
    candidates: Callable[..., dict[str, np.ndarray]] | None = None
    recurrent: Callable[[Any], bool] = never
    info: Any = None
    outputs: Callable[[Any], Sequence[str] | None] = no_names
    inputs: Callable[[Any], Sequence[str] | None] = no_names
    reading: Callable[[Any, Any], Mapping[str, Any]] = nothing_more
    admit: Callable[[Any, Any, Collection], Collection] = as_it_is
    describe: Callable[[Any, Any, Examples], Sample] = nothing_to_describe
    propose: Callable[[Look], Draft] | None = None
    shipped: Path | None = field(default=None)
