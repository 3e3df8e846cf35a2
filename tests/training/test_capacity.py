"""Weights without measure are refused before memory is taken for them."""

import threading

import keras
import pytest

from dlsuite.training.capacity import weights_within


def dense(units: int) -> keras.Model:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(units, name="wide")])


def test_the_weights_of_all_layers_together_must_fit():
    with weights_within(4 * (4 * 3 + 3)):
        assert dense(3).count_params() == 15
    with weights_within(4 * (4 * 3 + 3) - 1), pytest.raises(ValueError, match="wide of shape"):
        dense(3)


def test_a_layer_larger_than_any_memory_is_named():
    said = r"GB of memory that are free; `.* --force`.* Received: wide of shape \(4, 10{12}\)"
    with weights_within(), pytest.raises(ValueError, match=said):
        dense(10**12)


def test_halves_count_as_two_bytes():
    with weights_within(2 * (4 * 3 + 3)), pytest.raises(ValueError, match="wide of shape"):
        dense(3)
    with weights_within(2 * (4 * 3 + 3)):
        half = keras.layers.Dense(3, dtype="float16")
        half.build((None, 4))
    assert half.kernel.dtype == "float16"


def test_two_threads_do_not_put_each_others_limit_back():
    before, inside, done = keras.Layer.add_weight, threading.Event(), threading.Event()

    def other():
        inside.wait(60)
        dense(5)  # whose weights are no affair of the block in the other thread
        done.set()
        with weights_within(10**9):
            dense(3)

    thread = threading.Thread(target=other)
    thread.start()
    with weights_within(1):
        inside.set()
        assert done.wait(60)
    thread.join()
    assert keras.Layer.add_weight is before


def test_afterwards_layers_are_made_as_before():
    before = keras.Layer.add_weight
    with pytest.raises(KeyError), weights_within(1):
        raise KeyError
    assert keras.Layer.add_weight is before
    assert dense(3).count_params() == 15
