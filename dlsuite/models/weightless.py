"""Models that take no memory: all shapes, no values. A VGG-19 is there in 30 ms."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

import keras


def weightless(build: Callable[[], keras.Model]) -> keras.Model:
    """What `build` makes, its weights having shapes and no values: it can be read, not called.

    Args:
        build: Makes the model in float32, whatever dtype policy is in force outside.
    """

    def make() -> keras.Model:
        with keras.StatelessScope(initialize_variables=False):
            return build()

    # Keras would give the weights their values at the next chance; what it remembers to do is a
    # thread's own and goes with it.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(make).result()


def parameters(model: keras.Model, without: Collection[str] = ()) -> int:
    """How many trainable parameters there are, those of layers named in `without` left out.

    Raises:
        ValueError: No layer has one of the names.
    """
    missing = set(without) - {layer.name for layer in model.layers}
    if missing:
        raise ValueError(
            f"`without` must name layers of {model.name}. Received: {', '.join(sorted(missing))}."
        )
    apart = {id(w) for layer in model.layers if layer.name in without for w in layer.weights}
    return sum(math.prod(w.shape) for w in model.trainable_weights if id(w) not in apart)
