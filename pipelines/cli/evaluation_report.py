"""What a person reads after `evaluate`: warnings, scores side by side, classes, drift, verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.evaluation import Evaluation
    from dlsuite.metrics import Interval

COLOURS = {"better": "green", "worse": "red", "other": "yellow", "": ""}
MOST_CLASSES = 12  # lines of the table of classes; those that changed always


def evaluation_page(found: Evaluation) -> None:
    """All of an evaluation, the verdict last, where the eye ends."""
    console = screen()
    console.print()
    console.print(_scores(found))
    if any(row.difference for row in found.classes):
        console.print()
        console.print(_classes(found))
    if found.drift.shifts:
        console.print()
        console.print(_drift(found))
    console.print()
    for warning in found.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False)
    for note in found.notes:
        console.print(f"[dim]note:[/] {escape(note)}", highlight=False)
    console.print(f"[bold]Verdict:[/] {escape(found.judgement)}", highlight=False)
    console.print()
    console.print(f"dlsuite show {found.run_id[:8]}    what is kept of it", highlight=False)


def _scores(found: Evaluation) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("metric", no_wrap=True)
    table.add_column(found.column, no_wrap=True)
    if found.against is not None:
        table.add_column(f"{found.against} ({found.against_count:,})", no_wrap=True)
        if not found.again:
            table.add_column("difference", no_wrap=True)
            table.add_column("")
    for row in found.scores:
        cells = [row.metric, _score(row.new, row.new_interval)]
        if found.against is not None:
            old = "" if row.old is None else _score(row.old, row.old_interval)
            between = "" if row.difference is None else _difference(row.difference)
            cells += [old] if found.again else [old, between, _change(row.change)]
        table.add_row(*cells)
    return table


def _classes(found: Evaluation) -> Table:
    table = Table(box=None, header_style="bold")
    for name in ("class", "recall", f"on {found.against}", "difference", ""):
        table.add_column(name, no_wrap=True)
    rows = [row for row in found.classes if row.difference]
    changed = sum(bool(row.change) for row in rows)
    most = max(MOST_CLASSES, changed)
    for row in rows[:most]:
        assert row.difference is not None
        table.add_row(
            escape(row.name),
            f"{row.new:.3f} of {row.new_count:,}",
            f"{row.old:.3f} of {row.old_count:,}",
            _difference(row.difference),
            _change(row.change),
        )
    if len(rows) > most:
        table.add_row(f"[dim]and {len(rows) - most} more, none of which changed[/]")
    return table


def _drift(found: Evaluation) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("drift")
    table.add_column("effect", no_wrap=True, justify="right")
    table.add_column("adjusted p", no_wrap=True, justify="right")
    for shift in found.drift.found:
        p_value = f"{shift.adjusted:.2g}" if shift.adjusted >= 1e-4 else "< 0.0001"
        table.add_row(escape(shift.text), f"{shift.effect:.2f}", p_value)
    kinds = ", ".join(dict.fromkeys(shift.of for shift in found.drift.shifts))
    if not found.drift.found:
        table.add_row(f"none that is sure in {kinds}", "", "")
    return table


def _score(value: float, interval: Interval | None) -> str:
    bounds = "" if interval is None else f" [{interval.low:.3g}, {interval.high:.3g}]"
    return escape(f"{value:.4g}{bounds}")


def _difference(interval: Interval) -> str:
    return escape(f"{interval.estimate:+.3g} [{interval.low:+.3g}, {interval.high:+.3g}]")


def _change(change: str) -> str:
    return f"[{COLOURS[change]}]{change}[/]" if change else ""
