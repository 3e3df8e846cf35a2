"""`dlsuite doctor`: what this machine offers and what the suite would do with it."""

from __future__ import annotations

import typer

from pipelines.cli.output import Json, emit


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite doctor")(doctor)


def doctor(as_json: Json = False) -> None:
    """Show devices, versions, thread pools, what precision and XLA would do, and the store."""
    from pipelines.cli.waiting import loading

    with loading("asking TensorFlow"):
        from dlsuite.tracking import Store
        from dlsuite.training import runtime

        facts = runtime.doctor()
    facts["store"] = Store.describe()
    if as_json:
        return emit(facts)
    from rich.table import Table

    from pipelines.cli.screen import screen

    table = Table(box=None, show_header=False)
    for name, value in facts.items():
        table.add_row(f"[bold]{name}", str(value))
    return screen().print(table)
