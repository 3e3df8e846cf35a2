"""Mosaic and RandomScaleCrop as layers: Keras' form, draws, configurations, refusals.

Boxes against pixels are in tests/data/test_box_augment.py.
"""

import keras
import numpy as np
import pytest
from pydantic import ValidationError

from dlsuite.data import DataSettings
from dlsuite.data.augment_settings import layers_move_boxes
from dlsuite.data.box_augment import together
from dlsuite.layers import Mosaic, RandomScaleCrop
from dlsuite.layers.box_augmentation import changed_together
from dlsuite.layers.letterbox import GREY
from dlsuite.ops.visible_boxes import visible_boxes

IMAGES = np.random.default_rng(0).random((4, 12, 16, 3)).astype("float32")
BOXES = np.array([[[4, 2, 12, 10], [0, 0, 0, 0]]] * 4, "float32")
LABELS = np.array([[0, -1], [1, -1], [2, -1], [3, -1]], "int32")
KERAS_FORM = {"images": IMAGES, "bounding_boxes": {"boxes": BOXES, "labels": LABELS}}
HALVES = {"center": (0.5, 0.5), "scale": (0.5, 0.5)}


def test_four_pictures_of_half_size_are_the_means_of_two_by_two_pixels():
    layer = Mosaic(**HALVES, seed=0)
    after = layer(dict(KERAS_FORM), training=True)
    small = IMAGES.reshape(4, 6, 2, 8, 2, 3).mean((2, 4))
    labels = np.asarray(after["bounding_boxes"]["labels"])
    assert (labels[:, 1::2] == -1).all()
    for image, numbers in zip(np.asarray(after["images"]), labels[:, ::2], strict=True):
        upper, lower = (np.concatenate([small[i] for i in numbers[k : k + 2]], 1) for k in (0, 2))
        np.testing.assert_allclose(image, np.concatenate([upper, lower]), atol=1e-6)
    boxes = np.asarray(after["bounding_boxes"]["boxes"])[:, ::2]
    corners = np.array([[0, 0, 0, 0], [8, 0, 8, 0], [0, 6, 0, 6], [8, 6, 8, 6]])
    np.testing.assert_allclose(boxes, np.array([[2, 1, 6, 5]] * 4) + corners + 0 * boxes, atol=1e-5)


def test_doubled_pictures_show_a_quarter_of_themselves():
    layer = RandomScaleCrop((2.0, 2.0), stretch=1.0, seed=1)
    ramp = np.zeros((6, 20, 20, 1), "float32") + np.arange(20)[:, None, None] / 20
    after = np.asarray(layer(ramp, training=True))
    # One row further is half a row of the picture, but at its border.
    assert np.quantile(np.diff(after[:, :, 0, 0], axis=1), 0.5) == pytest.approx(1 / 40, abs=1e-5)
    assert after.shape == ramp.shape


def test_scales_are_drawn_as_stated_and_halving_is_as_likely_as_doubling():
    layer = RandomScaleCrop((0.5, 2.0), stretch=1.21, seed=0)
    many = np.zeros((4000, 2, 3, 1), "float32")
    scale = np.asarray(layer.get_random_transformation(many)["scale"])
    ratio = scale[:, 0] / scale[:, 1]
    assert 1 / 1.21 - 1e-5 <= ratio.min() < 0.83
    assert 1.2 < ratio.max() <= 1.21 + 1e-5
    both = np.log2(scale).mean(1)
    assert -1 - 1e-5 <= both.min() < -0.99
    assert 0.99 < both.max() <= 1 + 1e-5
    assert both.mean() == pytest.approx(0, abs=0.04)  # 4 deviations of the mean of 4000


