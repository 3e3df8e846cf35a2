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
    FusedBatchNormalization,
    GroupedConv2D,
    LocalResponseNormalization,
    RandomPaddedCrop,
)
from dlsuite.losses import (
    multioutput_cross_entropy,
    sigmoid_cross_entropy,
    softmax_cross_entropy,
)
from dlsuite.models import (
    alexnet,
    cifar_resnet,
    googlenet,
    keras_hub,
    lenet5,
    mlp,
    resnet,
    squeezenet,
    vgg,
)
from dlsuite.models.lenet5 import C3_TABLE, TableConvolution, TrainableSubsampling, scaled_tanh

from .presets import preset

# Whose public names need a row of `ROWS`; one that holds nothing yet does not exist.
PACKAGES = ("dlsuite.layers", "dlsuite.losses", "dlsuite.models")
BATCH = 8
SHALLOW = 5  # layers


@dataclass(frozen=True)
class Row:
    """One contract.

    Args:
        name: Of the test.
        subject: The function or class that the row stands for.
        build: Makes the uncompiled model under the dtype policy in force.
        inputs: A batch for it, `[BATCH, ...]`.
        targets: What the loss compares the outputs with.
        loss: Makes the loss.
        depth: Layers with weights in a row, over which rounding adds up.
    """

    name: str
    subject: Any
    build: Callable[[], keras.Model]
    inputs: np.ndarray
    targets: np.ndarray
    loss: Callable[[], keras.Loss] = softmax_cross_entropy
    depth: int = SHALLOW


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(BATCH, *shape)).astype("float32")


def labels(num_classes: int) -> np.ndarray:
    return np.arange(BATCH) % num_classes


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
)


@dataclass(frozen=True)
class Metric:
    """A number to report, on an input small enough to work out by hand."""

    subject: Callable[..., Any]
    measure: Callable[[], Any]
    worked: Any


# Softmax is (3/4, 1/4) or (1/4, 3/4); one of the four guesses is wrong.
GUESSES = np.log([[3, 1], [1, 3], [1, 3], [1, 3]])
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
