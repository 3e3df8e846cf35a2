"""What a recipe says about a sweep: the space to search, how, and by which measure of dev."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from dlsuite.recipe import Block

Problems = Iterator[tuple[str, str]]
WHOLE = 1e-6  # how far, in steps, `high` may lie from a whole number of them
TRIALS = 30


def range_is_one_of_two(one: Range) -> Problems:
    """Either `choices`, or `low` and `high` with what belongs to them."""
    if one.choices is not None:
        for key in ("low", "high", "step", "kind"):
            if getattr(one, key) is not None:
                yield key, f"must be left out beside `choices`. Received: {getattr(one, key)}."
        if one.scale != "linear":
            yield "scale", f"must be left out beside `choices`. Received: {one.scale}."
        texts = [json.dumps(choice, sort_keys=True) for choice in one.choices]  # 1 is not true
        for index, text in enumerate(texts):
            if text in texts[:index]:
                yield f"choices.{index}", f"must differ from the others. Received: {text}."
    elif one.low is None or one.high is None:
        missing = "low" if one.low is None else "high"
        yield (
            missing,
            "must be given: a range is `low` and `high`, or `choices`. Received: nothing.",
        )


def range_has_room(one: Range) -> Problems:
    """`low` lies below `high`, and what is spaced by its logarithm above 0, without a step."""
    if one.low is None or one.high is None:
        return
    if one.low >= one.high:
        yield "high", f"must be above `low`, {one.low}. Received: {one.high}."
    elif one.scale == "log" and one.low <= 0:
        yield "low", f"must be above 0 where `scale` is log. Received: {one.low}."
    elif one.scale == "log" and one.step is not None:
        yield "step", f"must be left out where `scale` is log. Received: {one.step}."
    elif one.step is not None:
        steps = (one.high - one.low) / one.step
        if round(steps) < 1 or abs(steps - round(steps)) > WHOLE:
            yield (
                "step",
                f"must divide `high` - `low`, {one.high - one.low:g}. Received: {one.step}.",
            )
    if one.kind == "int":
        for key in ("low", "high", "step"):
            value = getattr(one, key)
            if value is not None and value != int(value):
                yield key, f"must be a whole number where `kind` is int. Received: {value}."


class Range(Block):
    """Values that a key may take in a sweep: `choices`, or all from `low` to `high`.

    `choices` are values of any form, blocks with a `type:` among them. `scale: log` spaces values
    by their logarithm, as suits learning rates; `step` leaves only `low`, `low + step`, … `high`.
    `kind` says whether they are whole numbers; where it is left out, they are where the key takes
    no others.
    """

    low: int | float | None = None
    high: int | float | None = None
    scale: Literal["linear", "log"] = "linear"
    step: Annotated[int | float, Field(gt=0)] | None = None
    kind: Literal["float", "int"] | None = None
    choices: Annotated[tuple[Any, ...], Field(min_length=1)] | None = None

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (range_is_one_of_two, range_has_room)


def only_dev_chooses(sweep: SweepSettings) -> Problems:
    """A sweep looks at dev: test is scored once, for what was chosen."""
    split, dot, metric = (sweep.optimize or "").rpartition(".")
    if dot and split != "dev":
        yield (
            "optimize",
            f"must be a metric of dev, such as dev.{metric or 'accuracy'}: test is scored once, "
            f"for what was chosen. Received: {sweep.optimize}.",
        )


def seeds_have_a_spread(sweep: SweepSettings) -> Problems:
    """One seed has no spread."""
    if sweep.confirm_seeds == 1:
        yield "confirm_seeds", "must be 0 or at least 2, as one seed has no spread. Received: 1."


def a_grid_has_points(sweep: SweepSettings) -> Problems:
    """A grid needs values that can be counted, and visits all of them."""
    if sweep.sampler != "grid":
        return
    for path, one in sweep.search.items():
        if one.choices is None and one.step is None and (one.kind != "int" or one.scale == "log"):
            yield (
                f"search.{path}",
                "must have a `step` or `choices` where `sampler` is grid. "
                f"Received: all from {one.low} to {one.high}.",
            )


class SweepSettings(Block):
    """Which keys `dlsuite sweep` searches, how, and what counts.

    `search` holds a range for each dotted key. `sampler`: `tpe` learns from the trials before
    (Bergstra et al., 2011), `random` does not, `grid` visits every point once. `pruner` ends trials
    early: `asha` those not among the best quarter that trained 1, 4, 16 … times `min_epochs` (Li et
    al., 2020), `median` those worse than the median of the others at their epoch; none before
    `min_epochs`. `optimize` is a metric of dev, that of `evaluation.optimize` or the application
    where not given.

    `trials` is 30 where not given, for a grid all its points. `storage` is where Optuna keeps its
    notes: a file beside the store of runs, or the URL of a database that several machines reach.
    The best trial is trained again with `confirm_seeds` new seeds, 0 for none, as is the recipe as
    written.
    """

    search: Annotated[dict[str, Range], Field(min_length=1)]
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    pruner: Literal["asha", "median"] | None = None
    min_epochs: PositiveInt = 1
    optimize: str | None = None
    trials: PositiveInt | None = None
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    storage: str | None = None
    confirm_seeds: NonNegativeInt = 3

    checks: ClassVar[tuple[Callable[[Any], Problems], ...]] = (
        only_dev_chooses,
        seeds_have_a_spread,
        a_grid_has_points,
    )
