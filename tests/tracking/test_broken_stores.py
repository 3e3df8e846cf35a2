"""A store that is damaged, in use, full, only to be read, or whose files are gone: clear words."""

import os
import resource
import shutil
import sqlite3
import stat
from contextlib import closing, contextmanager

import pytest
from disturbance import interrupted

from benchmarks.reliability.places import only_to_be_read
from dlsuite.tracking import Store, StoreError, location, writing
from pipelines.cli import main


def shorten(database) -> None:
    os.truncate(database, database.stat().st_size // 2)


def scramble(database) -> None:
    with database.open("r+b") as file:
        file.seek(100)  # behind the header
        file.write(os.urandom(database.stat().st_size - 100))


def say_nothing(database) -> None:
    with database.open("r+b") as file:
        file.truncate(20)


@pytest.mark.parametrize("damage", [shorten, scramble, say_nothing])
def test_a_damaged_database_is_said_to_be_one(store, tmp_path, damage):
    with store.start("any", "run"):
        pass
    other = tmp_path / "other" / "mlflow.db"
    other.parent.mkdir()
    shutil.copy(store.location.database, other)
    damage(other)
    with pytest.raises(StoreError, match=r"is damaged: .*Put a copy of it back, or move it away"):
        Store.open(f"sqlite:///{other}")


def test_a_database_that_another_process_locks_is_said_to_be_locked(store, monkeypatch):
    monkeypatch.setattr(location, "IN_USE_PATIENCE", 0.1)
    with closing(sqlite3.connect(store.location.database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked: another process has been writing"):
            Store.open()
    assert Store.open().runs().empty


@contextmanager
def unwritable(folder):
    """For anybody: root is held off by the mount, others by permission bits."""
    with only_to_be_read(folder) as done:
        if not done:
            if os.geteuid() == 0:
                pytest.skip("root may write everywhere, and here it may not mount")
            mode = folder.stat().st_mode
            folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        try:
            yield
        finally:
            if not done:
                folder.chmod(mode)


def test_a_folder_that_can_only_be_read_is_refused_before_training_and_can_be_looked_at(store):
    with store.start("any", "before") as run:
        run.text("note.txt", "readable")
    with unwritable(store.location.folder):
        with pytest.raises(StoreError, match=r"mlruns can only be read.*MLFLOW_TRACKING_URI"):
            with store.start("any", "run"):
                pass
        store = Store.open()
        assert store.runs()["name"].tolist() == ["before"]
        assert store.find("before").artifact("note.txt").read_text() == "readable"


def test_a_disk_without_room_is_refused_before_training(store, monkeypatch):
    allowed, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (writing.LEAST // 2, most))  # as a quota would
    try:
        with pytest.raises(StoreError, match=r"mlruns: File too large\. Nothing was trained"):
            with store.start("any", "run"):
                pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (allowed, most))
    assert store.runs().empty


def said(capsys, *words: str) -> str:
    """What a command says that ends with an error."""
    with pytest.raises(SystemExit) as left:
        main([*words])
    assert left.value.code == 2
    return capsys.readouterr().err


def test_a_run_whose_files_are_gone_is_shown_and_says_so_where_they_are_needed(store, capsys):
    with interrupted(store, "run") as run:
        run.metrics({"test.accuracy": 0.5})
        run.tags({"model_id": "m-0"})
    record = store.find("latest")
    shutil.rmtree(store.location.folder / "artifacts")
    gone = f"The files of {record} are gone: "
    for ask in (record.artifacts, lambda: record.artifact("x"), lambda: record.table("x")):
        with pytest.raises(StoreError, match=r"are gone: .* is not there"):
            ask()
    with pytest.raises(SystemExit) as left:
        main(["show", "latest"])
    assert left.value.code == 0
    assert "its files are gone" in capsys.readouterr().out
    assert gone in said(capsys, "train", "--resume", "latest")
    assert store.find("latest", keeps="weights").run_id == run.run_id
