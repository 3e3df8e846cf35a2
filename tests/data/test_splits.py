"""Splits: exact counts, balance, and nothing on two sides."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlsuite.data import Collection, DataError, Examples, split
from dlsuite.data.splits import auto_share

SIX_TWO_TWO = {"train": 0.6, "dev": 0.2, "test": 0.2}


def examples(keys, strata=None, groups=None) -> Examples:
    keys = np.array([str(key) for key in keys])
    return Examples(
        {"n": np.arange(len(keys))},
        keys,
        strata=None if strata is None else np.array(strata),
        groups=None if groups is None else np.array(groups),
    )


def counts(parts) -> dict[str, int]:
    return {name: len(part) for name, part in parts.items()}


def divide(pool: Examples, **choices):
    return split(Collection({"all": pool}), **choices)


def test_ten_examples_are_divided_six_two_two():
    parts, report = divide(examples(range(10)), ratios=SIX_TWO_TWO)
    assert counts(parts) == report.counts == {"train": 6, "dev": 2, "test": 2}
    assert report.disjoint


def test_each_class_is_divided_alike():
    _, report = divide(examples(range(40), strata=[0] * 30 + [1] * 10), ratios=SIX_TWO_TWO)
    assert report.classes == {
        "train": {"0": 18, "1": 6},
        "dev": {"0": 6, "1": 2},
        "test": {"0": 6, "1": 2},
    }


def test_classes_too_small_to_divide_still_fill_every_split():
    parts, _ = divide(examples(range(100), strata=range(100)), ratios=SIX_TWO_TWO)
    assert counts(parts) == {"train": 60, "dev": 20, "test": 20}


def test_the_order_of_rows_does_not_matter():
    keys, labels = np.arange(300), np.arange(300) % 3
    shuffle = np.random.default_rng(0).permutation(300)
    first, _ = divide(examples(keys, labels), seed=5)
    second, _ = divide(examples(keys[shuffle], labels[shuffle]), seed=5)
    for name, part in first.items():
        assert set(part.keys) == set(second[name].keys)


def test_another_seed_divides_otherwise():
    first, one = divide(examples(range(100)), seed=0)
    second, other = divide(examples(range(100)), seed=1)
    assert set(first["test"].keys) != set(second["test"].keys)
    assert one.hashes["test"] != other.hashes["test"]


def test_examples_stay_in_their_first_order():
    parts, _ = divide(examples(range(50)))
    assert parts["train"].rows["n"].tolist() == sorted(parts["train"].rows["n"])


def test_adding_examples_moves_few_of_the_others():
    before, _ = divide(examples(range(1000)))
    after, _ = divide(examples(range(1050)))
    stayed = set(before["train"].keys) & set(after["train"].keys)
    assert len(stayed) > 0.97 * len(before["train"])


def test_equal_examples_are_never_cut_apart():
    keys = np.repeat(np.arange(40), 5)
    parts, report = divide(examples(keys, strata=np.arange(200) % 2))
    assert report.disjoint
    assert counts(parts) == {"train": 120, "dev": 40, "test": 40}
    assert report.repeated == {"train": 96, "dev": 32, "test": 32}
    (warning,) = report.warnings
    assert warning.startswith("40 examples occur with different labels: ")


@pytest.mark.parametrize(
    ("total", "share"),
    [
        (100, 0.2),
        (10_000, 0.2),
        (100_000, np.sqrt(0.2 * 0.01)),  # the middle in both logarithms
        (1_000_000, 0.01),
        (50_000_000, 0.01),
    ],
)
def test_auto_goes_from_60_20_20_to_98_1_1(total, share):
    assert auto_share(total) == pytest.approx(share)


def test_auto_gives_a_larger_dev_set_to_more_examples():
    sizes = [auto_share(n) * n for n in range(1000, 2_000_000, 7000)]
    assert all(a < b for a, b in itertools.pairwise(sizes))


def test_given_parts_are_kept_and_dev_is_carved_from_train():
    collection = Collection({"train": examples(range(80)), "test": examples(range(100, 120))})
    parts, report = split(collection)
    # auto wants 60/20/20; dev gets 20 of the 80 that train and dev share.
    assert counts(parts) == {"train": 60, "dev": 20, "test": 20}
    assert parts["test"] is collection.parts["test"]
    assert report.given == ("test",)


def test_a_set_without_test_has_none_unless_it_is_asked_for():
    collection = Collection({"train": examples(range(80)), "dev": examples(range(100, 120))})
    assert counts(split(collection)[0]) == {"train": 80, "dev": 20}
    asked, _ = split(collection, ratios=SIX_TWO_TWO)
    assert counts(asked) == {"train": 60, "dev": 20, "test": 20}


def test_train_alone_is_divided_like_all():
    parts, _ = split(Collection({"train": examples(range(10))}))
    assert counts(parts) == {"train": 6, "dev": 2, "test": 2}


def test_train_dev_is_carved_from_train():
    collection = Collection(
        {"train": examples(range(90)), "dev": examples(range(100, 105)), "test": examples("xyz")}
    )
    parts, _ = split(collection, ratios={"train": 0.8, "train_dev": 0.1, "dev": 0.1})
    assert counts(parts) == {"train": 80, "train_dev": 10, "dev": 5, "test": 3}


def test_groups_are_never_cut_apart():
    groups = np.repeat(np.arange(20), 10)
    parts, report = divide(examples(range(200), groups=groups), by="group")
    assert counts(parts) == {"train": 120, "dev": 40, "test": 40}
    assert set(report.shared_groups.values()) == {0}
    assert report.disjoint


def test_groups_that_share_an_example_stay_together():
    keys = np.arange(200)
    keys[10] = keys[5]  # groups 0 and 1
    parts, report = divide(examples(keys, groups=np.repeat(np.arange(20), 10)), by="group")
    home = [name for name, part in parts.items() if {0, 1} & set(part.groups.tolist())]
    assert len(home) == 1
    assert report.disjoint


def test_three_groups_fill_three_splits():
    parts, _ = divide(examples(range(99), groups=np.repeat(["a", "b", "c"], 33)), by="group")
    assert counts(parts) == {"train": 33, "dev": 33, "test": 33}


def test_time_gives_the_latest_to_test_and_cuts_no_moment():
    days = np.repeat(np.arange(50), 2)
    shuffle = np.random.default_rng(0).permutation(100)
    pool = examples(np.arange(100)[shuffle], groups=days[shuffle])
    parts, report = divide(
        pool, by="time", ratios={"train": 0.7, "train_dev": 0.1, "dev": 0.1, "test": 0.1}
    )
    assert counts(parts) == {"train": 70, "train_dev": 10, "dev": 10, "test": 10}
    spans = [(part.groups.min(), part.groups.max()) for part in parts.values()]
    assert spans == [(0, 34), (35, 39), (40, 44), (45, 49)]
    assert report.disjoint


def test_dates_sort_as_text():
    dates = [f"2024-{month:02d}-01" for month in range(1, 11)]
    parts, _ = divide(examples(range(10), groups=dates), by="time", ratios=SIX_TWO_TWO)
    assert parts["test"].groups.tolist() == ["2024-09-01", "2024-10-01"]


@pytest.mark.parametrize("by", ["group", "time"])
def test_groups_are_needed_to_keep_them_together(by):
    with pytest.raises(DataError, match=f"`by: {by}` needs `groups`"):
        divide(examples(range(10)), by=by)


@pytest.mark.parametrize(
    ("ratios", "message"),
    [
        ({"train": 0.8, "val": 0.2}, "Splits are train, train_dev, dev, test. Received: val"),
        ({"dev": 1.0}, "that of train above 0"),
        ({"train": 1.2, "dev": -0.2}, "must be 0 or more"),
        ({"train": 0.8, "dev": 0.1}, "add up to 1. Received: .* add up to 0.9"),
    ],
)
def test_shares_that_make_no_whole_are_refused(ratios, message):
    with pytest.raises(ValueError, match=message):
        divide(examples(range(10)), ratios=ratios)


def test_too_few_examples_for_every_split_are_named_with_counts():
    with pytest.raises(
        DataError, match="Received: 2 examples, divided into train 2, dev 0, test 0"
    ):
        divide(examples([1, 1]), ratios={"train": 0.98, "dev": 0.01, "test": 0.01})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 4)), min_size=40, max_size=200),
    st.integers(0, 9),
    st.sampled_from(["example", "group", "time"]),
)
def test_every_example_goes_to_one_split_and_no_key_to_two(pairs, seed, by):
    keys, strata = zip(*pairs, strict=True)
    pool = examples(keys, strata=strata, groups=keys)
    try:
        parts, report = divide(pool, by=by, seed=seed)
    except DataError:  # a few keys that fill everything
        assert len(set(keys)) < 20
        return
    assert sorted(n for part in parts.values() for n in part.rows["n"]) == list(range(len(pool)))
    assert report.disjoint
