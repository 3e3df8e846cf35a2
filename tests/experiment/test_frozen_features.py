"""The rival on frozen features: logistic regression on what a started model's head gets."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from dlsuite import experiment
from dlsuite.data import Examples
from dlsuite.experiment import judging
from dlsuite.experiment.preparing import begun
from dlsuite.models import squeezenet
from dlsuite.models.features import features, pooled_features
from dlsuite.recipe import RecipeError, load
from dlsuite.training.weights_file import save_weights
from pipelines import image_classification

SIDE = 31
NET = {"type": "squeezenet", "width": 0.1}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Dark and bright pictures, and the weights of a small net."""
    folder = tmp_path_factory.mktemp("frozen")
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    x = rng.integers(0, 160, (40, SIDE, SIDE, 3)) + 60 * y[:, None, None, None]
    np.savez(folder / "pictures.npz", x=x.astype("uint8"), y=y)
    model = squeezenet((SIDE, SIDE, 3), 5, width=0.1)
    save_weights(model, folder / "net.weights.h5")
    return folder, model


@pytest.fixture
def plan(place, monkeypatch):
    monkeypatch.chdir(place[0])
    recipe = {
        "data": {"source": {"type": "arrays", "path": "pictures.npz"}},
        "model": NET | {"weights": "net.weights.h5"},
        "baseline": {"type": "frozen_features"},
    }
    return experiment.plan(image_classification.pipeline, recipe)


def test_it_is_logistic_regression_on_the_features_that_the_model_began_with(place, plan):
    learner, net = plan.learner, place[1]
    for weight in learner.model.weights:  # what training makes of the model is of no concern
        weight.assign(0 * weight)
    splits = learner.splits
    scores = image_classification.pipeline.baseline(
        learner.settings, splits, splits.named(), partial(begun, learner, plan.recipe)
    )

    def seen(part: Examples) -> np.ndarray:
        pictures = np.stack([part.read(row)["image"] for row in range(len(part))]) / 255
        return features(net, ["fire9"]).predict_on_batch(pictures.astype("float32"))["fire9"]

    train, test = (seen(part).mean(axis=(1, 2)) for part in (splits.train, splits.test))
    scaler = StandardScaler().fit(train)
    rival = LogisticRegression().fit(scaler.transform(train), splits.train.rows["label"])
    expected = rival.predict(scaler.transform(test)) == splits.test.rows["label"]
    np.testing.assert_array_equal(scores["test"].examples["correct"], expected)
    assert scores["train"].values["accuracy"] > 0.5


def test_weights_that_are_gone_cost_the_comparison_and_not_the_run(plan):
    scored, _, _ = judging.score_splits(plan.learner)
    kept = Path("net.weights.h5").rename("elsewhere.weights.h5")
    try:
        scores, notes = judging.rival(plan.learner, scored, plan.recipe)
    finally:
        kept.rename("net.weights.h5")
    assert scores == {}
    assert len(notes) == 1
    assert "There is no baseline: what the model began with is gone" in notes[0]


def test_features_of_maps_are_averaged_over_their_fields(place):
    net = place[1]
    x = np.random.default_rng(1).uniform(size=(2, SIDE, SIDE, 3)).astype("float32")
    maps = features(net, ["fire9"]).predict_on_batch(x)["fire9"]
    pooled = pooled_features(net).predict_on_batch(x)
    np.testing.assert_allclose(pooled, maps.mean(axis=(1, 2)), rtol=1e-5)


def test_there_are_none_without_weights_to_start_from():
    recipe = {
        "data": {"source": "digits"},
        "model": {"type": "lenet5"},
        "baseline": {"type": "frozen_features"},
    }
    with pytest.raises(RecipeError, match=r"baseline\.type: must be linear or most_frequent where"):
        load(recipe, image_classification.Settings)
