"""Boxes after augmentation, against the extents of the pixels that were drawn."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from dlsuite.data.augment import augmenter
from dlsuite.data.box_augment import FAINT
from dlsuite.layers import Mosaic, RandomPaddedCrop, RandomScaleCrop

HEIGHT, WIDTH = 60, 80
B = 7
# Picture i is black, its object of the colour i + 1 in binary: 1 is blue, 2 green, 3 both, …
COLOURS = np.array([[(i + 1) >> bit & 1 for bit in (2, 1, 0)] for i in range(B)], "float32")
PARTS = np.random.default_rng(4)
CORNERS = np.stack([PARTS.integers(4, 40, B), PARTS.integers(4, 28, B)], -1)
BOXES = np.concatenate([CORNERS, CORNERS + PARTS.integers(14, 28, (B, 2))], -1).astype("float32")
EMPTY = np.zeros((B, 1, 4), "float32")
LABELS = np.stack([np.full(B, -1), np.arange(B)], -1).astype("int32")  # the absent one is first
Y = {"boxes": np.concatenate([EMPTY, BOXES[:, None]], 1), "labels": LABELS}
STEPS = 3


def drawn():
    images = np.zeros((B, HEIGHT, WIDTH, 3), "float32")
    for image, box, colour in zip(images, BOXES.astype(int), COLOURS, strict=True):
        image[box[1] : box[3], box[0] : box[2]] = colour
    return images


def steps(layers, first=0, last=STEPS, *, x=None, y=Y, seed=0, **options):
    """(x, y) of each step, out of a graph that knows nothing of the batch's size."""
    augment = augmenter(layers, seed, **options)
    batch = (drawn() if x is None else x, y)
    free = tf.nest.map_structure(lambda leaf: tf.TensorSpec((None, *leaf.shape[1:])), batch)
    stream = tf.data.Dataset.range(first, last).map(lambda step: (step, batch))

    @tf.autograph.experimental.do_not_convert
    def apply(step, batch):
        unknown = tf.nest.map_structure(
            lambda leaf, spec: tf.ensure_shape(tf.identity(leaf), spec.shape), batch, free
        )
        return augment(unknown, step)

    return [tf.nest.map_structure(np.asarray, batch) for batch in stream.map(apply)]


def of_colour(image, number):
    """Pixels nearer to an object's colour than to the black beside it."""
    return (np.abs(image - COLOURS[number]) < 0.5).all(-1)


def extents(mask):
    rows, columns = np.nonzero(mask)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


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


