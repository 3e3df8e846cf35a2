"""What a run remembers of the inputs it was scored on, so that new data can be compared with them.

The original data may be gone by then: a sample of it stays with the run, as facts and features of
each example, not as examples.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.data import DataError, Examples, sample
from dlsuite.data.hashing import ranks
from dlsuite.data.stored_arrays import stored_arrays
from dlsuite.strategy.drift import Sample
from dlsuite.strategy.shift_words import Direction
from dlsuite.tracking import RunRecord, StoreError, TrackedRun

if TYPE_CHECKING:
    from dlsuite.experiment.judging import Scored
    from dlsuite.experiment.learner import Learner

FILE = "reference.npz"
KEYS = "keys.npz"  # numbers of all examples by split, to find them again in other data
MOST = 2_000  # examples remembered: a shift of a tenth of a standard deviation shows
MOST_DECODED = 1_000  # where each must be decoded for it
SPLITS = ("test", "dev", "train_dev", "train")  # which stands for what the model was tested on


@dataclass(frozen=True)
class Reference:
    """The inputs of a run's split.

    Attributes:
        split: Name of the split.
        inputs: Facts of a sample of its examples.
    """

    split: str
    inputs: Sample


def keep(tracked: TrackedRun, learner: Learner, scored: Scored) -> None:
    """`reference.npz`: a sample of the inputs of test, or else of dev, where they are described."""
    split = next(name for name in SPLITS if name in scored.examples)
    examples = scored.examples[split]
    some = few(examples.take(counted(examples)), learner.settings.training.seed)
    described = learner.pipeline.describe(learner.settings, learner.splits.info, some)
    if not described.inputs and described.features is None:
        return
    about = {
        "split": split,
        "inputs": list(described.inputs),
        "directions": {name: list(words) for name, words in described.directions.items()},
    }
    arrays: dict[str, Any] = {
        "about": np.array(json.dumps(about)),
        **{f"input_{i}": _storable(v) for i, v in enumerate(described.inputs.values())},
    }
    if described.features is not None:
        arrays["features"] = described.features.astype(np.float32)
    with tracked.file(FILE) as path:
        np.savez_compressed(path, **arrays)


def few(examples: Examples, seed: int) -> Examples:
    """So many examples as are looked at, the same for a seed."""
    return sample(examples, MOST if examples.decode is None else MOST_DECODED, seed)


def counted(examples: Examples) -> np.ndarray:
    """Places of the examples that make a distribution, in order, `[M]`.

    A picture that is repeated is a copy and counts once; equal rows of a table are as many
    observations.
    """
    if "columns" in examples.rows:
        return np.arange(len(examples))
    return np.sort(np.unique(examples.keys, return_index=True)[1])


def read(record: RunRecord) -> Reference | None:
    """What a run remembers; None where it remembers nothing."""
    if FILE not in record.artifacts():
        return None
    kept = _arrays(record, FILE)
    try:
        about = json.loads(str(kept["about"]))
        inputs = {name: kept[f"input_{i}"] for i, name in enumerate(about["inputs"])}
        directions = {name: Direction(*words) for name, words in about["directions"].items()}
        kept_sample = Sample(inputs=inputs, features=kept.get("features"), directions=directions)
        return Reference(str(about["split"]), kept_sample)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"The {FILE} of {record} is damaged: {error}.") from error


def keep_keys(tracked: TrackedRun, splits: dict[str, Examples]) -> None:
    """`keys.npz`: a number for each different example of every split."""
    known: dict[str, Any] = {name: np.unique(numbers(part.keys)) for name, part in splits.items()}
    with tracked.file(KEYS) as path:
        np.savez(path, **known)


def read_keys(record: RunRecord) -> dict[str, np.ndarray]:
    """Numbers of a run's examples by split; none where it keeps none."""
    if KEYS not in record.artifacts():
        return {}
    return _arrays(record, KEYS)


def _arrays(record: RunRecord, file: str) -> dict[str, np.ndarray]:
    path = record.artifact(file)
    try:
        _, names = stored_arrays(path, [])
        return stored_arrays(path, names)[0]
    except DataError as error:
        raise StoreError(f"The {file} of {record} is damaged: {error}") from error


def numbers(keys: np.ndarray) -> np.ndarray:
    """A number for each key, uint64 `[N]`: of a billion two are alike with a chance of 3 %."""
    return ranks(map(str, keys), seed=0)


def _storable(values: np.ndarray) -> np.ndarray:
    array = np.asarray(values)
    return array.astype(str) if array.dtype.kind in "OS" else array
