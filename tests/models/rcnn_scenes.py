"""Drawn pictures with boxes, and nets that learn them in seconds."""

from typing import Any

import keras
import numpy as np

from dlsuite.models.fast_rcnn import fast_rcnn
from dlsuite.models.faster_rcnn import faster_rcnn
from dlsuite.models.rcnn import rcnn

SIDE = 48  # pixels
SHAPE = (SIDE, SIDE, 3)
BOXES = np.array(
    [
        [[4, 4, 22, 24], [26, 20, 46, 38]],
        [[20, 6, 42, 26], [2, 28, 20, 46]],
        [[10, 14, 34, 36], [0, 0, 0, 0]],
    ],
    "float32",
)
LABELS = np.array([[0, 1], [1, 0], [1, -1]], "int32")
COLORS = ((0.9, 0.2, 0.1), (0.1, 0.3, 0.9))
TRUTH = {"boxes": BOXES, "labels": LABELS}
ANCHORS = ((18.0, 20.0), (22.0, 20.0))
ANSWERED = 0.5  # score
BUILDERS = {"rcnn": rcnn, "fast_rcnn": fast_rcnn, "faster_rcnn": faster_rcnn}


def pictures() -> np.ndarray:
    """One filled rectangle a box in the colour of its class, float32 `[3, 48, 48, 3]`."""
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, (len(BOXES), *SHAPE))
    images = 0.5 + noise.astype("float32")
    for image, boxes, labels in zip(images, BOXES.astype(int), LABELS, strict=True):
        for (left, top, right, bottom), label in zip(boxes, labels, strict=True):
            if label >= 0:
                image[top:bottom, left:right] = COLORS[label]
    return images


def proposals(count: int = 24) -> np.ndarray:
    """Regions within two pixels of the boxes, far from them, and absent: float32 `[3, count, 4]`.

    Nothing lies near an overlap of a half, where what is an object hangs on a pixel.
    """
    rng = np.random.default_rng(1)
    rows = []
    for boxes, labels in zip(BOXES, LABELS, strict=True):
        truth = boxes[labels >= 0]
        near = np.repeat(truth, 3, axis=0) + rng.uniform(-2, 2, (3 * len(truth), 4))
        start = rng.uniform(0, 30, (200, 2))
        anywhere = np.concatenate([start, start + rng.uniform(8, 18, start.shape)], axis=-1)
        far = anywhere[overlaps(anywhere, truth).max(axis=1) < 0.3]
        row = np.concatenate([near, far[: count - 4 - len(near)], np.zeros((4, 4))])
        rows.append(row.clip(0, SIDE))
    return np.stack(rows).astype("float32")


def question(name: str) -> Any:
    """What a detector is asked."""
    images = pictures()
    return images if name == "faster_rcnn" else {"image": images, "proposals": proposals()}


def small_net(side: int = SIDE) -> keras.Model:
    """A backbone with maps at the strides 2, 4 and 8."""
    x = inputs = keras.Input((side, side, 3), name="image")
    for number, maps in enumerate((8, 16, 16), start=1):
        x = keras.layers.Conv2D(
            maps, 3, 2, "same", activation="relu", kernel_initializer="he_normal", name=f"c{number}"
        )(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, name="output")(x), name="small")


def flat_net() -> keras.Model:
    """A backbone whose classifier sees every field, as AlexNet's does."""
    x = inputs = keras.Input(SHAPE, name="image")
    for number, maps in enumerate((8, 16), start=1):
        x = keras.layers.Conv2D(maps, 3, 2, "same", activation="relu", name=f"c{number}")(x)
    x = keras.layers.Dense(32, "relu", name="dense")(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(2, name="output")(x), name="flat")


def small(name: str, **choices: Any) -> keras.Model:
    """A detector of two classes."""
    own: dict[str, Any] = {
        "rcnn": {"crop": 24, "backbone": flat_net()},
        "fast_rcnn": {"stride": 4, "units": 32},
        "faster_rcnn": {"stride": 4, "units": 32, "anchors": ANCHORS, "proposals": 12},
    }[name]
    keras.utils.set_random_seed(1)
    return BUILDERS[name](SHAPE, 2, **{"backbone": small_net(), **own, **choices})


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union, `[N, M]`."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.clip(high - low, 0, None).prod(axis=-1)
    areas = [(each[:, 2:] - each[:, :2]).prod(axis=-1) for each in (a, b)]
    return both / np.maximum(areas[0][:, None] + areas[1][None] - both, 1e-9)


def mistakes(found: dict[str, Any]) -> list[str]:
    """What is wrong with `detect`'s answer to `pictures`, taken from ANSWERED on."""
    wrong = []
    for number, (boxes, scores) in enumerate(
        zip(np.asarray(found["boxes"]), np.asarray(found["scores"]), strict=True)
    ):
        truth = BOXES[number][LABELS[number] >= 0]
        labels = LABELS[number][LABELS[number] >= 0]
        sure = scores.max(axis=1) >= ANSWERED
        fits = overlaps(boxes[sure], truth) >= 0.5
        right = fits & (scores[sure].argmax(axis=1)[:, None] == labels)
        wrong += [f"{number}: {box} missed" for box in truth[~right.any(axis=0)]]
        wrong += [f"{number}: {box} is nothing" for box in boxes[sure][~right.any(axis=1)]]
    return wrong
