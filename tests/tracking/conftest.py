"""A store of its own for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlsuite.tracking import Store


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


@pytest.fixture(scope="module")
def module_store(empty_database, tmp_path_factory) -> Iterator[Store]:
    """An empty store that the tests of one file share, by the environment."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    shutil.copy(empty_database, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        yield Store.open()
