"""VGG and ResNet give the logits of keras.applications once their weights are copied over.

All weights and moving statistics are drawn anew first, as fresh ones prove little; those nets'
convolutions have biases before a batch normalization, which are folded into its moving mean.
"""

import keras
import numpy as np
import pytest

from dlsuite.models import imagenet, resnet, vgg

SIDE, CLASSES = 64, 7
BIAS_MATTERS = 0.1


def randomized(model, seed=0):
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = weight.shape
        if "variance" in weight.path or "gamma" in weight.path:
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:
            value = rng.normal(scale=np.sqrt(2 / np.prod(shape[:-1])), size=shape)
        else:
            value = rng.normal(scale=BIAS_MATTERS, size=shape)
        weight.assign(value)
    return model


def same_logits(ours, theirs):
    x = np.random.default_rng(1).uniform(size=(3, SIDE, SIDE, 3)).astype("float32")
    expected = theirs.predict_on_batch(x)
    got = ours.predict_on_batch(x)
    # Per example: the largest difference in terms of the largest logit.
    off = np.abs(got - expected).max(axis=1) / np.abs(expected).max(axis=1)
    assert off.max() <= 1e-5
    assert np.ptp(expected) > 0.1  # the weights do matter


def copied(build, depth):
    """A net of theirs with random weights, and ours with the same."""
    twin = imagenet.twin_of(build, depth, (224, 224, 3))
    theirs = getattr(keras.applications, twin.name)(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=CLASSES, classifier_activation=None
    )
    randomized(theirs)
    ours = build((SIDE, SIDE, 3), CLASSES, depth=depth)
    arrays = imagenet.as_ours(
        {layer.name: layer.get_weights() for layer in theirs.layers if layer.weights}
    )
    assert set(arrays) == {layer.name for layer in ours.layers if layer.weights}
    for name, values in arrays.items():
        ours.get_layer(name).set_weights(values)
    return ours, theirs


@pytest.mark.parametrize(
    "depth",
    [50, pytest.param(101, marks=pytest.mark.slow), pytest.param(152, marks=pytest.mark.slow)],
)
def test_a_resnet_with_their_weights_answers_as_theirs(depth):
    same_logits(*copied(resnet, depth))


@pytest.mark.parametrize("depth", [16, pytest.param(19, marks=pytest.mark.slow)])
def test_a_vgg_with_their_weights_answers_as_theirs(depth):
    same_logits(*copied(vgg, depth))


def test_the_stride_of_v15_is_another_net():
    first, middle = (
        randomized(resnet((SIDE, SIDE, 3), CLASSES, depth=50, stride_in=where, width=0.125))
        for where in ("first", "middle")
    )
    assert [w.shape for w in first.weights] == [w.shape for w in middle.weights]
    x = np.random.default_rng(1).uniform(size=(1, SIDE, SIDE, 3)).astype("float32")
    assert np.abs(first.predict_on_batch(x) - middle.predict_on_batch(x)).max() > 1e-3
