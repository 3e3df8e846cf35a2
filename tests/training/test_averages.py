"""Moving statistics and averaged weights: how long they need, and what a short run does."""

import keras
import numpy as np
import pytest
from toys import classifier, points

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.training.averages import (
    set_batch_norm_momentum,
    unsettled_statistics,
    unsettled_weights,
)
from pipelines import tabular


def normalized(momentum, steps):
    """A net with batch normalization far from mean 0 and variance 1, trained for so many steps."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    x = keras.layers.Dense(8)(inputs)
    x = keras.Sequential([keras.layers.BatchNormalization()])(x)  # nested
    model = keras.Model(inputs, keras.layers.Dense(3)(x))
    set_batch_norm_momentum(model, momentum)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.01), loss)
    x, y = points()
    x = 30 + 5 * x
    for step in range(steps):
        rows = slice(32 * (step % 3), 32 * (step % 3) + 32)
        model.train_on_batch(x[rows], y[rows])
    return [float(loss(y, model(x, training=mode))) for mode in (False, True)]


def test_after_a_short_run_moving_statistics_score_as_those_of_the_batch_do():
    evaluated, of_batches = normalized(0.9, 45)
    assert evaluated == pytest.approx(of_batches, rel=0.02)


def test_the_momentum_of_keras_lags_in_the_same_run():
    evaluated, of_batches = normalized(0.99, 45)
    assert evaluated > 1.2 * of_batches


@pytest.mark.parametrize(
    ("momentum", "steps", "said"),
    [
        (0.9, 10, "35% what they began with after 10 steps at momentum 0.9"),
        (0.99, 100, "37% what they began with after 100 steps at momentum 0.99"),
        (0.9, 29, None),  # 0.9^28 is 0.052, 0.9^29 is 0.047
    ],
)
def test_statistics_that_a_run_leaves_half_made_are_told(momentum, steps, said):
    model = classifier(norm=True)
    set_batch_norm_momentum(model, momentum)
    message = unsettled_statistics(model, steps)
    assert (said in message) if said else message is None


def test_the_momentum_that_is_proposed_settles():
    model = classifier(norm=True)
    message = unsettled_statistics(model, 10)
    assert "; 0.74 or less" in message  # 0.74^10 is 0.049, 0.75^10 is 0.056
    set_batch_norm_momentum(model, 0.74)
    assert unsettled_statistics(model, 10) is None


def test_frozen_statistics_need_no_steps():
    model = classifier(norm=True)
    for layer in model.layers:
        layer.trainable = False
    assert unsettled_statistics(model, 1) is None


def test_averages_of_weights_that_keep_the_first_step_are_told():
    optimizer = keras.optimizers.SGD(use_ema=True, ema_momentum=0.9)
    assert "35% the weights of the first step after 10 steps" in unsettled_weights(optimizer, 10)
    assert unsettled_weights(optimizer, 29) is None
    assert unsettled_weights(keras.optimizers.SGD(), 1) is None
    scaled = keras.optimizers.LossScaleOptimizer(optimizer)
    assert unsettled_weights(scaled, 10) == unsettled_weights(optimizer, 10)


RECIPE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "split": {"train": 0.8, "dev": 0.2}},
    "model": {"type": "mlp", "hidden": [4], "batch_norm": True},
    "training": {"epochs": 2},
}


def test_a_recipe_sets_the_momentum_of_every_normalization():
    recipe = RECIPE | {"regularization": {"batch_norm_momentum": 0.5}}
    model = experiment.plan(tabular.pipeline, recipe).learner.model
    layers = [one for one in model.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert [layer.momentum for layer in layers] == [0.5]


def test_a_plan_says_what_is_too_slow_for_so_short_a_run():
    (remark,) = experiment.plan(tabular.pipeline, RECIPE).learner.remarks
    assert remark.key == "regularization.batch_norm_momentum"
    assert "after 6 steps at momentum 0.9" in remark.text


def staged(*freeze):
    stages = [{"name": "head", "epochs": 8, "freeze": freeze}, {"name": "all", "epochs": 2}]
    return RECIPE | {"training": {"epochs": 10, "stages": stages}}


def test_statistics_move_in_the_stages_that_do_not_freeze_them():
    assert not experiment.plan(tabular.pipeline, staged("hidden_1")).learner.remarks
    (remark,) = experiment.plan(tabular.pipeline, staged("batch_norm_1")).learner.remarks
    assert "53% what they began with after 6 steps" in remark.text  # 0.9^6; ten epochs have 30


def test_statistics_that_every_stage_freezes_need_no_steps():
    stages = [{"name": "all", "epochs": 2, "freeze": ["batch*"]}]
    recipe = RECIPE | {"training": {"epochs": 2, "stages": stages}}
    assert not experiment.plan(tabular.pipeline, recipe).learner.remarks


def test_averages_of_weights_begin_anew_with_each_stage():
    averaging = {"optimizer": {"type": "SGD", "use_ema": True, "ema_momentum": 0.9}}
    remarks = experiment.plan(tabular.pipeline, staged("hidden_1") | averaging).learner.remarks
    # Of 30 steps 4 % would be left; 24 leave 8 %, 6 leave 53 %.
    for remark, (stage, left) in zip(remarks, {"head": "8%", "all": "53%"}.items(), strict=True):
        text = f"Stage {stage}: The averages of the weights will still be {left} the weights"
        assert remark.text.startswith(text)


def test_a_momentum_without_any_normalization_is_refused():
    recipe = RECIPE | {
        "model": {"type": "mlp", "hidden": [4]},
        "regularization": {"batch_norm_momentum": 0.5},
    }
    with pytest.raises(RecipeError, match="needs a model with batch normalization"):
        experiment.plan(tabular.pipeline, recipe)


def test_the_courses_lambda_and_what_became_of_it_stand_side_by_side():
    recipe = RECIPE | {
        "model": {"type": "mlp", "hidden": [4]},
        "regularization": {"l2": 0.7, "l2_form": "course"},
    }
    planned = experiment.plan(tabular.pipeline, recipe)
    count = len(planned.learner.splits.train)
    assert planned.decided()["regularization.l2"] == pytest.approx(0.7 / (2 * count))
    (remark,) = planned.learner.remarks
    assert remark.text.startswith(f"The course's λ of 0.7 is a penalty of λ / (2 · {count}) = ")
    kernels = [w for w in planned.learner.model.trainable_weights if w.name == "kernel"]
    squares = sum(float(np.sum(np.square(kernel))) for kernel in kernels)
    penalty = float(sum(planned.learner.model.losses))
    assert penalty == pytest.approx(0.7 / (2 * count) * squares, rel=1e-5)
