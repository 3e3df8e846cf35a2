"""Power laws with known numbers are found again, and their intervals cover what they promise."""

import numpy as np
import pytest

from dlsuite.strategy.learning_curve import fit_power_law

COUNTS = [1_000, 2_000, 4_000, 8_000, 16_000]


def errors(floor, scale, exponent, counts=COUNTS):
    return [floor + scale * n**-exponent for n in counts]


@pytest.mark.parametrize(
    ("floor", "scale", "exponent"), [(0.05, 3.0, 0.5), (0.0, 1.0, 0.25), (0.1, 40.0, 0.8)]
)
def test_a_law_without_noise_is_found_exactly(floor, scale, exponent):
    law = fit_power_law(COUNTS, errors(floor, scale, exponent), [1e-6] * 5)
    assert law.floor == pytest.approx(floor, abs=1e-3)
    assert law.exponent == pytest.approx(exponent, rel=1e-2)
    for n in (500, 32_000):
        assert law.at(n) == pytest.approx(floor + scale * n**-exponent, rel=1e-3)


def test_the_gain_of_four_times_the_data_is_worked_by_hand():
    # 0.1 + 2 / sqrt(n): 0.12 at 10,000 and 0.11 at 40,000.
    law = fit_power_law(COUNTS, errors(0.1, 2.0, 0.5), [1e-6] * 5)
    gain, (low, high) = law.gain(10_000, 40_000)
    assert gain == pytest.approx(0.01, rel=1e-2)
    assert low <= gain <= high
    assert law.needed(0.11) == pytest.approx(40_000, rel=0.05)
    assert law.needed(0.09) == np.inf


def test_errors_that_do_not_fall_promise_nothing_of_more_data():
    law = fit_power_law(COUNTS, [0.2] * 5, [0.01] * 5)
    gain, (low, _) = law.gain(16_000, 32_000)
    assert gain == pytest.approx(0, abs=1e-3)
    assert low == pytest.approx(0, abs=1e-3)


def test_a_curve_that_is_no_power_law_is_told_by_its_misfit():
    law = fit_power_law(COUNTS, [0.5, 0.5, 0.1, 0.1, 0.4], [0.01] * 5)
    assert law.misfit > 5
    assert fit_power_law(COUNTS, errors(0.05, 3.0, 0.5), [0.01] * 5).misfit < 0.01


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    truth, deviation = np.array(errors(0.05, 3.0, 0.5)), np.full(5, 0.004)
    covered = 0
    for repeat in range(60):
        law = fit_power_law(COUNTS, truth + deviation * rng.normal(size=5), deviation, seed=repeat)
        low, high = law.interval(8_000)
        covered += low <= 0.05 + 3 / 8_000**0.5 <= high
    assert covered >= 53  # 57 expected; fewer than 53 of 60 at 95 % happen once in 60 times


@pytest.mark.parametrize(
    ("counts", "values", "deviations"),
    [
        ([1, 2, 3], [0.1] * 3, [0.1] * 3),
        ([1, 2, 3, 3], [0.1] * 4, [0.1] * 4),
        (COUNTS, [0.1] * 4, [0.1] * 5),
        ([0, *COUNTS[1:]], [0.1] * 5, [0.1] * 5),
        (COUNTS, [0.1] * 5, [0.0] * 5),
        (COUNTS, [np.nan] * 5, [0.1] * 5),
    ],
)
def test_points_that_no_law_can_be_fitted_to_are_refused(counts, values, deviations):
    with pytest.raises(ValueError, match="Received"):
        fit_power_law(counts, values, deviations)
