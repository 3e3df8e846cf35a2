"""AlexNet against the figures of its paper, and features at named stages."""

import math

import keras
import numpy as np
import pytest

from dlsuite.models import alexnet
from dlsuite.models.features import features
from dlsuite.models.layer_table import layer_table
from dlsuite.models.weightless import weightless

# Layer -> output and parameters at 227x227x3: section 3.5 and figure 2, both halves together.
FIGURE_2 = {
    "conv1": ((55, 55, 96), 34_944),
    "pool1": ((27, 27, 96), 0),
    "conv2": ((27, 27, 256), 307_456),
    "pool2": ((13, 13, 256), 0),
    "conv3": ((13, 13, 384), 885_120),
    "conv4": ((13, 13, 384), 663_936),
    "conv5": ((13, 13, 256), 442_624),
    "pool5": ((6, 6, 256), 0),
    "fc6": ((4096,), 37_752_832),
    "fc7": ((4096,), 16_781_312),
    "output": ((1000,), 4_097_000),
}


# Neurons of the layers with weights (caption of figure 2), but for the first: 253,440 is
# 55 * 48 * 96, while the figure and the text make it 55 * 55 * 96.
NEURONS = {"conv2": 186_624, "conv3": 64_896, "conv4": 64_896, "conv5": 43_264,
           "fc6": 4096, "fc7": 4096, "output": 1000}  # fmt: skip


@pytest.mark.parametrize("side", [227, 224])
def test_layers_have_the_shapes_and_parameters_of_the_paper(side):
    table = layer_table(weightless(lambda: alexnet((side, side, 3), 1000)))
    rows = {row.name: row for row in table}
    for name, (shape, parameters) in FIGURE_2.items():
        assert (rows[name].output, rows[name].parameters) == (shape, parameters), name
    for name, neurons in NEURONS.items():
        assert math.prod(rows[name].output) == neurons, name


def test_a_layer_in_two_groups_multiplies_half_as_often():
    paired, single = (
        {row.name: row.multiply_adds for row in layer_table(weightless(build))}
        for build in (
            lambda: alexnet((227, 227, 3), 1000),
            lambda: alexnet((227, 227, 3), 1000, groups=1),
        )
    )
    assert paired["conv2"] == 27 * 27 * 5 * 5 * 48 * 256  # kernels of 5x5x48 (section 3.5)
    halved = {name for name in single if paired[name] * 2 == single[name] and single[name]}
    assert halved == {"conv2", "conv4", "conv5"}


def test_a_group_sees_only_the_maps_of_its_half():
    model = alexnet((67, 67, 3), 2, width=0.1, dropout=0.0)
    half = model.get_layer("conv2").kernel.shape[2]
    assert 2 * half == model.get_layer("conv1").kernel.shape[3]
    looking = features(model, ["conv2"])
    x = np.random.default_rng(0).uniform(size=(1, 67, 67, 3)).astype("float32")
    before = keras.ops.convert_to_numpy(looking(x)["conv2"])
    kernel, bias = model.get_layer("conv1").get_weights()
    kernel[..., :half] *= -1
    # Normalization would carry the change over the border between the halves.
    model.get_layer("norm1").alpha = 0.0
    before = keras.ops.convert_to_numpy(looking(x)["conv2"])
    model.get_layer("conv1").set_weights([kernel, bias])
    after = keras.ops.convert_to_numpy(looking(x)["conv2"])
    own = before.shape[-1] // 2
    assert np.abs(before - after)[..., :own].max() > 0
    np.testing.assert_array_equal(before[..., own:], after[..., own:])


def test_what_the_poolings_leave_nothing_of_is_refused():
    assert alexnet((67, 70, 1), 2, width=0.05).get_layer("pool5").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match=r"sides of at least 67, .*input_shape=\(66, 70, 1\)"):
        alexnet((66, 70, 1), 2)


def test_a_stage_that_is_not_there_is_refused_with_those_that_are():
    model = alexnet((67, 67, 1), 2, width=0.05)
    with pytest.raises(ValueError, match=r"names of layers of alexnet: .*pool5.*Received: pool6"):
        features(model, ["pool5", "pool6"])
