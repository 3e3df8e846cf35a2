"""Augmentation for detection: boxes go where the pixels go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from dlsuite.data.augment_settings import UNFIT_WITH_BOXES
from dlsuite.data.box_moves import MOVES, STILL, moved
from dlsuite.layers.box_augmentation import Mosaic, RandomScaleCrop, changed_together
from dlsuite.layers.letterbox import GREY
from dlsuite.ops.box_labels import ABSENT, are_ignored, as_ignored
from dlsuite.ops.visible_boxes import visible_boxes
from dlsuite.types import Tensor, Tree

# Below this share of a mix a picture's contrasts are lost in the other's.
FAINT = 0.1
IN_TURN = (keras.layers.Pipeline, keras.Sequential)
REPEATING = ("reflect", "wrap")  # what shows objects once more, without boxes
OURS = (Mosaic, RandomScaleCrop)
IN_LINES = (*OURS, keras.layers.RandomFlip)  # what moves whole rows and columns


def together(layers: Sequence[keras.layers.Layer]) -> list[tuple[keras.layers.Layer, ...]]:
    """Layers in turn, those together that move whole rows and columns: pixels are read once then.

    A mosaic is of pictures that were changed each in its own way, so that it is the first of some.
    """
    found: list[tuple[keras.layers.Layer, ...]] = []
    for layer in _in_turn(layers):
        kind = type(layer)
        joins = kind in (RandomScaleCrop, keras.layers.RandomFlip) and found
        if joins and type(found[-1][-1]) in IN_LINES:
            found[-1] = (*found[-1], layer)
        else:
            found.append((layer,))
    return found


def _in_turn(layers: Sequence[keras.layers.Layer]) -> Iterator[keras.layers.Layer]:
    for layer in layers:
        if isinstance(layer, IN_TURN):
            yield from _in_turn(layer.layers)
        else:
            yield layer


def augmented_boxes(
    layers: Sequence[keras.layers.Layer], x: Tree, y: dict[str, Tensor], *, min_visible: float
) -> tuple[Tree, dict[str, Tensor]]:
    """A batch for detection after some layers: boxes moved with the pixels, and cut to the image.

    Boxes that show less than `min_visible` of their area or less than 2 pixels on a side become
    absent: label -1, zeros. Layers that change colours leave boxes alone. What a layer shows from
    beyond the picture is grey: a reflection would show objects without boxes.

    Args:
        layers: One, or several that `together` put together, none that `refuse_unfit` refuses. Of
            Keras, `Mosaic` or `RandomScaleCrop`, or one's own that takes Keras' form `{"images",
            "bounding_boxes": {"boxes", "labels"}}`; its `bounding_box_format` is set.
        x: Images `[B, H, W, C]`, or `{"image": …, "proposals": [B, P, 4]}`, absent ones zeros.
        y: `{"boxes": [B, M, 4], "labels": [B, M]}`, see `ops.box_labels`; keys of
            whole images stay as they are.
        min_visible: Share of a box's area, 0 to 1.

    Returns:
        x and y. M becomes 2 M by MixUp and 4 M by Mosaic; of the proposals as many stay as came.
    """
    images = x["image"] if isinstance(x, dict) else x
    labels = tf.cast(y["labels"], tf.int32)
    told = (tf.cast(y["boxes"], tf.float32), labels)
    sets = [told]
    if isinstance(x, dict) and "proposals" in x:
        proposals = tf.cast(x["proposals"], tf.float32)
        sets.append((proposals, _present(proposals)))
    if len(layers) == 1:
        images, sets = _applied(layers[0], images, sets, min_visible)
    else:
        images, sets = _applied_together(layers, images, sets, min_visible)
    (boxes, labels), *others = sets
    y = {**y, "boxes": boxes, "labels": tf.cast(labels, y["labels"].dtype)}
    if not isinstance(x, dict):
        return images, y
    x = {**x, "image": images}
    if others:
        x["proposals"] = _first(*others[0], proposals.shape[1] or tf.shape(proposals)[1])
    return x, y


def refuse_unfit(layer: keras.layers.Layer) -> None:
    """Refuses a layer, one of `together`, whose boxes would not be where its pixels are.

    Raises:
        ValueError: It says nothing of boxes, or is known to move them wrongly.
    """
    name = type(layer).__name__
    known = type(layer).__module__.startswith(("keras.", "dlsuite."))
    if known and name in UNFIT_WITH_BOXES:
        raise ValueError(f"A layer of `augment` {UNFIT_WITH_BOXES[name]} Received: {name}.")
    told = isinstance(layer, (*STILL, *MOVES, keras.layers.MixUp, *OURS))
    if not told and not callable(getattr(layer, "transform_bounding_boxes", None)):
        raise ValueError(
            "A layer of `augment` must say where boxes go: `transform_bounding_boxes`, as layers "
            f"of Keras have it. Received: {name}."
        )


Sets = list[tuple[Tensor, Tensor]]  # boxes and labels, [B, M, 4] and [B, M]


def _applied_together(
    layers: Sequence[Any], images: Tensor, sets: Sets, min_visible: float
) -> tuple[Tensor, Sets]:
    changes, sides = [], _sides(images)
    for layer in layers:
        drawn = layer.get_random_transformation(images, training=True)
        changes.append((layer, drawn))
        if isinstance(layer, OURS):
            sets = [visible_boxes(*layer.moved(*one, drawn), min_visible) for one in sets]
        else:
            sets = _with_sets_moved(layer, drawn, sets, sides, min_visible)
    return changed_together(images, changes), sets


def _applied(
    layer: keras.layers.Layer, images: Tensor, sets: Sets, min_visible: float
) -> tuple[Tensor, Sets]:
    if isinstance(layer, STILL):
        return layer(images, training=True), sets
    if isinstance(layer, keras.layers.MixUp):
        return _mixed(layer, images, sets)
    if isinstance(layer, OURS):
        drawn = layer.get_random_transformation(images)
        after = [visible_boxes(*layer.moved(*one, drawn), min_visible) for one in sets]
        return layer.transform_images(images, drawn), after
    if isinstance(layer, tuple(MOVES)):
        return _moved(layer, images, sets, min_visible)
    return _its_own(layer, images, sets, min_visible)


def _moved(layer: Any, images: Tensor, sets: Sets, min_visible: float) -> tuple[Tensor, Sets]:
    _grey_outside(layer)
    drawn = layer.get_random_transformation(images, training=True)
    if isinstance(layer, keras.layers.RandomFlip):
        changed = _mirrored(layer, images, drawn["flips"])
    else:
        changed = layer.transform_images(images, drawn, training=True)
    return changed, _with_sets_moved(layer, drawn, sets, _sides(images), min_visible)


def _with_sets_moved(layer: Any, drawn: Any, sets: Sets, sides: Tensor, min_visible: float) -> Sets:
    return [
        visible_boxes(moved(layer, drawn, boxes, sides), labels, _whole(sides), min_visible)
        for boxes, labels in sets
    ]


def _mirrored(layer: Any, images: Tensor, flips: Tensor) -> Tensor:
    """Images flipped where `flips` says so, in a third of the time that the layer takes."""
    for side, axis in (("vertical", 1), ("horizontal", 2)):
        if side in layer.mode:
            places = tf.range(tf.shape(images)[axis])[None]
            places = tf.where(tf.reshape(flips, (-1, 1)), places[:, ::-1], places)
            images = tf.gather(images, places, axis=axis, batch_dims=1)
    return images


def _grey_outside(layer: Any) -> None:
    parts: list[Any] = [layer, *vars(layer).values()]
    for part in parts:
        if issubclass(type(part), tuple(MOVES)) and getattr(part, "fill_mode", "") in REPEATING:
            part.fill_mode, part.fill_value = "constant", GREY


def _mixed(layer: Any, images: Tensor, sets: Sets) -> tuple[Tensor, Sets]:
    """MixUp: the pixels of two images and the boxes of both (Zhang et al. 2019, section 3.1)."""
    drawn = layer.get_random_transformation(images, training=True)
    partner, share = drawn["permutation_order"], tf.cast(drawn["mix_weight"], tf.float32)[:, None]
    changed = layer.transform_images(images, transformation=drawn, training=True)
    after = []
    for boxes, labels in sets:
        both = tf.concat([boxes, tf.gather(boxes, partner)], axis=1)
        # An image mixed with itself has its boxes once.
        alone = (partner == tf.range(tf.shape(partner)[0], dtype=partner.dtype))[:, None]
        clear = (alone | (share >= FAINT), ~alone & (1 - share >= FAINT))
        shown = tf.concat([tf.broadcast_to(one, tf.shape(labels)) for one in clear], axis=1)
        named = tf.concat([labels, tf.gather(labels, partner)], axis=1)
        kept = shown & (named != ABSENT)
        after.append((tf.where(kept[..., None], both, 0.0), tf.where(kept, named, -1)))
    return changed, after


def _its_own(layer: Any, images: Tensor, sets: Sets, min_visible: float) -> tuple[Tensor, Sets]:
    """A layer of the user's, that Keras' form tells of boxes."""
    layer.bounding_box_format = "xyxy"
    drawn = layer.get_random_transformation(images, training=True)
    changed = layer.transform_images(images, drawn, training=True)
    window, after = _whole(_sides(images)), []
    for boxes, labels in sets:
        ignored = are_ignored(labels)  # of which the layer knows nothing: it gets classes
        told = {"boxes": boxes, "labels": tf.where(ignored, as_ignored(labels), labels)}
        told = layer.transform_bounding_boxes(told, drawn, training=True)
        named = tf.where(labels != ABSENT, tf.cast(told["labels"], tf.int32), ABSENT)
        named = tf.where(ignored & (named >= 0), as_ignored(named), named)
        after.append(visible_boxes(told["boxes"], named, window, min_visible))
    return changed, after


def _sides(images: Tensor) -> Tensor:
    """Width and height."""
    return tf.cast(tf.shape(images)[2:0:-1], tf.float32)


def _whole(sides: Tensor) -> Tensor:
    return tf.concat([tf.zeros(2), sides], axis=0)


def _present(proposals: Tensor) -> Tensor:
    """Labels of proposals: 0, and -1 for absent ones."""
    return tf.cast(tf.reduce_any(proposals != 0, axis=-1), tf.int32) - 1


def _first(boxes: Tensor, labels: Tensor, count: Any) -> Tensor:
    """As many of the boxes as there were, those of several pictures in turn, absent ones last."""
    total = tf.shape(boxes)[1]
    rank = tf.range(total) % count * (total // count) + tf.range(total) // count
    order = tf.argsort(tf.where(labels != ABSENT, rank, rank + total), axis=1)[:, :count]
    return tf.gather(boxes, order, batch_dims=1)
