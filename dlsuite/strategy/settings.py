"""What a recipe says about judging a run: metric, bounds to satisfy, reference error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from dlsuite.recipe import Block


class Bound(Block):
    """Limits of one figure; at least one of the two is given."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Bound:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give `at_least`, `at_most` or both")
        return self

    def holds(self, value: float) -> bool:
        """True where `value` lies within the limits; a NaN never does."""
        low = self.at_least is None or value >= self.at_least
        high = self.at_most is None or value <= self.at_most
        return value == value and low and high

    def text(self) -> str:
        """The limits in words, such as `at least 0.97`."""
        parts = (("at least", self.at_least), ("at most", self.at_most))
        return " and ".join(f"{word} {limit:g}" for word, limit in parts if limit is not None)


Source = Annotated[str, Field(min_length=3)]
WhichPeople = Literal["best", "team", "typical"]


class ReferenceLevel(Block):
    """An error that is known to be reachable, with its source: bias is measured against it."""

    value: Annotated[float, Field(ge=0)]
    source: Source


def people_are_told_once(human: HumanLevel) -> Iterator[tuple[str, str]]:
    """A number or a table of labels, not both and not neither."""
    if human.value is None and human.labels is None:
        yield "value", "must be given, or `labels`, a CSV of what people answered. Received: none."
    elif human.value is not None and human.labels is not None:
        yield "labels", f"must be left out where `value` is given. Received: {human.labels}."


class HumanLevel(Block):
    """How often people err: `value`, or `labels`, a CSV of their answers to dev or test examples.

    The CSV has columns `key` (of an example, as the run's example tables have it), `label` and,
    where there are several people, `annotator`. `of` says who stands for people: `team` is the
    majority vote, `typical` the mean annotator, `best` whichever errs least of the team and each
    annotator who answered at least half of the examples. The best of people is what bounds the
    error of a perfect answer (course: human-level performance), so it is the default.
    """

    value: Annotated[float, Field(ge=0)] | None = None
    labels: Annotated[str, Field(min_length=1)] | None = None
    of: WhichPeople = "best"
    source: Source

    checks = (people_are_told_once,)


class EvaluationSettings(Block):
    """How the finished model is judged.

    `optimize` is the one metric to optimize (the pipeline's own where not given), `satisfy` the
    satisficing ones (course: machine learning strategy). Clean scores of the training part are
    taken on `train_sample` examples where it is larger.

    Bias is measured against `reference_error`, an error known to be reachable, or `human_error`,
    that of people; where both are given, against the lower one. A net that errs less than people
    is said to surpass them.

    With `folds` the run is a cross-validation, for data too small to spare a test part: each fold
    is held out once and scored by a model trained on the others, reported as `cv.<metric>`; then a
    model is trained on all of it, which is the one kept. What `expect` and `satisfy` say of `test`
    is held against `cv`, unless a test part came with the data: that one stays out of the folds.
    """

    optimize: str | None = None
    satisfy: dict[str, Bound] = Field(default={})
    reference_error: ReferenceLevel | None = None
    human_error: HumanLevel | None = None
    gap_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.02
    train_sample: Annotated[int, Field(ge=1)] = 10_000
    batch_size: Annotated[int, Field(ge=1)] = 256
    folds: Annotated[int, Field(ge=2, le=20)] | None = None
