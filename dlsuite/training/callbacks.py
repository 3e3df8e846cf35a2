"""What happens at the end of an epoch, in this order: measure, choose, reduce, record, tell.

Each is a small Keras callback on one shared mapping, the epoch's logs; those after `Measure` see
what it added. Those with a state have `state()` and `resume(state)`, plain values for a checkpoint.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlsuite.training.interruption import hold, release
from dlsuite.training.monitors import Best, best_of
from dlsuite.training.variables import acting, averaged, learning_rates, optimizers_of

if TYPE_CHECKING:
    from dlsuite.training.stages import FitTask


class Measure(keras.callbacks.Callback):
    """Adds `learning_rate`, `seconds` and the measures of dev to the logs.

    Args:
        measure: One clean pass over dev, `{"dev.accuracy": …}`; None where there is no dev.
        every: Epochs from one measuring to the next; a stage's last epoch is always measured.
    """

    def __init__(self, measure: Callable[[], Mapping[str, float]] | None, every: int) -> None:
        super().__init__()
        self.measure = measure
        self.every = every
        self._began = 0.0
        self._rates: dict[str, float] = {}
        self._settled = False  # Whether all optimizers had variables when the epoch began.
        self._taken_up: Mapping[str, Any] = {}

    def state(self) -> dict[str, Any]:
        seconds = time.perf_counter() - self._began
        return {"rates": self._rates, "settled": self._settled, "seconds": seconds}

    def resume(self, state: Mapping[str, Any]) -> None:
        """The epoch that begins next had begun before."""
        self._taken_up = state

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = time.perf_counter()
        self._rates = learning_rates(self.model)
        self._settled = all(one.built for one in optimizers_of(self.model).values())
        before, self._taken_up = self._taken_up, {}
        if before:
            self._began -= before["seconds"]
            self._rates, self._settled = dict(before["rates"]), before["settled"]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        due = (epoch + 1) % self.every == 0 or epoch + 1 == self.params["epochs"]
        measured = measure_clean(self.model, self.measure) if due else {}
        # An optimizer that had no variables when the epoch began is known by now.
        rates = self._rates if self._settled else learning_rates(self.model)
        logs.update({name: self._rates.get(name, rate) for name, rate in rates.items()})
        logs["seconds"] = time.perf_counter() - self._began
        logs.update(measured)
        # Until `Record` has taken the epoch down, what is chosen from its measures is half done.
        hold()


def measure_clean(
    model: keras.Model, measure: Callable[[], Mapping[str, float]] | None
) -> dict[str, float]:
    """One pass over dev with the weights that training would end with now."""
    if measure is None:
        return {}
    with averaged(model):
        return {name: float(value) for name, value in measure().items()}


class KeepBest(keras.callbacks.Callback):
    """Early stopping: keeps the best epoch's weights, ends a stage that no longer improves.

    Args:
        best: The monitor's best value.
        patience: Epochs without improvement after which the stage ends; None never ends it.

    Attributes:
        epoch: The best epoch, counted from 1; None before the first measure.
        weights: The model's weights after it.
        stopped: Whether the current stage was ended.
    """

    def __init__(self, best: Best, *, patience: int | None) -> None:
        super().__init__()
        self.best = best
        self.patience = patience
        self.epoch: int | None = None
        self.weights: list[np.ndarray] = []
        self.stopped = False
        self._since = 0

    def begin_stage(self, epochs_done: int) -> None:
        """Patience starts anew; what is best stays."""
        self._since = epochs_done
        self.stopped = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.best.monitor not in logs:
            return
        if self.best.improves(logs[self.best.monitor]):
            self.epoch = epoch + 1
            with averaged(self.model):
                self.weights = [variable.numpy() for variable in self.model.weights]
        elif self._waited(epoch + 1):
            self.stopped = True
            self.model.stop_training = True

    def _waited(self, epochs: int) -> bool:
        """Whether patience is at its end after so many epochs."""
        since = max(self.epoch or 0, self._since)
        return self.patience is not None and epochs - since >= self.patience

    def give_back(self, model: keras.Model) -> None:
        """Puts the best weights into the model; the last ones stay where nothing was measured."""
        if self.weights:
            for variable, value in zip(model.weights, self.weights, strict=True):
                variable.assign(value)

    def state(self) -> dict[str, Any]:
        return {
            "best": self.best.value,
            "epoch": self.epoch,
            "stopped": self.stopped,
            "since": self._since,
        }

    def resume(self, state: Mapping[str, Any], weights: list[np.ndarray], epochs: int) -> None:
        """Takes up a state and the weights that belong to it, after so many epochs.

        A stage that was ended goes on where the patience is by now a longer one.
        """
        self.best.value, self.epoch = state["best"], state["epoch"]
        self._since, self.weights = state["since"], weights
        self.stopped = state["stopped"] and self._waited(epochs)


class ReduceRate(keras.callbacks.Callback):
    """Multiplies the learning rate of every optimizer on a plateau of the monitor.

    Args:
        best: The monitor's best value.
        factor: In (0, 1).
        patience: Epochs without improvement before each reduction.
        smallest: The rate is not reduced below it.
    """

    def __init__(self, best: Best, *, factor: float, patience: int, smallest: float) -> None:
        super().__init__()
        self.best = best
        self.factor = factor
        self.patience = patience
        self.smallest = smallest
        self._since = 0

    def begin_stage(self, epochs_done: int) -> None:
        """Patience starts anew; what is best stays."""
        self._since = epochs_done

    def on_train_begin(self, logs: Any = None) -> None:
        for name, optimizer in optimizers_of(self.model).items():
            rate = acting(optimizer).get_config().get("learning_rate", 0.0)
            if not isinstance(rate, float):
                raise ValueError(
                    f"`reduce_on_plateau` needs a learning rate that is a number in `{name}`. "
                    f"Received: {rate['class_name']}."
                )

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.best.monitor not in logs:
            return
        if self.best.improves(logs[self.best.monitor]):
            self._since = epoch + 1
        elif epoch + 1 - self._since >= self.patience:
            self._since = epoch + 1
            for optimizer in optimizers_of(self.model).values():
                rate = float(optimizer.learning_rate)
                optimizer.learning_rate = min(rate, max(rate * self.factor, self.smallest))

    def state(self) -> dict[str, Any]:
        return {"best": self.best.value, "since": self._since}

    def resume(self, state: Mapping[str, Any]) -> None:
        self.best.value, self._since = state["best"], state["since"]


class Record(keras.callbacks.Callback):
    """Hands the finished epoch to the history and the checkpoint, before any listener hears of it.

    Args:
        record: Called with the epoch, counted from 1, and its logs.
    """

    def __init__(self, record: Callable[[int, dict[str, float]], None]) -> None:
        super().__init__()
        self.record = record

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.record(epoch + 1, dict(logs))
        release()


def keep_best(task: FitTask, measured: Collection[str]) -> KeepBest | None:
    """What `training.early_stopping` asks for, where dev has the measures `measured`."""
    settings = task.training.early_stopping
    if settings is None:
        return None
    best = best_of(task, measured, settings, "training.early_stopping")
    return KeepBest(best, patience=settings.patience)


def reduce_rate(task: FitTask, measured: Collection[str]) -> ReduceRate | None:
    """What `training.reduce_on_plateau` asks for, where dev has the measures `measured`."""
    settings = task.training.reduce_on_plateau
    if settings is None:
        return None
    return ReduceRate(
        best_of(task, measured, settings, "training.reduce_on_plateau"),
        factor=settings.factor,
        patience=settings.patience,
        smallest=settings.min_learning_rate,
    )
