"""The judgement of a trained model: clean scores, its rival, the verdict, limits kept or missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from dlsuite.data import Examples, sample
from dlsuite.experiment import memory
from dlsuite.experiment.dev_and_test import dev_and_test
from dlsuite.experiment.human_labels import human_level
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.preparing import begun
from dlsuite.metrics import Scores
from dlsuite.metrics.class_averages import PER_CLASS
from dlsuite.progress import working
from dlsuite.recipe import Recipe, RecipeError
from dlsuite.strategy import Diagnosis
from dlsuite.strategy.drift import Drift
from dlsuite.strategy.networks import Facts
from dlsuite.strategy.settings import Bound
from dlsuite.training import History
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
class Scored:
    """What a trained model reached, each split scored once.

    Attributes:
        examples: The examples scored, by split; of a large train split a sample.
        answers: The answers to them, trees of arrays `[N, ...]`.
        scores: Clean scores of the answers.
    """

    examples: dict[str, Examples]
    answers: dict[str, Tree]
    scores: dict[str, Scores]

    def metrics(self) -> dict[str, float]:
        """Every score as `<split>.<metric>`."""
        return flat(self.scores)

    def limits(
        self, source: str, bounds: Mapping[str, Bound], properties: Mapping[str, float]
    ) -> tuple[Limit, ...]:
        """Whether each of the bounds that `source` states is kept by scores and properties."""
        known = self.metrics() | dict(properties)
        return tuple(Limit(name, bound, known.get(name), source) for name, bound in bounds.items())


@dataclass(frozen=True)
class Judged(Scored):
    """Scores beside those of a simple rival on the same examples, and what they mean.

    Attributes:
        baseline: Scores of the rival by split; empty where there is none.
        diagnosis: The verdict, or None.
    """

    baseline: dict[str, Scores]
    diagnosis: Diagnosis | None

    def table(self) -> pd.DataFrame:
        """One row for each metric, a column for each split, and those of the baseline.

        Without the recall of each class, which a picture shows better.
        """
        columns = {name: scores.values for name, scores in self.scores.items()}
        columns |= {f"baseline {name}": scores.values for name, scores in self.baseline.items()}
        table = pd.DataFrame(columns)
        return table[~table.index.astype(str).str.startswith(PER_CLASS)]


def score_splits(learner: Learner, *, tested: bool = True) -> tuple[Scored, Learner, str | None]:
    """Score every split once, in inference mode; the test part only where it is to be tested.

    Returns:
        The scores, the learner with what its answers to dev settled, and words on that.
    """
    evaluation = learner.settings.evaluation
    splits = learner.splits.named()
    if not tested:
        splits.pop("test", None)
    splits["train"] = sample(
        splits["train"], evaluation.train_sample, learner.settings.training.seed
    )
    answers = {name: learner.answer(part, what=f"scoring {name}") for name, part in splits.items()}
    words = None
    if "dev" in answers:
        learner, words = learner.settled(answers["dev"])
    scores = {name: learner.scores_of(part, answers[name]) for name, part in splits.items()}
    return Scored(examples=splits, answers=answers, scores=scores), learner, words


def rival(
    learner: Learner, scored: Scored, recipe: Recipe
) -> tuple[dict[str, Scores], tuple[str, ...]]:
    """Scores of the application's rival by split, and a note where it cannot be had.

    A rival on what the model began with needs those weights again, which may be gone by now; the
    training is worth more than the comparison.
    """
    with working("fitting and scoring the baseline"):
        try:
            found = learner.pipeline.baseline(
                learner.settings, learner.splits, scored.examples, partial(begun, learner, recipe)
            )
        except RecipeError as error:
            words = "; ".join(problem.message for problem in error.problems)
            return {}, (f"There is no baseline: what the model began with is gone. {words}",)
    return found, ()


def judge(
    learner: Learner,
    scored: Scored,
    baseline: dict[str, Scores],
    recipe: Recipe,
    history: History,
) -> Judged:
    """Set the scores beside the baseline's and diagnose them.

    Args:
        learner: The model and what it was trained on.
        scored: Its scores.
        baseline: Those of the rival.
        recipe: Of the run, so that advice can name overrides.
        history: Of the training.
    """
    return Judged(
        examples=scored.examples,
        answers=scored.answers,
        scores=scored.scores,
        baseline=baseline,
        diagnosis=diagnose(
            learner,
            scored.scores,
            baseline,
            recipe.resolved,
            history,
            dev_and_test(learner, scored),
        ),
    )


def flat(scores: Mapping[str, Scores]) -> dict[str, float]:
    """`{split: Scores}` as `{"<split>.<metric>": value}`."""
    return {
        f"{split}.{name}": value
        for split, judged in scores.items()
        for name, value in judged.values.items()
    }


def diagnose(
    learner: Learner,
    scores: Mapping[str, Scores],
    baseline: Mapping[str, Scores],
    recipe: Mapping[str, Any],
    history: History,
    unlike: Drift | None = None,
) -> Diagnosis | None:
    """The application's verdict on scores, None where it gives none or train or dev is missing.

    `unlike` is how test differs from dev, where that was looked at.
    """
    if learner.pipeline.diagnose is None or not {"train", "dev"} <= set(scores):
        return None
    return learner.pipeline.diagnose(
        {name: judged.examples for name, judged in scores.items()},
        learner.settings.evaluation.reference_error,
        human=human_level(learner),
        dev_and_test=unlike,
        facts=_facts(learner),
        threshold=learner.settings.evaluation.gap_threshold,
        baseline={name: judged.examples for name, judged in baseline.items()},
        settings=recipe,
        stopped_early=history.stopped_early,
    )


def _facts(learner: Learner) -> Facts:
    """What advice must know beside the recipe."""
    info = learner.splits.info
    about = getattr(getattr(info, "target", None), "about", {})
    names = about.get("class_names", getattr(info, "class_names", ()))
    shape: tuple[int, ...] = getattr(info, "input_shape", ())
    return Facts(
        class_names=tuple(map(str, names)),
        channels=shape[-1] if len(shape) == 3 else None,
        room=memory.times_over(learner),
    )
