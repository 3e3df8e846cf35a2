"""What every kind of target can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from dlsuite.data import Examples
from dlsuite.metrics import Scores
from dlsuite.recipe import Call
from dlsuite.strategy import Baseline
from dlsuite.targets.names import Names
from dlsuite.types import Tensor, Tree

if TYPE_CHECKING:
    import keras
    import pandas as pd
    from matplotlib.figure import Figure

ClassWeight = Literal["balanced"] | Mapping[str, float] | None
Encode = Callable[[Tree], tuple]  # raw batch -> (x, y) or (x, y, weight)
Problems = Iterator[tuple[str, str]]  # (dotted key of the recipe, message)


class Unit(NamedTuple):
    """One of the K outputs of a net, for one example.

    Attributes:
        number: Which of the outputs.
        name: What it stands for, such as a class.
        probability: That the net gives it.
    """

    number: int
    name: str
    probability: float


class Target(ABC):
    """What a net is asked for: its outputs, their loss, the answers they stand for, their scores.

    A kind is a frozen dataclass of plain values, so that it can be kept as JSON, told from others
    by its `kind`. Targets of a batch are `y`, the outputs of the net `[B, width]`: what its last
    layer gives, such as logits. Answers are trees of arrays by name.
    """

    kind: str

    @property
    @abstractmethod
    def width(self) -> int:
        """How many outputs the net has for an example."""

    @property
    @abstractmethod
    def metric(self) -> str:
        """The score that tells most about a training, as its curves show it."""

    @property
    @abstractmethod
    def about(self) -> dict[str, Any]:
        """Facts that a client needs, named as in `Collection.about`."""

    @property
    def texts(self) -> dict[str, Names]:
        """Answers that are names, by name, and the numbers that pick them."""
        return {}

    def named(self, targets: np.ndarray) -> list[str]:
        """What targets `[N, ...]` say of their examples in words, such as the names of classes."""
        return [str(target) for target in targets]

    @abstractmethod
    def shares(self, targets: Tensor) -> Tensor:
        """Targets `[B, ...]` as floats that can be averaged, of the form of the outputs.

        What MixUp and CutMix mix: 1 for the class of an example and 0 for the others.
        """

    def told(self, shares: np.ndarray) -> list[str]:
        """What averaged `shares` `[N, ...]` say of their examples in words."""
        return [", ".join(f"{value:.2g}" for value in np.ravel(each)) for each in shares]

    @abstractmethod
    def problems(
        self,
        loss: Call | None,
        label_smoothing: float,
        class_weight: ClassWeight,
        *,
        mixed: bool = False,
    ) -> Problems:
        """What of a recipe does not fit this target: key and message of each.

        `mixed` is whether training mixes examples, so that a loss gets `shares`.
        """

    @abstractmethod
    def compile_options(
        self, loss: Call | None, label_smoothing: float, class_weight: ClassWeight
    ) -> dict[str, Any]:
        """Loss and metrics for `model.compile`; `loss` None is the target's own."""

    def on_one_scale(
        self, epochs: Sequence[Mapping[str, float]], loss: Call | None
    ) -> list[dict[str, float]]:
        """Measures of epochs, the training loss on the scale of the scores' loss, to draw both."""
        return [dict(epoch) for epoch in epochs]

    def finished(self, model: keras.Model) -> keras.Model:
        """The model to train from one that gives `[B, width]`."""
        return model

    def weighted(self, encode: Encode, class_weight: ClassWeight) -> Encode:
        """`encode` with the weight of each example as its third part, where there are any."""
        return encode

    def mixable(self, encode: Encode) -> Encode:
        """`encode` with the `shares` of its targets."""

        def encode_shares(raw: Tree) -> tuple:
            x, y, *weight = encode(raw)
            return x, self.shares(y), *weight

        return encode_shares

    @abstractmethod
    def answers(self, outputs: Tensor) -> dict[str, Tensor]:
        """What outputs stand for, in numbers, by operations of Keras: it is served as it is."""

    def decoded(self, outputs: np.ndarray) -> dict[str, np.ndarray]:
        """Answers and their names as arrays, and what is of use `beside` them."""
        from keras import ops

        answers = {name: ops.convert_to_numpy(it) for name, it in self.answers(outputs).items()}
        words = {name: text.read(answers[text.of]) for name, text in self.texts.items()}
        return {**answers, **words, **self.beside(outputs, answers)}

    def beside(self, outputs: np.ndarray, answers: Tree) -> dict[str, np.ndarray]:
        """What is of use beside answers, but is not served."""
        return {}

    @abstractmethod
    def score(self, keys: np.ndarray, targets: np.ndarray, answers: Tree) -> Scores:
        """Scores of decoded `answers` to the examples of `keys` `[N]` and `targets` `[N, ...]`."""

    @abstractmethod
    def linear_rival(self, x: Any, y: np.ndarray, *, most_examples: int) -> Baseline:
        """A linear model of training features x and targets y; predicts outputs."""

    @abstractmethod
    def constant_rival(self, y: np.ndarray) -> Baseline:
        """Always the same answer, the best one for training targets y; predicts outputs."""

    @abstractmethod
    def figures(
        self, examples: pd.DataFrame, targets: np.ndarray, answers: Tree, split: str
    ) -> Iterator[tuple[str, Figure]]:
        """Pictures of a scored `split` by name, from its table, its targets and its answers."""

    def asked(self, targets: np.ndarray, answers: Tree) -> list[tuple[Unit, Unit | None]]:
        """By which outputs each answer is understood: what was told, and what is true instead.

        The second is None where the answer is right. Empty where outputs are no classes or labels.

        Args:
            targets: Of N examples, `[N, ...]`.
            answers: Decoded answers to them.
        """
        return []

    @abstractmethod
    def relabel(self, examples: Examples, about: Mapping[str, Any]) -> Examples:
        """Examples of another collection with their targets in this target's numbering.

        Args:
            examples: As their source numbers them.
            about: What that source says of them, see `Collection.about`.

        Raises:
            DataError: Their target is of another kind, or has names that this one does not know.
        """
