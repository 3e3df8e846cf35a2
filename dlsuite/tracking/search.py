"""Finding runs again: by pipeline, name, id or the beginning of an id."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from dlsuite.tracking.location import Connection, StoreError
from dlsuite.tracking.records import RunRecord, record_of
from dlsuite.tracking.values import HEADLINE

if TYPE_CHECKING:
    from pandas import DataFrame

PAGE = 1000  # runs that one search returns at most
PARENT = "mlflow.parentRunId"  # the tag under which MLflow keeps whose part a run is
WHOLE = f"tags.`{PARENT}` IS NULL"
COLUMNS = ("run_id", "name", "pipeline", "status", "started", "duration")


def search(
    connection: Connection, condition: str = "", pipeline: str | None = None, limit: int = PAGE
) -> list[RunRecord]:
    """This suite's runs, newest first; other runs in a shared store are left out.

    Args:
        connection: The store.
        condition: In MLflow's search language, such as `attributes.status = 'RUNNING'`.
        pipeline: Only its runs. None: those of all.
        limit: How many at most.
    """
    client = connection.client
    names = {each.experiment_id: each.name for each in client.search_experiments()}
    chosen = [each for each, name in names.items() if pipeline in (None, name)]
    if not chosen:
        return []
    found = client.search_runs(
        chosen,
        " and ".join([*filter(None, [condition]), "tags.dlsuite != ''"]),
        max_results=limit,
        order_by=["attributes.start_time DESC"],
    )
    return [record_of(connection, run, names[run.info.experiment_id]) for run in found]


def find(connection: Connection, run: str, keeps: str | None = None) -> RunRecord:
    """One run; see `Store.find`."""
    if run == "latest":
        found = _newest(connection, WHOLE, keeps)
    else:
        quoted = run.replace("'", "")  # MLflow's search language cannot write one
        found = _newest(connection, f"attributes.run_name = '{quoted}'", keeps)
        if not found and re.fullmatch(r"[0-9a-f]{1,32}", run):
            found = search(connection, f"attributes.run_id LIKE '{run}%'")
    if len(found) > 1:
        raise StoreError(f"{len(found)} runs begin with `{run}`: {_listed(found)}.")
    if not found:
        raise StoreError(_nothing_found(connection, run))
    return found[0]


def table(records: Sequence[RunRecord]) -> DataFrame:
    """A row per run; see `Store.runs`."""
    import pandas as pd

    rows = [
        {column: getattr(record, column) for column in COLUMNS}
        | {f"metrics.{metric}": value for metric, value in record.metrics.items()}
        | {f"params.{param}": text for param, text in record.params.items()}
        | {HEADLINE: record.tags.get(HEADLINE)}
        for record in records
    ]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=[*COLUMNS, HEADLINE])


def _newest(connection: Connection, condition: str, keeps: str | None) -> list[RunRecord]:
    """The newest run, or none; of those that finished and keep a file where there is one."""
    if keeps is not None:
        finished = search(connection, f"{condition} and attributes.status = 'FINISHED'")
        found = next((each for each in finished if each.keeps(keeps)), None)
        if found is not None:
            return [found]
    return search(connection, condition, limit=1)


def _nothing_found(connection: Connection, run: str) -> str:
    newest = search(connection, WHOLE, limit=200)
    known = {key: record for record in reversed(newest) for key in (record.name, record.run_id)}
    nearest = [known[key] for key in get_close_matches(run, known, n=3)] or newest[:3]
    advice = f"Nearest: {_listed(nearest)}" if nearest else "It is empty"
    return f"No run `{run}` in {connection.location.uri}. {advice}."


def _listed(records: Sequence[RunRecord]) -> str:
    texts = [f"{each.run_id[:8]} ({each.name}, {each.status})" for each in records[:5]]
    return ", ".join(texts + ["…"] * (len(records) > 5))
