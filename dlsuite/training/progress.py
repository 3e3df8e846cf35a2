"""How far a training is, told to whoever listens: epoch, losses and what dev measured."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import keras

from dlsuite.progress import Work, working

SECONDS_BETWEEN = 0.2  # between two reports; a quick net does a thousand steps in one
SHOWN_LOSSES = 3


class Progress(keras.callbacks.Callback):
    """Each `fit` is one piece of work of `dlsuite.progress`, named by its epoch.

    Args:
        monitor: The measure that is told; without one the first of those that an epoch has.
    """

    async_safe = True

    def __init__(self, monitor: str | None = None) -> None:
        super().__init__()
        self._monitor = monitor
        self._open = ExitStack()
        self._work: Work | None = None
        self._epoch = 0
        self._done = 0
        self._next = 0.0
        self._losses = ""
        self._measures = ""

    def on_train_begin(self, logs: Any = None) -> None:
        self._done = 0
        total = self.params["epochs"] * self.params["steps"]
        self._work = self._open.enter_context(working("training", total, "steps"))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        self._report(epoch * self.params["steps"], {})

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + SECONDS_BETWEEN
            self._report(self._epoch * self.params["steps"] + batch + 1, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        measured = [name for name in logs if _of_a_split(name)]
        told = [self._monitor] if self._monitor in measured else measured[:1]
        self._measures = "".join(f"{name} {logs[name]:.4g}" for name in told) or self._measures
        self._report((epoch + 1) * self.params["steps"], logs)

    def on_train_end(self, logs: Any = None) -> None:
        self.close()

    def close(self) -> None:
        """The work is over; training may have ended by an error."""
        self._work = None
        self._open.close()

    def _report(self, done: int, logs: Mapping[str, float]) -> None:
        if self._work is not None:
            if done > self._done:
                self._work.advance(done - self._done)
                self._done = done
            self._losses = _losses(logs) or self._losses
            said = filter(None, [self._losses, self._measures])
            self._work.describe(f"epoch {self._epoch + 1}/{self.params['epochs']}", "  ".join(said))


def _of_a_split(name: str) -> bool:
    return "." in name and not name.startswith("learning_rate.")


def _losses(logs: Mapping[str, float]) -> str:
    """The training's own losses: one, or those of each net of a game."""
    names = [name for name in logs if "loss" in name and "." not in name]
    return "  ".join(f"{name} {logs[name]:.4g}" for name in names[:SHOWN_LOSSES])
