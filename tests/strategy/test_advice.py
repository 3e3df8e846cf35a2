"""Advice: its order, and the overrides that a recipe allows."""

import pytest

from dlsuite.strategy.advice import advise

RECIPE = {
    "model": {"type": "mlp", "hidden": [128, 64]},
    "optimizer": {"type": "SGD", "learning_rate": 0.01},
    "regularization": {"l2": 0.0, "dropout": 0.1, "label_smoothing": 0.0},
    "training": {"epochs": 30, "early_stopping": {"patience": 5}, "stages": []},
}


def overrides(counting, settings):
    return [key for advice in advise(counting, [], settings) for key in advice.overrides]


def test_advice_against_bias_follows_the_basic_recipe():
    actions = [advice.action for advice in advise(["bias"], [], RECIPE)]
    assert actions == [
        "Train a bigger network",
        "Train longer",
        "Try a better optimizer or learning rate",
        "Weaken regularization",
        "Loosen early stopping",
    ]
    assert overrides(["bias"], RECIPE) == [
        "model.hidden=[256,128]",
        "training.epochs=60",
        "optimizer.momentum=0.9",
        "regularization.dropout=0",
        "training.early_stopping.patience=10",
    ]


def test_advice_against_variance_follows_the_basic_recipe():
    actions = [advice.action for advice in advise(["variance"], [], None)]
    assert actions == [
        "Get more training data",
        "Regularize with dropout",
        "Regularize with L2 weight decay",
        "Augment the training data",
        "Try another architecture",
        "Stop early",
    ]
    assert overrides(["variance"], RECIPE) == [
        "regularization.dropout=0.3",
        "regularization.l2=0.0001",
    ]


def test_bias_comes_before_variance_and_regularization_is_not_pulled_both_ways():
    advice = advise(["bias", "variance"], [], RECIPE)
    gaps = [item.gap for item in advice]
    assert gaps == sorted(gaps)  # "bias" < "variance"
    assert "Weaken regularization" not in [item.action for item in advice]


def test_early_stopping_is_named_as_a_control_of_two_things():
    without = {"training": {"early_stopping": None}}
    last = advise(["variance"], [], without)[-1]
    assert "couples two concerns" in last.why
    assert last.overrides == ("training.early_stopping.patience=5",)
    assert "couples two concerns" in advise(["bias"], [], RECIPE)[-1].why


def test_an_unknown_recipe_gets_no_overrides():
    assert overrides(["bias", "variance"], None) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"regularization": {"dropout": 0.3}}, ["regularization.dropout=0.5"]),
        ({"regularization": {"dropout": 0.5}}, []),
        ({"regularization": {"l2": 0.0001}}, ["regularization.l2=0.001"]),
        ({"regularization": {"l2": 0.005}}, ["regularization.l2=0.01"]),
        ({"regularization": {"l2": 0.01}}, []),
    ],
)
def test_regularization_grows_in_steps_up_to_a_limit(settings, expected):
    settings = {**settings, "training": {"early_stopping": {"patience": 3}}}
    assert overrides(["variance"], settings) == expected


def test_stages_keep_their_own_epochs():
    assert overrides(["bias"], {"training": {"epochs": 5, "stages": [{"epochs": 2}]}}) == []


def test_momentum_is_offered_to_bare_sgd_alone():
    assert overrides(["bias"], {"optimizer": {"type": "SGD", "momentum": 0.5}}) == []
    assert overrides(["bias"], {"optimizer": {"type": "Adam"}}) == []


def test_no_gap_leaves_error_analysis():
    (advice,) = advise([], [], RECIPE)
    assert advice.gap == "none"
    assert "error analysis" in advice.why
