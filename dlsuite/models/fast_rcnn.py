"""Fast R-CNN of Girshick 2015: one look at the picture, then a few layers for each region of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import keras
from keras import ops
from pydantic import Field

from dlsuite.models.backbone import Backbone
from dlsuite.models.detector import Detector
from dlsuite.models.geometry import exact_dtype
from dlsuite.models.published import Paper
from dlsuite.models.region_backbone import Neck, described, feature_maps, made
from dlsuite.models.region_head import POOLED, Pooling, detection_head, region_pooling
from dlsuite.models.region_loss import box_loss, drawn_first, lesson, mean_of_drawn, picked
from dlsuite.ops.boxes import area, clip, decode_deltas
from dlsuite.types import Tensor, Tree

# Section 2.3: regions of a picture that a step learns from, a quarter of them objects, which
# overlap their box by a half. Background begins at 0 as in Faster R-CNN's code, not at 0.1: the
# regions of a few hundred have few that nearly touch.
SAMPLED, POSITIVE_SHARE, POSITIVE_IOU = 64, 0.25, 0.5
# Standard deviations of the steps from a region to its box, in the authors' code.
DEVIATIONS = (0.1, 0.1, 0.2, 0.2)
PAPER = Paper("Girshick", "Fast R-CNN", 2015, "ICCV 2015, arXiv:1504.08083")

Stride = Literal[4, 8, 16, 32]


def fast_rcnn(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    backbone: Backbone | None = None,
    stride: Stride = 8,
    neck: Neck = None,
    pooling: Pooling = "pool",
    units: Annotated[int, Field(ge=1)] = 256,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
) -> keras.Model:
    """Fast R-CNN for regions that come with the picture.

    The maps of a backbone at one stride are computed once for a picture; each region is pooled of
    them to 7x7 fields, and two dense layers say its class (or background) and the four steps to its
    box. The steps are the same for all classes; the paper has four for each.

    Args:
        input_shape: `(H, W, C)` of images float32.
        num_classes: K, without background.
        backbone: A network of the same `input_shape`, up to its last maps of `stride`; Darknet with
            12 layers if None.
        stride: Pixels that a field of the maps stands for.
        neck: As of `region_backbone.feature_maps`; the paper has none.
        pooling: `pool` is the paper's maximum of whole fields; `align` interpolates (He et al.
            2017), which suits small objects.
        units: Of both dense layers of the head; the paper's VGG16 has 4,096.
        dropout: Share of the units of the head dropped in training.

    Returns:
        Uncompiled `FastRCNN`, `{"image": [B, H, W, C], "proposals": [B, P, 4] in pixels}` ->
        `{"features": [B, h, w, C'], "proposals"}`.

    Raises:
        ValueError: The backbone has no maps of that stride, or an unknown choice.
    """
    choices = {
        "input_shape": tuple(input_shape),
        "num_classes": num_classes,
        "backbone": described(backbone),
        "stride": stride,
        "neck": neck,
        "pooling": pooling,
        "units": units,
        "dropout": dropout,
    }
    image, maps = feature_maps(input_shape, num_classes, backbone, stride, neck)
    proposals = keras.Input((None, 4), dtype=exact_dtype(), name="proposals")
    outputs = {
        "features": keras.layers.Identity(dtype=exact_dtype(), name="features")(maps),
        "proposals": keras.layers.Identity(dtype=exact_dtype(), name="regions")(proposals),
    }
    return FastRCNN(
        {"image": image, "proposals": proposals},
        outputs,
        region_pooling(pooling, POOLED, stride),
        detection_head((POOLED, POOLED, maps.shape[-1]), num_classes, units, dropout),
        choices,
        name="fast_rcnn",
    )


@keras.saving.register_keras_serializable(package="dlsuite")
class FastRCNN(Detector):
    """Judges regions of a picture by the maps below them.

    Args:
        inputs: Of the functional model.
        outputs: `features` `[B, h, w, C]` and `proposals` `[B, P, 4]` in pixels.
        pooling: Layer, features and regions -> `[B, R, s, s, C]`.
        head: Model, those -> logits and deltas, see `detection_head`.
        choices: Arguments of the builder that make the same net again.
    """

    judges_proposals = True
    learns: tuple[str, ...] = ("class", "box")  # the terms of its loss
    sampled = SAMPLED  # regions of a picture that a step learns from

    def __init__(
        self,
        inputs: Tree,
        outputs: dict[str, Tensor],
        pooling: keras.Layer,
        head: keras.Model,
        choices: dict[str, Any],
        **options: Any,
    ) -> None:
        weights = dict.fromkeys(self.learns, 1.0)  # equation 1, with a lambda of 1
        super().__init__(inputs, outputs, loss_weights=weights, **options)
        self.pooling = pooling
        self.head = head
        self.choices = choices
        self.draws = keras.random.SeedGenerator(seed=0)

    def judged(
        self, features: Tensor, regions: Tensor, training: bool = False
    ) -> dict[str, Tensor]:
        """Logits `[B, R, K + 1]` and deltas `[B, R, 4]` of regions, `[B, R, 4]` in pixels."""
        if not training:  # A picture at a time: what is pooled of many would fill the memory.
            return ops.map(lambda one: self._judged_alone(*one), (features, regions))
        return self.head(self.pooling([features, regions]), training=True)

    def _judged_alone(self, features: Tensor, regions: Tensor) -> dict[str, Tensor]:
        """Those of one picture, without its axis."""
        said = self.head(self.pooling([features[None], regions[None]]), training=False)
        return {name: each[0] for name, each in said.items()}

    def detect(self, y_pred: dict[str, Tensor]) -> dict[str, Tensor]:
        """Boxes `[B, P, 4]` in pixels and scores `[B, P, K]` in [0, 1], before suppression."""
        regions = y_pred["proposals"]
        said = self.judged(y_pred["features"], regions)
        boxes = clip(decode_deltas(regions, said["deltas"], DEVIATIONS), self.picture_size)
        there = ops.cast(area(regions) > 0, boxes.dtype)[..., None]
        scores = ops.softmax(said["logits"], axis=-1)[..., :-1]
        return {"boxes": boxes * there, "scores": scores * there}

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width of the images."""
        return tuple(self.choices["input_shape"][:2])

    def losses_of(
        self, y: Tree, y_pred: Tree, weights: Tensor | None = None, training: bool = True
    ) -> dict[str, Tensor]:
        """The terms of a batch; without `training` the same regions are drawn every time.

        Args:
            y: Boxes in pixels `[B, M, 4]` and labels `[B, M]`, see `ops.box_labels`.
            y_pred: The outputs.
            weights: Of the pictures, `[B]`.
            training: Whether regions are drawn anew.
        """
        each = self.losses_of_each(y, y_pred, training)
        if weights is not None:
            each = {name: loss * ops.cast(weights, loss.dtype) for name, loss in each.items()}
        return {name: ops.mean(loss) for name, loss in each.items()}

    def losses_of_each(
        self, y: Mapping[str, Tensor], y_pred: Mapping[str, Tensor], training: bool
    ) -> dict[str, Tensor]:
        """The terms of each picture, `[B]`, not weighted against each other."""
        # The true boxes are regions too, as in the authors' code: else a step may see no object.
        regions = ops.concatenate([y_pred["proposals"], ops.cast(y["boxes"], "float32")], axis=1)
        # Absent ones fill up what a picture with few regions lacks.
        regions = ops.pad(ops.stop_gradient(regions), ((0, 0), (0, self.sampled), (0, 0)))
        taught = lesson(
            regions,
            y,
            positive=POSITIVE_IOU,
            negative=POSITIVE_IOU,
            count=self.sampled,
            positive_share=POSITIVE_SHARE,
            seed=self.seed(training),
            size=self.picture_size,
        )
        places = drawn_first(taught, self.sampled)
        regions, taught = picked(regions, places), taught.at(places)
        said = self.judged(y_pred["features"], regions, training)
        background = said["logits"].shape[-1] - 1
        labels = ops.where(taught.positive, taught.labels, background)
        surprise = ops.sparse_categorical_crossentropy(labels, said["logits"], from_logits=True)
        drawn = ops.logical_or(taught.positive, taught.negative)
        steps = box_loss(regions, said["deltas"], taught, deviations=DEVIATIONS, beta=1.0)
        return {"class": mean_of_drawn(surprise, taught, drawn), "box": steps}

    def seed(self, training: bool) -> Any:
        """What draws regions: anew in training, else always alike."""
        return self.draws if training else 0

    def get_config(self) -> dict[str, Any]:
        return {"choices": self.choices, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "FastRCNN":
        return fast_rcnn(**made(config["choices"]))
