"""A number, predicted in its own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dlsuite import strategy
from dlsuite.data import DataError, Examples
from dlsuite.metrics import Scores, regression_scores
from dlsuite.recipe import Call
from dlsuite.strategy import Baseline
from dlsuite.targets.fitting import loss_problems
from dlsuite.targets.target import ClassWeight, Problems, Target
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import keras
    import pandas as pd
    from matplotlib.figure import Figure


OWN = ("compute_loss", "train_step")  # what a model of a class of its own may say of training


@dataclass(frozen=True)
class Number(Target):
    """Each example has a value; targets are float32 `[B]`.

    Attributes:
        name: What the number is.
        mean: Of the training targets.
        variance: Of the same; 1 where they are all equal.
    """

    name: str
    mean: float
    variance: float
    kind: Literal["number"] = "number"

    @property
    def width(self) -> int:
        return 1

    @property
    def metric(self) -> str:
        return "r2"

    @property
    def about(self) -> dict[str, Any]:
        return {}

    def shares(self, targets: Tensor) -> Tensor:
        """A number is averaged as it is."""
        return targets

    def problems(
        self,
        loss: Call | None,
        label_smoothing: float,
        class_weight: ClassWeight,
        *,
        mixed: bool = False,
    ) -> Problems:
        """Keys that need classes, and a loss that takes no numbers."""
        if class_weight is not None:
            yield "training.class_weight", f"needs classes; {self.name} is a number"
        if label_smoothing:
            yield "regularization.label_smoothing", f"needs classes; {self.name} is a number"
        yield from loss_problems(loss, np.zeros(2, "float32"), np.zeros((2, 1), "float32"))

    def finished(self, model: keras.Model) -> keras.Model:
        """The net learns the standardised target; its answers are in the target's own unit.

        Raises:
            ValueError: The model has a loss or step of its own, which a model around it would lose.
        """
        import keras

        own = [name for name in OWN if getattr(type(model), name) is not getattr(keras.Model, name)]
        if own:
            raise ValueError(
                f"A model for {self.name}, a number, must have no loss or step of training of its "
                f"own (of GoogLeNet: `auxiliary: false`). Received: a {type(model).__name__} with "
                f"{' and '.join(own)}."
            )
        scale = keras.layers.Rescaling(self.variance**0.5, offset=self.mean, name="target_unit")
        return keras.Model(model.input, scale(model.output), name=model.name)

    def compile_options(
        self, loss: Call | None, label_smoothing: float, class_weight: ClassWeight
    ) -> dict[str, Any]:
        """The squared error in units of the target's variance."""
        if loss is not None:
            return {"loss": loss(), "metrics": ["mae"]}
        return {"loss": "mse", "loss_weights": 1 / self.variance, "metrics": ["mae"]}

    def on_one_scale(
        self, epochs: Sequence[Mapping[str, float]], loss: Call | None
    ) -> list[dict[str, float]]:
        """Its own loss is counted in variances; the scores' loss is not."""
        scale = self.variance if loss is None else 1.0
        return [
            {name: value * scale if name == "loss" else value for name, value in epoch.items()}
            for epoch in epochs
        ]

    def answers(self, outputs: Tensor) -> dict[str, Tensor]:
        """`prediction` float32 `[B]`."""
        from keras import ops

        return {"prediction": ops.cast(outputs[:, 0], "float32")}

    def score(self, keys: np.ndarray, targets: np.ndarray, answers: Tree) -> Scores:
        """See `regression_scores`."""
        return regression_scores(keys, targets, answers["prediction"])

    def linear_rival(self, x: Any, y: np.ndarray, *, most_examples: int) -> Baseline:
        """Linear regression."""
        return _in_column(strategy.linear(x, y, "regression", most_examples=most_examples))

    def constant_rival(self, y: np.ndarray) -> Baseline:
        """The mean."""
        return _in_column(strategy.mean(y))

    def figures(
        self, examples: pd.DataFrame, targets: np.ndarray, answers: Tree, split: str
    ) -> Iterator[tuple[str, Figure]]:
        """Predictions against targets."""
        from dlsuite.figures import predicted_against_true

        figure = predicted_against_true(examples, quantity=self.name, split=split)
        yield "predicted_against_true", figure

    def relabel(self, examples: Examples, about: Mapping[str, Any]) -> Examples:
        """The examples as they are, if their target is a number."""
        other = [fact for fact in ("class_names", "label_names", "output_classes") if fact in about]
        if other:
            raise DataError(f"{self.name} must be a number. Received: a target with {other[0]}.")
        return examples


def _in_column(rival: Baseline) -> Baseline:
    """A rival that predicts `[N]`, as a net does: `[N, 1]`."""
    return replace(rival, predict=lambda x: rival.predict(x)[:, np.newaxis])
