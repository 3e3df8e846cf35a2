"""Every row of the catalog rests in inference: nothing dropped, drawn, averaged or updated."""

import keras
import numpy as np

import dlsuite.models

from .catalog import Batch, Row
from .replay import named
from .test_catalog import answer_of, every_row

NETS = set(map(id, vars(dlsuite.models).values()))


def state(model: keras.Model) -> list[np.ndarray]:
    return [variable.numpy() for variable in model.variables]


def layers(model: keras.Model, kind: type) -> list[keras.layers.Layer]:
    return [layer for layer in model._flatten_layers() if isinstance(layer, kind)]


def same(answer: Batch, other: Batch) -> bool:
    """Whether two answers are equal in every number."""
    left, right = named("", answer), named("", other)
    return all(np.array_equal(numbers, right[name]) for name, numbers in left.items())


@every_row
def test_it_answers_alike_and_each_example_for_itself(row: Row) -> None:
    keras.utils.set_random_seed(0)
    model = row.build()
    for layer in layers(model, keras.layers.BatchNormalization):
        layer.moving_variance.assign(layer.moving_variance + 0.5)
        layer.moving_mean.assign(layer.moving_mean + 0.1)
    before = state(model)
    answer = answer_of(model, row.inputs)
    assert same(answer_of(model, row.inputs), answer)
    # Statistics of the batch would make each answer depend on the others.
    few = named("", answer_of(model, keras.tree.map_structure(lambda x: x[:3], row.inputs)))
    for name, numbers in named("", answer).items():
        scale = max(1.0, float(np.abs(numbers).max()))
        np.testing.assert_allclose(few[name], numbers[:3], atol=1e-4 * scale)
    for now, then in zip(state(model), before, strict=True):
        np.testing.assert_array_equal(now, then)


@every_row
def test_its_dropout_is_for_training_and_its_statistics_are_those_that_moved(row: Row) -> None:
    keras.utils.set_random_seed(0)
    model = row.build()
    answer = answer_of(model, row.inputs)
    dropped = [layer for layer in layers(model, keras.layers.Dropout) if layer.rate]
    for layer in dropped:
        layer.rate = 0.9
    assert same(answer_of(model, row.inputs), answer)
    if dropped and id(row.subject) in NETS:
        drawn = [named("", model(row.inputs, training=True)) for _ in range(2)]
        assert not same(*drawn)
    normalized = layers(model, keras.layers.BatchNormalization)
    for layer in normalized:
        layer.moving_mean.assign(layer.moving_mean + 1.0)
    assert same(answer_of(model, row.inputs), answer) == (not normalized)
