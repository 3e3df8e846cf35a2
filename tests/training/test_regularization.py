"""The L2 penalty, summed by hand."""

import keras
import numpy as np
import pytest

from dlsuite.training import RegularizationSettings, add_l2, decay_weights
from dlsuite.training.freezing import begin_anew, blueprints


def two_kernels():
    return keras.Sequential(
        [
            keras.Input((2, 1)),
            keras.layers.Conv1D(1, 1, kernel_initializer="ones", bias_initializer="ones"),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(3, kernel_initializer=keras.initializers.Constant(2.0)),
        ]
    )


def test_the_penalty_is_the_sum_of_squares_of_every_kernel():
    model = two_kernels()
    assert [path.split("/")[-1] for path in add_l2(model, 0.1)] == ["kernel", "kernel"]
    # 1 weight of 1, 2 * 3 weights of 2; biases of 1 and the normalization stay out.
    assert float(sum(model.losses)) == pytest.approx(0.1 * (1 + 6 * 4))


def test_the_gradient_shrinks_a_weight_by_twice_the_amount():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    add_l2(model, 0.25)
    model.compile(keras.optimizers.SGD(1.0), "mse")
    model.train_on_batch(np.zeros((1, 1)), np.zeros((1, 1)))
    assert model.get_weights()[0] == pytest.approx(1 - 2 * 0.25)


def test_recurrent_and_separable_kernels_count_and_embeddings_do_not():
    model = keras.Sequential(
        [
            keras.Input((8,), dtype="int32"),
            keras.layers.Embedding(5, 4),
            keras.layers.SeparableConv1D(3, 2),
            keras.layers.GRU(2),
        ]
    )
    names = [path.split("/")[-1] for path in add_l2(model, 1.0)]
    assert names == ["depthwise_kernel", "pointwise_kernel", "kernel", "recurrent_kernel"]


def test_nothing_is_added_for_nothing():
    model = two_kernels()
    assert add_l2(model, 0.0) == []
    assert model.losses == []


def test_a_model_without_kernels_is_refused():
    model = keras.Sequential([keras.Input((2,)), keras.layers.BatchNormalization()])
    with pytest.raises(ValueError, match=r"needs a built model with kernels.*gamma"):
        add_l2(model, 0.1)


def test_a_kernel_is_not_regularized_twice():
    model = two_kernels()
    add_l2(model, 0.1)
    with pytest.raises(ValueError, match=r"Received: \S*conv1d\S*/kernel with L2"):
        add_l2(model, 0.1)


def test_the_courses_lambda_is_divided_by_twice_the_examples():
    course = RegularizationSettings(l2=0.7, l2_form="course")
    assert course.l2_factor(train_count=140) == pytest.approx(0.7 / 280)
    assert RegularizationSettings(l2=0.7).l2_factor(train_count=140) == 0.7


@pytest.mark.parametrize(
    ("settings", "rate"), [({}, None), ({"dropout": 0.2}, 0.2), ({"keep_prob": 0.8}, 0.2)]
)
def test_the_share_kept_is_one_minus_the_share_dropped(settings, rate):
    assert RegularizationSettings(**settings).drop_rate == (rate and pytest.approx(rate))


def test_decoupled_decay_takes_its_share_of_kernels_past_the_moments():
    model = two_kernels()
    start = [np.copy(w) for w in model.get_weights()]
    rate, amount = 0.1, 0.5
    optimizer = decay_weights(keras.optimizers.Adam(rate), model, amount)
    # A gradient of zero leaves Adam's own step at zero, so decay is all that moves.
    model.compile(optimizer, lambda y, x: 0.0 * keras.ops.sum(x, axis=-1))
    model.train_on_batch(np.zeros((1, 2, 1)), np.zeros((1, 3)))
    for variable, before in zip(model.weights, start, strict=True):
        factor = 1 - rate * amount if variable.name == "kernel" else 1.0
        if "moving" not in variable.path:
            np.testing.assert_allclose(variable, factor * before, rtol=1e-6)


def test_an_optimizer_that_begins_anew_still_spares_what_it_spared():
    model = two_kernels()
    model.compile(decay_weights(keras.optimizers.SGD(0.1), model, 0.5), "mse")
    begin_anew(model, blueprints(model), 0.2)
    spared = [v.name for v in model.trainable_variables if not model.optimizer._use_weight_decay(v)]
    assert spared == ["bias", "gamma", "beta", "bias"]
    assert model.optimizer.weight_decay == 0.5


def test_two_decays_are_one_too_many():
    with pytest.raises(ValueError, match=r"decay of its own. Received: AdamW with weight_decay"):
        decay_weights(keras.optimizers.AdamW(), two_kernels(), 0.1)
