"""How a training dies on purpose: between two steps, within one, or while a checkpoint is written.

Everything here happens in the process that is to die; `verify_resume` says when and how.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

# Of the writing of a checkpoint, in the order in which they come; see `_Writing`.
PHASES = ("half", "unnamed", "alone", "unlisted", "named")


class Steps(keras.callbacks.Callback):
    """Counts the steps of every training of a run; with cross-validation there are several.

    Args:
        over: Trainings that earlier processes of the run brought to their end.

    Attributes:
        done: Steps done of each training that this process saw, in order.
        spans: Seconds from the end of a step to that of the next, first steps left out.
    """

    def __init__(self, over: int = 0) -> None:
        super().__init__()
        self.over = over
        self.done: list[int] = []
        self.spans: list[float] = []
        self._epoch, self._ended, self._seen = 0, 0.0, None

    @property
    def place(self) -> tuple[int, int]:
        """The current training, 0 for the run's first, and its steps done."""
        return self.over + len(self.done) - 1, self.done[-1]

    def on_train_begin(self, logs: Any = None) -> None:
        if self.model is not self._seen:  # the stages of a training share their model
            self.done.append(0)
            self._seen = self.model

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch, self._ended = epoch, 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        now = time.perf_counter()
        if self._ended:
            self.spans.append(now - self._ended)
        self._ended = now
        self.done[-1] = self._epoch * self.params["steps"] + batch + 1


class Killer(Steps):
    """Ends this process, at or after a step.

    Args:
        training: Of the run, 0 for its first, in which it happens.
        step: Steps of that training after which it does; those of earlier processes count.
        kind: `between` two steps, `within` the next one, or while a checkpoint is `written`, all
            by SIGKILL; or `asked` to end, by SIGTERM, within the next step.
        share: In [0, 1): how far into the step or the writing.
        span: Seconds of a usual step.
        over: As in `Steps`.

    Attributes:
        asked: When SIGTERM was sent, by the monotonic clock.
    """

    def __init__(
        self, training: int, step: int, kind: str, share: float, span: float, over: int
    ) -> None:
        super().__init__(over)
        self.due, self.kind, self.share, self.span = (training, step), kind, share, span
        self.asked = math.nan
        self._begun = False

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        super().on_train_batch_end(batch, logs)
        if self.place < self.due or self._begun:
            return
        self._begun = True
        if self.kind == "between":
            die()
        elif self.kind == "written":
            sys.addaudithook(_Writing(self.share))
        else:
            after(self.span * self.share, die if self.kind == "within" else self.ask)

    def ask(self) -> None:
        """What a cluster does some time before it takes the machine away."""
        self.asked = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)


class _Writing:
    """Hears what this process does to files and dies in the middle of writing a checkpoint.

    `half`: some of the arrays' file is written. `unnamed`: all of it, under its other name.
    `alone`: it is there, its JSON file is not. `unlisted`: that is written under its other name.
    `named`: it is there, the one before is not yet removed.
    """

    def __init__(self, share: float) -> None:
        part = share * len(PHASES)
        self.phase, self.share = PHASES[int(part)], part % 1
        self._named = False

    def __call__(self, event: str, facts: tuple) -> None:
        if event == "open":
            path = str(facts[0])
            if self._named:  # the folder, to bring its names to disk
                die()
            if path.endswith(".npz.part") and self.phase == "half":
                threading.Thread(target=self._watch, args=(Path(path),), daemon=True).start()
            elif path.endswith(".json.part") and self.phase == "alone":
                die()
        elif event == "os.rename":
            path = str(facts[0])
            if path.endswith(".npz.part") and self.phase in ("half", "unnamed"):
                die()
            if path.endswith(".json.part"):
                if self.phase == "unlisted":
                    die()
                self._named = self.phase == "named"

    def _watch(self, path: Path) -> None:
        before = max((p.stat().st_size for p in path.parent.glob("*.npz")), default=1)
        while True:
            if path.exists() and path.stat().st_size > self.share * before:
                die()


def after(seconds: float, deed: Callable[[], None]) -> None:
    """Does it so much later, whatever the main thread is at then."""
    timer = threading.Timer(seconds, deed)
    timer.daemon = True
    timer.start()


def die() -> None:
    """What no program can prevent."""
    os.kill(os.getpid(), signal.SIGKILL)
