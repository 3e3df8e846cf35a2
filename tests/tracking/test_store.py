"""Runs are started, closed truthfully and found again."""

import os
import signal
import subprocess

import pytest
from disturbance import execute

from dlsuite.tracking import StoreError, Terminated
from dlsuite.tracking.processes import PID


def test_a_run_left_normally_is_finished(store):
    with store.start("tabular", "wine") as run:
        assert store.find(run.run_id).status == "RUNNING"
        assert store.close_dead() == []  # this process lives
    record = store.find(run.run_id)
    assert (record.status, record.name, record.pipeline) == ("FINISHED", "wine", "tabular")
    assert 0 <= record.duration < 30
    assert record.started.utcoffset().total_seconds() == 0


def test_an_exception_makes_it_failed_with_the_traceback(store):
    with pytest.raises(ValueError, match="no such thing"), store.start("tabular", "wine"):
        raise ValueError("no such thing")
    record = store.find("latest")
    assert record.status == "FAILED"
    assert record.tags["error"] == "ValueError: no such thing"
    assert 'raise ValueError("no such thing")' in record.artifact("error.txt").read_text()


@pytest.fixture
def hearing():
    """Ctrl-C is heard: a process that was started in the background is born deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    ("number", "problem", "killer"),
    [(signal.SIGTERM, Terminated, "SIGTERM"), (signal.SIGINT, KeyboardInterrupt, "Ctrl-C")],
)
def test_a_signal_makes_it_killed(store, number, problem, killer, hearing):
    with pytest.raises(problem), store.start("tabular", "wine"):
        os.kill(os.getpid(), number)
    record = store.find("latest")
    assert (record.status, record.tags["killed_by"]) == ("KILLED", killer)
    assert "error.txt" not in record.artifacts()


def test_runs_are_listed_newest_first_and_by_pipeline(store):
    assert store.runs().empty
    assert list(store.runs().columns) == [
        "run_id",
        "name",
        "pipeline",
        "status",
        "started",
        "duration",
        "headline",
    ]
    assert store.runs("forecasting").empty
    for pipeline, name in [("tabular", "wine"), ("images", "digits"), ("tabular", "diabetes")]:
        with store.start(pipeline, name) as run:
            run.parameters({"model": name})
            run.metrics({"dev.loss": len(name)})
    table = store.runs()
    assert table["name"].tolist() == ["diabetes", "digits", "wine"]
    assert table["metrics.dev.loss"].tolist() == [8.0, 6.0, 4.0]
    assert table["params.model"].tolist() == ["diabetes", "digits", "wine"]
    assert store.runs("tabular")["name"].tolist() == ["diabetes", "wine"]
    assert store.runs(limit=1)["name"].tolist() == ["diabetes"]
    assert store.runs("images", status="FINISHED")["name"].tolist() == ["digits"]
    assert store.runs(status="FAILED").empty


def test_a_run_of_another_program_in_the_same_store_is_not_ours(store):
    client = store.connection.client
    client.create_run("0", run_name="foreign")
    assert store.runs().empty
    assert store.close_dead() == []


def test_runs_are_found_by_word_name_id_and_beginning(store):
    ids = []
    for name in ["digits", "wine", "digits"]:
        with store.start("any", name) as run:
            ids.append(run.run_id)
    assert store.find("latest").run_id == ids[2]
    assert store.find("digits").run_id == ids[2]  # the newest of that name
    assert store.find("wine").run_id == ids[1]
    assert store.find(ids[0]).run_id == ids[0]
    assert store.find(ids[0][:20]).run_id == ids[0]


def test_what_is_not_found_names_the_nearest(store):
    with pytest.raises(StoreError, match=r"No run `latest` in sqlite.*mlflow.db. It is empty\."):
        store.find("latest")
    with store.start("images", "digits_lenet5"):
        pass
    with pytest.raises(StoreError, match=r"No run `digit_lenet`.*Nearest: [0-9a-f]{8} \(digits_le"):
        store.find("digit_lenet")
    with pytest.raises(StoreError, match=r"No run `it's`.*Nearest: .*digits_lenet5, FINISHED"):
        store.find("it's")


def test_a_beginning_of_several_ids_lists_them(store):
    ids = []
    for _ in range(7):
        with store.start("any", "run") as run:
            ids.append(run.run_id)
    for place, old in enumerate(ids):
        new = f"abc{place}{old[4:]}"
        for table in ("runs", "tags"):
            execute(store, f"UPDATE {table} SET run_uuid = '{new}' WHERE run_uuid = '{old}'")
    with pytest.raises(StoreError, match=r"7 runs begin with `abc`: abc6.* \(run, FINISHED\), .*…"):
        store.find("abc")
    assert store.find("abc3").run_id.startswith("abc3")


def test_a_run_of_a_process_that_is_gone_is_closed_at_the_next_look(store):
    with store.start("any", "gone") as run:
        run.tags({PID: "999999999"})
        (closed,) = store.close_dead()
        assert closed == run.run_id
        record = store.find(run.run_id)
        assert record.status == "KILLED"
        assert record.tags["killed_by"].startswith("process 999999999 on ")
        assert 0 <= record.duration < 30


def test_a_run_names_the_commit_it_came_from(store, tmp_path):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)
    with store.start("any", "run"):
        pass
    tags = store.find("latest").tags
    assert len(tags["git_commit"]) == 40
    assert tags["mlflow.source.git.commit"] == tags["git_commit"]


def test_a_pipelines_name_that_mlflow_refuses_starts_no_run(store):
    with pytest.raises(Exception, match="exceeds the maximum length"):
        with store.start("x" * 501, "run"):
            pass
    assert store.runs().empty


def test_an_experiment_that_was_thrown_away_is_taken_back(store):
    with store.start("tabular", "first"):
        pass
    client = store.connection.client
    client.delete_experiment(client.get_experiment_by_name("tabular").experiment_id)
    with store.start("tabular", "second"):
        pass
    assert store.find("second").status == "FINISHED"


def test_an_artifact_that_is_not_there_lists_what_is(store):
    with store.start("any", "run") as run:
        run.text("figures/curves.txt", "")
        run.text("notes.md", "")
    record = store.find("latest")
    with pytest.raises(StoreError, match=r"keeps no `note.md`. There are: notes.md\."):
        record.artifact("note.md")
    with pytest.raises(StoreError, match=r"keeps no `q`. There are: environment.json, figures/"):
        record.artifact("q")
    with pytest.raises(StoreError, match=r"\(run, FINISHED\) stored no model"):
        record.saved_model()
