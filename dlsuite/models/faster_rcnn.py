"""Faster R-CNN of Ren, He, Girshick and Sun 2015: the net proposes its regions itself."""

from collections.abc import Mapping
from typing import Annotated, Any

import keras
import numpy as np
from keras import ops
from pydantic import Field

from dlsuite.models.backbone import Backbone
from dlsuite.models.fast_rcnn import FastRCNN, Stride
from dlsuite.models.geometry import exact_dtype
from dlsuite.models.published import Paper
from dlsuite.models.region_backbone import Neck, described, feature_maps, made
from dlsuite.models.region_head import POOLED, Pooling, detection_head, region_pooling
from dlsuite.models.region_loss import box_loss, lesson, mean_of_drawn
from dlsuite.ops.anchors import anchor_shapes, grid_anchors
from dlsuite.ops.boxes import clip, decode_deltas
from dlsuite.ops.nms import nms
from dlsuite.types import Tensor

# Sizes of the anchors as shares of the shorter side, 600 pixels in the paper (section 3.3), and
# their heights to widths.
SIZES, RATIOS = (128 / 600, 256 / 600, 512 / 600), (0.5, 1.0, 2.0)
# Section 3.1.2 and 3.1.3: IoU from which an anchor is an object and below which it is background;
# anchors of a picture that a step learns from, half of them objects.
ANCHOR_POSITIVE, ANCHOR_NEGATIVE = 0.7, 0.3
SAMPLED_ANCHORS, POSITIVE_SHARE = 256, 0.5
BETA = 1 / 9  # of the smooth L1 of anchors, in the authors' code
PROPOSAL_IOU = 0.7  # above which the weaker of two proposals goes (section 3.3)
LOOKED_AT = (
    10  # times as many of the best anchors as proposals go into the suppression; 6,000 / 300
)
PAPER = Paper(
    "Ren, He, Girshick, Sun",
    "Faster R-CNN: Towards Real-Time Object Detection with Region Proposal Networks",
    2015,
    "NeurIPS 2015, arXiv:1506.01497",
)


