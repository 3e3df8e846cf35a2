"""Seconds from a built detector to its first trained step, tracing and compiling with it.

    python -m benchmarks.first_step

Each value is that of a fresh process, `fit` on one batch of random pictures and boxes; imports
and the building of the net are not counted. keras_cv's YOLOv8 is beside them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Row, record, timed

if TYPE_CHECKING:
    import keras

ROUNDS = 3
SHAPE, CLASSES, BATCH, BOXES, REGIONS = (320, 320, 3), 20, 8, 10, 300
NETS = ("localizer", "yolo", "rcnn", "fast_rcnn", "faster_rcnn")
PEER = "keras_cv"
LIMIT = 15.0  # seconds


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """A row for each detector, then keras_cv's, which states nothing."""
    for name in (*NETS, PEER):
        target = None if name == PEER else LIMIT
        title = "keras_cv's YOLOv8" if name == PEER else f"`{name}`"
        what = f"first training step of {title}, {SHAPE[1]}x{SHAPE[0]}, batch {BATCH}"
        if name == PEER and find_spec(PEER) is None:
            yield Row(what, "s", [], None, "keras_cv is not installed")
            continue
        yield Row(what, "s", [_in_a_process(name) for _ in range(rounds)], target)


def _in_a_process(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.first_step", name]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1])


def first_step(name: str) -> float:
    """Seconds of the first step of a net in this process."""
    net, (x, y) = _net(name), pictures(name)
    return timed(partial(_step(net), x, y)).wall


def pictures(name: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Random pictures with random boxes, and with regions where a net is given them."""
    random = np.random.default_rng(0)
    images = random.uniform(size=(BATCH, *SHAPE)).astype("float32")
    y = {
        "boxes": _boxes(random, BOXES),
        "labels": random.integers(0, CLASSES, (BATCH, BOXES)).astype("int32"),
    }
    if name == PEER:
        return images, {"boxes": y["boxes"], "classes": y["labels"]}
    if name in ("rcnn", "fast_rcnn"):
        return {"image": images, "proposals": _boxes(random, REGIONS)}, y
    return images, y


def _boxes(random: np.random.Generator, count: int) -> np.ndarray:
    start = random.uniform(0, SHAPE[0] / 2, (BATCH, count, 2))
    sides = random.uniform(20, SHAPE[0] / 2, start.shape)
    return np.concatenate([start, start + sides], axis=-1).astype("float32")


def _net(name: str) -> keras.Model:
    import keras

    from benchmarks.yolo import their_net
    from dlsuite import models

    if name == PEER:
        return their_net()
    net: keras.Model = getattr(models, name)(SHAPE, CLASSES)
    net.compile(keras.optimizers.Adam(1e-4), jit_compile=False)
    return net


def _step(net: keras.Model) -> Callable[[Any, Any], object]:
    """One step as `fit` takes it."""
    import tensorflow as tf

    def step(x: Any, y: Any) -> object:
        return net.fit(tf.data.Dataset.from_tensors((x, y)), shuffle=False, verbose=0)

    return step


if __name__ == "__main__":
    if sys.argv[1:]:
        print(first_step(sys.argv[1]))
    else:
        record("first_step", rows())
