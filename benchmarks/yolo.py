"""YOLO at 320x320 against keras_cv's YOLOv8 of no more multiply-adds: answers and training steps.

    python -m benchmarks.yolo

The same random pictures and boxes in the same batches, each side in turn; answers are raw numbers,
before suppression. keras_cv's smallest YOLOv8 is its `xs`; ours has the width at which it needs at
least as many multiply-adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.harness import Row, in_turn, record, timed

if TYPE_CHECKING:
    import keras

ROUNDS = 9
SIDE, CLASSES, BATCH, BOXES = 320, 20, 8, 10
STEPS = 4  # of training that are measured at once
WIDTH, NECK = 2.0, 96  # of ours
# What keras_cv's preset yolo_v8_xs_backbone is; asked by its name it would be fetched.
PEER = {"stackwise_channels": [32, 64, 128, 256], "stackwise_depth": [1, 2, 2, 1]}


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """The ratio of the times for answers, then that of training steps."""
    names = [f"YOLO's {what} at {SIDE}x{SIDE}, batch {BATCH}, against keras_cv's YOLOv8"
             for what in ("answers", f"{STEPS} training steps")]  # fmt: skip
    if find_spec("keras_cv") is None:
        yield from (Row(name, "ratio", [], 1.0, "keras_cv is not installed") for name in names)
        return
    x, y = pictures()
    ours, theirs = our_net(), their_net()
    needed = [multiply_adds(net) for net in (ours, theirs)]
    if needed[0] < needed[1]:
        raise ValueError(f"`WIDTH` must need at least {needed[1]}. Received: {needed[0]}.")
    teach = (
        steps(ours, x, y),
        steps(theirs, x, as_theirs(y)),
    )
    answer = (_answers(ours, x), _answers(theirs, x))
    for name, (first, second) in zip(names, (answer, teach), strict=True):
        row = in_turn(name, _measured(first), _measured(second), rounds=rounds, target=1.0)
        note = f"{row.note}; {needed[0] / 1e9:.2f} against {needed[1] / 1e9:.2f} billion "
        yield Row(row.name, row.unit, row.values, row.target, f"{note}multiply-adds a picture")


def pictures() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Random pictures `[B, H, W, 3]` with random boxes."""
    random = np.random.default_rng(0)
    boxes = random_boxes(random, BOXES)
    labels = random.integers(0, CLASSES, (BATCH, BOXES))
    x = random.uniform(size=(BATCH, SIDE, SIDE, 3)).astype("float32")
    return x, {"boxes": boxes, "labels": labels.astype("int32")}


def random_boxes(random: np.random.Generator, count: int) -> np.ndarray:
    """So many boxes in each picture of a batch, float32 `[B, count, 4]`."""
    start = random.uniform(0, SIDE / 2, (BATCH, count, 2))
    ends = start + random.uniform(20, SIDE / 2, start.shape)
    return np.concatenate([start, ends], axis=-1).astype("float32")


def as_theirs(y: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What keras_cv calls `classes` is `labels` here."""
    return {"boxes": y["boxes"], "classes": y["labels"]}


def our_net() -> keras.Model:
    """Our YOLO with Darknet of 12 layers, compiled."""
    import keras

    from dlsuite.models import darknet, yolo

    shape = (SIDE, SIDE, 3)
    net = yolo(shape, CLASSES, backbone=darknet(shape, CLASSES, width=WIDTH), neck=NECK)
    net.compile(keras.optimizers.Adam(1e-4), jit_compile=False)
    return net


def their_net() -> keras.Model:
    """keras_cv's smallest YOLOv8 without pretrained weights, compiled."""
    import keras
    import keras_cv

    net = keras_cv.models.YOLOV8Detector(
        num_classes=CLASSES,
        bounding_box_format="xyxy",
        backbone=keras_cv.models.YOLOV8Backbone(
            **PEER, include_rescaling=False, input_shape=(SIDE, SIDE, 3)
        ),
        fpn_depth=1,
        prediction_decoder=keras.layers.Identity(),  # of no part in what is measured
    )
    net.compile(
        optimizer=keras.optimizers.Adam(1e-4),
        classification_loss="binary_crossentropy",
        box_loss="ciou",
        jit_compile=False,
    )
    return net


def multiply_adds(net: keras.Model) -> int:
    """Those of the convolutions and matrix products of one picture, counted in the traced graph."""
    import tensorflow as tf

    picture = tf.TensorSpec((1, SIDE, SIDE, 3), "float32")
    graph = tf.function(lambda x: net(x, training=False)).get_concrete_function(picture).graph
    needed = 0
    for step in graph.get_operations():
        if step.type in ("Conv2D", "MatMul"):
            kernel = step.inputs[1].shape
            needed += int(np.prod(step.outputs[0].shape) * np.prod(kernel[:-1]))
    return needed


def _answers(net: keras.Model, x: np.ndarray) -> Callable[[], object]:
    """Raw numbers from the traced net."""
    import tensorflow as tf

    return partial(tf.function(lambda pictures: net(pictures, training=False)), tf.constant(x))


def steps(net: keras.Model, x: Any, y: Any, count: int = STEPS) -> Callable[[], object]:
    """A few steps of training, as `fit` takes them."""
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensors((x, y)).repeat(count)
    return partial(net.fit, batches, shuffle=False, verbose=0)


def _measured(work: Callable[[], object]) -> Callable[[], object]:
    work()  # traces
    work()
    return partial(timed, work)


if __name__ == "__main__":
    record("yolo", rows())
