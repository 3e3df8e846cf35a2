"""A training that diverges says where, at which rate and with which gradients."""

import math
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from toys import classifier, game, points, stream, task

from dlsuite.data import Batches
from dlsuite.training import Checkpoints, fit_stages, replaying
from dlsuite.training.divergence import TrainingDiverged, exploded, not_finite


def line(rate=0.5, optimizer=None, **compiling):
    """`y = w x` from w = 1, whose gradient can be followed with a pencil."""
    model = keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    model.compile(optimizer or keras.optimizers.SGD(rate), "mse", **compiling)
    return model


def rows(*values):
    """One example a batch, x as given and y = 0."""

    def batches(first_step):
        x = tf.constant(values, "float32")[first_step:, None, None]
        dataset = tf.data.Dataset.from_tensor_slices((x, tf.zeros_like(x)))
        return Batches(dataset, 4)

    return batches


def diverged(model, **changes):
    given = {"measure": None, "training": {"epochs": 2}, **changes}
    with pytest.raises(TrainingDiverged) as caught:
        fit_stages(task(model, **given))
    return caught.value


def test_the_message_names_epoch_step_rate_and_gradient_norm():
    # Loss (w x)^2, gradient 2 w x^2. w: 1 -> 0 by x = 1 -> stays 0. Then x = inf: 0 * inf = nan.
    error = diverged(line(), batches=rows(1, 1, 1, 1, 1, 3, math.inf, 1))
    assert (error.epoch, error.step) == (2, 3)
    assert error.learning_rates == {"learning_rate": 0.5}
    assert math.isnan(error.gradient_norms["optimizer"])
    assert str(error).startswith(
        "Training diverged in epoch 2 at step 3 of 4: `loss` is nan, learning rate 0.5, "
        "gradient norm nan (0 a step before)."
    )


def test_the_gradient_norm_is_that_of_the_step_before_its_update():
    # w: 1, then 1 - 0.5 * 2 * 4 = -3, the same, then 3e30 by the gradient -6e30 at x = 1e15. At
    # x = 2 the loss is (6e30)^2, more than a float32 holds; its gradient 2 * 3e30 * 4 is not.
    error = diverged(line(), batches=rows(2, 0, 1e15, 2, 1, 1, 1, 1))
    assert (error.epoch, error.step) == (1, 4)
    assert error.gradient_norms == {"optimizer": pytest.approx(2.4e31)}
    assert "`loss` is inf" in str(error)
    assert "gradient norm 2.4e+31 (6e+30 a step before)" in str(error)


def test_a_rate_far_too_high_is_the_everyday_case():
    error = diverged(classifier(keras.optimizers.SGD(1e20)))
    assert error.epoch == 1
    assert re.search(r"learning rate 1e\+20, gradient norm \S+ \(\S+ a step before\)", str(error))


def test_several_optimizers_each_have_their_norm():
    x, y = points()
    x[5] = np.inf
    error = diverged(game(), batches=stream(x, y, 2), monitor=None)
    assert set(error.gradient_norms) == {"generator_optimizer", "discriminator_optimizer"}
    assert "gradient norm of generator_optimizer nan" in str(error)
    assert "learning rate.discriminator_optimizer 0.002" in str(error)


def test_a_later_epoch_is_replayed_from_its_own_beginning():
    x, y = points()

    def batches(first_step):
        whole = stream(x, y, 2)(0).dataset.enumerate()
        poisoned = whole.map(lambda t, b: (tf.where(t == 8, np.inf, b[0]), b[1]))
        return Batches(poisoned.skip(first_step), 6)

    error = diverged(
        classifier(keras.optimizers.Adam(0.02), steps_per_execution=2), batches=batches
    )
    assert (error.epoch, error.step) == (2, 3)


def test_loss_scaling_does_not_scale_the_norm():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5))
    error = diverged(line(optimizer=optimizer), batches=rows(2, 0, 1e15, 1, 1, 1, 1, 1))
    assert "(6e+30 a step before)" in str(error)


def test_a_replay_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(replaying, "REPLAY_SECONDS", 0.0)
    error = diverged(line(), batches=rows(1, 1, 1, math.inf, 1, 1, 1, 1))
    assert error.gradient_norms == {}
    assert "gradient norm not known: the epoch could not be replayed" in str(error)


def test_a_model_that_its_first_epoch_built_cannot_be_replayed():
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    error = diverged(model, batches=rows(1, math.nan, 1, 1, 1, 1, 1, 1))
    assert error.gradient_norms == {}
    assert error.epoch == 1


