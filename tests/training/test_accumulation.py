"""Accumulated gradients: one change of the weights by the mean of several steps."""

import keras
import numpy as np
import pytest
from toys import STEPS, plain, points, stream, task

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.training import TrainingSettings, decay_weights, fit_stages
from pipelines import tabular

X, Y = points()
WINE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "batch_size": 16, "split": {"train": 0.8, "dev": 0.2}},
    "model": {"type": "mlp", "hidden": [4]},
}


def optimizer(**more):
    return keras.optimizers.SGD(0.1, momentum=0.9, global_clipnorm=0.5, **more)


def test_four_steps_of_eight_move_weights_as_one_of_thirty_two():
    apart, whole = plain(), plain()
    apart.compile(decay_weights(optimizer(gradient_accumulation_steps=4), apart, 0.2), apart.loss)
    whole.compile(decay_weights(optimizer(), whole, 0.2), whole.loss)
    start = whole.get_weights()
    for change in range(2):
        rows = slice(32 * change, 32 * change + 32)
        whole.train_on_batch(X[rows], Y[rows])
        for part in range(4):
            before = apart.get_weights()
            rows = slice(32 * change + 8 * part, 32 * change + 8 * part + 8)
            apart.train_on_batch(X[rows], Y[rows])
            moved = any((a != b).any() for a, b in zip(before, apart.get_weights(), strict=True))
            assert moved == (part == 3)  # and decay is taken then, once
    for one, other, first in zip(apart.weights, whole.weights, start, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-7)
        assert not np.array_equal(one.numpy(), first)


COSINE = {"type": "cosine", "initial": 0.1, "final": 0.01}  # 0.055 halfway


def test_a_schedule_of_a_recipe_is_halfway_with_the_training():
    accumulating = {"type": "SGD", "learning_rate": COSINE, "gradient_accumulation_steps": 4}
    recipe = WINE | {"optimizer": accumulating, "training": {"epochs": 2}}
    learner = experiment.plan(tabular.pipeline, recipe).learner
    batch = next(iter(learner.batches(0).dataset))
    rates = []
    for _ in range(2):
        for _ in range(learner.steps_per_epoch):
            learner.model.train_on_batch(*batch)
        rates.append(float(learner.model.optimizer.learning_rate))
    assert rates == pytest.approx([0.055, 0.01])


def test_a_schedule_of_a_stage_is_halfway_with_the_stage():
    stages = [{"name": "all", "epochs": 2, "learning_rate": COSINE}]
    model, rates = plain(keras.optimizers.SGD(1.0, gradient_accumulation_steps=3)), []
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: rates.append(float(model.optimizer.learning_rate))
    )
    training = TrainingSettings(epochs=2, stages=stages)
    batches = stream(X, Y, 2)
    fit_stages(task(model, training=training, batches=batches, measure=None, listeners=[seen]))
    assert int(model.optimizer.iterations) == 2 * STEPS // 3
    assert rates == pytest.approx([0.055, 0.01])


def test_steps_left_over_at_the_end_are_remarked_on():
    recipe = WINE | {
        "optimizer": {"type": "Adam", "gradient_accumulation_steps": 4},
        "training": {"epochs": 3, "steps_per_epoch": 5},
    }
    (remark,) = experiment.plan(tabular.pipeline, recipe).learner.remarks
    assert remark.text == "Weights change every 4 steps: the last 3 of 15 change nothing."


SHORT = [{"name": "head", "epochs": 1, "freeze": ["hidden_1"]}, {"name": "all", "epochs": 2}]


def test_what_each_stage_leaves_over_is_remarked_on():
    # Of 15 steps nothing is left over by 3, but the stages have 5 and 10 of their own.
    recipe = WINE | {
        "optimizer": {"type": "Adam", "gradient_accumulation_steps": 3},
        "training": {"epochs": 3, "steps_per_epoch": 5, "stages": SHORT},
    }
    remarks = experiment.plan(tabular.pipeline, recipe).learner.remarks
    assert [remark.text for remark in remarks] == [
        "Stage head: Weights change every 3 steps: the last 2 of 5 change nothing.",
        "Stage all: Weights change every 3 steps: the last 1 of 10 change nothing.",
    ]


@pytest.mark.parametrize(
    ("stages", "epochs", "where"), [([], 1, "the training"), (SHORT, 3, "stage head")]
)
def test_more_than_the_steps_of_the_training_or_a_stage_are_refused(stages, epochs, where):
    recipe = WINE | {
        "optimizer": {"type": "Adam", "gradient_accumulation_steps": 7},
        "training": {"epochs": epochs, "steps_per_epoch": 6, "stages": stages},
    }
    with pytest.raises(RecipeError, match=rf"must be at most 6, the steps of {where}"):
        experiment.plan(tabular.pipeline, recipe)


def test_averages_that_would_overwrite_within_a_change_are_refused():
    accumulating = {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 5}
    with pytest.raises(RecipeError, match=r"must be left out where gradients are accumulated"):
        experiment.plan(tabular.pipeline, WINE | {"optimizer": {"type": "SGD", **accumulating}})
