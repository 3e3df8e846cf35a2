"""What a recipe says about judging a run: metric, bounds to satisfy, reference error."""

from __future__ import annotations

from typing import Annotated

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


class ReferenceLevel(Block):
    """The error that nothing can be expected to beat: human level, or another with its source."""

    value: Annotated[float, Field(ge=0)]
    source: Annotated[str, Field(min_length=3)]


class EvaluationSettings(Block):
    """How the finished model is judged.

    `optimize` is the one metric to optimize (the pipeline's own where not given), `satisfy` the
    satisficing ones (course: machine learning strategy). Clean scores of the training part are
    taken on `train_sample` examples where it is larger.

    With `folds` the run is a cross-validation, for data too small to spare a test part: each fold
    is held out once and scored by a model trained on the others, reported as `cv.<metric>`; then a
    model is trained on all of it, which is the one kept. What `expect` and `satisfy` say of `test`
    is held against `cv`, unless a test part came with the data: that one stays out of the folds.
    """

    optimize: str | None = None
    satisfy: dict[str, Bound] = Field(default={})
    reference_error: ReferenceLevel | None = None
    gap_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.02
    train_sample: Annotated[int, Field(ge=1)] = 10_000
    batch_size: Annotated[int, Field(ge=1)] = 256
    folds: Annotated[int, Field(ge=2, le=20)] | None = None
