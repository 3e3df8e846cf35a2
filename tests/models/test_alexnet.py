"""AlexNet against the figures of its paper, and features at named stages."""

import keras
import numpy as np
import pytest

from dlsuite.models import alexnet
from dlsuite.models.features import features

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


@pytest.mark.parametrize("side", [227, 224])
def test_layers_have_the_shapes_and_parameters_of_the_paper(side):
    with keras.StatelessScope():
        model = alexnet((side, side, 3), 1000)
    for name, (shape, parameters) in FIGURE_2.items():
        layer = model.get_layer(name)
        assert layer.output.shape[1:] == shape, name
        assert layer.count_params() == parameters, name


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
