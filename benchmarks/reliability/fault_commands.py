"""Commands that meet a fault each: what they say, how they end, and how soon.

Each is run as `dlsuite` runs it, in this process, so that TensorFlow is loaded once. A command
fails the trial that shows a traceback, calls its error unexpected, ends with another exit code than
it should, or does not say what it should.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import keras

from benchmarks.harness import Row, say
from benchmarks.reliability.places import fill, only_to_be_read, small_disk
from pipelines.cli import main

TRAIN = ("train", "wine_mlp", "training.epochs=12", "training.early_stopping=null")
BAD = re.compile(r"Traceback|\(unexpected;")
HOLD = """
import sqlite3, sys, time
with sqlite3.connect(sys.argv[1]) as db:
    db.execute("BEGIN EXCLUSIVE")
    print("held", flush=True)
    time.sleep(60)
"""


class _Due(keras.callbacks.Callback):
    """What happens at the end of an epoch of every training in this process."""

    todo: ClassVar[dict[int, Callable[[], Any]]] = {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.todo.get(epoch + 1, lambda: None)()


@dataclass
class Trial:
    """What was tried, and which of it went otherwise than it should."""

    tried: int = 0
    bad: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def of(self, fault: str, *words: str, code: int, says: str) -> None:
        """Runs a command that should end with `code` and say what the pattern `says` matches."""
        told, began = io.StringIO(), time.perf_counter()
        ended: Any = 0
        try:
            with redirect_stderr(told), redirect_stdout(told):
                main([*words, "--quiet"])
        except SystemExit as end:
            ended = end.code or 0
        except Exception as problem:
            ended = f"Traceback: {problem!r}"
        text = " ".join(told.getvalue().split())
        self.tried += 1
        self.seconds += [time.perf_counter() - began] if ended == 2 else []
        if ended != code or BAD.search(text) or not re.search(says, text):
            self.bad.append(
                f"{fault}: dlsuite {' '.join(words[:2])} ended as {ended}: {text[-300:]}"
            )
        say(f"  {fault}: {words[0]} -> {ended}")


def rows() -> Iterator[Row]:
    """Faults of files and of databases, then those that need a disk of their own."""
    trial = Trial()
    with tempfile.TemporaryDirectory() as scratch, _watched_trainings():
        root = Path(scratch)
        with _home(root / "files"):
            _files(trial)
        with _home(root / "databases"):
            _databases(trial, Path.cwd() / "mlruns" / "mlflow.db")
        with _home(root / "deleted"):
            _Due.todo = {3: lambda: shutil.rmtree("mlruns")}
            trial.of("mlruns deleted in training", *TRAIN, code=0, says="")
            _Due.todo = {}
            trial.of("mlruns deleted in training", "sync", code=1, says="is gone")
        with small_disk(root / "disk", "12m") as done:
            if done:
                with _home(root / "disk" / "home"):
                    _full_disk(trial, root / "disk")
    note = f"{trial.tried} commands; {' | '.join(trial.bad)}".rstrip("; ")
    yield Row("commands that met a fault and did not say so clearly", "", [len(trial.bad)], 0, note)
    yield Row("seconds until a command is refused", "s", trial.seconds, 30)


def _files(trial: Trial) -> None:
    """Files of runs that are gone."""
    trial.of("none", *TRAIN, code=0, says="")
    models = next(Path("mlruns/artifacts").rglob("models"))
    models.rename("models_away")
    for words in (("export", "latest", "out"), ("predict", "latest", "x.csv")):
        trial.of("model deleted", *words, code=2, says="model of Run .* is gone")
    Path("models_away").rename(models)
    shutil.move("mlruns/artifacts", "artifacts_away")
    gone = "files of Run .* are gone"
    trial.of("artifacts deleted", "show", "latest", code=0, says="its files are gone")
    trial.of("artifacts deleted", "show", "latest", "--json", code=0, says="files_gone")
    trial.of("artifacts deleted", "evaluate", "latest", code=2, says=gone)
    trial.of("artifacts deleted", "export", "latest", "out", code=2, says="is gone")
    trial.of("artifacts deleted", "predict", "latest", "x.csv", code=2, says="is gone")
    trial.of("artifacts deleted", "train", "--resume", "latest", code=2, says="gone|nothing left")
    trial.of("artifacts deleted", *TRAIN, code=0, says="")
    trial.of("artifacts deleted", "compare", "latest", _first(), code=2, says=gone)


def _first() -> str:
    """Id of the first run of the store here."""
    with closing(sqlite3.connect("mlruns/mlflow.db")) as database:
        query = "SELECT run_uuid FROM runs ORDER BY start_time LIMIT 1"
        return database.execute(query).fetchone()[0]


def _databases(trial: Trial, whole: Path) -> None:
    """Databases that are damaged, in use, or only to be read, and a server that is not there."""
    trial.of("none", *TRAIN, code=0, says="")
    size = whole.stat().st_size
    damages: dict[str, Callable[[bytes], bytes]] = {
        "database cut to half": lambda data: data[: size // 2],
        "database of random bytes": lambda data: data[:100] + os.urandom(size - 100),
        "database that is a text": lambda data: b"dear diary",
    }
    for name, damage in damages.items():
        other = Path(f"other{len(name)}").absolute()
        other.mkdir()
        (other / "mlflow.db").write_bytes(damage(whole.read_bytes()))
        with _store(f"sqlite:///{other}/mlflow.db"):
            trial.of(name, "runs", code=2, says="is damaged|must be a SQLite")
            trial.of(name, *TRAIN, code=2, says="is damaged|must be a SQLite")
    holder = subprocess.Popen([sys.executable, "-c", HOLD, whole], stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    trial.of("database locked for 60 s", "runs", code=2, says="is locked")
    holder.kill()
    holder.wait()
    with _store("http://127.0.0.1:9"):
        trial.of("server away", *TRAIN, code=2, says="does not answer. Start it")
    with only_to_be_read(whole.parent) as done:
        if done:
            trial.of("mlruns only to be read", *TRAIN, code=2, says="read.*MLFLOW_TRACKING_URI")
            trial.of("mlruns only to be read", "show", "latest", code=0, says="FINISHED")


def _full_disk(trial: Trial, disk: Path) -> None:
    """A disk that is full at the start, in the middle, at the end, or where an export goes."""

    def full() -> None:
        fill(disk)

    def free() -> None:
        (disk / "ballast").unlink()

    full()
    trial.of("disk full before the first run", *TRAIN, code=2, says="no space left.*0.0 MB free")
    free()
    _Due.todo = {3: full, 9: free}
    trial.of("disk full in training, not at its end", *TRAIN, code=0, says="")
    _Due.todo = {3: full}
    trial.of("disk full from epoch 3 on", *TRAIN, code=2, says="no space left.*train --resume")
    _Due.todo = {}
    trial.of("disk full", *TRAIN, code=2, says="no space left.*Nothing was trained")
    trial.of("disk full", "runs", code=0, says="")
    trial.of("disk full", "export", _first(), "out", code=2, says="no space")
    if any(Path("out").glob("*")):
        trial.bad.append("an export was left half-written on a full disk")
    free()
    trial.of("disk was full", "train", "--resume", "latest", code=0, says="")
    trial.of("disk was full", "export", "latest", "out", code=0, says="")


@contextmanager
def _home(folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _store(uri: str) -> Iterator[None]:
    os.environ["MLFLOW_TRACKING_URI"] = uri
    try:
        yield
    finally:
        del os.environ["MLFLOW_TRACKING_URI"]


@contextmanager
def _watched_trainings() -> Iterator[None]:
    """Every training of this process has `_Due` among its callbacks."""
    made = keras.callbacks.CallbackList.__init__

    def with_due(self: Any, callbacks: Any = None, **options: Any) -> None:
        made(self, [*(callbacks or []), _Due()], **options)

    keras.callbacks.CallbackList.__init__ = with_due  # type: ignore[method-assign]
    try:
        yield
    finally:
        keras.callbacks.CallbackList.__init__ = made  # type: ignore[method-assign]
