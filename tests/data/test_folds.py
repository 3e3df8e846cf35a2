"""Folds: each example is held out once, equal ones and groups together, classes in balance."""

import numpy as np
import pytest

from dlsuite.data import Collection, DataError, DataSettings, Examples
from dlsuite.data.splits import Fold, split

FOLDS = 4


def collection(count=60, groups=None, test=0):
    """Three classes; the first ten examples occur twice."""
    random = np.random.default_rng(0)
    values = random.normal(size=count)
    values[10:20] = values[:10]
    labels = np.arange(count) % 3
    labels[10:20] = labels[:10]
    keys = np.array([f"{value:.12f}" for value in values])
    rows = {"columns": {"x": values}, "target": labels.astype("int32")}
    whole = Examples(rows=rows, keys=keys, strata=labels, groups=groups)
    if not test:
        return Collection({"all": whole})
    return Collection({"train": whole.take(range(test, count)), "test": whole.take(range(test))})


def held_out(data, **options):
    return [split(data, fold=Fold(FOLDS, number), **options)[0] for number in range(1, FOLDS + 1)]


def keys_of(parts):
    return {name: set(part.keys) for name, part in parts.items()}


def test_each_example_is_held_out_once_and_equal_ones_together():
    data = collection()
    parts = held_out(data)
    keys = np.concatenate([each["test"].keys for each in parts])
    assert sorted(keys) == sorted(data.parts["all"].keys)
    for each in parts:
        sets = [set(part.keys) for part in each.values()]
        assert sum(map(len, sets)) == len(set.union(*sets)) == 50
        assert set(each) == {"train", "dev", "test"}


def test_folds_hold_the_classes_in_balance_and_differ_in_their_dev():
    parts = held_out(collection())
    counts = np.array([np.bincount(each["test"].strata, minlength=3) for each in parts])
    assert (np.ptp(counts, axis=0) <= 2).all()
    assert len({frozenset(each["dev"].keys) for each in parts}) == FOLDS


def test_the_shares_of_train_and_dev_divide_what_is_not_held_out():
    ratios = {"train": 0.6, "dev": 0.2, "test": 0.2}
    (parts, report) = split(collection(), ratios=ratios, fold=Fold(FOLDS, 1))
    left = 60 - len(parts["test"])
    assert len(parts["dev"]) == pytest.approx(left / 4, abs=2)
    assert report.given == ()
    whole, _ = split(collection(), ratios=ratios, fold=Fold(FOLDS))
    assert {name: len(part) for name, part in whole.items()} == {"train": 45, "dev": 15}


def test_groups_are_never_cut():
    groups = np.repeat(np.arange(20), 3)
    for each in held_out(collection(groups=groups), by="group"):
        sets = [set(part.groups) for part in each.values()]
        assert sum(map(len, sets)) == len(set.union(*sets))


def test_folds_do_not_depend_on_the_order_of_rows():
    data = collection()
    order = np.random.default_rng(1).permutation(60)
    shuffled = Collection({"all": data.parts["all"].take(order)})
    for one, other in zip(held_out(data), held_out(shuffled), strict=True):
        assert keys_of(one) == keys_of(other)


def test_a_given_test_part_is_neither_held_out_nor_trained_on():
    data = collection(count=80, test=25)
    own = set(data.parts["test"].keys)
    kept = data.parts["train"].keys
    held = np.concatenate([each["test"].keys for each in held_out(data)])
    assert sorted(held) == sorted(kept)
    parts, report = split(data, fold=Fold(FOLDS))
    assert set(parts["test"].keys) == own
    assert report.given == ("test",)


def test_folds_that_would_be_empty_are_refused():
    few = Collection({"all": collection().parts["all"].take(range(3))})
    with pytest.raises(DataError, match=r"4 folds when dividing by example\. Received: 3 examples"):
        split(few, fold=Fold(FOLDS, 1))


@pytest.mark.parametrize(
    ("division", "message"),
    [
        ({"folds": 3, "held_out": 4}, "must be a fold from 1 to 3. Received: 4"),
        ({"held_out": 1}, "needs `folds`"),
        ({"folds": 3, "by": "time"}, "cannot divide by time"),
        ({"folds": 1}, "greater than or equal to 2"),
    ],
)
def test_a_recipe_that_divides_into_no_folds_is_refused(division, message):
    with pytest.raises(ValueError, match=message):
        DataSettings.model_validate({"source": {"type": "wine"}, "split": division})
