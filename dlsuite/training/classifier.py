"""What a recipe says about training when its targets are classes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dlsuite.training.settings import TrainingSettings

Weight = Annotated[float, Field(ge=0)]


class ClassifierTraining(TrainingSettings):
    """Training with `class_weight`: `balanced` (inverse to class counts), or weights by name."""

    class_weight: Literal["balanced"] | dict[str, Weight] | None = None
