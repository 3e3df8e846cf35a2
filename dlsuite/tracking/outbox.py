"""What a store did not take of a run: kept beside it, call by call and in order, made again later.

`outbox/RUN_ID/000001`, `000002`, … hold a call each. A folder of that name is whole: it was written
under another and renamed, and is renamed before it is removed, so that a process may die anywhere.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlsuite.tracking import call_files
from dlsuite.tracking.calls import Call
from dlsuite.tracking.location import SQLITE, Location, log
from dlsuite.tracking.refusals import lasting
from dlsuite.tracking.values import first_line

if TYPE_CHECKING:
    from mlflow import MlflowClient

FOLDER = "outbox"
ABOUT = "run.json"
ENTRY = re.compile(r"(\d{6})(\.refused)?")
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
        self.waiting = bool(self.entries())
        self._adding, self._delivering = threading.Lock(), threading.Lock()
        self._owner = FileLock(self.folder / ".lock", thread_local=False)

    @property
    def uri(self) -> str:
        """Of its store: a database that lies beside it is known by its name, wherever both are."""
        database = self.location.database
        return self.location.uri if database is None else database.name

    def entries(self) -> list[Path]:
        """The folders of the calls, oldest first; those that the store refused for good too."""
        if not self.folder.is_dir():
            return []
        return sorted(place for place in self.folder.iterdir() if ENTRY.fullmatch(place.name))

    def amounts(self) -> Counter[str]:
        """How much waits: numbers, tags, files and so on."""
        amounts: Counter[str] = Counter()
        for place in self.entries():
            try:
                call = call_files.read(place)
            except (OSError, ValueError, KeyError, TypeError):
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
            self._claim()
            numbers = [int(place.name[:6]) for place in self.entries()]
            place = self.folder / f"{max([0, *numbers]) + 1:06d}"
            draft = place.with_suffix(".draft")
            try:
                shutil.rmtree(draft, ignore_errors=True)
                draft.mkdir()
                call_files.write(call, draft)
                draft.rename(place)
            except OSError:
                shutil.rmtree(draft, ignore_errors=True)
                raise
            self.waiting = True

    def deliver(self, client: MlflowClient, patience: float = -1) -> Counter[str]:
        """Makes the calls in their order; what is made is not here any more.

        A call that would be refused for ever, or cannot be read, is put aside, with the reason,
        and passed over.

        Args:
            client: Of the store.
            patience: Seconds to wait for another thread that delivers; -1 as long as it takes.

        Returns:
            How much the store took.

        Raises:
            Exception: What the store said to the first call that it did not take.
        """
        done: Counter[str] = Counter()
        if not self._delivering.acquire(timeout=patience):
            return done
        try:
            while (place := self._next()) is not None:
                call: Call | None = None
                try:
                    call = call_files.read(place)
                    call.make(client, self.run_id)
                except Exception as problem:
                    if call is not None and not lasting(problem):
                        raise
                    (place / "reason.txt").write_text(first_line(problem), encoding="utf-8")
                    place.rename(place.with_suffix(".refused"))
                else:
                    done[call.what] += call.count()
                    _remove(place)
        finally:
            self._delivering.release()
        return done

    def refusals(self) -> list[str]:
        """Why calls were put aside."""
        places = (place for place in self.entries() if place.suffix)
        return [(place / "reason.txt").read_text(encoding="utf-8") for place in places]

    def close(self) -> None:
        """Gives it up, and removes the folder where nothing waits any more."""
        if self.folder.is_dir() and not self.entries():
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):  # of another run something waits
                self.folder.parent.rmdir()
        self._owner.release()

    @contextmanager
    def claimed(self) -> Iterator[bool]:
        """Whether it is this process's for the block; it is not while its run goes on."""
        from filelock import Timeout

        try:
            self._owner.acquire(timeout=0)
        except (Timeout, OSError):
            yield False
            return
        try:
            yield True
        finally:
            self.close()

    def _next(self) -> Path | None:
        with self._adding:
            places = [place for place in self.entries() if not place.suffix]
            self.waiting = bool(places)
            return places[0] if places else None

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


def outboxes(location: Location) -> list[Outbox]:
    """Those that lie beside a store, whichever stores they are for."""
    found = []
    for about in sorted((location.folder / FOLDER).glob(f"*/{ABOUT}")):
        try:
            facts = json.loads(about.read_text(encoding="utf-8"))
            uri, name, database = facts["uri"], facts["name"], None
        except (OSError, ValueError, KeyError) as problem:
            log.warning("%s cannot be read: %s", about, problem)
            continue
        if "://" not in uri:
            database = location.folder / uri
            uri = f"{SQLITE}{database}"
        theirs = Location(uri, location.folder, database)
        found.append(Outbox(theirs, about.parent.name, name))
    return found


def in_words(amounts: Counter[str]) -> str:
    """Such as `12 numbers, 3 files, its model, its end`."""
    singles = {"model": "its model", "end": "its end"}
    plural = [f"{count:,} {what}" for what, count in amounts.items() if what not in singles]
    words = [text.removesuffix("s") if text.startswith("1 ") else text for text in plural]
    return ", ".join([*words, *(text for what, text in singles.items() if amounts[what])])


def _remove(place: Path) -> None:
    gone = place.with_suffix(".gone")
    shutil.rmtree(gone, ignore_errors=True)
    place.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
