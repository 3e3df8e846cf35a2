"""What an export is asked about picture files: their bytes, and regions where it judges those."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dlsuite.data.regions import Proposed, selective_search
from dlsuite.serving import replay
from dlsuite.serving.kinds import BYTES
from dlsuite.serving.served import Served

PROPOSALS = "proposals"  # the input of regions, and the manifest's word of how they are found
OTHERWISE = (
    f"Other regions can be sent with pictures in .npz files that hold `image` and `{PROPOSALS}`."
)

Question = Callable[[Sequence[bytes]], dict[str, np.ndarray]]


def picture_question(served: Served) -> Question:
    """Encoded pictures, B of them, to what `serve_bytes` is asked, arrays `[B, ...]` by name.

    For a detector that judges regions these are searched in every picture, as for its training.

    Raises:
        ValueError: The export judges regions and does not say how they are found.
    """
    specs = served.inputs(BYTES)
    (name,) = (name for name, spec in specs.items() if spec.dtype.name == "string")
    if PROPOSALS not in specs:
        return lambda files: {name: _objects(files)}
    said = served.about(BYTES).get(PROPOSALS)
    try:
        proposed = Proposed.model_validate(said)
    except ValueError as error:
        raise ValueError(
            "This model judges regions of pictures, and its export must say how they are found. "
            f"{OTHERWISE} Received: {said}."
        ) from error
    return lambda files: {
        name: _objects(files),
        PROPOSALS: np.stack([_regions(data, proposed) for data in files]),
    }


def _regions(data: bytes, proposed: Proposed) -> np.ndarray:
    """Of one encoded picture, `[P, 4]` in its pixels; all absent where it cannot be read."""
    tf = replay.tensorflow_alone()
    regions = np.zeros((proposed.count, 4), "float32")
    try:
        image = tf.io.decode_image(data, channels=3, expand_animations=False).numpy()
    except tf.errors.InvalidArgumentError:  # which the export will say too
        return regions
    try:
        found = selective_search(image, proposed)[: proposed.count]
    except ImportError as error:
        raise ValueError(
            f"This model judges regions of pictures, which have to be found first. {error} "
            f"{OTHERWISE}"
        ) from error
    regions[: len(found)] = found
    return regions


def _objects(items: Sequence[bytes]) -> np.ndarray:
    array = np.empty(len(items), object)  # NumPy's own bytes type drops zeros at the end
    array[:] = items
    return array
