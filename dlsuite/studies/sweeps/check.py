"""What can be wrong with a sweep is said before its first trial: keys, ranges, measure, grid."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

from dlsuite import experiment
from dlsuite.experiment import Pipeline
from dlsuite.metrics import higher_is_better
from dlsuite.recipe import Problem, Recipe, RecipeError, load
from dlsuite.recipe.paths import Path, path_in, steps
from dlsuite.recipe.spelling import received
from dlsuite.strategy.sweep_settings import Range, SweepSettings
from dlsuite.studies.sweeps.space import Space, between, ends

# Keys that a sweep leaves alone, and why.
ASIDE = {
    "pipeline": "it is the application itself",
    "sweep": "it is the sweep itself",
    "data.source": "trials on other data cannot be compared",
    "data.split": "trials on another dev part cannot be compared",
    "evaluation": "trials that are judged otherwise cannot be compared",
    "expect": "it judges the finished model",
    "baseline": "it is the rival of the finished model",
    "export": "it concerns the finished model",
    "training.seed": "the best of several seeds is luck, which the next training does not have",
    "training.resume": "a trial goes on by itself",
    "runtime.device": "it changes no score",
    "runtime.threads": "it changes no score",
    "runtime.memory_growth": "it changes no score",
}
MOST_CORNERS = 32  # of the space that are checked: all where there are no more
MOST_POINTS = 10_000  # of a grid


def checked_space(pipeline: Pipeline, recipe: Recipe) -> Space:
    """The space of a recipe's `sweep`, every key, end, choice and corner of it proven to be valid.

    Args:
        pipeline: The application.
        recipe: With a `sweep`.

    Raises:
        RecipeError: With every problem at once; nothing was loaded or begun.
    """
    sweep = recipe.settings.sweep
    problems = [*_misplaced(recipe, sweep), *_uncountable(recipe, sweep)]
    ranges: dict[str, Range] = {}
    for path, one in sweep.search.items():
        if any(problem.key.startswith(f"sweep.search.{path}") for problem in problems):
            continue
        ranges[path] = _of_a_kind(pipeline, recipe, path, one)
        problems += _refused_values(pipeline, recipe, path, ranges[path])
    space = Space(ranges)
    if not problems:
        problems += _refused_corners(pipeline, recipe, space)
    if not problems:
        problems += _wrong_count(recipe, space)
    if problems:
        raise RecipeError(problems)
    return space


def checked_metric(pipeline: Pipeline, recipe: Recipe, machine: Mapping[str, Any] = {}) -> str:
    """The metric of dev that the sweep optimizes, without its split; checked with the data.

    Args:
        pipeline: The application.
        recipe: With a `sweep`.
        machine: Changes to the recipe for this process.

    Raises:
        RecipeError: The data has no dev part, scoring gives no such metric, or nobody names one;
            or the recipe is wrong for its data.
    """
    named = recipe.settings.sweep.optimize
    metric = (named or recipe.settings.evaluation.optimize or pipeline.metric or "").split(".")[-1]
    key = "evaluation.optimize" if named is None else "sweep.optimize"
    if not metric:
        message = f"must be given, as {pipeline.name} has no metric of its own. Received: nothing."
        raise RecipeError([recipe.problem("sweep.optimize", message)])
    changes = {**machine, "evaluation.optimize": metric, "sweep": None}
    try:
        learner = experiment.plan(pipeline, recipe.document, changes).learner
    except RecipeError as error:
        raise RecipeError([_moved(recipe, each, key) for each in error.problems]) from error
    if learner.splits.dev is None:
        message = "must hold a dev part, by which a sweep chooses. Received: none."
        raise RecipeError([recipe.problem("data.split", message)])
    try:
        higher_is_better(metric)
    except ValueError as error:
        raise RecipeError([recipe.problem(key, str(error))]) from error
    return metric


def _moved(recipe: Recipe, problem: Problem, key: str) -> Problem:
    ours = problem.key == "evaluation.optimize"
    return recipe.problem(key, problem.message) if ours else problem


def _misplaced(recipe: Recipe, sweep: SweepSettings) -> Iterator[Problem]:
    """Keys that are none, that a sweep leaves alone, or of which one holds another."""
    if recipe.settings.evaluation.folds is not None:
        message = "must be left out of a sweep, whose trials are chosen between by dev."
        yield recipe.problem("evaluation.folds", f"{message} Pass evaluation.folds=null.")
    places = {path: path_in(recipe.document.tree, path) for path in sweep.search}
    for path, place in places.items():
        if not steps(path):
            yield _at_key(recipe, path, "must be a dotted key, such as optimizer.learning_rate.")
        for aside, why in ASIDE.items():
            if path == aside or path.startswith(f"{aside}."):
                yield _at_key(recipe, path, f"is no key to search: {why}.")
        for other, outer in places.items():
            if other != path and place[: len(outer)] == outer:
                yield _at_key(recipe, path, f"lies within {other}, which is searched too.")


def _uncountable(recipe: Recipe, sweep: SweepSettings) -> Iterator[Problem]:
    if sweep.sampler != "grid":
        return
    points = Space(sweep.search).points
    if points is not None and points > MOST_POINTS:
        message = f"must have at most {MOST_POINTS:,} points for a grid. Received: {points:,}."
        yield recipe.problem("sweep.search", message)


def _wrong_count(recipe: Recipe, space: Space) -> Iterator[Problem]:
    """A grid visits every point: it has as many trials."""
    sweep = recipe.settings.sweep
    if sweep.sampler == "grid" and sweep.trials not in (None, space.points):
        message = f"must be left out, or {space.points}, the points of the grid. "
        yield recipe.problem("sweep.trials", f"{message}Received: {sweep.trials}.")


def _of_a_kind(pipeline: Pipeline, recipe: Recipe, path: str, one: Range) -> Range:
    """The range with its `kind`: whole numbers where the key takes no others."""
    if one.choices is not None or one.kind is not None:
        return one
    inside = between(one)
    whole = one.low == int(one.low or 0) and one.high == int(one.high or 0)
    only_whole = (
        whole
        and _refusals(pipeline, recipe, {path: inside})
        and not _refusals(pipeline, recipe, {path: int(inside)})
    )
    return one.model_copy(update={"kind": "int" if only_whole else "float"})


def _refused_values(pipeline: Pipeline, recipe: Recipe, path: str, one: Range) -> Iterator[Problem]:
    values = ends(one)
    if one.kind == "float" and one.step is None:
        values["kind"] = between(one)
    refused = {place: _refusals(pipeline, recipe, {path: value}) for place, value in values.items()}
    of_all = set.intersection(*({each.message for each in found} for found in refused.values()))
    for message in sorted(of_all):
        yield _at_key(recipe, path, message)
    for place, found in refused.items():
        for each in found:
            if each.message in of_all:
                continue
            message = f"{path} {each.message}"
            if each.key != path:
                message = f"with {path}={received(values[place])}, {each.key} {each.message}"
            yield recipe.document.problem(_place(path, place), message)


def _refused_corners(pipeline: Pipeline, recipe: Recipe, space: Space) -> Iterator[Problem]:
    """Ends and choices that fit alone may not fit together."""
    levels = [list(ends(one).values()) for one in space.ranges.values()]
    count = 1
    for each in levels:
        count *= len(each)
    if count <= MOST_CORNERS:
        corners = list(itertools.product(*levels))
    else:
        draw = random.Random(recipe.settings.sweep.seed)
        corners = [tuple(draw.choice(each) for each in levels) for _ in range(MOST_CORNERS)]
    for corner in corners:
        changes = dict(zip(space.ranges, corner, strict=True))
        found = _refusals(pipeline, recipe, changes)
        if found:
            said = ", ".join(f"{path}={received(value)}" for path, value in changes.items())
            for problem in found:
                message = f"together, {said}: {problem.key} {problem.message}"
                yield recipe.problem("sweep.search", message)
            return


def _refusals(pipeline: Pipeline, recipe: Recipe, changes: Mapping[str, Any]) -> list[Problem]:
    """What the recipe says against changes, before any data is read."""
    try:
        load(recipe.document, pipeline.settings, {"sweep": None, **changes})
    except RecipeError as error:
        return error.problems
    return []


def _place(path: str, place: str) -> Path:
    """Where in the recipe an end or choice of a range stands."""
    name, _, index = place.partition(".")
    return ("sweep", "search", path, name, *([int(index)] if index else []))


def _at_key(recipe: Recipe, path: str, message: str) -> Problem:
    place = ("sweep", "search", path)
    return recipe.document.problem(place, message, at=place)
