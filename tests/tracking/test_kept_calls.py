"""Calls in an outbox: who makes them, of which files, and what becomes of those that are wrong."""

import json

import pytest
from filelock import FileLock

from dlsuite.tracking import sync
from dlsuite.tracking.calls import File, Tags
from dlsuite.tracking.outbox import Outbox


def test_a_call_that_is_wrong_holds_nobody_up_and_is_not_thrown_away(store):
    with store.start("any", "run") as run:
        pass
    outbox = Outbox(store.location, run.run_id, "run")
    for name in ("good", "x" * 1000, "torn", "better"):
        outbox.keep(Tags({name: "1"}))
    (outbox.folder / "000003" / "call.json").write_text("{")
    outbox.close()
    (synced,) = sync()
    assert synced.delivered == {"tags": 2}
    assert synced.refused == {"tags": 1, "damaged calls": 1}
    assert synced.left == {}
    assert "refused for good" in synced.reason
    assert "exceeds the maximum length" in synced.reason
    assert {"good", "better"} <= set(store.find("latest").tags)
    (again,) = sync()  # it is told where that lies, and is no error a second time
    assert again.reason == ""
    assert f"to drop it: rm -r {outbox.folder}/*.refused" in again.text()


def test_a_call_that_names_a_file_elsewhere_is_put_aside_and_nothing_of_it_sent(store, tmp_path):
    with store.start("any", "run") as run:
        pass
    (tmp_path / "secret.txt").write_text("secret")
    outbox = Outbox(store.location, run.run_id, "run")
    for _ in range(3):
        outbox.keep(File("note.txt", tmp_path / "secret.txt"))
    absolute, above, link = outbox.entries()
    for place, path in ((absolute, str(tmp_path / "secret.txt")), (above, "files/../../../x")):
        content = json.loads((place / "call.json").read_text())
        (place / "call.json").write_text(json.dumps({**content, "path": path}))
    (link / "files" / "secret.txt").unlink()
    (link / "files" / "secret.txt").symlink_to(tmp_path / "secret.txt")
    outbox.close()
    (synced,) = sync()
    assert synced.refused == {"damaged calls": 3}
    assert store.find("latest").artifacts() == ["environment.json"]


def test_an_outbox_sends_nothing_to_a_store_that_it_names_itself(store, monkeypatch):
    with store.start("any", "run") as run:
        pass
    outbox = Outbox(store.location, run.run_id, "run")
    outbox.keep(Tags({"late": "1"}))
    outbox.close()
    about = outbox.folder / "run.json"
    about.write_text(json.dumps({"uri": "http://127.0.0.1:9", "name": "run"}))
    (synced,) = sync()
    assert synced.left == {"tags": 1}
    said = "it is for another store: MLFLOW_TRACKING_URI=http://127.0.0.1:9 dlsuite sync"
    assert synced.reason == said


def test_a_call_that_could_not_be_written_whole_leaves_no_draft(store, tmp_path):
    outbox = Outbox(store.location, "f" * 32, "run")
    with pytest.raises(AttributeError):
        outbox.keep(Tags({"unspeakable": "1", "x": Unspeakable()}))  # type: ignore[dict-item]
    assert list(outbox.folder.glob("0*")) == []
    outbox.close()


class Unspeakable:
    """Cannot become text."""

    def __str__(self) -> str:
        raise AttributeError


def test_a_look_leaves_files_for_a_server_to_sync(store, tmp_path):
    with store.start("any", "run") as run:
        pass
    (tmp_path / "large.bin").write_bytes(b"many")
    outbox = Outbox(store.location, run.run_id, "run")
    for call in (File("large.bin", tmp_path / "large.bin"), Tags({"late": "1"})):
        outbox.keep(call)
    outbox.deliver(store.connection.client, light=True)
    assert outbox.amounts() == {"files": 1}
    assert outbox.waiting
    outbox.close()
    assert "late" in store.find("latest").tags


def test_who_waits_for_another_that_delivers_does_nothing(store):
    with store.start("any", "run") as run:
        pass
    outbox = Outbox(store.location, run.run_id, "run")
    outbox.keep(Tags({"late": "1"}))
    outbox.close()
    with FileLock(outbox.folder / ".lock"):
        (synced,) = sync()
        assert synced.delivered == {}
        assert "another command delivers it now" in synced.text()
    assert "late" in store.find("latest").tags


def test_nobody_delivers_what_another_owns_or_begins_a_call_when_the_time_is_over(store):
    with store.start("any", "run") as run:
        pass
    owner, other = (Outbox(store.location, run.run_id, "run") for _ in range(2))
    owner.keep(Tags({"late": "1"}))
    other.deliver(store.connection.client)
    owner.deliver(store.connection.client, within=0)
    assert len(owner.entries()) == 1
    assert owner.waiting
    owner.deliver(store.connection.client)
    assert owner.entries() == []
    assert not owner.waiting
    owner.close()
