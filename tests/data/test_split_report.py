"""The split report: what it counts and what it warns of."""

import json
from dataclasses import replace

import numpy as np

from dlsuite.data import Collection, Examples, split
from dlsuite.data.split_report import report_on


def examples(keys, strata=None, groups=None) -> Examples:
    return Examples(
        {"n": np.arange(len(keys))},
        np.array(list(keys)),
        strata=None if strata is None else np.array(strata),
        groups=None if groups is None else np.array(groups),
    )


def test_examples_in_two_given_splits_are_named():
    parts = {"train": examples("abcdefgh"), "test": examples("ghx")}
    report = report_on(parts, by="example", seed=0, given=("test",))
    assert report.shared == {"train & test": 2}
    assert report.shared_keys == {"train & test": ["g", "h"]}
    assert not report.disjoint
    assert report.warnings == (
        "2 examples are in both train and test, so that scores there flatter; `dlsuite data check` "
        "shows them. Keys: g, h.",
    )
    assert "The splits are not disjoint." in report.text()


def test_the_text_counts_the_classes_of_each_split():
    strata = np.array([0, 0, 1, 0])
    parts = {"train": replace(examples("abcd"), strata=strata), "test": examples("ef")}
    report = report_on(parts, by="example", seed=0, class_names=["cat", "dog"])
    train, test, *_ = report.text().splitlines()
    assert train.endswith("  cat: 3, dog: 1")
    assert test.endswith(report.hashes["test"][:12])
    many = report_on(
        {"train": replace(examples("abcdefghijkl"), strata=np.arange(12))}, by="example", seed=0
    )
    assert many.text().splitlines()[0].endswith("9: 1 and 2 more")
    strata = np.array([[1, 1], [1, 0]], np.uint8)  # labels, or classes of boxes
    marked = report_on(
        {"train": examples("ab", strata)}, by="example", seed=0, class_names=["cat", "dog"]
    )
    assert marked.text().splitlines()[0].endswith("  examples with cat: 2, dog: 1")


def test_many_shared_examples_are_counted_and_some_named():
    parts = {"train": examples("abcdefgh"), "test": examples("abcdefgh")}
    report = report_on(parts, by="example", seed=0)
    assert report.warnings == (
        "8 examples are in both train and test, so that scores there flatter; `dlsuite data check` "
        "shows them. Keys: a, b, c, d, e and more.",
    )


def test_a_group_in_two_splits_is_a_leak_where_division_is_by_group():
    parts = {
        "train": examples("ab", groups=["ann", "bob"]),
        "test": examples("cd", groups=["bob", "eve"]),
    }
    by_group = report_on(parts, by="group", seed=0)
    assert by_group.shared_groups == {"train & test": 1}
    assert not by_group.disjoint
    assert by_group.warnings == ("1 group is in both train and test.",)
    assert report_on(parts, by="example", seed=0).disjoint


def test_classes_missing_from_a_split_are_named_with_their_count():
    parts = {"train": examples("abcd", strata=[0, 0, 1, 1]), "dev": examples("e", strata=[0])}
    report = report_on(parts, by="example", seed=0, class_names=["ant", "bee"])
    assert report.classes == {"train": {"ant": 2, "bee": 2}, "dev": {"ant": 1, "bee": 0}}
    assert report.warnings == ("1 classes have no example in dev: bee (2 in all).",)


def test_many_missing_classes_are_counted():
    parts = {"train": examples("abcdefg", strata=range(7)), "dev": examples("h", strata=[0])}
    (warning,) = report_on(parts, by="example", seed=0).warnings
    assert warning.startswith("6 classes have no example in dev: 1 (1 in all), ")
    assert warning.endswith(" and 1 more.")


def test_the_hash_names_the_set_and_its_labels_not_its_order():
    first = report_on({"train": examples("ab", strata=[0, 1])}, by="example", seed=0)
    turned = report_on({"train": examples("ba", strata=[1, 0])}, by="example", seed=0)
    relabelled = report_on({"train": examples("ab", strata=[1, 1])}, by="example", seed=0)
    assert first.hashes == turned.hashes
    assert first.hashes != relabelled.hashes


def test_the_report_is_plain_values():
    collection = Collection({"all": examples("abcdefghij", strata=[0, 1] * 5)})
    _, report = split(collection)
    kept = json.loads(json.dumps(report.to_dict()))
    assert kept["disjoint"] is True
    assert kept["counts"] == {"train": 6, "dev": 2, "test": 2}
    assert report.text().splitlines()[-1] == "No example is in two splits."
