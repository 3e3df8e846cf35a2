"""A checked recipe with its data, its feed and its compiled model: all that training needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import keras
import numpy as np

from dlsuite.data import Batches, Examples, Splits, draws, evaluation_batches
from dlsuite.experiment.pipeline import Pipeline, Remark
from dlsuite.experiment.scoring import answers_to, inputs_of, question_of
from dlsuite.experiment.starting import Started
from dlsuite.metrics import Scores
from dlsuite.types import Tree

MOST_KEPT = 2**28  # bytes of encoded dev examples


@dataclass(frozen=True)
class Learner:
    """What a recipe becomes before its first step.

    Attributes:
        pipeline: The application.
        settings: Its checked settings.
        splits: The examples by use.
        encode: Raw batch -> `(x, y)`, see `Pipeline.encode`.
        batches: Global step -> the stream of training batches from that step on; with `cache`
            and `augment` others than the recipe's.
        steps_per_epoch: Batches in an epoch.
        model: Compiled.
        started: Where its first weights came from, if the recipe names others.
        augment: What changes images in training, already part of `batches`.
        remarks: What the recipe's numbers mean here.
    """

    pipeline: Pipeline
    settings: Any
    splits: Splits
    encode: Callable[[Tree], tuple]
    batches: Callable[..., Batches]
    steps_per_epoch: int
    model: keras.Model
    started: Started | None = None
    augment: Sequence[keras.layers.Layer] = ()
    remarks: Sequence[Remark] = ()

    def score(self, examples: Examples) -> tuple[Scores, Tree]:
        """Clean scores of examples and the answers that they judge, see `answer`."""
        answers = self.answer(examples)
        return self.scores_of(examples, answers), answers

    def answer(
        self, examples: Examples, inputs: Iterable[Tree] | None = None, what: str = "scoring"
    ) -> Tree:
        """Answers to examples, trees of arrays `[N, ...]`.

        Args:
            examples: What to answer, in their order.
            inputs: Their encoded batches, where somebody kept them.
            what: What those who wait are told it is.
        """
        about = (self.pipeline, self.settings, self.splits.info, self.model, len(examples))
        inputs = inputs or inputs_of(self.settings, self.question, examples)
        return answers_to(*about, inputs, what)

    def settled(self, answers: Tree) -> tuple[Learner, str | None]:
        """With the info that its answers to dev settle, see `Pipeline.settle`, and words on it."""
        dev, info = self.splits.dev, self.splits.info
        assert dev is not None
        info, words = self.pipeline.settle(self.settings, info, dev, answers)
        return replace(self, splits=replace(self.splits, info=info)), words

    def scores_of(self, examples: Examples, answers: Tree) -> Scores:
        """Scores of answers to examples."""
        return self.pipeline.score(self.settings, self.splits.info, examples, answers)

    def measure(self) -> dict[str, float]:
        """Scores of dev as `dev.<metric>`, what early stopping and the rest look at."""
        assert self.splits.dev is not None
        answers = self.answer(self.splits.dev, self._dev_inputs, "measuring dev")
        scores = self.settled(answers)[0].scores_of(self.splits.dev, answers)
        return {f"dev.{name}": value for name, value in scores.values.items()}

    def clean_batches(self) -> Any:
        """Batches `(x, y)` of train, every example once, in order and not augmented."""
        size = self.settings.evaluation.batch_size
        return evaluation_batches(self.splits.train, self.encode, batch_size=size)

    def first_draws(self, count: int) -> tuple[list[Tree], Examples]:
        """The first batch as each of `count` steps would augment it, and the raw examples in it.

        The first is the batch of the training; without augmentation it is the only one.
        """
        # A cache would read all examples for these few.
        stream = self.batches(0, cache="none", augment=())
        batch = next(iter(stream.dataset.take(1)))
        assert stream.order is not None
        rows = np.asarray(stream.order.batch(np.int64(0)))
        drawn = [batch]
        if self.augment:
            drawn = list(draws(batch, self.augment, self.settings.training.seed, count))
        return keras.tree.map_structure(np.asarray, drawn), self.splits.train.take(rows)

    @cached_property
    def question(self) -> Callable[[Tree], Tree]:
        """Raw batch -> what the model is asked, see `Pipeline.question`."""
        return question_of(self.pipeline, self.settings, self.splits.info, self.encode)

    @cached_property
    def _dev_inputs(self) -> Iterable[Tree]:
        """Batches of dev, which is answered every epoch: kept in memory where they are small."""
        assert self.splits.dev is not None
        batches = inputs_of(self.settings, self.question, self.splits.dev)
        kept, size = [], 0
        for x in batches:
            kept.append(x)
            size += sum(np.asarray(leaf).nbytes for leaf in keras.tree.flatten(x))
            if size > MOST_KEPT:
                return batches
        return kept

    @property
    def train_metrics(self) -> set[str]:
        """Names that an epoch's training measures, as far as they are known before it."""
        compiled = (self.model.get_compile_config() or {}).get("metrics") or ()
        names = {"loss", *(metric.name for metric in self.model.metrics)}
        for metric in compiled:  # a name, or an object as Keras serializes it
            config = metric.get("config") if isinstance(metric, dict) else metric
            names.add(config["name"] if isinstance(config, dict) else str(config))
        return names

    @cached_property
    def monitor(self) -> str | None:
        """The dev metric that chooses the best weights, None where there is no dev."""
        metric = self.settings.evaluation.optimize or self.pipeline.metric
        return f"dev.{metric}" if metric and self.splits.dev is not None else None

    @property
    def headline(self) -> str | None:
        """The metric that stands for the run; None where the first that there is will do.

        It is what the recipe optimizes, or else the application, unless that is the loss, which
        tells people little.
        """
        usual = self.pipeline.metric
        return self.settings.evaluation.optimize or (None if usual == "loss" else usual)
