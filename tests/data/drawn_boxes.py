"""Pictures with an object each, drawn so that its extent can be measured after any change."""

import numpy as np
import tensorflow as tf

from dlsuite.data.augment import augmenter

HEIGHT, WIDTH = 60, 80
B = 7
# Picture i is black, its object of the colour i + 1 in binary: 1 is blue, 2 green, 3 both, …
COLOURS = np.array([[(i + 1) >> bit & 1 for bit in (2, 1, 0)] for i in range(B)], "float32")
PARTS = np.random.default_rng(4)
CORNERS = np.stack([PARTS.integers(4, 40, B), PARTS.integers(4, 28, B)], -1)
BOXES = np.concatenate([CORNERS, CORNERS + PARTS.integers(14, 28, (B, 2))], -1).astype("float32")
EMPTY = np.zeros((B, 1, 4), "float32")
LABELS = np.stack([np.full(B, -1), np.arange(B)], -1).astype("int32")  # the absent one is first
Y = {"boxes": np.concatenate([EMPTY, BOXES[:, None]], 1), "labels": LABELS}
STEPS = 3


def drawn():
    images = np.zeros((B, HEIGHT, WIDTH, 3), "float32")
    for image, box, colour in zip(images, BOXES.astype(int), COLOURS, strict=True):
        image[box[1] : box[3], box[0] : box[2]] = colour
    return images


def steps(layers, first=0, last=STEPS, *, x=None, y=Y, seed=0, **options):
    """(x, y) of each step, out of one graph that knows nothing of the batch's size."""
    augment = tf.autograph.experimental.do_not_convert(augmenter(layers, seed, **options))
    batch = tf.nest.map_structure(tf.constant, (drawn() if x is None else x, y))
    free = tf.nest.map_structure(
        lambda leaf: tf.TensorSpec((None, *leaf.shape[1:]), leaf.dtype), batch
    )
    graph = tf.function(augment, [free, tf.TensorSpec((), tf.int64)], autograph=False)
    return [
        tf.nest.map_structure(np.asarray, graph(batch, tf.constant(step, tf.int64)))
        for step in range(first, last)
    ]


def of_colour(image, number):
    """Pixels nearer to an object's colour than to the black beside it."""
    return (np.abs(image - COLOURS[number]) < 0.5).all(-1)


def extents(mask):
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
