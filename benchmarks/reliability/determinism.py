"""Is the same recipe the same training again, bit for bit, in a process of its own?

    python -m benchmarks.reliability determinism

Weights, optimizer variables, states of seed generators, metrics, history, scores and predictions
of each process become one SHA-256; what counts is how many processes end with another one.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import Row, say

# recipe -> its application. The first augments in a parallel map and drops units.
RECIPES = {
    "digits_lenet5": "image_classification",
    "wine_mlp": "tabular",
    "diabetes_mlp": "tabular",
}
SHORT = ("training.epochs=2", "baseline=null", "expect={}")
IN_FORCE = ("runtime.deterministic=true", "runtime.device=cpu")
NOTES = ("history", "initial", "best_epoch", "scores", "steps")
AT_ONCE = 4  # processes, as a sweep would start them
BUSY = 4  # processes that do nothing but take processors


@dataclass(frozen=True)
class End:
    """What a training left: the hash of all of it, and how many numbers that was."""

    sha256: str
    numbers: int


def rows() -> Iterator[Row]:
    """Reruns in other circumstances, four at once, and with what nothing is promised for."""
    with tempfile.TemporaryDirectory(prefix="dlsuite-determinism-") as scratch:
        folder = Path(scratch)
        firsts = {recipe: trained(folder, [recipe])[0] for recipe in RECIPES}
        for recipe, first in firsts.items():
            others = {"PYTHONHASHSEED": "7"}, {"PYTHONHASHSEED": "8", "TZ": "Asia/Tokyo"}
            again = [trained(folder, [recipe], surroundings)[0] for surroundings in others]
            yield _row(f"other hash seed, folder and time zone, {recipe}", first, again)
        for recipe, first in firsts.items():
            with load():
                again = trained(folder, [recipe])
            yield _row(f"beside {BUSY} busy processes, {recipe}", first, again)
        recipe, first = next(iter(firsts.items()))
        again = trained(folder, [recipe] * AT_ONCE)
        yield _row(f"{AT_ONCE} processes at once, {recipe}", first, again)
        for threads in (1, 3):
            again = trained(folder, [recipe], overrides=[f"runtime.threads={threads}"])
            yield _row(f"thread pools of {threads}, {recipe}", first, again, target=None)


def _row(name: str, first: End, again: Sequence[End], target: float | None = 0) -> Row:
    differ = sum(end.sha256 != first.sha256 for end in again)
    note = f"{len(again)} reruns, {first.numbers:,} numbers each; {first.sha256[:12]}"
    say(f"  {name}: {[end.sha256[:12] for end in again]} against {first.sha256[:12]}")
    return Row(f"reruns that differ: {name}", "", [differ], target, note)


def trained(
    folder: Path,
    recipes: Sequence[str],
    surroundings: Mapping[str, str] = {},
    overrides: Sequence[str] = (),
) -> list[End]:
    """Recipes trained at once, each in a process, a current folder and a store of its own.

    Args:
        folder: Where they work.
        recipes: Names of `RECIPES`; one may be there several times.
        surroundings: Further environment variables.
        overrides: Further changes to the recipes.
    """
    started = [_started(folder, recipe, surroundings, overrides) for recipe in recipes]
    return [_end(process, place) for process, place in started]


def written(place: Path, pipeline: str, recipe: Any, overrides: Sequence[str]) -> Path:
    """The order of a training that keeps its store, and what is left of it, in a folder."""
    order = {
        "pipeline": pipeline,
        "recipe": recipe,
        "overrides": [*IN_FORCE, *overrides],
        "store": f"sqlite:///{place}/mlflow.db",
        "end": str(place / "end"),
        "kill": None,
        "resume": None,
        "noise": place.name,
    }
    path = place / "order.json"
    path.write_text(json.dumps(order), encoding="utf-8")
    return path


def left(place: Path) -> End:
    """What the training of that folder left."""
    notes = json.loads((place / "end.json").read_text(encoding="utf-8"))
    digest, numbers = hashlib.sha256(), 0
    with np.load(place / "end.npz", allow_pickle=False) as arrays:
        for name in sorted(arrays):
            array = arrays[name]
            digest.update(f"{name} {array.dtype} {array.shape}".encode())
            digest.update(array.tobytes())
            numbers += array.size
    digest.update(json.dumps([notes[name] for name in NOTES], sort_keys=True).encode())
    return End(digest.hexdigest(), numbers)


def _started(
    folder: Path, recipe: str, surroundings: Mapping[str, str], overrides: Sequence[str]
) -> tuple[subprocess.Popen[bytes], Path]:
    place = Path(tempfile.mkdtemp(prefix=f"{recipe}-", dir=folder))
    pipeline = f"pipelines.{RECIPES[recipe]}:pipeline"
    order = written(place, pipeline, recipe, [*SHORT, *overrides])
    path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, **surroundings}
    with (place / "log.txt").open("wb") as log:
        command = [sys.executable, "-m", "dlsuite.studies.interrupted", str(order)]
        return subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log), place


def _end(process: subprocess.Popen[bytes], place: Path) -> End:
    if process.wait():
        raise RuntimeError((place / "log.txt").read_text(encoding="utf-8")[-2000:])
    return left(place)


@contextmanager
def load() -> Iterator[None]:
    """Processes that take what processors they get, for the length of a `with` block."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
