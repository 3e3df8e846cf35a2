"""What of a model is captured, and put back."""

import keras
import numpy as np
import pytest
from toys import classifier, game, plain

from dlsuite.training.variables import (
    averaged,
    build_optimizer,
    capture,
    learning_rates,
    optimizers_of,
    restore,
)


def test_an_optimizer_built_beforehand_steps_as_one_that_builds_itself():
    x, y = np.ones((4, 2)), np.array([0, 1, 0, 1])
    nets = [classifier(keras.optimizers.Adam(0.1, use_ema=True), norm=True) for _ in range(2)]
    build_optimizer(nets[0])
    assert nets[0].optimizer.built
    built = len(nets[0].optimizer.variables)
    for net in nets:
        net.train_on_batch(x, y)
    assert len(nets[0].optimizer.variables) == built
    one, other = map(capture, nets)
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name])


def test_optimizers_are_left_alone_where_nobody_knows_what_they_are_for():
    own = game()
    build_optimizer(own)
    assert not any(optimizer.built for optimizer in optimizers_of(own).values())
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("adam", "mse")
    build_optimizer(unbuilt)
    assert not unbuilt.optimizer.built
    frozen = classifier()
    frozen.trainable = False
    build_optimizer(frozen)
    assert not frozen.optimizer.built


class Helped(keras.Model):
    """A net with a head that training alone has."""

    def __init__(self):
        super().__init__()
        self.answer, self.helper = keras.layers.Dense(1), keras.layers.Dense(1)

    def call(self, x, training=False):
        return self.answer(x) + self.helper(x) if training else self.answer(x)


def test_a_layer_that_only_training_uses_is_trained_too():
    model, x = Helped(), np.ones((4, 2))
    model.compile("adam", "mse")
    model.predict(x, verbose=0)
    build_optimizer(model)
    model.train_on_batch(x, np.zeros((4, 1)))
    assert len(model.trainable_variables) == 4
    assert model.optimizer.built


def test_before_the_first_step_averages_are_the_weights_themselves():
    model = classifier(keras.optimizers.Adam(use_ema=True))
    build_optimizer(model)
    before = [weight.numpy() for weight in model.trainable_variables]
    with averaged(model):
        for weight, old in zip(model.trainable_variables, before, strict=True):
            np.testing.assert_array_equal(weight, old)


def test_every_variable_of_training_is_captured_once():
    model = classifier(keras.optimizers.Adam(), norm=True)
    model.train_on_batch(np.zeros((4, 2)), np.zeros(4))
    state = capture(model)
    groups = {key.rpartition("/")[0] for key in state}
    assert groups == {"model", "metrics", "optimizer.optimizer"}
    # Kernels and biases 4, normalization 4, seed 1; two means; iteration, rate, two moments of 6.
    assert len(state) == 9 + 4 + 14
    assert state["model/0"].tobytes() == model.get_layer("first").kernel.numpy().tobytes()


def test_what_is_captured_does_not_move_with_the_model():
    model = plain()
    state = capture(model)
    before = state["model/0"].copy()
    model.get_layer("first").kernel.assign(np.ones((2, 4)))
    np.testing.assert_array_equal(state["model/0"], before)
    restore(model, state)
    np.testing.assert_array_equal(model.get_layer("first").kernel.numpy(), before)


def test_unseeded_noise_is_part_of_the_state():
    model = plain()
    keras.random.uniform(())
    state = capture(model)
    drawn = float(keras.random.uniform(()))
    keras.utils.set_random_seed(5)  # Takes the global generator away.
    restore(model, state)
    assert float(keras.random.uniform(())) == drawn


def test_optimizers_of_inner_models_are_found_and_shared_ones_counted_once():
    outer = game()
    shared = keras.optimizers.SGD(0.5)
    outer.discriminator.compile(shared)
    outer.also_here = shared
    names = set(optimizers_of(outer))
    assert {"generator_optimizer", "discriminator_optimizer", "optimizer", "also_here"} <= names
    assert sum(optimizer is shared for optimizer in optimizers_of(outer).values()) == 1


def test_the_rate_of_a_single_optimizer_has_a_plain_name():
    assert learning_rates(plain()) == {"learning_rate": pytest.approx(0.1)}
    names = {f"learning_rate.{name}" for name in optimizers_of(game())}
    assert set(learning_rates(game())) == names


def test_averages_are_there_only_inside():
    model = plain(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    with averaged(model):  # Nothing to average yet.
        pass
    for _ in range(2):
        model.train_on_batch(np.ones((4, 2)), np.zeros(4))
    raw = model.get_weights()
    average = next(v for v in model.optimizer.variables if v.name.endswith("average"))
    with averaged(model):
        np.testing.assert_array_equal(model.get_weights()[0], average.numpy())
        assert not np.array_equal(model.get_weights()[0], raw[0])
    for now, before in zip(model.get_weights(), raw, strict=True):
        np.testing.assert_array_equal(now, before)
