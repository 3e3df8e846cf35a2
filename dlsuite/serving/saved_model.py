"""Writing a SavedModel from signatures, and its size."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlsuite.serving.manifest import EXTRA
from dlsuite.serving.replay import Case
from dlsuite.serving.signatures import Signature
from dlsuite.types import Tensor

if TYPE_CHECKING:
    import keras


def write_saved_model(
    path: Path, model: keras.Model, signatures: Mapping[str, Signature], cases: Sequence[Case]
) -> None:
    """Writes `signatures` of `model` to the folder `path`; one of `cases` is tried on each."""
    import keras
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    for name, signature in signatures.items():
        case = next(case for case in cases if case.signature == name)
        # Builds what is not built yet, and fails where a trace would say less.
        signature.answer(**{key: tf.constant(array[:1]) for key, array in case.inputs.items()})
    used = [resource for signature in signatures.values() for resource in signature.resources]
    for resource in _with_tables([model, *used]):
        archive.track(resource)
    for name, signature in signatures.items():
        inputs = {
            key: tf.TensorSpec(spec.shape, spec.dtype, name=key)
            for key, spec in signature.inputs.items()
        }
        archive.add_endpoint(name, _of_one_dict(signature.answer), input_signature=[inputs])
    with _no_news(tf.get_logger()):
        archive.write_out(str(path), verbose=False)


@contextmanager
def _no_news(logger: logging.Logger) -> Iterator[None]:
    """Inside, a logger only warns: in a notebook TensorFlow tells of each folder that it writes."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def size_mb(path: Path) -> float:
    """Size of the SavedModel in 10^6 bytes, without the examples that go with it."""
    files = (file for file in path.rglob("*") if file.is_file())
    return sum(file.stat().st_size for file in files if EXTRA not in file.parts) / 1e6


def _of_one_dict(answer: Callable[..., dict[str, Tensor]]) -> Callable[..., dict[str, Tensor]]:
    return lambda inputs: answer(**inputs)


def _with_tables(resources: Iterable[Any]) -> list[Any]:
    # Layers with weights are found by the export itself; tracking a whole model would add its
    # metrics and their graphs. A layer that holds a lookup table has no weights.
    import keras

    found: dict[int, Any] = {}
    for resource in resources:
        parts = resource._flatten_layers() if isinstance(resource, keras.Layer) else [resource]
        for part in parts:
            if not getattr(part, "variables", None) and getattr(part, "built", True):
                found[id(part)] = part
    return list(found.values())
