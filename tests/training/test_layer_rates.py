"""Layers with a share of the learning rate, and layers that are frozen up to one."""

import re

import keras
import numpy as np
import pytest
from test_exact_resume import Kill, assert_same_run, ended, interrupted_then_resumed
from toys import classifier, plain, task

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.training import TrainingSettings, fit_stages
from dlsuite.training.freezing import freeze, require_layers, trainable_flags
from dlsuite.training.layer_rates import scale_rates
from dlsuite.training.settings import Stage
from pipelines import tabular

START, GRADIENT = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[0.3, -0.2], [0.1, 0.4]])
DECAY = {"weight_decay": 0.5}
ROUNDING = 3e-7  # of float32 weights near 1, whose differences are looked at


def after(optimizer, steps=3, factor=None):
    """A weight after some steps of a constant gradient, one beside it that keeps the rate."""
    scaled, other = (keras.Variable(START.astype("float32")) for _ in range(2))
    if factor is not None:
        scale_rates(optimizer, [(scaled, factor)])
    for _ in range(steps):
        gradient = keras.ops.convert_to_tensor(GRADIENT, "float32")
        optimizer.apply([gradient, gradient], [scaled, other])
    return scaled.numpy(), other.numpy()


def test_descent_takes_the_factor_times_its_step():
    scaled, other = after(keras.optimizers.SGD(0.1), factor=0.25)
    np.testing.assert_allclose(scaled, START - 3 * 0.25 * 0.1 * GRADIENT, rtol=1e-6)
    np.testing.assert_allclose(other, START - 3 * 0.1 * GRADIENT, rtol=1e-6)


def test_adam_takes_the_factor_times_its_step_whatever_the_size_of_gradients():
    # Of a constant gradient Adam's corrected moments are g and g², so a step is the rate.
    scaled, other = after(keras.optimizers.Adam(0.1, beta_2=0.9, epsilon=1e-12), factor=0.25)
    np.testing.assert_allclose(scaled, START - 3 * 0.25 * 0.1 * np.sign(GRADIENT), rtol=1e-5)
    np.testing.assert_allclose(other, START - 3 * 0.1 * np.sign(GRADIENT), rtol=1e-5)


def test_decoupled_decay_takes_the_factor_times_its_share():
    scaled, other = after(keras.optimizers.SGD(0.1, **DECAY), factor=0.25)
    expected = {}
    for name, rate in {"scaled": 0.025, "other": 0.1}.items():
        weight = START
        for _ in range(3):
            weight = weight - rate * 0.5 * weight - rate * GRADIENT
        expected[name] = weight
    np.testing.assert_allclose(scaled, expected["scaled"], rtol=1e-6)
    np.testing.assert_allclose(other, expected["other"], rtol=1e-6)


def test_it_is_a_factor_of_a_schedule_as_well():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)  # 0.1, 0.05, 0.025
    scaled, _ = after(keras.optimizers.SGD(schedule), factor=0.2)
    np.testing.assert_allclose(scaled, START - 0.2 * 0.175 * GRADIENT, rtol=1e-6)


@pytest.mark.parametrize(
    "make",
    [
        *(keras.optimizers.Adadelta, keras.optimizers.Adafactor, keras.optimizers.Adagrad),
        *(keras.optimizers.Adam, keras.optimizers.AdamW, keras.optimizers.Adamax),
        *(keras.optimizers.Ftrl, keras.optimizers.Lamb, keras.optimizers.Lion),
        *(keras.optimizers.Muon, keras.optimizers.Nadam, keras.optimizers.RMSprop),
        *(keras.optimizers.SGD, keras.optimizers.ScheduleFreeAdamW),
    ],
)
def test_in_every_optimizer_a_factor_is_another_rate(make):
    scaled, other = after(make(learning_rate=0.1, **DECAY), factor=0.25)
    expected, _ = after(make(learning_rate=0.025, **DECAY))
    unscaled, _ = after(make(learning_rate=0.1, **DECAY))
    np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_allclose(other, unscaled, rtol=1e-6)
    assert np.abs(scaled - other).max() > 1e-3


def kernels(model):
    return {name: model.get_layer(name).get_weights()[0] for name in ("first", "head")}


def moved(optimizer=None, **training):
    """What one step changes of the kernels of two layers."""
    model = plain(optimizer)
    before = kernels(model)
    training = {"epochs": 1, "steps_per_epoch": 1, **training}
    fit_stages(task(model, training=training, batches=one_step, measure=None, monitor=None))
    return model, {name: kernel - before[name] for name, kernel in kernels(model).items()}


def one_step(first_step):
    import tensorflow as tf

    from dlsuite.data import Batches

    x, y = np.array([[1.0, 2.0]], "float32"), np.array([1], "int32")
    return Batches(tf.data.Dataset.from_tensors((x, y)).repeat().skip(first_step), 1)


def test_a_recipe_names_layers():
    _, whole = moved()
    _, parts = moved(learning_rate_factors={"fir*": 0.5, "h*": 0.125})
    np.testing.assert_allclose(parts["first"], 0.5 * whole["first"], atol=ROUNDING)
    np.testing.assert_allclose(parts["head"], 0.125 * whole["head"], atol=ROUNDING)


