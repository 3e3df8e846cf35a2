"""At which step did a training diverge, at which rate, with which gradients? Seen in a replay."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import keras

from dlsuite.training.divergence import TrainingDiverged, exploded, not_finite
from dlsuite.training.variables import Arrays, acting, learning_rates, optimizers_of, restore

NEVER_STEPPED = -1.0  # No norm is negative.
REPLAY_SECONDS = 60.0  # A longer replay would make a person wait for one number.


def explain(
    model: keras.Model,
    failed: tuple[int, str, float],
    *,
    epoch: int,
    steps_per_epoch: int,
    first: int,
    usual: Mapping[str, float],
    start: Callable[[], Arrays | None],
    stream: Callable[[], Any],
) -> TrainingDiverged:
    """Goes through the failed epoch again, to name the step, its rate and its gradient norm.

    Args:
        failed: What `Watch` saw; the name of a weight and NaN where the loss told nothing.
        epoch: Counted from 1.
        first: Step, from 0, that the replay begins with: that of a checkpoint, or the epoch's own.
        usual: Losses of the first batch of all.
        start: Makes the model ready for the state before that step and gives that state; None
            where it is not known.
        stream: The epoch's batches from that step on.
    """
    step, name, value = failed
    finite = math.isfinite(value)
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
            found = exploded(seen.logs, usual) if finite else not_finite(seen.logs)
            if found is not None:
                step, (name, value) = index, found
                break
        else:
            if index < step:
                norms, before = {}, {}
    message = (
        f"Training diverged in epoch {epoch} at step {step + 1} of {steps_per_epoch}: "
        f"`{name}` is {value:.6g}{_than(name, usual, value)}, {_listed(rates)}, "
        f"{_norms(norms, before)}. A lower learning rate, "
        "a warm-up, or `global_clipnorm` in `optimizer` are the usual cures."
    )
    return TrainingDiverged(message, epoch, step + 1, rates, norms)


def _than(name: str, usual: Mapping[str, float], value: float) -> str:
    return f" ({usual[name]:.3g} in the first batch)" if exploded({name: value}, usual) else ""


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
    # Outside of those that act, gradients are scaled.
    held = {name: acting(optimizer) for name, optimizer in optimizers_of(model).items()}
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
