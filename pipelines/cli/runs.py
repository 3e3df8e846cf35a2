"""`dlsuite runs`, `show` and `ui`: looking at what was tracked."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite runs --limit 5")(runs)
    app.command(epilog="Example: dlsuite show latest")(show)
    app.command(epilog="Example: dlsuite ui --port 5000")(ui)


def runs(
    pipeline: Annotated[str | None, typer.Option(help="Only runs of this application.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only RUNNING, FINISHED, FAILED or KILLED runs.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
) -> None:
    """List tracked runs, newest first."""
    from dlsuite.tracking import Store
    from pipelines.cli.report import runs_page

    allowed = ("RUNNING", "FINISHED", "FAILED", "KILLED")
    if status is not None and status.upper() not in allowed:
        raise ValueError(f"`--status` must be one of {', '.join(allowed)}. Received: {status!r}.")
    store = Store.open()
    rows = store.runs(pipeline, status=status and status.upper(), limit=limit)
    if rows.empty:
        typer.echo(f"No runs in {store.location.uri}. Start one: dlsuite train digits_lenet5")
        return
    runs_page(rows)


def show(
    run: Annotated[str, typer.Argument(help="A run's id, its beginning, its name, or `latest`.")],
) -> None:
    """Show one run: status, scores, verdict and its artifacts."""
    from dlsuite.tracking import Store
    from pipelines.cli.report import run_page

    run_page(Store.open().find(run))


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="First port tried.")] = 5000,
) -> None:
    """Open the MLflow UI on the suite's store, on this machine's loopback address only."""
    from dlsuite.tracking import show_ui

    typer.echo("starting the MLflow UI …")
    show_ui(lambda url: typer.echo(f"{url}    (Ctrl-C ends it)"), port=port)
