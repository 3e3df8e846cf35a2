"""One row for every public layer, loss, metric and model, small enough to run in a moment.

To add a layer, loss or model: a row in `ROWS`; the published parameters of a model stand in its own
file. To add a metric: a row in `METRICS` with a value worked by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from dlsuite import metrics
from dlsuite.layers import (
    CaffePixels,
    ColorJitter,
    Detections,
    FusedBatchNormalization,
    GroupedConv2D,
    Letterbox,
    LocalResponseNormalization,
    Mosaic,
    RandomPaddedCrop,
    RandomScaleCrop,
    Resized,
    RoIAlign,
    RoIPool,
)
from dlsuite.losses import (
    multioutput_cross_entropy,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from dlsuite.models import (
    alexnet,
    cifar_resnet,
    darknet,
    fast_rcnn,
    faster_rcnn,
    googlenet,
    keras_hub,
    lenet5,
    localizer,
    mlp,
    rcnn,
    resnet,
    squeezenet,
    vgg,
    yolo,
)
from dlsuite.models.lenet5 import C3_TABLE, TableConvolution, TrainableSubsampling, scaled_tanh
from dlsuite.models.localizer import SpatialSoftmax

from .presets import preset
from .region_models import FOUND, REGIONS, detected_labels, maps_and_regions, pooled

# Whose public names need a row of `ROWS`; one that holds nothing yet does not exist.
PACKAGES = ("dlsuite.layers", "dlsuite.losses", "dlsuite.models")
BATCH = 8
SHALLOW = 5  # layers
Batch = np.ndarray | dict[str, np.ndarray]


@dataclass(frozen=True)
class Row:
    """One contract.

    Args:
        name: Of the test.
        subject: The function or class that the row stands for.
        build: Makes the uncompiled model under the dtype policy in force.
        inputs: A batch for it, `[BATCH, ...]`, or a dictionary of such.
        targets: What the loss compares the outputs with, likewise.
        loss: Makes the loss; None where the model has one of its own.
        depth: Layers with weights in a row, over which rounding adds up.
        float32_only: Whether it computes in float32 under any policy, as TensorFlow's resizing
            does: too coarse for finite differences.
    """

    name: str
    subject: Any
    build: Callable[[], keras.Model]
    inputs: Batch
    targets: Batch
    loss: Callable[[], keras.Loss] | None = softmax_cross_entropy
    depth: int = SHALLOW
    float32_only: bool = False


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(BATCH, *shape)).astype("float32")


def labels(num_classes: int) -> np.ndarray:
    return np.arange(BATCH) % num_classes


def one_box() -> dict[str, np.ndarray]:
    """A box in every picture of 32 pixels but the first, beside room for another."""
    corners = np.random.default_rng(0).uniform((2, 2, 18, 18), (14, 14, 30, 30), (BATCH, 4))
    boxes = np.zeros((BATCH, 2, 4), "float32")
    classes = np.full((BATCH, 2), -1, "int32")
    boxes[1:, 0], classes[1:, 0] = corners[1:], np.arange(BATCH - 1) % 2
    return {"boxes": boxes, "labels": classes}


def pictures_and_regions() -> dict[str, np.ndarray]:
    """Pictures of 32 pixels with the regions of `one_box` moved by a pixel, and others."""
    regions = one_box()["boxes"] + (np.arange(BATCH) > 0)[:, None, None]
    others = np.tile(np.float32([[2, 3, 11, 30], [17, 4, 31, 12]]), (BATCH, 1, 1))
    return {
        "image": numbers(32, 32, 3),
        "proposals": np.concatenate([regions[:, :1], others], axis=1).astype("float32"),
    }


def alone(layer: Callable[[], keras.Layer], *shape: int) -> Callable[[], keras.Model]:
    """A model of one layer."""

    def build() -> keras.Model:
        inputs = keras.Input(shape)
        return keras.Model(inputs, layer()(inputs))

    return build


ROWS = (
    Row("mlp", mlp, lambda: mlp((2, 3), 3, hidden=(6, 5)), numbers(2, 3), labels(3)),
    Row(
        "mlp, regression",
        mlp,
        lambda: mlp((5,), 1, hidden=(6,), activation="tanh", batch_norm=True, dropout=0.2),
        numbers(5),
        numbers(1),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "lenet5, modern",
        lenet5,
        lambda: lenet5((28, 28, 1), 3, dropout=0.1),
        numbers(28, 28, 1),
        labels(3),
    ),
    Row(
        "lenet5, paper",
        lenet5,
        lambda: lenet5((32, 32, 1), 3, variant="paper"),
        numbers(32, 32, 1),
        labels(3),
    ),
    Row(
        "alexnet",
        alexnet,
        lambda: alexnet((67, 67, 2), 3, width=0.05, initialization="he"),
        numbers(67, 67, 2),
        labels(3),
        depth=8,
    ),
    Row(
        "vgg",
        vgg,
        lambda: vgg((32, 32, 1), 3, depth=11, width=0.05),
        numbers(32, 32, 1),
        labels(3),
    ),
    Row(
        "vgg, batch norm",
        vgg,
        lambda: vgg((32, 32, 1), 3, depth=11, width=0.05, batch_norm=True, dropout=0.0),
        numbers(32, 32, 1),
        labels(3),
    ),
    Row(
        "resnet, basic",
        resnet,
        lambda: resnet((24, 24, 1), 3, depth=18, width=0.05, stem="small", dropout=0.1),
        numbers(24, 24, 1),
        labels(3),
        depth=18,
    ),
    Row(
        "resnet, bottleneck",
        resnet,
        lambda: resnet((40, 40, 2), 3, depth=50, width=0.05, stride_in="middle"),
        numbers(40, 40, 2),
        labels(3),
        depth=50,
    ),
    Row(
        "cifar_resnet",
        cifar_resnet,
        lambda: cifar_resnet((9, 12, 1), 3, depth=20, width=0.25),
        numbers(9, 12, 1),
        labels(3),
        depth=20,
    ),
    Row(
        "googlenet",
        googlenet,
        lambda: googlenet((32, 32, 1), 3, width=0.2),
        numbers(32, 32, 1),
        labels(3),
        depth=22,
    ),
    Row(
        "googlenet, batch norm, no heads",
        googlenet,
        lambda: googlenet((8, 8, 1), 3, width=0.05, batch_norm=True, auxiliary=False, stem="small"),
        numbers(8, 8, 1),
        labels(3),
        depth=22,
    ),
    Row(
        "squeezenet",
        squeezenet,
        lambda: squeezenet((40, 40, 1), 3, width=0.5),
        numbers(40, 40, 1),
        labels(3),
        depth=18,
    ),
    Row(
        "GroupedConv2D",
        GroupedConv2D,
        alone(lambda: GroupedConv2D(6, 3, groups=2), 4, 5, 4),
        numbers(4, 5, 4),
        numbers(2, 3, 6),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "keras_hub",
        keras_hub,
        lambda: keras_hub((8, 8, 3), 3, preset=preset(), dropout=0.1),
        numbers(8, 8, 3),
        labels(3),
    ),
    Row(
        "squeezenet, pixels of Caffe",
        squeezenet,
        lambda: squeezenet((40, 40, 3), 3, width=0.25, pixels="caffe"),
        numbers(40, 40, 3),
        labels(3),
        depth=18,
    ),
    Row(
        "CaffePixels",
        CaffePixels,
        alone(CaffePixels, 3, 4, 3),
        numbers(3, 4, 3),
        numbers(3, 4, 3),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "FusedBatchNormalization",
        FusedBatchNormalization,
        alone(FusedBatchNormalization, 4, 5, 2),
        numbers(4, 5, 2),
        numbers(4, 5, 2),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "LocalResponseNormalization",
        LocalResponseNormalization,
        alone(lambda: LocalResponseNormalization(1, 1.0, 0.1), 3, 4),
        numbers(3, 4),
        numbers(3, 4),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "RandomPaddedCrop",
        RandomPaddedCrop,
        alone(lambda: RandomPaddedCrop(1, seed=3), 4, 5, 2),
        numbers(4, 5, 2),
        numbers(4, 5, 2),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "TrainableSubsampling",
        TrainableSubsampling,
        alone(TrainableSubsampling, 4, 6, 3),
        numbers(4, 6, 3),
        numbers(2, 3, 3),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "TableConvolution",
        TableConvolution,
        alone(lambda: TableConvolution(C3_TABLE), 7, 6, 6),
        numbers(7, 6, 6),
        numbers(3, 2, 16),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "scaled_tanh",
        scaled_tanh,
        alone(lambda: keras.layers.Dense(3, scaled_tanh), 4),
        numbers(4),
        numbers(3),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "softmax_cross_entropy",
        softmax_cross_entropy,
        alone(lambda: keras.layers.Dense(3), 4),
        numbers(4),
        labels(3),
        lambda: softmax_cross_entropy(0.1),
    ),
    Row(
        "sigmoid_cross_entropy",
        sigmoid_cross_entropy,
        alone(lambda: keras.layers.Dense(3), 4),
        numbers(4),
        (numbers(3) > 0.5).astype("uint8"),
        lambda: sigmoid_cross_entropy(0.1, positive_weights=(1.0, 2.0, 0.5)),
    ),
    Row(
        "multioutput_cross_entropy",
        multioutput_cross_entropy,
        alone(lambda: keras.layers.Dense(5), 4),
        numbers(4),
        np.stack([labels(2), labels(3)], axis=1),
        lambda: multioutput_cross_entropy((2, 3), 0.1, class_weights=(1.0, 2.0, 1.0, 0.5, 1.0)),
    ),
    # Detection
    Row(
        "darknet",
        darknet,
        lambda: darknet((40, 36, 1), 3, width=0.25, dropout=0.1),
        numbers(40, 36, 1),
        labels(3),
        depth=12,
    ),
    Row(
        "darknet, poolings",
        darknet,
        lambda: darknet((64, 64, 1), 3, depth=19, width=0.05),
        numbers(64, 64, 1),
        labels(3),
        depth=19,
    ),
    Row(
        "yolo",
        yolo,
        lambda: yolo((32, 32, 3), 2, strides=(8, 16), neck=4),
        numbers(32, 32, 3),
        one_box(),
        None,
        depth=12,
    ),
    Row(
        "SpatialSoftmax",
        SpatialSoftmax,
        alone(SpatialSoftmax, 3, 4, 2),
        numbers(3, 4, 2),
        numbers(6),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "localizer",
        localizer,
        lambda: localizer((32, 32, 3), 2, units=5, dropout=0.1),
        numbers(32, 32, 3),
        one_box(),
        None,
        depth=13,
    ),
    Row(
        "rcnn",
        rcnn,
        # No statistics: the network speaks in the loss and in `detect`, not in the raw outputs.
        lambda: rcnn(
            (32, 32, 3),
            2,
            backbone=vgg((32, 32, 3), 2, depth=11, width=0.05, dropout=0.0),
            crop=32,
        ),
        pictures_and_regions(),
        one_box(),
        None,
        depth=13,
    ),
    Row(
        "fast_rcnn",
        fast_rcnn,
        lambda: fast_rcnn((32, 32, 3), 2, stride=16, units=5),
        pictures_and_regions(),
        one_box(),
        None,
        depth=13,
    ),
    Row(
        "faster_rcnn",
        faster_rcnn,
        # One anchor: where two are as good, rounding would choose the first proposal.
        lambda: faster_rcnn((32, 32, 3), 2, anchors=((14, 14),), stride=32, units=5, proposals=1),
        numbers(32, 32, 3),
        one_box(),
        None,
        depth=15,
    ),
    Row(
        "Letterbox",
        Letterbox,
        alone(lambda: Letterbox((6, 5)), 4, 7, 2),
        numbers(4, 7, 2),
        numbers(6, 5, 2),
        keras.losses.MeanSquaredError,
        float32_only=True,
    ),
    Row(
        "Resized",
        Resized,
        alone(lambda: Resized(3, 4), 8, 9, 2),
        numbers(8, 9, 2),
        numbers(3, 4, 2),
        keras.losses.MeanSquaredError,
        float32_only=True,
    ),
    Row(
        "ColorJitter",
        ColorJitter,
        alone(lambda: ColorJitter(seed=3), 4, 5, 3),
        numbers(4, 5, 3),
        numbers(4, 5, 3),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "Mosaic",
        Mosaic,
        alone(lambda: Mosaic(seed=3), 4, 5, 2),
        numbers(4, 5, 2),
        numbers(4, 5, 2),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "RandomScaleCrop",
        RandomScaleCrop,
        alone(lambda: RandomScaleCrop(seed=3), 4, 5, 2),
        numbers(4, 5, 2),
        numbers(4, 5, 2),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "Detections",
        Detections,
        lambda: detected_labels(Detections(max_detections=FOUND)),
        numbers(30),
        numbers(FOUND),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "RoIAlign",
        RoIAlign,
        lambda: pooled(RoIAlign(2, 4.0)),
        maps_and_regions(BATCH),
        numbers(REGIONS, 2, 2, 2),
        keras.losses.MeanSquaredError,
    ),
    Row(
        "RoIPool",
        RoIPool,
        lambda: pooled(RoIPool(2, 4.0)),
        maps_and_regions(BATCH),
        numbers(REGIONS, 2, 2, 2),
        keras.losses.MeanSquaredError,
    ),
)


@dataclass(frozen=True)
class Metric:
    """A number to report, on an input small enough to work out by hand."""

    subject: Callable[..., Any]
    measure: Callable[[], Any]
    worked: Any


# Softmax is (3/4, 1/4) or (1/4, 3/4); one of the four guesses is wrong.
GUESSES = np.log([[3, 1], [1, 3], [1, 3], [1, 3]])
# Two squares apart, of which one is found.
SQUARES = (
    {
        "boxes": [[[0, 0, 9, 9], [20, 20, 29, 29]]],
        "labels": [[0, 0]],
        "ignored": [[False, False]],
    },
    {"boxes": [[[0, 0, 9, 9]]], "labels": [[0]], "scores": [[0.9]]},
)
METRICS = (
    Metric(
        metrics.classification_scores,
        lambda: metrics.classification_scores(list("abcd"), [0, 0, 1, 1], GUESSES, ["x", "y"]),
        {"accuracy": 0.75, "balanced_accuracy": 0.75, "loss": np.log(4) - 0.75 * np.log(3)},
    ),
    Metric(
        metrics.regression_scores,
        lambda: metrics.regression_scores(["a", "b"], [1, 3], [2, 5]),
        {"mse": 2.5, "mae": 1.5, "r2": -1.5, "rmse": 2.5**0.5},
    ),
    Metric(
        metrics.multilabel_scores,
        # One of four decisions is wrong: the second label of the second example.
        lambda: metrics.multilabel_scores(
            ["a", "b"], [[1, 0], [1, 1]], [[1, -1], [1, -1]], ["x", "y"]
        ),
        {"accuracy": 0.5, "hamming_loss": 0.25, "f1_micro": 0.8, "f1_macro": 0.5},
    ),
    Metric(
        metrics.multioutput_scores,
        lambda: metrics.multioutput_scores(
            ["a", "b"],
            [[0, 1], [0, 0]],
            [[1, 0, 0, 1], [1, 0, 0, 1]],
            {"p": ["x", "y"], "q": ["x", "y"]},
        ),
        {"accuracy": 0.5, "mean_accuracy": 0.75, "accuracy_of_p": 1, "accuracy_of_q": 0.5},
    ),
    # Detection
    Metric(
        metrics.detection_scores,
        lambda: metrics.detection_scores(["a"], *SQUARES, ["x"]),
        # 51 of the 101 recalls lie at or below a half, at a precision of 1; F1 is 2 of 1 + 2.
        {
            "map": 51 / 101,
            "map_50": 51 / 101,
            "recall_1": 0.5,
            "precision": 1,
            "recall": 0.5,
            "exact_match": 0,
            "loss": 1 / 3,
        },
    ),
    Metric(
        metrics.precision_recall_curves,
        lambda: metrics.precision_recall_curves(*SQUARES, ["x"]).loc[0, "recall"],
        0.5,
    ),
    Metric(metrics.higher_is_better, lambda: metrics.higher_is_better("dev.accuracy"), True),
    Metric(metrics.mean_interval, lambda: metrics.mean_interval([2, 2]), (2, 2, 2)),
    Metric(
        metrics.difference_interval,
        lambda: metrics.difference_interval([3, 3], [1, 1, 1]),
        (2, 2, 2),
    ),
    # Three of four are right, at a confidence of 0.8 each: apart by 0.05.
    Metric(
        metrics.expected_calibration_error,
        lambda: metrics.expected_calibration_error([0.8] * 4, [True, True, True, False]),
        0.05,
    ),
    Metric(
        metrics.calibration_bins,
        lambda: metrics.calibration_bins([0.8, 0.6], [True, False], bins=2)["accuracy"][1],
        0.5,
    ),
    # Each pair differs by one, however widely the values do.
    Metric(metrics.paired_interval, lambda: metrics.paired_interval([9, 1], [8, 0]), (1, 1, 1)),
)
