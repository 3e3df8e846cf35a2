"""What every test has: a store of its own, and no TensorFlow chatter."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """An empty current folder, so that runs, caches and data sets are kept below it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path