def components_are_boxed(images, y, least_share):
    """Every pixel inside of a box is of its object, and what has no box is too little."""
    kept = 0
    for image, boxes, labels in zip(images, y["boxes"], y["labels"], strict=True):
        covered = np.zeros(image.shape[:2], bool)
        for box, label in zip(boxes, labels, strict=True):
            if label == -1:
                assert not box.any()
                continue
            kept += 1
            mask = of_colour(image, label)
            x_min, y_min, x_max, y_max = (round(float(side)) for side in box)
            assert mask[y_min + 1 : y_max - 1, x_min + 1 : x_max - 1].all()
            parts, _ = ndimage.label(mask)
            own = parts[(y_min + y_max) // 2, (x_min + x_max) // 2]
            np.testing.assert_allclose(box, extents(parts == own), atol=1.01)
            covered |= parts == own
        for number in range(B):
            parts, count = ndimage.label(of_colour(image, number) & ~covered)
            area = np.prod(BOXES[number, 2:] - BOXES[number, :2])
            for part in range(1, count + 1):
                left, top, right, bottom = extents(parts == part)
                thin = min(right - left, bottom - top) <= 3
                assert thin or (parts == part).sum() <= least_share * area
    return kept


@pytest.mark.parametrize(
    "layer",
    [
        lambda: Mosaic(scale=(1.0, 1.0)),
        lambda: Mosaic(scale=(0.8, 1.0)),
        lambda: Mosaic(center=(0.0, 1.0), scale=(0.5, 1.2)),
    ],
)
def test_a_mosaic_shows_four_pictures_and_boxes_what_it_shows_of_them(layer):
    kept = 0
    for images, y in steps([layer()]):
        assert images.shape == (B, HEIGHT, WIDTH, 3)
        assert y["boxes"].shape == (B, 8, 4)
        # 0.3 of the object's area as it was shown, by up to 1.2 in each direction.
        kept += components_are_boxed(images, y, 0.3 * 1.44 + 0.05)
    assert kept > 2 * B  # of 12 B, many outside


def test_a_mosaic_of_half_size_pictures_has_all_of_the_four():
    images, y = steps([Mosaic(center=(0.5, 0.5), scale=(0.5, 0.5))], last=1)[0]
    own = 0
    for boxes, labels in zip(y["boxes"], y["labels"], strict=True):
        assert (labels.reshape(4, 2)[:, 0] == -1).all()
        present = labels.reshape(4, 2)[:, 1]
        assert (present >= 0).all()
        for place, number in enumerate(present):
            corner = np.array([WIDTH, HEIGHT]) / 2 * [place % 2, place // 2]
            expected = BOXES[number] / 2 + np.tile(corner, 2)
            np.testing.assert_allclose(boxes.reshape(4, 2, 4)[place, 1], expected, atol=1e-4)
        own += np.isin(np.arange(B), present).any()
    assert own == B
    for number, labels in enumerate(y["labels"]):
        assert number in labels  # its own picture is one of the four
    assert components_are_boxed(images, y, 0.3) == 4 * B


def test_a_share_of_the_images_is_left_as_it_is():
    assert_same(steps([Mosaic(factor=0.0)], last=1)[0], drawn())
    mixed = [
        (images != drawn()).reshape(B, -1).any(1).mean()
        for images, _ in steps([Mosaic(factor=0.4)], last=30)
    ]
    assert np.mean(mixed) == pytest.approx(0.4, abs=0.1)  # 210 draws: 3 deviations are 0.1


def assert_same(batch, images):
    x, y = batch
    np.testing.assert_allclose(x, images, atol=1e-6)
    present = y["labels"] >= 0
    assert (present.sum(1) == 1).all()
    np.testing.assert_array_equal(y["labels"][present], np.arange(B))
    np.testing.assert_allclose(y["boxes"][present], BOXES, atol=1e-4)
    assert not y["boxes"][~present].any()


def test_mixup_blends_the_pixels_and_has_the_boxes_of_both():
    before, pairs = drawn(), 0
    for images, y in steps([keras.layers.MixUp(alpha=0.5)], last=6):
        assert y["boxes"].shape == (B, 4, 4)
        for number in range(B):
            present = y["labels"][number] >= 0
            named = y["labels"][number][present]
            np.testing.assert_allclose(y["boxes"][number][present], BOXES[named])
            # How much of each picture there is, by least squares over all pixels.
            flat = before.reshape(B, -1).T
            shares, *_ = np.linalg.lstsq(flat, images[number].ravel(), rcond=None)
            np.testing.assert_allclose(flat @ shares, images[number].ravel(), atol=1e-4)
            shown = np.flatnonzero(shares > FAINT + 1e-3)
            assert set(shown) <= set(named) <= set(np.flatnonzero(shares > FAINT - 1e-3))
            assert len(named) == len(set(named))
            pairs += len(named) == 2
    assert pairs > B


def test_layers_of_colour_change_pixels_alone():
    layers = [
        keras.layers.RandomBrightness(0.3, value_range=(0, 1)),
        keras.layers.RandomHue(0.3, value_range=(0, 1)),
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


def test_proposals_move_as_boxes_do_and_stay_as_many():
    proposals = np.concatenate([BOXES[:, None], EMPTY, BOXES[:, None] + 1], 1)  # [B, 3, 4]
    x = {"image": drawn(), "proposals": proposals}
    for layer in (keras.layers.RandomFlip("horizontal"), RandomScaleCrop((0.5, 0.9))):
        moved, y = steps([layer], last=1, x=x)[0]
        np.testing.assert_allclose(moved["proposals"][:, 0], y["boxes"][:, 1], atol=1e-4)
        assert not moved["proposals"][:, 2].any()  # absent ones go last
    for layer in (Mosaic(center=(0.5, 0.5), scale=(0.5, 0.5)), keras.layers.MixUp(alpha=5.0)):
        moved, y = steps([layer], last=1, x=x)[0]
        assert moved["proposals"].shape == (B, 3, 4)
        assert moved["image"].shape == (B, HEIGHT, WIDTH, 3)
        for of_one, boxes, labels in zip(moved["proposals"], *y.values(), strict=True):
            if (labels >= 0).sum() < 2:
                continue  # mixed with itself, or with next to nothing
            # The first of each picture come first, and they are its box.
            apart = np.abs(of_one[:2, None] - boxes[None]).max(-1).min(1)
            np.testing.assert_allclose(apart, 0, atol=1e-4)
            assert not np.allclose(of_one[0], of_one[1])


LAYERS = {
    **STILL_ONE,
    "mosaic": Mosaic,
    "mixup": keras.layers.MixUp,
    "all": lambda: keras.layers.Pipeline(
        [Mosaic(), keras.layers.RandomFlip("horizontal"), keras.layers.MixUp()]
    ),
}


@pytest.mark.parametrize("name", ["flip", "rotation", "scale and crop", "mosaic", "mixup", "all"])
def test_a_step_is_the_same_whatever_came_before_in_a_graph_and_outside(name):
    layers = [LAYERS[name]()]
    whole, late = steps(layers, 0, 4, seed=3), steps([LAYERS[name]()], 2, 4, seed=3)
    for batch, again in zip(whole[2:], late, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, batch, again)
    assert not np.array_equal(whole[0][0], whole[1][0])
    assert not np.array_equal(whole[0][0], steps(layers, 0, 1, seed=4)[0][0])
    batch = tf.nest.map_structure(tf.constant, (drawn(), Y))
    eager = augmenter(layers, 3)(batch, tf.constant(2, tf.int64))
    tf.nest.map_structure(
        lambda one, other: np.testing.assert_allclose(one, other, atol=2e-3), eager, whole[2]
    )


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
