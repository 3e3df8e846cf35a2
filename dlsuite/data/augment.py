"""Keras augmentation layers whose draws depend on (seed, global step) alone."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from dlsuite.data.order import SHUFFLING, draw_key
from dlsuite.types import Tensor


def augmenter(
    layers: Sequence[keras.layers.Layer], seed: int
) -> Callable[[Tensor, Tensor], Tensor]:
    """A function `(x, step) -> x` that runs `layers` in training mode.

    A Keras layer draws from seed generators, whose variables count calls, so that what it draws
    depends on how many batches came before. Here the variables are shadowed for the length of the
    call by keys made of (seed, step): step 7 is the same whether or not step 6 was ever computed,
    in any process and any order. A layer's own `seed` therefore has no effect.

    Args:
        layers: Layers from images to images of the same shape, `[B, H, W, C]`, applied in turn.
        seed: Of the run.

    Raises:
        ValueError: When called, if a layer changes the shape of the images.
    """
    generators = list(_generators(list(layers), set()))

    def augment(x: Tensor, step: Tensor) -> Tensor:
        keys = [
            (generator.state, draw_key(seed, SHUFFLING + 1 + number, step))
            for number, generator in enumerate(generators)
        ]
        with keras.StatelessScope(state_mapping=keys):
            for layer in layers:
                x = _same_shape(layer, x, layer(x, training=True))
        return x

    return augment


def _same_shape(layer: keras.layers.Layer, before: Tensor, after: Tensor) -> Tensor:
    if not before.shape[1:].is_compatible_with(after.shape[1:]):
        raise ValueError(
            "A layer of `augment` must keep the shape of the images, which are served unaugmented. "
            f"Received: {type(layer).__name__}, from {list(before.shape)} to {list(after.shape)}."
        )
    return tf.cast(after, before.dtype)


def _generators(part: Any, seen: set[int]) -> Iterator[keras.random.SeedGenerator]:
    """Every seed generator in layers, in the layers inside them, and so on, once each."""
    if isinstance(part, keras.random.SeedGenerator | keras.layers.Layer):
        if id(part) in seen:
            return
        seen.add(id(part))
    if isinstance(part, keras.random.SeedGenerator):
        yield part
    elif isinstance(part, keras.layers.Layer):
        yield from _generators(vars(part), seen)
    elif isinstance(part, dict):
        for item in part.values():
            yield from _generators(item, seen)
    elif isinstance(part, list | tuple):
        for item in part:
            yield from _generators(item, seen)
