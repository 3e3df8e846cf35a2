"""`dlsuite claims`: what recipes state, and the runs that stand behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import recipes_like
from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    from dlsuite.studies.claims import Claimed


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite claims digits_mlp wine_mlp --run --ledger docs")(claims)


def claims(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECIPE…]",
            help="Recipe files or names; all that ship where none is named.",
            autocompletion=recipes_like,
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each recipe: seeds 0, 1, ….")] = 3,
    run: Annotated[
        bool, typer.Option("--run", help="Train the seeds that have no run yet.")
    ] = False,
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Write claims.json and claims.md here."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold what recipes state under `expect` against their runs, over seeds.

    PASS: the mean keeps the limit. BETTER: so does its whole interval. SHORTFALL: it does not.
    NO RUN: nothing stands behind it. Exit code 1 if any claim is one of the last two.
    """
    from dlsuite.recipe import read
    from pipelines import SHIPPED, of
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite.studies import ledger as books
        from dlsuite.studies.claims import claims as study

    named = recipes or sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    documents = [read(name, SHIPPED) for name in named]
    found = [study(of(each), each, seeds=seeds, train=run) for each in documents]
    entries = {each.recipe.name: books.entry(each) for each in found if each.records}
    files = books.write(ledger, entries) if ledger is not None and entries else []
    if as_json:
        without = [each.recipe.name for each in found if not each.records]
        emit({"entries": entries, "without_runs": without, "files": files})
    else:
        _page(found)
        for path in files:
            typer.echo(f"wrote {path}")
    if not all(each.holds for each in found):
        raise typer.Exit(1)


def _page(found: list[Claimed]) -> None:
    from rich.table import Table

    from dlsuite.studies.ledger import figure
    from pipelines.cli.screen import screen

    colours = {"PASS": "green", "BETTER": "green", "SHORTFALL": "red", "NO RUN": "yellow"}
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("recipe", "metric", "stated", "reached", "95 % interval", "baseline", ""):
        table.add_column(name, no_wrap=name in ("recipe", "metric", ""))
    for each in found:
        for made in each.claims:
            baseline = each.baselines.get(made.metric)
            interval = "" if made.interval is None else " to ".join(map(figure, made.interval))
            table.add_row(
                each.recipe.name,
                made.metric,
                made.bound.text(),
                "" if made.mean is None else figure(made.mean),
                interval,
                "" if baseline is None else figure(baseline),
                f"[{colours[made.verdict]}]{made.verdict}[/]",
            )
    screen().print(table)
    for each in found:
        if each.records:
            runs = " ".join(record.run_id[:8] for record in each.records)
            typer.echo(f"{each.recipe.name}: runs {runs}")
        if each.missing:
            seeds = ", ".join(map(str, each.missing))
            typer.echo(f"{each.recipe.name} has no run of this recipe with seed {seeds}: add --run")
