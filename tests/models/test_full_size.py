"""The networks at the size of their papers train: one real step of each moves every weight."""

import keras
import numpy as np
import pytest

from dlsuite.losses import softmax_cross_entropy
from dlsuite.models import alexnet, googlenet, resnet, vgg

CLASSES = 1000
NETS = {
    "alexnet": lambda: alexnet((227, 227, 3), CLASSES, initialization="he"),
    "vgg16": lambda: vgg((224, 224, 3), CLASSES, depth=16),
    "resnet50": lambda: resnet((224, 224, 3), CLASSES, depth=50),
    "googlenet": lambda: googlenet((224, 224, 3), CLASSES),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_a_net_of_full_size_makes_a_real_step(name):
    keras.utils.set_random_seed(0)
    model = NETS[name]()
    model.compile(keras.optimizers.SGD(1e-3), softmax_cross_entropy())
    rng = np.random.default_rng(0)
    pictures = rng.uniform(size=(2, *model.input_shape[1:])).astype("float32")
    labels = rng.integers(0, CLASSES, 2)
    before = [float(keras.ops.sum(keras.ops.abs(w))) for w in model.trainable_weights]
    loss = float(model.train_on_batch(pictures, labels))
    # Nothing is known yet of 1,000 classes; the heads of GoogLeNet add 0.6 of as much.
    assert 0.5 * np.log(CLASSES) < loss < 5 * np.log(CLASSES)
    after = [float(keras.ops.sum(keras.ops.abs(w))) for w in model.trainable_weights]
    assert np.isfinite(after).all()
    moved = [a != b for a, b in zip(before, after, strict=True)]
    assert np.mean(moved) > 0.9  # a sum of millions in single precision may hide a small change
    keras.backend.clear_session()
