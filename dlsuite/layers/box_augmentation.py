"""Changes of training images that know where their boxes went, for detection."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import keras
from keras import ops

from dlsuite.layers.letterbox import GREY
from dlsuite.ops.resampling import kept_inside, places_before, resampled
from dlsuite.ops.visible_boxes import visible_boxes
from dlsuite.types import Tensor

MIN_VISIBLE = 0.3  # share of a box's area, below which it goes
Draw = dict[str, Tensor]


class _MovesBoxes(keras.layers.Layer):
    """What layers have in common that draw a change, make it of images and tell it of boxes.

    Called with images `[B, H, W, C]`, or with Keras' form for images with boxes: `{"images": …,
    "bounding_boxes": {"boxes": [B, M, 4], "labels": [B, M]}}`, boxes in pixels (x_min, y_min,
    x_max, y_max), labelled as in `ops.box_labels`. Nothing happens outside of training.
    """

    def __init__(self, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.seed = seed
        self.generator = keras.random.SeedGenerator(seed)

    def get_random_transformation(self, data: Tensor, training: bool = True) -> Draw:
        """What is drawn for a batch of images."""
        raise NotImplementedError

    def transform_images(self, images: Tensor, transformation: Draw, training: bool = True) -> Any:
        """The images, changed as was drawn."""
        raise NotImplementedError

    def moved(self, boxes: Tensor, labels: Tensor, drawn: Draw) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes as they lie after the change, their labels, and the windows that show them.

        Args:
            boxes: `[B, M, 4]`.
            labels: `[B, M]`.
            drawn: By `get_random_transformation`.

        Returns:
            Boxes, not cut, `[B, N, 4]`; labels `[B, N]`; windows, a shape that goes with `boxes`.
        """
        raise NotImplementedError

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training:
            return inputs
        images = inputs["images"] if isinstance(inputs, dict) else inputs
        drawn = self.get_random_transformation(images)
        changed = self.transform_images(images, drawn)
        if not isinstance(inputs, dict):
            return changed
        told = inputs["bounding_boxes"]
        boxes, labels = visible_boxes(
            *self.moved(told["boxes"], told["labels"], drawn), min_visible=MIN_VISIBLE
        )
        return {**inputs, "images": changed, "bounding_boxes": {"boxes": boxes, "labels": labels}}

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        return keras.tree.map_structure(
            lambda leaf: keras.KerasTensor(leaf.shape, leaf.dtype), inputs
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="dlsuite")
class RandomScaleCrop(_MovesBoxes):
    """Each image enlarged and cut, or shrunk and bordered in grey, at a place of its own.

    Scale jitter of detectors (Redmon et al. 2016, section 2.2; Liu et al. 2016, section 2.2).
    `keras.layers.RandomCrop` cuts a whole batch alike and moves x of boxes by what it cuts of y.

    `[B, H, W, C]` -> `[B, H, W, C]` in [0, 1], no weights; boxes move with the pixels.

    Args:
        scale: Least and greatest side, in parts of the image's own, above 0. Areas are not drawn.
        stretch: Greatest ratio of the two directions' scales to each other, at least 1.
        seed: Of the draws.

    Raises:
        ValueError: Scales that are not above 0 or not in order; a stretch below 1.
    """

    def __init__(
        self,
        scale: tuple[float, float] = (0.6, 1.6),
        stretch: float = 1.2,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, **options)
        self.scale, self.stretch = _scales(scale), stretch
        if stretch < 1:
            raise ValueError(f"`stretch` must be at least 1. Received: stretch={stretch}.")

    def get_random_transformation(self, data: Tensor, training: bool = True) -> Draw:
        batch, height, width = ops.shape(data)[:3]
        low, high = (ops.log(ops.cast(number, "float32")) for number in self.scale)
        # Evenly between the logarithms: halving is as likely as doubling.
        both = keras.random.uniform((batch, 1), seed=self.generator) * (high - low) + low
        half = ops.log(ops.cast(self.stretch, "float32")) / 2
        apart = (keras.random.uniform((batch, 1), seed=self.generator) * 2 - 1) * half
        scale = ops.exp(both + ops.concatenate([apart, -apart], axis=-1))  # [B, 2], of x and y
        sides = ops.cast(ops.stack([width, height]), "float32")
        room = sides * (1 - scale)  # below 0 where there is more than is shown
        corner = keras.random.uniform((batch, 2), seed=self.generator) * room
        return {"scale": scale, "corner": corner, "sides": sides}

    def transform_images(self, images: Tensor, transformation: Draw, training: bool = True) -> Any:
        return changed_together(images, [(self, transformation)])

    def moved(self, boxes: Tensor, labels: Tensor, drawn: Draw) -> tuple[Tensor, Tensor, Tensor]:
        scale, corner = (ops.tile(drawn[part], (1, 2))[:, None] for part in ("scale", "corner"))
        window = ops.concatenate([ops.zeros((2,)), drawn["sides"]])
        return boxes * scale + corner, labels, window

    def get_config(self) -> dict[str, Any]:
        own = {"scale": list(self.scale), "stretch": self.stretch}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="dlsuite")
class Mosaic(_MovesBoxes):
    """Four pictures of the batch in the corners of one (Bochkovskiy et al. 2020, section 3.3).

    They meet in a point that is drawn; each shows the corner of it that lies there, at a scale
    that is drawn for the four, with grey behind where a picture ends before the image does.

    `[B, H, W, C]` -> `[B, H, W, C]` in [0, 1], no weights; M boxes become 4 M, in the order upper
    left, upper right, lower left, lower right. Of a batch of one, the four pictures are the same.

    Args:
        factor: Share of images that become a mosaic, 0 to 1.
        center: Least and greatest place of the meeting point, in parts of a side, 0 to 1.
        scale: Least and greatest side of the pictures, in parts of the image's own.
        seed: Of the draws.

    Raises:
        ValueError: A factor or places outside of 0 to 1; scales that are not above 0.
    """

    def __init__(
        self,
        factor: float = 1.0,
        center: tuple[float, float] = (0.25, 0.75),
        scale: tuple[float, float] = (0.5, 1.0),
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, **options)
        self.factor, self.center, self.scale = factor, tuple(center), _scales(scale)
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` must be from 0 to 1. Received: factor={factor}.")
        if len(self.center) != 2 or not 0 <= self.center[0] <= self.center[1] <= 1:
            raise ValueError(
                f"`center` must be two numbers in order, from 0 to 1. Received: center={center}."
            )

    def get_random_transformation(self, data: Tensor, training: bool = True) -> Draw:
        batch, height, width = ops.shape(data)[:3]

        def draw(columns: int, low: float = 0.0, high: float = 1.0) -> Tensor:
            return keras.random.uniform((batch, columns), low, high, seed=self.generator)

        mixed = draw(1) < self.factor  # [B, 1]
        sides = ops.cast(ops.stack([width, height]), "float32")
        middle = ops.round(draw(2, *self.center) * sides)
        # One whole picture is a mosaic whose upper left one fills the image.
        middle = ops.where(mixed, middle, sides)
        scale = ops.where(mixed, draw(1, *self.scale), 1.0)
        place = ops.where(mixed, ops.floor(draw(1) * 4), 0.0)  # of the image's own picture
        others = 1 + ops.floor(draw(4) * ops.cast(ops.maximum(batch - 1, 1), "float32"))
        own = ops.arange(4, dtype="float32")[None] == place
        shift = ops.cast(ops.where(own, 0.0, others), "int32")
        pictures = (ops.arange(batch)[:, None] + shift) % batch  # [B, 4]
        return {"pictures": pictures, "scale": scale, "middle": middle, "sides": sides}

    def transform_images(self, images: Tensor, transformation: Draw, training: bool = True) -> Any:
        return changed_together(images, [(self, transformation)])

    def put_together(self, images: Tensor, drawn: Draw, rows: Tensor, columns: Tensor) -> Tensor:
        """Some rows `[B, H]` and columns `[B, W]` of the mosaics, whole places or between."""
        scale, sides = drawn["scale"], drawn["sides"]

        def lines(places: Tensor, axis: int) -> tuple[Tensor, Tensor]:
            """Which of two pictures a row or column shows, and where in it."""
            places = kept_inside(places, sides[axis])
            meet = drawn["middle"][:, axis, None]
            second = places >= meet - 0.5  # [B, count]
            corner = ops.where(second, meet, meet - scale * sides[axis])
            return second, _source(places, corner, scale)

        lower, rows = lines(rows, 1)
        right, columns = lines(columns, 0)
        pairs = ops.reshape(drawn["pictures"], (-1, 2, 2))  # [B, upper or lower, left or right]
        each = ops.where(lower[:, None], pairs[:, 1, :, None], pairs[:, 0, :, None])  # [B, 2, H]
        return resampled(images, each, rows, ops.cast(right, "int32"), columns, fill=GREY)

    def moved(self, boxes: Tensor, labels: Tensor, drawn: Draw) -> tuple[Tensor, Tensor, Tensor]:
        count = ops.shape(boxes)[1]
        middle, sides, scale = drawn["middle"], drawn["sides"], drawn["scale"]
        after = ops.convert_to_tensor([[0, 0], [1, 0], [0, 1], [1, 1]], "float32")  # right, lower
        meet, extent = middle[:, None], (scale * sides)[:, None]  # [B, 1, 2]
        corner = meet - (1 - after) * extent  # [B, 4, 2]
        window = ops.concatenate([after * meet, after * sides + (1 - after) * meet], axis=-1)
        four = ops.take(boxes, drawn["pictures"], axis=0)  # [B, 4, M, 4]
        four = four * scale[:, :, None, None] + ops.tile(corner, (1, 1, 2))[:, :, None]
        windows = ops.repeat(window, count, axis=1)
        labels = ops.reshape(ops.take(labels, drawn["pictures"], axis=0), (-1, 4 * count))
        return ops.reshape(four, (-1, 4 * count, 4)), labels, windows

    def get_config(self) -> dict[str, Any]:
        own = {"factor": self.factor, "center": list(self.center), "scale": list(self.scale)}
        return {**super().get_config(), **own}


