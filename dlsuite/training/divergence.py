"""A loss that stops being a number: noticed within batches, explained by replaying the epoch."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import keras

from dlsuite.training.variables import Arrays, learning_rates, optimizers_of, restore

NEVER_STEPPED = -1.0  # No norm is negative.
REPLAY_SECONDS = 60.0  # A longer replay would make a person wait for one number.


class TrainingDiverged(RuntimeError):
    """The loss became NaN or infinite.

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
    """

    async_safe = True

    def __init__(
        self,
        explain: Callable[[int, tuple[int, str, float]], TrainingDiverged],
        settle: Callable[[Collection[str]], None],
    ) -> None:
        super().__init__()
        self.explain = explain
        self.settle = settle
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
    losses = [name for name in logs if "loss" in name] or list(logs)
    for name in losses:
        if not math.isfinite(logs[name]):
            return name, float(logs[name])
    return None


def explain(
    model: keras.Model,
    failed: tuple[int, str, float],
    *,
    epoch: int,
    steps_per_epoch: int,
    first: int,
    start: Callable[[], Arrays | None],
    stream: Callable[[], Any],
) -> TrainingDiverged:
    """Goes through the failed epoch again, to name the step, its rate and its gradient norm.

    Args:
        failed: What `Watch` saw.
        epoch: Counted from 1.
        first: Step, from 0, that the replay begins with: that of a checkpoint, or the epoch's own.
        start: Makes the model ready for the state before that step and gives that state; None
            where it is not known.
        stream: The epoch's batches from that step on.
    """
    step, name, value = failed
    arrays = start()
    rates = learning_rates(model)
    norms: dict[str, float] = {}
    before: dict[str, float] = {}
    if arrays is not None:
        restore(model, arrays)
        batches = islice(stream(), step + 1 - first)
        index = first - 1
        for index, seen in enumerate(_replayed(model, batches), start=first):
            before, norms, rates = norms, seen.norms, seen.rates
            found = not_finite(seen.logs)
            if found is not None:
                step, (name, value) = index, found
                break
        else:
            if index < step:
                norms, before = {}, {}
    message = (
        f"Training diverged in epoch {epoch} at step {step + 1} of {steps_per_epoch}: "
        f"`{name}` is {value}, {_listed(rates)}, {_norms(norms, before)}. A lower learning rate, "
        "a warm-up, or `global_clipnorm` in `optimizer` are the usual cures."
    )
    return TrainingDiverged(message, epoch, step + 1, rates, norms)


class _Step:
    def __init__(self, logs: Mapping[str, float], rates: dict, norms: dict):
        self.logs, self.rates, self.norms = logs, rates, norms


def _replayed(model: keras.Model, batches: Iterator[Any]) -> Iterator[_Step]:
    deadline = time.monotonic() + REPLAY_SECONDS
    model.reset_metrics()
    with _norms_recorded(model) as norms:
        for batch in batches:
            rates = learning_rates(model)
            logs = model.train_function([batch])
            logs = {key: float(value) for key, value in logs.items()}
            stepped = {key: float(norm) for key, norm in norms.items()}
            yield _Step(logs, rates, {k: n for k, n in stepped.items() if n != NEVER_STEPPED})
            if time.monotonic() > deadline:
                return


@contextmanager
def _norms_recorded(model: keras.Model) -> Iterator[dict[str, keras.Variable]]:
    """Inside, every step leaves the norms of the gradients that each optimizer was given."""
    held = {
        name: getattr(optimizer, "inner_optimizer", optimizer)  # Outside of it they are scaled.
        for name, optimizer in optimizers_of(model).items()
    }
    # Squares of a float32 gradient overflow long before the gradient does.
    norms = {name: keras.Variable(NEVER_STEPPED, dtype="float64", trainable=False) for name in held}
    for name, optimizer in held.items():
        vars(optimizer)["apply"] = _recording(optimizer.apply, norms[name])
    model.make_train_function(force=True)
    try:
        yield norms
    finally:
        for optimizer in held.values():
            del vars(optimizer)["apply"]
        model.make_train_function(force=True)


def _recording(apply: Callable[..., Any], norm: keras.Variable) -> Callable[..., Any]:
    def recorded(grads: Any, trainable_variables: Any = None) -> Any:
        grads = list(grads)
        dense = [keras.ops.convert_to_tensor(g) for g in grads if g is not None]
        squares = [keras.ops.sum(keras.ops.square(keras.ops.cast(g, "float64"))) for g in dense]
        norm.assign(keras.ops.sqrt(sum(squares)))
        return apply(grads, trainable_variables)

    return recorded


def _listed(rates: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ', 1)} {rate:g}" for name, rate in rates.items())


def _norms(norms: Mapping[str, float], before: Mapping[str, float]) -> str:
    if not norms:
        return "gradient norm not known: the epoch could not be replayed"
    parts = []
    for name, norm in norms.items():
        whose = "" if len(norms) == 1 else f" of {name}"
        earlier = f" ({before[name]:.3g} a step before)" if name in before else ""
        parts.append(f"gradient norm{whose} {norm:.3g}{earlier}")
    return ", ".join(parts)
