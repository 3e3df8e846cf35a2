"""One training in a process of its own that kills itself where it is told to.

    python -m dlsuite.studies.interrupted ORDER.json

`verify_resume` writes the order and reads what is left.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlsuite import experiment
from dlsuite.tracking import Store
from dlsuite.training.variables import capture

LONGEST_WAIT = 10.0  # seconds for a checkpoint that may never be written


class Killer(keras.callbacks.Callback):
    """Ends this process by SIGKILL, from a thread, at or after a step.

    Args:
        step: Steps of this training after which it happens; those of earlier processes count.
        kind: `between` two steps, `within` the next one, or while a checkpoint is `written`.
        delay: Seconds more, of `within` and `written`.
        folder: Below which checkpoints are written.
    """

    def __init__(self, step: int, kind: str, delay: float, folder: Path) -> None:
        super().__init__()
        self.step, self.kind, self.delay, self.folder = step, kind, delay, folder
        self._epoch, self._due = 0, False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        done = self._epoch * self.params["steps"] + batch + 1
        if done < self.step or self._due:
            return
        self._due = True
        if self.kind == "between":
            die()
        threading.Thread(target=self._later, daemon=True).start()

    def _later(self) -> None:
        give_up = time.monotonic() + LONGEST_WAIT
        while self.kind == "written" and time.monotonic() < give_up:
            if any(self.folder.glob("checkpoints/*/*.part")):
                break
        time.sleep(self.delay)
        die()


def die() -> None:
    """What no program can prevent."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(order: Path) -> None:
    """Runs what the order says; a whole training leaves its state as `end`."""
    what = json.loads(order.read_text(encoding="utf-8"))
    module, _, attribute = what["pipeline"].partition(":")
    pipeline = getattr(importlib.import_module(module), attribute)
    listeners = []
    if what["kill"] is not None:
        folder = Store.open().location.folder
        listeners.append(Killer(**what["kill"], folder=folder))
    # Whatever else drew random numbers in this process must not matter.
    random.seed(what["noise"])
    result = experiment.run(
        pipeline, what["recipe"], what["overrides"], resume=what["resume"], listeners=listeners
    )
    answers = {
        f"{split}/{index}": np.asarray(leaf)
        for split, tree in result.judged.answers.items()
        for index, leaf in enumerate(keras.tree.flatten(tree))
    }
    timeless = [
        {name: value for name, value in epoch.items() if name != "seconds"}
        for epoch in result.history.epochs
    ]
    notes = {
        "history": timeless,
        "initial": result.history.initial,
        "best_epoch": result.history.best_epoch,
        "scores": result.scores,
        "messages": result.history.messages,
        "steps": int(result.model.optimizer.iterations.numpy())
        if getattr(result.model, "optimizer", None) is not None
        else 0,
    }
    end = Path(what["end"])
    arrays: dict[str, Any] = {f"state/{n}": value for n, value in capture(result.model).items()}
    arrays |= {f"answers/{name}": answer for name, answer in answers.items()}
    np.savez(end.with_suffix(".npz"), allow_pickle=False, **arrays)
    end.with_suffix(".json").write_text(json.dumps(notes), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
