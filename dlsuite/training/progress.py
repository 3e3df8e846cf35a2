"""How far a training is: a bar where it can move, plain lines where it cannot."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column

SECONDS_BETWEEN_DRAWINGS = 0.2
SECONDS_BETWEEN_LINES = 1.0
SHOWN_LOSSES = 3


class Progress(keras.callbacks.Callback):
    """A listener that shows epoch, time left, loss and what dev measured.

    On a terminal and in a notebook it is one bar over the run, drawn at most five times a second;
    elsewhere a line an epoch, and of epochs under a second only some.

    Args:
        console: Where to show it; standard error if None.
    """

    async_safe = True

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self.console = console or Console(stderr=True)
        self.moves = self.console.is_terminal or self.console.is_jupyter
        self._bar: Bar | None = None
        self._epoch = 0
        self._next = 0.0
        self._began: tuple[float, int] | None = None  # Time of the first step seen, steps then.
        self._measures = ""

    def on_train_begin(self, logs: Any = None) -> None:
        self._began = None
        if self.moves and self._bar is None:
            self._bar = Bar(
                TextColumn("{task.description}", table_column=Column(no_wrap=True)),
                BarColumn(bar_width=16),
                TextColumn("{task.fields[measures]}", table_column=Column(no_wrap=True)),
                console=self.console,
                auto_refresh=False,
            )
            self._bar.add_task("", measures="")
            self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.monotonic()
        done = self._epoch * self.params["steps"] + batch + 1
        if self._began is None:
            self._began = (now, done)
        if self._bar is not None and now >= self._next:
            self._next = now + SECONDS_BETWEEN_DRAWINGS
            self._draw(self._bar, done, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        measured = [f"  {name} {value:.4g}" for name, value in logs.items() if _of_a_split(name)]
        if measured:
            self._measures = measured[0]
        now = time.monotonic()
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if self._bar is not None:
            self._draw(self._bar, (epoch + 1) * self.params["steps"], logs)
        elif now >= self._next or last:
            self._next = now + SECONDS_BETWEEN_LINES
            line = f"{self._title()}  {_losses(logs)}{self._measures}  {logs['seconds']:.1f} s"
            self.console.print(line, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leaves the bar as it stands; training may have ended by an error."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, bar: Bar, done: int, logs: Mapping[str, float]) -> None:
        total = self.params["epochs"] * self.params["steps"]
        text = f"{self._left(done, total)}  {_losses(logs)}{self._measures}"
        bar.update(
            bar.task_ids[0],
            completed=done,
            total=total,
            description=self._title(),
            measures=text.strip(),
        )
        bar.refresh()

    def _title(self) -> str:
        return f"epoch {self._epoch + 1}/{self.params['epochs']}"

    def _left(self, done: int, total: int) -> str:
        """Time left at the pace so far, the tracing of the first step not counted."""
        if self._began is None or done <= self._began[1]:
            return ""
        began, first = self._began
        seconds = round((time.monotonic() - began) / (done - first) * (total - done))
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02d}:{seconds:02d} left"


def _of_a_split(name: str) -> bool:
    return "." in name and not name.startswith("learning_rate.")


def _losses(logs: Mapping[str, float]) -> str:
    """The training's own losses: one, or those of each net of a game."""
    names = [name for name in logs if "loss" in name and "." not in name]
    return "  ".join(f"{name} {logs[name]:.4g}" for name in names[:SHOWN_LOSSES])
