"""Which way a metric is better."""

import pytest

from dlsuite.metrics import higher_is_better


@pytest.mark.parametrize(
    "name", ["accuracy", "dev.f1_macro", "test.map_50", "r2", "train_dev.balanced_accuracy", "bleu"]
)
def test_scores_of_success_are_better_when_high(name):
    assert higher_is_better(name)


@pytest.mark.parametrize(
    "name", ["loss", "dev.loss", "rmse", "p95_latency_ms", "size_mb", "parameters", "test.mae"]
)
def test_errors_and_costs_are_better_when_low(name):
    assert not higher_is_better(name)


@pytest.mark.parametrize("name", ["dev.sharpness", "accuracy_loss", ""])
def test_a_name_that_does_not_tell_its_direction_is_refused(name):
    with pytest.raises(ValueError, match=r"better when high \(accuracy .*Received: metric_name="):
        higher_is_better(name)


def test_a_word_inside_another_does_not_count():
    with pytest.raises(ValueError):
        higher_is_better("mapping")
