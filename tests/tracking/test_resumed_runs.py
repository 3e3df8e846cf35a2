"""A run is resumed under its own name, unless it has finished, still runs or belongs elsewhere."""

import pytest
from disturbance import interrupted

from dlsuite.tracking import StoreError
from dlsuite.tracking.processes import HEARTBEAT

LONG_AGO = "2020-01-01T00:00:00+00:00"


def test_a_resumed_run_is_the_same_run(store):
    with interrupted(store, "long") as run:
        run.parameters({"epochs": 3, "seed": 0})
        run.metrics({"loss": 1.0, "odd": float("nan")}, 0)
        run.metrics({"loss": 0.5}, 1)
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
    with interrupted(store, "longer") as run:
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


def test_a_finished_run_is_not_resumed(store):
    with store.start("any", "done") as run:
        run.metrics({"loss": 0.5}, 1)
    before = store.find("latest")
    with pytest.raises(StoreError, match=r"\(done, FINISHED\) has nothing left to do; start a n"):
        with store.start("any", "done", resume=run.run_id):
            pass
    after = store.find("latest")
    assert (after.status, after.tags, after.metrics) == ("FINISHED", before.tags, before.metrics)
    assert after.artifacts() == ["environment.json"]


def test_what_still_runs_or_belongs_elsewhere_is_not_resumed(store):
    with store.start("tabular", "wine") as run:
        with pytest.raises(StoreError, match=r"still runs: process \d+ on .*, heard of \d+ s ago"):
            with store.start("tabular", "wine", resume=run.run_id):
                pass
        run.tags({"host": "elsewhere"})
        with pytest.raises(StoreError, match=r"still runs: process \d+ on elsewhere"):
            with store.start("tabular", "wine", resume=run.run_id):
                pass
        run.tags({HEARTBEAT: LONG_AGO})  # its host has been silent for years
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
        with interrupted(store, "run", resume=resume) as run:
            run.metrics({"loss": 1.0}, 0)
            assert run.flush() == 0
    assert len(store.connection.client.get_metric_history(run.run_id, "loss")) == 1
