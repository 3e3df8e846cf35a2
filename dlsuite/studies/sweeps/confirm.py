"""Is the best trial as good as it looked? It is trained again with seeds that did not choose it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite import experiment
from dlsuite.experiment import Part
from dlsuite.metrics import Scores, higher_is_better
from dlsuite.metrics.measures import measure_of
from dlsuite.progress import followed, tell
from dlsuite.strategy.seed_spread import Lead, Spread, lead_of_means, lead_of_runs, spread
from dlsuite.studies.left_out import OF_A_PART, OF_THE_CHOSEN
from dlsuite.studies.pairing import paired
from dlsuite.studies.study import can_go_on
from dlsuite.studies.sweeps.trial import Sweep
from dlsuite.tracking import RunRecord, StoreError

if TYPE_CHECKING:
    import pandas as pd

CONFIRMS, SEED = "confirms", "seed"  # tags of a run: which arm it trains, with which seed
AS_WRITTEN = "the recipe as written"
MOST_SEED = 2**31
NORMAL = 1.959964  # standard errors from the middle of a 95 % interval to its ends


@dataclass(frozen=True)
class Arm:
    """What is trained with several seeds.

    Attributes:
        name: `trial 7`, or the recipe as written.
        changes: To the recipe.
        tested: Whether test is scored and the model kept: for what was chosen.
    """

    name: str
    changes: Mapping[str, Any]
    tested: bool


@dataclass(frozen=True)
class Confirmation:
    """The best trial and the recipe as written, each over the same new seeds.

    Attributes:
        seeds: Of the trainings.
        best: Dev scores of the best trial's choice; None where fewer than two trainings ended.
        written: Those of the recipe as written; None likewise.
        test: Test scores of the best trial's choice; None where there is no test part.
        over_second: The lead of the best trial before the second best, None where there is none.
        over_written: The lead of the mean of `best` before that of `written`.
        runs: Ids of the runs by arm.
        failed: What went wrong, in words.
    """

    seeds: tuple[int, ...]
    best: Spread | None
    written: Spread | None
    test: Spread | None
    over_second: Lead | None
    over_written: Lead | None
    runs: Mapping[str, tuple[str, ...]]
    failed: tuple[str, ...]


def seeds_of(sweep: Sweep, count: int) -> tuple[int, ...]:
    """Seeds that follow the recipe's own, with which the trials were trained."""
    own = sweep.document.tree.get("training") or {}
    first = own.get("seed", 0) if isinstance(own, Mapping) else 0
    return tuple((first + step) % MOST_SEED for step in range(1, count + 1))


def train_arms(
    sweep: Sweep, arms: Sequence[Arm], seeds: Sequence[int], share: tuple[int, int] = (0, 1)
) -> None:
    """Trains each arm with each seed, below the sweep's run; what was trained before is left.

    Args:
        sweep: Which.
        arms: What to train.
        seeds: With which seeds.
        share: `(i, n)`: only each nth training from the ith on.

    Raises:
        StoreError: The store does not take what a run brings.
    """
    tasks = [(arm, seed) for seed in seeds for arm in arms]
    index, jobs = share
    for arm, seed in followed(tasks[index::jobs], "training again", unit="runs"):
        before = _run_of(sweep, arm, seed)
        if before is None or before.status in ("KILLED", "RUNNING"):
            _train(sweep, arm, seed, before)


def _train(sweep: Sweep, arm: Arm, seed: int, before: RunRecord | None) -> None:
    resume = before.run_id if before is not None and can_go_on(sweep.store, before) else None
    without = OF_THE_CHOSEN if arm.tested else OF_A_PART
    overrides = {**without, **sweep.machine, **arm.changes, "training.seed": seed}
    part = Part(
        sweep.run_id,
        f"{sweep.document.name}, {arm.name}, seed {seed}",
        {CONFIRMS: arm.name, SEED: seed},
        tested=arm.tested,
        model_kept=arm.tested,
        looked_at=arm.tested,
    )
    try:
        experiment.run(
            sweep.pipeline,
            sweep.document,
            overrides,
            resume=resume,
            allow_change=resume is not None,
            part=part,
        )
    except StoreError:
        raise
    except Exception as error:  # the others still tell something
        tell(f"{arm.name} with seed {seed} failed: {type(error).__name__}: {error}")


def read(
    sweep: Sweep, arms: Sequence[Arm], seeds: Sequence[int], ranked: Sequence[RunRecord]
) -> Confirmation:
    """What the trainings came to.

    Args:
        sweep: Which.
        arms: The best trial's, and the recipe's if that is another.
        seeds: With which they were trained.
        ranked: Runs of the trials, the best first.
    """
    higher = higher_is_better(sweep.metric)
    runs = {arm.name: [_run_of(sweep, arm, seed) for seed in seeds] for arm in arms}
    ended = {
        name: [each for each in found if each is not None and each.status == "FINISHED"]
        for name, found in runs.items()
    }
    failed = tuple(
        f"{each.name}: {each.tags.get('error', each.status)}"
        for found in runs.values()
        for each in found
        if each is not None and each.status != "FINISHED"
    )
    best, written = ended[arms[0].name], ended.get(AS_WRITTEN, [])
    dev = f"dev.{sweep.metric}"
    ours, theirs = _values(best, dev), _values(written, dev)
    over_second = over_written = None
    if len(ours) > 1 and len(ranked) > 1:
        first, second = ranked[:2]
        over_second = lead_of_runs(
            first.metrics[dev],
            second.metrics[dev],
            ours,
            higher=higher,
            examples_error=examples_error(sweep.metric, [(first, second)]),
        )
    if len(ours) > 1 and len(theirs) > 1:
        error = examples_error(sweep.metric, list(zip(best, written, strict=False)))
        over_written = lead_of_means(ours, theirs, higher=higher, examples_error=error)
    return Confirmation(
        tuple(seeds),
        _spread(ours),
        _spread(theirs),
        _spread(_values(best, f"test.{sweep.metric}")),
        over_second,
        over_written,
        {name: tuple(each.run_id for each in found) for name, found in ended.items()},
        failed,
    )


def examples_error(metric: str, pairs: Sequence[tuple[RunRecord, RunRecord]]) -> float:
    """Standard error of a difference in dev scores by the choice of examples; 0 where unknown.

    The mean over pairs of runs of that of each pair: the examples are the same, so that more pairs
    do not make it smaller.
    """
    errors = []
    for one, other in pairs:
        scores = [_scores(each, metric) for each in (one, other)]
        measure = measure_of(metric, scores)
        if measure is None:
            return 0.0
        tables = paired(scores[0].examples, scores[1].examples)
        interval = measure.paired(tables.first, tables.other)
        errors.append((interval.high - interval.low) / (2 * NORMAL))
    return float(np.mean(errors)) if errors else 0.0


def _scores(record: RunRecord, metric: str) -> Scores:
    table: pd.DataFrame = record.table("examples/dev")
    return Scores({metric: record.metrics[f"dev.{metric}"]}, table)


def _spread(values: Sequence[float]) -> Spread | None:
    return spread(values) if len(values) > 1 else None


def _values(records: Sequence[RunRecord], metric: str) -> list[float]:
    values = [each.metrics.get(metric, math.nan) for each in records]
    return [value for value in values if math.isfinite(value)]


def _run_of(sweep: Sweep, arm: Arm, seed: int) -> RunRecord | None:
    """The newest run of an arm with a seed."""
    wanted = (arm.name, str(seed))
    runs = sweep.store.children(sweep.run_id)
    found = (each for each in runs if (each.tags.get(CONFIRMS), each.tags.get(SEED)) == wanted)
    return next(found, None)
