"""Does an export answer as the training code does? The proof before it gets its number."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.data.stored_arrays import stored_arrays
from dlsuite.serving import replay, suppressed
from dlsuite.serving.graph_check import check_model
from dlsuite.serving.manifest import EXTRA, read_manifest
from dlsuite.serving.replay import Case
from dlsuite.serving.versions import locate

CASES = f"{EXTRA}/replay.npz"
EXPECTED = f"{EXTRA}/expected.npz"
CHILD_SECONDS = 600  # a child that takes longer hangs

Answers = dict[str, dict[str, np.ndarray]]


class ExportMismatch(RuntimeError):
    """An export that does not answer as the training code does."""


@dataclass(frozen=True)
class Verified:
    """An export that answered as expected.

    Attributes:
        max_difference: The largest difference of a number, see `compare`.
        answers: What it said: arrays `[n, ...]` by output, by signature.
    """

    max_difference: float
    answers: Answers

    @property
    def examples(self) -> int:
        """How many examples were asked."""
        return len(next(iter(next(iter(self.answers.values())).values())))


def verify(
    loaded: Any, cases: Sequence[Case], expected: Mapping[str, np.ndarray], tolerance: float
) -> Verified:
    """Asks a SavedModel that was loaded in this process, see `compare`."""
    said = [replay.ask(loaded, case.signature, case.inputs) for case in cases]
    return compare(cases, said, expected, tolerance)


def verify_in_child(path: str | Path) -> Verified:
    """Asks an export, in a process that cannot import Keras, the examples kept beside it.

    Raises:
        ExportMismatch: If the child fails, or answers otherwise than the training code did.
        FileNotFoundError: If `path` is no export of this suite.
        UnsafeModel: If it would do more than compute; then it is not loaded.
    """
    return verify_draft_in_child(locate(path))


def verify_draft_in_child(path: Path) -> Verified:
    """`verify_in_child` of the SavedModel `path` itself, which may be a draft."""
    path = path.resolve()
    check_model(path)
    cases, expected = read_examples(path)
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers.npz"
        try:
            child = subprocess.run(
                [sys.executable, "-P", replay.__file__, path, path / CASES, answers],
                # The process that trained may still hold the accelerator.
                env={**os.environ, "TF_FORCE_GPU_ALLOW_GROWTH": "true"},
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=CHILD_SECONDS,
            )
        except subprocess.TimeoutExpired as hanging:
            raise ExportMismatch(
                f"An export must answer {len(cases)} questions within {CHILD_SECONDS} s. {path} "
                "had not by then."
            ) from hanging
        if child.returncode:
            raise ExportMismatch(
                "An export must answer in a process that has TensorFlow and nothing of its "
                f"training. {path} failed there:\n{child.stderr[-2000:].strip()}"
            )
        _, said = replay.read_arrays(answers)
    return compare(cases, said, expected, read_manifest(path)["verification"]["tolerance"])


def compare(
    cases: Sequence[Case],
    said: Sequence[Mapping[str, np.ndarray]],
    expected: Mapping[str, np.ndarray],
    tolerance: float,
) -> Verified:
    """Compares every output of every signature that `expected` has, row by row.

    The difference of two numbers is `|a - b| / max(1, |b|)`: absolute for probabilities, relative
    for large predictions, where float32 resolves no more. Integers and strings must be equal,
    but for rows that are tied: their expected `margin`, by how much a probability is ahead of
    what would have been answered else, is not above twice the tolerance. Where there is no
    `margin`, that is how far the two largest `probabilities` are apart, for `class_id` and
    `class_name` alone. Boxes of a detector that come with their candidates are asked to be some
    that suppression may leave of these, see `suppressed`.

    Args:
        cases: The questions.
        said: The answers to each, arrays `[B, ...]` by output.
        expected: What the training code answers, arrays `[N, ...]` by output.
        tolerance: Largest difference of a number that is allowed.

    Raises:
        ExportMismatch: At the first output that differs, or where a signature shares no output
            with `expected`.
    """
    largest = 0.0
    collected: dict[str, dict[str, list[np.ndarray]]] = {}
    tied, chosen = _tied(expected, tolerance), suppressed.has_candidates(expected)
    for case, answer in zip(cases, said, strict=True):
        shared = sorted(set(answer) & set(expected))
        if not shared:
            raise ExportMismatch(
                f"Signature `{case.signature}` must give one of the outputs "
                f"{sorted(expected)}. Received: {sorted(answer)}."
            )
        outputs = collected.setdefault(case.signature, {})
        rows = np.asarray(case.rows)
        if chosen:
            wrong, apart = suppressed.judged(case.rows, answer, expected, tolerance)
            if wrong:
                raise ExportMismatch(f"Signature `{case.signature}`, {wrong}.")
            largest = max(largest, apart)
        for name in shared:
            if chosen and name in suppressed.ANSWERS:
                outputs.setdefault(name, []).append(answer[name])
                continue
            where = f"Signature `{case.signature}`, output `{name}`"
            wanted = np.asarray(expected[name])[rows]
            decided = "margin" in expected or name in ("class_id", "class_name")
            loose = _spread(tied[rows], wanted) if decided else np.asarray(False)
            largest = max(largest, _difference(where, rows, answer[name], wanted, loose, tolerance))
            outputs.setdefault(name, []).append(answer[name])
    return Verified(largest, {s: _joined(outputs) for s, outputs in collected.items()})


def write_examples(
    path: Path, cases: Sequence[Case], expected: Mapping[str, np.ndarray], count: int
) -> None:
    """Keeps the first `count` examples beside an export, for `verify_in_child`."""
    first = [case for case in (_first(case, count) for case in cases) if case.rows]
    replay.write_cases(path / CASES, first)
    replay.write_arrays(path / EXPECTED, None, [{k: v[:count] for k, v in expected.items()}])


def read_examples(path: Path) -> tuple[list[Case], dict[str, np.ndarray]]:
    """What `write_examples` kept.

    Raises:
        ValueError: A file of them is damaged.
    """
    for name in (CASES, EXPECTED):
        stored_arrays(path / name, ["index"])
    try:
        _, (expected,) = replay.read_arrays(path / EXPECTED)
        return replay.read_cases(path / CASES), expected
    except (KeyError, TypeError, IndexError, MemoryError, EOFError) as error:
        raise ValueError(
            f"{path / EXTRA} must hold examples as an export writes them. Received: a file that "
            f"cannot be read, {type(error).__name__}: {error}."
        ) from error


def _tied(expected: Mapping[str, np.ndarray], tolerance: float) -> np.ndarray:
    if "margin" in expected:
        return expected["margin"] <= 2 * tolerance
    probabilities = expected.get("probabilities")
    if probabilities is None or probabilities.shape[-1] < 2:
        count = len(next(iter(expected.values())))
        return np.zeros(count, bool)
    ordered = np.sort(probabilities, axis=-1)
    return ordered[..., -1] - ordered[..., -2] <= 2 * tolerance


def _spread(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Truths of rows for every element of `wanted`."""
    return rows.reshape(rows.shape + (1,) * (wanted.ndim - rows.ndim))


