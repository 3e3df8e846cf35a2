"""`dlsuite new`: a look at one's own data becomes a recipe with its reasons."""

from __future__ import annotations

import re
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import applications_like
from pipelines.cli.output import Json, emit
from pipelines.cli.waiting import loading

if TYPE_CHECKING:
    from dlsuite.experiment import Pipeline


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite new --data houses.csv --target price")(new)


def new(
    pipeline: Annotated[
        str | None,
        typer.Argument(
            metavar="PIPELINE",
            help="An application; chosen by the data if not given.",
            autocompletion=applications_like,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="A folder of class folders with pictures, or of pictures with boxes, a zip or tar "
            "of one, a CSV table, IDX files, or an .npz.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="Column of a table to predict; guessed if not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File of the recipe; named after the data if not given.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the recipe and write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at your data and write a recipe for it, every line with its reason."""
    if data is None:
        shown = quote(pipeline) if pipeline and Path(pipeline).exists() else "PATH"
        raise ValueError(f"Where is your data? dlsuite new --data {shown}")
    names = _chosen(pipeline)
    from dlsuite.survey.look import Look, form_of

    form_of(data)  # what is not there needs no TensorFlow to be said
    file = _file(out, _name(data), writes=not dry_run, force=force)
    with loading("loading TensorFlow"):
        from dlsuite.drafting import draft as drafting

        applications = [_application(name) for name in names]
    application, draft = drafting.propose(applications, Look(data, target))
    recipe = drafting.checked(application, draft, str(file))
    if not dry_run:
        drafting.save(recipe, file)
    way_on = f"dlsuite train {quote(str(file))}"
    if as_json:
        told = {"why": draft.why, "notes": draft.notes, "found": draft.found}
        place = {"file": str(file), "written": not dry_run, "next": way_on}
        emit({"pipeline": draft.pipeline, **told, "recipe": recipe.written, **place})
        return
    typer.echo(recipe.written, nl=False)
    if pipeline is None:
        typer.echo(f"Application: {draft.pipeline}, because {draft.why}.", err=True)
    for note in draft.notes:
        typer.echo(f"Note: {note}", err=True)
    done = f"{file} was not written, as this is a dry run." if dry_run else f"Written to {file}."
    typer.echo(f"{done} Next: {way_on}", err=True)


def _chosen(pipeline: str | None) -> list[str]:
    """Names of the applications that may propose."""
    import pipelines

    known = pipelines.names()
    if pipeline is None:
        return known
    if pipeline in known or ":" in pipeline:
        return [pipeline]
    from dlsuite.recipe.spelling import nearest

    near = nearest(pipeline, known)
    raise ValueError(
        f"PIPELINE must be one of {', '.join(known)}, or module:name of your own. "
        f"Received: {pipeline!r}.{f' Did you mean {near}?' if near else ''}"
    )


def _application(name: str) -> Pipeline:
    import pipelines
    from dlsuite.recipe import read

    return pipelines.of(read({"pipeline": name}))


def _name(data: str) -> str:
    """What a recipe for data is called: `pets.yaml` for `data/pets.zip`."""
    place = Path(data).expanduser().resolve()
    stem = place.name if place.is_dir() else place.name.partition(".")[0]
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', stem).strip('_') or 'my_recipe'}.yaml"


def _file(out: Path | None, name: str, *, writes: bool, force: bool) -> Path:
    """Where the recipe goes.

    Raises:
        ValueError: It cannot be written there.
    """
    file = Path(name) if out is None else out / name if out.is_dir() else out
    if not writes:
        return file
    if file.exists() and not force:
        raise ValueError(
            f"{file} is there already. --force overwrites it, --out OTHER.yaml writes another."
        )
    if not file.parent.is_dir():
        raise ValueError(f"--out must be in a folder that exists. Received: {out}.")
    return file
