"""`dlsuite train` and `plan`: a recipe becomes a run, or what it would become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.completion import overrides_like, recipes_like, runs_like
from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    from dlsuite.recipe import Document

Recipe = Annotated[
    str,
    typer.Argument(
        metavar="RECIPE",
        help="A recipe file, or the name of one that ships.",
        autocompletion=recipes_like,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE", help="Changes to the recipe.", autocompletion=overrides_like
    ),
]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite train digits_lenet5 training.epochs=3")(train)
    app.command(epilog="Example: dlsuite plan digits_lenet5 model.variant=paper --time")(plan)


def train(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE",
            help="A recipe file, or the name of one that ships. Not needed to resume.",
            autocompletion=recipes_like,
        ),
    ] = None,
    overrides: Overrides = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Go on with this run from its last checkpoint: its id or name, or `latest`; "
            "`auto` finds the newest unfinished run of the recipe, or begins one.",
            autocompletion=runs_like,
        ),
    ] = None,
    allow_change: Annotated[
        bool,
        typer.Option(
            "--allow-change", help="With --resume: harmless keys of the recipe may have changed."
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Train even what by its estimate does not fit into memory."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would do, as `plan` does.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a recipe: scores, verdict and a tracked, servable model.

    The exit code is 1 where a limit that the recipe states, under `expect` or
    `evaluation.satisfy`, is missed.
    """
    changes = list(overrides or ())
    if resume is not None and recipe is not None and "=" in recipe:
        changes, recipe = [recipe, *changes], None
    if recipe is None and resume == "auto":
        raise typer.BadParameter("needs the recipe that is to go on.", param_hint="--resume auto")
    if allow_change and resume in (None, "auto"):
        raise typer.BadParameter("needs --resume RUN.", param_hint="--allow-change")
    if resume is None and recipe is None:
        raise typer.BadParameter(
            "give a recipe to train, or --resume RUN to go on with one.", param_hint="RECIPE"
        )
    if dry_run:
        _plan(_wanted(recipe, resume), changes, timed=False, as_json=as_json)
    else:
        how = {"resume": resume, "allow_change": allow_change, "force": force}
        _train(_wanted(recipe, resume), changes, how, as_json)


def _train(document: Document, changes: list[str], how: dict[str, Any], as_json: bool) -> None:
    from pipelines.cli.keys import keep_schema_once
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from pipelines import of

        pipeline = of(document)
    try:
        result = experiment.run(pipeline, document, changes, **how)
    except (KeyboardInterrupt, SystemExit) as stop:
        for note in getattr(stop, "__notes__", ()):
            typer.echo(note, err=True)
        raise
    if as_json:
        from pipelines.cli.documents import result_document

        emit(result_document(result))
    else:
        from pipelines.cli.report import result_page

        result_page(result)
    keep_schema_once(pipeline.name, pipeline.settings)
    _answer_for(sum(not limit.kept for limit in result.limits))


def plan(
    recipe: Recipe,
    overrides: Overrides = None,
    timed: Annotated[
        bool, typer.Option("--time", help="Measure a few steps, to say how long it will take.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check a recipe against its data and say what `train` would do; nothing is trained."""
    _plan(_wanted(recipe, None), list(overrides or ()), timed=timed, as_json=as_json)


def _wanted(recipe: str | None, resume: str | None) -> Document:
    """The recipe of that name, or that of the run to go on with; read without TensorFlow."""
    from dlsuite.recipe import read
    from pipelines import SHIPPED, names

    if recipe is None:
        from dlsuite.tracking import Store
        from pipelines.cli.waiting import loading

        record = Store.open().find(str(resume))
        with loading("loading TensorFlow"):
            from dlsuite.experiment import recipe_of

        return recipe_of(record)
    document = read(recipe, SHIPPED)
    document.choose("pipeline", names())
    return document


def _plan(document: Document, overrides: list[str], *, timed: bool, as_json: bool) -> None:
    from dlsuite.progress import working
    from pipelines.cli.keys import keep_schema_once
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite import experiment
        from dlsuite.experiment.memory import need, refusal
        from dlsuite.experiment.timing import cost
        from pipelines import of

        pipeline = of(document)
    with working("reading the data, building the model"):
        planned = experiment.plan(pipeline, document, overrides)
        taken = need(planned.learner)
        refused = refusal(planned.learner, taken)
    timed = timed and refused is None  # else measuring would take the memory that is not there
    if as_json:
        from pipelines.cli.documents import plan_document

        emit(plan_document(planned, taken, cost(planned.learner) if timed else None))
    else:
        from pipelines.cli.plan_report import cost_page, plan_page

        plan_page(planned, taken)
        cost_page(cost(planned.learner) if timed else None, refused)
    keep_schema_once(pipeline.name, pipeline.settings)


def _answer_for(missed: int) -> None:
    if missed:
        said = (
            "a limit that the recipe states is"
            if missed == 1
            else (f"{missed} limits that the recipe states are")
        )
        typer.echo(f"dlsuite: {said} missed; the exit code is 1.", err=True)
        raise typer.Exit(1)
