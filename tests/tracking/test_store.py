"""Runs are started, closed truthfully, resumed and found again."""

import os
import signal
import subprocess

import pytest
from disturbance import execute

from dlsuite.tracking import StoreError, Terminated

LONG_AGO = "2020-01-01T00:00:00+00:00"


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


@pytest.mark.parametrize(
    ("number", "problem", "killer"),
    [(signal.SIGTERM, Terminated, "SIGTERM"), (signal.SIGINT, KeyboardInterrupt, "Ctrl-C")],
)
def test_a_signal_makes_it_killed(store, number, problem, killer):
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
        run.tags({"pid": "999999999"})
        (closed,) = store.close_dead()
        assert closed == run.run_id
        record = store.find(run.run_id)
        assert record.status == "KILLED"
        assert record.tags["killed_by"].startswith("process 999999999 on ")
        assert 0 <= record.duration < 30


def test_a_resumed_run_is_the_same_run(store):
    def interrupted():
        with store.start("any", "long") as run:
            run.parameters({"epochs": 3, "seed": 0})
            run.metrics({"loss": 1.0, "odd": float("nan")}, 0)
            run.metrics({"loss": 0.5}, 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    run = store.find("latest")
    with store.start("any", "ignored", resume=run.run_id) as again:
        assert (again.run_id, again.name, again.resumed) == (run.run_id, "long", 1)
        record = store.find("latest")
        assert record.status == "RUNNING"
        assert "killed_by" not in record.tags
        assert 0 <= record.duration < 30
        again.parameters({"epochs": 5, "seed": 0, "new": True})
        again.metrics({"loss": 1.0, "odd": float("nan")}, 0)  # the whole history is handed over
        again.metrics({"loss": 0.5}, 1)
        again.metrics({"loss": 0.25}, 2)
    record = store.find("latest")
    assert record.status == "FINISHED"
    assert record.tags["resumed"] == "1"
    assert record.params == {"epochs": "3", "seed": "0", "new": "true"}
    assert record.tags["changed.epochs"] == "5"
    points = store.connection.client.get_metric_history(run.run_id, "loss")
    assert [(point.step, point.value) for point in points] == [(0, 1.0), (1, 0.5), (2, 0.25)]
    assert len(store.connection.client.get_metric_history(run.run_id, "odd")) == 1
    assert record.artifacts() == ["environment.1.json", "environment.json"]
    assert len(store.runs()) == 1


def test_a_score_that_changed_after_a_resume_replaces_the_old_one(store):
    with store.start("any", "longer") as run:
        run.metrics({"test.accuracy": 0.5})
    with store.start("any", "longer", resume="latest") as run:
        run.metrics({"test.accuracy": 0.75})
    record = store.find("latest")
    assert record.metrics["test.accuracy"] == 0.75
    assert record.history("test.accuracy") == [(0, 0.75)]


def test_a_failure_is_no_longer_stated_once_the_run_was_finished(store):
    with pytest.raises(ValueError, match="once"), store.start("any", "run"):
        raise ValueError("once")
    with store.start("any", "run", resume="latest"):
        pass
    record = store.find("latest")
    assert record.status == "FINISHED"
    assert "error" not in record.tags


def test_what_still_runs_or_belongs_elsewhere_is_not_resumed(store):
    with store.start("tabular", "wine") as run:
        with pytest.raises(StoreError, match=r"still runs: process \d+ on .*, heard of \d+ s ago"):
            with store.start("tabular", "wine", resume=run.run_id):
                pass
        run.tags({"host": "elsewhere"})
        with pytest.raises(StoreError, match=r"still runs: process \d+ on elsewhere"):
            with store.start("tabular", "wine", resume=run.run_id):
                pass
        run.tags({"heartbeat": LONG_AGO})  # its host has been silent for years
        with store.start("tabular", "wine", resume=run.run_id):
            pass
    with pytest.raises(StoreError, match=r"\(wine, .*\) is a run of tabular. Received: images"):
        with store.start("images", "wine", resume="latest"):
            pass
    with pytest.raises(StoreError, match="No run `nothing`"):
        with store.start("images", "wine", resume="nothing"):
            pass


def test_a_history_that_the_run_has_already_adds_nothing(store):
    for resume in (None, "latest"):
        with store.start("any", "run", resume=resume) as run:
            run.metrics({"loss": 1.0}, 0)
            assert run.flush() == 0
    assert len(store.connection.client.get_metric_history(run.run_id, "loss")) == 1


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
