"""The CIFAR ResNet against a forward pass of its block in NumPy, option A with it."""

from functools import partial

import keras
import numpy as np
import pytest

from dlsuite.models import cifar_resnet
from dlsuite.models.features import features
from dlsuite.models.weightless import weightless

# Section 4.2: side and maps of the three stages at 32x32.
STAGES = {"conv1": (32, 32, 16), "conv2": (32, 32, 16), "conv3": (16, 16, 32), "conv4": (8, 8, 64)}
EPSILON = 1e-5


def convolved(x, kernel, strides):
    """`[H, W, C]` with `[3, 3, C, K]`, one pixel of zeros around."""
    padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
    rows, columns = (range(0, side, strides) for side in x.shape[:2])
    return np.array(
        [
            [np.einsum("hwc,hwck->k", padded[r : r + 3, c : c + 3], kernel) for c in columns]
            for r in rows
        ]
    )


def normalized(x, weights):
    gamma, beta, mean, variance = weights
    return gamma * (x - mean) / np.sqrt(variance + EPSILON) + beta


def test_stages_have_the_shapes_of_the_paper_at_every_depth():
    for depth in (20, 110):
        model = weightless(partial(cifar_resnet, (32, 32, 3), 10, depth=depth))
        for stage, shape in STAGES.items():
            assert model.get_layer(stage).output.shape[1:] == shape
        assert (
            sum("_bn" not in layer.name and bool(layer.weights) for layer in model.layers) == depth
        )


def test_a_block_that_halves_is_two_convolutions_beside_every_second_pixel_and_zeros():
    model = cifar_resnet((8, 8, 2), 3, depth=20)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.uniform(0.2, 1, weight.shape) * rng.choice([-1, 1], weight.shape))
    for layer in model.layers:
        if layer.name.endswith("_bn"):  # a variance is above 0
            layer.moving_variance.assign(np.abs(layer.moving_variance))
    picture = rng.uniform(size=(1, 8, 8, 2)).astype("float32")
    seen = features(model, ["conv2", "conv3_1"])(picture)
    x = keras.ops.convert_to_numpy(seen["conv2"])[0].astype("float64")
    x = np.maximum(x / 100, 0)  # moderate numbers for what follows
    tail = keras.Model(model.get_layer("conv2").output, model.get_layer("conv3_1").output)
    ours = keras.ops.convert_to_numpy(tail(x[None].astype("float32")))[0]

    weights = {layer.name: layer.get_weights() for layer in model.layers}
    y = convolved(x, weights["conv3_1_a"][0], 2)
    y = np.maximum(normalized(y, weights["conv3_1_a_bn"]), 0)
    y = normalized(convolved(y, weights["conv3_1_b"][0], 1), weights["conv3_1_b_bn"])
    shortcut = np.pad(x[::2, ::2], ((0, 0), (0, 0), (0, 16)))
    expected = np.maximum(y + shortcut, 0)
    np.testing.assert_allclose(ours, expected, atol=1e-5 * np.abs(expected).max())


def test_depths_that_the_paper_has_not_are_refused():
    with pytest.raises(ValueError, match=r"one of 20, 32, 44, 56, 110. Received: depth=21"):
        cifar_resnet((32, 32, 3), 10, depth=21)
