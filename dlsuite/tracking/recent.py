"""Names of the newest runs for a shell that completes words: read at once, without MLflow."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import NamedTuple

from dlsuite.tracking.location import StoreError, locate

NEWEST = """
SELECT run_uuid, name, status FROM runs
WHERE lifecycle_stage = 'active'
  AND run_uuid IN (SELECT run_uuid FROM tags WHERE key = 'dlsuite')
  AND run_uuid NOT IN (SELECT run_uuid FROM tags WHERE key = 'mlflow.parentRunId')
ORDER BY start_time DESC LIMIT ?
"""
PATIENCE = 0.2  # seconds that a database in use is waited for


class Recent(NamedTuple):
    """A run as a word of the command line."""

    run_id: str
    name: str
    status: str


def recent(limit: int = 50) -> list[Recent]:
    """The newest runs of the store in use, newest first.

    None where there is no SQLite store, or it cannot be read at once: this is for hints alone.
    """
    try:
        database = locate().database
        if database is None or not database.is_file():
            return []
        with closing(
            sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)
        ) as db:
            return [Recent(*row) for row in db.execute(NEWEST, (limit,))]
    except (StoreError, sqlite3.Error):
        return []
