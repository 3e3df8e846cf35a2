"""Training steps of ResNet-18 on 32x32 pictures: against plain Keras, PyTorch, matrix products.

    python -m benchmarks.resnet

The same net, batches, optimizer and number of steps on each side, in turn, epoch by epoch; pictures
are random and lie in memory. dlsuite's side is its whole training loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Row, Sample, of_pairs, record
from benchmarks.plain_resnet import plain_resnet18, serve_torch
from benchmarks.pytorch import in_turn_with

if TYPE_CHECKING:  # PyTorch's process imports this file, and shall not have TensorFlow in it
    from benchmarks.lenet import Turns
    from dlsuite.data import Collection
    from dlsuite.experiment.learner import Learner

ROUNDS, STEPS, BATCH = 4, 20, 64
SIDE, CLASSES = 32, 10
RATE, MOMENTUM = 0.01, 0.9
PASSES = 3  # a step multiplies forward, back to the inputs and back to the weights
PRODUCT = 2048  # side of the square matrices whose product tells the machine's rate
PRODUCTS_FOR = 2.0  # seconds


def rows(rounds: int = ROUNDS, steps: int = STEPS) -> Iterator[Row]:
    """The ratio to plain Keras, the share of the matrix-product rate, the ratio to PyTorch."""
    from dlsuite.models.layer_table import layer_table, total

    name = f"training step of ResNet-18 at {SIDE}x{SIDE}, batch {BATCH}"
    x, y = pictures(steps)
    net = learner(rounds + 1, steps)
    before = product_rate()
    turns = _trained(net, _plain_keras(x, y))
    rate = max(before, product_rate())
    pairs = _pairs(turns, steps)
    yield of_pairs(f"{name}, against plain Keras", pairs, target=1.02)
    needed = PASSES * BATCH * (total(layer_table(net.model)).multiply_adds or 0)
    shares = [needed / (ours.wall * rate) for ours, _ in pairs]
    note = f"{BATCH / np.median([ours.wall for ours, _ in pairs]):.0f} pictures a second; "
    note += f"{needed / 1e9:.0f} billion multiply-adds a step, {rate / 1e9:.0f} billion a second "
    note += f"in products of {PRODUCT}x{PRODUCT}"
    yield Row(f"{name}, of the machine's matrix products", "of the rate", shares, note=note)
    against = f"{name}, against PyTorch"
    if find_spec("torch") is None:
        yield Row(against, "ratio", [], target=1.0, note="PyTorch is not installed")
        return
    theirs = partial(serve_torch, batch=BATCH, classes=CLASSES, rate=RATE, momentum=MOMENTUM)
    with in_turn_with(theirs, (x, y)) as epoch:
        turns = _trained(learner(rounds + 1, steps), epoch)
    yield of_pairs(against, _pairs(turns, steps), target=1.0)


def noise(count: int) -> Collection:
    """Random pictures of 32x32 pixels in ten classes."""
    from dlsuite.data import Collection, Examples

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)
    labels = random.integers(0, CLASSES, count).astype(np.int32)
    keys = np.array([f"{number:032x}" for number in range(count)])
    examples = Examples({"image": images, "label": labels}, keys, strata=labels)
    return Collection({"train": examples}, {"class_names": list("0123456789")})


def pictures(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """The pictures of an epoch uint8 `[N, 32, 32, 3]` and labels int32 `[N]`."""
    rows = noise(steps * BATCH).parts["train"].rows
    return rows["image"], rows["label"]


def learner(epochs: int, steps: int) -> Learner:
    """dlsuite's side: the recipe with its data and its compiled model."""
    import keras

    from dlsuite.experiment.preparing import prepare
    from dlsuite.recipe import load
    from pipelines import image_classification

    recipe = {
        "pipeline": "image_classification",
        "data": {
            "source": {"type": "benchmarks.resnet:noise", "count": steps * BATCH},
            "split": {"train": 1.0},
            "batch_size": BATCH,
        },
        "model": {"type": "resnet", "depth": 18, "stem": "small"},
        "optimizer": {"type": "SGD", "learning_rate": RATE, "momentum": MOMENTUM},
        "baseline": None,
        "training": {"epochs": epochs, "early_stopping": None, "checkpoint": None},
    }
    pipeline = image_classification.pipeline
    keras.utils.set_random_seed(0)
    return prepare(pipeline, load(recipe, pipeline.settings), jit_compile=False)


def product_rate() -> float:
    """Multiply-adds a second of square matrix products in float32, the best of several."""
    import tensorflow as tf

    a, b = (tf.random.normal((PRODUCT, PRODUCT)) for _ in range(2))
    best, until = 0.0, time.perf_counter() + PRODUCTS_FOR
    while time.perf_counter() < until:
        began = time.perf_counter()
        tf.linalg.matmul(a, b).numpy()
        best = max(best, PRODUCT**3 / (time.perf_counter() - began))
    return best


def _trained(net: Learner, theirs: Callable[[], Sample]) -> Turns:
    from benchmarks.lenet import Turns, task
    from dlsuite.training import fit_stages

    turns = Turns(theirs)
    fit_stages(task(net, listeners=[turns], measure=None))
    return turns


def _pairs(turns: Turns, steps: int) -> list[tuple[Sample, Sample]]:
    """Both sides' times of a step in each epoch but the first, which traces."""

    def step(epoch: Sample) -> Sample:
        return Sample(epoch.wall / steps, epoch.cpu / steps)

    both = zip(turns.ours, turns.theirs, strict=True)
    return [(step(ours), step(theirs)) for ours, theirs in both][1:]


def _plain_keras(x: np.ndarray, y: np.ndarray) -> Callable[[], Sample]:
    """One epoch of `model.fit` on tf.data a call."""
    import keras
    import tensorflow as tf

    model = plain_resnet18((SIDE, SIDE, 3), CLASSES)
    model.compile(
        keras.optimizers.SGD(RATE, momentum=MOMENTUM),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )

    def scaled(image: Any, label: Any) -> tuple[Any, Any]:
        return tf.cast(image, tf.float32) / 255.0, label

    dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(y)).batch(BATCH)
    dataset = dataset.map(scaled, tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)

    def epoch() -> Sample:
        wall, cpu = time.perf_counter(), time.process_time()
        model.fit(dataset, epochs=1, shuffle=False, verbose=0)
        return Sample(time.perf_counter() - wall, time.process_time() - cpu)

    return epoch


if __name__ == "__main__":
    record("resnet", rows())
