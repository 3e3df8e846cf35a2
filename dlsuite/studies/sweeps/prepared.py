"""A sweep, checked in full before anything of it is begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlsuite.experiment import Pipeline
from dlsuite.recipe import Document, Recipe, RecipeError, load, plain
from dlsuite.strategy.sweep_settings import SweepSettings
from dlsuite.studies.sweeps import storage
from dlsuite.studies.sweeps.check import checked_metric, checked_space
from dlsuite.studies.sweeps.space import Space
from dlsuite.studies.sweeps.worker import pipeline_at

SHOWN = 5  # trials of a dry run


@dataclass(frozen=True)
class Prepared:
    """A checked sweep, nothing of it begun.

    Attributes:
        pipeline: The application.
        place: Where that is, `package.module:attribute`.
        recipe: With its `sweep`.
        settings: That.
        space: What is searched, proven to be valid.
        metric: Of dev, without its split.
        trials: How many there will be.
        jobs: Processes to do them.
        sha256: The same for all that would go on with each other.
    """

    pipeline: Pipeline
    place: str
    recipe: Recipe
    settings: SweepSettings
    space: Space
    metric: str
    trials: int
    jobs: int
    sha256: str

    def first(self) -> list[dict[str, Any]]:
        """The changes that the first trials make, as far as nothing needs to be learned before."""
        params = storage.preview(self.space, self.settings, SHOWN)
        return [self.space.overrides(each) for each in params]


def prepare(
    pipeline: str,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] = (),
    *,
    jobs: int = 1,
) -> Prepared:
    """Checks a sweep in full, with its data; no run is begun and nothing is written.

    Args:
        pipeline: Where the application is, `package.module:attribute`.
        recipe: A file, the name of a recipe that ships, the same as a mapping, or read before.
        overrides: Dotted changes, `sweep.trials=10` among them.
        jobs: Processes to do trials at once.

    Raises:
        RecipeError: The recipe, its sweep or a value of its space is wrong.
    """
    found = pipeline_at(pipeline)
    written = load(recipe, found.settings, overrides, shipped=found.shipped)
    settings = written.settings.sweep
    if settings is None:
        message = "is missing. It must say what to search, such as "
        message += "sweep: {search: {optimizer.learning_rate: {low: 1e-4, high: 0.1, scale: log}}}."
        raise RecipeError([written.problem("sweep", message)])
    space = checked_space(found, written)
    # Who begins other processes must not take an accelerator from them.
    metric = checked_metric(found, written, {"runtime.device": "cpu"} if jobs > 1 else {})
    trained = load(written.document, found.settings, {"sweep": None, "training.resume": None})
    count = storage.planned(space, settings)
    sha = _sha256(trained.sha256, settings, metric)
    return Prepared(found, pipeline, written, settings, space, metric, count, jobs, sha)


def _sha256(recipe: str, sweep: SweepSettings, metric: str) -> str:
    """Of all that decides on what trials are; how many there are, and where noted, is not in it."""
    free = {"trials", "storage", "confirm_seeds", "optimize"}
    asked = {key: value for key, value in plain(sweep).items() if key not in free}
    text = json.dumps([recipe, metric, asked], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
