"""`dlsuite compare`: tracked runs beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.completion import runs_like
from pipelines.cli.output import Json, emit


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command(epilog="Example: dlsuite compare digits_mlp digits_lenet5 --out comparison")(
        compare
    )


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN RUN…",
            help="Ids, their beginnings, names, or `latest`; the first is the one compared with.",
            autocompletion=runs_like,
        ),
    ],
    metric: Annotated[
        str | None, typer.Option(help="Compare by this metric alone, such as accuracy.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="On the examples of train, dev, test or cv. Default: test.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Also write a page with curves and pictures, CSV and JSON here."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which files --out would write.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare runs: what their recipes, scores and answers differ in, and whether it may be noise.

    Scores are compared example by example where runs answered the same ones.
    """
    from dlsuite.progress import working
    from pipelines.cli.waiting import loading

    with loading("loading TensorFlow"):
        from dlsuite import studies
    with working("reading the runs"):
        found = studies.compare(runs, metric=metric, split=split)
    files: list[Path] = []
    if out is not None:
        from dlsuite.studies.page import files_of, write

        files = files_of(found, out) if dry_run else write(found, out)
    if as_json:
        return emit({**found.to_dict(), "files": files, "written": bool(files) and not dry_run})
    from pipelines.cli.compare_report import comparison_page

    comparison_page(found)
    for path in files:
        typer.echo(f"{'would write' if dry_run else 'wrote'} {path}")
    return None