def _difference(
    where: str, rows: np.ndarray, got: np.ndarray, wanted: np.ndarray, tied: Any, tolerance: float
) -> float:
    if got.shape != wanted.shape:
        raise ExportMismatch(f"{where} must have shape {wanted.shape}. Received: {got.shape}.")
    differences = np.zeros(got.shape)
    if wanted.dtype.kind == "f":
        wanted = wanted.astype("float64")
        differences = np.abs(got - wanted) / np.maximum(1, np.abs(wanted))
        differing = ~(differences <= tolerance)  # NaN differs
    else:
        got, wanted = _plain(got), _plain(wanted)
        differing = (got != wanted) & ~tied
    if differing.any():
        place = tuple(np.argwhere(differing)[0])
        raise ExportMismatch(
            f"{where} must be what the training code answers, numbers within {tolerance}. Example "
            f"{rows[place[0]]}, element {list(map(int, place[1:]))}: it answers {wanted[place]}. "
            f"Received: {got[place]}."
        )
    return float(differences.max(initial=0))


def _plain(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "OSU":
        return array
    texts = [item.decode() if isinstance(item, bytes) else str(item) for item in array.flat]
    return np.array(texts, object).reshape(array.shape)


def _joined(outputs: Mapping[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate(arrays) for name, arrays in outputs.items()}


def _first(case: Case, count: int) -> Case:
    kept = [place for place, row in enumerate(case.rows) if row < count]
    inputs = {name: array[kept] for name, array in case.inputs.items()}
    return Case(case.signature, tuple(case.rows[place] for place in kept), inputs)