def faster_rcnn(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    backbone: Backbone | None = None,
    anchors: tuple[tuple[float, float], ...] | None = None,
    stride: Stride = 8,
    neck: Neck = None,
    pooling: Pooling = "align",
    units: Annotated[int, Field(ge=1)] = 256,
    proposals: Annotated[int, Field(ge=1)] = 100,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """Faster R-CNN: a region proposal network, and the head of Fast R-CNN on the same maps.

    Both are trained together (section 3.2, approximate joint training): no gradient passes through
    the coordinates of proposals. Anchors may reach out of the picture in training too.

    Args:
        input_shape: `(H, W, C)` of images float32.
        num_classes: K, without background.
        backbone: A network of the same `input_shape`, up to its last maps of `stride`; Darknet with
            12 layers if None.
        anchors: (width, height) in pixels of the boxes that every field proposes from, such as
            k-means finds in the data; the paper's nine, as shares of the shorter side, if None.
        stride: Pixels that a field of the maps stands for; the paper's VGG16 has 16.
        neck: As of `region_backbone.feature_maps`; the paper has none.
        pooling: `align` interpolates (He et al. 2017); `pool` is the paper's.
        units: Maps of the proposal network and of both dense layers of the head.
        proposals: P, how many regions of a picture the head judges; the paper's 300.
        dropout: Share of the units of the head dropped in training.

    Returns:
        Uncompiled `FasterRCNN`, `[B, H, W, C]` -> `{"features": [B, h, w, C'], "objectness":
        logits [B, A], "deltas": [B, A, 4], "proposals": [B, P, 4] in pixels}`.

    Raises:
        ValueError: The backbone has no maps of that stride, or an unknown choice.
    """
    shapes = _shapes(input_shape, anchors)
    choices = {
        "input_shape": tuple(input_shape),
        "num_classes": num_classes,
        "backbone": described(backbone),
        "anchors": shapes,
        "stride": stride,
        "neck": neck,
        "pooling": pooling,
        "units": units,
        "proposals": proposals,
        "dropout": dropout,
    }
    image, maps = feature_maps(input_shape, num_classes, backbone, stride, neck)
    raw = _proposal_network(maps, len(shapes), units)
    layer = Proposals(
        maps.shape[1:3],
        stride,
        shapes,
        input_shape[:2],
        proposals,
        dtype=exact_dtype(),
        name="proposals",
    )
    exact = keras.layers.Identity(dtype=exact_dtype(), name="features")(maps)
    outputs = {"features": exact, **raw, "proposals": layer([raw["objectness"], raw["deltas"]])}
    return FasterRCNN(
        image,
        outputs,
        region_pooling(pooling, POOLED, stride),
        detection_head((POOLED, POOLED, maps.shape[-1]), num_classes, units, dropout),
        choices,
        name="faster_rcnn",
    )


def _shapes(
    input_shape: tuple[int, int, int], anchors: tuple[tuple[float, float], ...] | None
) -> tuple[tuple[float, float], ...]:
    shorter = min(input_shape[:2])
    usual = anchor_shapes([share * shorter for share in SIZES], RATIOS)
    shapes = np.asarray(usual if anchors is None else anchors, "float64")
    if shapes.ndim != 2 or shapes.shape[1:] != (2,) or not len(shapes) or shapes.min() <= 0:
        raise ValueError(
            "`anchors` must be (width, height) pairs in pixels above 0, at least one. "
            f"Received: anchors={anchors}."
        )
    return tuple((float(width), float(height)) for width, height in shapes)


def _proposal_network(maps: Tensor, count: int, units: int) -> dict[str, Tensor]:
    """A 3x3 convolution, then objectness and four steps for each anchor (section 3.1).

    Objectness is one logit; the paper's two that softmax compares can say no more.
    """
    x = _convolution(maps, units, 3, "proposing", activation="relu")
    objectness = _convolution(x, count, 1, "objectness", dtype=exact_dtype())
    deltas = _convolution(x, 4 * count, 1, "anchor_deltas", dtype=exact_dtype())
    return {
        "objectness": keras.layers.Reshape((-1,), dtype=exact_dtype())(objectness),  # [B, A]
        "deltas": keras.layers.Reshape((-1, 4), dtype=exact_dtype())(deltas),  # [B, A, 4]
    }


def _convolution(x: Tensor, maps: int, side: int, name: str, **options: Any) -> Tensor:
    initializer = keras.initializers.RandomNormal(stddev=0.01)  # section 3.1.3
    return keras.layers.Conv2D(
        maps, side, padding="same", kernel_initializer=initializer, name=name, **options
    )(x)


class Proposals(keras.layers.Layer):
    """The regions that a proposal network finds most likely to be objects, none of them alike.

    Objectness logits `[B, A]` and deltas `[B, A, 4]` -> boxes `[B, P, 4]` in pixels, the best
    first, clipped to the picture; absent ones are all zeros. No gradient passes.

    Args:
        grid: (rows, columns) of the maps.
        stride: Pixels of a field.
        shapes: (width, height) of the anchors of each field, in pixels.
        size: (height, width) of the picture.
        count: P.
    """

    def __init__(
        self,
        grid: tuple[int, int],
        stride: int,
        shapes: tuple[tuple[float, float], ...],
        size: tuple[int, int],
        count: int,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.grid, self.stride, self.size, self.count = grid, stride, size, count
        self.shapes = shapes
        self.anchors = grid_anchors(self.grid, stride, self.shapes)  # [A, 4]
        self.supports_jit = False  # the suppression is a kernel that XLA has not

    def call(self, inputs: list[Tensor]) -> Tensor:
        objectness, deltas = (ops.stop_gradient(each) for each in inputs)
        looked_at = min(LOOKED_AT * self.count, len(self.anchors))
        logits, places = ops.top_k(objectness, looked_at)  # [B, N]
        deltas = ops.take_along_axis(deltas, places[..., None], axis=1)
        anchors = ops.take(ops.convert_to_tensor(self.anchors, deltas.dtype), places, axis=0)
        boxes = clip(decode_deltas(anchors, deltas), self.size)  # [B, N, 4]
        kept = nms(
            boxes,
            ops.sigmoid(logits)[..., None],
            iou_threshold=PROPOSAL_IOU,
            score_threshold=0.0,
            max_detections=self.count,
        )
        return ops.cast(kept["boxes"], self.compute_dtype)

    def compute_output_spec(self, inputs: list[Tensor]) -> keras.KerasTensor:
        return keras.KerasTensor((inputs[0].shape[0], self.count, 4), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        names = ("grid", "stride", "shapes", "size", "count")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(package="dlsuite")
class FasterRCNN(FastRCNN):
    """Fast R-CNN on regions of its own; its loss has the two terms of the proposals more."""

    judges_proposals = False
    learns = ("objectness", "anchor", "class", "box")

    def losses_of_each(
        self, y: Mapping[str, Tensor], y_pred: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor]:
        first = self.proposal_losses(y, y_pred, training)
        return {**first, **super().losses_of_each(y, y_pred, training)}

    def proposal_losses(
        self, y: Mapping[str, Tensor], y_pred: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor]:
        """Of objectness and of the steps of anchors, for each picture, `[B]` (equation 1)."""
        anchors = ops.convert_to_tensor(self.get_layer("proposals").anchors)
        anchors = anchors[None] + 0 * y_pred["deltas"]  # [B, A, 4]
        taught = lesson(
            anchors,
            y,
            positive=ANCHOR_POSITIVE,
            negative=ANCHOR_NEGATIVE,
            count=SAMPLED_ANCHORS,
            positive_share=POSITIVE_SHARE,
            seed=self.seed(training),
            size=self.picture_size,
            force=True,
        )
        objects = ops.cast(taught.positive, y_pred["objectness"].dtype)
        surprise = ops.binary_crossentropy(objects, y_pred["objectness"], from_logits=True)
        drawn = ops.logical_or(taught.positive, taught.negative)
        steps = box_loss(anchors, y_pred["deltas"], taught, deviations=(1.0,) * 4, beta=BETA)
        return {"objectness": mean_of_drawn(surprise, taught, drawn), "anchor": steps}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "FasterRCNN":
        return faster_rcnn(**made(config["choices"]))
