"""The form of a verdict: what was found, its numbers, what to try, as values and as text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from dlsuite.strategy.advice import Advice
from dlsuite.strategy.errors import Scale
from dlsuite.strategy.gaps import NOISE, SMALL, Gap
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
        findings: What matters before the verdict: a baseline that is not beaten, a reference that
            is surpassed.
        errors: By split; what an error is says `scale`.
        counts: Number of examples by split, where known.
        gaps: By name.
        advice: What to try, first things first.
        reference: What the train error is compared with.
        threshold: A gap up to it does not count.
        scale: What an error is and how it is written.
    """

    verdict: str
    sentence: str
    findings: tuple[str, ...]
    errors: dict[str, float]
    counts: dict[str, int]
    gaps: dict[str, Gap]
    advice: tuple[Advice, ...]
    reference: Reference
    threshold: float
    scale: Scale

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON; `scale` as its meaning."""
        plain = asdict(self)
        return {
            **plain,
            "reference": self.reference._asdict(),
            "scale": self.scale.meaning,
        }

    def text(self) -> str:
        """For a terminal, without markup."""
        return self._page(_aligned, finding="{}", verdict="Verdict: {}.", code="{}")

    def markdown(self) -> str:
        """For the description of a run."""
        return self._page(_piped, finding="> {}\n", verdict="**Verdict: {}.**", code="`{}`")

    def _page(
        self, lay: Callable[[_Rows], list[str]], *, finding: str, verdict: str, code: str
    ) -> str:
        advice = enumerate(self._advice_lines(code), start=1)
        said = NO_PROBLEM if self.verdict == "none" else self.verdict
        lines = [
            *(finding.format(found) for found in self.findings),
            f"{verdict.format(said)} {self.sentence}",
            "",
            *lay(self._error_rows()),
            "",
            *lay(self._gap_rows()),
            "",
            f"Reference: {self.reference.source}.",
            "",
            "What to try, in this order:",
            "",
            *(f"{number}. {line}" for number, line in advice),
        ]
        return "\n".join(lines)

    def _error_rows(self) -> _Rows:
        rows: _Rows = [("error", self.scale.meaning, "examples")]
        rows += [("reference", self.scale.text(self.reference.value), "")]
        for split, error in self.errors.items():
            count = f"{self.counts[split]:,}" if split in self.counts else "not told"
            rows.append((shown(split), self.scale.text(error), count))
        return rows

    def _gap_rows(self) -> _Rows:
        past = f"against {self.scale.text(self.threshold)}"
        rows: _Rows = [("gap", "value", "95 % interval", past)]
        for gap in self.gaps.values():
            interval = self.scale.between(gap.interval) if gap.interval else "none"
            title = f"{gap.title} ({shown(gap.of[0])} - {shown(gap.of[1])})"
            rows.append(
                (title, self.scale.text(gap.value), interval, BRIEFLY.get(gap.status, gap.status))
            )
        return rows

    def _advice_lines(self, code: str) -> list[str]:
        lines = []
        for item in self.advice:
            keys = " ".join(code.format(override) for override in item.overrides)
            aim = f" ({item.gap})" if item.gap in self.gaps else ""
            lines.append(f"{item.action}{aim}: {item.why}." + (f" {keys}" if keys else ""))
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


def _piped(rows: _Rows) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]