def test_training_ends_within_the_epoch_it_diverges_in():
    class Steps(keras.callbacks.Callback):
        async_safe = True
        seen = 0

        def on_train_batch_end(self, batch, logs=None):
            self.seen = max(self.seen, batch + 1)

    def batches(first_step):
        x = tf.fill((1, 1), math.nan)
        return Batches(tf.data.Dataset.from_tensors((x, x)).repeat(), 100_000)

    steps = Steps()
    error = diverged(line(), batches=batches, listeners=[steps])
    assert error.step == 1
    assert steps.seen < 2000


@pytest.mark.parametrize(
    ("logs", "found"),
    [
        ({"loss": 1.0, "accuracy": math.nan}, None),
        ({"loss": math.inf}, ("loss", math.inf)),
        (
            {"generator_loss": 1.0, "discriminator_loss": -math.inf},
            ("discriminator_loss", -math.inf),
        ),
        ({"cost": math.inf, "other": 1.0}, ("cost", math.inf)),
        ({}, None),
    ],
)
def test_losses_count_and_other_metrics_only_where_there_is_none(logs, found):
    assert not_finite(logs) == found


def test_a_loss_that_explodes_without_end_is_told_though_it_stays_a_number():
    # w: 1 -> 1 - 2 * 1000 = -1999 by x = 1 at rate 1000, loss 1; then w^2 = 4e6 and 1.6e13.
    error = diverged(line(1000.0), batches=rows(1, 1, 1, 0, 1, 1, 1, 1))
    assert (error.epoch, error.step) == (1, 2)
    assert "`loss` is 1.998e+06 (1 in the first batch), learning rate 1000" in str(error)


@pytest.mark.parametrize(
    ("now", "first", "found"),
    [
        (2e6, 1.0, True),
        (2e6, 3.0, False),  # less than a million times
        (2e5, 1e-9, False),  # small losses are small by their unit: at least 1 counts
        (-2e6, 0.5, True),  # a critic's
    ],
)
def test_an_explosion_is_a_million_times_the_first_loss(now, first, found):
    assert (exploded({"loss": now}, {"loss": first}) is not None) == found


def test_weights_that_the_last_step_of_an_epoch_breaks_are_noticed():
    # w stays 1 until x = 1000: loss 1e6, a mean of 2.5e5. The gradient 2e6 makes w infinite.
    error = diverged(line(1e38), batches=rows(0, 0, 0, 0, 0, 0, 0, 1e3))
    assert (error.epoch, error.step) == (2, 4)
    assert "/kernel` is nan" in str(error)
    assert error.gradient_norms == {"optimizer": pytest.approx(2e6)}


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ((1, 1, 1, math.inf), 3),  # a loss that is no number
        ((2, 0, 1e15, 2), 2),  # one that explodes at step 3 and is infinite at step 4
        ((2, 0, 0, 1e20), 3),
    ],
)
def test_no_checkpoint_is_of_what_diverged(tmp_path, values, last):
    checkpoints = Checkpoints(tmp_path)
    error = diverged(
        line(),
        training={"epochs": 3, "checkpoint": {"every": "1 steps", "keep": 2}},
        batches=rows(0.1, 0.1, 0.1, 0.1, *values, 0, 0, 0, 0),
        checkpoints=checkpoints,
    )
    assert (error.epoch, error.step) == (2, 4)
    assert checkpoints.places() == [(1, last - 1), (1, last)]
    arrays = checkpoints.load().arrays.values()
    assert all(np.isfinite(array).all() for array in arrays)


def test_a_stream_that_ends_too_soon_is_an_error():
    with pytest.warns(UserWarning, match="ran out of data"):
        with pytest.raises(
            ValueError, match=r"must give 4 for every epoch. Received: 3 in epoch 1"
        ):
            fit_stages(task(line(), measure=None, batches=rows(1, 1, 1)))


def test_a_step_that_forgets_its_loss_tracker_is_found_out():
    @keras.saving.register_keras_serializable("toys")
    class Forgetful(keras.Model):
        def __init__(self):
            super().__init__()
            self.layer = keras.layers.Dense(1, kernel_initializer="ones")

        def call(self, x):
            return self.layer(x)

        def train_step(self, data):
            return {"loss": keras.ops.mean(self(data[0]))}

    model = Forgetful()
    model.compile("sgd")
    with pytest.raises(ValueError, match=r"must update the metrics .*Received: loss 1 in the last"):
        fit_stages(task(model, measure=None, batches=rows(1, 1, 1, 1)))
