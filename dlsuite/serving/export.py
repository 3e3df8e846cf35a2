"""From a trained model to a served one: a versioned SavedModel that is proven before it counts."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from dlsuite.progress import working
from dlsuite.serving.graph_check import check_model
from dlsuite.serving.latency import latency_ms
from dlsuite.serving.manifest import (
    package_versions,
    read_manifest,
    signature_facts,
    write_manifest,
)
from dlsuite.serving.replay import Case, tensorflow_alone
from dlsuite.serving.saved_model import size_mb, write_saved_model
from dlsuite.serving.signatures import Signature
from dlsuite.serving.verify import verify, verify_draft_in_child, write_examples
from dlsuite.serving.versions import locate, new_version
from dlsuite.types import Tree

if TYPE_CHECKING:
    import keras

LATENCY_BATCH = 32  # examples whose answers are timed together
BATCH = 64  # examples in one replayed question
KEPT = 16  # examples that go with an export, so that a copy can be proven anywhere


class RawExamples(Protocol):
    """What `export` needs of `dlsuite.data.Examples`."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> Tree: ...


@dataclass(frozen=True)
class Exported:
    """A finished version of an export.

    Attributes:
        path: Its folder, `FOLDER/N`.
        max_difference: Largest difference to the training code's answers, see `verify.compare`.
        examples: How many examples were replayed through each signature.
        size_mb: Size of the SavedModel in 10^6 bytes.
        p50_latency_ms: Median milliseconds of one answer at batch 1, of the first signature.
        p95_latency_ms: The 95th percentile of the same.
        p50_batch_latency_ms: Median milliseconds of the answers to a whole batch.
        p95_batch_latency_ms: The 95th percentile of the same.
    """

    path: Path
    max_difference: float
    examples: int
    size_mb: float
    p50_latency_ms: float
    p95_latency_ms: float
    p50_batch_latency_ms: float
    p95_batch_latency_ms: float

    @property
    def version(self) -> int:
        """The number `N`."""
        return int(self.path.name)


def export(
    folder: str | Path,
    model: keras.Model,
    signatures: Mapping[str, Signature],
    *,
    examples: RawExamples,
    expected: Mapping[str, np.ndarray],
    manifest: Mapping[str, Any],
    tolerance: float = 1e-5,
    latency_batch: int = LATENCY_BATCH,
) -> Exported:
    """Writes the next version of `folder` and proves it before it gets its number.

    The SavedModel is written as `N.draft`, loaded again in this process (`copy_export` does it
    in one that has no Keras), asked every example through every signature, compared with
    `expected`, measured, and renamed to `N`. Whatever fails on the way, the draft goes.

    Args:
        folder: Holds the versions `1`, `2`, …; made where it does not exist.
        model: What the signatures use, so that its lookup tables are found.
        signatures: By name; clients that name none ask `serving_default`.
        examples: Raw examples, not seen in training: `len()` and `.read(i)`.
        expected: What the training code answers for them, arrays `[N, ...]` by output name.
            Outputs that a signature does not give are left out.
        manifest: Plain facts about the run, such as pipeline, run and recipe. They go to
            `assets.extra/dlsuite.json` with what is found out here; the first examples are kept
            beside it.
        tolerance: Largest difference of a number that is allowed, see `verify.compare`.
        latency_batch: Examples whose answers are timed together, beside those of one.

    Raises:
        ExportMismatch: If the reloaded model answers otherwise than `expected`.
        UnsafeModel: If the graph would do more than compute, as `tf.py_function` does.
        ValueError: If there is nothing to export or to compare.
    """
    expected = _checked(signatures, examples, expected)
    json.dumps(manifest)  # what cannot be written is refused before anything is
    cases = list(replay_cases(signatures, examples))
    with new_version(folder) as draft:
        write_saved_model(draft.path, model, signatures, cases)
        check_model(draft.path)
        loaded = tensorflow_alone().saved_model.load(str(draft.path))
        verified = verify(loaded, cases, expected, tolerance)
        exported = Exported(
            draft.final,
            verified.max_difference,
            len(examples),
            size_mb(draft.path),
            *latency_ms(loaded, cases[0]),
            *latency_ms(loaded, cases[0], latency_batch),
        )
        served = {name: signature_facts(loaded, name, signatures[name]) for name in signatures}
        facts = {"versions": package_versions(), **manifest, "signatures": served}
        write_manifest(draft.path, {**facts, **_measured(exported, tolerance)})
        write_examples(draft.path, cases, expected, KEPT)
    return exported


