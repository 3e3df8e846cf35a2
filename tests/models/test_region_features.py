"""What regions are judged by: how much of the picture their maps have seen; how many at once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from rcnn_scenes import BUILDERS, SIDE, question, small

FAR = 24  # pixels, beyond the 16 that a field of stride 8 sees around the first corner


def first_field(neck: int | None) -> keras.Model:
    """The first field of the maps at a stride of 8, below a Darknet."""
    model = BUILDERS["faster_rcnn"]((64, 64, 3), 2, units=4, proposals=1, neck=neck)
    return keras.Model(model.input, model.output["features"][:, 0, 0])


@pytest.mark.parametrize(("neck", "told"), [(None, False), (6, True)])
def test_a_neck_tells_fine_maps_what_coarse_ones_see(neck, told):
    keras.utils.set_random_seed(0)
    field = first_field(neck)
    here = np.random.default_rng(0).uniform(size=(1, 64, 64, 3)).astype("float32")
    there = here.copy()
    there[:, FAR:, FAR:] = 1 - there[:, FAR:, FAR:] ** 2
    moved = np.abs(np.asarray(field(here)) - np.asarray(field(there))).max()
    assert (moved > 1e-4) == told
    assert field.output_shape[-1] == (64 if neck is None else neck)


def test_a_net_with_a_neck_is_made_again_with_it():
    model = small("fast_rcnn", neck=6)
    again = type(model).from_config(model.get_config())
    assert again.get_layer("neck1").output.shape == (None, SIDE // 4, SIDE // 4, 6)
    again.set_weights(model.get_weights())
    x = question("fast_rcnn")
    answers = (each.detect(each(x, training=False))["boxes"] for each in (model, again))
    np.testing.assert_array_equal(*map(np.asarray, answers))


@pytest.mark.parametrize("name", ["fast_rcnn", "faster_rcnn"])
def test_a_batch_is_answered_as_its_pictures_are_and_pooled_one_at_a_time(name):
    model = small(name)
    x = question(name)
    said = model(x, training=False)
    together = model.detect(said)
    for number in range(3):
        alone = model.detect({key: value[number : number + 1] for key, value in said.items()})
        for key, value in together.items():
            np.testing.assert_allclose(value[number], alone[key][0], atol=1e-5)
    specs = {key: tf.TensorSpec((200, *value.shape[1:])) for key, value in said.items()}
    graph = tf.function(lambda raw: model.detect(raw)).get_concrete_function(specs).graph
    shapes = [out.shape for each in graph.get_operations() for out in each.outputs]
    largest = max(shape.num_elements() or 0 for shape in shapes if shape.is_fully_defined())
    # What goes in is there; of 200 pictures, what is pooled would be four times as much.
    given = max(spec.shape.num_elements() for spec in specs.values())
    pooled = 200 * said["proposals"].shape[1] * 7 * 7 * said["features"].shape[-1]
    assert largest <= given < pooled / 4
