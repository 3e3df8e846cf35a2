"""What is left of a training that diverged: its last good weights, and how to go on with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dlsuite.experiment.fitting import checkpoints_of
from dlsuite.experiment.learner import Learner
from dlsuite.experiment.starting import (
    INPUTS,
    KEY,
    OUTPUTS,
    input_names,
    output_names,
)
from dlsuite.experiment.weights_source import RESCUED, RUN
from dlsuite.tracking import WEIGHTS, Store, TrackedRun
from dlsuite.training import CheckpointError, Checkpoints
from dlsuite.training.divergence import TrainingDiverged
from dlsuite.training.resume import Saved
from dlsuite.training.variables import restore_weights
from dlsuite.training.weights_file import save_weights


@contextmanager
def rescued(learner: Learner, tracked: TrackedRun, store: Store) -> Iterator[None]:
    """A training that diverges inside leaves the weights of its last good checkpoint to its run.

    The error then names the new run that starts from them: the run itself would only diverge again.
    """
    try:
        yield
    except TrainingDiverged as error:
        try:
            error.args = (f"{error} {_kept(learner, tracked, store)}",)
        except Exception as problem:  # what went wrong first is what a user must hear of
            words = f"{type(problem).__name__}: {problem}"
            error.add_note(f"Its last good weights could not be kept with the run: {words}")
        raise


def _kept(learner: Learner, tracked: TrackedRun, store: Store) -> str:
    """Keeps the weights of the last good checkpoint with its run, and says how to go on."""
    saved = _last(checkpoints_of(store, tracked))
    if saved is None:
        return "No checkpoint is from before it: start a new run."
    restore_weights(learner.model, saved.arrays)
    with tracked.file(WEIGHTS) as path:
        save_weights(learner.model, path)
    tracked.json(OUTPUTS, output_names(learner))
    tracked.json(INPUTS, input_names(learner))
    tracked.tags({RESCUED: f"weights of {saved.place}"})
    way = f"{KEY}={RUN}{tracked.run_id[:8]}"
    return (
        f"The last good checkpoint, of {saved.place}, is kept; a new run can start "
        f"from its weights: dlsuite train RECIPE {way}, with what is to be different."
    )


def _last(checkpoints: Checkpoints) -> Saved | None:
    try:
        return checkpoints.load()
    except CheckpointError:
        return None
