"""`dlsuite train` and `plan`: a recipe becomes a run, or what it would become."""

from __future__ import annotations

from typing import Annotated

import typer

Recipe = Annotated[
    str, typer.Argument(metavar="RECIPE", help="A recipe file, or the name of one that ships.")
]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Changes to the recipe.")
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite train digits_lenet5 training.epochs=3")(train)
    app.command(epilog="Example: dlsuite plan digits_lenet5 model.variant=paper")(plan)


def train(
    recipe: Recipe,
    overrides: Overrides = None,
    resume: Annotated[
        str | None, typer.Option(help="Go on with this run from its last checkpoint.")
    ] = None,
) -> None:
    """Train a recipe: scores, verdict and a tracked, servable model."""
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names, of
    from pipelines.cli.waiting import loading, say

    document = read(recipe, SHIPPED)  # what is wrong with it needs no TensorFlow to be said
    document.choose("pipeline", names())
    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from dlsuite.training import Progress
        from pipelines.cli.report import result_page

        pipeline = of(document)
    try:
        result = experiment.run(
            pipeline, document, overrides or (), resume=resume, listeners=[Progress()], tell=say
        )
    except (KeyboardInterrupt, SystemExit) as stop:
        for note in getattr(stop, "__notes__", ()):
            typer.echo(note, err=True)
        raise
    result_page(result)


def plan(recipe: Recipe, overrides: Overrides = None) -> None:
    """Check a recipe against its data and say what `train` would do; nothing is trained."""
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names, of
    from pipelines.cli.waiting import loading

    document = read(recipe, SHIPPED)
    document.choose("pipeline", names())
    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from pipelines.cli.report import plan_page

        planned = experiment.plan(of(document), document, overrides or ())
    plan_page(planned)
