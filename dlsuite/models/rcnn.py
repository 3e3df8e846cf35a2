"""R-CNN of Girshick, Donahue, Darrell and Malik 2014: every region is a picture of its own."""

from typing import Annotated, Any, Literal, get_args

import keras
from keras import ops
from pydantic import Field

from dlsuite.layers.regions import RoIAlign
from dlsuite.models.backbone import STRIDES, Backbone, strided_maps
from dlsuite.models.darknet import darknet
from dlsuite.models.fast_rcnn import FastRCNN
from dlsuite.models.features import pooled_features
from dlsuite.models.geometry import exact_dtype, image_input
from dlsuite.models.published import Paper
from dlsuite.models.region_backbone import described, made
from dlsuite.models.region_head import class_and_box
from dlsuite.types import Tensor

CONTEXT = 16 / 227  # of a crop's side shows what is around the region, at each end (appendix A)
SMALLEST = 16  # pixels of a crop
Classifiers = Literal["softmax", "svm"]
PAPER = Paper(
    "Girshick, Donahue, Darrell, Malik",
    "Rich Feature Hierarchies for Accurate Object Detection and Semantic Segmentation",
    2014,
    "CVPR 2014, arXiv:1311.2524",
)


def rcnn(
    input_shape: tuple[int, int, int],
    num_classes: Annotated[int, Field(ge=1)],
    *,
    backbone: Backbone | None = None,
    crop: Annotated[int, Field(ge=SMALLEST, le=512)] = 64,
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    classifiers: Classifiers = "softmax",
) -> keras.Model:
    """R-CNN for regions that come with the picture.

    Each region, with some context, is warped to a square and goes through the whole network alone,
    so an answer costs as many networks as there are regions. Of its last features a softmax says
    the class or background, and of its last maps a dense layer the four steps to the box, both
    learned with the network. With `svm` a run ends its training with the paper's support vector
    machines in the place of the softmax, see `fit_svms`. The paper learns the steps afterwards, by
    ridge regression, for each class.

    Args:
        input_shape: `(H, W, C)` of images float32.
        num_classes: K, without background.
        backbone: A network, whose layers up to its classifier are made for crops; Darknet with 12
            layers if None.
        crop: Pixels of a side of the crops; the paper's AlexNet has 227.
        dropout: Share of the features dropped in training.
        classifiers: What says the class of a region in the end: the `softmax` that the network was
            trained with, or an `svm` for each class, fitted on its features.

    Returns:
        Uncompiled `RCNN`, `{"image": [B, H, W, C], "proposals": [B, P, 4] in pixels}` ->
        `{"features": the image, "proposals"}`.

    Raises:
        ValueError: A crop that the network leaves nothing of, or an unknown choice.
    """
    if classifiers not in get_args(Classifiers):
        raise ValueError(
            f"`classifiers` must be softmax or svm. Received: classifiers={classifiers!r}."
        )
    choices = {
        "input_shape": tuple(input_shape),
        "num_classes": num_classes,
        "backbone": described(backbone),
        "crop": crop,
        "dropout": dropout,
        "classifiers": classifiers,
    }
    image = image_input(input_shape, 1, "which regions are cut from")
    proposals = keras.Input((None, 4), dtype=exact_dtype(), name="proposals")
    outputs = {
        "features": keras.layers.Identity(dtype=exact_dtype(), name="pixels_of_regions")(image),
        "proposals": keras.layers.Identity(dtype=exact_dtype(), name="regions")(proposals),
    }
    return RCNN(
        {"image": image, "proposals": proposals},
        outputs,
        WarpedRegions(crop, dtype=exact_dtype(), name="warped_regions"),
        _network((crop, crop, input_shape[2]), num_classes, backbone, dropout),
        choices,
        name="rcnn",
    )


def _network(
    shape: tuple[int, int, int], num_classes: int, backbone: keras.Model | None, dropout: float
) -> keras.Model:
    """The network for crops, `[N, s, s, C]` -> logits `[N, K + 1]` and deltas `[N, 4]`.

    Steps are said of the last maps, field by field (appendix C: of pool5): what is averaged over
    them no longer knows where something ends.
    """
    network = darknet(shape, num_classes) if backbone is None else backbone
    if tuple(network.input_shape[1:]) != shape:
        network = keras.models.clone_model(network, input_tensors=keras.Input(shape, name="crop"))
    *_, maps = strided_maps(network, STRIDES).values()
    fields = keras.layers.Flatten(name="fields")(maps)
    features = pooled_features(network).output  # [N, D]
    if dropout:
        features = keras.layers.Dropout(dropout, name="head_dropout")(features)
    return keras.Model(network.input, class_and_box(features, fields, num_classes), name="head")


class WarpedRegions(RoIAlign):
    """Crops of pictures, each warped to one square with some of what is around it.

    `[images [B, H, W, C], boxes [B, R, 4] in pixels]` -> `[B, R, size, size, C]`. A box is widened
    so that after warping 16 of 227 pixels at each end show context (R-CNN, appendix A). Beyond the
    edge of the picture its last pixels go on; the paper has the mean of its images there.

    Args:
        size: Pixels of a side of a crop.
        samples: As of `RoIAlign`.
    """

    def __init__(self, size: int, stride: float = 1, samples: int = 2, **options: Any) -> None:
        super().__init__(size, stride, samples, **options)

    def pooled(self, features: Tensor, cells: Tensor) -> Tensor:
        start, end = cells[..., :2], cells[..., 2:]
        context = (end - start) * (CONTEXT / (1 - 2 * CONTEXT))
        return super().pooled(features, ops.concatenate([start - context, end + context], axis=-1))


@keras.saving.register_keras_serializable(package="dlsuite")
class RCNN(FastRCNN):
    """Judges regions of a picture by crops of it; all else is Fast R-CNN's."""

    sampled = 16  # of a picture; with 8 pictures a step they are the paper's 128 (section 2.3)

    def judged(
        self, features: Tensor, regions: Tensor, training: bool = False
    ) -> dict[str, Tensor]:
        if not training:
            return super().judged(features, regions)
        count = ops.shape(regions)[1]
        crops = self.pooling([features, regions])  # [B, R, s, s, C]
        said = self.head(ops.reshape(crops, (-1, *crops.shape[2:])), training=True)
        return {name: ops.reshape(each, (-1, count, each.shape[-1])) for name, each in said.items()}

    def _judged_alone(self, image: Tensor, regions: Tensor) -> dict[str, Tensor]:
        crops = self.pooling([image[None], regions[None]])[0]  # [R, s, s, C]
        return self.head(crops, training=False)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "RCNN":
        return rcnn(**made(config["choices"]))
