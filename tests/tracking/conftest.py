"""A store of its own for each test, and processes that really start, die and are killed."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dlsuite.tracking import Store

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """A database as the suite creates it; a copy of it saves each test three seconds.

    Around it lies what a process leaves that was killed while it created a store.
    """
    path = tmp_path_factory.mktemp("template") / "mlflow.db"
    path.touch()
    path.with_name("mlflow.db.draft").write_bytes(b"half a database")
    Store.open(f"sqlite:///{path}")
    return path


@pytest.fixture
def store(empty_database, tmp_path, monkeypatch) -> Store:
    """An empty store in `mlruns` of the current folder, which is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlruns").mkdir()
    shutil.copy(empty_database, tmp_path / "mlruns" / "mlflow.db")
    return Store.open()


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
def out_of_order(store: Store, table: str) -> Iterator[None]:
    """Makes every statement on a table of the store's database fail at once."""
    with sqlite3.connect(store.location.database) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    connection.close()
    try:
        yield
    finally:
        with sqlite3.connect(store.location.database) as connection:
            connection.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
        connection.close()
