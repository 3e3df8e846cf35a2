"""A loss or weights that stop being numbers, or explode: noticed, and the error that says so."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from dlsuite.training.variables import Arrays

# Times the loss of the first batch, at least of 1, from which on an epoch's mean has exploded. An
# untrained model does about as well as chance; nothing learns by being a million times worse.
EXPLODED = 1e6


class TrainingDiverged(RuntimeError):
    """The loss, or weights, became NaN or infinite, or the loss a million times what it was.

    Attributes:
        epoch: The epoch it happened in, counted from 1.
        step: The step in that epoch, counted from 1.
        learning_rates: Rate of that step, by `learning_rate` or one name an optimizer.
        gradient_norms: Global norms of that step's gradients before clipping, by optimizer; empty
            where the epoch could not be replayed.
    """

    def __init__(
        self,
        message: str,
        epoch: int,
        step: int,
        learning_rates: Mapping[str, float],
        gradient_norms: Mapping[str, float],
    ):
        super().__init__(message)
        self.epoch = epoch
        self.step = step
        self.learning_rates = dict(learning_rates)
        self.gradient_norms = dict(gradient_norms)


class Watch(keras.callbacks.Callback):
    """Looks at every batch: is the loss finite, is the monitor there, is there data to the end.

    Keras converts each batch's logs to numbers in a thread of its own as long as every callback
    allows it (`async_safe`); looking at them there costs the training nothing. So a finding ends
    the epoch a few steps late, and is raised when it is over.

    Args:
        explain: Makes the error of an epoch (from 1) and what failed in it: `(step from 0, name,
            value)`.
        settle: Called with the names in the first batch's logs; its ValueError is a finding.
        first: Logs of the first batch of all: filled then, unless the run had begun before.
    """

    async_safe = True

    def __init__(
        self,
        explain: Callable[[int, tuple[int, str, float]], TrainingDiverged],
        settle: Callable[[Collection[str]], None],
        first: dict[str, float],
    ) -> None:
        super().__init__()
        self.explain = explain
        self.settle = settle
        self.first = first
        self._lock = threading.Lock()
        self._failed: tuple[int, str, float] | None = None
        self._refused: ValueError | None = None
        self._seen: dict[str, float] | None = None  # Logs of the latest batch.
        self._steps = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._failed, self._steps = None, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        found = not_finite(logs)
        with self._lock:  # Batches may be looked at side by side, and out of order.
            if self._seen is None:
                self._refused = self._refusal(logs)
                if not self.first:
                    self.first.update({k: float(v) for k, v in (logs or {}).items()})
            if batch >= self._steps:
                self._steps, self._seen = batch + 1, logs
            if found is not None and (self._failed is None or batch < self._failed[0]):
                self._failed = (batch, *found)
        if self._failed or self._refused:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self._refused:
            raise self._refused
        if self._failed:
            raise self.explain(epoch + 1, self._failed)
        if self._steps < self.params["steps"]:
            raise ValueError(
                f"The stream of batches must give {self.params['steps']} for every epoch. "
                f"Received: {self._steps} in epoch {epoch + 1}."
            )
        seen = self._seen or {}
        found = exploded(seen, self.first)
        if found is not None:
            raise self.explain(epoch + 1, (self._steps - 1, *found))
        stale = next((name for name, value in seen.items() if value and not logs[name]), None)
        if stale:
            # Keras takes the epoch's loss from its tracker, not from what the step returned.
            raise ValueError(
                "A `train_step` must update the metrics whose names it returns, such as the "
                f"tracker of `loss`. Received: {stale} {seen[stale]:g} in the last batch, 0 in "
                "its tracker."
            )

    def _refusal(self, names: Collection[str]) -> ValueError | None:
        try:
            self.settle(names)
        except ValueError as problem:
            return problem
        return None


def not_finite(logs: Mapping[str, float]) -> tuple[str, float] | None:
    """The first loss among `logs` that is NaN or infinite; every value counts where none is a loss.

    A mean over the epoch stays NaN once one batch was.
    """
    for name in _losses(logs):
        if not math.isfinite(logs[name]):
            return name, float(logs[name])
    return None


def exploded(logs: Mapping[str, float], first: Mapping[str, float]) -> tuple[str, float] | None:
    """The first loss among `logs` that is a million times what it was in the first batch."""
    for name in _losses(logs):
        if name in first and abs(logs[name]) > EXPLODED * max(1.0, abs(first[name])):
            return name, float(logs[name])
    return None


def broken(model: keras.Model, arrays: Arrays) -> str | None:
    """The first weight among captured `arrays`, or optimizer, that is not finite; None if all are.

    Weights that a model may have been given so, such as masks, are not trained and do not count.
    """
    trained = {id(variable) for variable in model.trainable_variables}
    for index, variable in enumerate(model.variables):
        if id(variable) in trained and not _finite(arrays[f"model/{index}"]):
            return variable.path
    states = (key for key in arrays if key.startswith("optimizer."))
    lost = next((key for key in states if not _finite(arrays[key])), None)
    return None if lost is None else lost.rpartition("/")[0]


def _finite(array: np.ndarray) -> bool:
    return not np.issubdtype(array.dtype, np.floating) or bool(np.isfinite(array).all())


def _losses(logs: Mapping[str, float]) -> Sequence[str]:
    return [name for name in logs if "loss" in name] or list(logs)
