"""The judgement of a trained model: clean scores, its rival, the verdict, limits kept or missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dlsuite.data import Examples
from dlsuite.experiment.learner import Learner
from dlsuite.metrics import Scores
from dlsuite.strategy import Diagnosis
from dlsuite.strategy.settings import Bound
from dlsuite.types import Tree


@dataclass(frozen=True)
class Limit:
    """A figure that the recipe bounds, and what came.

    `value` is None where it was not measured; `source` is the key that states the bound, `expect`
    or `satisfy`.
    """

    metric: str
    bound: Bound
    value: float | None
    source: str

    @property
    def kept(self) -> bool:
        return self.value is not None and self.bound.holds(self.value)

    def text(self) -> str:
        """One line, such as `test.accuracy 0.981 (at least 0.97): kept`."""
        came = "not measured" if self.value is None else f"{self.value:.4g}"
        word = "kept" if self.kept else "MISSED"
        return f"{self.metric} {came} ({self.bound.text()}): {word}"


@dataclass(frozen=True)
class Judged:
    """What is known of a trained model.

    Attributes:
        scores: Clean scores by split.
        examples: The examples scored, by split; of a large train split a sample.
        answers: The answers they judge, trees of arrays `[N, ...]` by split.
        baseline: Scores of a simple rival by split; empty where there is none.
        diagnosis: The verdict, or None.
    """

    scores: dict[str, Scores]
    examples: dict[str, Examples]
    answers: dict[str, Tree]
    baseline: dict[str, Scores]
    diagnosis: Diagnosis | None

    def metrics(self) -> dict[str, float]:
        """Every score as `<split>.<metric>`."""
        return flat(self.scores)

    def limits(
        self, source: str, bounds: Mapping[str, Bound], properties: Mapping[str, float]
    ) -> tuple[Limit, ...]:
        """Whether each of the bounds that `source` states is kept by scores and properties."""
        known = self.metrics() | dict(properties)
        return tuple(Limit(name, bound, known.get(name), source) for name, bound in bounds.items())

    def table(self) -> pd.DataFrame:
        """One row for each metric, a column for each split, and those of the baseline."""
        columns = {name: scores.values for name, scores in self.scores.items()}
        columns |= {f"baseline {name}": scores.values for name, scores in self.baseline.items()}
        return pd.DataFrame(columns)


def judge(learner: Learner, recipe: Mapping[str, Any]) -> Judged:
    """Score every split once, the baseline on the same examples, and diagnose.

    Args:
        learner: With its trained model.
        recipe: The resolved recipe, so that advice can name overrides.
    """
    evaluation = learner.settings.evaluation
    splits = learner.splits.named()
    splits["train"] = sample(splits["train"], evaluation.train_sample, learner.settings)
    scored = {name: learner.score(examples) for name, examples in splits.items()}
    scores = {name: pair[0] for name, pair in scored.items()}
    baseline = learner.pipeline.baseline(learner.settings, learner.splits)
    return Judged(
        scores=scores,
        examples=splits,
        answers={name: pair[1] for name, pair in scored.items()},
        baseline=baseline,
        diagnosis=_diagnose(learner, scores, baseline, recipe),
    )


def sample(examples: Examples, most: int, settings: Any) -> Examples:
    """`most` examples at random, the same for the same seed; all where there are no more."""
    if len(examples) <= most:
        return examples
    generator = np.random.default_rng(settings.training.seed)
    return examples.take(np.sort(generator.choice(len(examples), most, replace=False)))


def flat(scores: Mapping[str, Scores]) -> dict[str, float]:
    """`{split: Scores}` as `{"<split>.<metric>": value}`."""
    return {
        f"{split}.{name}": value
        for split, judged in scores.items()
        for name, value in judged.values.items()
    }


def _diagnose(
    learner: Learner,
    scores: Mapping[str, Scores],
    baseline: Mapping[str, Scores],
    recipe: Mapping[str, Any],
) -> Diagnosis | None:
    if learner.pipeline.diagnose is None or not {"train", "dev"} <= set(scores):
        return None
    return learner.pipeline.diagnose(
        {name: judged.examples for name, judged in scores.items()},
        learner.settings.evaluation.reference_error,
        threshold=learner.settings.evaluation.gap_threshold,
        baseline={name: judged.examples for name, judged in baseline.items()},
        settings=recipe,
    )
