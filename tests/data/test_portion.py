"""Fewer training examples: as many as asked, of every class, smaller parts within larger ones."""

from itertools import pairwise

import numpy as np
import pytest

from dlsuite.data import DataError, Examples
from dlsuite.data.portion import portion

FRACTIONS = (0.02, 0.1, 0.25, 0.5, 0.9, 1.0)


def examples(count, *, classes=None, groups=None, repeats=1):
    keys = np.array([f"{number // repeats:032x}" for number in range(count)])
    return Examples(rows={"x": np.arange(count)}, keys=keys, strata=classes, groups=groups)


def kept(part):
    return set(part.rows["x"].tolist())


@pytest.fixture(scope="module")
def classes():
    return np.repeat([0, 1, 2], [600, 300, 100])


def test_so_many_of_each_class_and_smaller_parts_within_larger_ones(classes):
    whole = examples(1000, classes=classes)
    parts = [portion(whole, fraction) for fraction in FRACTIONS]
    for fraction, part in zip(FRACTIONS, parts, strict=True):
        counts = np.bincount(part.strata, minlength=3)
        np.testing.assert_allclose(counts, fraction * np.array([600, 300, 100]), atol=1)
        assert (np.diff(part.rows["x"]) > 0).all()  # in their order
    for smaller, larger in pairwise(parts):
        assert kept(smaller) < kept(larger)
    assert portion(whole, 1.0) is whole


def test_a_class_never_vanishes(classes):
    assert set(portion(examples(1000, classes=classes), 0.001).strata) == {0, 1, 2}


def test_which_ones_depends_on_content_and_seed_and_not_on_the_order(classes):
    whole = examples(1000, classes=classes)
    turned = whole.take(np.arange(1000)[::-1])
    assert kept(portion(whole, 0.3)) == kept(portion(turned, 0.3))
    assert kept(portion(whole, 0.3)) != kept(portion(whole, 0.3, seed=1))


def test_equal_examples_stay_together():
    part = portion(examples(1000, repeats=5), 0.3)
    assert set(np.unique(part.keys, return_counts=True)[1]) == {5}
    assert len(part) == 300


def test_groups_are_taken_whole():
    groups = np.repeat([f"person {number}" for number in range(20)], 10)
    whole = examples(200, groups=groups)
    small, large = (portion(whole, fraction, by="group") for fraction in (0.2, 0.6))
    assert set(np.unique(small.groups, return_counts=True)[1]) == {10}
    assert (len(small), len(large)) == (40, 120)
    assert kept(small) < kept(large)


def test_of_times_the_latest_are_taken():
    part = portion(examples(100, groups=np.arange(100)), 0.2, by="time")
    assert kept(part) == set(range(80, 100))


def test_groups_must_be_there():
    with pytest.raises(DataError, match="`train_fraction` needs `groups` when dividing by time"):
        portion(examples(10), 0.5, by="time")
