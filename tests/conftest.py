"""What every test has: a store of its own, and no TensorFlow chatter."""

import os

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """An empty current folder, so that runs are kept in its own `mlruns`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path
