"""What the trials of a sweep show: the best, what mattered, whether the best can be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dlsuite.progress import tell
from dlsuite.recipe import load
from dlsuite.studies.sweeps import confirm, results, storage, tracking
from dlsuite.studies.sweeps.confirm import AS_WRITTEN, Arm, Confirmation
from dlsuite.studies.sweeps.prepared import Prepared
from dlsuite.studies.sweeps.results import SweepResult
from dlsuite.studies.sweeps.trial import TRIAL, Sweep
from dlsuite.studies.sweeps.workers import NoTrialEnded, attended, order_of
from dlsuite.tracking import RunRecord, TrackedRun


def concluded(prepared: Prepared, sweep: Sweep, tracked: TrackedRun, url: str) -> SweepResult:
    """What the trials show, kept with the sweep's run; the best is trained again.

    Args:
        prepared: What was asked for.
        sweep: Its trials are all done.
        tracked: Its run.
        url: Of the storage.

    Raises:
        NoTrialEnded: No trial was trained to its end.
    """
    noted = storage.trials_of(sweep.study)
    records = {
        int(each.tags[TRIAL]): each
        for each in reversed(sweep.store.children(sweep.run_id))
        if TRIAL in each.tags
    }
    runs = {number: record.run_id for number, record in records.items()}
    trials = results.table(noted, sweep.space, runs)
    tracked.table("trials", trials)
    ranked = results.ranked(trials, sweep.metric)
    if ranked.empty:
        raise NoTrialEnded(_all_failed(trials))
    importance, why = results.importance_of(sweep.study, trials, prepared.settings.seed)
    undrawn = tracking.pictures(tracked, trials, importance, sweep.space, sweep.metric)
    best = int(ranked["trial"].iloc[0])
    changes = sweep.space.overrides(next(each.params for each in noted if each.number == best))
    order = [records[int(number)] for number in ranked["trial"][:2]]
    confirmation = _confirmed(prepared, sweep, url, best, changes, order)
    result = SweepResult(
        run_id=tracked.run_id,
        store=sweep.store.location.uri,
        recipe=_named(prepared),
        metric=f"dev.{sweep.metric}",
        trials=trials,
        best=best,
        changes=changes,
        given=tuple(each for each in prepared.recipe.overrides if not each.startswith("sweep")),
        importance=importance,
        confirmation=confirmation,
        notes=tuple(note for note in (why, *undrawn, _failures(trials)) if note),
    )
    tracking.ended(tracked, result)
    return result


def _confirmed(
    prepared: Prepared,
    sweep: Sweep,
    url: str,
    best: int,
    changes: Mapping[str, Any],
    ranked: Sequence[RunRecord],
) -> Confirmation | None:
    count = prepared.settings.confirm_seeds
    if not count:
        return None
    arms = [Arm(f"trial {best}", changes, tested=True)]
    same = load(prepared.recipe.document, prepared.pipeline.settings, changes)
    if same.sha256 != prepared.recipe.sha256:
        arms.append(Arm(AS_WRITTEN, {}, tested=False))
    seeds = confirm.seeds_of(sweep, count)
    tell(f"training {' and '.join(arm.name for arm in arms)} again with {count} seeds")
    if prepared.jobs > 1:
        order = order_of(sweep, prepared.settings, prepared.place, url, arms, seeds)
        attended(order, min(prepared.jobs, count * len(arms)), lambda: None)
    confirm.train_arms(sweep, arms, seeds)
    return confirm.read(sweep, arms, seeds, ranked)


def _named(prepared: Prepared) -> str:
    """The recipe as a command takes it: one that ships goes by its name."""
    document, shipped = prepared.recipe.document, prepared.pipeline.shipped
    ships = shipped is not None and (shipped / f"{document.name}.yaml").is_file()
    return document.name if ships and document.file == f"{document.name}.yaml" else document.file


def _failures(trials: pd.DataFrame) -> str:
    errors = trials.loc[trials["state"] == "failed", "error"]
    if not len(errors):
        return ""
    return f"{len(errors)} of {len(trials)} trials failed: {_kinds(errors)}."


def _all_failed(trials: pd.DataFrame) -> str:
    errors = trials.loc[trials["state"] == "failed", "error"]
    if not len(errors):
        return "No trial was trained to its end: all were pruned."
    return (
        f"No trial was trained to its end, {len(errors)} of {len(trials)} failed: {_kinds(errors)}."
    )


def _kinds(errors: Any) -> str:
    """How often each kind of error came, the most frequent first, each with what one of it says."""
    texts = [str(error) for error in errors]
    kinds = Counter(text.partition(":")[0] for text in texts)
    said = []
    for kind, count in kinds.most_common(3):
        example = next(text for text in texts if text.partition(":")[0] == kind)
        said.append(f"{count} x {example.partition('. ')[0].rstrip('.')}")
    return "; ".join(said)
