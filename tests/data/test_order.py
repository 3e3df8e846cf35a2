"""The order of examples: permutations that are fair and can be entered anywhere."""

import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.order import Order


def one_pass(count: int, seed: int, number: int) -> np.ndarray:
    """Order of the examples in pass `number`, as one batch."""
    return Order(count, count, seed).batch(tf.constant(number, tf.int64)).numpy()


def test_batches_of_a_pass_hold_every_example_once():
    order = Order(10, 4, seed=3)
    batches = [order.batch(tf.constant(step, tf.int64)).numpy() for step in range(6)]
    assert [len(batch) for batch in batches] == [4, 4, 2, 4, 4, 2]
    assert sorted(np.concatenate(batches[:3])) == list(range(10))
    assert sorted(np.concatenate(batches[3:])) == list(range(10))
    assert not np.array_equal(np.concatenate(batches[:3]), np.concatenate(batches[3:]))


@pytest.mark.parametrize("count", [10, 5000])
def test_batch_size_does_not_change_the_order(count):
    order = Order(count, 4 * count // 10, seed=3)
    batches = [order.batch(tf.constant(step, tf.int64)).numpy() for step in range(3)]
    assert sorted(np.concatenate(batches)) == list(range(count))
    assert np.array_equal(np.concatenate(batches), one_pass(count, 3, 0))


def test_without_seed_examples_come_as_they_are():
    assert Order(5, 3, None).batch(tf.constant(1, tf.int64)).numpy().tolist() == [3, 4]


def test_slots_of_a_short_batch_say_which_are_none():
    indices, inside = Order(5, 3, None).slots(tf.constant(1, tf.int64))
    assert indices.numpy().tolist() == [3, 4, 3]
    assert inside.numpy().tolist() == [True, True, False]


def test_every_permutation_of_four_comes_equally_often():
    numbers = tf.data.Dataset.range(2400).map(Order(4, 4, 0).batch)
    draws = [tuple(draw) for draw in numbers.as_numpy_iterator()]
    found, counts = np.unique(draws, axis=0, return_counts=True)
    assert len(found) == 24
    assert ((counts - 100) ** 2 / 100).sum() < 49.7  # chi-square, 23 degrees, 0.1 %


def test_neighbours_and_passes_are_uncorrelated():
    # TensorFlow's index_shuffle, with its four rounds, gives 0.09 and up to 0.9 here.
    count = 60_000
    first, second = one_pass(count, 0, 0), one_pass(count, 0, 1)
    bound = 4 / np.sqrt(count)
    assert abs(np.corrcoef(first[:-1], first[1:])[0, 1]) < bound
    assert abs(np.corrcoef(first, second)[0, 1]) < bound
    assert abs(np.corrcoef(first, one_pass(count, 1, 0))[0, 1]) < bound


def test_batches_of_sorted_classes_vary_as_chance_would_have_it():
    count, size, classes = 60_000, 64, 10
    labels = one_pass(count, 0, 0) * classes // count
    batches = labels[: count // size * size].reshape(-1, size)
    ones = (batches == 1).sum(axis=1)
    expected = size * 0.1 * 0.9
    assert abs(ones.var() / expected - 1) < 4 * np.sqrt(2 / len(batches))
