"""What checkpoints add to an epoch: the same training, one written after every other epoch.

    python -m benchmarks.checkpoints

Epochs are cut to 100 steps, a quarter of those of fashion_lenet5, so that the share shows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks import lenet
from benchmarks.harness import Row, record
from benchmarks.lenet import Boundaries
from dlsuite.training import Checkpoints, fit_stages

ROUNDS = 8


def rows() -> Iterator[Row]:
    """The one ratio."""
    learner = lenet.learner(
        {
            "training.epochs": 2 * ROUNDS + 2,
            "training.steps_per_epoch": 100,
            "training.checkpoint.every": 2,
        }
    )
    boundaries = Boundaries(learner.measure)
    with tempfile.TemporaryDirectory() as folder:
        fit_stages(lenet.task(learner, measure=boundaries.measure, checkpoints=Checkpoints(folder)))
    yield boundaries.row("an epoch of 100 steps with a checkpoint against one without", target=1.03)


if __name__ == "__main__":
    record("checkpoints", rows())
