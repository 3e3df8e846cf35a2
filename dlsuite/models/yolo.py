"""YOLO of Redmon et al. 2016 to 2018: every cell of a few grids answers for the boxes in it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import keras
import numpy as np
from keras import ops
from pydantic import Field

from dlsuite.losses.detection import complete_iou_loss, in_full, mean_where
from dlsuite.losses.refusals import require_terms
from dlsuite.models.backbone import Backbone
from dlsuite.models.darknet import darknet, leaky_convolution
from dlsuite.models.detector import OneStageDetector
from dlsuite.models.geometry import exact_dtype
from dlsuite.models.published import Paper
from dlsuite.models.pyramid import at_strides, joined
from dlsuite.models.yolo_choices import anchors_by_grid, checked_strides
from dlsuite.ops.boxes import clip, paired_iou
from dlsuite.ops.grid_cells import cells, decoded, responsible
from dlsuite.ops.ignored_boxes import shows_ignored
from dlsuite.types import Tensor

Loss = Literal["box", "objectness", "class"]
LOSS_WEIGHTS: Mapping[Loss, float] = {"box": 3.0, "objectness": 10.0, "class": 2.0}
PAPER = Paper(
    "Redmon, Farhadi",
    "YOLOv3: An Incremental Improvement",
    2018,
    "arXiv:1804.02767; the first: CVPR 2016, arXiv:1506.02640",
)
BOX, OBJECTNESS, CLASSES = slice(0, 4), 4, slice(5, None)  # places among the 5 + K numbers


def yolo(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    backbone: Backbone | None = None,
    strides: Sequence[Annotated[int, Field(ge=2)]] = (8, 16, 32),
    anchors: Sequence[tuple[float, float]] | None = None,
    neck: Annotated[int, Field(ge=2)] = 64,
    neighbours: bool = True,
    loss_weights: Mapping[Loss, Annotated[float, Field(ge=0)]] = LOSS_WEIGHTS,
) -> keras.Model:
    """YOLO: boxes, objectness and classes of all cells of the grids at once.

    Maps of the backbone at each stride, coarser ones doubled and joined to finer ones as in YOLOv3
    (section 2.3), and for each of A anchors of a grid 5 + K numbers a cell. The paper's and the
    course's 19x19 cells are 608x608 pixels and the one stride 32.

    Which anchors learn a box is by their shape and place (`ops.grid_cells.responsible`). The loss
    is a weighted sum of three: 1 - CIoU of those boxes; cross-entropy of objectness at every
    anchor, whose target is the IoU reached, above that target's own entropy and the mean of each
    grid's; softmax cross-entropy of the class. Each is a metric of training: `box_loss`,
    `objectness_loss`, `class_loss`.

    Args:
        input_shape: `(H, W, C)` of images float32.
        num_classes: K.
        backbone: A network of the same `input_shape`; None is `darknet`. Its classifier is left
            out.
        strides: Pixels of a cell's side for each grid, powers of 2, rising. Those beyond the
            backbone's are had by further convolutions.
        anchors: Width and height in pixels, as many for each grid, the smallest for the finest;
            best found in the data by `ops.anchors.kmeans_anchors`. None is three a grid of 1.5 to
            3 cells.
        neck: Maps at each stride after the backbone's.
        neighbours: Whether the two cells nearest to a box's centre learn it too: more to learn
            from in each picture (YOLOv5).
        loss_weights: Factors of `box`, `objectness` and `class`.

    Returns:
        Uncompiled `YOLO`, `[B, H, W, C]` -> raw numbers `[B, N, 5 + K]`.

    Raises:
        ValueError: Strides, anchors or weights of another form, or a backbone without such maps.
    """
    strides = checked_strides(strides)
    shapes = anchors_by_grid(strides, anchors)
    if backbone is None:
        backbone = darknet(input_shape, num_classes)
    maps = joined(at_strides(backbone, strides, neck), neck)
    heads = [_head(x, len(shapes[0]), num_classes, s) for s, x in zip(strides, maps, strict=True)]
    outputs = (
        heads[0]
        if len(heads) == 1
        else keras.layers.Concatenate(1, dtype=exact_dtype(), name="raw")(heads)
    )
    return YOLO(
        backbone.input,
        outputs,
        grids=[tuple(x.shape[1:3]) for x in maps],
        anchors=shapes,
        neighbours=neighbours,
        loss_weights=loss_weights,
        name="yolo",
    )


@keras.saving.register_keras_serializable(package="dlsuite")
class YOLO(OneStageDetector):
    """The net, what its raw numbers mean and what it learns from boxes.

    Args:
        inputs: Images of the functional model.
        outputs: Raw numbers `[B, N, 5 + K]`: x, y, width, height, objectness, classes.
        grids: Rows and columns of each grid.
        anchors: Widths and heights in pixels of each grid's anchors.
        neighbours: As of `yolo`.
        loss_weights: As of `yolo`.
    """

    def __init__(
        self,
        inputs: Tensor,
        outputs: Tensor,
        *,
        grids: Sequence[tuple[int, int]],
        anchors: Sequence[Sequence[tuple[float, float]]],
        neighbours: bool = True,
        loss_weights: Mapping[Loss, float] = LOSS_WEIGHTS,
        **o: Any,
    ) -> None:
        require_terms(loss_weights, LOSS_WEIGHTS)
        choices = {
            "grids": [list(grid) for grid in grids],
            "anchors": [[list(map(float, shape)) for shape in shapes] for shapes in anchors],
            "neighbours": neighbours,
        }
        super().__init__(inputs, outputs, loss_weights=loss_weights, choices=choices, **o)
        self.cells = cells(self.size, grids, [np.array(shapes) for shapes in anchors])

    def losses_of(
        self, y: Any, raw: Tensor, weights: Tensor | None = None, training: bool = True
    ) -> dict[Loss, Tensor]:
        """The three losses of a batch, not weighted against each other.

        Args:
            y: Boxes in pixels `[B, M, 4]` and labels `[B, M]`, see `ops.box_labels`. What is
                predicted in an ignored box is not taught to be background.
            raw: Raw numbers `[B, N, 5 + K]`.
            weights: Of the pictures, `[B]`.
        """
        raw = in_full(raw)
        batch, count = ops.shape(raw)[0], raw.shape[1]
        boxes, classes, numbers, answers = self._assigned(y, raw)  # [B, P, ...]
        flat = numbers + count * ops.arange(batch, dtype="int32")[:, None]
        said = ops.take(ops.reshape(raw, (-1, raw.shape[-1])), flat, axis=0)  # [B, P, 5 + K]
        predicted = self._boxes(said, numbers)
        reached = ops.where(answers, ops.clip(paired_iou(boxes, predicted), 0, 1), 0)
        most = ops.segment_max(
            ops.reshape(ops.stop_gradient(reached), (-1,)), ops.reshape(flat, (-1,)), batch * count
        )
        there = ops.reshape(ops.maximum(most, 0), (batch, count))  # 0 where nobody asked
        objectness = ops.binary_crossentropy(there, raw[..., OBJECTNESS], from_logits=True)
        objectness -= ops.binary_crossentropy(there, there)  # the least there is: now it is 0
        spared = shows_ignored(self._boxes(raw), y["boxes"], y["labels"], self.size)
        objectness = ops.where(spared & (there <= 0), 0.0, objectness)
        named = ops.sparse_categorical_crossentropy(classes, said[..., CLASSES], from_logits=True)
        # The sum of the means of the grids: a coarse one has few cells and counts as much.
        each = ops.sum(objectness * self.cells.shares, axis=-1)  # [B]
        return {
            "box": mean_where(complete_iou_loss(boxes, predicted), answers, weights),
            "objectness": mean_where(each, ops.ones_like(each), weights),
            "class": mean_where(named, answers, weights),
        }

    def _assigned(self, y: Any, raw: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For P pairs of a box and one of the N: box, class, number, whether it is to answer."""
        boxes, labels = ops.cast(y["boxes"], raw.dtype), ops.cast(y["labels"], "int32")
        numbers, answers = responsible(self.cells, boxes, self.choices["neighbours"])
        answers = answers & (labels >= 0)[..., None]  # [B, M, P / M]
        flat = (ops.shape(raw)[0], -1)
        each = numbers.shape[-1]
        return (
            ops.repeat(boxes, each, axis=1),
            ops.repeat(ops.maximum(labels, 0), each, axis=1),
            ops.reshape(numbers, flat),
            ops.reshape(answers, flat),
        )

    def detect(self, y_pred: Tensor) -> dict[str, Tensor]:
        """What raw numbers mean, before suppression: boxes in pixels, clipped, and scores.

        Returns:
            `{"boxes": [B, N, 4], "scores": [B, N, K]}`; a score is the objectness times the
            probability of the class.
        """
        raw = in_full(y_pred)
        there = ops.sigmoid(raw[..., OBJECTNESS])[..., None]
        return {
            "boxes": clip(self._boxes(raw), self.size),
            "scores": there * ops.softmax(raw[..., CLASSES], axis=-1),
        }

    def _boxes(self, raw: Tensor, numbers: Tensor | None = None) -> Tensor:
        """Boxes of all N, or of some `[B, P]` of them."""
        parts = (self.cells.places, self.cells.extents, self.cells.anchors)
        if numbers is not None:
            parts = tuple(ops.take(part, numbers, axis=0) for part in parts)
        return decoded(raw[..., BOX], *parts)


def _head(x: Tensor, anchors: int, num_classes: int, stride: int) -> Tensor:
    """Raw numbers of one grid, `[B, h w A, 5 + K]`."""
    x = leaky_convolution(x, x.shape[-1], 3, f"head{stride}")
    numbers = 5 + num_classes
    x = keras.layers.Conv2D(
        anchors * numbers,
        1,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.01),
        dtype=exact_dtype(),
        name=f"raw{stride}_maps",
    )(x)
    return keras.layers.Reshape((-1, numbers), dtype=exact_dtype(), name=f"raw{stride}")(x)
