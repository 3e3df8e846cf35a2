"""Half precision and XLA on a small convolutional net: the same training, but for rounding."""

import keras
import numpy as np
import pytest

from dlsuite.losses import softmax_cross_entropy
from dlsuite.models import lenet5
from tests.contracts.catalog import ROWS

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 3, 96)
# Three kinds of pictures: bright on the left, in the middle, on the right; and noise.
IMAGES = RANDOM.uniform(0, 0.6, (96, 12, 12, 1)).astype("float32")
for _image, _label in zip(IMAGES, LABELS, strict=True):
    _image[:, 4 * _label : 4 * _label + 4] += 0.4


def trained(policy="float32", xla=False, steps=24):
    """Losses of a small net with normalization, and its logits of some images."""
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(0)
        inputs = keras.Input((12, 12, 1))
        x = keras.layers.Conv2D(8, 3, use_bias=False)(inputs)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))
        x = keras.layers.Flatten()(keras.layers.AveragePooling2D(5)(x))
        model = keras.Model(inputs, keras.layers.Dense(3, dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy("float32")
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, softmax_cross_entropy(), jit_compile=xla)
    losses = []
    for step in range(steps):
        rows = slice(32 * (step % 3), 32 * (step % 3) + 32)
        losses.append(float(model.train_on_batch(IMAGES[rows], LABELS[rows])))
    return losses, model


@pytest.fixture(scope="module")
def single():
    return trained()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_a_small_net_in_half_precision_reaches_the_loss_of_single(policy, single):
    losses, model = trained(policy)
    reference, _ = single
    assert reference[-1] < 0.5 * reference[0]
    assert np.mean(losses[-6:]) == pytest.approx(np.mean(reference[-6:]), rel=0.1)
    scaling = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaling == (policy == "mixed_float16")
    answers = model.predict_on_batch(IMAGES[:4])
    assert answers.dtype == np.float32
    assert {weight.dtype for weight in model.weights} == {"float32"}


def test_a_small_net_under_xla_takes_the_same_steps(single):
    losses, model = trained(xla=True, steps=8)
    assert model.jit_compile
    np.testing.assert_allclose(losses, single[0][:8], rtol=1e-3)


NETS = [row for row in ROWS if row.loss is softmax_cross_entropy and len(row.inputs.shape) == 4]


@pytest.mark.slow
@pytest.mark.parametrize("row", NETS, ids=lambda row: row.name)
def test_every_convolutional_net_steps_under_xla(row):
    losses = []
    for xla in (False, True):
        keras.utils.set_random_seed(0)
        model = row.build()
        model.compile(keras.optimizers.SGD(0.01), row.loss(), jit_compile=xla)
        losses.append(float(model.train_on_batch(row.inputs, row.targets)))
    drops = any("dropout" in layer.name for layer in model.layers)
    # XLA draws dropout from the same seeds; sums are in another order.
    assert losses[1] == pytest.approx(losses[0], rel=0.5 if drops else 2e-3)


def test_accumulation_and_averages_work_under_loss_scaling():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        keras.utils.set_random_seed(0)
        model = lenet5((28, 28, 1), 3)
    finally:
        keras.config.set_dtype_policy("float32")
    inner = keras.optimizers.SGD(0.1, gradient_accumulation_steps=2, use_ema=True)
    model.compile(inner, softmax_cross_entropy(), run_eagerly=True)
    images, labels = RANDOM.uniform(size=(4, 28, 28, 1)).astype("float32"), [0, 1, 2, 0]
    kernel = model.trainable_weights[0]
    start = kernel.numpy()
    model.train_on_batch(images, np.array(labels))
    np.testing.assert_array_equal(kernel.numpy(), start)
    model.train_on_batch(images, np.array(labels))
    assert not np.array_equal(kernel.numpy(), start)
