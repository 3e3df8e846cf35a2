"""Is a training that is killed and resumed the training that was never killed? Tried out.

One process trains to the end. Then a second training of the same recipe is killed by SIGKILL again
and again and resumed each time, in processes of their own, and what both leave is compared bit for
bit: weights, optimizer variables, seed generators, history, scores and predictions.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.progress import working
from dlsuite.tracking import Store

KINDS = ("between", "within", "written")
LONGEST_DELAY = 0.02  # seconds into a step, or into the writing of a checkpoint
# Bit-equal results are promised on a CPU with deterministic operations.
IN_FORCE = ("runtime.deterministic=true", "runtime.device=cpu")


class VerificationError(RuntimeError):
    """A training ended otherwise than it was told to."""


@dataclass(frozen=True)
class Kill:
    """A death: after which step of the training, in the middle of what, and what was left."""

    step: int
    kind: str
    left: str


@dataclass(frozen=True)
class Verification:
    """What was tried and what came out.

    Attributes:
        recipe: Its name.
        run_id: The run that was killed, in a store that is gone now.
        steps: Of the whole training.
        kills: Every death, in order.
        compared: Numbers compared by group: weights, optimizer, random, metrics, predictions.
        differences: What was not equal, in words; empty where the promise holds.
    """

    recipe: str
    run_id: str
    steps: int
    kills: tuple[Kill, ...]
    compared: Mapping[str, int]
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether not one bit differs."""
        return not self.differences


def verify_resume(
    pipeline: str,
    recipe: str,
    overrides: Sequence[str] = (),
    *,
    kills: int = 5,
    seed: int = 0,
    every: str | None = None,
) -> Verification:
    """Train once in peace and once with `kills` deaths, and compare.

    Args:
        pipeline: Where the application is, `package.module:attribute`.
        recipe: A file, or the name of a recipe that ships.
        overrides: Dotted changes to it, `training.epochs=3`.
        kills: How often the second training is killed.
        seed: Of the moments.
        every: Pace of checkpoints, such as `3 steps`; the recipe's own if None.

    Raises:
        VerificationError: A training failed, or could not be killed.
    """
    changes = [*overrides, *IN_FORCE]
    if every is not None:
        changes.append(f"training.checkpoint.every={every}")
    with tempfile.TemporaryDirectory(prefix="verify-resume-") as scratch:
        trial = _Trial(Path(scratch), {"pipeline": pipeline, "recipe": recipe}, changes)
        with working("training without interruption"):
            whole = trial.train("whole")
        died, run_id = [], None
        for number, kill in enumerate(_moments(whole.notes["steps"], kills, seed), start=1):
            with working(f"kill {number} of {kills}, {_moment(kill)}"):
                left = trial.kill(kill, run_id)
            run_id = trial.store("killed").find("latest").run_id
            died.append(Kill(kill["step"], kill["kind"], left))
        with working("resuming to the end"):
            parts = trial.train("killed", run_id)
        return Verification(
            recipe=recipe,
            run_id=run_id or "",
            steps=whole.notes["steps"],
            kills=tuple(died),
            compared=_counted(whole.arrays),
            differences=tuple(_differences(whole, parts)),
        )


@dataclass(frozen=True)
class _End:
    arrays: Mapping[str, np.ndarray]
    notes: Mapping[str, Any]


