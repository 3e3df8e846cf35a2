"""SqueezeNet with its ImageNet file computes what NumPy computes from the same file."""

import os
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from dlsuite.models import squeezenet
from dlsuite.models.features import features
from dlsuite.training.taking_over import take_over

FILE = "squeezenet-imagenet/squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"
SIDE = 63
FIRE = range(2, 10)


@pytest.fixture(scope="module")
def file():
    path = Path(os.environ.get("DLSUITE_DATA", "")) / FILE
    if not path.is_file():
        pytest.skip("DLSUITE_DATA has no ImageNet file of SqueezeNet")
    return path


def windows(x, side, stride):
    """Every window of `[H, W, C]` as `[h, w, C, side, side]`."""
    found = np.lib.stride_tricks.sliding_window_view(x, (side, side), axis=(0, 1))
    return found[::stride, ::stride]


def convolution(x, kernel, bias, stride=1):
    """Rectified, without padding; the kernel is `[side, side, C, D]`."""
    return np.maximum(
        np.einsum("hwcij,ijcd->hwd", windows(x, len(kernel), stride), kernel) + bias, 0
    )


def pooled(x):
    return windows(x, 3, 2).max(axis=(-1, -2))


def forward(image, path):
    """Activations `{stage: [h, w, C]}` of an image `[H, W, 3]` in [0, 1], in float64."""
    with h5py.File(path) as stored:

        def weights(name):
            group = stored[name]
            return [group[key][...].astype(float) for key in group.attrs["weight_names"]]

        x = 255.0 * image[..., ::-1] - np.array([103.939, 116.779, 123.68])
        found = {"conv1": convolution(x, *weights("conv1"), stride=2)}
        x = pooled(found["conv1"])
        for number in FIRE:
            squeezed = convolution(x, *weights(f"fire{number}/squeeze1x1"))
            around = np.pad(squeezed, ((1, 1), (1, 1), (0, 0)))
            sides = [
                convolution(squeezed, *weights(f"fire{number}/expand1x1")),
                convolution(around, *weights(f"fire{number}/expand3x3")),
            ]
            x = found[f"fire{number}"] = np.concatenate(sides, axis=-1)
            if number in (3, 5):
                x = pooled(x)
    return found


def test_every_stage_is_what_numpy_computes_from_the_file(file):
    image = np.random.default_rng(0).uniform(size=(SIDE, SIDE, 3))
    model = squeezenet((SIDE, SIDE, 3), 2, pixels="caffe")
    taken = take_over(model, file)
    assert taken.new == {"conv10": "not in it"}
    expected = forward(image, file)
    got = features(model, list(expected)).predict_on_batch(image[None].astype("float32"))
    for stage, activations in expected.items():
        off = np.abs(got[stage][0] - activations).max() / np.abs(activations).max()
        assert off < 1e-5, stage
    # The head is new: logits of its own weights on the last stage.
    kernel, bias = model.get_layer("conv10").get_weights()
    logits = expected["fire9"].mean(axis=(0, 1)) @ kernel[0, 0] + bias
    got = keras.ops.convert_to_numpy(model(image[None]))[0]
    assert np.abs(got - logits).max() <= 1e-4 * np.abs(logits).max()


def test_all_but_the_head_is_in_the_file(file):
    model = squeezenet((227, 227, 3), 1000)
    head = model.get_layer("conv10").count_params()
    with h5py.File(file) as stored:
        sizes = []
        stored.visititems(lambda _, item: sizes.append(getattr(item, "size", 0)))
    assert sum(sizes) == model.count_params() - head == 722_496
