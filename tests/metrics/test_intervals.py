"""Bootstrap intervals: coverage, brute force, seeds, cost."""

import time
import tracemalloc

import numpy as np
import pytest

from dlsuite.metrics import (
    difference_interval,
    mean_interval,
    paired_interval,
)

TRIALS = 300
# 95 % of 300 trials, give or take three standard deviations, and a little under-coverage of the
# percentile interval at this sample size.
ENOUGH, TOO_MANY = 0.90, 0.985


def coverage(interval_of, truth):
    generator = np.random.default_rng(0)
    return np.mean([holds(interval_of(generator, trial), truth) for trial in range(TRIALS)])


def holds(interval, value):
    # To rounding: bounds of shares are fractions, and the truth may be one of them.
    return interval.low - 1e-12 <= value <= interval.high + 1e-12


def wrong(count, of):
    return np.arange(of) < count


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


# Of squared normal errors, with percentiles 0.87 of 20 and 0.89 of 36.
@pytest.mark.parametrize("size", [20, 36, 100])
def test_the_mean_of_squared_errors_of_few_examples_is_held_at_the_nominal_rate(size):
    rate = coverage(lambda g, seed: mean_interval(g.normal(size=size) ** 2, seed=seed), 1.0)
    assert ENOUGH + 0.01 < rate < TOO_MANY


def test_differences_of_squared_errors_are_held_at_the_nominal_rate():
    def apart(g, seed):
        return difference_interval(2 * g.normal(size=30) ** 2, g.normal(size=60) ** 2, seed=seed)

    def paired(g, seed):
        noise = g.normal(size=(2, 30))
        return paired_interval((noise[0] + noise[1]) ** 2, noise[0] ** 2, seed=seed)

    assert ENOUGH + 0.01 < coverage(apart, 1.0) < TOO_MANY
    assert ENOUGH + 0.01 < coverage(paired, 1.0) < TOO_MANY


def test_of_a_handful_of_numbers_percentiles_are_taken():
    assert mean_interval([0.0, 2.0]) == (1, 0, 2)  # each drawn twice in a quarter of the draws


def test_a_lower_level_is_held_less_often():
    rate = coverage(lambda g, s: mean_interval(g.random(400) < 0.5, level=0.5, seed=s), 0.5)
    assert 0.40 < rate < 0.60


@pytest.mark.parametrize("sizes", [(36, 35), (36, 142), (180, 180), (180, 1437)])
@pytest.mark.parametrize("shares", [(0, 0), (0.01, 0.01), (0.02, 0), (0.05, 0.01), (0.1, 0.1)])
def test_shares_near_zero_are_told_apart_no_oftener_than_they_should(sizes, shares):
    # Nominal: held 0.95, above the truth 0.025. Plain resampling holds 36 of 0.02 against 0 in 0.5.
    generator = np.random.default_rng(0)
    intervals, trials = {}, []
    for counts in zip(*(generator.binomial(sizes, shares, (500, 2)).T), strict=True):
        if counts not in intervals:
            intervals[counts] = difference_interval(*map(wrong, counts, sizes))
        trials.append(intervals[counts])
    truth = shares[0] - shares[1]
    assert np.mean([holds(interval, truth) for interval in trials]) > 0.93
    assert np.mean([interval.low > truth + 1e-12 for interval in trials]) < 0.045


@pytest.mark.parametrize("size", [36, 180])
@pytest.mark.parametrize("share", [0, 0.005, 0.02, 0.1])
def test_one_share_near_zero_is_held_at_the_nominal_rate(size, share):
    counts = np.random.default_rng(0).binomial(size, share, 500)
    intervals = {count: mean_interval(wrong(count, size)) for count in set(counts)}
    assert np.mean([holds(intervals[count], share) for count in counts]) > 0.92


@pytest.mark.parametrize(("b", "apart"), [(3, False), (4, False), (5, False), (6, True), (8, True)])
def test_few_examples_that_differ_are_judged_as_by_mcnemars_exact_test(b, apart):
    # All b of them one way: 2 / 2^b is 0.0625 at 5 and 0.031 at 6.
    interval = paired_interval(wrong(b, 180), wrong(0, 180))
    assert interval.estimate == pytest.approx(b / 180)
    assert (interval.low > 0) == apart


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("b", "size", "of"), [(5, 180, 180), (4, 180, 180), (4, 36, 35)])
def test_a_handful_against_none_may_be_an_accident(b, size, of, seed):
    # Fisher's exact test: p = 0.06, 0.12 and 0.11.
    interval = difference_interval(wrong(b, size), wrong(0, of), seed=seed)
    assert interval.low <= 0 < interval.estimate < interval.high


def test_numbers_are_not_taken_for_shares():
    assert mean_interval([0.0] * 180) == (0, 0, 0)
    assert mean_interval(wrong(0, 180)).high > 0.015


def test_counts_are_drawn_from_the_distribution_of_drawn_indices():
    sample = np.array([0.0] * 70 + [1.0] * 30)
    generator = np.random.default_rng(1)
    drawn = sample[generator.integers(100, size=(20_000, 100))]
    pivots = (drawn.mean(axis=1) - 0.3) / drawn.std(axis=1)
    for level in (0.5, 0.95):
        high, low = np.quantile(pivots, [(1 - level) / 2, (1 + level) / 2])
        bounds = [0.3 - low * 0.21**0.5, 0.3 - high * 0.21**0.5]
        assert mean_interval(sample, level=level)[1:] == pytest.approx(bounds, abs=0.011)


def test_a_sample_too_large_to_draw_whole_has_the_standard_error_of_its_size():
    sample = np.random.default_rng(2).normal(5, 2, size=40_000)
    estimate, low, high = mean_interval(sample)
    assert (low + high) / 2 == pytest.approx(estimate, abs=2e-3)
    assert high - low == pytest.approx(2 * 1.96 * 2 / 40_000**0.5, rel=0.08)


def test_pairing_takes_the_hardness_of_examples_out():
    generator = np.random.default_rng(4)
    hardness = generator.normal(size=500)
    a, b = hardness + 0.05, hardness + 0.01 * generator.normal(size=500)
    paired, independent = paired_interval(a, b), difference_interval(a, b)
    assert paired.estimate == pytest.approx(independent.estimate)
    assert not holds(paired, 0)
    assert holds(independent, 0)


def test_two_equal_samples_are_not_drawn_in_step():
    sample = np.random.default_rng(5).normal(size=200)
    interval = difference_interval(sample, sample)
    assert interval.low < -0.1 < 0.1 < interval.high


def test_the_seed_alone_decides():
    sample = np.random.default_rng(6).normal(size=100)
    assert mean_interval(sample, seed=1) == mean_interval(sample, seed=1)
    assert mean_interval(sample, seed=1) != mean_interval(sample, seed=2)


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
    mean_interval(sample)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 80e6  # 2000 whole samples would be 4.8 GB.


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