def test_every_other_picture_is_drawn_alike_and_one_is_its_own():
    layer = Mosaic(seed=0)
    many = np.zeros((5, 2, 3, 1), "float32")
    drawn = np.stack(
        [np.asarray(layer.get_random_transformation(many)["pictures"]) for _ in range(300)]
    )
    own = drawn == np.arange(5)[:, None]
    assert (own.sum(-1) == 1).all()
    np.testing.assert_allclose(own.mean((0, 1)), 0.25, atol=0.05)  # each of the four corners
    others = drawn[:, 0][~own[:, 0]]
    np.testing.assert_allclose(np.bincount(others) / len(others), [0, *[0.25] * 4], atol=0.07)


def test_a_batch_of_one_is_a_mosaic_of_itself():
    drawn = Mosaic().get_random_transformation(IMAGES[:1])
    assert not np.asarray(drawn["pictures"]).any()


MIRRORED = {
    "horizontal": np.s_[:, :, ::-1],
    "vertical": np.s_[:, ::-1],
    "horizontal_and_vertical": np.s_[:, ::-1, ::-1],
}


def drawn_by(layer, images=IMAGES):
    return layer, layer.get_random_transformation(images)


@pytest.mark.parametrize("mode", MIRRORED)
@pytest.mark.parametrize("first", [Mosaic(seed=0), RandomScaleCrop(seed=0)], ids=["mosaic", "crop"])
def test_read_once_they_are_mirrored_as_after_each_other(first, mode):
    change = drawn_by(first)
    alone = np.asarray(changed_together(IMAGES, [change]))
    mirrored = np.array([False, True, True, False])[:, None, None, None]
    flip = (keras.layers.RandomFlip(mode), {"flips": mirrored})
    both = changed_together(IMAGES, [change, flip])
    np.testing.assert_allclose(both, np.where(mirrored, alone[MIRRORED[mode]], alone), atol=1e-6)
    twice = changed_together(IMAGES, [change, flip, flip])
    np.testing.assert_allclose(twice, alone, atol=1e-6)


def test_what_was_left_out_between_two_changes_stays_grey():
    """Shrunk to a half in the middle, enlarged to the double: the same picture again, softer."""
    half = {"scale": np.full((4, 2), 0.5, "float32"), "corner": np.array([[4, 3]] * 4, "float32")}
    double = {"scale": 4 * half["scale"], "corner": -2 * half["corner"]}
    layer = RandomScaleCrop()
    same = changed_together(IMAGES, [(layer, half), (layer, double)])
    np.testing.assert_allclose(same, IMAGES, atol=1e-5)
    grey = np.asarray(changed_together(IMAGES, [(layer, double), (layer, half)]))
    assert (grey[:, :3] == np.float32(GREY)).all()
    np.testing.assert_allclose(grey[:, 3:9, 4:12], IMAGES[:, 3:9, 4:12], atol=1e-5)
    assert (grey[:, 9:] == np.float32(GREY)).all()
    # Likewise what a mosaic's pictures would show beyond it.
    quarter, halves = Mosaic(**HALVES, seed=0), {**half, "corner": half["corner"]}
    seen = np.asarray(changed_together(IMAGES, [drawn_by(quarter), (layer, halves)]))
    assert (seen[:, [0, 1, 2, 9, 10, 11]] == np.float32(GREY)).all()
    assert (seen[:, :, [0, 1, 2, 3, 12, 13, 14, 15]] == np.float32(GREY)).all()


def test_layers_that_move_rows_and_columns_are_read_together():
    flip, crop, mosaic = keras.layers.RandomFlip(), RandomScaleCrop(), Mosaic()
    turn = keras.layers.RandomRotation(0.1)
    assert together([mosaic, crop, flip, turn, flip]) == [(mosaic, crop, flip), (turn,), (flip,)]
    assert together([flip, crop, mosaic]) == [(flip, crop), (mosaic,)]
    assert together([keras.layers.Pipeline([mosaic, keras.Sequential([crop])]), flip]) == [
        (mosaic, crop, flip)
    ]
    assert together([]) == []


@pytest.mark.parametrize("layer", [Mosaic(), RandomScaleCrop()], ids=["mosaic", "scale"])
def test_nothing_happens_outside_of_training(layer):
    np.testing.assert_array_equal(layer(IMAGES), IMAGES)
    assert layer(KERAS_FORM, training=False) is not None
    inputs = keras.Input((None, None, 3))
    assert keras.Model(inputs, layer(inputs)).output_shape == (None, None, None, 3)


