"""What a store does not take waits in files, and arrives later as if it had been taken at once."""

import shutil
import threading
from contextlib import ExitStack
from copy import copy

import numpy as np
import pytest
from disturbance import execute, interrupted, out_of_order

from dlsuite.tracking import Dataset, StoreError, door, sync
from dlsuite.tracking.calls import End, Metrics
from dlsuite.tracking.delivery import Row
from dlsuite.tracking.outbox import Outbox
from pipelines.cli import main


@pytest.fixture
def export(tmp_path):
    """A folder that passes for a SavedModel as long as nobody loads it."""
    folder = tmp_path / "export" / "1"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.index").write_bytes(b"weights")
    return folder


def give_everything(run, export) -> None:
    """One of each that a run can keep."""
    run.parameters({"rate": 0.1, "layers": [8, 8]})
    run.tags({"verdict": "good", "größe": 3})
    run.text("notes/one.txt", "sent")
    run.folder(export, "copy")
    run.datasets([Dataset("wine", "train", "c" * 64, 106, {"type": "wine"})])
    for step in range(3):
        run.metrics({"loss": 1 / (step + 1), "nan": float("nan")}, step)
    run.metrics({"test.accuracy": 0.75})
    run.describe("**good**")
    run.log_model(
        export,
        inputs={"text": ("string", (None,)), "file": ("float32", (None, 2))},
        outputs={"mean": ("float32", (None,))},
        example={
            "text": np.array([b"a", b"b"], object),
            "file": np.array([[0.1, 2], [3, 4]], "float32"),
        },
    )


def shape(store, run_id: str) -> dict:
    """All that a run keeps, without what differs from run to run."""
    record = store.find(run_id)
    client = store.connection.client
    (model,) = client.search_logged_models(["1"], f"source_run_id = '{run_id}'")
    saved = record.saved_model()
    inputs = client.get_run(run_id).inputs.dataset_inputs
    outputs = client.get_run(run_id).outputs.model_outputs
    own = ("model_id", "mlflow.dlsuite", "mlflow.runName")
    points = client.get_metric_history(run_id, "loss")
    return {
        "status": record.status,
        "params": record.params,
        "metrics": {n: repr(v) for n, v in record.metrics.items()},
        "points": [(point.step, point.value) for point in points],
        "tags": {n: v for n, v in record.tags.items() if not n.startswith(own)},
        "artifacts": {
            name: record.artifact(name).read_bytes()
            for name in record.artifacts()
            if name != "environment.json"
        },
        "data": [each.dataset.digest for each in inputs],
        "model": (str(model.status), model.params, {m.key: m.value for m in model.metrics}),
        "files": sorted(
            (str(path.relative_to(saved)), path.read_bytes())
            for path in saved.rglob("*")
            if path.is_file()
        ),
        "example": sorted(saved.parent.glob("*example*"))[0].read_bytes(),
        "outputs": [each.model_id == model.model_id for each in outputs],
    }


def test_a_run_that_was_delivered_late_is_as_one_that_was_not(store, export, caplog, capsys):
    with store.start("any", "run") as run:
        give_everything(run, export)
    at_once = shape(store, run.run_id)
    assert at_once["status"] == "FINISHED"
    assert not (store.location.folder / "outbox").exists()

    with store.start("any", "run") as run:
        execute(store, "ALTER TABLE runs RENAME TO runs_away")
        give_everything(run, export)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2  # not one for each call
    assert "does not take what it is given (no such table: runs)" in said[0]
    kept = "7 numbers, 2 parameters, 3 tags, 1 data set, 3 files, its model, its end"
    words = "its store did not take "
    assert words in said[1]
    assert sorted(said[1].split(words)[1].split(". All")[0].split(", ")) == sorted(kept.split(", "))
    assert said[1].endswith("when the store takes it again: dlsuite sync")

    with pytest.raises(SystemExit) as left:
        main(["sync"])
    assert left.value.code == 1
    assert "delivered nothing" in capsys.readouterr().out
    execute(store, "ALTER TABLE runs_away RENAME TO runs")
    # What a process leaves that was killed while it kept a call, or removed one.
    folder = store.location.folder / "outbox" / run.run_id
    (folder / "000099.draft").mkdir()
    (folder / "000001.gone").mkdir()
    (synced,) = sync()
    assert (synced.run_id, synced.left, synced.reason) == (run.run_id, {}, "")
    assert synced.delivered["model"] == synced.delivered["end"] == 1
    assert not (store.location.folder / "outbox").exists()
    assert shape(store, run.run_id) == at_once
    with pytest.raises(SystemExit) as left:
        main(["sync"])
    assert left.value.code == 0
    assert capsys.readouterr().out == "Nothing waits to be delivered.\n"


