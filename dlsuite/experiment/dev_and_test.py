"""Whether dev and test are of one distribution: looked at in every run that has both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlsuite.data import Examples, sample
from dlsuite.experiment.reference import counted
from dlsuite.metrics.by_class import targets_and_answers
from dlsuite.progress import working
from dlsuite.strategy.drift import Drift, Sample, drift

if TYPE_CHECKING:
    from dlsuite.experiment.judging import Scored
    from dlsuite.experiment.learner import Learner

MOST = 1_000  # examples of each: what a classifier tells apart in 56 % of cases shows
FEWEST = 20  # of each: of fewer nothing is said


def dev_and_test(learner: Learner, scored: Scored) -> Drift | None:
    """Test's labels and inputs compared with dev's; None where one of them is not there.

    Labels are those of all examples, inputs those of a sample, as the application describes them.
    An example that is repeated counts once where it is a picture.

    Args:
        learner: With its splits.
        scored: Its scores; what was not scored is not looked at.
    """
    pair = [scored.examples.get(name) for name in ("dev", "test")]
    if any(part is None or len(part) < FEWEST for part in pair):
        return None
    with working("comparing dev and test"):
        dev, test = (_described(learner, scored, name) for name in ("dev", "test"))
        return drift(dev, test, seed=learner.settings.training.seed)


def _described(learner: Learner, scored: Scored, name: str) -> Sample:
    examples: Examples = scored.examples[name]
    places = counted(examples)
    some = sample(examples.take(places), MOST, learner.settings.training.seed)
    inputs = learner.pipeline.describe(learner.settings, learner.splits.info, some)
    table = scored.scores[name].examples
    about = getattr(getattr(learner.splits.info, "target", None), "about", {})
    if len(table) != len(examples):
        return inputs
    labels, _ = targets_and_answers(table.iloc[places], about.get("label_separator", "|"))
    return replace(inputs, labels=labels)
