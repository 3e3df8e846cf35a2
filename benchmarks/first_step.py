"""Seconds from a built net to its first trained step, tracing and compiling with it.

    python -m benchmarks.first_step

Each value is that of a fresh process, `fit` on one batch of random pictures and boxes; imports
and the building of the net are not counted. keras_cv's YOLOv8 is beside them. ResNet-50 begins as
a training of the suite does, and as `fit` alone would.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Row, record, timed
from benchmarks.yolo import (
    BATCH,
    CLASSES,
    SIDE,
    as_theirs,
    pictures,
    random_boxes,
    steps,
    their_net,
)
from dlsuite.training.variables import build_optimizer

if TYPE_CHECKING:
    import keras

ROUNDS = 3
REGIONS = 300  # of a picture
NETS = ("localizer", "yolo", "rcnn", "fast_rcnn", "faster_rcnn")
PEER = "keras_cv"
LIMIT = 15.0  # seconds
DEEP, PLAIN = "resnet50", "plain_resnet50"
SMALL, FEW = 64, 2  # pixels and pictures, so that next to nothing is computed


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """A row for each detector, then keras_cv's, which states nothing, then ResNet-50's."""
    for name in (*NETS, PEER):
        target = None if name == PEER else LIMIT
        title = "keras_cv's YOLOv8" if name == PEER else f"`{name}`"
        what = f"first training step of {title}, {SIDE}x{SIDE}, batch {BATCH}"
        if name == PEER and find_spec(PEER) is None:
            yield Row(what, "s", [], None, "keras_cv is not installed")
            continue
        yield Row(what, "s", [_in_a_process(name) for _ in range(rounds)], target)
    pairs = [(_in_a_process(DEEP), _in_a_process(PLAIN)) for _ in range(rounds)]
    ours, theirs = (np.median(seconds) for seconds in zip(*pairs, strict=True))
    yield Row(
        f"first training step of ResNet-50 at {SMALL}x{SMALL}, batch {FEW}, against plain Keras",
        "ratio",
        [one / other for one, other in pairs],
        1.0,
        f"{ours:.3g} s against {theirs:.3g} s",
    )


def _in_a_process(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.first_step", name]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1])


def first_step(name: str) -> float:
    """Seconds of the first step of a net in this process."""
    net, batch = _net(name), _batch(name)
    step = steps(net, *batch, count=1)

    def begun() -> None:
        if name not in (PEER, PLAIN):  # as a training of the suite begins
            build_optimizer(net)
        step()

    return timed(begun).wall


def _batch(name: str) -> tuple[Any, dict[str, np.ndarray]]:
    """Random pictures with random boxes, and with regions where a net is given them."""
    if name in (DEEP, PLAIN):
        return np.zeros((FEW, SMALL, SMALL, 3), "float32"), np.zeros(FEW, "int32")
    x, y = pictures()
    if name == PEER:
        return x, as_theirs(y)
    if name in ("rcnn", "fast_rcnn"):
        return {"image": x, "proposals": random_boxes(np.random.default_rng(1), REGIONS)}, y
    return x, y


def _net(name: str) -> keras.Model:
    import keras

    from dlsuite import models

    if name == PEER:
        return their_net()
    if name in (DEEP, PLAIN):
        deep: keras.Model = models.resnet((SMALL, SMALL, 3), CLASSES, depth=50)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        deep.compile(keras.optimizers.Adam(1e-4), loss, jit_compile=False)
        return deep
    net: keras.Model = getattr(models, name)((SIDE, SIDE, 3), CLASSES)
    net.compile(keras.optimizers.Adam(1e-4), jit_compile=False)
    return net


if __name__ == "__main__":
    if sys.argv[1:]:
        print(first_step(sys.argv[1]))
    else:
        record("first_step", rows())
