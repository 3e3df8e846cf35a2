"""Advice: its order, and the overrides that a recipe allows."""

import pytest

from dlsuite.strategy.advice import advise, beat_the_baseline
from dlsuite.strategy.networks import Facts

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
        "Regularize with L2 weight decay",
        "Regularize with dropout",
        "Augment the training data",
        "Try another architecture",
        "Stop early",
    ]
    assert overrides(["variance"], RECIPE) == [
        "regularization.l2=0.0001",
        "regularization.dropout=0.3",
        "regularization.label_smoothing=0.1",
        "model.batch_norm=true",
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


def test_of_stages_the_last_is_prolonged():
    training = {"epochs": 5, "stages": [{"epochs": 3}, {"epochs": 2}]}
    assert overrides(["bias"], {"training": training}) == [
        "training.stages.1.epochs=4",
        "training.epochs=7",
    ]


def test_momentum_is_offered_to_bare_sgd_alone():
    assert overrides(["bias"], {"optimizer": {"type": "SGD", "momentum": 0.5}}) == []
    assert overrides(["bias"], {"optimizer": {"type": "Adam"}}) == []


def test_no_gap_leaves_error_analysis_and_the_target_itself():
    errors, target = advise([], [], RECIPE, None)
    assert errors.gap == target.gap == "none"
    assert "error analysis" in errors.why
    assert target.action.startswith("Change the metric or the dev set")


def test_what_moves_two_gaps_says_so():
    coupled = {
        item.action: item.also
        for item in (
            *advise(["bias"], [], RECIPE, True),
            *advise(["variance"], [], {"training": {}}, None),
        )
        if item.also
    }
    assert coupled == {
        "Weaken regularization": ("variance",),
        "Loosen early stopping": ("variance",),
        "Try another architecture": ("bias",),
        "Stop early": ("bias",),
    }


FULL = {
    "pipeline": "image_classification",
    "model": {"type": "vgg", "depth": 19, "width": 1.0},
    "data": {"augment": [{"type": name} for name in ("RandomFlip", "RandomErasing", "MixUp")]},
    "optimizer": {"type": "Adam", "learning_rate": {"type": "warmup_cosine", "peak": 0.001}},
    "regularization": {"l2": 0.01, "dropout": None, "label_smoothing": 0.1},
    "training": {"epochs": 30, "early_stopping": {"patience": 5}},
}


def test_controls_at_their_limit_are_left_out():
    # VGG drops a half by itself.
    assert actions(["variance"], FULL) == ["Get more training data", "Try another architecture"]


def test_a_network_that_would_not_fit_into_memory_is_left_out():
    bigger = "Train a bigger network"
    for room, offered in ((None, True), (8.0, True), (1.5, False)):
        found = advise(["bias"], [], RECIPE, None, facts=Facts(room=room))
        assert (bigger in [item.action for item in found]) == offered


@pytest.mark.parametrize(
    ("model", "override"),
    [
        ({"type": "mlp", "hidden": []}, ["model.hidden=[128,64]"]),
        ({"type": "vgg", "depth": 11, "width": 1.0}, ["model.depth=13"]),
        ({"type": "resnet", "depth": 18, "width": 1.0}, ["model.depth=34"]),
        ({"type": "cifar_resnet", "depth": 20, "width": 1.0}, ["model.depth=32"]),
        ({"type": "cifar_resnet", "depth": 20, "width": 0.5}, ["model.width=1"]),
        ({"type": "vgg", "depth": 19, "width": 1.0}, ["model.width=2"]),
        ({"type": "googlenet", "width": 1.0}, ["model.width=2"]),
        ({"type": "squeezenet", "width": 1.0}, ["model.width=2"]),
        ({"type": "alexnet", "width": 0.25}, ["model.width=0.5"]),
        ({"type": "lenet5", "variant": "modern"}, ["model={type: cifar_resnet, depth: 20}"]),
        ({"type": "keras_hub", "preset": "resnet_18_imagenet"}, []),
        ({"type": "resnet", "depth": 18, "weights": "imagenet"}, []),
        ({"type": "mine:net"}, []),
    ],
)
def test_every_network_has_its_next_size(model, override):
    (first, *_) = advise(["bias"], [], {"model": model}, None)
    assert list(first.overrides) == override


@pytest.mark.parametrize(
    ("facts", "mirrored"),
    [
        (Facts(channels=3, class_names=("cat", "dog")), True),
        (Facts(channels=1, class_names=("cat", "dog")), False),
        (Facts(channels=3, class_names=("0", "1")), False),
        (Facts(channels=3, class_names=("a", "b")), False),
        (Facts(channels=3, class_names=("turn left", "turn right")), False),
        (Facts(), False),
    ],
)
def test_pictures_are_mirrored_only_where_a_mirror_keeps_their_class(facts, mirrored):
    settings = {**FULL, "data": {"augment": []}}
    keys = [key for item in advise(["variance"], [], settings, None, facts=facts) for key in
            item.overrides]  # fmt: skip
    (augment,) = [key for key in keys if key.startswith("data.augment")]
    assert "RandomTranslation" in augment
    assert ("RandomFlip" in augment) == mirrored


def test_numbers_have_no_labels_to_smooth_and_tables_no_pictures_to_change():
    settings = {**RECIPE, "pipeline": "tabular"}
    found = advise(["variance"], [], settings, None, facts=Facts(classes=False))
    assert "Smooth the labels" not in [item.action for item in found]
    assert "Augment the training data" not in [item.action for item in found]


def test_dev_and_test_that_differ_are_mended_first():
    found = advise(["dev overfitting"], [], RECIPE, None, unlike=True)
    assert [item.action for item in found] == ["Draw dev and test anew from one distribution"]


def test_a_larger_dev_set_is_taken_from_train():
    settings = {"data": {"split": {"train": 0.8, "dev": 0.1, "test": 0.1}}}
    assert overrides(["dev overfitting"], settings) == [
        "data.split.train=0.7",
        "data.split.dev=0.2",
    ]
    half = {"data": {"split": {"train": 0.6, "dev": 0.2, "test": 0.2}}}
    assert overrides(["dev overfitting"], half) == []
    assert overrides(["dev overfitting"], {"data": {"split": "auto"}}) == []


def test_noise_is_measured_away_in_folds():
    settings = {"data": {"split": "auto"}, "evaluation": {"folds": None}}
    (more,) = advise([], ["variance"], settings, None)
    assert more.overrides == ("evaluation.folds=5",)
    late = {**settings, "data": {"split": {"by": "time"}}}
    assert advise([], ["variance"], late, None)[0].overrides == ()


def test_noise_of_several_gaps_is_measured_away_at_once():
    settings = {"data": {"split": "auto"}, "evaluation": {"folds": None}}
    bias, held_out = advise([], ["bias", "variance", "dev overfitting"], settings, None)
    assert (bias.gap, bias.overrides) == ("bias", ())  # folds hold out no more of train
    assert (held_out.gap, held_out.overrides) == ("variance", ("evaluation.folds=5",))
    assert held_out.why.startswith("the gaps variance and dev overfitting are past the threshold")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"regularization": {"weight_decay": 0.02}}, "regularization.weight_decay=0.06"),
        ({"optimizer": {"weight_decay": 0.05}}, "optimizer.weight_decay=0.1"),
        ({"regularization": {"l2": 0.0, "l2_form": "course"}}, "regularization.l2=1"),
        ({"regularization": {"l2": 0.7, "l2_form": "course"}}, "regularization.l2=7"),
    ],
)  # fmt: skip
def test_the_decay_that_a_recipe_has_is_the_one_that_grows(settings, expected):
    settings = {**settings, "training": {"early_stopping": {"patience": 3}}}
    assert overrides(["variance"], settings)[0] == expected


