"""What a recipe says about training when its targets are classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field

from dlsuite.ops import class_weights
from dlsuite.training.settings import Problems, TrainingSettings
from dlsuite.types import Tree

Weight = Annotated[float, Field(ge=0)]


class ClassifierTraining(TrainingSettings):
    """Training with `class_weight`: `balanced` (inverse to class counts), or weights by name."""

    class_weight: Literal["balanced"] | dict[str, Weight] | None = None

    def weighted(
        self,
        encode: Callable[[Tree], tuple],
        class_names: Sequence[str],
        class_counts: Sequence[int],
    ) -> Callable[[Tree], tuple]:
        """`encode` with the weight of each example's class as its third part, where there are any.

        Args:
            encode: Raw batch -> `(x, y)` with classes y, `[B]`.
            class_names: K names.
            class_counts: Training examples of each.
        """
        if self.class_weight is None:
            return encode
        weights = class_weights(self.class_weight, class_names, class_counts)

        def encode_weighted(raw: Tree) -> tuple:
            from keras import ops

            x, y = encode(raw)
            return x, y, ops.take(weights, y)

        return encode_weighted

    def check_classes(self, class_names: Sequence[str]) -> Problems:
        """Every name in `class_weight` is a class of the data."""
        if isinstance(self.class_weight, dict):
            for name in sorted(set(self.class_weight) - set(class_names)):
                yield (
                    f"training.class_weight.{name}",
                    f"must be one of the data's classes, {', '.join(class_names)}. "
                    f"Received: {name}.",
                )
