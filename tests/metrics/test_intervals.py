"""Bootstrap intervals: coverage, brute force, seeds, cost."""

import time
import tracemalloc

import numpy as np
import pytest

from dlsuite.metrics import (
    Interval,
    difference_interval,
    mean_interval,
    paired_interval,
    resampled_means,
)

TRIALS = 300
# 95 % of 300 trials, give or take three standard deviations, and a little under-coverage of the
# percentile interval at this sample size.
ENOUGH, TOO_MANY = 0.90, 0.985


def coverage(interval_of, truth):
    generator = np.random.default_rng(0)
    held = [not interval_of(generator, trial).excludes(truth) for trial in range(TRIALS)]
    return np.mean(held)


def test_the_mean_of_booleans_is_held_at_the_nominal_rate():
    rate = coverage(lambda g, seed: mean_interval(g.random(400) < 0.2, seed=seed), 0.2)
    assert ENOUGH < rate < TOO_MANY


def test_the_mean_of_skewed_numbers_is_held_at_the_nominal_rate():
    rate = coverage(lambda g, seed: mean_interval(g.exponential(size=120), seed=seed), 1.0)
    assert ENOUGH < rate < TOO_MANY


def test_the_difference_of_two_samples_is_held_at_the_nominal_rate():
    def interval(generator, seed):
        a, b = generator.random(300) < 0.3, generator.random(500) < 0.1
        return difference_interval(a, b, seed=seed)

    assert ENOUGH < coverage(interval, 0.2) < TOO_MANY


def test_the_paired_difference_is_held_at_the_nominal_rate():
    def interval(generator, seed):
        hardness = generator.random(400)
        return paired_interval(
            hardness < 0.3, hardness + 0.1 * generator.random(400) < 0.3, seed=seed
        )

    # P(h < 0.3) - P(h + u / 10 < 0.3) = 0.05 for u uniform.
    assert ENOUGH < coverage(interval, 0.05) < TOO_MANY


def test_a_lower_level_is_held_less_often():
    rate = coverage(lambda g, s: mean_interval(g.random(400) < 0.5, level=0.5, seed=s), 0.5)
    assert 0.40 < rate < 0.60


def test_counts_are_drawn_from_the_distribution_of_drawn_indices():
    sample = np.array([0.0] * 70 + [1.0] * 30)
    generator = np.random.default_rng(1)
    brute = sample[generator.integers(100, size=(20_000, 100))].mean(axis=1)
    fast = resampled_means(sample, repeats=20_000)
    for share in (0.025, 0.25, 0.5, 0.75, 0.975):
        assert np.quantile(fast, share) == pytest.approx(np.quantile(brute, share), abs=0.011)


def test_a_sample_too_large_to_draw_whole_has_the_standard_error_of_its_size():
    sample = np.random.default_rng(2).normal(5, 2, size=40_000)
    drawn = resampled_means(sample)
    assert drawn.mean() == pytest.approx(sample.mean(), abs=1e-3)
    assert drawn.std() == pytest.approx(2 / 40_000**0.5, rel=0.08)


def test_columns_are_drawn_together():
    sample = np.random.default_rng(3).normal(size=300)
    drawn = resampled_means(np.stack([sample, 2 * sample + 1], axis=-1), repeats=50)
    assert drawn.shape == (50, 2)
    np.testing.assert_allclose(drawn[:, 1], 2 * drawn[:, 0] + 1)


def test_pairing_takes_the_hardness_of_examples_out():
    generator = np.random.default_rng(4)
    hardness = generator.normal(size=500)
    a, b = hardness + 0.05, hardness + 0.01 * generator.normal(size=500)
    paired, independent = paired_interval(a, b), difference_interval(a, b)
    assert paired.estimate == pytest.approx(independent.estimate)
    assert paired.excludes(0)
    assert not independent.excludes(0)


def test_two_equal_samples_are_not_drawn_in_step():
    sample = np.random.default_rng(5).normal(size=200)
    interval = difference_interval(sample, sample)
    assert interval.low < -0.1 < 0.1 < interval.high


def test_the_seed_alone_decides():
    sample = np.random.default_rng(6).normal(size=100)
    assert mean_interval(sample, seed=1) == mean_interval(sample, seed=1)
    assert mean_interval(sample, seed=1) != mean_interval(sample, seed=2)


def test_a_bound_itself_is_not_excluded():
    interval = Interval(0.5, 0.0, 1.0)
    assert not interval.excludes(0.0)
    assert not interval.excludes(1.0)
    assert interval.excludes(-0.1)
    assert interval.excludes(1.1)


def test_sixty_thousand_booleans_take_less_than_fifty_milliseconds():
    sample = np.random.default_rng(7).random(60_000) < 0.1
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        mean_interval(sample)
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.05


def test_memory_is_bounded_whatever_the_size():
    sample = np.random.default_rng(8).normal(size=300_000)
    tracemalloc.start()
    resampled_means(sample, repeats=500)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80e6  # 500 whole samples would be 1.2 GB.


@pytest.mark.parametrize("sample", [[], [[1.0]], [1.0, np.nan]])
def test_what_is_no_sample_is_refused(sample):
    with pytest.raises(ValueError, match=r"`values` must be finite numbers of shape \[N\]"):
        mean_interval(sample)


def test_unequal_samples_cannot_be_paired():
    with pytest.raises(ValueError, match="Received: a of 2, b of 3"):
        paired_interval([1, 2], [1, 2, 3])


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_chance(level):
    with pytest.raises(ValueError, match=f"between 0 and 1. Received: level={level}"):
        mean_interval([1, 2], level=level)
