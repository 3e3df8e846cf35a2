"""Weights that no memory can hold, refused before any of it is taken."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlsuite.host_memory import host_memory

NUMBER = 4  # bytes of a float32


@contextmanager
def weights_within(most: int | None = None) -> Iterator[None]:
    """Inside, a layer whose weights no longer fit raises instead of making them.

    A number too much in a recipe (`hidden: [1000000000]`) would otherwise take the machine's
    memory, and the work of others with it, before anything could be said about it.

    Args:
        most: Bytes that the weights made inside may take together; None for what is free now.

    Raises:
        ValueError: A layer's weights are too large.
    """
    import keras

    limit = host_memory().available if most is None else most
    made = keras.Layer.add_weight
    taken = 0

    def add_weight(layer: Any, shape: Any = None, *given: Any, **options: Any) -> Any:
        nonlocal taken
        taken += NUMBER * math.prod(int(side) for side in shape or ())
        if taken > limit:
            raise ValueError(
                f"The weights must fit into the {limit / 1e9:,.2f} GB of memory that are free. "
                f"Received: {layer.name} of shape {tuple(shape)}, which makes them "
                f"{taken / 1e9:,.2f} GB."
            )
        return made(layer, shape, *given, **options)

    keras.Layer.add_weight = add_weight  # type: ignore[method-assign]
    try:
        yield
    finally:
        keras.Layer.add_weight = made  # type: ignore[method-assign]
