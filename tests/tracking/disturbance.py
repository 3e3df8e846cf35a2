"""What disturbs a store: processes that really start, die and are killed, and broken tables."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from dlsuite.tracking import Store, TrackedRun

REPOSITORY = Path(__file__).parents[2]


def start_python(code: str, folder: Path, *arguments: str) -> subprocess.Popen:
    """Starts Python on `code` in `folder`, with the suite importable and both outputs piped."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@contextmanager
def interrupted(store: Store, name: str, **opening: Any) -> Iterator[TrackedRun]:
    """A run of the pipeline `any` that Ctrl-C ends after its `with` block."""
    with suppress(KeyboardInterrupt), store.start("any", name, **opening) as run:
        yield run
        raise KeyboardInterrupt


@contextmanager
def out_of_order(store: Store, table: str) -> Iterator[None]:
    """Makes every statement on a table of the store's database fail at once."""
    execute(store, f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        execute(store, f"ALTER TABLE {table}_away RENAME TO {table}")


def execute(store: Store, *statements: str) -> None:
    """Changes the store's database behind MLflow's back."""
    assert store.location.database
    with closing(sqlite3.connect(store.location.database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
