"""`dlsuite sweep`: trials of a recipe over ranges of its keys, the best of them confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import runs_like
from pipelines.cli.output import Json, emit
from pipelines.cli.train import Overrides, Recipe

if TYPE_CHECKING:
    from dlsuite.studies.sweeps.running import Prepared


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite sweep mine.yaml --trials 30 --jobs 2")(sweep)


def sweep(
    recipe: Recipe,
    overrides: Overrides = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="How many, in place of the recipe's sweep.trials.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Trials at once, each in a process of its own.")
    ] = 1,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Go on with this sweep. Without it, the newest of this recipe that did not "
            "finish goes on, where there is one.",
            autocompletion=runs_like,
        ),
    ] = None,
    anew: Annotated[
        bool, typer.Option("--new", help="Begin another sweep even where one could go on.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check it, and show the space and first trials.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search the keys that a recipe names under `sweep:`, and confirm the best by new seeds.

    The same command goes on with a sweep that was stopped or killed; where it still runs, it helps.
    """
    if anew and resume is not None:
        raise typer.BadParameter("cannot be had with --resume.", param_hint="--new")
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names
    from pipelines.cli.waiting import loading

    document = read(recipe, SHIPPED)
    name = document.choose("pipeline", names())
    with loading("loading TensorFlow"):
        from dlsuite.progress import working
        from dlsuite.studies.sweeps import running as study
    changes = [*(overrides or ()), *([] if trials is None else [f"sweep.trials={trials}"])]
    with working("checking the sweep"):
        prepared = study.prepare(
            name if ":" in name else f"pipelines.{name}:pipeline", document, changes, jobs=jobs
        )
    if dry_run:
        return _dry(prepared, as_json)
    try:
        found = study.run(prepared, resume=resume, anew=anew)
    except (KeyboardInterrupt, SystemExit):
        typer.echo("The same command goes on with the sweep.", err=True)
        raise
    if as_json:
        return emit(found)
    from pipelines.cli.sweep_report import joined_page, sweep_page

    if isinstance(found, study.Joined):
        return joined_page(found)
    return sweep_page(found)


def _dry(prepared: Prepared, as_json: bool) -> None:
    """What would be done."""
    if not as_json:
        from pipelines.cli.sweep_report import dry_page

        return dry_page(prepared)
    return emit(
        {
            "recipe": prepared.recipe.name,
            "metric": f"dev.{prepared.metric}",
            "sampler": prepared.settings.sampler,
            "pruner": prepared.settings.pruner,
            "trials": prepared.trials,
            "points": prepared.space.points,
            "search": prepared.space.ranges,
            "first": prepared.first(),
        }
    )
