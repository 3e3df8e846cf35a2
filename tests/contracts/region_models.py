"""Models of one input for layers that take boxes too: a row of a batch has all of it."""

import keras
import numpy as np
from keras import ops

MAP = (5, 6, 2)
REGIONS = 3
BOXES, CLASSES, FOUND = 5, 2, 4


def pooled(layer: keras.Layer) -> keras.Model:
    """`[B, 60 + 12]`: a map and the boxes below which it is pooled."""
    inputs = keras.Input((int(np.prod(MAP)) + 4 * REGIONS,))
    maps = ops.reshape(inputs[:, : -4 * REGIONS], (-1, *MAP))
    regions = ops.reshape(inputs[:, -4 * REGIONS :], (-1, REGIONS, 4))
    return keras.Model(inputs, layer([maps, regions]))


def detected_labels(layer: keras.Layer) -> keras.Model:
    """`[B, 20 + 10]`: boxes and their scores, to the labels of those found, which have no slope."""
    inputs = keras.Input((BOXES * (4 + CLASSES),))
    boxes = ops.reshape(inputs[:, : 4 * BOXES], (-1, BOXES, 4))
    scores = ops.reshape(inputs[:, 4 * BOXES :], (-1, BOXES, CLASSES))
    labels = layer({"boxes": boxes, "scores": scores})["labels"]
    return keras.Model(inputs, ops.cast(labels, keras.config.floatx()))


def maps_and_regions(batch: int) -> np.ndarray:
    """Boxes of 3 to 8 pixels on maps of 20 x 24, far from where an edge rounds to the next."""
    rng = np.random.default_rng(0)
    start = rng.integers(0, 12, (batch, REGIONS, 2)) + 0.3
    regions = np.concatenate([start, start + rng.integers(3, 9, start.shape)], axis=-1)
    maps = rng.uniform(size=(batch, int(np.prod(MAP))))
    return np.concatenate([maps, regions.reshape(batch, -1)], axis=1).astype("float32")
