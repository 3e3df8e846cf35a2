"""Darknet against the tables of its papers, and its maps as a detector gets them."""

from functools import partial

import keras
import numpy as np
import pytest

from dlsuite.models import darknet, googlenet, resnet, squeezenet, vgg
from dlsuite.models.backbone import STRIDES, strided_maps
from dlsuite.models.features import features
from dlsuite.models.weightless import weightless

# Side and maps after each halving at 224 (YOLO9000, table 6) and at 256 (YOLOv3, table 1).
MAPS = {"stage1": 64, "stage2": 128, "stage3": 256, "stage4": 512, "stage5": 1024}


@pytest.mark.parametrize(("depth", "first"), [(19, 56), (53, 128)])
def test_stages_have_the_shapes_of_the_papers(depth, first):
    side = {19: 224, 53: 256}[depth]
    model = weightless(partial(darknet, (side, side, 3), 1000, depth=depth))
    stages = [model.get_layer(name).output.shape[1:] for name in MAPS]
    assert [shape[-1] for shape in stages] == list(MAPS.values())
    assert [shape[0] for shape in stages] == [side // 2**n for n in range(1, 6)]
    weighted = [layer for layer in model.layers if layer.weights and "_bn" not in layer.name]
    assert len(weighted) == depth


def test_twelve_layers_are_the_default():
    model = weightless(partial(darknet, (128, 128, 3), 5))
    weighted = [layer for layer in model.layers if layer.weights and "_bn" not in layer.name]
    assert len(weighted) == 12
    assert model.get_layer("stage5").output.shape == (None, 4, 4, 256)


def test_another_depth_is_refused():
    with pytest.raises(ValueError, match=r"one of \[12, 19, 53\]. Received: depth=20"):
        darknet((64, 64, 3), 2, depth=20)


def test_what_is_below_zero_comes_through_as_a_tenth():
    model = darknet((32, 32, 1), 2)
    picture = np.random.default_rng(0).uniform(size=(1, 32, 32, 1)).astype("float32")
    seen = features(model, ["stage1_conv_bn", "stage1"])(picture)
    before, after = (np.asarray(seen[name]) for name in ("stage1_conv_bn", "stage1"))
    assert (before < 0).any()
    np.testing.assert_allclose(after, np.where(before < 0, before / 10, before), rtol=1e-6)


# Sides of the maps at 96 pixels: none of SqueezeNet's first convolution and poolings pads.
@pytest.mark.parametrize(
    ("build", "sides"),
    [
        (darknet, {2: 48, 4: 24, 8: 12, 16: 6, 32: 3}),
        (partial(resnet, depth=18, width=0.05), {2: 48, 4: 24, 8: 12, 16: 6, 32: 3}),
        (partial(vgg, depth=11, width=0.05), {2: 48, 4: 24, 8: 12, 16: 6, 32: 3}),
        (partial(googlenet, width=0.1), {2: 48, 4: 24, 8: 12, 16: 6, 32: 3}),
        (partial(squeezenet, width=0.1), {2: 47, 4: 23, 8: 11, 16: 5}),
    ],
    ids=["darknet", "resnet", "vgg", "googlenet", "squeezenet"],
)
def test_maps_at_every_stride_that_a_network_has(build, sides):
    model = weightless(partial(build, (96, 96, 3), 7))
    maps = strided_maps(model, STRIDES)
    assert {stride: x.shape[1] for stride, x in maps.items()} == sides
    assert all(x.shape[-1] != 7 for x in maps.values())  # not the classifier's


def test_the_last_maps_of_a_stride_are_what_the_classifier_pools():
    model = resnet((64, 64, 1), 2, depth=18, width=0.05)
    maps = strided_maps(model, (8, 32))
    assert list(maps) == [8, 32]
    tail = keras.Model(model.input, maps)
    picture = np.random.default_rng(0).uniform(size=(1, 64, 64, 1)).astype("float32")
    seen = features(model, ["conv3", "conv5"])(picture)
    for stride, stage in ((8, "conv3"), (32, "conv5")):
        np.testing.assert_array_equal(tail(picture)[stride], seen[stage])


def test_a_network_without_such_a_stride_is_refused():
    model = squeezenet((64, 64, 3), 2, width=0.05)
    with pytest.raises(ValueError, match=r"stride of 32 pixels. Received: squeezenet of \[64, 64"):
        strided_maps(model, (32,))


def test_maps_with_a_border_for_the_next_convolution_are_of_no_other_stride():
    # 2x2 fields of stride 16, with a border of one, are as many as the 4x4 of stride 8.
    model = weightless(partial(darknet, (32, 32, 3), 7))
    maps = strided_maps(model, STRIDES)
    assert {stride: tuple(x.shape[1:]) for stride, x in maps.items()} == {
        2: (16, 16, 16),
        4: (8, 8, 32),
        8: (4, 4, 64),
        16: (2, 2, 128),
        32: (1, 1, 256),
    }
