"""Where runs are kept, and that the place comes into being once and whole."""

import shutil
import threading
import time

import pytest
from disturbance import execute
from filelock import FileLock

from dlsuite.tracking import Store, StoreError, locate


def test_runs_are_kept_in_mlruns_of_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    location = locate()
    assert location.uri == f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    assert location.database == tmp_path / "mlruns" / "mlflow.db"
    assert not location.exists
    assert Store.describe() == f"sqlite:///{tmp_path}/mlruns/mlflow.db (the first run creates it)"
    assert list(tmp_path.iterdir()) == []  # looking creates nothing


def test_the_environment_names_another_store_and_an_argument_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert locate().uri == "http://127.0.0.1:5000"
    assert locate().database is None
    assert locate().exists
    assert locate().folder == tmp_path / "mlruns"
    assert locate("sqlite:///here/runs.db").uri == f"sqlite:///{tmp_path}/here/runs.db"


@pytest.mark.parametrize("uri", ["./mlruns", "file:///somewhere/mlruns", "sqlite:///"])
def test_a_plain_folder_is_refused_and_the_message_says_what_is_allowed(uri):
    with pytest.raises(StoreError, match=r"must be sqlite:///FILE.db, http.*Received: '"):
        locate(uri)


@pytest.fixture
def empty_database(tmp_path):
    """A database, created where a process was killed that had begun to."""
    path = tmp_path / "template" / "mlflow.db"
    path.parent.mkdir()
    path.touch()
    path.with_name("mlflow.db.draft").write_bytes(b"half a database")
    Store.open(f"sqlite:///{path}")
    return path


def test_what_a_killed_process_left_of_a_database_is_made_anew(empty_database):
    store = Store.open(f"sqlite:///{empty_database}")
    assert store.location.exists
    assert Store.describe(store.location.uri) == store.location.uri
    assert not empty_database.with_name("mlflow.db.draft").exists()
    assert store.runs().empty


def test_who_waits_for_the_creator_takes_what_it_created(empty_database, tmp_path):
    opened = []
    waiting = threading.Thread(
        target=lambda: opened.append(Store.open(f"sqlite:///{tmp_path}/mlflow.db"))
    )
    with FileLock(tmp_path / ".mlflow.lock"):
        waiting.start()
        time.sleep(0.2)
        assert opened == []
        shutil.copy(empty_database, tmp_path / "mlflow.db")
    waiting.join(30)
    assert opened[0].runs().empty


def test_a_file_that_is_no_database_is_refused_at_once(tmp_path):
    (tmp_path / "mlflow.db").write_text("dear diary")
    with pytest.raises(StoreError, match=r"must be a SQLite database. Received: .*mlflow\.db"):
        Store.open(f"sqlite:///{tmp_path}/mlflow.db")


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "occupied").touch()
    with pytest.raises(StoreError, match=r"occupied/mlflow.db cannot be created: .*occupied"):
        Store.open(f"sqlite:///{tmp_path}/occupied/mlflow.db")


def test_a_database_of_another_mlflow_is_refused_with_mlflows_advice(store):
    execute(store, "UPDATE alembic_version SET version_num = 'c48cb773bb87'")
    store.connection.client._tracking_client.store.engine.dispose()
    with pytest.raises(StoreError, match="cannot be used: Detected out-of-date database schema"):
        # A second name of the file: MLflow remembers the stores that it has opened.
        Store.open(f"sqlite:///{store.location.folder}/../mlruns/mlflow.db")


def test_a_server_that_is_not_there_is_one_message(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(
        StoreError,
        match=r"http://127.0.0.1:9 cannot be used: the server does not answer\. Start it",
    ):
        Store.open("http://127.0.0.1:9")


def test_a_folder_may_have_blanks_and_signs_in_its_name(store, tmp_path):
    folder = tmp_path / "my runs #1 50%"
    folder.mkdir()
    shutil.copy(store.location.database, folder / "mlflow.db")
    other = Store.open(f"sqlite:///{folder}/mlflow.db")
    with other.start("a pipeline / ä", "first") as run:
        run.text("note.txt", "found")
    assert other.find("first").artifact("note.txt").read_text() == "found"
    assert (folder / "artifacts").is_dir()