def test_everything_that_holds_train_back_is_let_go_together():
    regularization = {"keep_prob": 0.8, "l2": 0.1, "weight_decay": 0.1, "label_smoothing": 0.1}
    settings = {"regularization": regularization, "optimizer": {"weight_decay": 0.1}}
    assert advise(["bias"], [], settings, None)[-1].overrides == (
        "regularization.keep_prob=1",
        "regularization.l2=0",
        "regularization.weight_decay=0",
        "regularization.label_smoothing=0",
        "optimizer.weight_decay=0",
    )
    # What a model drops by itself is named, to be switched off.
    vgg = {"model": {"type": "vgg"}, "regularization": {"dropout": None}}
    assert "regularization.dropout=0" in overrides(["bias"], vgg)


def test_a_constant_rate_is_offered_a_schedule():
    settings = {"optimizer": {"type": "Adam", "learning_rate": 0.003}}
    (rate,) = overrides(["bias"], settings)
    assert rate == "optimizer.learning_rate={type: warmup_cosine, peak: 0.003, warmup_epochs: 1}"
    plateau = {**settings, "training": {"reduce_on_plateau": {"patience": 6}}}
    assert overrides(["bias"], plateau) == []
    assert overrides(["variance"], plateau) == ["training.early_stopping.patience=8"]


@pytest.mark.parametrize(
    ("part", "override"),
    [(0.02, ("data.train_fraction=0.04",)), (0.7, ("data.train_fraction=1",)), (1.0, ())],
)
def test_more_data_is_taken_where_a_recipe_leaves_some_out(part, override):
    first = advise(["variance"], [], {"data": {"train_fraction": part}}, None)[0]
    assert first.action == "Get more training data"
    assert first.overrides == override
