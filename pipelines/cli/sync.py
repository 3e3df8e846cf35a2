"""`dlsuite sync`: what runs could not deliver, because their store was away, goes there now."""

from __future__ import annotations

import typer

from pipelines.cli.output import Json, emit


def add_to(app: typer.Typer) -> None:
    """Put the command of this file under `app`."""
    app.command("sync", epilog="Example: dlsuite sync")(deliver)


def deliver(as_json: Json = False) -> None:
    """Deliver what runs kept while their store was away: scores, files, the model, their end.

    It may be stopped at any moment and begun again. What is for another store waits until
    MLFLOW_TRACKING_URI names that one. Exit code 1 where something still waits, or was refused
    for good just now.
    """
    from dlsuite.tracking import sync

    known = []
    for synced in sync():
        known.append(synced)
        if not as_json:
            typer.echo(synced.text())
    if as_json:
        emit(known)
    elif not known:
        typer.echo("Nothing waits to be delivered.")
    if any(synced.reason for synced in known):
        raise typer.Exit(1)
