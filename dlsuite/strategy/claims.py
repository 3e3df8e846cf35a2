"""Whether what a recipe states of its score is true, by the scores that its runs reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dlsuite.strategy.errors import Bounds
from dlsuite.strategy.seed_spread import spread
from dlsuite.strategy.settings import Bound

NORMAL = 1.96  # standard errors that a 95 % interval reaches
Verdict = Literal["PASS", "SHORTFALL", "BETTER", "NO RUN"]


@dataclass(frozen=True)
class Claim:
    """A stated limit and what came.

    Attributes:
        metric: `<split>.<metric>`, or a property such as `size_mb`.
        bound: What the recipe states.
        values: Of each run.
        mean: Of them; None without a run.
        interval: 95 % bounds of the mean; None where neither seeds nor examples tell it.
        verdict: `PASS`: the mean keeps the limit. `BETTER`: so does the whole interval, so more
            could be stated. `SHORTFALL`: the mean does not. `NO RUN`: nothing stands behind it.
    """

    metric: str
    bound: Bound
    values: tuple[float, ...]
    mean: float | None
    interval: Bounds | None
    verdict: Verdict

    @property
    def holds(self) -> bool:
        """Whether runs stand behind what is stated."""
        return self.verdict in ("PASS", "BETTER")


def claim(
    metric: str,
    bound: Bound,
    values: Sequence[float],
    reaches: Sequence[float] = (),
    *,
    same_examples: bool = True,
    within: Bounds = (-np.inf, np.inf),
) -> Claim:
    """Judges a stated limit.

    Args:
        metric: What it is of.
        bound: The limit.
        values: Scores of runs that differ in their seed.
        reaches: Of each run, half the 95 % interval that its examples give; empty where they give
            none.
        same_examples: Whether all runs were scored on the same examples, whose accidents they then
            share. Else the spread over runs has them in it already.
        within: The least and the largest value that the metric can have.

    Raises:
        ValueError: Other numbers of reaches than of values.
    """
    if len(reaches) not in (0, len(values)):
        raise ValueError(
            f"`reaches` must be one for each value, or none. Received: {len(reaches)} for "
            f"{len(values)} values."
        )
    if len(values) == 0:
        return Claim(metric, bound, (), None, None, "NO RUN")
    mean = float(np.mean(values))
    interval = _interval(values, reaches, same_examples)
    if interval is not None:
        interval = max(interval[0], within[0]), min(interval[1], within[1])
    verdict: Verdict = "SHORTFALL"
    if bound.holds(mean):
        certain = interval is not None and all(map(bound.holds, interval))
        verdict = "BETTER" if certain else "PASS"
    return Claim(metric, bound, tuple(map(float, values)), mean, interval, verdict)


def _interval(
    values: Sequence[float], reaches: Sequence[float], same_examples: bool
) -> Bounds | None:
    count, mean = len(values), float(np.mean(values))
    if not np.isfinite(mean):
        return None  # one has no number, which the mean says
    examples = float(np.mean(reaches)) if reaches else None
    if count == 1:
        return None if examples is None else (mean - examples, mean + examples)
    over = spread(values)
    half = over.high - mean
    if examples is not None and same_examples:
        half = float(np.hypot(half, examples))
    elif examples is not None and over.std <= examples / NORMAL:
        # Examples explain all of the spread, and are better known than it is from a few runs.
        half = examples / count**0.5
    return mean - half, mean + half
