"""Trainings in processes of their own, each in a store of its own: whole ones, and killed ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.tracking import EPOCH, Store

# What a process that dies of a kind ends with.
CODES = {"asked": 128 + signal.SIGTERM}


class VerificationError(RuntimeError):
    """A training ended otherwise than it was told to."""


@dataclass(frozen=True)
class End:
    """What a whole training left: its state and answers, what it measured, what was delivered.

    Attributes:
        arrays: By `state/GROUP/INDEX` and `answers/SPLIT/INDEX`.
        notes: History, scores and steps, in plain values.
        delivered: Every point of every epoch's measures that the store holds, `(step, value)`.
    """

    arrays: Mapping[str, np.ndarray]
    notes: Mapping[str, Any]
    delivered: Mapping[str, Sequence[tuple[int, float]]]


@dataclass(frozen=True)
class Left:
    """What a killed training left.

    Attributes:
        newest: Name of its newest checkpoint.
        unfinished: Files of one that was being written.
        parting: Where it was only asked to end: `steps` done by then, `seconds` it took to end.
    """

    newest: str
    unfinished: tuple[str, ...]
    parting: Mapping[str, Any]


class Trial:
    """Processes that train in a folder, one after the other.

    Args:
        folder: Where their stores are.
        order: `pipeline` and `recipe`.
        overrides: Changes to the recipe.
    """

    def __init__(self, folder: Path, order: Mapping[str, Any], overrides: Sequence[str]) -> None:
        self.folder = folder
        self.order = {**order, "overrides": list(overrides)}
        self.orders = 0
        self._nursery: subprocess.Popen[str] | None = None

    def close(self) -> None:
        """Ends the process that begins others."""
        if self._nursery is not None:
            self._nursery.communicate()
            self._nursery = None

    def latest(self, name: str) -> str:
        """Id of the newest run in the store `name`."""
        return Store.open(self._uri(name)).find("latest").run_id

    def train(self, name: str, resume: str | None = None) -> End:
        """One process that reaches the end.

        Raises:
            VerificationError: It does not.
        """
        end = self.folder / f"{name}-end"
        code, words = self._fresh(self._written(name, resume=resume, end=str(end)))
        if code != 0:
            raise VerificationError(f"The training failed. {_last_lines(words)}")
        with np.load(end.with_suffix(".npz"), allow_pickle=False) as arrays:
            whole = {key: arrays[key] for key in arrays}
        notes = json.loads(end.with_suffix(".json").read_text(encoding="utf-8"))
        return End(whole, notes, self._delivered(name, notes["run_id"]))

    def kill(self, name: str, kill: Mapping[str, Any], resume: str | None) -> Left:
        """One process that dies.

        Raises:
            VerificationError: It ends otherwise.
        """
        before = self._unfinished(name)
        end = self.folder / "parting"
        code, words = self._forked(self._written(name, kill=kill, resume=resume, end=str(end)))
        if code != CODES.get(kill["kind"], -signal.SIGKILL):
            raise VerificationError(
                f"The process that was to be killed after step {kill['step']} ended with code "
                f"{code}. {_last_lines(words)}"
            )
        newest = max((path.stem for path in self._checkpoints(name, "json")), default="none")
        said = end.with_suffix(".json")
        parting = json.loads(said.read_text(encoding="utf-8")) if said.exists() else {}
        unfinished = tuple(path.name for path in self._unfinished(name) - before)
        return Left(newest, unfinished, parting)

    def _unfinished(self, name: str) -> set[Path]:
        """Files of checkpoints that do not count: under another name, or without their JSON."""
        parts = self._checkpoints(name, "part")
        alone = (p for p in self._checkpoints(name, "npz") if not p.with_suffix(".json").exists())
        return {*parts, *alone}

    def _checkpoints(self, name: str, ending: str) -> list[Path]:
        return list(self.folder.glob(f"{name}/checkpoints/*/epoch-*.{ending}"))

    def _delivered(self, name: str, run_id: str) -> dict[str, list[tuple[int, float]]]:
        store = Store.open(self._uri(name))
        names = [n for n in store.find(run_id).metrics if n.startswith(EPOCH)]
        client = store.connection.client
        return {
            # Not `RunRecord.history`, which hides what was delivered twice.
            metric: sorted((p.step, p.value) for p in client.get_metric_history(run_id, metric))
            for metric in names
            if metric != f"{EPOCH}seconds"
        }

    def _written(
        self, name: str, *, resume: str | None, end: str, kill: Mapping[str, Any] | None = None
    ) -> Path:
        self.orders += 1
        order = self.folder / f"order-{self.orders}.json"
        what = {"resume": resume, "end": end, "kill": kill, "noise": self.orders, **self.order}
        what["store"] = f"sqlite:///{self.folder / name / 'mlflow.db'}"
        order.write_text(json.dumps(what), encoding="utf-8")
        (self.folder / name).mkdir(exist_ok=True)
        return order

    def _fresh(self, order: Path) -> tuple[int, str]:
        """Exit code and words of a process that begins with nothing."""
        done = subprocess.run(_command(order), capture_output=True, text=True, env=_environment())
        return done.returncode, done.stderr

    def _forked(self, order: Path) -> tuple[int, str]:
        """Those of a child of one process that has imported everything already."""
        if self._nursery is None:
            self._nursery = subprocess.Popen(
                _command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=_environment(),
            )
        asked, answer = self._nursery.stdin, self._nursery.stdout
        assert asked is not None
        assert answer is not None
        asked.write(f"{order}\n")
        asked.flush()
        code = answer.readline()
        if not code:
            raise VerificationError("The process that was to begin the others has ended.")
        return int(code), order.with_suffix(".log").read_text(encoding="utf-8", errors="replace")

    def _uri(self, name: str) -> str:
        return f"sqlite:///{self.folder / name / 'mlflow.db'}"


def _command(*words: Any) -> list[str]:
    return [sys.executable, "-m", "dlsuite.studies.interrupted", *map(str, words)]


def _environment() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


def _last_lines(text: str, most: int = 5) -> str:
    return "Its last words: " + " | ".join(text.strip().splitlines()[-most:])
