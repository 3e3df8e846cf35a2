"""`dlsuite select`: the model to take of all that were trained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.completion import applications_like
from pipelines.cli.output import Json, emit


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(
        epilog="Example: dlsuite select --maximize dev.accuracy "
        "--subject-to 'p95_latency_ms<=10' --subject-to 'size_mb<=5' --register digits"
    )(select)


def select(
    maximize: Annotated[
        str | None, typer.Option(metavar="METRIC", help="Take the run with the most of it.")
    ] = None,
    minimize: Annotated[
        str | None, typer.Option(metavar="METRIC", help="Take the run with the least of it.")
    ] = None,
    subject_to: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC<=NUMBER", help="Among those good enough in this; repeatable."),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="KEY=TEXT",
            help="Among those: a key of the recipe, recipe, name; * and != stand. Repeatable.",
        ),
    ] = None,
    pipeline: Annotated[
        str | None,
        typer.Option(help="Among runs of this application.", autocompletion=applications_like),
    ] = None,
    remeasure: Annotated[
        bool, typer.Option(help="Measure the latency of the finalists again, side by side.")
    ] = True,
    register: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Put the winner in the model registry, with alias champion."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Also write JSON, CSV and the Pareto picture here."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Register and write nothing; say what would be.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Choose among all finished runs: one metric to optimize, any number to satisfy.

    Exit code 1: no run meets every constraint.
    """
    if (maximize is None) == (minimize is None):
        given = "both" if maximize else "neither"
        raise ValueError(f"Give one of --maximize and --minimize. Received: {given}.")
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite.studies import selection_words as words
        from dlsuite.studies.select import select as choose
        from dlsuite.tracking.registry import require_name
    if register is not None:
        require_name(register)

    found = choose(
        maximize or minimize or "",
        subject_to or (),
        direction="max" if maximize else "min",
        filters=filters or (),
        pipeline=pipeline,
        remeasure=remeasure,
    )
    registered = None
    if register is not None and found.winner is not None and not dry_run:
        from dlsuite.tracking.registry import register as put

        registered = put(found.winner, register, description=words.markdown(found))
    files: list[Path] = []
    if out is not None:
        files = words.files_of(found, out) if dry_run else words.write(found, out)
    if as_json:
        told = None if registered is None else registered._asdict()
        written = bool(files) and not dry_run
        emit({**words.to_dict(found), "registered": told, "files": files, "written": written})
    else:
        from pipelines.cli.select_report import selection_page

        selection_page(found)
        if registered is not None:
            typer.echo(
                f"registered as version {registered.version} of {registered.name}, "
                f"{registered.alias}: {registered.uri}"
            )
        elif register is not None and found.winner is not None:
            typer.echo(f"would register it as {register}, champion")
        for path in files:
            typer.echo(f"{'would write' if dry_run else 'wrote'} {path}")
    if found.winner is None:
        raise typer.Exit(1)
