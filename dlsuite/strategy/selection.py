"""Which of several models to take: one optimizing metric, any number of satisficing ones."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

Direction = Literal["max", "min"]
Label = Any  # of a row of a table, such as the id of a run

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
FORM = re.compile(rf"\s*([A-Za-z_][\w./-]*)\s*(<=|>=|<|>)\s*({NUMBER})\s*")


@dataclass(frozen=True)
class Constraint:
    """A satisficing metric: good enough on one side of a limit.

    Attributes:
        metric: Name of a column.
        sign: `<=`, `>=`, `<` or `>`.
        limit: In the metric's unit.
    """

    metric: str
    sign: str
    limit: float

    @classmethod
    def read(cls, text: str) -> Constraint:
        """From `p95_latency_ms<=10`.

        Raises:
            ValueError: The text has another form.
        """
        found = FORM.fullmatch(text)
        if found is None:
            raise ValueError(
                "A constraint must be METRIC<=NUMBER, or with >=, < or >, such as "
                f"`size_mb<=5`. Received: {text!r}."
            )
        metric, sign, limit = found.groups()
        return cls(metric, sign, float(limit))

    def __str__(self) -> str:
        return f"{self.metric}{self.sign}{self.limit:g}"

    def met(self, values: pd.Series) -> pd.Series:
        """Whether each value is good enough; one that is missing is not."""
        low = self.sign in (">=", ">")
        better = values > self.limit if low else values < self.limit
        return better | (values == self.limit) if "=" in self.sign else better

    def excess(self, values: pd.Series) -> pd.Series:
        """By how much each value misses the limit, at least 0; infinite where it is missing."""
        over = self.limit - values if self.sign in (">=", ">") else values - self.limit
        return over.clip(lower=0).where(values.notna(), math.inf)


@dataclass(frozen=True)
class Selection:
    """What was chosen, and why not another.

    Attributes:
        winner: Label of the row with the best optimizing metric of those that meet every
            constraint; None where none does.
        runner_up: The next best that does; None where there is no other.
        ties: Labels of rows as good as the winner, which came later in the table.
        binding: The constraint that, left out alone, would let a better row win; None where no
            single one would. Of several the one that costs most.
        would_win: The row that would win without it.
        pareto: Labels of rows that no other row beats in one metric and equals or beats in all:
            the optimizing metric and every constrained one, in the direction of its limit.
        feasible: Labels of rows that meet every constraint, best first.
        misses: Of the rows that have an optimizing metric and miss a constraint: by how much each
            is missed, a column a constraint, 0 where it is met; those that miss least of all
            first, measured in shares of the limits.
        unmeasured: Labels of rows without the optimizing metric.
    """

    winner: Label | None
    runner_up: Label | None
    ties: tuple[Label, ...]
    binding: Constraint | None
    would_win: Label | None
    pareto: tuple[Label, ...]
    feasible: tuple[Label, ...]
    misses: pd.DataFrame
    unmeasured: tuple[Label, ...]


def select(
    table: pd.DataFrame,
    optimize: str,
    constraints: Sequence[Constraint] = (),
    *,
    direction: Direction = "max",
) -> Selection:
    """The course's single number to optimize, among those that are good enough in the others.

    Of equally good rows the earlier wins, so a table with the cheapest first breaks ties.

    Args:
        table: A row for each model, a column for each metric; NaN where it was not measured.
        optimize: The optimizing metric.
        constraints: The satisficing ones.
        direction: Whether a larger or a smaller value of `optimize` is better.

    Raises:
        ValueError: A metric is no column of the table, or labels of rows repeat.
    """
    needed = dict.fromkeys([optimize, *(each.metric for each in constraints)])
    missing = [name for name in needed if name not in table.columns]
    if missing:
        known = ", ".join(map(str, table.columns))
        raise ValueError(f"Metrics must be among {known}. Received: {', '.join(missing)}.")
    if not table.index.is_unique:
        raise ValueError("Labels of rows must differ. Received: some that repeat.")
    values = table[list(needed)].astype(float)
    goal = values[optimize] if direction == "max" else -values[optimize]
    measured = goal.notna()
    met = pd.DataFrame(
        {str(each): each.met(values[each.metric]) for each in constraints}, table.index
    )
    order = _best_first(goal, measured & met.all(axis=1))
    winner = order[0] if order else None
    binding, would_win = _binding(goal, measured, met, constraints, winner)
    return Selection(
        winner=winner,
        runner_up=order[1] if len(order) > 1 else None,
        ties=tuple(each for each in order[1:] if goal[each] == goal[order[0]]),
        binding=binding,
        would_win=would_win,
        pareto=pareto_set(values, _directions(optimize, direction, constraints)),
        feasible=tuple(order),
        misses=_misses(values[measured & ~met.all(axis=1)], constraints),
        unmeasured=tuple(table.index[~measured]),
    )


def pareto_set(table: pd.DataFrame, directions: dict[str, Direction]) -> tuple[Label, ...]:
    """Labels of the rows that no other row dominates, in the order of the table.

    A row dominates another when it is as good in every metric and better in one. Rows in which a
    metric is missing are left out. Equal rows are both in.

    Args:
        table: A row for each model.
        directions: Metric -> whether larger or smaller is better.
    """
    whole = table[list(directions)].dropna()
    signs = [1.0 if direction == "max" else -1.0 for direction in directions.values()]
    points = whole.to_numpy(float) * signs  # [N, M], larger is better
    kept = []
    for label, point in zip(whole.index, points, strict=True):
        as_good, better = (points >= point).all(axis=1), (points > point).any(axis=1)
        if not (as_good & better).any():
            kept.append(label)
    return tuple(kept)


def _directions(
    optimize: str, direction: Direction, constraints: Sequence[Constraint]
) -> dict[str, Direction]:
    """The optimizing metric's own direction holds where it is constrained too."""
    found: dict[str, Direction] = {
        each.metric: "max" if each.sign in (">=", ">") else "min" for each in constraints
    }
    return found | {optimize: direction}


def _best_first(goal: pd.Series, allowed: pd.Series) -> list[Label]:
    chosen = goal[allowed]
    return list(chosen.index[np.argsort(-chosen.to_numpy(), kind="stable")])


def _binding(
    goal: pd.Series,
    measured: pd.Series,
    met: pd.DataFrame,
    constraints: Sequence[Constraint],
    winner: Label | None,
) -> tuple[Constraint | None, Label | None]:
    found: tuple[Constraint | None, Label | None] = (None, None)
    best = -math.inf if winner is None else float(goal[winner])
    for constraint in constraints:
        without = met.drop(columns=str(constraint)).all(axis=1)
        order = _best_first(goal, measured & without)
        if order and goal[order[0]] > best:
            best, found = float(goal[order[0]]), (constraint, order[0])
    return found


def _misses(rows: pd.DataFrame, constraints: Sequence[Constraint]) -> pd.DataFrame:
    missed = pd.DataFrame(
        {str(each): each.excess(rows[each.metric]) for each in constraints}, rows.index
    )
    scales = [abs(each.limit) or 1.0 for each in constraints]
    total = (missed / scales).sum(axis=1).to_numpy()
    return missed.iloc[np.argsort(total, kind="stable")]