class _Trial:
    """Processes that train in a folder of their own."""

    def __init__(self, folder: Path, order: Mapping[str, Any], overrides: Sequence[str]) -> None:
        self.folder = folder
        self.order = {**order, "overrides": list(overrides)}
        self.processes = 0

    def store(self, name: str) -> Store:
        return Store.open(self._uri(name))

    def train(self, name: str, resume: str | None = None) -> _End:
        """One process that reaches the end."""
        end = self.folder / f"{name}-end"
        done = self._process(name, resume=resume, end=str(end))
        if done.returncode != 0:
            raise VerificationError(f"The training failed. {_last_lines(done.stderr)}")
        with np.load(end.with_suffix(".npz"), allow_pickle=False) as arrays:
            whole = {key: arrays[key] for key in arrays}
        return _End(whole, json.loads(end.with_suffix(".json").read_text(encoding="utf-8")))

    def kill(self, kill: Mapping[str, Any], run_id: str | None) -> str:
        """One process that dies; what it leaves in checkpoints."""
        end = str(self.folder / "never")
        done = self._process("killed", kill=kill, resume=run_id, end=end)
        if done.returncode != -signal.SIGKILL:
            raise VerificationError(
                f"The process that was to be killed {_moment(kill)} ended with code "
                f"{done.returncode}. {_last_lines(done.stderr)}"
            )
        names = sorted(p.name for p in self.folder.glob("killed/checkpoints/*/*") if p.is_file())
        torn = sum(name.endswith(".part") for name in names)
        newest = [name.removesuffix(".json") for name in names if name.endswith(".json")][-1:]
        return (newest[0] if newest else "no checkpoint") + (" and a torn file" if torn else "")

    def _process(
        self, name: str, *, resume: str | None, end: str, kill: Mapping[str, Any] | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.processes += 1
        order = self.folder / f"order-{self.processes}.json"
        what = {"kill": kill, "resume": resume, "end": end, "noise": self.processes, **self.order}
        order.write_text(json.dumps(what), encoding="utf-8")
        (self.folder / name).mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-m", "dlsuite.studies.interrupted", str(order)],
            env={**os.environ, "MLFLOW_TRACKING_URI": self._uri(name), "TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            check=False,
        )

    def _uri(self, name: str) -> str:
        return f"sqlite:///{self.folder / name / 'mlflow.db'}"


def _moments(steps: int, kills: int, seed: int) -> list[dict[str, Any]]:
    """Random moments in the order of the training, each kind about equally often."""
    if steps < 2:
        raise VerificationError(f"A training of {steps} step cannot be killed between two.")
    draw = np.random.default_rng(seed)
    at = np.sort(draw.integers(1, steps, kills))
    kinds = draw.permutation([KINDS[index % len(KINDS)] for index in range(kills)])
    return [
        {"step": int(step), "kind": str(kind), "delay": float(draw.uniform(0, LONGEST_DELAY))}
        for step, kind in zip(at, kinds, strict=True)
    ]


def _moment(kill: Mapping[str, Any]) -> str:
    after = f"after step {kill['step']}"
    if kill["kind"] == "between":
        return after
    if kill["kind"] == "within":
        return f"{1000 * kill['delay']:.1f} ms {after}"
    return f"{1000 * kill['delay']:.1f} ms into the first checkpoint {after}"


def _differences(whole: _End, parts: _End) -> list[str]:
    found = [f"{name} is there only once" for name in sorted({*whole.arrays} ^ {*parts.arrays})]
    for name in sorted({*whole.arrays} & {*parts.arrays}):
        before, after = whole.arrays[name], parts.arrays[name]
        if before.dtype != after.dtype or before.shape != after.shape:
            found.append(f"{name} is {after.dtype}{after.shape}, was {before.dtype}{before.shape}")
        elif before.tobytes() != after.tobytes():
            found.append(
                f"{name} differs in {int(np.sum(before != after))} of {before.size} numbers"
            )
    for name in ("history", "initial", "best_epoch", "scores", "steps"):
        # As text, so that NaN is NaN.
        one, other = (json.dumps(end.notes[name], sort_keys=True) for end in (whole, parts))
        if one != other:
            found.append(f"{name}: {other}, was {one}")
    return found


def _counted(arrays: Mapping[str, np.ndarray]) -> dict[str, int]:
    groups = {"model": "weights", "optimizer": "optimizer", "random": "random"}
    counts: dict[str, int] = {}
    for name, array in arrays.items():
        kind, _, rest = name.partition("/")
        group = rest.split("/")[0].split(".")[0]
        label = "predictions" if kind == "answers" else groups.get(group, group)
        counts[label] = counts.get(label, 0) + array.size
    return counts


def _last_lines(text: str, most: int = 5) -> str:
    return "Its last words: " + " | ".join(text.strip().splitlines()[-most:])
