"""What `evaluate` found: a model's scores on new data, beside its own, with drift and warnings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from dlsuite.evaluation.comparing_scores import ClassChange, ScoreChange, plain
from dlsuite.metrics import Interval
from dlsuite.strategy.drift import Drift

SHOWN = 3  # classes and shifts that a verdict names


@dataclass(frozen=True)
class Evaluation:
    """A model scored on labelled data.

    Attributes:
        run_id: Id of the evaluation's own tracked run.
        model: Id of the run whose model was scored.
        model_name: Its name.
        data: Name of the data, such as its path.
        split: `all`, or the part that was scored.
        count: Examples scored.
        against: Split of the run that the scores are compared with; None where it has none.
        against_count: Its examples.
        again: Whether the examples are the very ones that are compared with, and answered alike:
            then nothing differs, and no drift is looked for.
        metric: The metric that the verdict speaks of.
        scores: Every metric.
        classes: Every class, those whose recall changed first; none where targets are numbers.
        drift: What is distributed otherwise.
        expected: Accuracy that the change of class shares alone would give; None where that means
            nothing.
        warnings: What makes the scores mean less than they seem to, such as examples that the model
            was trained on.
        notes: What else a person should know.
        examples: One row an example, as in training's tables.
    """

    run_id: str
    model: str
    model_name: str
    data: str
    split: str
    count: int
    against: str | None
    against_count: int
    again: bool
    metric: str
    scores: tuple[ScoreChange, ...]
    classes: tuple[ClassChange, ...]
    drift: Drift
    expected: float | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    examples: pd.DataFrame

    @property
    def headline(self) -> ScoreChange:
        """The metric that the verdict speaks of."""
        return next(row for row in self.scores if row.metric == self.metric)

    @property
    def verdict(self) -> str:
        """What it comes to, in a few sentences."""
        return " ".join([self.judgement, *self._of_drift()])

    @property
    def judgement(self) -> str:
        """The part of the verdict that is about scores."""
        more = [*self._of_mix(), *self._of_others(), *self._of_classes()]
        return " ".join([self._of_score(), *more])

    @property
    def column(self) -> str:
        """What stands over the scores."""
        return f"{'now' if self.again else 'new'} ({self.count:,})"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the per-example table left out."""
        return {
            "run_id": self.run_id,
            "model": self.model,
            "model_name": self.model_name,
            "data": self.data,
            "split": self.split,
            "examples": self.count,
            "against": self.against,
            "against_examples": self.against_count,
            "again": self.again,
            "verdict": self.verdict,
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "metric": self.metric,
            "scores": {row.metric: _score(row) for row in self.scores},
            "expected_by_mix_of_classes": self.expected,
            "classes": {row.name: _class(row) for row in self.classes},
            "drift": self.drift.to_dict(),
        }

    def markdown(self) -> str:
        """A page with all of it: the verdict first, then scores, classes and drift."""
        parts = [self.verdict, *(f"**Warning:** {text}" for text in self.warnings)]
        parts.append(f"Model: run {self.model[:8]} ({self.model_name}). Data: {self.data}.")
        if self.notes:
            parts.append("\n".join(f"- {note}" for note in self.notes))
        head = ["metric", self.column]
        if self.against is not None:
            head.append(f"{self.against} ({self.against_count:,})")
            head += [] if self.again else ["difference", ""]
        rows = [_score_cells(row)[: len(head)] for row in self.scores]
        parts.append(f"### Scores\n\n{_table(head, rows)}\n\nIntervals are of 95 %.")
        changed = [row for row in self.classes if row.difference is not None]
        if changed:
            columns = ["class", "recall", "before", "difference", ""]
            parts.append(f"### Classes\n\n{_table(columns, [_class_cells(r) for r in changed])}")
        if self.drift.shifts:
            found = [f"- {shift.text}" for shift in self.drift.found] or ["- None that is sure."]
            columns = ["", "test", "effect", "adjusted p"]
            table = _table(columns, [_shift_cells(shift) for shift in self.drift.shifts])
            parts.append("\n".join(["### Drift", "", *found, "", table]))
        return "\n\n".join(parts) + "\n"

    def _of_score(self) -> str:
        row = self.headline
        value = _with(row.new, row.new_interval)
        if self.again:
            return (
                f"{row.metric} is {value} on the {self.count:,} examples of {self.against}, as "
                "when the run ended: they are its own, and nothing new was scored."
            )
        now = f"{row.metric} is {value} on {self.count:,} new examples"
        if row.old is None:
            return f"{now}; the run has no score to compare it with."
        was = f"{_with(row.old, row.old_interval)} on {self.against_count:,} of {self.against}"
        if row.difference is None:
            return f"{now} and was {was}."
        if not row.change:
            between = f"{row.difference.estimate:+.3g} {_bounds(row.difference)}"
            return f"{now} and was {was}: chance alone can explain the difference, {between}."
        low, high = sorted((abs(row.difference.low), abs(row.difference.high)))
        return (
            f"{now} and was {was}: {row.change if row.change != 'other' else 'changed'} by "
            f"{abs(row.difference.estimate):.3g} (95 % interval {low:.3g} to {high:.3g}), more "
            "than chance explains."
        )

    def _of_mix(self) -> list[str]:
        row = self.headline
        mixed = any(shift.found for shift in self.drift.of("labels"))
        if row.metric != "accuracy" or not row.change or not mixed:
            return []
        if self.expected is None or row.old is None:
            return []
        by_mix, rest = self.expected - row.old, row.new - self.expected
        return [
            f"Of that, {by_mix:+.3f} comes from the other mix of classes and {rest:+.3f} from how "
            "well each class is told."
        ]

    def _of_others(self) -> list[str]:
        """Metrics that changed where the one that is spoken of did not."""
        if self.headline.change or self.headline.difference is None:
            return []
        rows = [row for row in self.scores if row.change]
        return [
            f"But {row.metric} is {row.change if row.change != 'other' else 'another'}: "
            f"{row.new:.4g}, was {row.old:.4g}."
            for row in rows[:SHOWN]
        ]

    def _of_classes(self) -> list[str]:
        told = []
        for change in ("worse", "better"):
            rows = [row for row in self.classes if row.change == change][:SHOWN]
            names = [f"{r.name} ({_share(r.new)}, was {_share(r.old)})" for r in rows]
            told += [f"Recall is {change} for {', '.join(names)}."] if names else []
        return told

    def _of_drift(self) -> list[str]:
        found = self.drift.found
        if not self.drift.shifts or self.against is None:
            return []
        if not found:
            return [f"No drift was found against {self.against}."]
        more = len(found) - SHOWN
        rest = [f"{more} more {'shift' if more == 1 else 'shifts'} found."] if more > 0 else []
        return ["Drift:", *(shift.text for shift in found[:SHOWN]), *rest]


