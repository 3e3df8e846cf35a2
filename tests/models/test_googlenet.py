"""GoogLeNet against table 1 of its paper, and the loss of its two heads against one by hand."""

import keras
import numpy as np
import pytest

from dlsuite.losses import softmax_cross_entropy
from dlsuite.models import googlenet
from dlsuite.models.features import features

# Stage -> output of 224x224, as printed in table 1.
TABLE_1 = {
    "conv1": (112, 112, 64),
    "pool1": (56, 56, 64),
    "conv2": (56, 56, 192),
    "pool2": (28, 28, 192),
    "inception_3a": (28, 28, 256),
    "inception_3b": (28, 28, 480),
    "pool3": (14, 14, 480),
    "inception_4a": (14, 14, 512),
    "inception_4b": (14, 14, 512),
    "inception_4c": (14, 14, 512),
    "inception_4d": (14, 14, 528),
    "inception_4e": (14, 14, 832),
    "pool4": (7, 7, 832),
    "inception_5a": (7, 7, 832),
    "inception_5b": (7, 7, 1024),
    "pool5": (1024,),
}


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(0)
    model = googlenet((32, 32, 2), 3, stem="small", width=0.0625, dropout=0.0)
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=softmax_cross_entropy())
    return model


def test_stages_have_the_shapes_of_the_table():
    # The width changes no side; maps are checked where the table has whole multiples.
    with keras.StatelessScope():
        model = googlenet((224, 224, 3), 1000, auxiliary=False)
    for stage, shape in TABLE_1.items():
        assert model.get_layer(stage).output.shape[1:] == shape, stage


def test_training_adds_three_tenths_of_the_loss_of_each_head(small):
    x = np.random.default_rng(0).uniform(size=(4, 32, 32, 2)).astype("float32")
    y = np.array([0, 1, 2, 0])
    # Dropout of the heads would make the two looks differ.
    for layer in small.with_heads.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    logits = small.with_heads(x, training=False)
    losses = [float(softmax_cross_entropy()(y, head)) for head in logits]
    by_hand = losses[0] + 0.3 * losses[1] + 0.3 * losses[2]
    assert small.train_on_batch(x, y) == pytest.approx(by_hand, rel=1e-5)
    assert small.test_on_batch(x, y) == pytest.approx(losses[0], rel=1e-5)


def test_it_answers_with_the_logits_at_its_end_alone(small):
    x = np.zeros((2, 32, 32, 2), "float32")
    assert small.predict_on_batch(x).shape == (2, 3)
    np.testing.assert_allclose(
        small.predict_on_batch(x), small.with_heads(x, training=False)[0], rtol=1e-6
    )


def test_its_heads_are_saved_and_come_back(small, tmp_path):
    small.save(tmp_path / "net.keras")
    back = keras.saving.load_model(tmp_path / "net.keras")
    assert [w.path for w in back.weights] == [w.path for w in small.weights]
    for before, after in zip(small.weights, back.weights, strict=True):
        np.testing.assert_array_equal(before, after)
    assert sum("auxiliary" in w.path for w in back.weights) == 12


def test_stages_can_be_looked_at(small):
    seen = features(small, ["inception_3a", "inception_5b"])
    shapes = {name: value.shape for name, value in seen(np.zeros((1, 32, 32, 2))).items()}
    assert shapes["inception_3a"][1:3] == (32, 32)
    assert shapes["inception_5b"][1:3] == (8, 8)


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match=r"sides of at least 32, .* Received: input_shape=\(31"):
        googlenet((31, 32, 3), 2)
