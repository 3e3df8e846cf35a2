"""Classification with localization: is there an object, where, and of which class."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops
from pydantic import Field

from dlsuite.losses.detection import complete_iou_loss, in_full, mean_where, smooth_l1
from dlsuite.losses.refusals import require_terms
from dlsuite.models.backbone import Backbone
from dlsuite.models.darknet import SLOPE, darknet
from dlsuite.models.detector import OneStageDetector
from dlsuite.models.geometry import exact_dtype, logits
from dlsuite.models.published import Paper
from dlsuite.models.pyramid import at_strides, joined
from dlsuite.ops.box_labels import are_ignored
from dlsuite.ops.boxes import area, centers, clip, corners, paired_iou
from dlsuite.types import Tensor

Loss = Literal["objectness", "box", "class"]
LOSS_WEIGHTS: Mapping[Loss, float] = {"objectness": 1.0, "box": 4.0, "class": 1.0}
# Places among the 5 + K numbers, the course's vector y: p_c, b_x, b_y, b_h, b_w, classes.
OBJECTNESS, PLACE, CLASSES = 0, slice(1, 5), slice(5, None)
BETA = 0.1  # of a side of the picture, where smooth L1 becomes a line
STRIDES = (8, 16, 32)  # of the maps that points are found in
MAPS = 64  # each of which finds a point
PAPER = Paper(
    "Sermanet, Eigen, Zhang, Mathieu, Fergus, LeCun",
    "OverFeat: Integrated Recognition, Localization and Detection using Convolutional Networks",
    2013,
    "ICLR 2014, arXiv:1312.6229",
)


def localizer(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    backbone: Backbone | None = None,
    units: Annotated[int, Field(ge=1)] = 128,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    box_loss: Literal["ciou", "smooth_l1"] = "ciou",
    loss_weights: Mapping[Loss, Annotated[float, Field(ge=0)]] = LOSS_WEIGHTS,
) -> keras.Model:
    """One object a picture: p_c, its box (b_x, b_y, b_h, b_w) and its class, learned jointly.

    The backbone's maps at strides 8 to 32 are joined at 8; of each of 64 maps the dense layer gets
    the point that it finds and how much it saw there (`SpatialSoftmax`), and gives 5 + K numbers.
    Points move with what is seen: laid flat, maps must learn each place for itself, which takes
    many more pictures. Of several objects the largest is the one.

    The loss is a weighted sum of three: cross-entropy of p_c, and where there is an object that of
    the box and softmax cross-entropy of the class (the course; OverFeat, section 4). Each is a
    metric of training, `objectness_loss`, `box_loss` and `class_loss`, and so is the mean `iou`
    where there is an object.

    Args:
        input_shape: `(H, W, C)` of images float32.
        num_classes: K.
        backbone: A network of the same `input_shape`; None is `darknet`. Its classifier is left
            out.
        units: Of the dense layer.
        dropout: Share of its units dropped in training.
        box_loss: `ciou` is 1 - CIoU; `smooth_l1` the sum over the four numbers, in shares of the
            picture, a parabola below 0.1.
        loss_weights: Factors of `objectness`, `box` and `class`.

    Returns:
        Uncompiled `Localizer`, `[B, H, W, C]` -> raw numbers `[B, 5 + K]`.

    Raises:
        ValueError: A loss or weights of another name, or a backbone without maps.
    """
    if backbone is None:
        backbone = darknet(input_shape, num_classes)
    x = joined(at_strides(backbone, STRIDES, MAPS), MAPS)[0]
    x = keras.layers.Conv2D(MAPS, 1, dtype=exact_dtype(), name="points")(x)
    x = SpatialSoftmax(dtype=exact_dtype(), name="places")(x)
    x = keras.layers.Dense(units, kernel_initializer="he_normal", name="dense")(x)
    x = keras.layers.LeakyReLU(SLOPE, name="dense_relu")(x)
    if dropout:
        x = keras.layers.Dropout(dropout, name="dense_dropout")(x)
    x = logits(5 + num_classes, "raw")(x)
    return Localizer(
        backbone.input, x, box_loss=box_loss, loss_weights=loss_weights, name="localizer"
    )


@keras.saving.register_keras_serializable(package="dlsuite")
class SpatialSoftmax(keras.layers.Layer):
    """The mean place of each map, its fields weighted by their softmax, and the mean seen there.

    Levine, Finn, Darrell and Abbeel 2016, section 5.1, "expected position". No weights.

    `[B, h, w, C]` -> `[B, 3 C]`: across and down in [-1, 1] from edge to edge of the maps, then the
    weighted mean.
    """

    def call(self, inputs: Tensor) -> Tensor:
        rows, columns, maps = inputs.shape[1:]
        fields = ops.reshape(inputs, (-1, rows * columns, maps))  # [B, hw, C]
        weights = ops.softmax(fields, axis=1)
        row, column = np.indices((rows, columns)).reshape(2, -1)
        places = [(2 * at + 1) / count - 1 for at, count in ((column, columns), (row, rows))]
        places = [ops.convert_to_tensor(place[:, None], fields.dtype) for place in places]
        means = [ops.sum(weights * part, axis=1) for part in (*places, fields)]
        return ops.concatenate(means, axis=-1)


@keras.saving.register_keras_serializable(package="dlsuite")
class Localizer(OneStageDetector):
    """The net, what its raw numbers mean and what it learns from a box.

    Args:
        inputs: Images of the functional model.
        outputs: Raw numbers `[B, 5 + K]`.
        box_loss: As of `localizer`.
        loss_weights: As of `localizer`.

    Raises:
        ValueError: A loss or weights of another name.
    """

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        *,
        box_loss: str = "ciou",
        loss_weights: Mapping[Loss, float] = LOSS_WEIGHTS,
        **o: Any,
    ) -> None:
        if box_loss not in ("ciou", "smooth_l1"):
            raise ValueError(f"`box_loss` must be ciou or smooth_l1. Received: {box_loss!r}.")
        require_terms(loss_weights, LOSS_WEIGHTS)
        choices = {"box_loss": box_loss}
        super().__init__(inputs, outputs, loss_weights=loss_weights, choices=choices, **o)
        self.overlap = keras.metrics.Mean(name="iou")

    def losses_of(
        self, y: Any, raw: Tensor, weights: Tensor | None = None, training: bool = True
    ) -> dict[Loss, Tensor]:
        """The three losses of a batch, not weighted against each other.

        Args:
            y: Boxes in pixels `[B, M, 4]` and labels `[B, M]`, see `ops.box_labels`. A picture
                with ignored boxes alone teaches nothing.
            raw: Raw numbers `[B, 5 + K]`.
            weights: Of the pictures, `[B]`.
        """
        raw = in_full(raw)
        box, label = _largest(ops.cast(y["boxes"], raw.dtype), y["labels"])
        there = ops.cast(label >= 0, raw.dtype)  # [B]
        ignored = ops.any(are_ignored(ops.cast(y["labels"], "int32")), axis=-1)
        predicted = self._boxes(raw)
        self.overlap.update_state(paired_iou(box, predicted), sample_weight=there)
        objectness = ops.binary_crossentropy(there, raw[..., OBJECTNESS], from_logits=True)
        named = ops.sparse_categorical_crossentropy(
            ops.maximum(label, 0), raw[..., CLASSES], from_logits=True
        )
        return {
            "objectness": mean_where(objectness, (label >= 0) | ~ignored, weights),
            "box": mean_where(self._box_loss(box, predicted), there, weights),
            "class": mean_where(named, there, weights),
        }

    def detect(self, y_pred: Tensor) -> dict[str, Tensor]:
        """What raw numbers mean: one box a picture in pixels, clipped, and its scores.

        Returns:
            `{"boxes": [B, 1, 4], "scores": [B, 1, K]}`; a score is p_c times the probability of
            the class.
        """
        raw = in_full(y_pred)[:, None]  # [B, 1, 5 + K]
        there = ops.sigmoid(raw[..., OBJECTNESS])[..., None]
        return {
            "boxes": clip(self._boxes(raw), self.size),
            "scores": there * ops.softmax(raw[..., CLASSES], axis=-1),
        }

    def _boxes(self, raw: Tensor) -> Tensor:
        """Boxes in pixels of raw numbers `[..., 5 + K]`."""
        x, y, height, width = ops.split(ops.sigmoid(raw[..., PLACE]), 4, axis=-1)
        down, across = self.size
        parts = [x * across, y * down, width * across, height * down]
        return corners(ops.concatenate(parts, axis=-1))

    def _box_loss(self, boxes: Tensor, predicted: Tensor) -> Tensor:
        if self.choices["box_loss"] == "ciou":
            return complete_iou_loss(boxes, predicted)
        down, across = self.size
        sides = ops.convert_to_tensor([across, down, across, down], predicted.dtype)
        apart = (centers(boxes) - centers(predicted)) / sides
        return ops.sum(smooth_l1(apart, BETA), axis=-1)


def _largest(boxes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Box `[B, 4]` and label `[B]` of the largest object; label below 0 where there is none."""
    sizes = ops.where(labels >= 0, area(boxes), -1)
    which = ops.argmax(sizes, axis=-1)  # [B]
    chosen = ops.one_hot(which, boxes.shape[1], dtype=boxes.dtype)  # [B, M]
    box = ops.sum(boxes * chosen[..., None], axis=1)
    label = ops.sum(ops.cast(labels, "int32") * ops.cast(chosen, "int32"), axis=1)
    return box, label
