"""A real tracking server that is killed while a run goes on, and comes back sooner or later."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from disturbance import REPOSITORY

from benchmarks.reliability.places import Server
from dlsuite.tracking import Store, StoreError, sync

pytestmark = pytest.mark.slow

SYNC = "from pipelines.cli import main; main(['sync'])"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Each test finds it running."""
    server = Server(tmp_path_factory.mktemp("server"), 5700)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def remote(server, tmp_path, monkeypatch) -> Store:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.url)
    return Store.open()


def steps(run, begin: int, end: int) -> None:
    """What a training hands over."""
    for step in range(begin, end):
        run.metrics({"loss": 1 / step}, step)


def the_whole_history(store, run) -> bool:
    points = store.connection.client.get_metric_history(run.run_id, "loss")
    return [(each.step, each.value) for each in points] == [(n, 1 / n) for n in range(1, 41)]


def test_a_server_that_comes_back_before_the_end_has_all_of_it(server, remote, caplog):
    with remote.start("any", "run") as run:
        steps(run, 1, 11)
        server.kill()
        steps(run, 11, 31)
        run.text("note.txt", "kept")
        assert Path("mlruns/outbox").exists()
        server.start()
        steps(run, 31, 41)
        until = time.monotonic() + 120  # it is heard of while the run goes on, not at its end
        while time.monotonic() < until and "note.txt" not in remote.find(run.run_id).artifacts():
            time.sleep(0.5)
        assert remote.find(run.run_id).status == "RUNNING"
        assert remote.find(run.run_id).artifact("note.txt").read_text() == "kept"
    assert len(caplog.records) == 1
    assert "the server does not answer" in caplog.text
    assert remote.find("latest").status == "FINISHED"
    assert the_whole_history(remote, run)
    assert not Path("mlruns/outbox").exists()


def test_what_a_server_missed_is_delivered_by_a_sync_that_may_be_killed(server, remote, caplog):
    with remote.start("any", "run") as run:
        steps(run, 1, 21)
        server.kill()
        steps(run, 21, 41)
        for number in range(30):
            run.text(f"notes/{number:02d}.txt", str(number))
        run.tags({"verdict": "good"})
    assert len(caplog.records) == 2
    assert "dlsuite sync" in caplog.records[1].getMessage()
    (synced,) = sync()
    assert synced.delivered == {}
    assert "does not answer" in synced.reason
    with pytest.raises(StoreError, match=r"does not answer\. Start it, or name another store"):
        Store.open()
    server.start()
    kept = Path("mlruns/outbox") / run.run_id
    waiting = len(list(kept.glob("0*")))
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    child = subprocess.Popen([sys.executable, "-c", SYNC], env=environment)
    while child.poll() is None and len(list(kept.glob("0*"))) > waiting // 2:
        time.sleep(0.001)
    child.kill()
    child.wait()
    assert 0 < len(list(kept.glob("0*"))) <= waiting // 2
    (synced,) = sync()
    assert synced.left == {}
    record = remote.find("latest")
    assert (record.status, record.tags["verdict"]) == ("FINISHED", "good")
    assert [record.artifact(f"notes/{n:02d}.txt").read_text() for n in range(30)] == [
        str(number) for number in range(30)
    ]
    assert the_whole_history(remote, run)
    assert list(sync()) == []