@pytest.mark.parametrize(
    ("factors", "layer"),
    [
        ({"st*": 0.5, "*": 0.1}, "stem"),
        ({"*": 0.1, "st*": 0.5}, "stem"),
        ({"inner": 0.1, "one": 0.5}, "inner/one"),  # by the model that holds it
    ],
)
def test_two_factors_of_one_layer_are_refused_in_any_order(factors, layer):
    pairs = " and ".join(rf"'{pattern}': {each:g}" for pattern, each in factors.items())
    message = rf"one factor. Received: {re.escape(pairs)}, which both match {layer}\."
    with pytest.raises(ValueError, match=message):
        require_layers(branched(), (), factors)


def test_two_patterns_may_match_one_layer_with_one_factor():
    require_layers(branched(), (), {"st*": 0.1, "*": 0.1})


def test_a_plan_refuses_factors_that_contradict_each_other():
    recipe = {
        "pipeline": "tabular",
        "data": {"source": "wine"},
        "model": {"type": "mlp", "hidden": [4]},
        "training": {"learning_rate_factors": {"hidden_1": 0.5, "hidden*": 0.1}},
    }
    with pytest.raises(RecipeError, match="which both match hidden_1"):
        experiment.plan(tabular.pipeline, recipe)


def test_stages_begin_optimizers_anew_with_the_same_factors():
    stages = [
        {"name": "head", "epochs": 1, "freeze_until": "first"},
        {"name": "all", "epochs": 1, "learning_rate": 0.2},
    ]
    _, frozen = moved(stages=stages[:1], learning_rate_factors={"first": 0.5})
    assert not frozen["first"].any()
    first, parts = moved(epochs=2, stages=stages, learning_rate_factors={"first": 0.5})
    again, whole = moved(epochs=2, stages=stages)
    np.testing.assert_allclose(parts["first"], 0.5 * whole["first"], atol=ROUNDING)
    np.testing.assert_allclose(parts["head"], whole["head"], atol=ROUNDING)
    configs = [model.optimizer.get_config() | {"name": ""} for model in (first, again)]
    assert configs[0] == configs[1]


def test_an_optimizer_that_scales_losses_steps_at_the_same_factors():
    def scaling():
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1), initial_scale=8.0)

    _, whole = moved(scaling())
    _, parts = moved(scaling(), learning_rate_factors={"first": 0.5})
    np.testing.assert_allclose(parts["first"], 0.5 * whole["first"], atol=ROUNDING)


@pytest.mark.slow
def test_a_resumed_run_keeps_its_factors(tmp_path):
    training = {
        "epochs": 4,
        "learning_rate_factors": {"first": 0.3},
        "stages": [
            {"name": "head", "epochs": 1, "freeze_until": "first"},
            {"name": "all", "epochs": 3},
        ],
    }

    def adam():
        return classifier(keras.optimizers.Adam(0.01, weight_decay=0.1), norm=True)

    parts = interrupted_then_resumed(adam, tmp_path, Kill(2), training=training)
    assert_same_run(ended(adam, training=training), parts)


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"learning_rate_factors": {"fire*": 0.1}}, r"one of the layers \['first', 'head'\].*fire"),
        (
            {"stages": [{"name": "a", "epochs": 1, "freeze_until": "fire5"}]},
            r"'first', 'head'\].*5",
        ),
    ],
)
def test_layers_that_there_are_not_are_refused(training, words):
    with pytest.raises(ValueError, match=words):
        moved(**training)


def test_a_factor_is_above_nothing():
    with pytest.raises(ValueError, match="greater than 0"):
        TrainingSettings(learning_rate_factors={"first": 0.0})


def branched():
    """Two branches, of which one is a model of its own."""
    x = inputs = keras.Input((4,))
    x = keras.layers.Dense(4, name="stem")(x)
    inner = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dense(4, name="one"), keras.layers.Dense(4, name="two")],
        name="inner",
    )
    x = keras.layers.BatchNormalization(name="norm")(inner(x))
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(x))


def frozen_until(name):
    model = branched()
    freeze(model, Stage(name="a", epochs=1, freeze_until=name), trainable_flags(model))
    return {path for path, trains in trainable_flags(model).items() if not trains}, model


@pytest.mark.parametrize(
    ("name", "frozen"),
    [
        ("stem", {"stem"}),
        ("inner/one", {"stem", "inner/one"}),
        ("one", {"stem", "inner/one"}),
        ("inner", {"stem", "inner", "inner/one", "inner/two"}),
        ("norm", {"stem", "inner", "inner/one", "inner/two", "norm"}),
    ],
)
def test_freezing_until_a_layer_freezes_all_before_it(name, frozen):
    inputs = branched().layers[0].name.split("_")[0]
    assert {path for path in frozen_until(name)[0] if not path.startswith(inputs)} == frozen


def test_a_frozen_batch_normalization_keeps_its_statistics_and_uses_them():
    _, model = frozen_until("norm")
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(3, 2, (8, 4)).astype("float32")
    norm = model.get_layer("norm")
    before = norm.get_weights()
    model.fit(x, np.zeros((8, 2)), verbose=0)
    for weight, was in zip(norm.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, was)
    # Fresh statistics are a mean of 0 and a variance of 1; Keras' epsilon is 0.001.
    np.testing.assert_allclose(norm(x, training=True), x / np.sqrt(1.001), rtol=1e-6)
