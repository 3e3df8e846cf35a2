"""The ledger of claims: what recipes state of their scores, and the runs that stand behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite import experiment
from dlsuite.experiment import Pipeline, recipe_of
from dlsuite.experiment.kept_scores import kept_scores, kept_values
from dlsuite.metrics.class_averages import PER_CLASS
from dlsuite.metrics.counted_scores import OF_CLASSES, OF_POSITIVES
from dlsuite.metrics.measures import measure_of
from dlsuite.progress import followed, tell
from dlsuite.recipe import Document, Recipe, RecipeError, load
from dlsuite.strategy.claims import Claim, claim
from dlsuite.strategy.settings import Bound
from dlsuite.studies.left_out import STATED
from dlsuite.tracking import RunRecord, Store, StoreError
from dlsuite.tracking.search import PARENT

SEEDS = 3
SHARES = (0.0, 1.0)  # what scores of classes lie between


@dataclass(frozen=True)
class Claimed:
    """A recipe with what it states.

    Attributes:
        recipe: Checked.
        records: Its runs, one for each seed that there is one of.
        missing: Seeds without a run.
        claims: One for each limit that it states, in its order.
    """

    recipe: Recipe
    records: tuple[RunRecord, ...]
    missing: tuple[int, ...]
    claims: tuple[Claim, ...]

    @property
    def holds(self) -> bool:
        """Whether every limit is kept."""
        return all(each.holds for each in self.claims)

    @cached_property
    def baselines(self) -> dict[str, float]:
        """Mean score of the baseline over the runs, by metric of the claims, where it has one."""
        found = {}
        for each in self.claims:
            name = f"baseline.{each.metric}"
            values = [r.metrics[name] for r in self.records if name in r.metrics]
            if values:
                found[each.metric] = float(np.mean(values))
        return found


def claims(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    seeds: int = SEEDS,
    train: bool = False,
) -> Claimed:
    """Holds a recipe's `expect` against its runs, one for each of the seeds 0, 1, ….

    A seed is that of the training and of the division of the data. A run stands behind the recipe
    as it is now: where a key was changed since, it does not count, but for what is only stated
    about the score.

    Args:
        pipeline: The application.
        recipe: What `run` takes.
        overrides: Dotted changes.
        seeds: How many, 1 or more.
        train: Whether to train those that are missing; an interrupted training goes on.

    Raises:
        RecipeError: The recipe is wrong, or states nothing under `expect`.
        ValueError: Fewer than one seed.
    """
    if seeds < 1:
        raise ValueError(f"`seeds` must be at least 1. Received: {seeds}.")
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    settings: Any = checked.settings
    if not settings.expect:
        message = "is empty: state what the recipe reaches, such as test.accuracy: {at_least: 0.9}."
        raise RecipeError([checked.problem("expect", message)])
    found = runs_behind(pipeline, checked, seeds)
    if train:
        for seed in followed([s for s in range(seeds) if s not in found], "claims", unit="seeds"):
            tell(f"{checked.name}, seed {seed}")
            changes = {**seeded(checked, seed), "training.resume": "auto"}
            done = experiment.run(pipeline, checked.document, changes)
            found[seed] = Store.open().find(done.run_id)
    records = tuple(found[seed] for seed in sorted(found))
    missing = tuple(seed for seed in range(seeds) if seed not in found)
    judged = [_claim(metric, bound, records) for metric, bound in settings.expect.items()]
    return Claimed(checked, records, missing, tuple(judged))


def seeded(recipe: Recipe, seed: int) -> dict[str, Any]:
    """The changes that make a recipe the one of a seed."""
    settings: Any = recipe.settings
    if settings.data.split == "auto":
        return {"training.seed": seed, "data.split": {"seed": seed}}
    return {"training.seed": seed, "data.split.seed": seed}


def runs_behind(pipeline: Pipeline, recipe: Recipe, seeds: int) -> dict[int, RunRecord]:
    """The newest finished run of this very recipe for each seed that has one."""
    wanted = {
        load(recipe.document, pipeline.settings, {**seeded(recipe, seed), **STATED}).sha256: seed
        for seed in range(seeds)
    }
    found: dict[int, RunRecord] = {}
    for record in Store.open().servable(pipeline.name):
        if record.tags.get("recipe") != recipe.name or PARENT in record.tags:
            continue
        seed = wanted.get(_sha256_now(pipeline, record))
        if seed is not None and seed not in found:
            found[seed] = record
    return found


def _sha256_now(pipeline: Pipeline, record: RunRecord) -> str:
    """Hash of a run's recipe with the keys of today, so that a new key does not make it another."""
    try:
        return load(recipe_of(record), pipeline.settings, STATED).sha256
    except (RecipeError, StoreError):
        return ""


def _claim(metric: str, bound: Bound, records: Sequence[RunRecord]) -> Claim:
    having = [each for each in records if metric in each.metrics]
    split, dot, name = metric.partition(".")
    reaches, keys = [], set()
    if dot:
        for record in having:
            reach = _reach(record, split, name)
            if reach is not None:
                reaches.append(reach)
        keys = {_examples_of(record, split) for record in having}
    if len(reaches) != len(having):
        reaches = []
    return claim(
        metric,
        bound,
        [each.metrics[metric] for each in having],
        reaches,
        same_examples=len(keys) <= 1,
        within=SHARES if _is_share(name) else (-np.inf, np.inf),
    )


def _is_share(metric: str) -> bool:
    known = ("accuracy", "auc", "calibration_error", *OF_CLASSES, *OF_POSITIVES)
    return metric in known or metric.startswith(PER_CLASS)


def _reach(record: RunRecord, split: str, metric: str) -> float | None:
    """Half the width of the 95 % interval over examples; None where tables do not tell it."""
    if metric not in kept_values(record, split):
        return None
    scores = kept_scores(record, split)
    measure = measure_of(metric, [scores])
    if measure is None:
        return None
    interval = measure.interval(scores.examples)
    return (interval.high - interval.low) / 2


def _examples_of(record: RunRecord, split: str) -> str:
    report = json.loads(record.artifact("splits.json").read_text(encoding="utf-8"))
    return str(report["hashes"].get(split, ""))
