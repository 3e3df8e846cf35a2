"""One class of K: softmax of logits `[B, K]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dlsuite import strategy
from dlsuite.data import Examples
from dlsuite.metrics import Scores, classification_scores
from dlsuite.ops import class_answers, class_weights
from dlsuite.recipe import Call
from dlsuite.strategy import Baseline
from dlsuite.targets.fitting import loss_problems, unknown_classes
from dlsuite.targets.names import Names, require_different, shown_shares
from dlsuite.targets.relabelling import known_numbers, names_of, renumbered
from dlsuite.targets.target import ClassWeight, Encode, Problems, Target, Unit
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class OneClass(Target):
    """Each example is of one class; targets are class numbers, int32 `[B]`.

    Attributes:
        class_names: Of the K classes.
        class_counts: Training examples of each.
    """

    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    kind: Literal["one_class"] = "one_class"

    def __post_init__(self) -> None:
        require_different(self.class_names, "classes")

    @property
    def width(self) -> int:
        return len(self.class_names)

    @property
    def metric(self) -> str:
        return "accuracy"

    @property
    def about(self) -> dict[str, Any]:
        return {"class_names": list(self.class_names)}

    @property
    def texts(self) -> dict[str, Names]:
        return {"class_name": Names("class_id", self.class_names)}

    def named(self, targets: np.ndarray) -> list[str]:
        return [self.class_names[number] for number in targets]

    def shares(self, targets: Tensor) -> Tensor:
        """One-hot, `[B]` to `[B, K]`."""
        from keras import ops

        return ops.one_hot(targets, self.width, dtype="float32")

    def told(self, shares: np.ndarray) -> list[str]:
        return [shown_shares(self.class_names, row) for row in shares]

    def problems(
        self,
        loss: Call | None,
        label_smoothing: float,
        class_weight: ClassWeight,
        *,
        mixed: bool = False,
    ) -> Problems:
        """Weights of classes that there are not, and a loss that takes no class numbers."""
        yield from unknown_classes(class_weight, self.class_names, "classes")
        numbers, logits = np.zeros(2, "int32"), np.zeros((2, self.width), "float32")
        targets = np.asarray(self.shares(numbers)) if mixed else numbers
        yield from loss_problems(loss, targets, logits)

    def compile_options(
        self, loss: Call | None, label_smoothing: float, class_weight: ClassWeight
    ) -> dict[str, Any]:
        """Cross-entropy; weights of classes are those of examples, see `weighted`."""
        from dlsuite.losses import softmax_cross_entropy

        make = loss or softmax_cross_entropy
        return {"loss": make(label_smoothing=label_smoothing), "metrics": ["accuracy"]}

    def weighted(self, encode: Encode, class_weight: ClassWeight) -> Encode:
        """`encode` with the weight of each example's class as its third part."""
        if class_weight is None:
            return encode
        weights = class_weights(class_weight, self.class_names, self.class_counts)

        def encode_weighted(raw: Tree) -> tuple:
            from keras import ops

            x, y = encode(raw)
            return x, y, ops.take(weights, y)

        return encode_weighted

    def answers(self, outputs: Tensor) -> dict[str, Tensor]:
        """`probabilities` float32 `[B, K]` and `class_id` int32 `[B]`, the most probable class."""
        return class_answers(outputs)

    def beside(self, outputs: np.ndarray, answers: Tree) -> dict[str, np.ndarray]:
        """The `logits`, and the `margin` `[N]`: how far the two largest probabilities are apart."""
        margin = top_margin(answers["probabilities"])
        return {"logits": np.asarray(outputs, np.float32), "margin": margin}

    def score(self, keys: np.ndarray, targets: np.ndarray, answers: Tree) -> Scores:
        """See `classification_scores`."""
        return classification_scores(keys, targets, answers["logits"], self.class_names)

    def linear_rival(self, x: Any, y: np.ndarray, *, most_examples: int) -> Baseline:
        """Logistic regression."""
        return strategy.linear(
            x, y, "classification", num_classes=self.width, most_examples=most_examples
        )

    def constant_rival(self, y: np.ndarray) -> Baseline:
        """The most frequent class."""
        return strategy.most_frequent(y, self.width)

    def figures(
        self, examples: pd.DataFrame, targets: np.ndarray, answers: Tree, split: str
    ) -> Iterator[tuple[str, Figure]]:
        """The confusion matrix, and whether the net is as often right as it is sure."""
        from dlsuite.figures import calibration, confusion_matrix

        yield "confusion_matrix", confusion_matrix(examples, self.class_names, split=split)
        yield "calibration", calibration(examples, split=split)

    def asked(self, targets: np.ndarray, answers: Tree) -> list[tuple[Unit, Unit | None]]:
        """The class that was told, and the true one."""
        return told_and_true(self.class_names, targets, answers["probabilities"])

    def relabel(self, examples: Examples, about: Mapping[str, Any]) -> Examples:
        """Classes are matched by name."""
        numbers = known_numbers(names_of(about, "class_names"), self.class_names, "classes")
        return renumbered(examples, lambda labels: numbers[labels])


def top_margin(probabilities: np.ndarray) -> np.ndarray:
    """How far the two largest of K probabilities are apart, `[N, K]` to `[N]`; 1 if K is 1."""
    if probabilities.shape[-1] < 2:
        return np.ones(len(probabilities), np.float32)
    second, first = np.moveaxis(np.partition(probabilities, (-2, -1), axis=-1)[..., -2:], -1, 0)
    return first - second


def told_and_true(
    names: Sequence[str], classes: np.ndarray, probabilities: np.ndarray
) -> list[tuple[Unit, Unit | None]]:
    """The most probable of K classes, and the true one where it is another.

    Args:
        names: Of the classes.
        classes: True class numbers `[N]`.
        probabilities: `[N, K]`.
    """

    def unit(number: int, row: np.ndarray) -> Unit:
        return Unit(number, names[number], float(row[number]))

    pairs = zip(
        map(int, probabilities.argmax(axis=-1)), map(int, classes), probabilities, strict=True
    )
    return [
        (unit(told, row), None if told == true else unit(true, row)) for told, true, row in pairs
    ]
