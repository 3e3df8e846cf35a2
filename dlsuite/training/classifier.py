"""What a recipe says about training when its targets are classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from dlsuite.training.settings import Problems, TrainingSettings

Weight = Annotated[float, Field(ge=0)]


class ClassifierTraining(TrainingSettings):
    """Training with `class_weight`: `balanced` (inverse to class counts), or weights by name."""

    class_weight: Literal["balanced"] | dict[str, Weight] | None = None

    def check_classes(self, class_names: Sequence[str]) -> Problems:
        """Every name in `class_weight` is a class of the data."""
        if isinstance(self.class_weight, dict):
            for name in sorted(set(self.class_weight) - set(class_names)):
                yield (
                    f"training.class_weight.{name}",
                    f"must be one of the data's classes, {', '.join(class_names)}. "
                    f"Received: {name}.",
                )
