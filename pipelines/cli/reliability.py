"""`dlsuite verify-resume`: does a killed and resumed training end as one that was never killed?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.output import Json, emit
from pipelines.cli.train import Overrides, Recipe

if TYPE_CHECKING:
    from dlsuite.studies.verify_resume import Verification


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(
        "verify-resume", epilog="Example: dlsuite verify-resume wine_mlp --kills 3 --seed 1"
    )(verify)


def verify(
    recipe: Recipe,
    overrides: Overrides = None,
    kills: Annotated[int, typer.Option(min=1, help="How often the training is killed.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the moments at which it is.")] = 0,
    every: Annotated[
        str | None, typer.Option(help="Pace of checkpoints, such as '3 steps'.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Kill a training at random moments, resume it, compare it bit for bit with one left in peace.

    Exit code 1 where anything differs.
    """
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names
    from pipelines.cli.waiting import loading

    document = read(recipe, SHIPPED)
    name = document.choose("pipeline", names())
    with loading("loading TensorFlow"):
        from dlsuite.studies.verify_resume import verify_resume
    found = verify_resume(
        name if ":" in name else f"pipelines.{name}:pipeline",
        recipe,
        overrides or (),
        kills=kills,
        seed=seed,
        every=every,
    )
    if as_json:
        emit(found)
    else:
        _page(found)
    if not found.holds:
        raise typer.Exit(1)


def _page(found: Verification) -> None:
    from rich.table import Table

    from pipelines.cli.screen import screen

    table = Table("killed after step", "moment", "newest checkpoint then", "torn", box=None)
    for kill in found.kills:
        table.add_row(str(kill.step), kill.kind, kill.left, "yes" if kill.torn else "")
    console = screen()
    console.print(table)
    counted = ", ".join(f"{count:,} {group}" for group, count in found.compared.items())
    console.print(
        f"{found.steps} steps, {len(found.kills)} kills, {found.torn} of which tore a checkpoint; "
        f"compared {counted}."
    )
    for difference in found.differences:
        console.print(f"[red]differs:[/] {difference}", highlight=False)
    if found.holds:
        console.print("[green]Not one bit differs.[/]")
