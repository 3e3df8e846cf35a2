"""The error of a split: regressions on the scale of their variance, and tables without an error."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy import ReferenceLevel, supervised

RIGHT = pd.DataFrame({"correct": [True, False]})
CONSTANT = pd.DataFrame({"loss": [1.0, 1.0], "target": [3.0, 3.0]})
MEASURED = pd.DataFrame({"loss": [1.0, 2.0], "target": [0.0, 1.0]})


def regressed(error, count=2000, *, noise_seed=0, keys="k"):
    """A table whose 1 - R² is `error` exactly: residuals as large as that share of the variance."""
    targets = np.random.default_rng(0).normal(100, 5, size=count)
    losses = np.random.default_rng(noise_seed).exponential(size=count)
    losses *= error * targets.var() / losses.mean()
    return pd.DataFrame(
        {"key": [f"{keys}{number}" for number in range(count)], "loss": losses, "target": targets}
    )


@pytest.mark.parametrize(
    ("train", "dev", "verdict"),
    [
        (0.15, 0.16, "bias"),
        (0.01, 0.11, "variance"),
        (0.15, 0.30, "bias and variance"),
        (0.005, 0.01, "none"),
    ],
)
def test_the_cases_of_the_course_as_shares_of_variance(train, dev, verdict):
    diagnosis = supervised({"train": regressed(train), "dev": regressed(dev, noise_seed=1)})
    assert diagnosis.verdict == verdict
    assert diagnosis.errors == pytest.approx({"train": train, "dev": dev})
    assert diagnosis.scale.meaning == "squared error / variance of train's targets"


def test_pairing_works_for_regressions():
    tables = {"train": regressed(0.4, 300), "dev": regressed(0.4, 300)}
    slightly_worse = tables["dev"].assign(loss=tables["dev"]["loss"] * 1.05)
    assert supervised(tables, baseline={"dev": slightly_worse}).findings == ()
    unlike = regressed(0.42, 300, noise_seed=1)
    assert "not clearly better" in supervised(tables, baseline={"dev": unlike}).findings[0]
    worse_net = supervised(tables, baseline={"dev": regressed(0.3, 300)})
    assert worse_net.findings == (
        "The net does not beat the baseline: error on dev 0.400 against 0.300.",
    )


def test_without_a_level_or_a_baseline_the_noise_of_a_regression_is_not_known():
    diagnosis = supervised({"train": regressed(0.15), "dev": regressed(0.16)})
    assert diagnosis.sentence.startswith(
        "How much of the train error is noise is not known, and if it is none the net does not fit "
        "its training examples (0.150, reference 0.000, none given): avoidable bias 0.150"
    )
    assert "how much of the train error is noise is not known" in diagnosis.reference.source


def test_what_a_baseline_reaches_on_train_is_no_avoidable_bias():
    tables = {"train": regressed(0.49), "dev": regressed(0.50)}
    rivals = {"train": regressed(0.48), "dev": regressed(0.55)}
    diagnosis = supervised(tables, baseline=rivals, baseline_name="linear regression")
    assert diagnosis.verdict == "none"
    assert diagnosis.reference[:2] == (pytest.approx(0.48), "the train error of linear regression")
    assert diagnosis.gaps["bias"].value == pytest.approx(0.01)
    assert diagnosis.findings == ()


def test_a_net_that_fits_train_worse_than_its_baseline_has_bias():
    tables = {"train": regressed(0.58), "dev": regressed(0.60)}
    rivals = {"train": regressed(0.48), "dev": regressed(0.65)}
    diagnosis = supervised(tables, baseline=rivals, baseline_name="linear regression")
    assert diagnosis.verdict == "bias"
    assert "(0.580, reference 0.480, the train error of linear regression)" in diagnosis.sentence


def test_a_net_that_fits_train_better_than_its_baseline_has_none():
    tables = {"train": regressed(0.3), "dev": regressed(0.31)}
    diagnosis = supervised(tables, baseline={"train": regressed(0.48)})
    assert diagnosis.verdict == "none"
    assert diagnosis.gaps["bias"].value == pytest.approx(-0.18)


def test_the_mean_says_nothing_of_what_is_reachable():
    tables = {"train": regressed(0.3), "dev": regressed(0.31)}
    diagnosis = supervised(tables, baseline={"train": regressed(1.0)})
    assert diagnosis.reference.value == 0
    assert diagnosis.verdict == "bias"


def test_a_given_level_comes_before_the_baseline():
    tables = {"train": regressed(0.49), "dev": regressed(0.50)}
    level = ReferenceLevel(value=0.4, source="two experts")
    diagnosis = supervised(tables, level, baseline={"train": regressed(0.48)})
    assert diagnosis.reference[:2] == (0.4, "two experts")
    assert diagnosis.verdict == "bias"


def test_every_split_is_measured_in_the_variance_of_trains_targets():
    # Targets 0 and 2: variance 1.
    train = pd.DataFrame({"loss": [0.1, 0.3], "target": [0.0, 2.0]})
    wide = pd.DataFrame({"loss": [0.4, 0.6], "target": [0.0, 200.0]})
    constant = pd.DataFrame({"loss": [0.4, 0.8], "target": [7.0, 7.0]})
    diagnosis = supervised({"train": train, "dev": wide, "test": constant})
    assert diagnosis.errors == pytest.approx({"train": 0.2, "dev": 0.5, "test": 0.6})
    assert "squared error / variance of train's targets" in diagnosis.text()


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"train": 0.1}, r"must hold train and dev.* Received: \['train'\]"),
        ({"train": 0.1, "dev": 0.1, "holdout": 0.1}, "holdout"),
        ({"train": 0.1, "dev": -0.1}, "finite and at least 0. Received: -0.1"),
        ({"train": 0.1, "dev": float("nan")}, "Received: nan"),
        ({"train": 0.1, "dev": RIGHT[:0]}, "empty table"),
        ({"train": 0.1, "dev": pd.DataFrame({"loss": [1.0]})}, r"Received: columns \['loss'\]"),
        ({"train": CONSTANT, "dev": MEASURED}, "targets of train must differ. Received: 3 through"),
        ({"train": 0.1, "dev": MEASURED}, "Train must be a table .* the plain error 0.1"),
        ({"train": MEASURED, "dev": RIGHT}, "must be of one task"),
    ],
)
def test_tables_without_an_error_are_refused(tables, message):
    with pytest.raises(ValueError, match=message):
        supervised(tables)