def _score(row: ScoreChange) -> dict[str, Any]:
    intervals = {
        "new_interval": plain(row.new_interval),
        "old_interval": plain(row.old_interval),
        "difference": plain(row.difference),
    }
    return {"new": row.new, "old": row.old, "change": row.change or None, **intervals}


def _class(row: ClassChange) -> dict[str, Any]:
    facts = asdict(row) | {"difference": plain(row.difference), "change": row.change or None}
    del facts["name"]
    return facts


def _with(value: float, interval: Interval | None) -> str:
    return f"{value:.4g}" if interval is None else f"{value:.4g} {_bounds(interval)}"


def _bounds(interval: Interval) -> str:
    return f"[{interval.low:.3g}, {interval.high:.3g}]"


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def _score_cells(row: ScoreChange) -> list[str]:
    old = "" if row.old is None else _with(row.old, row.old_interval)
    between = "" if row.difference is None else f"{row.difference.estimate:+.3g} "
    between += "" if row.difference is None else _bounds(row.difference)
    return [row.metric, _with(row.new, row.new_interval), old, between, row.change]


def _class_cells(row: ClassChange) -> list[str]:
    assert row.difference is not None
    between = f"{row.difference.estimate:+.2f} {_bounds(row.difference)}"
    now, before = f"{_share(row.new)} of {row.new_count}", f"{_share(row.old)} of {row.old_count}"
    return [row.name, now, before, between, row.change]


def _shift_cells(shift: Any) -> list[str]:
    p_value = f"{shift.adjusted:.2g}" if shift.adjusted >= 1e-4 else "< 0.0001"
    name = f"{shift.of} {shift.name}".strip()
    return [f"**{name}**" if shift.found else name, shift.test, f"{shift.effect:.2f}", p_value]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
