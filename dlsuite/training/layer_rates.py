"""A learning rate for each layer: the optimizer's, times a factor of the layer's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

Factor = tuple[Any, float]  # a variable, and what the rate of its steps is multiplied by


def scale_rates(optimizer: keras.Optimizer, factors: Sequence[Factor]) -> None:
    """Makes an optimizer step some variables at a multiple of its rate.

    Discriminative fine-tuning (Howard and Ruder 2018, section 3.1). The rate itself is multiplied,
    in the step of each variable and in its decoupled weight decay: to multiply gradients would
    leave the steps of Adam and of others that divide by the gradient's size as they are.

    Args:
        optimizer: Built or not; one that scales losses is passed by its inner optimizer.
        factors: Variables and their factors; all others keep the rate.
    """
    known = {optimizer._var_key(variable): factor for variable, factor in factors}
    update, decay = optimizer.update_step, optimizer._apply_weight_decay
    rate = optimizer._get_current_learning_rate
    in_force = 1.0

    def factor_of(variable: Any) -> float:
        return known.get(optimizer._var_key(variable), 1.0)

    def scaled_rate() -> Any:
        return rate() if in_force == 1.0 else rate() * in_force

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        factor = factor_of(variable)
        update(gradient, variable, learning_rate if factor == 1.0 else learning_rate * factor)

    def apply_weight_decay(variables: Sequence[Any]) -> None:
        nonlocal in_force
        groups: dict[float, list[Any]] = {}
        for variable in variables:
            groups.setdefault(factor_of(variable), []).append(variable)
        try:
            for factor, group in groups.items():
                in_force = factor
                decay(group)
        finally:
            in_force = 1.0

    optimizer._get_current_learning_rate = scaled_rate
    optimizer.update_step = update_step
    optimizer._apply_weight_decay = apply_weight_decay


def factors_by_variable(
    layers: Mapping[str, Mapping[str, keras.layers.Layer]], factors: Mapping[str, float]
) -> list[Factor]:
    """The factor of every variable that has one.

    Args:
        layers: Pattern -> the layers that it matches, by path.
        factors: Pattern -> factor.

    Raises:
        ValueError: Two patterns give a layer different factors: their order has no meaning.
    """
    found: dict[int, tuple[Any, str]] = {}
    for pattern, factor in factors.items():
        for path, layer in layers[pattern].items():
            for variable in layer.weights:
                _, other = found.setdefault(id(variable), (variable, pattern))
                if factors[other] != factor:
                    raise ValueError(
                        "`learning_rate_factors` must give each layer one factor. Received: "
                        f"{other!r}: {factors[other]:g} and {pattern!r}: {factor:g}, which both "
                        f"match {path}."
                    )
    return [(variable, factors[pattern]) for variable, pattern in found.values()]
