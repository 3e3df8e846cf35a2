"""The memory that values of a traced graph need at once."""

import keras
import pytest
import tensorflow as tf

from dlsuite.training.gradients import of_size, step_graph
from dlsuite.training.liveness import live_bytes, unknown_sizes


def graph_of(function, *shapes):
    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    return tf.function(function, autograph=False).get_concrete_function(*specs).graph


def test_a_value_lives_from_its_making_to_its_last_reader():
    wide, narrow = tf.Variable(tf.ones((10, 100))), tf.Variable(tf.ones((100, 1)))
    # x [4, 10] beside x W [4, 100]; when the answer [4, 1] is made, x is gone.
    assert live_bytes(graph_of(lambda x: x @ wide @ narrow, (4, 10))) == 4 * (40 + 400)
    # relu writes over its input, which nobody else reads ...
    in_place = graph_of(lambda x: tf.nn.relu(x @ wide) @ narrow, (4, 10))
    assert live_bytes(in_place) == 4 * (40 + 400)
    # ... and not where somebody does.
    kept = graph_of(lambda x: (y := x @ wide) + tf.nn.relu(y), (4, 10))
    assert live_bytes(kept) == 4 * (400 + 400)
    # Another shape of the same numbers costs nothing.
    shown = graph_of(lambda x: tf.reshape(x @ wide, (2, 200)) * 2.0, (4, 10))
    assert live_bytes(shown) == 4 * (40 + 400)


def test_half_precision_takes_half():
    halved = graph_of(lambda x: tf.cast(x, tf.float16), (1000, 10))
    assert live_bytes(halved) == 10_000 * (4 + 2)


def test_what_has_no_size_is_told():
    assert unknown_sizes(graph_of(lambda x: x * 2, (None, 3)))
    assert not unknown_sizes(graph_of(lambda x: x * 2, (2, 3)))


def training_of(layer, steps, width=8, batch=16):
    model = keras.Sequential([keras.Input((steps, width)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = tf.TensorSpec((None, steps, width), tf.float32)
    y = tf.TensorSpec((None, *model.output_shape[1:]), tf.float32)
    return live_bytes(step_graph(model, of_size((x, y), batch), training=True))


def test_a_recurrent_layer_keeps_what_each_of_its_turns_needs():
    short, long = (training_of(keras.layers.GRU(64), steps) for steps in (20, 40))
    assert long / short == pytest.approx(2, rel=0.15)
    assert short > 20 * 16 * 64 * 4 * 4  # its three gates and its state, in every turn


def test_a_shared_and_a_nested_layer_count_where_they_are_called():
    inner = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1000, "relu")])
    inputs = keras.Input((8,))
    once = keras.Model(inputs, keras.layers.Dense(1)(inner(inputs)))
    both = keras.layers.Concatenate()([inner(inputs), inner(-inputs)])
    twice = keras.Model(inputs, keras.layers.Dense(1)(both))
    specs = of_size((tf.TensorSpec((None, 8)), tf.TensorSpec((None, 1))), 64)
    found = []
    for model in (once, twice):
        model.compile("sgd", "mse")
        found.append(live_bytes(step_graph(model, specs, training=True)))
    assert found[1] > 1.8 * found[0]
    assert found[0] > 64 * 1000 * 4


def test_the_scores_of_attention_grow_with_the_square_of_the_length():
    inputs = keras.Input((256, 8))
    outputs = keras.layers.MultiHeadAttention(2, 4)(inputs, inputs)
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    spec = tf.TensorSpec((None, 256, 8), tf.float32)
    found = live_bytes(step_graph(model, of_size((spec, spec), 4), training=True))
    assert found > 2 * 4 * 2 * 256 * 256 * 4  # scores and their softmax, of 2 heads and 4 examples
