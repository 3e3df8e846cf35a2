"""Many outputs, each one class of its own: softmax of its part of logits `[B, K]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from dlsuite import strategy
from dlsuite.data import DataError, Examples, class_marks
from dlsuite.metrics import Scores, multioutput_scores
from dlsuite.metrics.multioutput import SEPARATOR, metric_suffix
from dlsuite.ops import class_answers, class_weights
from dlsuite.recipe import Call
from dlsuite.strategy import Baseline
from dlsuite.targets.fitting import loss_problems, require_weights
from dlsuite.targets.names import Names, require_different, shown_shares
from dlsuite.targets.one_class import told_and_true, top_margin
from dlsuite.targets.relabelling import known_numbers, names_of, renumbered
from dlsuite.targets.rivals import beside
from dlsuite.targets.target import ClassWeight, Problems, Target, Unit
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Output:
    """One of the things to tell of an example.

    Attributes:
        name: What it is.
        class_names: Of its classes.
        class_counts: Training examples of each.
    """

    name: str
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]

    def __post_init__(self) -> None:
        require_different(self.class_names, f"classes of {self.name}")


@dataclass(frozen=True)
class ManyOutputs(Target):
    """Each example has a class of each of O outputs; targets are class numbers, int32 `[B, O]`.

    The net has one logit for each class of each output, K in all, those of an output side by side.
    """

    outputs: tuple[Output, ...]
    kind: Literal["many_outputs"] = "many_outputs"

    def __post_init__(self) -> None:
        require_different([metric_suffix(output.name) for output in self.outputs], "outputs")
        names = [output.name for output in self.outputs]
        answers = [f"{name}{ending}" for name in names for ending in ("", "_id", "_probabilities")]
        require_different([*answers, "logits", "margin"], "answers")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of classes of each output."""
        return tuple(len(output.class_names) for output in self.outputs)

    @property
    def width(self) -> int:
        return sum(self.sizes)

    @property
    def metric(self) -> str:
        return "accuracy"

    @property
    def about(self) -> dict[str, Any]:
        return {
            "output_classes": {output.name: list(output.class_names) for output in self.outputs}
        }

    @property
    def texts(self) -> dict[str, Names]:
        return {each.name: Names(f"{each.name}_id", each.class_names) for each in self.outputs}

    def named(self, targets: np.ndarray) -> list[str]:
        return [
            SEPARATOR.join(each.class_names[k] for each, k in zip(self.outputs, row, strict=True))
            for row in targets
        ]

    def shares(self, targets: Tensor) -> Tensor:
        """One-hot, those of an output side by side, `[B, O]` to `[B, K]`."""
        from keras import ops

        each = (
            ops.one_hot(targets[:, output], size, dtype="float32")
            for output, size in enumerate(self.sizes)
        )
        return ops.concatenate(list(each), axis=-1)

    def told(self, shares: np.ndarray) -> list[str]:
        names = [name for output in self.outputs for name in output.class_names]
        return [shown_shares(names, row) for row in shares]

    def problems(
        self,
        loss: Call | None,
        label_smoothing: float,
        class_weight: ClassWeight,
        *,
        mixed: bool = False,
    ) -> Problems:
        """Weights by name, which several outputs do not share, and a loss that does not fit."""
        if isinstance(class_weight, Mapping):
            names = ", ".join(output.name for output in self.outputs)
            yield (
                "training.class_weight",
                f"must be balanced where there are several outputs, {names}. "
                f"Received: weights of {', '.join(class_weight)}.",
            )
        yield from require_weights(loss, "class_weights", class_weight, "several outputs")
        classes, logits = np.zeros((2, len(self.outputs)), "int32"), np.zeros((2, self.width))
        targets = np.asarray(self.shares(classes)) if mixed else classes
        yield from loss_problems(loss, targets, logits.astype("float32"), sizes=self.sizes)

    def compile_options(
        self, loss: Call | None, label_smoothing: float, class_weight: ClassWeight
    ) -> dict[str, Any]:
        """The mean of the outputs' cross-entropies; `balanced` weighs the classes of each."""
        from dlsuite.losses import multioutput_cross_entropy
        from dlsuite.targets.followed import OutputsAccuracy

        make = loss or multioutput_cross_entropy
        weights: dict[str, Any] = {}
        if class_weight is not None:
            counted = ((each.class_names, each.class_counts) for each in self.outputs)
            each = [class_weights(class_weight, *known) for known in counted]
            weights["class_weights"] = np.concatenate(each).tolist()
        made = make(sizes=self.sizes, label_smoothing=label_smoothing, **weights)
        return {"loss": made, "metrics": [OutputsAccuracy(self.sizes)]}

    def answers(self, outputs: Tensor) -> dict[str, Tensor]:
        """`<output>_probabilities` float32 `[B, K_o]` and `<output>_id` int32 `[B]` of each."""
        answers = {}
        for output, logits in zip(self.outputs, self._split(outputs), strict=True):
            told = class_answers(logits)
            answers[f"{output.name}_probabilities"] = told["probabilities"]
            answers[f"{output.name}_id"] = told["class_id"]
        return answers

    def beside(self, outputs: np.ndarray, answers: Tree) -> dict[str, np.ndarray]:
        """The `logits`, and the `margin` `[N]` of the output that is least sure."""
        each = [top_margin(answers[f"{output.name}_probabilities"]) for output in self.outputs]
        return {"logits": np.asarray(outputs, np.float32), "margin": np.min(each, axis=0)}

    def score(self, keys: np.ndarray, targets: np.ndarray, answers: Tree) -> Scores:
        """See `multioutput_scores`."""
        names = {output.name: output.class_names for output in self.outputs}
        return multioutput_scores(keys, targets, answers["logits"], names)

    def linear_rival(self, x: Any, y: np.ndarray, *, most_examples: int) -> Baseline:
        """A logistic regression for each output, together fitted on at most `most_examples`."""
        each = max(1, most_examples // len(self.outputs))
        fitted = [
            strategy.linear(x, classes, "classification", num_classes=size, most_examples=each)
            for classes, size in zip(y.T, self.sizes, strict=True)
        ]
        return beside(fitted)

    def constant_rival(self, y: np.ndarray) -> Baseline:
        """The most frequent class of each output."""
        pairs = zip(y.T, self.sizes, strict=True)
        return beside([strategy.most_frequent(classes, size) for classes, size in pairs])

    def figures(
        self, examples: pd.DataFrame, targets: np.ndarray, answers: Tree, split: str
    ) -> Iterator[tuple[str, Figure]]:
        """A confusion matrix for each output."""
        from dlsuite.figures import confusion_matrix

        for output in self.outputs:
            suffix = metric_suffix(output.name)
            columns = {f"{column}_of_{suffix}": column for column in ("label", "predicted")}
            table = examples[list(columns)].rename(columns=columns)
            figure = confusion_matrix(table, output.class_names, split=f"{split} {output.name}")
            yield f"confusion_matrix_of_{suffix}", figure

    def asked(self, targets: np.ndarray, answers: Tree) -> list[tuple[Unit, Unit | None]]:
        """Told and true class of the output that gave the truth the least probability."""
        probabilities = [answers[f"{output.name}_probabilities"] for output in self.outputs]
        each = [
            told_and_true([f"{output.name}: {name}" for name in output.class_names], classes, known)
            for output, classes, known in zip(self.outputs, targets.T, probabilities, strict=True)
        ]
        starts = np.cumsum((0, *self.sizes)).tolist()
        pairs = []
        for row in range(len(targets)):
            answered = [known[row, targets[row, o]] for o, known in enumerate(probabilities)]
            worst = int(np.argmin(answered))
            told, true = (
                unit and unit._replace(number=starts[worst] + unit.number)
                for unit in each[worst][row]
            )
            assert told is not None
            pairs.append((told, true))
        return pairs

    def relabel(self, examples: Examples, about: Mapping[str, Any]) -> Examples:
        """Outputs and their classes are matched by name; all outputs must be there."""
        found = names_of(about, "output_classes")
        names = [output.name for output in self.outputs]
        if set(found) != set(names):
            raise DataError(
                f"Examples must have the outputs {', '.join(names)}. Received: {', '.join(found)}."
            )
        places = [list(found).index(name) for name in names]
        numbers = [
            known_numbers(found[each.name], each.class_names, f"classes of {each.name}")
            for each in self.outputs
        ]

        def change(labels: np.ndarray) -> np.ndarray:
            pairs = zip(numbers, places, strict=True)
            return np.stack([known[labels[:, place]] for known, place in pairs], axis=1)

        return renumbered(examples, change, lambda labels: class_marks(labels, self.sizes))

    def _split(self, outputs: Tensor) -> list[Tensor]:
        ends = np.cumsum(self.sizes).tolist()
        return [outputs[:, end - size : end] for size, end in zip(self.sizes, ends, strict=True)]
