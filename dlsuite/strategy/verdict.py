"""The form of a verdict: what was found, its numbers, what to try, as values and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from dlsuite.strategy.advice import Advice
from dlsuite.strategy.errors import Scale
from dlsuite.strategy.gaps import Gap


class Reference(NamedTuple):
    """Error level taken as unavoidable, and where it comes from."""

    value: float
    source: str


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
        advice = (
            f"  {number}. {line}" for number, line in enumerate(self._advice_lines(), start=1)
        )
        return "\n".join(
            [
                *self.findings,
                f"Verdict: {self.verdict}. {self.sentence}",
                "",
                *_aligned(self._error_rows()),
                "",
                *_aligned(self._gap_rows()),
                "",
                f"Reference: {self.reference.source}.",
                "",
                "What to try, in this order:",
                *advice,
            ]
        )

    def markdown(self) -> str:
        """For the description of a run."""
        return "\n".join(
            [
                *(f"> {finding}\n" for finding in self.findings),
                f"**Verdict: {self.verdict}.** {self.sentence}",
                "",
                *_piped(self._error_rows()),
                "",
                *_piped(self._gap_rows()),
                "",
                f"Reference: {self.reference.source}.",
                "",
                "What to try, in this order:",
                "",
                *(
                    f"{number}. {line}"
                    for number, line in enumerate(self._advice_lines(code="`"), 1)
                ),
            ]
        )

    def _error_rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [("error", self.scale.meaning, "examples")]
        rows += [("reference", self.scale.text(self.reference.value), "")]
        for split, error in self.errors.items():
            count = f"{self.counts[split]:,}" if split in self.counts else "not told"
            rows.append((shown(split), self.scale.text(error), count))
        return rows

    def _gap_rows(self) -> list[tuple[str, ...]]:
        past = f"against {self.scale.text(self.threshold)}"
        rows: list[tuple[str, ...]] = [("gap", "value", "95 % interval", past)]
        for gap in self.gaps.values():
            interval = self.scale.between(gap.interval) if gap.interval else "none"
            title = f"{gap.title} ({shown(gap.of[0])} - {shown(gap.of[1])})"
            rows.append((title, self.scale.text(gap.value), interval, gap.status))
        return rows

    def _advice_lines(self, code: str = "") -> list[str]:
        lines = []
        for item in self.advice:
            keys = " ".join(f"{code}{override}{code}" for override in item.overrides)
            aim = f" ({item.gap})" if item.gap in self.gaps else ""
            lines.append(f"{item.action}{aim}: {item.why}." + (f" {keys}" if keys else ""))
        return lines


def shown(split: str) -> str:
    """The name of a split as the course writes it."""
    return split.replace("_", "-")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _piped(rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]
