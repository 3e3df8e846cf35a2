"""`dlsuite runs`, `show` and `ui`: looking at what was tracked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.completion import applications_like, runs_like
from pipelines.cli.output import Json, emit

if TYPE_CHECKING:
    import pandas as pd

STATUSES = ("RUNNING", "FINISHED", "FAILED", "KILLED")

Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's id, its beginning, its name, or `latest`.",
        autocompletion=runs_like,
    ),
]


def statuses_like(incomplete: str) -> list[str]:
    """What `--status` may say."""
    return [status for status in STATUSES if status.startswith(incomplete.upper())]


def add_to(app: typer.Typer) -> None:
    """Put the commands of this file under `app`."""
    app.command(epilog="Example: dlsuite runs --limit 5")(runs)
    app.command(epilog="Example: dlsuite show latest")(show)
    app.command(epilog="Example: dlsuite ui --port 5000")(ui)


def runs(
    pipeline: Annotated[
        str | None,
        typer.Option(help="Only runs of this application.", autocompletion=applications_like),
    ] = None,
    status: Annotated[
        str | None,
        typer.Option(
            help="Only RUNNING, FINISHED, FAILED or KILLED runs.", autocompletion=statuses_like
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC", help="Best first by this metric, such as test.accuracy, not by time."
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List tracked runs, newest first."""
    from dlsuite.tracking import Store

    if status is not None and status.upper() not in STATUSES:
        allowed = ", ".join(STATUSES)
        raise ValueError(f"`--status` must be one of {allowed}. Received: {status!r}.")
    store = Store.open()
    # What is best may be old.
    most = limit if sort is None else 1000
    rows = store.runs(pipeline, status=status and status.upper(), limit=most)
    if sort is not None and not rows.empty:
        rows = _best_first(rows, sort).head(limit)
    if as_json:
        from pipelines.cli.documents import runs_document

        return emit(runs_document(rows))
    if rows.empty:
        return typer.echo(
            f"No such runs in {store.location.uri}. Start one: dlsuite train digits_lenet5"
        )
    from pipelines.cli.run_report import runs_page

    return runs_page(rows, sort)


def _best_first(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The runs that have the metric, best first."""
    from dlsuite.metrics import higher_is_better
    from dlsuite.tracking import EPOCH

    column = f"metrics.{metric}"
    if column not in rows:
        start = "metrics."
        known = [name.removeprefix(start) for name in map(str, rows) if name.startswith(start)]
        scores = sorted(name for name in known if not name.startswith(EPOCH))
        raise ValueError(f"`--sort` must be one of {', '.join(scores)}. Received: {metric!r}.")
    return rows.dropna(subset=[column]).sort_values(column, ascending=not higher_is_better(metric))


def show(run: Run, as_json: Json = False) -> None:
    """Show one run: status, scores, verdict and its artifacts."""
    from dlsuite.tracking import Store

    record = Store.open().find(run)
    if as_json:
        from pipelines.cli.documents import run_document

        return emit(run_document(record))
    from pipelines.cli.run_report import run_page

    return run_page(record)


def ui(
    port: Annotated[int, typer.Option(min=1, max=65535, help="First port tried.")] = 5000,
) -> None:
    """Open the MLflow UI on the suite's store, on this machine's loopback address only."""
    from dlsuite.tracking import show_ui

    show_ui(lambda ui: typer.echo(f"{ui.newest or ui.url}    (Ctrl-C ends it)"), port=port)