def test_delivering_twice_changes_nothing(store, export, tmp_path):
    with store.start("any", "run") as run:
        execute(store, "ALTER TABLE runs RENAME TO runs_away")
        give_everything(run, export)
    execute(store, "ALTER TABLE runs_away RENAME TO runs")
    folder = store.location.folder / "outbox"
    shutil.copytree(folder, tmp_path / "copy")
    assert all(not synced.left for synced in sync())
    once = shape(store, run.run_id)
    # As after a process that was killed between the store's answer and the call's removal.
    shutil.copytree(tmp_path / "copy", folder)
    assert all(not synced.left for synced in sync())
    assert shape(store, run.run_id) == once


def test_what_waits_while_a_run_goes_on_is_its_own(store):
    with store.start("any", "run") as run:
        with out_of_order(store, "runs"):
            run.tags({"colour": "red"})
            (synced,) = sync()
            assert synced.left == {"tags": 1}
            assert synced.reason.startswith("its run still goes on")
        run.tags({"colour": "blue"})  # behind the other, or red would be the last
        run._door.beat()
        assert store.find("latest").tags["colour"] == "blue"
    assert not (store.location.folder / "outbox").exists()


def test_a_number_that_mlflow_refuses_for_good_holds_no_other_up(store, caplog):
    with store.start("any", "run") as run:
        run._door.put([Row("x" * 300 if n == 3 else "loss", 1.0, 0, n) for n in range(5)])
    record = store.find("latest")
    assert [step for step, _ in record.history("loss")] == [0, 1, 2, 4]
    assert "refused for good 1 number" in caplog.text
    assert "dlsuite sync" not in caplog.text
    (synced,) = sync()
    assert synced.refused == {"numbers": 1}


def test_what_an_earlier_process_kept_neither_ends_nor_doubles_a_run_that_goes_on(store):
    with interrupted(store, "run") as run:
        run.metrics({"loss": 0.5}, 1)
    outbox = Outbox(store.location, run.run_id, "run")
    with interrupted(store, "run", resume=run.run_id):
        pass
    with store.start("any", "run", resume=run.run_id) as again:
        rows = [Row("loss", 0.5, 7, 1), Row("loss", 0.25, 7, 2)]
        for call in (Metrics(rows), End("KILLED", 1, {"killed_by": "SIGTERM"}, 1)):
            outbox.keep(call)
        outbox.deliver(store.connection.client)
        assert outbox.entries() == []
        outbox.close()
        record = store.find("latest")
        assert (record.status, record.tags.get("killed_by")) == ("RUNNING", None)
        again.metrics({"loss": 0.25}, 2)
    points = store.connection.client.get_metric_history(run.run_id, "loss")
    assert sorted((point.step, point.value) for point in points) == [(1, 0.5), (2, 0.25)]


def test_a_signal_is_answered_soon_though_the_server_swallows_every_word(store, monkeypatch):
    monkeypatch.setattr(door, "HASTE", 0.1)
    with ExitStack() as until:
        with interrupted(store, "run") as run:
            run.flush()
            released = threading.Event()
            until.callback(released.set)
            client = copy(store.connection.client)
            client.set_terminated = lambda *given: released.wait(60)
            run._door._client = client
        (synced,) = sync()
        assert synced.left == {"end": 1}
        assert synced.reason.startswith("its run still goes on")  # or its last call does
    run._door._last.join(60)
    assert not (store.location.folder / "outbox").exists()


def test_a_store_that_is_gone_is_not_made_anew_for_what_waits(store):
    with store.start("any", "run") as run:
        shutil.rmtree(store.location.folder)
        run.tags({"colour": "red"})
        run.text("note.txt", "kept")
    (synced,) = sync()
    assert synced.left == {"tags": 1, "files": 1, "end": 1}
    assert synced.reason == f"its store {store.location.uri} is gone"
    assert not store.location.exists


def tag_without_store(store, damage: ExitStack) -> None:
    with store.start("any", "run") as run:
        damage.enter_context(out_of_order(store, "tags"))
        run.tags({"colour": "red"})


def test_a_run_that_can_be_kept_nowhere_ends_with_an_error_that_says_so(store, caplog):
    folder = store.location.folder / "outbox"
    folder.write_text("in the way")
    words = r"nor can it be written to .*outbox.*: .*go on from the last checkpoint: dlsuite train"
    with ExitStack() as damage, pytest.raises(StoreError, match=words):
        tag_without_store(store, damage)
    assert len(caplog.records) == 2  # the store refuses; the end cannot be written
    record = store.find("latest")
    assert record.status == "FAILED"
    assert "cannot be kept" in record.tags["error"]
