"""What of a sweep is kept with its run: what was asked, tables, pictures, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlsuite.figures.sweep import (
    optimization_history,
    parallel_coordinates,
    parameter_importance,
)
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import Recipe, flatten, plain
from dlsuite.strategy.seed_spread import Spread
from dlsuite.strategy.sweep_settings import SweepSettings
from dlsuite.studies.sweeps.results import SweepResult, command, said_of, spread_words
from dlsuite.studies.sweeps.space import Space
from dlsuite.studies.sweeps.storage import planned, without_password

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.tracking import TrackedRun


def begun(
    tracked: TrackedRun,
    recipe: Recipe,
    settings: SweepSettings,
    space: Space,
    metric: str,
    url: str,
) -> None:
    """What was asked: the recipe as written, the sweep's settings as parameters."""
    tracked.text("recipe.yaml", recipe.written)
    asked = {
        **plain(settings),
        "storage": without_password(url),
        "trials": planned(space, settings),
    }
    searched = {f"sweep.search.{path}": words for path, words in space.text().items()}
    del asked["search"]
    tracked.parameters({**flatten({"sweep": asked}), **searched})
    tracked.tags({"optimizes": f"dev.{metric}", "overrides": " ".join(recipe.overrides)})


def pictures(
    tracked: TrackedRun,
    trials: pd.DataFrame,
    importance: Mapping[str, float],
    space: Space,
    metric: str,
) -> tuple[str, ...]:
    """The three pictures; in words those that could not be drawn."""
    measure, higher = f"dev.{metric}", higher_is_better(metric)
    log = frozenset(path for path, one in space.ranges.items() if one.scale == "log")
    drawings: dict[str, Any] = {
        "optimization_history": lambda: optimization_history(trials, measure, higher=higher),
        "parallel_coordinates": lambda: parallel_coordinates(
            trials, list(space.ranges), measure, higher=higher, log=log
        ),
    }
    if importance:
        drawings["parameter_importance"] = lambda: parameter_importance(importance, measure)
    failed = []
    for name, draw in drawings.items():
        try:
            tracked.figure(f"figures/{name}", draw())
        except (ValueError, ArithmeticError) as error:  # a sweep is more than its pictures
            failed.append(f"Figure {name} could not be drawn: {error}")
    return tuple(failed)


def ended(tracked: TrackedRun, result: SweepResult) -> None:
    """The best trial, its confirmation, and how to train it."""
    tracked.json("sweep.json", result.to_dict())
    scores = {f"best.{result.metric}": result.value}
    tags = {"best_trial": result.best, "best_overrides": " ".join(result.overrides)}
    found = result.confirmation
    if found is not None:
        name = result.metric.partition(".")[2]
        for label, one in (
            (f"confirmed.dev.{name}", found.best),
            (f"confirmed.test.{name}", found.test),
            (f"as_written.dev.{name}", found.written),
        ):
            scores |= {} if one is None else {label: one.mean, f"{label}.std": one.std}
    tracked.metrics(scores)
    tracked.tags(tags)
    tracked.describe("\n\n".join(summary(result)))


def summary(result: SweepResult) -> list[str]:
    """What came of a sweep, in sentences."""
    counts = result.trials["state"].value_counts()
    done = ", ".join(f"{count} {state}" for state, count in counts.items())
    said = [
        f"{len(result.trials)} trials: {done}.",
        f"The best is trial {result.best}, {result.metric} {result.value:.4f}: optimistic, as it "
        "is the best of many looks at the same dev part.",
    ]
    found = result.confirmation
    if found is not None:
        said += _confirmed(result, found)
    said.append(f"Train it: {command(result)}")
    return [*said, *result.notes]


def _confirmed(result: SweepResult, found: Any) -> list[str]:
    metric = result.metric.partition(".")[2]
    if found.best is None:
        return ["It could not be confirmed: fewer than two trainings with new seeds ended."]
    said = [_over_seeds("With new seeds its", result.metric, found.best)]
    if found.test is not None:
        said.append(_over_seeds("Their", f"test.{metric}", found.test))
    if found.written is not None:
        said.append(_over_seeds("The recipe as written reaches", result.metric, found.written))
    said += [
        said_of(found.over_written, "the recipe as written"),
        said_of(found.over_second, "the second best trial"),
    ]
    return [each for each in (*said, *found.failed) if each]


def _over_seeds(begin: str, metric: str, one: Spread) -> str:
    verb = "" if begin.endswith("reaches") else " is"
    return f"{begin} {metric}{verb} {spread_words(one)}."
