"""Learning-rate schedules in name."""

from __future__ import annotations

from pydantic import PositiveFloat

__all__ = ["constant", "warmup_cosine"]


def constant(value: PositiveFloat) -> float:
    """One rate for all steps."""
    return value


def warmup_cosine(
    peak: PositiveFloat, *, warmup_epochs: PositiveFloat = 1.0, steps_per_epoch: int, epochs: int
) -> float:
    """A climb, then a cosine."""
    return peak * warmup_epochs * steps_per_epoch / epochs
