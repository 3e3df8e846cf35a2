"""What a recipe says under `data:`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from dlsuite.data.augment_settings import layers_change_images, mixes
from dlsuite.data.bad_examples import OnBadExample, left_out
from dlsuite.data.catalog_use import provided
from dlsuite.data.doubts import about_targets
from dlsuite.data.examples import PARTS, Collection, DataError, Examples
from dlsuite.data.portion import portion
from dlsuite.data.relabels import relabelled
from dlsuite.data.split_report import SplitReport, report_on
from dlsuite.data.splits import By, Fold, split
from dlsuite.data.strata import stratum_names
from dlsuite.recipe import Block, Call, Room

Source = Annotated[Call, Room("dlsuite.data.sources", late={"on_bad_example": "error"})]
Layer = Annotated[Call, Room("keras.layers", "dlsuite.layers")]
Share = Annotated[float, Field(ge=0, le=1)]


def shares_add_up(settings: SplitSettings) -> Iterator[tuple[str, str]]:
    """Shares are all or none of train, dev and test, and make a whole."""
    shares = settings.shares()
    if not shares:
        return
    if shares.get("train", 0.0) == 0:
        yield "train", f"must be above 0 where shares are given. Received: {_listed(shares)}."
    elif abs(sum(shares.values()) - 1) > 1e-6:
        yield (
            "train",
            f"shares must add up to 1. Received: {_listed(shares)}, which add up to "
            f"{sum(shares.values()):g}.",
        )


def fold_is_one_of_them(settings: SplitSettings) -> Iterator[tuple[str, str]]:
    """A fold that is held out is one of those there are, and folds do not look into the future."""
    folds, held_out = settings.folds, settings.held_out
    if folds is None and held_out is not None:
        yield "held_out", f"needs `folds`, of which it is one. Received: {held_out} alone."
    elif folds is not None and held_out is not None and held_out > folds:
        yield "held_out", f"must be a fold from 1 to {folds}. Received: {held_out}."
    if folds is not None and settings.by == "time":
        yield "folds", "cannot divide by time: a model would be trained on what comes after."


class SplitSettings(Block):
    """How examples are divided: shares that add up to 1, or none of them for `auto`.

    With `folds` examples are first divided into so many equal parts: the part `held_out` (1 for the
    first) is test, the others are divided by the remaining shares. Without `held_out` nothing is:
    all examples are divided so. `evaluation.folds` sets both, for one run after the other.
    """

    train: Share | None = None
    train_dev: Share | None = None
    dev: Share | None = None
    test: Share | None = None
    by: By = "example"
    seed: Annotated[int, Field(ge=0)] = 0
    folds: Annotated[int, Field(ge=2)] | None = None
    held_out: Annotated[int, Field(ge=1)] | None = None

    checks = (shares_add_up, fold_is_one_of_them)

    def shares(self) -> dict[str, float]:
        """Those that are given, by split."""
        given = {name: getattr(self, name) for name in PARTS}
        return {name: share for name, share in given.items() if share is not None}


class DataSettings(Block):
    """Where examples come from, how they are divided, and how they are fed.

    Attributes:
        source: One of `dlsuite.data.sources`, or the user's own `module:name`.
        split: `auto`, or shares and what they keep together.
        train_fraction: The part of train to learn from, such as for a learning curve; dev and test
            stay whole.
        batch_size: Examples in a step of training: 1 is stochastic gradient descent, `full`
            batch gradient descent.
        augment: Layers that change images in training, in turn, and never those that are scored or
            predicted; what they give is cut off at 0 and 1. MixUp and CutMix also mix targets.
        cache: Where examples are kept once they are decoded and encoded.
        on_bad_example: Whether what cannot be read is an error or left out.
        relabels: File of corrected labels that lies over the data, see `dlsuite errors`.
    """

    source: Source
    split: Literal["auto"] | SplitSettings = "auto"
    train_fraction: Annotated[float, Field(gt=0, le=1)] = 1.0
    batch_size: Annotated[int, Field(ge=1)] | Literal["full"] = 64
    augment: tuple[Layer, ...] = ()
    cache: Literal["memory", "disk", "none"] = "none"
    on_bad_example: OnBadExample = "error"
    relabels: Annotated[str, Field(min_length=1)] | None = None

    checks = (layers_change_images,)

    def load(self) -> tuple[Collection, dict[str, Examples], SplitReport]:
        """Reads the source and divides it: the collection, its examples by split, the report.

        What was left out as bad is the first of the report's warnings. Files of a public set are
        verified first.

        Raises:
            DataError: The data is not there, or not what it should be.
        """
        notes = provided(self.source)
        try:
            collection = self.source(on_bad_example=self.on_bad_example)
        except DataError as error:
            raise DataError("\n".join([str(error), *notes]), argument=error.argument) from error
        parts, report = self.divided(collection)
        if self.relabels is not None:
            parts, report = _relabelled(collection, parts, report, self.relabels)
        bad = tuple(collection.about.get("bad_examples", ()))
        said = (*collection.about.get("notes", ()), *about_targets(collection))
        over = () if report.relabels is None else (report.relabels.text(),)
        warnings = (*left_out(bad), *notes, *said, *over, *report.warnings)
        return collection, parts, replace(report, warnings=warnings, bad_examples=bad)

    def divided(self, collection: Collection) -> tuple[dict[str, Examples], SplitReport]:
        """A collection's examples by split, as `split` says, and the report."""
        chosen = SplitSettings() if self.split == "auto" else self.split
        parts, report = split(
            collection,
            ratios=chosen.shares() or "auto",
            by=chosen.by,
            seed=chosen.seed,
            fold=None if chosen.folds is None else Fold(chosen.folds, chosen.held_out),
        )
        if self.train_fraction == 1:
            return parts, report
        fewer = portion(parts["train"], self.train_fraction, by=chosen.by, seed=chosen.seed)
        parts = {**parts, "train": fewer}
        return parts, _counted_anew(collection, parts, report)

    @property
    def mixes(self) -> bool:
        """Whether training makes one example of two, so that targets must be shares."""
        return any(mixes(layer.target) for layer in self.augment)

    def augmentation(self) -> list[Any]:
        """The layers of `augment`, made. They compute in float32 whatever the model computes in."""
        if not self.augment:
            return []
        import keras

        policy = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        try:
            return [layer() for layer in self.augment]
        finally:
            keras.config.set_dtype_policy(policy)


def _relabelled(
    collection: Collection, parts: dict[str, Examples], report: SplitReport, path: str
) -> tuple[dict[str, Examples], SplitReport]:
    """The same division with the labels of a file, counted anew."""
    changed, applied = relabelled(parts, collection.about, path)
    return changed, replace(_counted_anew(collection, changed, report), relabels=applied)


def _counted_anew(
    collection: Collection, parts: dict[str, Examples], report: SplitReport
) -> SplitReport:
    """The report on parts that were changed after the division."""
    names = stratum_names(collection.about)
    return report_on(parts, by=report.by, seed=report.seed, given=report.given, class_names=names)


def _listed(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:g}" for name, share in shares.items())
