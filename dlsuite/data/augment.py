"""Keras augmentation layers whose draws depend on (seed, global step) alone."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from dlsuite.data.augment_settings import mixes
from dlsuite.data.box_augment import augmented_boxes, refuse_unfit, together
from dlsuite.data.mixing import mixed
from dlsuite.data.order import SHUFFLING, draw_key
from dlsuite.layers.box_augmentation import MIN_VISIBLE
from dlsuite.types import Tensor, Tree

STYLING = re.compile(r"\x1b\[\d*m|\{\{.*?\}\} ?")  # of a terminal, and TensorFlow's names of nodes


def augmenter(
    layers: Sequence[keras.layers.Layer], seed: int, *, min_visible: float = MIN_VISIBLE
) -> Callable[[tuple, Tensor], tuple]:
    """A function `(batch, step) -> batch` that runs `layers` in training mode.

    A Keras layer draws from seed generators, whose variables count calls, so that what it draws
    depends on how many batches came before. Here the variables are shadowed for the length of the
    call by keys made of (seed, step): step 7 is the same whether or not step 6 was ever computed,
    in any process and any order. A layer's own `seed` therefore has no effect.

    A batch is `(x,)`, `(x, y)` or `(x, y, weight)`; MixUp and CutMix change all of it, see
    `dlsuite.data.mixing`, the others x alone. Where y is a dict with `boxes`, all move them, see
    `dlsuite.data.box_augment`.

    Args:
        layers: Layers from images to images of the same shape, `[B, H, W, C]`, applied in turn.
        seed: Of the run.
        min_visible: Share of a box's area, 0 to 1; after each layer, boxes that show less go.

    Raises:
        ValueError: When called, if a layer cannot take the images or changes their shape.
    """
    generators = list(_generators(list(layers), set()))

    def augment(batch: tuple, step: Tensor) -> tuple:
        x, *rest = batch
        boxed = bool(rest) and isinstance(rest[0], dict) and "boxes" in rest[0]
        if not boxed and not tf.is_tensor(x):
            raise ValueError(
                "`augment` needs examples whose x is one tensor of images, `[B, H, W, C]`. "
                f"Received: x of type {type(x).__name__}."
            )
        keys = [
            (generator.state, draw_key(seed, SHUFFLING + 1 + number, step))
            for number, generator in enumerate(generators)
        ]
        with keras.StatelessScope(state_mapping=keys):
            if boxed:
                for some in together(layers):
                    x, rest[0] = _with_boxes(some, x, rest[0], min_visible)
                return (x, *rest)
            for layer in layers:
                if mixes(type(layer)):
                    x, *rest = mixed(layer, x, tuple(rest))
                else:
                    x = _same_shape([layer], x, _changed(layer, x))
        return (x, *rest)

    return augment


def _changed(layer: keras.layers.Layer, x: Tensor) -> Tensor:
    try:
        return layer(x, training=True)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        raise _cannot([layer], x, error) from error


def _cannot(layers: Sequence[keras.layers.Layer], x: Tensor, error: Exception) -> ValueError:
    return ValueError(
        f"{_names(layers)} cannot change images of shape {list(x.shape)}. It says: {_said(error)}"
    )


def _with_boxes(
    layers: Sequence[keras.layers.Layer], x: Tree, y: dict[str, Tensor], min_visible: float
) -> tuple[Tree, Tree]:
    for layer in layers:
        refuse_unfit(layer)
    images = x["image"] if isinstance(x, dict) else x
    try:
        after, y = augmented_boxes(layers, x, y, min_visible=min_visible)
    except (ValueError, TypeError, tf.errors.OpError) as error:
        raise _cannot(layers, images, error) from error
    changed = _same_shape(layers, images, after["image"] if isinstance(x, dict) else after)
    return ({**after, "image": changed} if isinstance(x, dict) else changed), y


def _said(error: Exception) -> str:
    """The line of an error that says what is wrong, past those on where it came from."""
    lines = [STYLING.sub("", line).strip() for line in str(error).splitlines()]
    where = ("Exception encountered", "in user code", "File ")
    told = [line for line in lines if line and not line.startswith(where)]
    return told[0] if told else type(error).__name__


def _names(layers: Sequence[keras.layers.Layer]) -> str:
    return " with ".join(type(layer).__name__ for layer in layers)


def _same_shape(layers: Sequence[keras.layers.Layer], before: Tensor, after: Tensor) -> Tensor:
    if not before.shape[1:].is_compatible_with(after.shape[1:]):
        raise ValueError(
            "A layer of `augment` must keep the shape of the images, which are served unaugmented. "
            f"Received: {_names(layers)}, from {list(before.shape)} to {list(after.shape)}."
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
