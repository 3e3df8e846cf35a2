"""The model to take of all that were trained: one metric to optimize, others good enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from dlsuite.experiment.relabel_records import SHA as RELABELS_SHA
from dlsuite.metrics.scores import higher_is_better
from dlsuite.progress import working
from dlsuite.serving.latency import Latency, latencies_side_by_side
from dlsuite.strategy.selection import Constraint, Direction, Selection
from dlsuite.strategy.selection import select as choose
from dlsuite.studies.candidates import Filter, filtered, measured, of_one_source
from dlsuite.studies.compare import compare
from dlsuite.studies.pairing import Difference
from dlsuite.tracking import RunRecord, Store, StoreError

LATENCIES = ("p50_latency_ms", "p95_latency_ms")
FINALISTS = 6  # of which the latency is measured at once
Timed = Callable[[Mapping[str, Path]], Mapping[str, Latency]]
PLAUSIBLE = 4.0  # times its limit: another machine may have been so much slower
TEST = "test."


@dataclass(frozen=True)
class Selected:
    """The answer, with everything that it was made from.

    Attributes:
        optimize: The optimizing metric.
        direction: `max` or `min`.
        constraints: The satisficing ones.
        records: The runs by id.
        table: What is known of each: a row for each run, a column for each metric; latencies of
            finalists as they were measured now.
        recorded: The same as the runs recorded it.
        finalists: Ids of the runs whose latency was measured side by side, if any.
        selection: What follows from `table`.
        lead: The winner's beside the runner-up's optimizing metric, by example; None where it
            cannot be told so.
        notes: What a person should know.
    """

    optimize: str
    direction: Direction
    constraints: tuple[Constraint, ...]
    records: Mapping[str, RunRecord]
    table: pd.DataFrame
    recorded: pd.DataFrame
    finalists: tuple[str, ...]
    selection: Selection
    lead: Difference | None
    notes: tuple[str, ...]

    def value(self, run_id: str) -> float:
        """The optimizing metric of a run."""
        return float(self.table[self.optimize].loc[run_id])

    @property
    def winner(self) -> RunRecord | None:
        """The run to take; None where none meets every constraint."""
        return None if self.selection.winner is None else self.records[self.selection.winner]


def select(
    optimize: str,
    subject_to: Sequence[str] = (),
    *,
    direction: Direction | None = None,
    filters: Sequence[str] = (),
    pipeline: str | None = None,
    remeasure: bool = True,
    store: Store | None = None,
    timed: Timed = latencies_side_by_side,
) -> Selected:
    """Chooses among all finished runs that keep a model, parts of studies too.

    Where a latency decides, that of the finalists is measured again on this machine, side by side,
    until winner, runner-up and whoever would win without a constraint are among them. Of equally
    good runs the newer wins.

    Args:
        optimize: The optimizing metric, such as `dev.accuracy` or `size_mb`.
        subject_to: Satisficing metrics, such as `p95_latency_ms<=10`.
        direction: Whether larger is better; told by the metric's name where None.
        filters: Which runs, such as `model.type=resnet`; see `Filter`.
        pipeline: Only runs of it.
        remeasure: Whether latencies are measured again.
        store: Where the runs are; the current one where None.
        timed: What measures the latencies of exports.

    Raises:
        ValueError: A metric, a constraint or a filter that no run knows, a direction that cannot
            be told, or runs of different data.
        StoreError: The store does not answer.
    """
    constraints = tuple(map(Constraint.read, subject_to))
    wanted = [Filter.read(text) for text in filters]
    store = store or Store.open()
    with working("reading the runs"):
        records = of_one_source(filtered(store.servable(pipeline), wanted), optimize)
        recorded = measured(records, [optimize, *(each.metric for each in constraints)])
    chosen = direction or ("max" if higher_is_better(optimize) else "min")
    known = {record.run_id: record for record in records}
    notes = _notes(optimize, constraints, records)
    table, finalists = recorded, tuple[str, ...]()
    if remeasure and set(recorded.columns) & set(LATENCIES):
        course = _Course(optimize, chosen, constraints, known, timed)
        table, finalists, gone = course.run(recorded)
        notes += gone
    selection = choose(table, optimize, constraints, direction=chosen)
    return Selected(
        optimize=optimize,
        direction=chosen,
        constraints=constraints,
        records=known,
        table=table,
        recorded=recorded.loc[table.index],
        finalists=finalists,
        selection=selection,
        lead=_lead(selection, known, optimize),
        notes=tuple(notes),
    )


@dataclass
class _Course:
    """Measuring until those that matter are measured."""

    optimize: str
    direction: Direction
    constraints: Sequence[Constraint]
    records: Mapping[str, RunRecord]
    timed: Timed

    def run(self, recorded: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
        """The table with new latencies, whose they are, and notes on models that are gone."""
        table, exports, gone = recorded, dict[str, Path](), list[str]()
        wanted = self._first(recorded)
        while wanted:
            for run_id in wanted:
                try:
                    exports[run_id] = self.records[run_id].saved_model()
                except StoreError as problem:
                    gone.append(f"Left out: {problem}")
                    table = table.drop(index=run_id)
            table = self._with(table, self.timed(exports))
            wanted = [each for each in self._deciding(table) if each not in exports]
        return table, tuple(exports), gone

    def _first(self, recorded: pd.DataFrame) -> list[str]:
        """The best by all but latency, of those that may meet its limits here."""
        loose = [
            replace(each, limit=each.limit * PLAUSIBLE) if each.metric in LATENCIES else each
            for each in self.constraints
        ]
        return list(self._choose(recorded, loose).feasible[:FINALISTS])

    def _deciding(self, table: pd.DataFrame) -> list[str]:
        found = self._choose(table, self.constraints)
        named = (found.winner, found.runner_up, found.would_win)
        return [each for each in named if each is not None]

    def _choose(self, table: pd.DataFrame, constraints: Sequence[Constraint]) -> Selection:
        return choose(table, self.optimize, constraints, direction=self.direction)

    @staticmethod
    def _with(table: pd.DataFrame, found: Mapping[str, Latency]) -> pd.DataFrame:
        table = table.copy()
        for run_id, latency in found.items():
            for name, value in zip(LATENCIES, latency, strict=True):
                if name in table:
                    table.loc[run_id, name] = value
        return table


def _notes(
    optimize: str, constraints: Sequence[Constraint], records: Sequence[RunRecord]
) -> list[str]:
    used = [optimize, *(each.metric for each in constraints)]
    notes = []
    if any(name.startswith(TEST) for name in used):
        notes.append(
            "Choosing by test makes its score optimistic: choose by dev, and keep test for the "
            "one that was chosen."
        )
    sizes = {record.tags.get("examples.dev") for record in records}
    seeds = {record.params.get("data.split.seed") for record in records}
    if len({record.tags.get(RELABELS_SHA) for record in records}) > 1:
        notes.append(
            "Runs were judged by different labels of the same data: some have corrected ones "
            "(data.relabels). Differences among them are partly those of the labels."
        )
    if len(sizes) > 1 or len(seeds) > 1:
        notes.append(
            "Runs were judged on different parts of the same data: differences among them are "
            "partly those of the parts."
        )
    return notes


def _lead(
    selection: Selection, records: Mapping[str, RunRecord], optimize: str
) -> Difference | None:
    """The runner-up beside the winner where the metric is one of a split."""
    split, dot, metric = optimize.partition(".")
    if not dot or selection.winner is None or selection.runner_up is None:
        return None
    sides = [records[selection.winner], records[selection.runner_up]]
    try:
        return compare(sides, metric=metric, split=split).differences[0]
    except (ValueError, StoreError):  # they keep no tables of it, or other ones
        return None
