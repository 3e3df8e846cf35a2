"""Training images of a detector, augmented fully against not at all.

    python -m benchmarks.detection_feed

Pictures are JPEG files of the size of BCCD's, drawn here. One row is the feed alone, read, decoded,
letterboxed, augmented and batched while nothing is trained; the other trains a small YOLO on it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from benchmarks.harness import Row, Sample, in_turn, record, timed
from dlsuite.experiment.preparing import prepare
from dlsuite.recipe import load
from pipelines import SHIPPED, object_detection

ROUNDS = 5
FILES, SIZE, SEEN = 96, (480, 640), (320, 320)
OBJECTS, BATCH = 12, 16
FULL: list[Any] = [
    "Mosaic",
    {"type": "RandomScaleCrop"},
    {"type": "RandomFlip", "mode": "horizontal"},
    "ColorJitter",
]
# Time with augmentation to time without: at least 0.7 of the images per second.
ENOUGH = 1 / 0.7


def rows() -> Iterator[Row]:
    """The feed alone, which states nothing, and a training step on it."""
    with tempfile.TemporaryDirectory() as folder:
        _write_pictures(Path(folder))
        augmented, plain = (_learner(folder, layers) for layers in (FULL, []))
        yield in_turn(
            f"feed alone of {FILES} JPEG files for detection, fully augmented against not",
            partial(_through, augmented),
            partial(_through, plain),
            rounds=ROUNDS,
        )
        yield in_turn(
            f"an epoch of YOLO on {FILES} JPEG files, fully augmented against not",
            partial(_trained, augmented),
            partial(_trained, plain),
            rounds=ROUNDS,
            target=ENOUGH,
        )


def _learner(folder: str, layers: list[Any]) -> Any:
    recipe = {
        "pipeline": "object_detection",
        "data": {
            "source": {"type": "yolo", "path": folder},
            "split": {"train": 0.9, "dev": 0.1},
            "batch_size": BATCH,
            "image_size": list(SEEN),
            "augment": layers,
        },
        "model": {"type": "yolo"},
        "training": {"epochs": 1},
    }
    pipeline = object_detection.pipeline
    keras.utils.set_random_seed(0)
    return prepare(pipeline, load(recipe, pipeline.settings, shipped=SHIPPED), jit_compile=False)


def _through(learner: Any) -> Sample:
    """All batches of an epoch."""
    dataset = learner.batches(0).dataset

    def work() -> None:
        for _ in dataset:
            pass

    return timed(work)


def _trained(learner: Any) -> Sample:
    dataset = learner.batches(0).dataset
    return timed(lambda: learner.model.fit(dataset, verbose=0))


def _write_pictures(folder: Path) -> None:
    """Smooth random pictures, which JPEG keeps at the size of photographs, with random boxes."""
    random = np.random.default_rng(0)
    for number in range(FILES):
        coarse = random.integers(0, 256, (SIZE[0] // 8, SIZE[1] // 8, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize(SIZE[::-1], Image.Resampling.BICUBIC)
        picture.save(folder / f"{number:05d}.jpg", quality=90)
        centers = random.uniform(0.2, 0.8, (OBJECTS, 2))
        sides = random.uniform(0.05, 0.3, (OBJECTS, 2))
        lines = (f"{n % 3} {' '.join(map(str, [*centers[n], *sides[n]]))}" for n in range(OBJECTS))
        (folder / f"{number:05d}.txt").write_text("\n".join(lines))


if __name__ == "__main__":
    record("detection_feed", rows())
