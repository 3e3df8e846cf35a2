"""What tracking adds to an epoch: the same training, every other epoch handed to the store.

    python -m benchmarks.tracking

Epochs are cut to 100 steps, a quarter of those of fashion_lenet5, so that the share shows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import keras

from benchmarks import lenet
from benchmarks.harness import Row, record
from benchmarks.lenet import Boundaries
from dlsuite.experiment.recording import Epochs
from dlsuite.tracking import Store
from dlsuite.training import fit_stages

ROUNDS = 8


class EveryOther(keras.callbacks.Callback):
    """Hands the end of each second epoch to a listener and measures how long that takes."""

    def __init__(self, listener: Epochs) -> None:
        super().__init__()
        self.listener = listener
        self.seconds: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch % 2 == 0:
            return
        began = time.perf_counter()
        self.listener.on_epoch_end(epoch, logs)
        self.seconds.append(time.perf_counter() - began)


def rows() -> Iterator[Row]:
    """The ratio with to without, and what the training itself waits for."""
    epochs = 2 * ROUNDS + 2
    learner = lenet.learner({"training.epochs": epochs, "training.steps_per_epoch": 100})
    boundaries = Boundaries(learner.measure)
    with lenet.store(), Store.open().start("image_classification", "benchmark") as tracked:
        listener = EveryOther(Epochs(tracked, None))
        fit_stages(lenet.task(learner, measure=boundaries.measure, listeners=[listener]))
    # Epoch 2, the first one handed over, is paid for between the ends of epochs 2 and 3.
    yield boundaries.row("an epoch of 100 steps with tracking against one without", target=1.02)
    waited = [1e3 * seconds for seconds in listener.seconds]
    yield Row("training waits for tracking, each epoch", "ms", waited, target=15)


if __name__ == "__main__":
    record("tracking", rows())
