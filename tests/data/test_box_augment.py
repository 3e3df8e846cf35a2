"""Boxes after augmentation, against the extents of the pixels that were drawn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data.augment import augmenter
from dlsuite.layers import ColorJitter, Mosaic, RandomPaddedCrop, RandomScaleCrop
from tests.data.drawn_boxes import (
    BOXES,
    HEIGHT,
    LABELS,
    WIDTH,
    B,
    Y,
    drawn,
    extents,
    of_colour,
    steps,
)

STILL_ONE = {
    "flip": lambda: keras.layers.RandomFlip("horizontal"),
    "flip upside down": lambda: keras.layers.RandomFlip("vertical"),
    "flip both": lambda: keras.layers.RandomFlip(),
    "translation": lambda: keras.layers.RandomTranslation(0.4, 0.4),
    "zoom": lambda: keras.layers.RandomZoom((-0.4, 0.4), (-0.4, 0.4)),
    "zoom alike": lambda: keras.layers.RandomZoom(0.5),
    "rotation": lambda: keras.layers.RandomRotation(0.5),
    "shear": lambda: keras.layers.RandomShear(0.3, 0.3),
    "scale and crop": lambda: RandomScaleCrop((0.5, 2.0), 1.3),
    "in turn": lambda: keras.layers.Pipeline(
        [keras.layers.RandomFlip(), keras.Sequential([RandomScaleCrop()])]
    ),
}


@pytest.mark.parametrize("make", STILL_ONE.values(), ids=STILL_ONE)
def test_boxes_are_where_the_pixels_went(make):
    seen = moved = 0
    for images, y in steps([make()]):
        assert y["boxes"].shape == (B, 2, 4)
        assert (y["labels"][:, 0] == -1).all()
        assert not y["boxes"][:, 0].any()
        for number in range(B):
            mask = of_colour(images[number], number)
            label, box = y["labels"][number, 1], y["boxes"][number, 1]
            if label == -1:
                assert not box.any()
                # What is gone is cut by the border, or shows next to nothing.
                if mask.sum() > 8:
                    edges = extents(mask)
                    assert (edges[:2] == 0).any() or (edges[2:] == [WIDTH, HEIGHT]).any()
                continue
            assert label == number
            seen += 1
            moved += np.abs(box - BOXES[number]).max() > 1
            np.testing.assert_allclose(box, extents(mask), atol=1.01)
    assert seen > B  # of 3 B
    assert moved > B / 2


class MovesAndDrops(keras.layers.Layer):
    """A user's own: everything a pixel to the right; what is of class 1 is taken away."""

    bounding_box_format = ""

    def get_random_transformation(self, images, training=True):
        return ()

    def transform_images(self, images, drawn, training=True):
        return tf.roll(images, 1, axis=2)

    def transform_bounding_boxes(self, told, drawn, training=True):
        labels = tf.where(told["labels"] == 1, -1, told["labels"])
        return {"boxes": told["boxes"] + [1.0, 0.0, 1.0, 0.0], "labels": labels}


@pytest.mark.parametrize(
    "make",
    [STILL_ONE["scale and crop"], STILL_ONE["in turn"], keras.layers.MixUp, Mosaic, MovesAndDrops],
    ids=["crop", "in turn", "mixup", "mosaic", "own"],
)
def test_ignored_boxes_move_as_others_do(make):
    plain = steps([make()])
    ignored = steps([make()], y={**Y, "labels": np.where(LABELS >= 0, -2 - LABELS, -1)})
    for (_, one), (_, other) in zip(plain, ignored, strict=True):
        assert (one["labels"] >= 0).any()
        # Of an ignored one that is cut the least part is still ignored.
        for picture in range(B):
            expected = {
                (-2 - label, *box)
                for label, box in zip(
                    one["labels"][picture], one["boxes"][picture].tolist(), strict=True
                )
                if label >= 0
            }
            found = {
                (label, *box)
                for label, box in zip(
                    other["labels"][picture], other["boxes"][picture].tolist(), strict=True
                )
            }
            assert expected <= found
        assert (other["labels"] < 0).all()
        if make is MovesAndDrops:
            assert set(np.unique(other["labels"])) == {-1, *(-2 - np.delete(np.arange(B), 1))}


def test_a_turn_by_a_right_angle_is_exact():
    layer = keras.layers.RandomRotation((0.25, 0.25))
    square = drawn()[:, :, 10:70]  # a square that turns onto itself, 60 wide
    y = {"boxes": Y["boxes"] - np.array([10, 0, 10, 0], "float32"), "labels": LABELS}
    images, after = steps([layer], last=1, x=square, y=y, min_visible=0.0)[0]
    for number in range(B):
        box = after["boxes"][number, 1]
        np.testing.assert_allclose(box, extents(of_colour(images[number], number)), atol=1e-3)


