"""What more data would bring: the recipe trained on growing parts of its training examples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from dlsuite import experiment
from dlsuite.experiment import Pipeline
from dlsuite.progress import followed, working
from dlsuite.recipe import Document, Recipe, RecipeError, load
from dlsuite.strategy.errors import Scale, SplitError, scale_of, split_error
from dlsuite.strategy.learning_curve import FEWEST, PowerLaw, fit_power_law
from dlsuite.studies.study import Study, studied
from dlsuite.tracking import RunRecord

FRACTION, SEED = "fraction", "seed"
KEY = "data.train_fraction"
AHEAD = (2.0, 4.0)  # times the examples there are, that the answer speaks of

Equal = Literal["steps", "epochs"]


@dataclass(frozen=True)
class LearningCurve:
    """Errors at growing numbers of training examples.

    Attributes:
        run_id: Of the study.
        scale: What an error is.
        points: A row for each training: `fraction`, `seed`, `examples`, `train` and `dev` (errors),
            `standard_error` of dev, `run_id`.
        law: Through the dev errors; None where there are fewer than four numbers of examples.
        reference: Error that is known to be reachable, as the recipe has it, or None.
    """

    run_id: str
    scale: Scale
    points: pd.DataFrame
    law: PowerLaw | None
    reference: float | None

    @property
    def mean(self) -> pd.DataFrame:
        """The mean over seeds, by number of examples."""
        return self.points.groupby("examples")[["train", "dev", "standard_error"]].mean()

    def law_table(self) -> pd.DataFrame | None:
        """The law from the fewest examples on to four times as many as there are."""
        if self.law is None:
            return None
        counts = self.points["examples"]
        grid = np.geomspace(counts.min(), AHEAD[-1] * counts.max(), 60)
        low, high = zip(*map(self.law.interval, grid), strict=True)
        errors = [self.law.at(each) for each in grid]
        return pd.DataFrame({"examples": grid, "error": errors, "low": low, "high": high})


def learning_curve(
    pipeline: Pipeline,
    recipe: str | Path | Mapping[str, Any] | Document,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    fractions: Sequence[float] = (0.1, 0.2, 0.5, 1.0),
    seeds: int = 1,
    equal: Equal = "steps",
) -> LearningCurve:
    """Trains a recipe on each fraction of its train part, all measured on the same dev part.

    Smaller parts lie within larger ones and have all classes. With equal steps every model takes as
    many as the one on all examples, so that less data is not less training too; with equal epochs
    a tenth of the data costs a tenth of the time. What ended before is not repeated when the same
    is asked for again. The test part is never touched.

    Args:
        pipeline: The application.
        recipe: What `run` takes.
        overrides: Dotted changes.
        fractions: Each above 0, at most 1; two or more.
        seeds: Trainings at each, of the same examples with other first weights in another order.
        equal: What the trainings have in common.

    Raises:
        ValueError: Fractions outside of their range, or fewer than two.
        RecipeError: The recipe is wrong, or sets `data.train_fraction` or folds itself.
    """
    parts = sorted(set(map(float, fractions)))
    if len(parts) < 2 or not all(0 < part <= 1 for part in parts) or seeds < 1:
        raise ValueError(
            "`fractions` must be two or more different numbers above 0 and up to 1, and `seeds` at "
            f"least 1. Received: {list(fractions)}, {seeds}."
        )
    checked = load(recipe, pipeline.settings, overrides, shipped=pipeline.shipped)
    _require_whole(checked)
    with working("reading the data, building the model"):
        planned = experiment.plan(pipeline, checked.document).learner
    about = {"fractions": parts, "seeds": seeds, "equal": equal}
    steps = {"training.steps_per_epoch": planned.steps_per_epoch} if equal == "steps" else {}
    settings: Any = checked.settings
    with studied("learning curve", pipeline, checked.document, about) as study:
        tasks = [(part, settings.training.seed + seed) for seed in range(seeds) for part in parts]
        records = [
            (part, seed, _trained(study, part, seed, steps))
            for part, seed in followed(tasks, "learning curve", unit="trainings")
        ]
        found = _read(study, records, _reference(settings.evaluation))
        _keep(study, found)
    return found


def _reference(evaluation: Any) -> float | None:
    """The lowest error that is known to be reachable, as for a verdict."""
    levels = (evaluation.reference_error, evaluation.human_error)
    known = [each.value for each in levels if each is not None and each.value is not None]
    return min(known, default=None)


def _require_whole(recipe: Recipe) -> None:
    settings: Any = recipe.settings
    if settings.data.train_fraction != 1:
        message = "is what a learning curve varies: leave it out."
        raise RecipeError([recipe.problem(KEY, message)])
    if settings.evaluation.folds is not None:
        message = "cannot be had with a learning curve, which measures on dev: set it to null."
        raise RecipeError([recipe.problem("evaluation.folds", message)])


def _trained(study: Study, part: float, seed: int, steps: Mapping[str, Any]) -> RunRecord:
    changes: dict[str, Any] = {KEY: part, "training.seed": seed}
    if part < 1:
        changes |= steps
    return study.train(f"{part:g} of train, seed {seed}", {FRACTION: part, SEED: seed}, changes)


def _read(
    study: Study, records: Sequence[tuple[float, int, RunRecord]], reference: float | None
) -> LearningCurve:
    # The scale of a regression is the spread of all targets, not of a part of them.
    largest = max(records, key=lambda each: each[0])[2]
    scale = scale_of({"train": largest.table("examples/train")}, {})
    rows = []
    for part, seed, record in records:
        train, dev = (split_error(record.table(f"examples/{s}"), scale) for s in ("train", "dev"))
        rows.append(
            {
                "fraction": part,
                "seed": seed,
                "examples": int(record.tags["examples.train"]),
                "train": train.value,
                "dev": dev.value,
                "standard_error": standard_error(dev),
                "run_id": record.run_id,
            }
        )
    points = pd.DataFrame(rows).sort_values(["examples", "seed"], ignore_index=True)
    return LearningCurve(study.tracked.run_id, scale, points, law_of(points), reference)


def standard_error(error: SplitError) -> float:
    """Of a mean over examples; of a share with one error more each way, so that it is never 0."""
    assert error.examples is not None
    values = error.examples
    if values.dtype == bool:
        count = len(values) + 2
        share = (values.sum() + 1) / count
        return math.sqrt(share * (1 - share) / count)
    spread = float(values.std(ddof=1)) if len(values) > 1 else abs(error.value)
    return max(spread / math.sqrt(len(values)), np.finfo(float).tiny)


def law_of(points: pd.DataFrame) -> PowerLaw | None:
    """The law through the means over seeds; None where there are too few numbers of examples.

    Args:
        points: As `LearningCurve` has them.
    """
    if points["examples"].nunique() < FEWEST:
        return None
    each = points.groupby("examples")
    # All seeds are measured on the same dev examples: more of them do not make its accidents
    # smaller, and only what differs between seeds is averaged away.
    seeds: pd.Series = (each["dev"].std(ddof=1) / np.sqrt(each.size())).fillna(0.0)
    mean = each[["dev", "standard_error"]].mean()
    errors = np.hypot(mean["standard_error"], seeds)
    return fit_power_law(mean.index.tolist(), mean["dev"].tolist(), errors.tolist())


def _keep(study: Study, found: LearningCurve) -> None:
    from dlsuite.figures.learning_curve import learning_curve_picture
    from dlsuite.studies.learning_curve_words import sentences, to_dict

    study.tracked.table("learning_curve", found.points)
    study.tracked.json("learning_curve.json", to_dict(found))
    drawn = learning_curve_picture(
        found.points,
        found.law_table(),
        error=found.scale.meaning,
        reference=found.reference,
    )
    study.tracked.figure("figures/learning_curve", drawn)
    study.tracked.describe("\n\n".join(sentences(found)))
