"""Models in name: each gives back what it was called with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt

__all__ = ["lenet5", "mlp"]


def lenet5(
    input_shape: Any,
    num_classes: int,
    *,
    variant: Literal["modern", "paper"] = "modern",
    dropout: float = 0.0,
) -> dict[str, Any]:
    """LeNet-5."""
    return {"shape": input_shape, "classes": num_classes, "variant": variant, "dropout": dropout}


def mlp(
    input_shape: Any,
    num_classes: int,
    *,
    hidden: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (128, 64),
    activation: Literal["relu", "tanh", "sigmoid"] = "relu",
    batch_norm: bool = False,
    dropout: float = 0.0,
) -> dict[str, Any]:
    """Dense layers."""
    return {"hidden": hidden, "activation": activation, "batch_norm": batch_norm}
