"""A run's mistakes, and what their tags say, as a person reads them in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from dlsuite.evaluation.error_words import (
    CEILING_COLUMNS,
    STEP_COLUMNS,
    between,
    ceiling_rows,
    extent,
    headline,
    kind_lines,
    percent,
    step_rows,
)
from dlsuite.evaluation.mistakes import SUSPECT
from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.evaluation.error_workbook import Analysed, Workbook

MOST = 6  # slices, and classes taken for others, that are listed


def workbook_document(book: Workbook) -> dict[str, Any]:
    """A workbook for scripts."""
    seen = book.mistakes
    return {
        "run_id": seen.record.run_id,
        "name": seen.record.name,
        "split": seen.split,
        "examples": len(seen.table),
        "mistakes": int(seen.wrong.sum()),
        "shown": len(seen.places),
        "suspected_labels": seen.suspects,
        "slices": [{**asdict(each), "finding": each.finding} for each in seen.errors],
        "kinds": {
            name: {
                "count": kind.count,
                "examples": len(kind.rows),
                "error_without": kind.error_without,
            }
            for name, kind in seen.kinds.items()
        },
        "notes": seen.notes,
    }


def workbook_page(book: Workbook, files: Sequence[Path], *, written: bool) -> None:
    """What the mistakes have in common, and where they are to be looked at."""
    from dlsuite.strategy.weighed_mistakes import error_interval

    console, seen = screen(), book.mistakes
    errors, wrong = seen.errors_of_all, int(seen.wrong.sum())
    error = error_interval(errors)
    told = extent(wrong, len(seen.table), in_parts=errors.dtype != bool)
    console.print()
    console.print(
        f"[bold]{seen.split} error {percent(error.estimate)}[/] ({between(error)}): {told}, "
        f"{len(seen.places):,} of them in the workbook",
        highlight=False,
    )
    if seen.suspects is not None:
        console.print(f"{seen.suspects:,} {SUSPECT}", highlight=False)
    slices = [each for each in seen.errors if each.finding]
    for each in slices[:MOST]:
        console.print(
            f"{escape(each.name)}: {percent(each.error)} of {each.count:,} wrong, elsewhere "
            f"{percent(each.elsewhere)} ({each.finding})",
            highlight=False,
        )
    for line in kind_lines(seen)[:MOST]:
        console.print(escape(line), highlight=False)
    console.print()
    for note in seen.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)
    for file in files:
        console.print(
            f"{'wrote' if written else 'would write'} {escape(str(file))}", soft_wrap=True
        )
    if written:
        short = seen.record.run_id[:8]
        console.print(f"Both are kept with run {short}, under errors/.", highlight=False)
        command = f"dlsuite errors {short} --tags {shlex.quote(str(files[1]))}"
        if seen.split != "dev":
            command += f" --split {seen.split}"
        console.print("Mark what each mistake has in the table, then:", highlight=False)
        console.print(f"  {escape(command)}", highlight=False, soft_wrap=True)


def analysis_page(found: Analysed, relabels: Path | None, *, written: bool) -> None:
    """The ceilings, the order of next steps, and what became of the relabels."""
    console = screen()
    console.print()
    if found.analysis is None:
        console.print("No mistake has a tag; there are relabels alone.", highlight=False)
    else:
        console.print(f"[bold]{escape(headline(found.analysis, found.split))}[/]", highlight=False)
        console.print()
        console.print(_table(CEILING_COLUMNS, ceiling_rows(found.analysis), CEILING_COLUMNS[1:]))
        console.print()
        console.print(_table(STEP_COLUMNS, step_rows(found.analysis), STEP_COLUMNS[2:5]))
        for note in found.analysis.notes:
            console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)
    console.print()
    short = found.record.run_id[:8]
    if written:
        console.print(f"Tags and ceilings are kept with run {short}, under errors/.")
    if relabels is not None:
        before = len(found.relabels) - found.added
        already = f", {before:,} of them from the run before" if before > 0 else ""
        word = "wrote" if written else "would write"
        console.print(
            f"{word} {escape(str(relabels))}: {len(found.relabels):,} relabels{already}. Use it: "
            f"dlsuite train RECIPE {escape(shlex.quote(f'data.relabels={relabels}'))}",
            highlight=False,
            soft_wrap=True,
        )
    elif found.added:
        console.print(
            f"{found.added:,} relabels: --relabels OUT.csv writes them for data.relabels.",
            highlight=False,
        )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[str]) -> Table:
    table = Table(box=None, header_style="bold")
    for name in header:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
