"""Fused batch normalization against Keras' own, in answers, gradients and moving averages."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import FusedBatchNormalization


def both(x, **options):
    """Keras' and ours with the same weights, none of them 0 or 1."""
    rng = np.random.default_rng(1)
    pair = [kind(**options) for kind in (keras.layers.BatchNormalization, FusedBatchNormalization)]
    for layer in pair:
        layer.build(x.shape)
    weights = [rng.uniform(0.5, 1.5, weight.shape) for weight in pair[0].weights]
    for layer in pair:
        layer.set_weights(weights)
    return pair


def answers(layer, x, training, mask=None):
    """Outputs, moving averages, and gradients of a sum that weighs every output otherwise."""
    weights = tf.constant(np.random.default_rng(2).normal(size=x.shape).astype("float32"))
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=training, mask=mask)
        total = tf.reduce_sum(tf.cast(y, "float32") * weights)
    gradients = tape.gradient(total, [x, *(w.value for w in layer.trainable_weights)])
    found = [y, *gradients, *(w.value for w in layer.non_trainable_weights)]
    return [np.asarray(tf.cast(one, "float32")) for one in found]


def images(*shape, seed=0):
    return np.random.default_rng(seed).normal(2, 3, shape).astype("float32")


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(4, 5, 6, 3), (1, 1, 2, 1), (7, 3, 1, 8), (1, 1, 1, 4)])
def test_answers_gradients_and_averages_are_keras_own(shape, training):
    x = images(*shape)
    theirs, ours = (answers(layer, x, training) for layer in both(x, momentum=0.7, epsilon=1e-4))
    assert len(ours) == len(theirs) == 6
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_maps_have_statistics_in_float32(policy):
    x = images(4, 6, 6, 3)
    theirs, ours = (answers(layer, x, True) for layer in both(x, dtype=policy))
    for mine, other in zip(ours[-2:], theirs[-2:], strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-2)
    np.testing.assert_allclose(ours[0], theirs[0], atol=0.05)
    layer = FusedBatchNormalization(dtype=policy)
    assert layer(x, training=True).dtype == policy.removeprefix("mixed_")


@pytest.mark.parametrize(
    "options",
    [
        {"axis": 1},
        {"scale": False},
        {"center": False},
        {"renorm": True},
        {"dtype": "float64"},
        {"trainable": False},
    ],
    ids=lambda options: next(iter(options)),
)
def test_what_cannot_be_fused_is_keras_own(options):
    x = images(4, 5, 6, 3)
    theirs, ours = (answers(layer, x, True) for layer in both(x, **options))
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_vectors_and_masked_inputs_are_keras_own():
    vectors = images(8, 3)
    theirs, ours = (answers(layer, vectors, True) for layer in both(vectors))
    np.testing.assert_array_equal(ours[0], theirs[0])
    x, mask = images(2, 4, 6, 3), np.array([[1, 1, 0, 0], [1, 1, 1, 0]], bool)[:, :, None]
    mask = np.broadcast_to(mask, (2, 4, 6))
    theirs, ours = (answers(layer, x, True, mask) for layer in both(x))
    np.testing.assert_array_equal(ours[-1], theirs[-1])


def test_it_is_one_operation_in_training_and_in_use():
    layer = FusedBatchNormalization()
    layer.build((None, 4, 4, 2))

    def kinds(training):
        traced = tf.function(lambda x: layer(x, training=training))
        graph = traced.get_concrete_function(tf.TensorSpec((None, 4, 4, 2))).graph
        return [one.type for one in graph.get_operations()]

    for training in (True, False):
        assert kinds(training).count("FusedBatchNormV3") == 1
        assert "Rsqrt" not in kinds(training)


def test_a_saved_net_comes_back(tmp_path):
    inputs = keras.Input((4, 4, 2))
    net = keras.Model(inputs, FusedBatchNormalization(momentum=0.5)(inputs))
    x = images(3, 4, 4, 2)
    net(x, training=True)
    net.save(tmp_path / "net.keras")
    again = keras.models.load_model(tmp_path / "net.keras")
    np.testing.assert_array_equal(net(x), again(x))
    assert isinstance(again.layers[-1], FusedBatchNormalization)
