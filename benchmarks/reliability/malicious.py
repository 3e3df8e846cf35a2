"""Malicious files: python -m benchmarks.reliability malicious (a minute)

Files of weights, arrays, SavedModels, recipes and what lies beside a model, each crafted so that it
would write a file, read one of others or take all memory if it were trusted; see
`tests/contracts/malicious*.py`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import Row, say

Attempt = tuple[str, Callable[[Path, Path], object]]  # what is tried, in a folder with a marker


def rows() -> Iterator[Row]:
    """By kind of file, how many were not refused or left something behind."""
    kinds = (
        ("weights", _weights()),
        ("arrays to be answered", _arrays()),
        ("SavedModels", _models()),
        ("operations in a SavedModel", _operations()),
        ("YAML tags", _tags()),
    )
    for kind, attempts in kinds:
        tried, failed = 0, []
        for what, attempt in attempts:
            tried += 1
            with tempfile.TemporaryDirectory() as place:
                marker = Path(place) / "marker"
                if not _refused(attempt, Path(place) / "files", marker) or marker.exists():
                    failed.append(what)
                    say(f"  {kind}: {what} was not refused")
        yield Row(
            f"malicious {kind}: {tried} tried, not refused", "", [len(failed)], 0, ", ".join(failed)
        )


def _refused(attempt: Callable[[Path, Path], object], folder: Path, marker: Path) -> bool:
    """Whether it ends with one of the errors that are worded for people."""
    folder.mkdir()
    try:
        attempt(folder, marker)
    except ValueError as error:
        return bool(str(error))
    return False


def _weights() -> Iterator[Attempt]:
    import keras

    from dlsuite.training.taking_over import take_over
    from dlsuite.training.weights_file import load_weights
    from tests.contracts import malicious_weights

    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    for craft in malicious_weights.WEIGHTS:
        for read in (load_weights, take_over):
            yield (
                f"{craft.__name__} by {read.__name__}",
                lambda folder, marker, craft=craft, read=read: read(net, craft(folder, marker)),
            )


def _arrays() -> Iterator[Attempt]:
    import tensorflow as tf

    from dlsuite.serving.arrays import read_arrays
    from tests.contracts import malicious

    specs = {"features": tf.TensorSpec([None, 4], tf.float32)}
    for craft in malicious.ARRAYS:
        yield (
            craft.__name__,
            lambda folder, marker, craft=craft: read_arrays(craft(folder, marker), specs),
        )


def _models() -> Iterator[Attempt]:
    from dlsuite.serving.served import load
    from tests.contracts import malicious_models

    for harm in malicious_models.HARMS:
        yield (
            harm,
            lambda folder, marker, harm=harm: load(
                malicious_models.saved_model(folder, marker, harm)
            ),
        )


def _operations() -> Iterator[Attempt]:
    from dlsuite.serving.served import load
    from tests.contracts import malicious_models

    with tempfile.TemporaryDirectory() as place:
        good = malicious_models.saved_model(Path(place) / "model", Path(place) / "marker")

        def attempt(folder: Path, operation: str, nested: bool) -> object:
            copy = Path(shutil.copytree(good, folder / "model"))
            malicious_models.with_operation(copy, operation, nested=nested)
            return load(copy)

        for operation in malicious_models.OPERATIONS:
            for nested in (False, True):
                yield (
                    f"{operation}{' in a function of a function' if nested else ''}",
                    lambda folder, _, o=operation, n=nested: attempt(folder, o, n),
                )


def _tags() -> Iterator[Attempt]:
    from dlsuite.recipe import load
    from pipelines.tabular import Settings

    for tag in ("apply:os.system [touch {}]", "new:os.system [{}]", "name:os.system ''"):

        def attempt(folder: Path, marker: Path, tag: str = tag) -> object:
            text = f"pipeline: tabular\nmodel: !!python/object/{tag.format(marker)}\n"
            (folder / "r.yaml").write_text(text)
            return load(folder / "r.yaml", Settings)

        yield tag, attempt
