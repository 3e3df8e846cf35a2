"""Many labels, each present or not: sigmoid of logits `[B, L]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dlsuite import strategy
from dlsuite.data import Examples
from dlsuite.metrics import Scores, multilabel_scores
from dlsuite.ops import label_answers, positive_weights
from dlsuite.recipe import Call
from dlsuite.strategy import Baseline
from dlsuite.targets.fitting import joint_loss, loss_problems, require_weights, unknown_classes
from dlsuite.targets.names import Names, joined, require_different, shown_shares
from dlsuite.targets.relabelling import known_numbers, names_of, renumbered
from dlsuite.targets.rivals import beside
from dlsuite.targets.target import ClassWeight, Problems, Target, Unit
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ManyLabels(Target):
    """Each example has any number of labels; targets are 1 for those present, uint8 `[B, L]`.

    Attributes:
        label_names: Of the L labels.
        label_counts: Training examples that have each.
        count: Training examples.
        separator: Between the names of labels in one text.
    """

    label_names: tuple[str, ...]
    label_counts: tuple[int, ...]
    count: int
    separator: str = "|"
    kind: Literal["many_labels"] = "many_labels"

    def __post_init__(self) -> None:
        require_different(self.label_names, "labels")

    @property
    def width(self) -> int:
        return len(self.label_names)

    @property
    def metric(self) -> str:
        return "f1_micro"

    @property
    def about(self) -> dict[str, Any]:
        return {"label_names": list(self.label_names), "label_separator": self.separator}

    @property
    def texts(self) -> dict[str, Names]:
        return {"labels": Names("present", self.label_names, self.separator)}

    def named(self, targets: np.ndarray) -> list[str]:
        return joined(targets, np.asarray(self.label_names), self.separator).tolist()

    def shares(self, targets: Tensor) -> Tensor:
        """The same in floats, `[B, L]`."""
        from keras import ops

        return ops.cast(targets, "float32")

    def told(self, shares: np.ndarray) -> list[str]:
        return [shown_shares(self.label_names, row) for row in shares]

    def problems(
        self,
        loss: Call | None,
        label_smoothing: float,
        class_weight: ClassWeight,
        *,
        mixed: bool = False,
    ) -> Problems:
        """Weights of labels that there are not, and a loss that takes no labels or no weights."""
        yield from unknown_classes(class_weight, self.label_names, "labels")
        yield from require_weights(loss, "positive_weights", class_weight, "labels")
        shape, kind = (2, self.width), "float32" if mixed else "uint8"
        found = list(loss_problems(loss, np.zeros(shape, kind), np.zeros(shape, "float32")))
        yield from found or joint_loss(loss, np.ones(shape, kind))

    def compile_options(
        self, loss: Call | None, label_smoothing: float, class_weight: ClassWeight
    ) -> dict[str, Any]:
        """Sigmoid cross-entropy; `class_weight` weighs the examples that have a label."""
        from dlsuite.losses import sigmoid_cross_entropy
        from dlsuite.targets.followed import LabelsAccuracy, LabelsF1

        make = loss or sigmoid_cross_entropy
        weights: dict[str, Any] = {}
        if class_weight is not None:
            known = (self.label_names, self.label_counts, self.count)
            weights["positive_weights"] = positive_weights(class_weight, *known).tolist()
        made = make(label_smoothing=label_smoothing, **weights)
        return {"loss": made, "metrics": [LabelsAccuracy(), LabelsF1()]}

    def answers(self, outputs: Tensor) -> dict[str, Tensor]:
        """`probabilities` float32 `[B, L]`, and `present` bool `[B, L]`: those above 0.5."""
        return label_answers(outputs)

    def beside(self, outputs: np.ndarray, answers: Tree) -> dict[str, np.ndarray]:
        """The `logits`, and the `margin` `[N]` of the label that is least sure.

        For a label that is the difference of the probabilities that it is there and that it is not.
        """
        margin = np.abs(2 * answers["probabilities"] - 1).min(axis=-1)
        return {"logits": np.asarray(outputs, np.float32), "margin": margin}

    def score(self, keys: np.ndarray, targets: np.ndarray, answers: Tree) -> Scores:
        """See `multilabel_scores`."""
        return multilabel_scores(
            keys, targets, answers["logits"], self.label_names, separator=self.separator
        )

    def linear_rival(self, x: Any, y: np.ndarray, *, most_examples: int) -> Baseline:
        """A logistic regression for each label, together fitted on no more than `most_examples`."""
        each = max(1, most_examples // self.width)
        fitted = [
            strategy.linear(x, labels, "classification", num_classes=2, most_examples=each)
            for labels in y.T.astype(np.int64)
        ]
        return beside(fitted, _log_odds)

    def constant_rival(self, y: np.ndarray) -> Baseline:
        """Each label as often as training has it, told where most have it."""
        shares = [strategy.most_frequent(labels, 2) for labels in y.T.astype(np.int64)]
        return beside(shares, _log_odds)

    def figures(
        self, examples: pd.DataFrame, targets: np.ndarray, answers: Tree, split: str
    ) -> Iterator[tuple[str, Figure]]:
        """Precision, recall and average precision of each label."""
        from dlsuite.figures import label_scores

        probabilities = answers["probabilities"]
        figure = label_scores(targets, probabilities, self.label_names, split=split)
        yield "label_scores", figure

    def asked(self, targets: np.ndarray, answers: Tree) -> list[tuple[Unit, Unit | None]]:
        """The most probable label, of those told wrongly if there are any; the surest one missed.

        Where labels were missed and none was told wrongly, the first is the most probable of all,
        unless it is the one that was missed.
        """
        pairs = []
        rows = zip(targets.astype(bool), answers["present"], answers["probabilities"], strict=True)
        for true, told, known in rows:
            alarms, missed = told & ~true, true & ~told
            first = int(np.where(alarms, known, -1).argmax() if alarms.any() else known.argmax())
            second = int(np.where(missed, known, 2).argmin()) if missed.any() else first
            units = [Unit(n, self.label_names[n], float(known[n])) for n in (first, second)]
            pairs.append((units[0], None if first == second else units[1]))
        return pairs

    def relabel(self, examples: Examples, about: Mapping[str, Any]) -> Examples:
        """Labels are matched by name; one that the examples do not know is absent in all."""
        numbers = known_numbers(names_of(about, "label_names"), self.label_names, "labels")

        def change(labels: np.ndarray) -> np.ndarray:
            changed = np.zeros((len(labels), self.width), labels.dtype)
            changed[:, numbers] = labels
            return changed

        return renumbered(examples, change)


def _log_odds(log_probabilities: np.ndarray) -> np.ndarray:
    """Of a label from the logarithms that it is absent and present, `[N, 2]` to `[N, 1]`."""
    return log_probabilities[:, 1:] - log_probabilities[:, :1]
