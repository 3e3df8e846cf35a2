"""Recipes made wrong at random: python -m benchmarks.reliability recipes (an hour on two cores)

Every recipe that ships or stands in the README, with one to four slips in its text, its tree or its
overrides. Each is accepted or refused with messages that have a place; what is accepted is planned
where its data is small. The property is that of `tests/recipe/trying.py`.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import Row, say

# Recipes checked without data, and recipes accepted and planned with data.
STATIC = int(os.environ.get("DLSUITE_WRONG_RECIPES", "20_000"))
PLANS = int(os.environ.get("DLSUITE_PLANNED_RECIPES", "300"))
SAID_EVERY = 500  # recipes between two lines of progress
SMALL = ("wine_mlp", "diabetes_mlp", "digits_mlp", "digits_lenet5", "readme_0")


def rows(first: int = 0, static: int = STATIC, plans: int = PLANS) -> Iterator[Row]:
    """Recipes tried, by the kind of slip, and what ended otherwise than it should.

    Args:
        first: Seed of the first recipe; those that follow count on.
        static: How many are checked without data.
        plans: How many that are accepted are planned.
    """
    from tests.recipe import mutations, wrong_words
    from tests.recipe.trying import KINDS

    recipes = mutations.recipes()
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what a recipe writes or imports is there
        wrong_words.own_modules(Path(folder))
        try:
            for kind in KINDS:
                count = static // len(KINDS)
                yield _row(
                    f"wrong recipes, {kind}", *_tried(_checked(kind, recipes, first, count), count)
                )
            yield _row("wrong recipes, planned", *_tried(_planned(recipes, first), plans))
        finally:
            os.chdir(here)


def _row(name: str, ends: Counter[str], bad: list[str]) -> Row:
    said = ", ".join(f"{count:,} {end}" for end, count in sorted(ends.items()))
    note = f"{said}{'; ' if bad else ''}{'; '.join(bad[:5])}"
    return Row(
        f"{name}: {ends.total():,} tried, other ends than accepted or refused",
        "",
        [len(bad)],
        0,
        note,
    )


def _tried(
    each: Iterator[tuple[int, Callable[[], str]]], count: int
) -> tuple[Counter[str], list[str]]:
    ends: Counter[str] = Counter()
    bad: list[str] = []
    for number, (seed, attempt) in zip(range(1, count + 1), each, strict=False):
        try:
            ends[attempt()] += 1
        except (Exception, SystemExit) as error:  # what there should be none of
            ends["otherwise"] += 1
            bad.append(f"seed {seed}: {type(error).__name__}: {str(error)[:200]}")
            say(f"  {bad[-1]}")
        if number % SAID_EVERY == 0 or (count < SAID_EVERY and number % 20 == 0):
            say(f"  {number:,} tried: {dict(ends)}")
    return ends, bad


def _checked(
    kind: str, recipes: dict[str, str], first: int, count: int
) -> Iterator[tuple[int, Callable[[], str]]]:
    from tests.recipe.trying import Wrong

    names = sorted(recipes)

    for seed in range(first, first + count):
        text = recipes[random.Random(seed).choice(names)]
        wrong = Wrong.of(kind, seed, text)
        yield seed, lambda wrong=wrong: "refused" if wrong.loaded() is None else "accepted"


def _planned(recipes: dict[str, str], first: int) -> Iterator[tuple[int, Callable[[], str]]]:
    """Recipes that are accepted, of trees and overrides in turn."""
    import keras

    from dlsuite.recipe import RecipeError
    from tests.recipe.trying import Wrong

    seed = first
    while True:
        seed += 1
        text = recipes[random.Random(seed).choice(SMALL)]
        wrong = Wrong.of("tree" if seed % 2 else "override", seed, text)
        try:
            accepted = wrong.loaded() is not None
        except (AssertionError, RecipeError):
            accepted = False
        if accepted:
            yield seed, lambda wrong=wrong: "planned" if wrong.planned() else "refused"
            keras.backend.clear_session()
