"""The steps of an epoch: counted where they end, passed over where a checkpoint holds them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras

from dlsuite.training.interruption import held
from dlsuite.training.variables import Arrays, restore_metrics


class Steps(keras.callbacks.Callback):
    """Stands between Keras' `fit` and the model's train function.

    The function returns when a step is over, in the main thread: the one place where all variables
    belong to the same step.

    Args:
        after_step: Called after a step with the steps done in the epoch; what it saves is exact.

    Attributes:
        done: Steps done in this epoch.
        logs: What the latest step returned.
    """

    async_safe = True

    def __init__(self, after_step: Callable[[int], None]) -> None:
        super().__init__()
        self.after_step = after_step
        self.done = 0
        self.logs: Mapping[str, Any] = {}
        self._held: tuple[int, Arrays] = (0, {})
        self._passed_over = 0
        self._train: Callable[[Any], Any] | None = None

    def take_up(self, done: int, logs: Mapping[str, float], arrays: Arrays) -> None:
        """The next epoch begins after `done` steps, with the metrics that are in `arrays`."""
        self._held, self.logs = (done, arrays), logs

    def wrap(self, model: keras.Model) -> None:
        """From here on `fit` trains through this object, until `unwrap`."""
        model.make_train_function()
        self._train = model.train_function
        model.train_function = self._step

    def unwrap(self, model: keras.Model) -> None:
        """Gives the model its own train function back."""
        if model.train_function == self._step:
            model.train_function = self._train

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.done, self._passed_over = 0, 0

    def _step(self, batches: Any) -> Any:
        """One call of the train function, of as many steps as the model executes at once."""
        size = self.model.steps_per_execution
        done, arrays = self._held
        if self._passed_over < done:
            if self._passed_over == 0:
                restore_metrics(self.model, arrays)  # `fit` has just reset them
            self._passed_over = self.done = min(self._passed_over + size, done)
            if self.done == done:
                self._held = (0, {})
            return self.logs
        assert self._train is not None
        with held():
            self.logs = self._train(batches)
            self.done = min(self.done + size, self.params["steps"])
            self.after_step(self.done)
        return self.logs
