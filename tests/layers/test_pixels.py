"""Images as published ImageNet weights were learned of."""

import keras
import numpy as np
import pytest

from dlsuite.layers import CaffePixels
from dlsuite.models import resnet, squeezenet, vgg


def test_a_pixel_worked_by_hand():
    red = np.array([[[[1.0, 0.0, 0.2]]]], "float32")  # 255, 0 and 51 of red, green and blue
    expected = [51 - 103.939, 0 - 116.779, 255 - 123.68]
    np.testing.assert_allclose(np.ravel(CaffePixels()(red)), expected, rtol=1e-6)


def test_they_are_those_of_keras_applications():
    grey = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3)).astype("float32")
    expected = keras.applications.vgg16.preprocess_input(grey.copy())
    np.testing.assert_allclose(CaffePixels()(grey / 255), expected, atol=1e-4)


def test_half_precision_keeps_every_grey_level():
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = squeezenet((31, 31, 3), 2, width=0.05, pixels="caffe")
    finally:
        keras.config.set_dtype_policy(policy)
    grey = np.arange(256, dtype="float32").repeat(3).reshape(1, 16, 16, 3) / 255
    seen = keras.ops.convert_to_numpy(model.get_layer("pixels")(grey))
    assert len(np.unique(seen[..., 0])) == 256


@pytest.mark.parametrize("build", [resnet, squeezenet, vgg])
def test_other_pixels_add_no_weights_and_change_no_names(build):
    unit, caffe = (build((32, 32, 3), 2, width=0.02, pixels=form) for form in ("unit", "caffe"))
    names = [layer.name for layer in caffe.layers]
    assert names[1] == "pixels"
    assert [name for name in names if name != "pixels"] == [layer.name for layer in unit.layers]
    assert caffe.count_params() == unit.count_params()


def test_grey_images_have_no_such_form():
    with pytest.raises(ValueError, match=r"3 channels\. Received: 1 channels"):
        squeezenet((40, 40, 1), 2, width=0.05, pixels="caffe")


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match=r"must be unit or caffe\. Received: pixels='torch'"):
        squeezenet((40, 40, 3), 2, width=0.05, pixels="torch")
