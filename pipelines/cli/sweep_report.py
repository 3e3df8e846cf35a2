"""A sweep as a person reads it in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from dlsuite.studies.sweeps.results import ranked
from dlsuite.studies.sweeps.space import label
from dlsuite.studies.sweeps.tracking import summary
from pipelines.cli.screen import screen

if TYPE_CHECKING:
    from dlsuite.studies.sweeps.results import SweepResult
    from dlsuite.studies.sweeps.running import Joined, Prepared

MOST = 8  # trials that are shown, the best


def dry_page(prepared: Prepared) -> None:
    """The space and the first trials."""
    from dlsuite.metrics import higher_is_better

    console, settings = screen(), prepared.settings
    console.print()
    table = _table(["search", "range"])
    for path, words in prepared.space.text().items():
        table.add_row(escape(path), escape(words))
    console.print(table)
    console.print()
    points = "" if prepared.space.points is None else f" of {prepared.space.points:,} points"
    word = "highest" if higher_is_better(prepared.metric) else "lowest"
    console.print(
        f"{prepared.trials} trials{points} by {settings.sampler}, "
        f"{settings.pruner or 'no'} pruning; the {word} dev.{prepared.metric} wins",
        highlight=False,
    )
    if settings.confirm_seeds:
        runs = 2 * settings.confirm_seeds
        console.print(
            f"then up to {runs} trainings more: the best trial and the recipe as written, "
            f"{settings.confirm_seeds} seeds each",
            highlight=False,
        )
    console.print()
    first = _table(["trial", *map(escape, prepared.space.ranges)])
    for number, changes in enumerate(prepared.first()):
        first.add_row(str(number), *(_cell(value) for value in changes.values()))
    console.print(first)
    console.print("[dim]nothing was begun[/]")


def joined_page(found: Joined) -> None:
    """What was done for a sweep that another process concludes."""
    console = screen()
    console.print(
        f"{found.done} trials done here for the sweep {found.run_id[:8]}, which is concluded where "
        "it began.",
        highlight=False,
    )


def sweep_page(found: SweepResult) -> None:
    """The best trials, what mattered, what was confirmed, how to train it."""
    console = screen()
    paths = list(found.changes)
    console.print()
    table = _table(["trial", *map(escape, paths), found.metric], numbers=[found.metric])
    best = ranked(found.trials, found.metric)
    for row in best.head(MOST).to_dict("records"):
        cells = [_cell(row[path]) for path in paths]
        table.add_row(str(row["trial"]), *cells, f"{row['value']:.4f}")
    console.print(table)
    if len(best) > MOST:
        console.print(f"[dim]and {len(best) - MOST} more in trials.csv of its run[/]")
    if found.importance:
        console.print()
        bars = _table(["importance", f"share of the variance of {found.metric}"])
        for path, share in found.importance.items():
            bars.add_row(escape(path), f"{'█' * round(20 * share):<20} {share:.0%}")
        console.print(bars)
    console.print()
    for sentence in summary(found):
        console.print(escape(sentence), highlight=False, soft_wrap=sentence.startswith("Train it"))
    console.print()
    console.print(f"[dim]sweep {found.run_id} in {escape(found.store)}[/]", soft_wrap=True)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return escape(value if isinstance(value, str) else label(value))


def _table(header: list[str], numbers: list[str] | None = None) -> Table:
    table = Table(box=None, header_style="bold")
    for name in header:
        justify = "right" if name in (numbers or []) else "left"
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table
