"""Examples, Collection and Splits: random access that stays aligned."""

import numpy as np
import pytest

from dlsuite.data import Collection, DataError, Examples, Splits
from dlsuite.data.hashing import array_keys, column_keys, content_key, ranks


def letters(count: int) -> np.ndarray:
    return np.array(["abcdefghij"[i] for i in range(count)])


def numbered(count: int) -> Examples:
    rows = {
        "columns": {"a": np.arange(count), "b": np.arange(count) * 10},
        "target": letters(count),
    }
    return Examples(rows, letters(count), strata=np.arange(count) % 2, groups=np.arange(count) // 2)


def test_read_gives_one_example_of_every_array():
    assert numbered(4).read(2) == {"columns": {"a": 2, "b": 20}, "target": "c"}


def test_take_keeps_arrays_aligned_in_the_order_asked_for():
    taken = numbered(5).take([3, 0])
    assert taken.read(0) == {"columns": {"a": 3, "b": 30}, "target": "d"}
    assert taken.keys.tolist() == ["d", "a"]
    assert taken.strata.tolist() == [1, 0]
    assert taken.groups.tolist() == [1, 0]


def test_take_of_a_mask_takes_where_it_is_true():
    assert numbered(3).take(np.array([True, False, True])).keys.tolist() == ["a", "c"]


def test_take_of_nothing_is_empty():
    assert len(numbered(3).take([])) == 0


def test_decode_makes_the_example_from_its_row():
    import tensorflow as tf

    examples = Examples(
        {"n": np.arange(3)}, letters(3), decode=lambda row: {"n": tf.square(row["n"])}
    )
    assert examples.read(2) == {"n": 4}
    assert examples.take([2]).read(0) == {"n": 4}


@pytest.mark.parametrize("name", ["strata", "groups"])
def test_arrays_of_unequal_length_are_refused(name):
    with pytest.raises(ValueError, match=f"one length. Received: .*'keys': 3.*'{name}': 2"):
        Examples({"n": np.arange(3)}, letters(3), **{name: np.zeros(2)})


@pytest.mark.parametrize("parts", [("dev",), ("all", "test"), ("train", "val")])
def test_a_collection_has_all_or_train_with_dev_and_test(parts):
    with pytest.raises(ValueError, match="`all` alone, or `train`"):
        Collection({name: numbered(2) for name in parts})


def test_an_empty_part_is_refused_by_name():
    with pytest.raises(DataError, match=r"at least one example. Received none in: \['dev'\]"):
        Collection({"train": numbered(2), "dev": numbered(0)})


def test_splits_are_named_in_the_order_of_time():
    splits = Splits(None, numbered(1), test=numbered(2), dev=numbered(3))
    assert {name: len(part) for name, part in splits.named().items()} == {
        "train": 1,
        "dev": 3,
        "test": 2,
    }
    assert list(splits.named()) == ["train", "dev", "test"]


def test_a_key_names_content_shape_and_type():
    zeros = np.zeros((2, 2, 3), np.uint8)
    keys = array_keys(zeros)
    assert keys[0] == keys[1]
    assert len(keys[0]) == 32
    assert array_keys(zeros.reshape(2, 3, 2))[0] != keys[0]
    assert array_keys(zeros.astype(np.int8))[0] != keys[0]


def test_row_keys_do_not_depend_on_where_fields_end():
    first = column_keys([np.array(["a"], object), np.array(["bc"], object)])
    second = column_keys([np.array(["ab"], object), np.array(["c"], object)])
    assert first[0] != second[0]


def test_row_keys_of_equal_rows_are_equal():
    keys = column_keys([np.float32([1, 2, 1]), np.array(["x", "x", "x"], object)])
    assert keys[0] == keys[2] != keys[1]


def test_content_key_is_blake2b_of_128_bits():
    # From `b2sum --length 128`.
    assert content_key(b"abc") == "cf4ab791c62b8d2b2109c90275287816"


def test_ranks_change_with_the_seed_and_look_uniform():
    names = [str(i) for i in range(20_000)]
    first, second = ranks(names, 0) / 2**64, ranks(names, 1) / 2**64
    assert np.array_equal(first * 2**64, ranks(names, 0).astype(float))
    assert abs(first.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(names))
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(len(names))
