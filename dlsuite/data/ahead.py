"""How far tf.data works ahead: set once, not tuned by TensorFlow while it runs.

Where tf.data tunes itself, the thread that does so sleeps for up to a minute at a time, and one
iterator in about a hundred is not let go before that thread wakes (seen in TensorFlow 2.21): the
process stands still, whatever it was about to do.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tensorflow as tf

CALLS = min(os.cpu_count() or 1, 16)  # of a function in parallel
BATCHES = 2  # that wait for whoever takes them


def ahead(dataset: "tf.data.Dataset", elements: int = BATCHES) -> Any:
    """The dataset, so many elements ahead of who takes them, with no tuning in any of its steps.

    Its `map` should be told `CALLS`.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(elements).with_options(options)
