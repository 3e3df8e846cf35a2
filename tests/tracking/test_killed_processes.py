"""Processes that start together, are terminated, are killed: the store tells the truth of each."""

import signal
import subprocess

import pytest
from disturbance import start_python

from dlsuite.tracking import Store

TOGETHER = """
import sys
from dlsuite.tracking import Store
with Store.open().start("tabular", f"run {sys.argv[1]}") as run:
    run.parameters({"number": sys.argv[1]})
    for epoch in range(20):
        run.metrics({"loss": 1 / (epoch + 1)}, epoch)
    run.text("done.txt", "yes")
"""

WAITING = """
import time
from dlsuite.tracking import Store
with Store.open().start("tabular", "victim") as run:
    run.metrics({"loss": 0.5}, 0)
    run.flush()
    print(run.run_id, flush=True)
    run.metrics({"loss": 0.25}, 1)
    time.sleep(600)
"""


@pytest.mark.slow
def test_three_runs_started_at_once_in_an_empty_folder_all_finish(tmp_path):
    children = [start_python(TOGETHER, tmp_path, str(number)) for number in range(3)]
    outputs = [child.communicate(timeout=120) for child in children]
    assert outputs == [("", "")] * 3  # nothing to say, MLflow neither
    store = Store.open(f"sqlite:///{tmp_path}/mlruns/mlflow.db")
    table = store.runs()
    assert sorted(table["name"]) == ["run 0", "run 1", "run 2"]
    assert table["status"].tolist() == ["FINISHED"] * 3
    for name in table["name"]:
        record = store.find(name)
        assert record.history("loss") == [(epoch, 1 / (epoch + 1)) for epoch in range(20)]
        assert record.artifact("done.txt").read_text() == "yes"
    assert sorted(path.name for path in (tmp_path / "mlruns").iterdir()) == [
        ".mlflow.lock",
        "artifacts",
        "mlflow.db",
    ]


def first_line(child: subprocess.Popen) -> str:
    assert child.stdout
    return child.stdout.readline().strip()


def test_sigterm_and_sigkill_leave_a_truthful_status(store, tmp_path):
    children = [start_python(WAITING, tmp_path) for _ in range(2)]
    terminated, killed = (first_line(child) for child in children)
    assert store.find(terminated).status == store.find(killed).status == "RUNNING"
    children[0].send_signal(signal.SIGTERM)
    children[1].send_signal(signal.SIGKILL)
    codes = [(child.communicate(timeout=60)[1], child.returncode) for child in children]
    assert codes == [("", 143), ("", -signal.SIGKILL)]

    record = store.find(terminated)
    assert (record.status, record.tags["killed_by"]) == ("KILLED", "SIGTERM")
    assert record.history("loss") == [(0, 0.5), (1, 0.25)]  # what waited was sent

    record = store.find(killed)
    assert record.status == "KILLED"
    assert "is gone, last heard of " in record.tags["killed_by"]
    assert record.history("loss")[0] == (0, 0.5)
    assert not (store.location.folder / "outbox").exists()
