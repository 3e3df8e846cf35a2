"""VGG and ResNet give the logits of keras.applications once their weights are copied over.

All weights and moving statistics are drawn anew first, as fresh ones prove little; those nets'
convolutions have biases before a batch normalization, which are folded into its moving mean.
"""

import keras
import numpy as np
import pytest

from dlsuite.models import resnet, vgg

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


def layers_with_weights(model):
    return [layer for layer in model.layers if layer.weights]


def same_logits(ours, theirs):
    x = np.random.default_rng(1).uniform(size=(3, SIDE, SIDE, 3)).astype("float32")
    expected = theirs.predict_on_batch(x)
    got = ours.predict_on_batch(x)
    # Per example: the largest difference in terms of the largest logit.
    off = np.abs(got - expected).max(axis=1) / np.abs(expected).max(axis=1)
    assert off.max() <= 1e-5
    assert np.ptp(expected) > 0.1  # the weights do matter


def copied_vgg(depth):
    build = {16: keras.applications.VGG16, 19: keras.applications.VGG19}[depth]
    theirs = build(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=CLASSES, classifier_activation=None
    )
    randomized(theirs)
    ours = vgg((SIDE, SIDE, 3), CLASSES, depth=depth)
    pairs = zip(layers_with_weights(ours), layers_with_weights(theirs), strict=True)
    for mine, other in pairs:
        mine.set_weights(other.get_weights())
    return ours, theirs


def places(name):
    """Ours -> theirs: `conv3_1_a` is `conv3_block1_1`, its projection `conv3_block1_0`."""
    if name.startswith("conv1_a"):
        return name.replace("conv1_a", "conv1")
    if name == "output":
        return "predictions"
    stage, block, place, *rest = name.split("_")
    number = {"shortcut": 0, "a": 1, "b": 2, "c": 3}[place]
    return "_".join([stage, f"block{block}", str(number), *(rest or ["conv"])])


def copied_resnet(depth):
    build = getattr(keras.applications, f"ResNet{depth}")
    theirs = build(
        weights=None, input_shape=(SIDE, SIDE, 3), classes=CLASSES, classifier_activation=None
    )
    randomized(theirs)
    ours = resnet((SIDE, SIDE, 3), CLASSES, depth=depth)
    for layer in layers_with_weights(ours):
        name = places(layer.name)
        if layer.name == "output":
            layer.set_weights(theirs.get_layer(name).get_weights())
        elif not layer.name.endswith("_bn"):
            kernel, bias = theirs.get_layer(
                f"{name}_conv" if name == "conv1" else name
            ).get_weights()
            layer.set_weights([kernel])
            normal = f"{name.removesuffix('_conv')}_bn"
            gamma, beta, mean, variance = theirs.get_layer(normal).get_weights()
            ours.get_layer(f"{layer.name}_bn").set_weights([gamma, beta, mean - bias, variance])
    return ours, theirs


@pytest.mark.parametrize(
    "depth",
    [50, pytest.param(101, marks=pytest.mark.slow), pytest.param(152, marks=pytest.mark.slow)],
)
def test_a_resnet_with_their_weights_answers_as_theirs(depth):
    same_logits(*copied_resnet(depth))


@pytest.mark.parametrize("depth", [16, pytest.param(19, marks=pytest.mark.slow)])
def test_a_vgg_with_their_weights_answers_as_theirs(depth):
    same_logits(*copied_vgg(depth))


def test_the_stride_of_v15_is_another_net():
    first, middle = (
        randomized(resnet((SIDE, SIDE, 3), CLASSES, depth=50, stride_in=where, width=0.125))
        for where in ("first", "middle")
    )
    assert [w.shape for w in first.weights] == [w.shape for w in middle.weights]
    x = np.random.default_rng(1).uniform(size=(1, SIDE, SIDE, 3)).astype("float32")
    assert np.abs(first.predict_on_batch(x) - middle.predict_on_batch(x)).max() > 1e-3
