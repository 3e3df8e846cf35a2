"""What checkpoints add to an epoch: the same training, one written after every other epoch.

    python -m benchmarks.checkpoints

Epochs are whole ones of fashion_lenet5, 54,000 pictures in 422 steps. Four minutes on two cores.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator

from benchmarks import lenet
from benchmarks.harness import Row, record, timed
from benchmarks.lenet import Boundaries
from dlsuite.training import Checkpoints, fit_stages
from dlsuite.training.resume import Saved
from dlsuite.training.variables import capture

ROUNDS = 5


class Timed(Checkpoints):
    """Measures how long training waits until a checkpoint is handed to the thread that writes."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self.seconds: list[float] = []

    def save(self, saved: Saved, *, keep: int) -> None:
        began = time.perf_counter()
        super().save(saved, keep=keep)
        self.seconds.append(time.perf_counter() - began)


def rows() -> Iterator[Row]:
    """The ratio with to without, and what the training itself waits for."""
    learner = lenet.learner({"training.epochs": 2 * ROUNDS + 2, "training.checkpoint.every": 2})
    boundaries = Boundaries(learner.measure)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Timed(folder)
        fit_stages(lenet.task(learner, measure=boundaries.measure, checkpoints=checkpoints))
    yield boundaries.row("a whole epoch with a checkpoint against one without", target=1.03)
    copies = [timed(lambda: capture(learner.model)).wall for _ in checkpoints.seconds]
    waits = zip(copies, checkpoints.seconds, strict=True)
    yield Row("training waits for a checkpoint", "ms", [1e3 * sum(both) for both in waits], 15)


if __name__ == "__main__":
    record("checkpoints", rows())
