"""Monitors of early stopping and the plateau: which there are, and the best value so far."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

from dlsuite.recipe.spelling import nearest, one_of
from dlsuite.training.settings import EarlyStopping, ReduceOnPlateau, TrainingSettings

if TYPE_CHECKING:
    from dlsuite.training.stages import FitTask

NO_DEV = (
    "The recipe's split has no dev: give data.split a `dev` share, or name a monitor of training "
    "such as loss."
)


def monitor_problems(
    training: TrainingSettings, dev_metrics: Collection[str] | None, train_metrics: Collection[str]
) -> Iterator[tuple[str, str]]:
    """`(key, message)` of each monitor that a run with these settings will not have.

    Args:
        training: The recipe's settings.
        dev_metrics: Names of the scores, without `dev.`; None where there is no dev.
        train_metrics: Names in the training's own logs, such as loss.
    """
    dev = None if dev_metrics is None else [f"dev.{name}" for name in dev_metrics]
    for name in ("early_stopping", "reduce_on_plateau"):
        settings = getattr(training, name)
        if settings is None:
            continue
        message = _objection(settings.monitor, dev, train_metrics)
        if message:
            yield f"training.{name}.monitor", message


class Best:
    """The best value of a monitor so far; an improvement is one of more than `min_delta`.

    Args:
        monitor: Its name; `settle` proves it.
        key: Where the recipe names it.
        dev: Names that are measured on dev; None where there is no dev.
        higher: Whether a larger value of a name is the better one.
    """

    sign: float  # 1 where higher is better, else -1; known once settled.

    def __init__(
        self,
        monitor: str,
        *,
        key: str,
        dev: Collection[str] | None,
        higher: Callable[[str], bool],
        min_delta: float,
    ) -> None:
        self.monitor = monitor
        self.key = key
        self.dev = dev
        self.higher = higher
        self.min_delta = min_delta
        self.value: float | None = None

    def settle(self, logged: Collection[str] | None = None) -> None:
        """Asks whether the monitor exists, and only then which way it is better.

        Args:
            logged: Names in the training's own logs; None before the first batch, when they are
                not known and a name without a dot may still be one of them.

        Raises:
            ValueError: It does not exist, or its name does not tell its direction.
        """
        objection = _objection(self.monitor, self.dev, logged)
        if objection:
            raise ValueError(f"`{self.key}` {objection}")
        if self.monitor in (self.dev or ()) or logged is not None:
            self.sign = 1.0 if self.higher(self.monitor) else -1.0

    def improves(self, value: float) -> bool:
        """Whether `value` is the new best, which it then is; NaN never."""
        if math.isnan(value):
            return False
        if self.value is not None and self.sign * (value - self.value) <= self.min_delta:
            return False
        self.value = value
        return True


def best_of(
    task: FitTask, measured: Collection[str], settings: EarlyStopping | ReduceOnPlateau, key: str
) -> Best:
    """The best of what `settings` look at, settled as far as it can be before the first batch.

    Args:
        task: Whose monitor counts where the recipe names none.
        measured: Names that dev was measured to have.
        settings: Those of `key`.
        key: Dotted key of the settings.

    Raises:
        ValueError: There is no such monitor, or none at all.
    """
    monitor = settings.monitor or task.monitor
    dev = None if task.measure is None else measured
    if monitor is None:
        reason = _objection(monitor, dev, None) or (
            "must be given where the pipeline has no metric on dev. Received: nothing."
        )
        raise ValueError(f"`{key}.monitor` {reason}")
    best = Best(
        monitor,
        key=f"{key}.monitor",
        dev=dev,
        higher=(
            task.higher_is_better if settings.mode == "auto" else lambda _: settings.mode == "max"
        ),
        min_delta=settings.min_delta,
    )
    best.settle()
    return best


def _objection(
    monitor: str | None, dev: Collection[str] | None, logged: Collection[str] | None
) -> str:
    """What is wrong with a monitor, empty if nothing is; None is the pipeline's metric on dev."""
    if monitor is None:
        return f"must be given. {NO_DEV} Received: nothing." if dev is None else ""
    there = [*sorted(dev or ()), *sorted(logged or ())]
    if monitor in there or (logged is None and "." not in monitor):
        return ""
    allowed = [one_of(there)] if there else []
    if logged is None:
        allowed.append("a name in the training's own logs, such as loss")
    message = f"must be {' or '.join(allowed)}. Received: {monitor}."
    if dev is None and monitor.startswith("dev."):
        return f"{message} {NO_DEV}"
    near = nearest(monitor, there)
    return f"{message} Did you mean {near}?" if near else message
