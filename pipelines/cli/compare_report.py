"""A comparison of runs as a person reads it in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dlsuite.studies.wording import (
    COSTS,
    answer,
    basis,
    cost_figure,
    figure,
    headline,
    listed,
    uneven,
)
from pipelines.cli.screen import screen

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.studies import Comparison
    from dlsuite.studies.disagreements import Disagreement
    from dlsuite.studies.pairing import Difference

# Findings as a table of 80 columns shows them.
SHOWN = {
    "better": ("better", "green"),
    "worse": ("worse", "red"),
    "not distinguishable from noise": ("in the noise", "dim"),
}
MOST_EXAMPLES = 8  # of a disagreement
MOST_CLASSES = 12  # those on which runs differ most
LONGEST_KEY = 8


def comparison_page(found: Comparison) -> None:
    """The runs, their scores, what differs, what they cost, where they disagree."""
    console = screen()
    console.print()
    console.print(_runs(found))
    console.print()
    for sentence in headline(found):
        console.print(f"[bold]{escape(sentence)}[/]", highlight=False)
    for side in found.sides[1:]:
        console.print()
        console.print(escape(basis(found, side.letter)), highlight=False)
        console.print(_scores(found, side.letter))
    _differs(console, "the recipes", "key of the recipe", found.recipe)
    _differs(console, "data, code commit, packages and machine", "surroundings", found.surroundings)
    console.print()
    console.print(_cost(found))
    for each in found.disagreements.values():
        _disagreement(console, each)
    console.print()
    for note in found.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)


def _runs(found: Comparison) -> Table:
    table = _table(["", "recipe", "run", "status", "started (UTC)", "verdict"])
    for side in found.sides:
        record = side.record
        started = f"{record.started:%m-%d %H:%M}"
        cells = [side.letter, record.name, record.run_id[:8], record.status, started]
        table.add_row(*map(escape, cells), escape(record.tags.get("verdict", "")))
    return table


def _scores(found: Comparison, letter: str) -> Table:
    first = found.sides[0].letter
    header = [found.split, first, letter, f"{letter} - {first}", "95 % interval", ""]
    table = _table(header, numbers=header[1:5])
    for each in found.of(letter):
        table.add_row(*map(escape, _score_row(each)), _finding(each))
    return table


def _score_row(each: Difference) -> list[str]:
    values = [figure(each.first), figure(each.value), figure(each.value - each.first, sign=True)]
    if each.interval is None:
        return [each.metric, *values, ""]
    _, low, high = (figure(bound, sign=True) for bound in each.interval)
    return [each.metric, *values, f"{low} to {high}"]


def _finding(each: Difference) -> str:
    said, colour = SHOWN.get(each.finding, (each.finding, ""))
    return f"[{colour}]{said}[/]" if colour else said


def _differs(console: Console, what: str, heading: str, frame: pd.DataFrame) -> None:
    console.print()
    if frame.empty:
        verb = "are" if " " in what else "is"
        console.print(f"{what[0].upper()}{what[1:]} {verb} the same.", highlight=False)
        return
    table = _table([heading, *map(str, frame.columns)])
    for key, row in zip(frame.index, frame.to_numpy(), strict=True):
        table.add_row(escape(str(key)), *(escape(listed(value)) for value in row))
    console.print(table)


def _cost(found: Comparison) -> Table:
    frame = found.cost
    letters = list(map(str, frame.columns))
    table = _table(["size and time", *letters], numbers=letters)
    for name, row in zip(frame.index, frame.to_numpy(), strict=True):
        table.add_row(COSTS[str(name)], *(cost_figure(value) for value in row))
    return table


def _disagreement(console: Console, each: Disagreement) -> None:
    console.print()
    console.print(f"[bold]Where {each.first} and {each.other} disagree[/]", highlight=False)
    console.print(escape(uneven(each)), highlight=False)
    counts = ", ".join(f"{name} {count:,}" for name, count in each.counts.items())
    console.print(f"[dim]{escape(counts)}[/]", highlight=False)
    by_class = _most_differing(each)
    if len(by_class):
        console.print(_frame(by_class, numbers=list(map(str, by_class.columns))[1:]))
    if len(each.table):
        examples = each.table.head(MOST_EXAMPLES)
        examples = examples[[name for name in examples if not str(name).startswith("loss ")]]
        examples = examples.assign(key=examples["key"].str[:LONGEST_KEY])
        console.print()
        console.print(_frame(examples))
        left = len(each.table) - len(examples)
        if left:
            console.print(f"[dim]and {left:,} more; `--out FOLDER` writes all of them[/]")


def _most_differing(each: Disagreement) -> pd.DataFrame:
    """Classes on which the runs differ at all, the most first."""
    if each.by_class.empty:
        return each.by_class
    only = each.by_class[f"only {each.first}"] + each.by_class[f"only {each.other}"]
    order = only.sort_values(ascending=False, kind="stable")
    return each.by_class.loc[order[order > 0].index].head(MOST_CLASSES)


def _frame(frame: pd.DataFrame, numbers: Sequence[str] = ()) -> Table:
    table = _table(list(map(str, frame.columns)), numbers=numbers)
    for row in frame.itertuples(index=False):
        table.add_row(*(escape(answer(cell)) for cell in row))
    return table


def _table(header: Sequence[str], numbers: Sequence[str] = ()) -> Table:
    table = Table(box=None, header_style="bold")
    for name in header:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return table
