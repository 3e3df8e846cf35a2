"""Weights that no memory can hold, refused before any of it is taken."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlsuite.host_memory import host_memory, in_words

_ONE_AT_A_TIME = threading.RLock()  # Each would give Keras back what the other put there.


def bytes_each(dtype: str) -> int:
    """Bytes of a number of a type by its name; 1 for a bool and for what is smaller than that."""
    bits = re.search(r"\d+", dtype)
    return max(1, int(bits[0]) // 8) if bits else 1


@contextmanager
def weights_within(most: int | None = None) -> Iterator[None]:
    """Inside, a layer of this thread whose weights no longer fit raises instead of making them.

    A number too much in a recipe (`hidden: [1000000000]`) would otherwise take the machine's
    memory, and the work of others with it, before anything could be said about it. Weights on a
    GPU take none of it, and are let through.

    Args:
        most: Bytes that the weights made inside may take together; None for what is free now.

    Raises:
        ValueError: A layer's weights are too large.
    """
    import keras

    if most is None and keras.distribution.list_devices("gpu"):
        yield
        return
    limit = host_memory().available if most is None else most
    taken, owner = 0, threading.get_ident()

    def add_weight(layer: Any, *given: Any, **options: Any) -> Any:
        nonlocal taken
        if threading.get_ident() != owner:
            return made(layer, *given, **options)
        shape = tuple(options.get("shape", given[0] if given else ()) or ())
        dtype = options.get("dtype") or getattr(layer, "variable_dtype", "float32")
        size = bytes_each(keras.backend.standardize_dtype(dtype))
        taken += size * math.prod(int(side) for side in shape)
        if taken > limit:
            raise ValueError(
                f"The weights must fit into the {in_words(limit)} of memory that are free; "
                f"`dlsuite train --force` makes them all the same. Received: {layer.name} of shape "
                f"{shape}, which makes them {in_words(taken)}."
            )
        return made(layer, *given, **options)

    with _ONE_AT_A_TIME:
        made = keras.Layer.add_weight
        keras.Layer.add_weight = add_weight  # type: ignore[method-assign]
        try:
            yield
        finally:
            keras.Layer.add_weight = made  # type: ignore[method-assign]
