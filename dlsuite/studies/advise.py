"""Advice that was tried: the best of a run's advice as runs below it, and what they moved."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from dlsuite import experiment
from dlsuite.experiment import Part, Pipeline, recipe_of
from dlsuite.metrics.folds import HELD_OUT
from dlsuite.progress import followed, tell
from dlsuite.recipe import RecipeError, load
from dlsuite.strategy.advice import Advice
from dlsuite.strategy.errors import Scale, SplitError, scale_of, split_error
from dlsuite.strategy.moved import ENDS, NARROWED, Move, error_moved, moved
from dlsuite.studies.left_out import OF_A_PART
from dlsuite.studies.study import can_go_on
from dlsuite.tracking import RunRecord, Store, StoreError
from dlsuite.tracking.adding import add_files

TRIED = "tried_advice"  # the tag of such a run: its overrides
CUT_OFF = "cut_off"  # the tag of one whose time ended first: its minutes
OF_THE_KEPT = (
    "The verdict is of the folds' models; what moved is told of the models that were kept, on "
    "their own dev part."
)
LONGEST = 300  # characters of an error
SPLITS = ("train", "train_dev", "dev")  # test is not touched


@dataclass(frozen=True)
class Tried:
    """One piece of advice, tried.

    Attributes:
        advice: What.
        run_id: Of its run.
        gap: What became of the gap that it aims at.
        others: What became of the other gaps and of the error on dev, by name.
        cut_off: Whether its time ended before its epochs did.
    """

    advice: Advice
    run_id: str
    gap: Move
    others: Mapping[str, Move]
    cut_off: bool

    @property
    def helped(self) -> bool:
        """Whether its gap was narrowed without doubt."""
        return self.gap.finding == NARROWED


@dataclass(frozen=True)
class Advised:
    """A run's advice, and what was tried of it.

    Attributes:
        record: The run.
        advice: All of it, the first to try first.
        tried: What was tried, in that order.
        scale: What an error is; None where nothing was tried.
        notes: What a person should know.
    """

    record: RunRecord
    advice: tuple[Advice, ...]
    tried: tuple[Tried, ...]
    scale: Scale | None
    notes: tuple[str, ...]


class Budget(keras.callbacks.Callback):
    """Ends a training after the epoch in which its time is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.end, self.over = time.monotonic() + seconds, False

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if time.monotonic() > self.end:
            self.over = self.model.stop_training = True


def advice_of(record: RunRecord) -> tuple[Advice, ...]:
    """What a run's verdict advises.

    Raises:
        StoreError: It has no verdict.
    """
    kept = json.loads(record.artifact("verdict.json").read_text(encoding="utf-8"))
    return tuple(
        Advice(
            each["action"],
            each["gap"],
            each["why"],
            tuple(each["overrides"]),
            tuple(each.get("also", ())),
        )
        for each in kept["advice"]
    )


def advise(
    pipeline: Pipeline,
    run: str | RunRecord,
    *,
    count: int = 0,
    minutes: float | None = None,
    store: Store | None = None,
) -> Advised:
    """A run's advice; the first pieces that are overrides are tried in runs below it.

    Each is trained as the run was, with its overrides alone, and never tested. What was tried
    before is read, not repeated, unless its time was over and there is more now. A training that
    fails is told of among the notes.

    Args:
        pipeline: The application of the run.
        run: An id, its beginning, a name, `latest`, or a record.
        count: How many pieces to try.
        minutes: Time for each training; none is begun or goes on to another epoch after it.
        store: Where the run is; the current one where None.

    Raises:
        StoreError: There is no such run, or it has no verdict.
        ValueError: A number below 0.
    """
    if count < 0 or (minutes is not None and minutes <= 0):
        raise ValueError(
            "`count` must be at least 0 and `minutes` above 0. "
            f"Received: count={count}, minutes={minutes}."
        )
    store = store or Store.open()
    record = store.find(run) if isinstance(run, str) else run
    advice = advice_of(record)
    able = [each for each in advice if each.overrides and each.gap in ENDS]
    if not count:
        return Advised(record, advice, (), None, ())
    notes = [*_notes(able, count), *([OF_THE_KEPT] if _has(record, HELD_OUT) else [])]
    tried, scale = [], None
    for each in followed(able[:count], "trying advice", unit="trainings"):
        try:
            done, cut_off = _trained(pipeline, store, record, each, minutes)
        except RecipeError as error:
            words = "; ".join(problem.message for problem in error.problems)
            notes.append(f"{' '.join(each.overrides)} cannot be tried here: {words}")
            continue
        except StoreError:
            raise
        except Exception as error:  # whatever a training dies of, other advice may be good
            words = " ".join(f"{type(error).__name__}: {error}".split())
            notes.append(f"{' '.join(each.overrides)} failed: {words[:LONGEST]}")
            continue
        scale, before, after = _errors(record, done)
        tried.append(_judged(each, record, done, before, after, cut_off))
    return Advised(record, advice, tuple(tried), scale, tuple(notes))