@pytest.mark.parametrize(
    "layer",
    [Mosaic(0.5, (0.2, 0.6), (0.4, 1.2), seed=5), RandomScaleCrop((0.3, 3.0), 1.5, seed=5)],
    ids=["mosaic", "scale"],
)
def test_it_comes_back_from_its_configuration(layer):
    again = keras.layers.deserialize(keras.layers.serialize(layer))
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(again(IMAGES, training=True), layer(IMAGES, training=True))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Mosaic(1.5), "`factor` must be from 0 to 1. Received: factor=1.5"),
        (lambda: Mosaic(center=(0.7, 0.2)), "`center` must be two numbers in order"),
        (lambda: Mosaic(scale=(0.0, 1.0)), "`scale` must be two numbers above 0"),
        (lambda: RandomScaleCrop((2.0, 1.0)), "`scale` must be two numbers above 0, in order"),
        (lambda: RandomScaleCrop(stretch=0.5), "`stretch` must be at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_what_is_seen_of_boxes_worked_by_hand():
    window = np.array([0, 0, 10, 10], "float32")
    boxes = np.array(
        [
            [2, 2, 6, 6],  # all of it
            [-6, 0, 4, 10],  # 40 of 100
            [-8, 0, 2, 10],  # 20 of 100
            [8.5, 0, 10.5, 4],  # 6 of 8, but 1.5 wide
            [12, 12, 14, 14],  # none
            [1, 1, 5, 5],  # all of it, but absent
        ],
        "float32",
    )
    cut, labels = visible_boxes(boxes, np.array([0, 1, 2, 3, 4, -1]), window, 0.3)
    np.testing.assert_array_equal(labels, [0, 1, -1, -1, -1, -1])
    expected = np.zeros((6, 4))
    expected[:2] = [[2, 2, 6, 6], [0, 0, 4, 10]]
    np.testing.assert_array_equal(cut, expected)


class Boxed(DataSettings):
    """Data as a recipe of detection has it."""

    checks = (layers_move_boxes,)


@pytest.mark.parametrize(
    "layer",
    [
        "Mosaic",
        {"type": "RandomScaleCrop", "scale": [0.5, 1.5], "stretch": 1.1},
        {"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1},
        {"type": "RandomHue", "factor": 0.1, "value_range": [0, 1]},
        {"type": "MixUp", "alpha": 1.5},
    ],
)
def test_a_recipe_of_detection_takes_what_moves_boxes(layer):
    (made,) = Boxed(source="digits", augment=[layer]).augmentation()
    assert type(made).__name__ == (layer if isinstance(layer, str) else layer["type"])


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ({"type": "RandomCrop", "height": 4, "width": 4}, "RandomScaleCrop does not."),
        ({"type": "RandomPaddedCrop"}, "RandomScaleCrop does."),
        ({"type": "CutMix"}, "Mosaic does not."),
        ({"type": "RandomElasticTransform"}, "RandomRotation and RandomShear do not"),
        ({"type": "RandomPerspective"}, "RandomRotation and RandomShear can be"),
        ({"type": "CenterCrop", "height": 4, "width": 4}, "must draw what it does"),
        ({"type": "Dense", "units": 3}, "must be a layer that changes images"),
    ],
)
def test_a_recipe_of_detection_is_told_what_leaves_boxes_behind(layer, said):
    with pytest.raises(ValidationError) as error:
        Boxed(source="digits", augment=[layer])
    assert said in str(error.value)


def test_a_mosaic_needs_others_and_is_of_pictures_with_boxes():
    with pytest.raises(ValidationError, match="needs a batch of two examples or more: Mosaic"):
        Boxed(source="digits", augment=["Mosaic"], batch_size=1)
    with pytest.raises(ValidationError, match="must be a layer that changes images"):
        DataSettings(source="digits", augment=["Mosaic"])
