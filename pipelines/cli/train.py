"""`dlsuite train` and `plan`: a recipe becomes a run, or what it would become."""

from __future__ import annotations

from typing import Annotated

import typer

Recipe = Annotated[str, typer.Argument(help="A recipe file, or the name of one that ships.")]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[key=value]...", help="Changes to the recipe.")
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
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from dlsuite.recipe import read
        from dlsuite.training import Progress
        from pipelines import SHIPPED, of
        from pipelines.cli.report import result_page

        document = read(recipe, SHIPPED)
        pipeline = of(document)
    result = experiment.run(
        pipeline, document, overrides or (), resume=resume, listeners=[Progress()]
    )
    result_page(result)


def plan(recipe: Recipe, overrides: Overrides = None) -> None:
    """Check a recipe against its data and say what `train` would do; nothing is trained."""
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from dlsuite.recipe import read
        from pipelines import SHIPPED, of
        from pipelines.cli.report import plan_page

        document = read(recipe, SHIPPED)
        planned = experiment.plan(of(document), document, overrides or ())
    plan_page(planned)
