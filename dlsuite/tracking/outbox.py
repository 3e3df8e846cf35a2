"""What a store did not take of a run: kept beside it, call by call and in order, made again later.

`outbox/RUN_ID/000001`, `000002`, … hold a call each. A folder of that name is whole: it was written
under another and renamed, and is renamed before it is removed, so that a process may die anywhere.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from dlsuite.disk import reach_the_disk
from dlsuite.tracking import call_files
from dlsuite.tracking.calls import Call, File, Model
from dlsuite.tracking.location import Location
from dlsuite.tracking.refusals import lasting
from dlsuite.tracking.values import first_line

if TYPE_CHECKING:
    from mlflow import MlflowClient

FOLDER = "outbox"
ABOUT = "run.json"
REASON = "reason.txt"
REFUSED = ".refused"
ENTRY = re.compile(rf"(\d{{6}})({re.escape(REFUSED)})?")
# What a call that was damaged or made by others raises when it is read.
DAMAGED = (
    *(ValueError, KeyError, TypeError, AttributeError),
    *(EOFError, BadZipFile, FileNotFoundError),
)
CLAIM_PATIENCE = 60.0  # seconds that a run waits for a command that delivers what it kept before


class Outbox:
    """The calls of one run that wait for its store.

    One process at a time works on it: the run while it goes on, or a command that delivers.

    Attributes:
        folder: Where they lie; made when the first one is kept.
        run_id: The run.
        waiting: Whether there are any, as far as this process knows.
    """

    def __init__(self, location: Location, run_id: str, name: str) -> None:
        from filelock import FileLock

        self.location, self.run_id, self.name = location, run_id, name
        self.folder = location.folder / FOLDER / run_id
        self.waiting = bool(self._places())
        self._adding, self._delivering = threading.Lock(), threading.Lock()
        self._owner = FileLock(self.folder / ".lock", thread_local=False)

    @property
    def uri(self) -> str:
        """Of its store: a database that lies beside it is known by its name, wherever both are."""
        database = self.location.database
        return self.location.uri if database is None else database.name

    def entries(self) -> list[Path]:
        """The folders of the calls, oldest first; those that the store refused for good too."""
        try:
            return sorted(each for each in self.folder.iterdir() if ENTRY.fullmatch(each.name))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def amounts(self, refused: bool = False) -> Counter[str]:
        """How much waits, or was put aside: numbers, tags, files and so on."""
        amounts: Counter[str] = Counter()
        for place in self._places(refused):
            try:
                call = call_files.read(place)
            except (OSError, *DAMAGED):
                amounts["damaged calls"] += 1
            else:
                amounts[call.what] += call.count()
        return amounts

    def keep(self, call: Call) -> None:
        """Adds a call, whole or not at all.

        Raises:
            OSError: It cannot be written, for lack of space for instance.
        """
        with self._adding:
            self._write(call)
            self.waiting = True

    def put_aside(self, call: Call, problem: Exception) -> None:
        """Keeps a call that the store refuses for good, with the reason; nobody makes it again."""
        with self._adding:
            _put_aside(self._write(call), problem)

    def deliver(
        self,
        client: MlflowClient,
        patience: float = -1,
        *,
        within: float = math.inf,
        light: bool = False,
    ) -> None:
        """Makes the calls in their order; what is made is not here any more.

        A call that would be refused for ever, or cannot be read, is put aside, with the reason,
        and passed over. Nothing is done where another process delivers.

        Args:
            client: Of the store.
            patience: Seconds to wait for another thread that delivers; -1 as long as it takes.
            within: Seconds after which no further call is begun.
            light: Leaves out files and models, which may take long.

        Raises:
            Exception: What the store said to the first call that it did not take.
        """
        if not self._delivering.acquire(timeout=patience):
            return
        try:
            until = time.monotonic() + within
            with self._adding:
                places = self._places() if self._is_mine() else []
            for place in places:
                if time.monotonic() >= until:
                    break
                self._make(place, client, light)
        finally:
            with self._adding:
                self.waiting = bool(self._places())
            self._delivering.release()

    def refusals(self) -> list[str]:
        """Why calls were put aside."""
        places = self._places(refused=True)
        return [(place / REASON).read_text(encoding="utf-8") for place in places]

    def close(self) -> None:
        """Gives it up, and removes the folder where nothing waits any more."""
        if self.folder.is_dir() and not self.entries():
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):  # of another run something waits
                self.folder.parent.rmdir()
        self._owner.release(force=True)

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether it is this process's for the block; it is not while its run goes on."""
        if not self._is_mine():
            yield False
            return
        try:
            yield True
        finally:
            self.close()

    def _places(self, refused: bool = False) -> list[Path]:
        return [place for place in self.entries() if bool(place.suffix) is refused]

    def _make(self, place: Path, client: MlflowClient, light: bool) -> None:
        try:
            call = call_files.read(place)
        except DAMAGED as problem:
            return _put_aside(place, problem)
        if light and isinstance(call, File | Model):
            return None
        try:
            call.make(client, self.run_id)
        except Exception as problem:
            if not lasting(problem):
                raise
            return _put_aside(place, problem)
        return _remove(place)

    def _write(self, call: Call) -> Path:
        self._claim()
        numbers = [int(place.name[:6]) for place in self.entries()]
        place = self.folder / f"{max([0, *numbers]) + 1:06d}"
        draft = place.with_suffix(".draft")
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            call_files.write(call, draft)
            draft.rename(place)
        except BaseException:  # a signal too
            shutil.rmtree(draft, ignore_errors=True)
            raise
        reach_the_disk(self.folder)
        return place

    def _is_mine(self) -> bool:
        """Whether this process may work on it, now that it has asked."""
        if not self._owner.is_locked:
            try:
                self._owner.acquire(timeout=0)
            except OSError:  # filelock's Timeout is one
                return False
        return True

    def _claim(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._owner.is_locked:
            self._owner.acquire(timeout=CLAIM_PATIENCE)
            self.folder.mkdir(parents=True, exist_ok=True)
        about = self.folder / ABOUT
        if not about.exists():
            draft = about.with_suffix(".draft")
            text = json.dumps({"uri": self.uri, "name": self.name})
            draft.write_text(text, encoding="utf-8")
            os.replace(draft, about)


def in_words(amounts: Counter[str]) -> str:
    """Such as `12 numbers, 3 files, its model, its end`."""
    singles = {"model": "its model", "end": "its end"}
    plural = [f"{count:,} {what}" for what, count in amounts.items() if what not in singles]
    words = [text.removesuffix("s") if text.startswith("1 ") else text for text in plural]
    return ", ".join([*words, *(text for what, text in singles.items() if amounts[what])])


def _put_aside(place: Path, problem: Exception) -> None:
    (place / REASON).write_text(first_line(problem), encoding="utf-8")
    place.rename(place.with_suffix(REFUSED))


def _remove(place: Path) -> None:
    gone = place.with_suffix(".gone")
    shutil.rmtree(gone, ignore_errors=True)
    place.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
