"""The error of a split: regressions on the scale of their variance, and tables without an error."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy import supervised

RIGHT = pd.DataFrame({"correct": [True, False]})
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
    assert diagnosis.scale.meaning == "1 - R²"


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


def test_a_bootstrap_sample_of_one_target_does_not_break_a_tiny_split():
    gap = supervised({"train": MEASURED, "dev": MEASURED}).gaps["variance"]
    assert np.isfinite(gap.interval).all()
    assert not gap.counts


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"train": 0.1}, r"must hold train and dev.* Received: \['train'\]"),
        ({"train": 0.1, "dev": 0.1, "holdout": 0.1}, "holdout"),
        ({"train": 0.1, "dev": -0.1}, "finite and at least 0. Received: -0.1"),
        ({"train": 0.1, "dev": float("nan")}, "Received: nan"),
        ({"train": 0.1, "dev": RIGHT[:0]}, "empty table"),
        ({"train": 0.1, "dev": pd.DataFrame({"loss": [1.0]})}, r"Received: columns \['loss'\]"),
        ({"train": 0.1, "dev": pd.DataFrame({"loss": [1, 1], "target": [3, 3]})}, "must differ"),
        ({"train": MEASURED, "dev": RIGHT}, "must be of one task"),
    ],
)
def test_tables_without_an_error_are_refused(tables, message):
    with pytest.raises(ValueError, match=message):
        supervised(tables)