def test_too_little_of_an_object_is_no_object():
    """Boxes that leave by a known part: a shift to the right by 30 pixels of 80."""
    layer = keras.layers.RandomTranslation((0, 0), (0.375, 0.375))
    boxes = np.array([[[30, 10, 70, 30], [36, 10, 76, 30], [45, 10, 49, 30], [0, 0, 20, 20]]])
    y = {"boxes": boxes.astype("float32"), "labels": np.array([[0, 1, 2, 3]], "int32")}
    x = drawn()[:1]
    # 20 of 40 are left, then 14 of 40, then all, then all.
    ((_, most),) = steps([layer], last=1, x=x, y=y, min_visible=0.4)
    np.testing.assert_array_equal(most["labels"], [[0, -1, 2, 3]])
    expected = [[[60, 10, 80, 30], [0, 0, 0, 0], [75, 10, 79, 30], [30, 0, 50, 20]]]
    np.testing.assert_allclose(most["boxes"], expected, atol=1e-4)
    ((_, fewer),) = steps([layer], last=1, x=x, y=y, min_visible=0.3)
    np.testing.assert_array_equal(fewer["labels"], [[0, 1, 2, 3]])


def test_layers_of_colour_change_pixels_alone():
    layers = [
        keras.layers.RandomBrightness(0.3, value_range=(0, 1)),
        ColorJitter(0.3, hue=0.3),
        keras.layers.GaussianNoise(0.1),
        keras.layers.RandomErasing(1.0, value_range=(0, 1)),
    ]
    for layer in layers:
        images, y = steps([layer], last=1)[0]
        assert np.abs(images - drawn()).max() > 0.01
        np.testing.assert_array_equal(y["boxes"], Y["boxes"])
        np.testing.assert_array_equal(y["labels"], LABELS)


def test_what_lies_beyond_a_picture_is_grey_and_shows_no_object_twice():
    white = np.ones((B, HEIGHT, WIDTH, 3), "float32")
    for layer in (keras.layers.RandomTranslation(0.5, 0.5), keras.layers.RandomRotation(0.1)):
        images, _ = steps([layer], last=1, x=white)[0]
        assert images.min() == 0.5
    kept, _ = steps([keras.layers.RandomTranslation(0.5, 0.5, "nearest")], last=1, x=white)[0]
    np.testing.assert_allclose(kept, 1, atol=1e-5)


def test_many_layers_in_one_move_boxes_as_they_move_pixels():
    seen = 0
    for images, y in steps([keras.layers.RandAugment((0, 1), num_ops=1, factor=0.2)], last=8):
        for number in range(B):
            box = y["boxes"][number, 1]
            # Colours may have changed too: an object is what differs from its picture's corner.
            shown = images[number].max(-1) - images[number].min(-1) > 0.3
            if y["labels"][number, 1] >= 0 and shown.any() and number != 6:  # 6 is white
                seen += 1
                np.testing.assert_allclose(box, extents(shown), atol=1.5)
    assert seen > 2 * B


def test_a_layer_of_ones_own_is_told_of_boxes_by_the_form_of_keras():
    layer = Own((0.25, 0.25))
    ((_, y),) = steps([layer], last=1, min_visible=0.0)
    assert layer.bounding_box_format == "xyxy"
    after = np.minimum(BOXES + np.array([20, 0, 20, 0]), [WIDTH, HEIGHT] * 2)
    np.testing.assert_allclose(y["boxes"][:, 1], after)


class Own(keras.layers.Layer):
    """Moves to the right, written without knowing of this suite."""

    def __init__(self, part):
        super().__init__()
        self.part, self.bounding_box_format = part, None

    def get_random_transformation(self, data, training=True, seed=None):
        return 20

    def transform_images(self, images, transformation, training=True):
        return tf.roll(images, transformation, axis=2)

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        assert self.bounding_box_format == "xyxy"
        boxes = bounding_boxes["boxes"] + [transformation, 0, transformation, 0]
        return {**bounding_boxes, "boxes": boxes}


@pytest.mark.parametrize(
    ("layer", "instead"),
    [
        (lambda: keras.layers.RandomCrop(HEIGHT, WIDTH), "RandomScaleCrop does not"),
        (lambda: RandomPaddedCrop(2), "RandomScaleCrop does"),
        (lambda: keras.layers.CutMix(), "Mosaic does not"),
        (lambda: keras.layers.RandomElasticTransform(), "RandomRotation"),
        (lambda: keras.layers.RandomPerspective(), "RandomShear"),
        (lambda: keras.layers.Pipeline([keras.layers.RandomCrop(9, 9)]), "RandomScaleCrop"),
        (lambda: keras.layers.UnitNormalization(), "Received: UnitNormalization"),
    ],
)
def test_a_layer_that_would_leave_boxes_behind_is_refused_by_name(layer, instead):
    batch = tf.nest.map_structure(tf.constant, (drawn(), Y))
    with pytest.raises(ValueError, match=rf"A layer of `augment` must .*{instead}"):
        augmenter([layer()], 0)(batch, tf.constant(0, tf.int64))


def test_a_layer_that_cannot_change_the_images_says_so():
    batch = tf.nest.map_structure(tf.constant, (drawn()[..., :1], Y))
    with pytest.raises(ValueError, match=r"RandomHue cannot change images of shape \[7, 60, 80, 1"):
        augmenter([keras.layers.RandomHue(0.2, value_range=(0, 1))], 0)(
            batch, tf.constant(0, tf.int64)
        )