def copy_export(source: str | Path, folder: str | Path) -> Exported:
    """Copies an export to the next version of `folder`, proven in a process without Keras.

    The copy is asked the examples that are kept with every export and must give the answers of
    the training code; no code of the training is needed.

    Args:
        source: An export, such as the one that a run keeps; see `locate`.
        folder: Holds the versions `1`, `2`, …; made where it does not exist.

    Raises:
        ExportMismatch: If the copy answers otherwise.
        FileNotFoundError: If `source` is no export of this suite.
    """
    source = locate(source)
    facts = read_manifest(source)
    check_model(source)
    tolerance = facts["verification"]["tolerance"]
    with new_version(folder) as draft, working("copying the model and replaying examples"):
        shutil.copytree(source, draft.path, dirs_exist_ok=True)
        verified = verify_draft_in_child(draft.path)
        exported = Exported(
            draft.final,
            verified.max_difference,
            verified.examples,
            facts["size_mb"],
            facts["p50_latency_ms"],
            facts["p95_latency_ms"],
            facts.get("p50_batch_latency_ms", math.nan),  # not measured by earlier versions
            facts.get("p95_batch_latency_ms", math.nan),
        )
        write_manifest(draft.path, {**facts, **_measured(exported, tolerance)})
    return exported


def replay_cases(signatures: Mapping[str, Signature], examples: RawExamples) -> Iterable[Case]:
    """The questions that `examples` are to each signature, in batches of equal shapes."""
    for name, signature in signatures.items():
        rows: list[int] = []
        batch: list[dict[str, np.ndarray]] = []
        for row in range(len(examples)):
            asked = signature.replay(_batch_of_one(examples.read(row)))
            if batch and (len(batch) == BATCH or _shapes(asked) != _shapes(batch[0])):
                yield Case(name, tuple(rows), _stacked(batch))
                rows, batch = [], []
            rows.append(row)
            batch.append(asked)
        yield Case(name, tuple(rows), _stacked(batch))


def _checked(
    signatures: Mapping[str, Signature], examples: RawExamples, expected: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    if not signatures:
        raise ValueError("`signatures` must name one signature or more. Received: none.")
    lengths = {name: len(array) for name, array in expected.items()}
    if not lengths or set(lengths.values()) != {len(examples)} or len(examples) == 0:
        raise ValueError(
            "`expected` must have an answer to every example, and at least one. "
            f"Received: {len(examples)} examples, answers {lengths}."
        )
    complete = {name: np.asarray(array) for name, array in expected.items()}
    if "probabilities" in complete:
        class_id = complete["probabilities"].argmax(axis=-1)
        complete.setdefault("class_id", class_id)
        for signature in signatures.values():
            if "class_names" in signature.about:
                names = np.asarray(signature.about["class_names"])
                complete.setdefault("class_name", names[class_id])
    return complete


def _measured(exported: Exported, tolerance: float) -> dict[str, Any]:
    return {
        "version": exported.version,
        "size_mb": exported.size_mb,
        "p50_latency_ms": exported.p50_latency_ms,
        "p95_latency_ms": exported.p95_latency_ms,
        "p50_batch_latency_ms": exported.p50_batch_latency_ms,
        "p95_batch_latency_ms": exported.p95_batch_latency_ms,
        "verification": {
            "max_difference": exported.max_difference,
            "tolerance": tolerance,
            "examples": exported.examples,
        },
    }


def _batch_of_one(example: Tree) -> Tree:
    if isinstance(example, Mapping):
        return {name: _batch_of_one(part) for name, part in example.items()}
    return np.asarray(example)[None]


def _shapes(asked: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: array.shape[1:] for name, array in asked.items()}


def _stacked(batch: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([asked[name] for asked in batch]) for name in batch[0]}