def _notes(able: Sequence[Advice], count: int) -> list[str]:
    if len(able) >= count:
        return []
    which = "none is" if not able else f"{len(able)} is" if len(able) == 1 else f"{len(able)} are"
    return [f"Of the advice {which} an override that can be tried by itself."]


def _trained(
    pipeline: Pipeline, store: Store, record: RunRecord, advice: Advice, minutes: float | None
) -> tuple[RunRecord, bool]:
    """The run of a piece of advice, and whether its time ended first."""
    words = " ".join(advice.overrides)
    mine = [each for each in store.children(record.run_id) if each.tags.get(TRIED) == words]
    if mine and mine[0].status == "FINISHED" and not _has_more_time(mine[0], minutes):
        tell(f"{words}: tried before, run {mine[0].run_id[:8]}")
        return mine[0], CUT_OFF in mine[0].tags
    broken = bool(mine) and mine[0].status in ("KILLED", "RUNNING")
    resume = mine[0].run_id if broken and can_go_on(store, mine[0]) else None
    without = load(recipe_of(record), pipeline.settings, {**OF_A_PART, "baseline": None})
    tell(f"trying {words}")
    budget = Budget(float("inf") if minutes is None else 60 * minutes)
    part = Part(record.run_id, f"{record.name}, {words}", {TRIED: words}, model_kept=False)
    done = experiment.run(
        pipeline,
        without.document,
        list(advice.overrides),
        resume=resume,
        listeners=[budget],
        part=part,
    )
    if budget.over:
        add_files(store.find(done.run_id), {}, {CUT_OFF: minutes})
    return store.find(done.run_id), budget.over


def _has_more_time(tried: RunRecord, minutes: float | None) -> bool:
    """Whether a training that was cut off may take longer now."""
    limit = tried.tags.get(CUT_OFF, "true")
    if limit == "true":  # not cut off, or by a time that was not noted yet
        return False
    return minutes is None or minutes > float(limit)


def _errors(
    record: RunRecord, done: RunRecord
) -> tuple[Scale, dict[str, SplitError], dict[str, SplitError]]:
    tables = [
        {split: each.table(f"examples/{split}") for split in SPLITS if _has(each, split)}
        for each in (record, done)
    ]
    scale = scale_of(tables[0], tables[1])
    before, after = (
        {split: split_error(table, scale) for split, table in each.items()} for each in tables
    )
    return scale, before, after


def _has(record: RunRecord, split: str) -> bool:
    return any(name.startswith(f"{split}.") for name in record.metrics)


def _judged(
    advice: Advice,
    record: RunRecord,
    done: RunRecord,
    before: Mapping[str, SplitError],
    after: Mapping[str, SplitError],
    cut_off: bool,
) -> Tried:
    kept: Any = json.loads(record.artifact("verdict.json").read_text(encoding="utf-8"))
    reference = float(kept["reference"]["value"])
    names = [name for name in kept["gaps"] if name in ENDS]
    moves = {name: moved(name, before, after, reference) for name in names}
    others = {name: move for name, move in moves.items() if name != advice.gap}
    others["dev error"] = error_moved("dev", before, after)
    return Tried(advice, done.run_id, moves[advice.gap], others, cut_off)
