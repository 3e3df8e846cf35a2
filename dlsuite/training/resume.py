"""Checkpoints on disk: whole, checked and never half-written."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dlsuite.disk import reach_the_disk, unwritten
from dlsuite.training.variables import Arrays
from dlsuite.training.whole_files import replaced, storable, typed

log = logging.getLogger("dlsuite.training")
FORMAT = 3
NAME = re.compile(r"epoch-(\d+)(?:-step-(\d+))?")


class CheckpointError(RuntimeError):
    """No checkpoint of a folder can be trusted, or the folder is not the run's own."""


class Place(NamedTuple):
    """How far a training is: whole epochs done, and steps done of the one after them."""

    epochs: int
    steps: int = 0

    def __str__(self) -> str:
        return f"step {self.steps} of epoch {self.epochs + 1}" if self.steps else f"epoch {self[0]}"


@dataclass(frozen=True)
class Saved:
    """One checkpoint: where it was taken, arrays by name, and notes that JSON can hold."""

    place: Place
    arrays: Arrays
    notes: Mapping[str, Any]


class Checkpoints:
    """A folder of checkpoints of one run, `epoch-000007.npz` with `epoch-000007.json` beside it.

    One taken within an epoch is `epoch-000007-step-00000123`: 7 epochs and 123 steps are done.
    Arrays are stored without pickle. The JSON file names the SHA-256 of the arrays and of its own
    content; both are written under another name, brought to disk and renamed, the JSON last, so a
    checkpoint is whole or absent whenever the process dies. Writing goes on beside training, one
    checkpoint at a time. One that cannot be written, for lack of space say, leaves those before it
    as they are and ends no training: it is said once, and the next one is tried at its time.

    Args:
        folder: Where they lie; made when the first one is saved.

    Attributes:
        messages: What was found wrong in the folder, in words for the user.
        durable_epochs: Whole epochs that the newest checkpoint on disk holds; 0 without one.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self.messages: list[str] = []
        self.durable_epochs = 0
        self._told = False
        self._writer: ThreadPoolExecutor | None = None
        self._pending: Future[None] | None = None

    def save(self, saved: Saved, *, keep: int) -> None:
        """Stores one, then removes all but the newest `keep`.

        Returns before the disk has it: see `wait` and `durable_epochs`. The arrays must not change
        meanwhile.
        """
        self.wait()
        if self._writer is None:
            self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._pending = self._writer.submit(self._write, saved, keep)

    def wait(self) -> None:
        """Returns when all that was saved is on disk, or could not be written."""
        pending, self._pending = self._pending, None
        if pending is not None:
            try:
                pending.result()
            except OSError as problem:
                self._say(problem)

    def close(self) -> None:
        """Waits and ends the writing thread; a later `save` starts a new one."""
        try:
            self.wait()
        finally:
            if self._writer is not None:
                self._writer.shutdown()
                self._writer = None

    def places(self) -> list[Place]:
        """Where the checkpoints that lie there were taken, sound or not, oldest first."""
        named = (NAME.fullmatch(path.stem) for path in self.folder.glob("epoch-*.json"))
        return sorted(Place(int(name[1]), int(name[2] or 0)) for name in named if name)

    def load(self) -> Saved | None:
        """The newest sound checkpoint; None where the folder has none at all.

        A broken one is passed over in favour of the one before, and `messages` says so.

        Raises:
            CheckpointError: There are checkpoints and none of them is sound.
        """
        self.wait()
        problems = []
        for place in reversed(self.places()):
            try:
                saved = self._read(place)
            except (OSError, ValueError, KeyError, TypeError) as error:
                problems.append(f"{place} ({error})")
                continue
            if problems:
                self.messages.append(
                    f"Damaged checkpoints in {self.folder} were passed over: "
                    f"{'; '.join(problems)}. The one of {place} is sound."
                )
            self.durable_epochs = place.epochs
            return saved
        if problems:
            raise CheckpointError(
                f"No checkpoint in {self.folder} is sound: {'; '.join(problems)}. Start a new run."
            )
        return None

    def _say(self, problem: OSError) -> None:
        if not self._told:
            self._told = True
            places = self.places()
            newest = f"the newest is of {places[-1]}" if places else "there is none"
            log.warning(
                "A checkpoint cannot be written to %s. Training goes on; what can be resumed: %s.",
                unwritten(problem, self.folder),
                newest,
            )

    def _write(self, saved: Saved, keep: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays, dtypes = storable(saved.arrays)
        packed = self._path(saved.place, "npz")
        digest = replaced(packed, lambda file: np.savez(file, allow_pickle=False, **arrays))
        content = {
            "format": FORMAT,
            "place": saved.place,
            "arrays_sha256": digest,
            "dtypes": dtypes,
            "notes": saved.notes,
        }
        plain = _canonical(content)
        text = f'{{"sha256": "{_digest(plain)}", "content": {plain}}}'
        try:
            replaced(self._path(saved.place, "json"), lambda file: file.write(text.encode()))
        except OSError:
            packed.unlink(missing_ok=True)
            raise
        reach_the_disk(self.folder)
        self.durable_epochs = saved.place.epochs
        self._clear(saved.place, keep)

    def _read(self, place: Place) -> Saved:
        manifest = json.loads(self._path(place, "json").read_text(encoding="utf-8"))
        content = manifest["content"]
        if _digest(_canonical(content)) != manifest["sha256"]:
            raise ValueError("its JSON file was changed")
        if content["format"] != FORMAT:
            raise ValueError(f"its format must be {FORMAT}. Received: {content['format']}")
        packed = self._path(place, "npz")
        with packed.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != content["arrays_sha256"]:
                raise ValueError(f"{packed.name} is torn or was changed")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                restored = {key: typed(arrays[key], content["dtypes"][key]) for key in arrays}
        return Saved(place, restored, content["notes"])

    def _clear(self, newest: Place, keep: int) -> None:
        # Later ones than the newest are the damaged ones that `load` passed over.
        places = self.places()
        until_now = [place for place in places if place <= newest]
        for place in {*places} - {*until_now[-keep:]}:
            # The JSON file first: arrays without it count for nothing.
            self._path(place, "json").unlink(missing_ok=True)
            self._path(place, "npz").unlink(missing_ok=True)
        for leftover in self.folder.glob("epoch-*.part"):
            leftover.unlink(missing_ok=True)

    def _path(self, place: Place, ending: str) -> Path:
        within = f"-step-{place.steps:08d}" if place.steps else ""
        return self.folder / f"epoch-{place.epochs:06d}{within}.{ending}"


def _canonical(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
