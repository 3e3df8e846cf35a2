"""One trial of a sweep: an ordinary run below the sweep's, taken up where it was cut short."""

from __future__ import annotations

import math
import os
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
from optuna.trial import TrialState

from dlsuite import experiment
from dlsuite.experiment import Part, Pipeline
from dlsuite.experiment.fitting import checkpoint_folder
from dlsuite.progress import tell
from dlsuite.recipe import Document, load
from dlsuite.studies.left_out import OF_A_PART
from dlsuite.studies.study import can_go_on
from dlsuite.studies.sweeps.space import Space
from dlsuite.studies.sweeps.storage import WORKER, take
from dlsuite.tracking import Ended, RunRecord, Store, StoreError
from dlsuite.tracking.processes import PID, seconds_silent, why_gone
from dlsuite.tracking.store import SILENT_ELSEWHERE

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, Trial

TRIAL = "trial"  # the tag of a trial's run: its number
PRUNED = "pruned"  # the tag of one that was ended early: after which epoch
ERROR, RUN = "error", "run_id"  # attributes of a trial
LONGEST = 300  # characters of an error


@dataclass(frozen=True)
class Sweep:
    """What every process of a sweep knows.

    Attributes:
        pipeline: The application.
        document: The recipe, overrides laid over it.
        space: What is searched.
        metric: Of dev, without its split.
        run_id: Of the sweep.
        store: Where runs are kept.
        study: Optuna's notes.
        machine: Changes to the recipe that divide this machine between processes.
    """

    pipeline: Pipeline
    document: Document
    space: Space
    metric: str
    run_id: str
    store: Store
    study: Study
    machine: Mapping[str, Any]

    def run_of(self, number: int) -> RunRecord | None:
        """The newest run of a trial, if it was begun."""
        runs = self.store.children(self.run_id)
        return next((each for each in runs if each.tags.get(TRIAL) == str(number)), None)


class Report(keras.callbacks.Callback):
    """Tells Optuna each measured epoch's dev metric, and ends the training where that is hopeless.

    What was reported before a training was interrupted is not reported again. The last epoch is
    never pruned: nothing would be saved.

    Args:
        trial: Optuna's.
        monitor: Name of the measure, such as `dev.accuracy`.
        epochs: Of the whole training.

    Raises:
        Ended: The trial is pruned; its run is left without scores, which would look like those of
            a whole training.
    """

    def __init__(self, trial: Trial, monitor: str, epochs: int) -> None:
        super().__init__()
        self.trial, self.monitor, self.epochs = trial, monitor, epochs
        self.last = trial.study.get_trials(deepcopy=False)[trial.number].last_step or 0

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        done = epoch + 1
        if self.monitor not in (logs or {}) or done <= self.last:
            return
        assert logs is not None
        self.trial.report(float(logs[self.monitor]), done)
        self.last = done
        over = done >= self.epochs or self.model.stop_training
        if not over and self.trial.should_prune():
            raise Ended(f"pruned after epoch {done}", {PRUNED: f"after epoch {done}"})


def work(sweep: Sweep, most: int | None = None) -> int:
    """Does trials until none is left to take.

    Args:
        sweep: Which.
        most: Trials to do at most.

    Returns:
        How many were done.
    """
    done = 0
    while most is None or done < most:
        trial = take(sweep.study, sweep.space, sweep.store, lambda each: is_left(sweep, each))
        if trial is None:
            break
        do(sweep, trial)
        done += 1
    return done


def is_left(sweep: Sweep, trial: FrozenTrial) -> bool:
    """Whether nobody works on a running trial any more.

    A process does one at a time, so that who looks for one does none. Of a process on another
    machine only its run's silence tells.
    """
    tags = trial.user_attrs.get(WORKER)
    if tags is None or why_gone(tags) is not None:
        return True
    if tags["host"] == socket.gethostname():
        return tags[PID] == str(os.getpid())
    record = sweep.run_of(trial.number)
    return seconds_silent(tags if record is None else record.tags) > SILENT_ELSEWHERE


def do(sweep: Sweep, trial: Trial) -> None:
    """Runs a trial, or what is left of it, and notes what came of it.

    What fails is noted as failed; only what the store or the user ends ends the sweep too.

    Raises:
        StoreError: The store does not take what a run brings.
    """
    before = sweep.run_of(trial.number)
    if before is not None and before.status == "FINISHED":
        return note(sweep, trial, before)  # its process died before it could note that
    changes = sweep.space.overrides(trial.params)
    said = ", ".join(f"{path}={value}" for path, value in changes.items())
    tell(f"trial {trial.number}: {said}")
    try:
        _run(sweep, trial, changes, before)
    except Ended as end:
        tell(f"trial {trial.number} {end}")
    except StoreError:
        raise
    except Exception as error:  # whatever a training dies of, others may live
        words = " ".join(f"{type(error).__name__}: {error}".split())
        trial.set_user_attr(ERROR, words[:LONGEST])
        tell(f"trial {trial.number} failed: {words[:LONGEST]}")
        sweep.study.tell(trial, state=TrialState.FAIL)
        return None
    record = sweep.run_of(trial.number)
    assert record is not None
    return note(sweep, trial, record)


def note(sweep: Sweep, trial: Trial, record: RunRecord) -> None:
    """Notes what the run of a trial came to, as the store has it."""
    trial.set_user_attr(RUN, record.run_id)
    value = record.metrics.get(f"dev.{sweep.metric}", math.nan)
    if PRUNED in record.tags:
        sweep.study.tell(trial, state=TrialState.PRUNED)
        shutil.rmtree(checkpoint_folder(sweep.store, record), ignore_errors=True)
    elif math.isfinite(value):
        sweep.study.tell(trial, value)
        tell(f"trial {trial.number}: dev.{sweep.metric} {value:.4g}")
    else:
        trial.set_user_attr(ERROR, f"dev.{sweep.metric} is no number: {value}")
        sweep.study.tell(trial, state=TrialState.FAIL)


def _run(sweep: Sweep, trial: Trial, changes: Mapping[str, Any], before: RunRecord | None) -> None:
    overrides = {**OF_A_PART, **sweep.machine, **changes}
    settings: Any = load(sweep.document, sweep.pipeline.settings, overrides).settings
    resume = before.run_id if before is not None and can_go_on(sweep.store, before) else None
    experiment.run(
        sweep.pipeline,
        sweep.document,
        overrides,
        resume=resume,
        allow_change=resume is not None,  # of threads: the machine may be divided otherwise now
        listeners=[Report(trial, f"dev.{sweep.metric}", settings.training.epochs)],
        part=Part(
            sweep.run_id,
            f"{sweep.document.name}, trial {trial.number}",
            {TRIAL: trial.number},
            model_kept=False,
            looked_at=False,
        ),
    )
