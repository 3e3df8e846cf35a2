"""Verdicts on simulated learners whose true errors are planted: right in 19 of 20 seeds or more."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy import HumanLevel, supervised

SEEDS = range(20)
SIZES = {"train": 10_000, "train_dev": 2_000, "dev": 2_000, "test": 2_000}
REACHABLE = HumanLevel(value=0.02, source="planted")

# Regime -> true errors of train, train-dev (or none), dev, test; and the verdict.
REGIMES = {
    "bias": ((0.12, None, 0.125, 0.125), "bias"),
    "variance": ((0.02, None, 0.09, 0.09), "variance"),
    "both": ((0.12, None, 0.22, 0.22), "bias and variance"),
    "mismatch": ((0.02, 0.025, 0.10, 0.10), "mismatch"),
    "dev overfitting": ((0.02, None, 0.025, 0.09), "dev overfitting"),
    "variance beside a train-dev": ((0.02, 0.09, 0.095, 0.095), "variance"),
    "none": ((0.02, None, 0.025, 0.025), "none"),
    "none beside a train-dev": ((0.02, 0.02, 0.02, 0.02), "none"),
}


def drawn(rates, seed, sizes=SIZES):
    """Tables of a learner that errs on each example of a split with that chance."""
    generator = np.random.default_rng(seed)
    rates = dict(zip(("train", "train_dev", "dev", "test"), rates, strict=True))
    return {
        split: pd.DataFrame({"correct": generator.random(sizes[split]) >= rate})
        for split, rate in rates.items()
        if rate is not None
    }


def share_of(verdict, rates, **how):
    verdicts = [supervised(drawn(rates, seed), human=REACHABLE, **how).verdict for seed in SEEDS]
    return np.mean([found == verdict for found in verdicts])


@pytest.mark.parametrize("regime", REGIMES)
def test_planted_regimes_get_the_right_verdict(regime):
    rates, verdict = REGIMES[regime]
    assert share_of(verdict, rates) >= 0.95


def test_a_difference_that_is_none_is_rarely_called_a_problem_in_small_samples():
    sizes = {"train": 100, "dev": 40, "test": 40}
    known = HumanLevel(value=0.05, source="planted")
    verdicts = [
        supervised(drawn((0.05, None, 0.05, 0.05), seed, sizes), human=known).verdict
        for seed in range(150)
    ]
    # Three gaps, each above 0 by accident in 2.5 of 100.
    assert np.mean([verdict != "none" for verdict in verdicts]) <= 0.075 + 0.02


def regressed(level, size, seed):
    generator = np.random.default_rng(seed)
    targets = generator.normal(size=size)
    noise = generator.normal(size=size) * level**0.5
    return pd.DataFrame({"loss": noise**2, "target": targets})


@pytest.mark.parametrize(
    ("levels", "verdict"),
    [
        ((0.30, 0.31), "bias"),
        ((0.05, 0.20), "variance"),
        ((0.30, 0.60), "bias and variance"),
        ((0.05, 0.055), "none"),
    ],
)
def test_planted_regimes_of_regressions_get_the_right_verdict(levels, verdict):
    noise = HumanLevel(value=0.05, source="planted")
    found = [
        supervised(
            {
                "train": regressed(levels[0], 1_000, 2 * seed),
                "dev": regressed(levels[1], 500, 2 * seed + 1),
            },
            human=noise,
            threshold=0.05,
        ).verdict
        for seed in SEEDS
    ]
    assert np.mean([each == verdict for each in found]) >= 0.95


@pytest.mark.parametrize("trials", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_intervals_of_errors_and_gaps_hold_the_planted_truth(trials):
    rates = (0.02, None, 0.09, 0.09)
    truth = {"bias": 0.0, "variance": 0.07, "dev overfitting": 0.0}
    held = {name: [] for name in (*truth, "train", "dev")}
    sizes = {"train": 500, "dev": 150, "test": 150}
    for seed in range(trials):
        found = supervised(drawn(rates, seed, sizes), human=REACHABLE)
        for name, value in truth.items():
            low, high = found.gaps[name].interval
            held[name].append(low - 1e-12 <= value <= high + 1e-12)
        for split, value in (("train", 0.02), ("dev", 0.09)):
            low, high = found.intervals[split]
            held[split].append(low - 1e-12 <= value <= high + 1e-12)
    # Three standard deviations below 95 %.
    assert all(np.mean(each) >= 0.95 - 3 * (0.95 * 0.05 / trials) ** 0.5 for each in held.values())
