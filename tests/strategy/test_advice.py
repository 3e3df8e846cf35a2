"""Advice: its order, and the overrides that a recipe allows."""

import pytest

from dlsuite.strategy.advice import advise, beat_the_baseline

RECIPE = {
    "model": {"type": "mlp", "hidden": [128, 64]},
    "optimizer": {"type": "SGD", "learning_rate": 0.01},
    "regularization": {"l2": 0.0, "dropout": 0.1, "label_smoothing": 0.0},
    "training": {"epochs": 30, "early_stopping": {"patience": 5}, "stages": []},
}


def overrides(counting, settings):
    return [key for advice in advise(counting, [], settings, None) for key in advice.overrides]


def actions(counting, settings, stopped_early=None):
    return [advice.action for advice in advise(counting, [], settings, stopped_early)]


def test_advice_against_bias_follows_the_basic_recipe():
    assert actions(["bias"], RECIPE) == [
        "Train a bigger network",
        "Train longer",
        "Try a better optimizer or learning rate",
        "Weaken regularization",
    ]
    assert overrides(["bias"], RECIPE) == [
        "model.hidden=[256,128]",
        "training.epochs=60",
        "optimizer.momentum=0.9",
        "regularization.dropout=0",
    ]


def test_a_run_that_stopped_early_is_not_told_to_train_longer():
    stopped = actions(["bias"], RECIPE, stopped_early=True)
    assert "Train longer" not in stopped
    assert stopped[-1] == "Loosen early stopping"
    (last,) = advise(["bias"], [], RECIPE, True)[-1].overrides
    assert last == "training.early_stopping.patience=10"
    assert advise(["bias"], [], None, True)[-1].overrides == ()
    assert "Stop early" not in actions(["variance"], None, stopped_early=True)


def test_a_run_of_all_its_epochs_is_not_told_to_loosen_early_stopping():
    whole = actions(["bias"], RECIPE, stopped_early=False)
    assert "Train longer" in whole
    assert "Loosen early stopping" not in whole


@pytest.mark.parametrize(("clearly", "word"), [(True, "better"), (False, "as good")])
def test_a_baseline_is_called_better_only_where_it_clearly_is(clearly, word):
    advice = beat_the_baseline("logistic regression", clearly=clearly)
    assert advice.action == f"Find out why logistic regression is {word}"


def test_advice_against_variance_follows_the_basic_recipe():
    assert actions(["variance"], None) == [
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
    advice = advise(["bias", "variance"], [], RECIPE, None)
    gaps = [item.gap for item in advice]
    assert gaps == sorted(gaps)  # "bias" < "variance"
    assert "Weaken regularization" not in [item.action for item in advice]


def test_early_stopping_is_named_as_a_control_of_two_things():
    without = {"training": {"early_stopping": None}}
    last = advise(["variance"], [], without, None)[-1]
    assert "couples two concerns" in last.why
    assert last.overrides == ("training.early_stopping.patience=5",)
    assert "couples two concerns" in advise(["bias"], [], RECIPE, True)[-1].why


def test_an_unknown_recipe_gets_no_overrides():
    assert overrides(["bias", "variance"], None) == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"regularization": {"dropout": 0.3}}, ["regularization.dropout=0.5"]),
        ({"regularization": {"dropout": 0.5}}, []),
        ({"regularization": {"dropout": None}}, ["regularization.dropout=0.3"]),
        ({"regularization": {"dropout": None, "keep_prob": 0.8}}, ["regularization.keep_prob=0.7"]),
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
    (advice,) = advise([], [], RECIPE, None)
    assert advice.gap == "none"
    assert "error analysis" in advice.why
