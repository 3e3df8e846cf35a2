"""Arguments that no loss takes."""

from collections.abc import Sequence


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
