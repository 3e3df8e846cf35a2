"""What a person reads after `train`: scores, verdict, where things are, the way on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.experiment import Limit, Result


def result_page(result: Result) -> None:
    """Scores beside the baseline, the verdict, limits, and how to go on."""
    console = screen()
    console.print()
    console.print(scores_table(result.judged.table()))
    if result.validation is not None:
        from pipelines.cli.folds import folds_table

        console.print()
        console.print(folds_table(result.validation))
    if result.diagnosis is not None:
        console.print()
        console.print(escape(result.diagnosis.text()), highlight=False)
    console.print()
    _limits(console, result.limits)
    for note in result.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)
    console.print()
    short = result.run_id[:8]
    facts = Table(box=None, show_header=False, padding=(0, 1))
    facts.add_row("run", f"{result.run_id}")
    facts.add_row("store", escape(result.store))
    if result.exported is not None:
        exported = result.exported
        facts.add_row(
            "model",
            f"{exported.size_mb:.2f} MB, p50 {exported.p50_latency_ms:.2f} ms and p95 "
            f"{exported.p95_latency_ms:.2f} ms an answer, replayed with difference "
            f"{exported.max_difference:.1e}",
        )
    console.print(facts)
    console.print()
    console.print(_next_steps(short, served=result.exported is not None))


def _next_steps(run: str, served: bool) -> Table:
    steps = Table(box=None, show_header=False, padding=(0, 1))
    steps.add_row(f"dlsuite show {run}", "what is kept of it")
    steps.add_row("dlsuite ui", "its curves and pictures, in the browser")
    steps.add_row(f"dlsuite compare {run} RUN", "what differs from another run")
    steps.add_row(f"dlsuite evaluate {run} --data PATH", "its scores on new labelled data")
    if served:
        steps.add_row(f"dlsuite predict {run} FILE", "its answers for files")
        steps.add_row(f"dlsuite export {run} exports/model", "a SavedModel to serve")
    return steps


def scores_table(frame: pd.DataFrame) -> Table:
    """One row for each metric, a column for each split, and those of the baseline."""
    table = Table(box=None, header_style="bold")
    table.add_column("metric", no_wrap=True)
    for column in frame.columns:
        table.add_column(column.replace(" ", "\n"), justify="right", no_wrap=True)
    for metric, row in zip(frame.index, frame.to_numpy(), strict=True):
        table.add_row(str(metric), *("" if value != value else f"{value:.4f}" for value in row))
    return table


def _limits(console: Console, limits: Iterable[Limit]) -> None:
    for limit in limits:
        colour = "green" if limit.kept else "red"
        console.print(f"[{colour}]{escape(limit.text())}[/]", highlight=False)
