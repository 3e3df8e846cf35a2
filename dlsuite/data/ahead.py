"""How far tf.data works ahead: set once, not tuned by TensorFlow while it runs.

Where tf.data tunes itself, the thread that does so sleeps for up to a minute at a time, and one
iterator in about a hundred is not let go before that thread wakes (seen in TensorFlow 2.21): the
process stands still, whatever it was about to do.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

# Examples are read and decoded on every processor that this process may use.
CALLS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Batches are encoded and augmented by fewer: each that is done waits in memory for the one before.
BATCH_CALLS = min(CALLS, 4)
READY = 2  # batches that wait for whoever takes them: one while it takes another
WAITING = READY + 2 * BATCH_CALLS  # batches in memory at most: ready, augmented and encoded ones


def ahead(dataset: "tf.data.Dataset", elements: int = READY) -> Any:
    """The dataset, so many elements ahead of who takes them, with no tuning in any of its steps.

    Its `map` is told `CALLS` for examples and `BATCH_CALLS` for batches.
    """
    return untuned(dataset.prefetch(elements))


def untuned(dataset: "tf.data.Dataset") -> Any:
    """The dataset with no tuning in any of its steps."""
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.with_options(options)
