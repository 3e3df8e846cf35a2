"""Where runs are kept: a SQLite file with its artifacts, or a server, and how the door is opened.

The only environment variable that matters is `MLFLOW_TRACKING_URI`; without it, runs are kept in
`mlruns/mlflow.db` and `mlruns/artifacts` of the current folder.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from dlsuite.disk import unwritten
from dlsuite.progress import working
from dlsuite.tracking.values import first_line

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger("dlsuite.tracking")

SQLITE = "sqlite:///"
ANOTHER = "name another store in MLFLOW_TRACKING_URI, such as sqlite:////folder/mlflow.db."
SQLITE_HEADER = b"SQLite format 3\0"
IN_USE_PATIENCE = 20.0  # seconds that MLflow waits too, for who writes
LOCK_PATIENCE = 120.0  # seconds; creating the database takes 3 on a quiet machine

# Read by MLflow when it is imported or called; what the user has set stays.
MLFLOW_MANNERS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # MLflow's own 7 retries hold a call for four minutes; the delivery of metrics retries itself.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


class StoreError(Exception):
    """The store, or a run in it, is not there or cannot be used. Its text is one message."""


@dataclass(frozen=True)
class Location:
    """A place that keeps runs.

    Attributes:
        uri: Tracking URI as MLflow wants it.
        folder: Where the suite may write beside the store on this machine: the folder of the
            database, or `mlruns` of the current folder where the store is a server.
        database: SQLite file; None where the store is a server or another database.
    """

    uri: str
    folder: Path
    database: Path | None

    @property
    def exists(self) -> bool:
        """False only for a SQLite file that no run has created yet."""
        return self.database is None or (
            self.database.is_file() and self.database.stat().st_size > 0
        )

    def artifacts_of(self, pipeline: str) -> str | None:
        """URI under which the artifacts of a pipeline's runs are kept; None: the server decides."""
        if self.database is None:
            return None
        return (self.folder / "artifacts" / quote(pipeline, safe=" ")).as_uri()


@dataclass(frozen=True)
class Connection:
    """An opened store."""

    location: Location
    client: MlflowClient


def locate(uri: str | None = None) -> Location:
    """Says where runs are kept; creates nothing.

    Args:
        uri: Tracking URI. None: `MLFLOW_TRACKING_URI`, or else `mlruns/mlflow.db` here.

    Raises:
        StoreError: The URI names a plain folder, which MLflow keeps no runs in any more, or a
            SQLite database without a file.
    """
    here = Path.cwd() / "mlruns"
    uri = uri or os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{here / 'mlflow.db'}"
    scheme = urlsplit(uri).scheme
    if not scheme or scheme == "file" or (scheme == "sqlite" and not uri.removeprefix(SQLITE)):
        raise StoreError(
            "The tracking URI must be sqlite:///FILE.db, http(s)://HOST:PORT or the URI of a "
            f"database server. Received: {uri!r}."
        )
    if scheme != "sqlite":
        return Location(uri, here, None)
    database = Path(uri.removeprefix(SQLITE)).absolute()
    return Location(f"{SQLITE}{database}", database.parent, database)


def connect(location: Location) -> Connection:
    """Opens the store, creating it first where it is a SQLite file that does not exist.

    Raises:
        StoreError: The file is no database or of another MLflow version, the folder cannot be
            written, or the server does not answer.
    """
    mind_mlflow()
    with working("opening the store"):
        return _opened(location)


def _opened(location: Location) -> Connection:
    if location.database is not None:
        _create_once(location, location.database)
        _refuse_other_files(location.database)
        _try_out(location, location.database)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        client = MlflowClient(tracking_uri=location.uri)
        client.search_experiments(max_results=1)
    except MlflowException as problem:
        text = f"The store {location.uri} cannot be used: {first_line(problem)}"
        if location.database is None:
            text += f". Start it, or {ANOTHER}"
        raise StoreError(text) from problem
    return Connection(location, client)


def mind_mlflow() -> None:
    """Sets what MLflow reads at its import: no telemetry, no chatter. Call it before importing."""
    for name, value in MLFLOW_MANNERS.items():
        os.environ.setdefault(name, value)
    # These log, with a traceback or once per retry, what is also raised.
    for chatty in ("mlflow.store.db.utils", "urllib3.connectionpool"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # MLflow imports tqdm, which in a notebook asks for widgets that nothing here would use.
    warnings.filterwarnings("ignore", message="IProgress not found")


def _create_once(location: Location, database: Path) -> None:
    """Makes the database beside its place and renames it, so no process ever sees half of one."""
    from filelock import FileLock

    if location.exists:
        return
    # MLflow remembers the files that it has opened, so a second attempt needs another name.
    draft = database.with_name(f"{database.name}.{time.time_ns()}.draft")
    try:
        location.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(location.folder / ".mlflow.lock", timeout=LOCK_PATIENCE):
            if not location.exists:
                try:
                    _create(draft, (location.folder / "artifacts").as_uri())
                    os.replace(draft, database)
                finally:  # also what a process left that was killed here
                    for half in database.parent.glob(f"{database.name}.*draft*"):
                        half.unlink(missing_ok=True)
    except Exception as problem:  # of the disk, or what SQLAlchemy and MLflow make of it
        named = problem.filename if isinstance(problem, OSError) else None
        why = unwritten(problem, Path(named or location.folder))
        raise StoreError(f"The store {database} cannot be created: {why}; {ANOTHER}") from problem


def _create(database: Path, artifacts: str) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(f"{SQLITE}{database}", artifacts)
    store.engine.dispose()


def _refuse_other_files(database: Path) -> None:
    # MLflow would try to open it ten times, for two minutes.
    with database.open("rb") as file:
        if file.read(len(SQLITE_HEADER)) != SQLITE_HEADER:
            raise StoreError(f"The store must be a SQLite database. Received: {database}.")


def _try_out(location: Location, database: Path) -> None:
    """Looks once into each table; MLflow would try to open a broken database for two minutes."""
    try:
        # It may have to undo what a killed process left half done; what cannot be written is read.
        with closing(
            sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=IN_USE_PATIENCE)
        ) as opened:
            names = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                opened.execute(f'SELECT * FROM "{name}" ORDER BY rowid DESC LIMIT 1').fetchall()
    except sqlite3.OperationalError as problem:
        if "locked" not in str(problem):
            raise StoreError(f"The store {database} cannot be used: {problem}") from problem
        raise StoreError(
            f"The store {database} is locked: another process has been writing for "
            f"{IN_USE_PATIENCE:.0f} s. Try again when it has ended, or {ANOTHER}"
        ) from problem
    except sqlite3.DatabaseError as problem:
        raise StoreError(
            f"The store {database} is damaged: {problem}. Put a copy of it back, or move it away "
            f"and begin a new one (the files of its runs stay in {location.folder / 'artifacts'}), "
            f"or {ANOTHER}"
        ) from problem
