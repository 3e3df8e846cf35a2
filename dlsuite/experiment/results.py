"""What `run` and `plan` give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from dlsuite import serving
from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.judging import Judged, Limit
from dlsuite.experiment.learner import Learner
from dlsuite.recipe import Recipe, flatten
from dlsuite.serving import Exported
from dlsuite.strategy import Diagnosis
from dlsuite.tracking import Store
from dlsuite.training import History


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        run_id: Its id in the store.
        store: Where the store is.
        model: The trained model with its best weights.
        history: What every epoch measured.
        judged: Everything behind `scores`: per-example tables, answers, baseline.
        exported: The proven SavedModel's size and latency, None for what is not served.
        limits: The recipe's `expect` and `evaluation.satisfy`, kept or missed.
        notes: What a person should know of data and training, such as examples left out.
        validation: The folds, where the recipe has `evaluation.folds`; else None.
    """

    run_id: str
    store: str
    model: keras.Model
    history: History
    judged: Judged
    exported: Exported | None
    limits: tuple[Limit, ...]
    notes: tuple[str, ...]
    validation: CrossValidation | None = None

    @property
    def scores(self) -> dict[str, dict[str, float]]:
        """`{split: {metric: value}}`, clean: inference mode, whole splits, no augmentation."""
        return {split: scores.values for split, scores in self.judged.scores.items()}

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The verdict, or None where error has no meaning."""
        return self.judged.diagnosis

    def export(self, folder: str | Path) -> Path:
        """Copy the run's SavedModel to the next version of `folder`, proven by replay.

        Returns:
            The version's folder, such as `exports/digits/1`.
        """
        saved = Store.open(self.store).find(self.run_id).saved_model()
        return serving.copy_export(saved, folder).path


@dataclass(frozen=True)
class Plan:
    """What `run` would do: the checked recipe with its data and its built model."""

    recipe: Recipe
    learner: Learner
    in_force: Mapping[str, Any]

    def decided(self) -> dict[str, Any]:
        """What was chosen here, for this data and machine, where the recipe says `auto`, by key.

        And what became of numbers that mean another one here.
        """
        recipe, runtime, splits = self.recipe.resolved, self.in_force, self.learner.splits.named()
        total = sum(map(len, splits.values()))
        chosen = {
            "data.split": {name: len(part) / total for name, part in splits.items()},
            "runtime.device": runtime["device"],
            "runtime.xla": runtime["jit_compile"],
            "runtime.threads": {
                "intra": runtime["threads_intra"] or "TensorFlow's choice",
                "inter": runtime["threads_inter"] or "TensorFlow's choice",
            },
        }
        flat = flatten(recipe)
        became = {r.key: r.value for r in self.learner.remarks if r.value is not None}
        return {key: value for key, value in chosen.items() if flat.get(key) == "auto"} | became
