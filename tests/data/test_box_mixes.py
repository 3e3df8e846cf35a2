"""Boxes of images that are made of several, against the extents of the pixels that were drawn."""

import keras
import numpy as np
import pytest
from scipy import ndimage

from dlsuite.data.box_augment import FAINT
from dlsuite.layers import Mosaic, RandomScaleCrop
from tests.data.drawn_boxes import BOXES, EMPTY, HEIGHT, WIDTH, B, drawn, extents, of_colour, steps


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
        # Read once, all three together.
        lambda: keras.layers.Pipeline(
            [Mosaic(scale=(0.8, 1.0)), RandomScaleCrop((0.9, 1.1), 1.0), keras.layers.RandomFlip()]
        ),
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
