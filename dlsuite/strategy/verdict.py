"""The form of a verdict: what was found, its numbers, what to try, as values and as text."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from typing import Any

from dlsuite.strategy.advice import Advice
from dlsuite.strategy.errors import Bounds, Scale
from dlsuite.strategy.gaps import NOISE, SMALL, Gap
from dlsuite.strategy.markdown import markdown_table
from dlsuite.strategy.references import Reference

_Rows = list[tuple[str, ...]]


NO_PROBLEM = "no problem found"  # how the verdict `none` is shown
# A gap's status as a table shows it, in 80 columns.
BRIEFLY = {SMALL: "small", NOISE: "in the noise"}


@dataclass(frozen=True)
class Diagnosis:
    """What the errors of a run say.

    Args:
        verdict: `bias`, `variance`, `bias and variance`, `mismatch`, `dev overfitting` or `none`;
            where several gaps count, what the course closes first.
        sentence: The verdict in words and numbers.
        findings: What matters before the verdict: a baseline that is not beaten, people that are
            surpassed, dev and test of two distributions.
        errors: By split; what an error is says `scale`.
        intervals: Their 95 % bootstrap bounds by split, where they are of examples.
        counts: Number of examples by split, where known.
        gaps: By name.
        advice: What to try, first things first.
        reference: What the train error is compared with.
        human: How often people err, where that was given.
        looked_at: What was looked at beside the errors and found in order.
        threshold: A gap up to it does not count.
        scale: What an error is and how it is written.
    """

    verdict: str
    sentence: str
    findings: tuple[str, ...]
    errors: dict[str, float]
    intervals: dict[str, Bounds]
    counts: dict[str, int]
    gaps: dict[str, Gap]
    advice: tuple[Advice, ...]
    reference: Reference
    threshold: float
    scale: Scale
    human: Reference | None = None
    looked_at: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; `scale` as its meaning."""
        plain = asdict(self)
        return {
            **plain,
            "reference": self.reference._asdict(),
            "human": None if self.human is None else self.human._asdict(),
            "scale": self.scale.meaning,
        }

    @property
    def said(self) -> str:
        """The verdict as it is shown: `none` would read as if there was none."""
        return NO_PROBLEM if self.verdict == "none" else self.verdict

    @property
    def headline(self) -> str:
        """The verdict as a sentence."""
        return f"Verdict: {self.said}."

    def text(self) -> str:
        """For a terminal, without markup."""
        lines = [
            *self.findings,
            f"{self.headline} {self.sentence}",
            "",
            *_aligned(self._error_rows()),
            "",
            *_aligned(self._gap_rows()),
            "",
            *self._sources(),
            "",
            "What to try, in this order:",
            "",
            *self._advice_lines("{}"),
        ]
        return "\n".join(lines)

    def markdown(self) -> str:
        """For a page of its own."""
        first, *others = self.sections().items()
        parts = [f"**{self.headline}** {first[1]}"]
        parts += [f"### {heading}\n\n{section}" for heading, section in others]
        return "\n\n".join(parts)

    def sections(self) -> dict[str, str]:
        """What follows the headline, Markdown by heading; the first has none."""
        tables = (markdown_table(self._error_rows()), markdown_table(self._gap_rows()))
        return {
            "": "\n\n".join([self.sentence, *(f"> {found}" for found in self.findings)]),
            "What to try, in this order": "\n".join(self._advice_lines("`{}`")),
            "Errors and gaps": "\n\n".join([*tables, *self._sources()]),
        }

    def _error_rows(self) -> _Rows:
        rows: _Rows = [("error", self.scale.meaning, "examples", "95 % interval")]
        rows.append(self._level_row("reference", self.reference))
        if self.human is not None and self.human.value != self.reference.value:
            rows.append(self._level_row("human level", self.human))
        for split, error in self.errors.items():
            count = f"{self.counts[split]:,}" if split in self.counts else "not told"
            interval = self._between(self.intervals.get(split))
            rows.append((shown(split), self.scale.text(error), count, interval))
        return rows

    def _level_row(self, name: str, level: Reference) -> tuple[str, ...]:
        interval = self._between(level.interval) if level.interval else ""
        return (name, self.scale.text(level.value), "", interval)

    def _between(self, bounds: Bounds | None) -> str:
        return self.scale.between(bounds) if bounds else "none"

    def _sources(self) -> list[str]:
        """Where the levels come from, and what else was looked at."""
        said = [f"Reference: {self.reference.source}."]
        if self.human is not None and self.human.source not in self.reference.source:
            said.append(f"Human level: {self.human.source}.")
        return [*said, *self.looked_at]

    def _gap_rows(self) -> _Rows:
        past = f"against {self.scale.text(self.threshold)}"
        rows: _Rows = [("gap", "value", "95 % interval", past)]
        for gap in self.gaps.values():
            interval = self._between(gap.interval)
            title = f"{gap.title} ({shown(gap.of[0])} - {shown(gap.of[1])})"
            rows.append(
                (title, self.scale.text(gap.value), interval, BRIEFLY.get(gap.status, gap.status))
            )
        return rows

    def _advice_lines(self, code: str) -> list[str]:
        lines = []
        for number, item in enumerate(self.advice, start=1):
            keys = " ".join(code.format(shlex.quote(override)) for override in item.overrides)
            coupled = f", moves {' and '.join(item.also)} too" if item.also else ""
            aim = f" ({item.gap}{coupled})" if item.gap in self.gaps else ""
            lines.append(
                f"{number}. {item.action}{aim}: {item.why}." + (f" {keys}" if keys else "")
            )
        return lines


def shown(split: str) -> str:
    """The name of a split as the course writes it."""
    return split.replace("_", "-")


def _aligned(rows: _Rows) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
