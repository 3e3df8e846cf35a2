"""Spreads over seeds by hand, and leads that hold as often as they say."""

import math

import numpy as np
import pytest

from dlsuite.strategy.seed_spread import lead_of_means, lead_of_runs, spread

T2 = 4.302653  # 97.5 % quantile of Student's t with two degrees of freedom (any table)


def test_a_spread_by_hand():
    found = spread([1.0, 2.0, 6.0])
    # mean 3; squares 4 + 1 + 9 = 14 over 2
    assert found.mean == 3.0
    assert found.std == pytest.approx(math.sqrt(7))
    reach = T2 * math.sqrt(7 / 3)
    assert (found.low, found.high) == pytest.approx((3 - reach, 3 + reach), rel=1e-6)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, math.nan], [1.0, math.inf]])
def test_a_spread_needs_two_numbers(values):
    with pytest.raises(ValueError, match="must be finite numbers"):
        spread(values)


@pytest.mark.parametrize(("higher", "by"), [(True, -2.0), (False, 2.0)])
def test_the_better_one_leads(higher, by):
    found = lead_of_means([1.0, 3.0], [3.0, 5.0], higher=higher)
    assert found.by == by
    # Equal spreads of two each: two degrees of freedom, variance 2 / 2 + 2 / 2.
    assert found.noise == pytest.approx(T2 * math.sqrt(2), rel=1e-6)


def test_a_lead_of_single_runs_has_twice_the_variance_of_one():
    found = lead_of_runs(0.9, 0.8, [1.0, 2.0, 6.0], higher=True)
    assert found.by == pytest.approx(0.1)
    assert found.noise == pytest.approx(T2 * math.sqrt(2 * 7), rel=1e-6)
    assert not found.is_clear


def test_examples_add_their_own_noise():
    found = lead_of_means([1.0, 1.0], [0.5, 0.5], higher=True, examples_error=0.2)
    assert found.noise == pytest.approx(1.959964 * 0.2, rel=1e-6)
    assert found.is_clear
    assert not lead_of_means([1.0, 1.0], [0.5, 0.5], higher=True, examples_error=0.3).is_clear


def test_equals_have_no_clear_lead():
    assert not lead_of_means([1.0, 1.0], [1.0, 1.0], higher=True).is_clear


def test_equals_seem_to_lead_as_rarely_as_is_said():
    draw = np.random.default_rng(0)
    clear = sum(
        lead_of_means(draw.normal(size=3), draw.normal(size=3), higher=True).is_clear
        for _ in range(4000)
    )
    # One side of 5 %; Welch's t is a little shy of it with so few. Three standard errors: 0.7 %.
    assert clear / 4000 < 0.025 + 0.0075