def changed_together(images: Tensor, changes: Sequence[tuple[keras.layers.Layer, Draw]]) -> Tensor:
    """Images after several changes of whole rows and columns, read once.

    Args:
        images: `[B, H, W, C]`.
        changes: Layers in turn, each with what it drew: `RandomScaleCrop` and Keras' `RandomFlip`,
            as the first also `Mosaic`, whose pictures differ in which changes went before.
    """
    batch, height, width = ops.shape(images)[:3]
    mosaic = changes[0] if isinstance(changes[0][0], Mosaic) else None
    later = changes[1:] if mosaic else changes
    rows, columns = (
        places_before(
            batch, count, [partial(_before, layer, drawn, axis, count) for layer, drawn in later]
        )
        for count, axis in ((height, 1), (width, 0))
    )
    if mosaic:
        return mosaic[0].put_together(images, mosaic[1], rows, columns)
    own = ops.arange(batch)[:, None, None] + ops.zeros((1, 1, height), "int32")
    whole = ops.zeros_like(columns, dtype="int32")
    return resampled(images, own, rows, whole, columns, fill=GREY)


def _before(
    layer: keras.layers.Layer, drawn: Draw, axis: int, count: Tensor, places: Tensor
) -> Tensor:
    """Places along an axis, 0 for x, before what a layer drew was done."""
    if isinstance(layer, RandomScaleCrop):
        return _source(places, drawn["corner"][:, axis, None], drawn["scale"][:, axis, None])
    if ("horizontal", "vertical")[axis] not in layer.mode:
        return places
    flips = ops.reshape(drawn["flips"], (-1, 1))
    return ops.where(flips, ops.cast(count, places.dtype) - 1 - places, places)


def _scales(given: tuple[float, float]) -> tuple[float, float]:
    if len(given) != 2 or not 0 < given[0] <= given[1]:
        raise ValueError(f"`scale` must be two numbers above 0, in order. Received: scale={given}.")
    return (given[0], given[1])


def _source(places: Tensor, corner: Tensor, scale: Tensor) -> Tensor:
    """Where in a picture lines of an image are read: their middle, before scale and shift."""
    return (places + 0.5 - corner) / scale - 0.5
