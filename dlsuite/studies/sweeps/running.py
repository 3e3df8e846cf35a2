"""Sweeps: trials of a recipe over ranges of its keys, the best trained again to be believed.

A sweep is a tracked run whose children are its trials, ordinary runs that can be resumed. What was
begun goes on when the same sweep is asked for again: nothing that ended is repeated.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optuna.trial import TrialState

from dlsuite.metrics import higher_is_better
from dlsuite.progress import Work, tell, working
from dlsuite.studies.sweeps import storage, tracking
from dlsuite.studies.sweeps.conclusion import concluded
from dlsuite.studies.sweeps.prepared import Prepared as Prepared
from dlsuite.studies.sweeps.prepared import prepare as prepare
from dlsuite.studies.sweeps.results import SweepResult
from dlsuite.studies.sweeps.trial import ERROR, Sweep, work
from dlsuite.studies.sweeps.workers import NoTrialEnded, attended, order_of, share_of_machine
from dlsuite.tracking import RunRecord, Store, StoreError

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

SHA = "sweep_sha256"  # the tag of a sweep's run: hash of what makes it this sweep
WAIT = 5.0  # seconds between looks at trials of other machines


@dataclass(frozen=True)
class Joined:
    """Trials done here for a sweep that another process concludes."""

    run_id: str
    done: int


def run(
    prepared: Prepared, *, resume: str | None = None, anew: bool = False
) -> SweepResult | Joined:
    """Does the trials, keeps what they show, and trains the best again.

    Args:
        prepared: What to do.
        resume: The run of a sweep to go on with; without it, the newest of this very sweep that
            did not finish, if there is one.
        anew: Begin another sweep even so.

    Returns:
        The result; or, where the sweep still goes on elsewhere, what was done for it here.

    Raises:
        StoreError: The run to go on with is none of this sweep; or store or storage fail.
        SweepError: Every trial failed, or a process did.
    """
    store = Store.open()
    before = None if anew else _before(prepared, store, resume)
    if before is not None and before.status == "RUNNING":
        return _joined(prepared, store, before)
    recipe, settings = prepared.recipe, prepared.settings
    url = storage.url_of(store, settings)
    if before is not None and store.children(before.run_id):
        # What cannot go on is said before its run is opened.
        _study(prepared, url, before.run_id, create=False)
    with store.start(
        prepared.pipeline.name,
        f"{recipe.name}, sweep",
        resume=None if before is None else before.run_id,
        tags={"recipe": recipe.name, SHA: prepared.sha256},
    ) as tracked:
        tell(
            f"sweep {tracked.run_id[:8]} {'begins' if before is None else 'goes on'}: {recipe.name}"
        )
        study = _study(prepared, url, tracked.run_id, create=True)
        count = storage.fill(study, prepared.space, settings)
        if count > prepared.trials:
            raise StoreError(
                f"The sweep {tracked.run_id[:8]} has {count} trials already; their number may only "
                f"be raised. Received: {prepared.trials}."
            )
        tracking.begun(tracked, recipe, settings, prepared.space, prepared.metric, url)
        sweep = _sweep(prepared, store, tracked.run_id, study)
        _trials(prepared, sweep, url, count)
        return concluded(prepared, sweep, tracked, url)


def _trials(prepared: Prepared, sweep: Sweep, url: str, count: int) -> None:
    """All trials, in this process or in several."""
    with working("trials", count, "trials") as progress:
        watch = _Watch(sweep, progress, alone=prepared.jobs == 1)
        if prepared.jobs > 1:
            order = order_of(sweep, prepared.settings, prepared.place, url)
            attended(order, prepared.jobs, watch.look)
        while True:  # what is left here, and what other machines still do
            watch.look()
            if work(sweep, most=1):
                continue
            if not sweep.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                return
            time.sleep(WAIT)


class _Watch:
    """Tells how far the trials are, whoever does them."""

    def __init__(self, sweep: Sweep, progress: Work, *, alone: bool) -> None:
        self.sweep, self.progress, self.alone = sweep, progress, alone
        self.seen: set[int] = set()

    def look(self) -> None:
        """Counts the trials that ended since the last look."""
        ended = [
            each
            for each in storage.trials_of(self.sweep.study)
            if each.state in storage.ENDED and each.number not in self.seen
        ]
        for each in ended:
            self.seen.add(each.number)
            self.progress.advance()
            if not self.alone:
                tell(f"trial {each.number}: {_said(each, self.sweep.metric)}")


def _said(trial: FrozenTrial, metric: str) -> str:
    if trial.state == TrialState.COMPLETE:
        return f"dev.{metric} {trial.value:.4g}"
    if trial.state == TrialState.PRUNED:
        return f"pruned after epoch {trial.last_step}"
    return f"failed: {trial.user_attrs.get(ERROR, 'its process died')}"


def _before(prepared: Prepared, store: Store, resume: str | None) -> RunRecord | None:
    """The run to go on with, if any."""
    if resume is not None:
        record = store.find(resume)
        if SHA not in record.tags:
            raise StoreError(f"{record} is no sweep.")
        if record.tags[SHA] != prepared.sha256:
            raise StoreError(
                f"{record} can only go on as it was begun: recipe, search, sampler, pruner, seed "
                "or what is optimized differ now."
            )
        return record
    for record in store.unfinished(prepared.pipeline.name):
        hopeless = record.tags.get("error", "").startswith(NoTrialEnded.__name__)
        if record.tags.get(SHA) == prepared.sha256 and not hopeless:
            return record
    return None


def _joined(prepared: Prepared, store: Store, record: RunRecord) -> Joined:
    """Helps with a sweep that goes on in another process, until nothing is left to take."""
    url = storage.url_of(store, prepared.settings)
    study = _study(prepared, url, record.run_id, create=False)
    tell(f"sweep {record.run_id[:8]} goes on elsewhere already: helping with its trials")
    sweep = _sweep(prepared, store, record.run_id, study)
    before = _done_by(study)
    if prepared.jobs > 1:
        order = order_of(sweep, prepared.settings, prepared.place, url)
        attended(order, prepared.jobs, lambda: None)
        return Joined(record.run_id, _done_by(study) - before)
    return Joined(record.run_id, work(sweep))


def _done_by(study: Study) -> int:
    return sum(each.state in storage.ENDED for each in storage.trials_of(study))


def _study(prepared: Prepared, url: str, run_id: str, *, create: bool) -> Study:
    higher = higher_is_better(prepared.metric)
    return storage.opened(url, run_id, prepared.settings, higher, create=create)


def _sweep(prepared: Prepared, store: Store, run_id: str, study: Study) -> Sweep:
    machine = share_of_machine(prepared.pipeline, prepared.recipe.settings, prepared.jobs)
    document = prepared.recipe.document
    return Sweep(
        prepared.pipeline, document, prepared.space, prepared.metric, run_id, store, study, machine
    )
