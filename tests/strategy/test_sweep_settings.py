"""What a sweep's settings take, and what they refuse in words."""

import pytest
from pydantic import ValidationError

from dlsuite.strategy.sweep_settings import Range, SweepSettings

RATE = {"optimizer.learning_rate": {"low": 1e-4, "high": 0.1, "scale": "log"}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a range is `low` and `high`, or `choices`"),
        ({"low": 1}, "must be given"),
        ({"low": 2, "high": 2}, "must be above `low`, 2"),
        ({"low": 0.0, "high": 1, "scale": "log"}, "must be above 0 where `scale` is log"),
        ({"low": 1, "high": 9, "scale": "log", "step": 2}, "must be left out where `scale`"),
        ({"low": 0, "high": 0.5, "step": 0.2}, "must divide `high` - `low`, 0.5"),
        ({"low": 0, "high": 1, "step": 2}, "must divide"),
        ({"low": 0.5, "high": 2, "kind": "int"}, "must be a whole number where `kind` is int"),
        ({"choices": [1, 2], "low": 1}, "must be left out beside `choices`"),
        ({"choices": [1, 2], "scale": "log"}, "must be left out beside `choices`"),
        ({"choices": [[32], [64], [32]]}, "must differ from the others"),
        ({"choices": []}, "at least 1"),
    ],
)
def test_a_range_that_is_none_is_refused(given, said):
    with pytest.raises(ValidationError, match=r"[^$]*") as refused:
        Range.model_validate(given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"low": 1e-4, "high": 0.1, "scale": "log"},
        {"low": 0.0, "high": 0.5, "step": 0.1},  # which is no whole number of steps in binary
        {"low": 0, "high": 0.3, "step": 0.1},
        {"low": 16, "high": 256, "scale": "log", "kind": "int"},
        {"choices": [[32], [64, 64], {"type": "mlp"}, None, True, 1]},
    ],
)
def test_a_range_is_taken(given):
    assert Range.model_validate(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"optimize": "test.accuracy"}, "must be a metric of dev, such as dev.accuracy"),
        ({"optimize": "train.loss"}, "test is scored once, for what was chosen"),
        ({"confirm_seeds": 1}, "one seed has no spread"),
        ({"sampler": "grid"}, "must have a `step` or `choices` where `sampler` is grid"),
        ({"search": {}}, "at least 1"),
        ({"sampler": "bayes"}, "tpe"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(given, said):
    with pytest.raises(ValidationError) as refused:
        SweepSettings.model_validate({"search": RATE, **given})
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["accuracy", "dev.accuracy"])
def test_dev_is_what_a_metric_is_of(name):
    assert SweepSettings.model_validate({"search": RATE, "optimize": name}).optimize == name
