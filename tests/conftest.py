"""What every test has: a store of its own, and no TensorFlow chatter."""

import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from dlsuite.data.ahead import untuned
from dlsuite.tracking import Store, location

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


def pytest_collection_finish() -> None:
    """Spares the collector what stays, packages and tests, and lets it look less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 25, 40)


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """An empty current folder, so that runs, caches and data sets are kept below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def untuned_datasets() -> Iterator[None]:
    """Datasets of Keras and of the tests hold nobody up either, see `dlsuite.data.ahead`."""
    import tensorflow as tf

    begin = tf.data.Dataset.__iter__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tf.data.Dataset, "__iter__", lambda data: begin(untuned(data)))
        yield


@pytest.fixture(scope="session", autouse=True)
def copied_databases(tmp_path_factory) -> Iterator[None]:
    """The first database of a session is created as the suite does it, the others are its copies.

    MLflow takes three seconds for each.
    """
    template, create = tmp_path_factory.mktemp("template") / "mlflow.db", location._create

    def copy(database, artifacts):
        if not template.exists():
            create(template, artifacts)
        shutil.copy(template, database)
        with closing(sqlite3.connect(database)) as opened, opened:
            opened.execute("UPDATE experiments SET artifact_location = ?", (f"{artifacts}/0",))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(location, "_create", copy)
        yield


@pytest.fixture
def store(tmp_path, monkeypatch) -> Store:
    """An empty store in `mlruns` of the current folder, which is the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Store.open()


@pytest.fixture(scope="module")
def module_store(tmp_path_factory) -> Iterator[Store]:
    """An empty store that the tests of one file share, by the environment."""
    path = tmp_path_factory.mktemp("store") / "mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}")
        yield Store.open()
