"""GoogLeNet against table 1 of its paper, and the loss of its two heads against one by hand."""

import keras
import numpy as np
import pytest

from dlsuite.losses import softmax_cross_entropy
from dlsuite.models import googlenet
from dlsuite.models.features import features
from dlsuite.models.layer_table import layer_table
from dlsuite.models.weightless import weightless
from dlsuite.training.freezing import blueprints, freeze, trainable_flags
from dlsuite.training.settings import Stage

# Row of table 1 -> output of 224x224, parameters in units of 1024 and multiply-adds in millions, as
# printed. conv2 is the row that holds its 1x1 reduction, too.
TABLE_1 = {
    "conv1": ((112, 112, 64), 2.7, 34),
    "pool1": ((56, 56, 64), None, None),
    "conv2": ((56, 56, 192), 112, 360),
    "pool2": ((28, 28, 192), None, None),
    "inception_3a": ((28, 28, 256), 159, 128),
    "inception_3b": ((28, 28, 480), 380, 304),
    "pool3": ((14, 14, 480), None, None),
    "inception_4a": ((14, 14, 512), 364, 73),
    "inception_4b": ((14, 14, 512), 437, 88),
    "inception_4c": ((14, 14, 512), 463, 100),
    "inception_4d": ((14, 14, 528), 580, 119),
    "inception_4e": ((14, 14, 832), 840, 170),
    "pool4": ((7, 7, 832), None, None),
    "inception_5a": ((7, 7, 832), 1072, 54),
    "inception_5b": ((7, 7, 1024), 1388, 71),
    "pool5": ((1024,), None, None),
    "output": ((1000,), 1000, 1),
}
# Where a row prints other numbers than its own widths make, those that they make, by hand: such as
# 64 * 7 * 7 * 3 kernels at 112 * 112 places, or the six products of the widths of 4c.
WIDTHS_MAKE = {
    "conv1": (9.2, 118),
    "inception_4a": (367, 73),
    "inception_4c": (497, 100),
    "inception_4d": (590, 119),
    "inception_4e": (847, 170),
    "inception_5a": (1018, 51),
    "inception_5b": (1409, 71),
}


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(0)
    model = googlenet((32, 32, 2), 3, stem="small", width=0.0625, dropout=0.0)
    model.compile(optimizer=keras.optimizers.SGD(0.0), loss=softmax_cross_entropy())
    return model


@pytest.fixture(scope="module")
def table():
    return layer_table(weightless(lambda: googlenet((224, 224, 3), 1000)))


@pytest.mark.parametrize("stage", TABLE_1)
def test_a_row_of_table_1_is_what_its_layers_add_up_to(table, stage):
    output, parameters, products = TABLE_1[stage]
    (named,) = [row for row in table if row.name == stage]
    rows = [row for row in table if row.name == stage or row.name.startswith(f"{stage}_")]
    assert named.output == output
    biases = sum(row.output[-1] for row in rows if row.parameters)
    kernels = sum(row.parameters for row in rows) - biases  # the table counts no biases
    multiply_adds = sum(row.multiply_adds for row in rows)
    parameters, products = WIDTHS_MAKE.get(stage, (parameters or 0, products or 0))
    # The table rounds up here and down there.
    assert kernels / 1024 == pytest.approx(parameters, abs=1.01)
    assert multiply_adds / 1e6 == pytest.approx(products, abs=1)


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


def trained_names(**stage):
    model = googlenet((4, 4, 1), 2, stem="small", width=0.02)
    freeze(model, Stage(name="a", epochs=1, **stage), trainable_flags(model))
    return {weight.path for weight in model.trainable_weights}


def test_its_heads_are_frozen_by_name_and_with_all_else():
    everything = trained_names()
    heads = {path for path in everything if "auxiliary" in path}
    assert len(heads) == 12
    assert everything - trained_names(freeze=["auxiliary*"]) == heads
    assert trained_names(freeze=["*"]) == set()


def test_its_heads_may_have_a_rate_of_their_own():
    model = googlenet((4, 4, 1), 2, stem="small", width=0.02)
    model.compile("sgd", softmax_cross_entropy())
    *_, scaled = blueprints(model, {"auxiliary1*": 0.5})["optimizer"]
    paths = {weight.path for weight in model.weights if "auxiliary1" in weight.path}
    assert {(variable.path, factor) for variable, factor in scaled} == {(p, 0.5) for p in paths}
    assert len(paths) == 6


def test_stages_can_be_looked_at(small):
    seen = features(small, ["inception_3a", "inception_5b"])
    shapes = {name: value.shape for name, value in seen(np.zeros((1, 32, 32, 2))).items()}
    assert shapes["inception_3a"][1:3] == (32, 32)
    assert shapes["inception_5b"][1:3] == (8, 8)


def test_an_image_that_is_too_small_is_refused():
    with pytest.raises(ValueError, match=r"sides of at least 32, .* Received: input_shape=\(31"):
        googlenet((31, 32, 3), 2)
