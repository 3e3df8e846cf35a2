"""A selection as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.studies.select import Selected

MOST = 12  # runs shown; --out and --json have all


def selection_page(found: Selected) -> None:
    """The answer, the runs best first, what a person should know."""
    from dlsuite.studies.selection_words import rows, sentences

    console = screen()
    console.print()
    first, *others = sentences(found)
    console.print(f"[bold]{escape(first)}[/]", highlight=False)
    for sentence in others:
        console.print(escape(sentence), highlight=False)
    console.print()
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("run", no_wrap=True)
    metrics = list(map(str, found.table))
    for metric in metrics:
        table.add_column(metric, justify="right")
    table.add_column("")
    listed = rows(found)
    for row in listed.head(MOST).to_dict("records"):
        record = found.records[row["run_id"]]
        numbers = ["" if row[name] != row[name] else f"{row[name]:.4g}" for name in metrics]
        part = _part(found, row)
        table.add_row(escape(f"{record.name} {record.run_id[:8]}"), *numbers, escape(part))
    console.print(table)
    if len(listed) > MOST:
        console.print(f"and {len(listed) - MOST} more runs", style="dim")
    if found.finalists:
        count = len(found.finalists)
        said = "1 run" if count == 1 else f"{count} runs, side by side"
        rest = "; others as their runs recorded it" if count < len(listed) else ""
        console.print(f"Latency measured now, on this machine: {said}{rest}.", style="dim")
    for note in found.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)


def _part(found: Selected, row: Mapping[Any, Any]) -> str:
    run_id = row["run_id"]
    selection = found.selection
    words = []
    if run_id == selection.winner:
        words.append("taken")
    elif run_id == selection.runner_up:
        words.append("next")
    if row["misses"]:
        words.append(f"misses {row['misses']}")
    if run_id in selection.pareto:
        words.append("Pareto")
    return ", ".join(words)
