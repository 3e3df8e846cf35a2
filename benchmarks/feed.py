"""The feed of batches against plain tf.data: pictures in memory, folders of JPEG files.

    python -m benchmarks.feed

Only batches are made, nothing is trained: what a fast accelerator would wait for.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from benchmarks import lenet
from benchmarks.harness import Row, Sample, in_turn, record, timed
from dlsuite.data import sample, training_batches
from dlsuite.data.archives import cache_folder, only_archive, unpacked
from dlsuite.recipe import load
from pipelines import SHIPPED, image_classification

ROUNDS = 5
PASSES = 3  # over the examples in a round: making an iterator costs once a run, not once an epoch
FILES, CLASSES, SIDE, SEEN = 800, 10, 256, 128  # of the folder: files, sides on disk and in x
BATCH = 128
CIFAR = "cifar10"  # folder of ${DLSUITE_DATA}, as class folders or an archive of them
# Time of ours to that of a bare loop that decodes: at least 0.8 of its rate.
BARE = 1 / 0.8


def rows() -> Iterator[Row]:
    """One ratio for pictures in memory, one for large files, one for many small ones."""
    ours = lenet.learner({"training.epochs": PASSES}).batches(0).dataset
    images, labels = (array[: lenet.TRAIN] for array in lenet.pictures())
    plain = _plain_memory(images, labels)
    yield in_turn(
        f"feed of {len(labels):,} pictures in memory against tf.data",
        partial(_through, ours),
        partial(_through, plain),
        rounds=ROUNDS,
        target=1.05,
    )
    with tempfile.TemporaryDirectory() as folder:
        _write_pictures(Path(folder))
        yield in_turn(
            f"feed of {FILES:,} JPEG files against tf.data",
            partial(_through, _our_folder(folder, {"image_size": [SEEN, SEEN]})),
            partial(_through, _plain_folder(folder)),
            rounds=ROUNDS,
            target=1.05,
        )
    yield cifar10()


def cifar10(rounds: int = ROUNDS, most: int | None = None) -> Row:
    """The feed of CIFAR-10's JPEG files, nothing cached, against a loop that decodes and batches.

    Args:
        rounds: Of both sides.
        most: How many of the 50,000 pictures to train on; None for all.
    """
    folder = Path(os.environ.get("DLSUITE_DATA", "/nowhere"), CIFAR)
    name = "feed of CIFAR-10's JPEG files against a bare decoding loop"
    if not folder.is_dir():
        return Row(name, "ratio", [], BARE, f"DLSUITE_DATA does not say where {CIFAR} is")
    ours = _our_folder(str(folder), {}, passes=1, most=most)
    archive = only_archive(folder)
    root = folder if archive is None else unpacked(archive, cache_folder())
    paths = [str(path) for path in sorted(root.glob("train/*/*.jpg"))][:most]
    plain = _bare_loop(paths)
    return in_turn(
        name, partial(_through, ours), partial(_through, plain), rounds=rounds, target=BARE
    )


def _bare_loop(paths: list[str]) -> Any:
    """Files read, decoded in parallel and batched, in the order of a shuffle; nothing else."""

    def read(path: tf.Tensor) -> tf.Tensor:
        return tf.io.decode_jpeg(tf.io.read_file(path), channels=3)

    dataset = tf.data.Dataset.from_tensor_slices(paths).shuffle(len(paths))
    return dataset.map(read, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def _through(dataset: Any) -> Sample:
    """All batches of a dataset, whose functions TensorFlow makes when it first gives one.

    What it takes to let go of the iterator is not part of it: see `dlsuite.data.ahead`.
    """
    kept = []

    def work() -> None:
        kept.append(iter(dataset))
        for _ in kept[0]:
            pass

    return timed(work)


def _plain_memory(images: np.ndarray, labels: np.ndarray) -> Any:
    def scaled(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return tf.cast(image, tf.float32) / 255.0, label

    dataset = (
        tf.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(labels)).repeat(PASSES)
    )
    return dataset.batch(BATCH).map(scaled, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def _our_folder(
    folder: str, data: dict[str, Any], passes: int = PASSES, most: int | None = None
) -> Any:
    recipe = {
        "data": {
            "source": {"type": "image_folder", "path": folder},
            "split": {"train": 1.0},
            "batch_size": BATCH,
            **data,
        },
        "model": {"type": "lenet5"},
        "training": {"epochs": passes},
    }
    pipeline = image_classification.pipeline
    settings = load(recipe, pipeline.settings, shipped=SHIPPED).settings
    splits = pipeline.load(settings)
    encode = pipeline.encode(settings, splits.info)
    train = splits.train if most is None else sample(splits.train, most, seed=0)
    return training_batches(train, encode, batch_size=BATCH, seed=0, epochs=passes).dataset


def _plain_folder(folder: str) -> Any:
    paths = sorted(map(str, Path(folder).glob("*/*.jpg")))
    labels = [int(Path(path).parent.name) for path in paths]

    def read(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        image = tf.cast(image, tf.float32) / 255.0
        image = tf.image.resize(image, (SEEN, SEEN), antialias=True)  # as ours: it shrinks
        return image, label

    dataset = tf.data.Dataset.from_tensor_slices((paths, labels)).shuffle(len(paths)).repeat(PASSES)
    return dataset.map(read, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)


def _write_pictures(folder: Path) -> None:
    """Smooth random pictures, which JPEG keeps at the size of photographs."""
    random = np.random.default_rng(0)
    for number in range(FILES):
        coarse = random.integers(0, 256, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
        place = folder / str(number % CLASSES)
        place.mkdir(exist_ok=True)
        picture = Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        picture.save(place / f"{number:05d}.jpg", quality=90)


if __name__ == "__main__":
    record("feed", rows())
