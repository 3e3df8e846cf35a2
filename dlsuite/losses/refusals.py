"""Arguments that no loss takes."""

from collections.abc import Mapping, Sequence
from typing import Any


def require_smoothing(label_smoothing: float) -> None:
    """Refuses a share of smoothing outside [0, 1)."""
    if not 0 <= label_smoothing < 1:
        raise ValueError(
            f"`label_smoothing` must be in [0, 1). Received: label_smoothing={label_smoothing}."
        )


def require_weights(name: str, weights: Sequence[float] | None) -> None:
    """Refuses weights below 0, and none at all in a list of them."""
    if weights is not None and (not len(weights) or min(weights) < 0):
        raise ValueError(f"`{name}` must be numbers of at least 0. Received: {name}={weights}.")


def require_terms(loss_weights: Mapping[Any, float], known: Mapping[Any, float]) -> None:
    """Refuses factors of a loss's terms that are not those it has, or that are below 0."""
    if set(loss_weights) != set(known) or min(loss_weights.values()) < 0:
        raise ValueError(
            f"`loss_weights` must have a number of at least 0 for each of {', '.join(known)}. "
            f"Received: loss_weights={dict(loss_weights)}."
        )
