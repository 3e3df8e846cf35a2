"""Residual networks on a GPU: pictures a second, and the share of its matrix-product rate.

    python -m benchmarks.accelerator

With KERAS_BACKEND=jax set and JAX for that GPU installed the step is JAX's, else TensorFlow's:
layers and models speak `keras.ops`. `model.fit` trains on random pictures. Without a GPU nothing is
measured.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.harness import Row, record

if TYPE_CHECKING:
    import keras

ROUNDS, STEPS = 5, 50
# Depth, stem, side, classes, batch.
NETS = ((18, "small", 32, 10, 512), (50, "paper", 224, 1000, 128))
PASSES = 3  # a step multiplies forward, back to the inputs and back to the weights
PRODUCT, PRODUCTS = 8192, 20  # side of the square matrices, and how many products are timed
NO_GPU = "no GPU was had"


def rows() -> Iterator[Row]:
    """For each net its pictures a second, and what share of the device's products they are."""
    import keras

    there = bool(keras.distribution.list_devices("gpu"))
    backend = f"{keras.backend.backend()}, {_device()}" if there else NO_GPU
    rate = product_rate() if there else 0.0
    for depth, stem, side, classes, batch in NETS:
        name = f"ResNet-{depth} at {side}x{side}, batch {batch}, float32"
        found, shares = [], []
        if there:
            build = partial(_net, depth, stem, side, classes)
            found, shares = measured(build(), batch, rate)
        yield Row(f"training of {name}", "pictures/s", found, note=backend)
        note = f"{rate / 1e12:.1f} trillion multiply-adds a second" if there else NO_GPU
        yield Row(f"{name}, of the matrix products", "of the rate", shares, note=note)


def measured(
    model: keras.Model, batch: int, rate: float, *, steps: int = STEPS, rounds: int = ROUNDS
) -> tuple[list[float], list[float]]:
    """Pictures a second in each round, and their share of `rate` multiply-adds a second."""
    import keras

    from dlsuite.models.layer_table import layer_table, total

    random = np.random.default_rng(0)
    pictures = random.uniform(size=(batch * steps, *model.input_shape[1:])).astype("float32")
    labels = random.integers(0, model.output_shape[-1], batch * steps)
    model.compile(
        keras.optimizers.SGD(0.01, momentum=0.9),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    speeds = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        model.fit(pictures, labels, batch, epochs=1, verbose=0)
        speeds.append(len(labels) / (time.perf_counter() - began))
    each = PASSES * (total(layer_table(model)).multiply_adds or 0)
    return speeds[1:], [each * speed / rate for speed in speeds[1:]]  # the first round compiles


def product_rate(side: int = PRODUCT, count: int = PRODUCTS) -> float:
    """Multiply-adds a second of square matrix products, at the precision that convolutions get."""
    from keras import ops

    a = ops.ones((side, side)) / side
    times = []
    for _ in range(3):
        began, b = time.perf_counter(), a
        for _ in range(count):
            b = ops.matmul(a, b)
        float(b[0, 0])  # waits for them
        times.append(time.perf_counter() - began)
    return count * side**3 / min(times)


def _net(depth: int, stem: str, side: int, classes: int) -> keras.Model:
    from dlsuite.models import resnet

    return resnet((side, side, 3), classes, depth=depth, stem=stem)


def _device() -> str:
    """The name of the first GPU."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "a GPU"


if __name__ == "__main__":
    record("accelerator", rows())
