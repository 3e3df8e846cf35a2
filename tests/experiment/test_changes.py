"""Which keys may change while a run goes on."""

from fnmatch import fnmatchcase

import pytest

from dlsuite.experiment.changes import HARMLESS, changes
from dlsuite.recipe import flatten, load
from pipelines import image_classification, tabular

WINE = {
    "pipeline": "tabular",
    "data": {"source": "wine", "batch_size": 32},
    "model": {"type": "mlp", "hidden": [8]},
    "training": {"epochs": 4, "early_stopping": {"patience": 9}},
    "baseline": None,
}


@pytest.mark.parametrize(
    ("before", "now", "harm"),
    [
        ({}, {"training.epochs": 9}, None),
        ({}, {"training.epochs": 2}, "it may only be raised"),
        (
            {"optimizer": {"type": "Adam", "learning_rate": {"type": "cosine", "initial": 0.1}}},
            {"training.epochs": 9},
            "cosine computes every rate of the run from it",
        ),
        ({"evaluation.folds": 3}, {"training.epochs": 9}, "folds that have finished"),
        ({}, {"training.early_stopping.patience": 20}, None),
        ({}, {"training.early_stopping.min_delta": 0.1}, "it decides on what is learned"),
        ({}, {"training.measure_every": 2}, "training.early_stopping has decided"),
        ({"training.early_stopping": None}, {"training.measure_every": 2}, None),
        ({}, {"training.checkpoint": None}, None),
        ({}, {"evaluation.optimize": "balanced_accuracy"}, "training.early_stopping has decided"),
        ({}, {"evaluation.gap_threshold": 0.5}, None),
        ({}, {"expect": {"test.accuracy": {"at_least": 0.5}}}, None),
        ({}, {"runtime.threads": 1}, None),
        ({}, {"runtime.precision": "mixed_bfloat16"}, "it decides on what is learned"),
        ({}, {"data.cache": "memory"}, None),
        ({}, {"data.batch_size": 64}, "it decides on what is learned"),
        ({}, {"training.seed": 1}, "it decides on what is learned"),
    ],
)
def test_what_may_change_is_what_cannot_touch_what_was_learned(before, now, harm):
    first = load(WINE, tabular.Settings, before)
    found = changes(first.resolved, load(first.document, tabular.Settings, now))
    assert found
    for change in found:
        assert bool(change.harmless) != bool(change.harm)
        assert (change.harm or "").startswith(harm or "")
        assert (harm is None) == (change.harm is None)


def test_every_rule_is_about_a_key_that_there_is():
    pipeline = image_classification.pipeline
    recipe = load("digits_lenet5", pipeline.settings, shipped=pipeline.shipped)
    more = {
        "training.checkpoint": None,
        "evaluation.satisfy": {"p95_latency_ms": {"at_most": 9}},
        "evaluation.reference_error": {"value": 0.1, "source": "people"},
    }
    other = load(recipe.document, pipeline.settings, more)
    keys = {*flatten(recipe.resolved), *flatten(other.resolved)}
    for rule in HARMLESS:
        assert any(fnmatchcase(key, rule.keys) for key in keys), rule.keys
