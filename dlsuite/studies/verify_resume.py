"""Is a training that is killed and resumed the training that was never killed? Tried out.

One process trains to the end. Then a second training of the same recipe is killed by SIGKILL again
and again and resumed each time, in processes of their own, and what both leave is compared bit for
bit: weights, optimizer variables, seed generators, history, scores, predictions, and every point of
every measure that the store was given.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.progress import working
from dlsuite.studies.trial import End, Trial, VerificationError

KINDS = ("between", "within", "written")
# Bit-equal results are promised on a CPU with deterministic operations.
IN_FORCE = ("runtime.deterministic=true", "runtime.device=cpu")
GROUPS = {"model": "weights", "random": "random states"}


@dataclass(frozen=True)
class Kill:
    """A death: after which step of the run, in the middle of what, and what was left.

    Attributes:
        step: Steps of the run done before it.
        kind: Between two steps, within the next one, or while a checkpoint was written.
        left: The newest whole checkpoint.
        torn: Whether it left files of a checkpoint that was not finished.
    """

    step: int
    kind: str
    left: str
    torn: bool


@dataclass(frozen=True)
class Verification:
    """What was tried and what came out.

    Attributes:
        recipe: Its name.
        run_id: The run that was killed, in a store that is gone now.
        steps: Of the whole run.
        kills: Every death, in order.
        compared: Numbers compared by group: weights, optimizer, metrics, predictions, history.
        differing: How many of them differ.
        differences: What was not equal, in words; empty where the promise holds.
    """

    recipe: str
    run_id: str
    steps: int
    kills: tuple[Kill, ...]
    compared: Mapping[str, int]
    differing: int
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether not one bit differs."""
        return not self.differences

    @property
    def torn(self) -> int:
        """Kills that left files of a checkpoint that was not finished."""
        return sum(kill.torn for kill in self.kills)


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
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="verify-resume-"))
        trial = Trial(Path(scratch), {"pipeline": pipeline, "recipe": recipe}, changes)
        stack.callback(trial.close)
        with working("training without interruption"):
            whole = trial.train("whole")
        died: list[Kill] = []
        run_id = None
        before = [0, *accumulate(whole.notes["steps"])]
        for moment in moments(whole.notes["steps"], kills, seed):
            step = before[moment["training"]] + moment["step"]
            with working(f"kill {len(died) + 1} of {kills}, {_when(moment['kind'], step)}"):
                left = trial.kill("killed", {**moment, "span": whole.notes["span"]}, run_id)
            run_id = run_id or trial.latest("killed")
            died.append(Kill(step, moment["kind"], left.newest, bool(left.unfinished)))
        with working("resuming to the end"):
            parts = trial.train("killed", run_id)
    found = list(_differing(whole, parts))
    return Verification(
        recipe=recipe,
        run_id=run_id or "",
        steps=before[-1],
        kills=tuple(died),
        compared=_counted(whole),
        differing=sum(number for _, number in found),
        differences=tuple(words for words, _ in found),
    )


def moments(steps: Sequence[int], kills: int, seed: int) -> list[dict[str, Any]]:
    """Random moments in the order of the run, each kind about equally often.

    Args:
        steps: Of each training of the run; with cross-validation there are several.
        kills: How many moments.
        seed: Of the draw.
    """
    if sum(steps) < 2:
        raise VerificationError(f"A run of {sum(steps)} step cannot be killed between two.")
    draw = np.random.default_rng(seed)
    places = [(training, step) for training, n in enumerate(steps) for step in range(1, n + 1)]
    at = np.sort(draw.integers(0, len(places) - 1, kills))
    kinds = draw.permutation([KINDS[index % len(KINDS)] for index in range(kills)])
    return [
        {
            "training": places[place][0],
            "step": places[place][1],
            "kind": str(kind),
            "share": float(draw.uniform()),
        }
        for place, kind in zip(at, kinds, strict=True)
    ]


def _when(kind: str, step: int) -> str:
    if kind == "written":
        return f"in the first checkpoint after step {step}"
    return f"after step {step}" if kind == "between" else f"within step {step + 1}"


def _differing(whole: End, parts: End) -> Iterator[tuple[str, int]]:
    """What is not equal, in words, and how many numbers that are."""
    for name in sorted({*whole.arrays} ^ {*parts.arrays}):
        there = whole if name in whole.arrays else parts
        yield f"{name} is there only once", there.arrays[name].size
    for name in sorted({*whole.arrays} & {*parts.arrays}):
        before, after = whole.arrays[name], parts.arrays[name]
        if before.dtype != after.dtype or before.shape != after.shape:
            yield (
                f"{name} is {after.dtype}{after.shape}, was {before.dtype}{before.shape}",
                before.size,
            )
        elif before.tobytes() != after.tobytes():
            number = _bits_differing(before, after)
            yield f"{name} differs in {number} of {before.size} numbers", number
    for name in ("history", "initial", "best_epoch", "stopped_early", "scores"):
        # As text, so that NaN is NaN.
        one, other = (json.dumps(end.notes.get(name), sort_keys=True) for end in (whole, parts))
        if one != other:
            yield f"{name}: {other}, was {one}", 1
    for name in sorted({*whole.delivered} | {*parts.delivered}):
        one, other = (str(end.delivered.get(name)) for end in (whole, parts))
        if one != other:
            yield f"delivered {name}: {other}, was {one}", 1


def _bits_differing(before: np.ndarray, after: np.ndarray) -> int:
    if before.dtype.hasobject or not before.itemsize:
        return 1
    one, other = (np.frombuffer(a.tobytes(), f"V{a.itemsize}") for a in (before, after))
    return int(np.sum(one != other))


def _counted(whole: End) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, array in whole.arrays.items():
        kind, _, rest = name.partition("/")
        group = rest.split("/")[0].split(".")[0]
        label = "predictions" if kind == "answers" else GROUPS.get(group, group)
        counts[label] = counts.get(label, 0) + array.size
    counts["history"] = sum(map(len, whole.notes["history"]))
    counts["delivered"] = sum(map(len, whole.delivered.values()))
    return counts
