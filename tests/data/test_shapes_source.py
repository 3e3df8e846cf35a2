"""Drawn shapes: boxes are the extents of what is drawn, and a seed draws the same again."""

import math

import numpy as np
import pytest

from dlsuite.data import split
from dlsuite.data.shape_drawing import KINDS, MOST_NOISE, background, paint, shape
from dlsuite.data.sources import shapes

# Area of each shape in a circle of radius 1. Of the pentagram it is 10 tan 18 / (3 - tan^2 18).
TANGENT = math.tan(math.pi / 10)
AREAS = {
    "circle": math.pi,
    "square": 2,
    "triangle": 3 * math.sqrt(3) / 4,
    "star": 10 * TANGENT / (3 - TANGENT**2),
    "cross": 2 * 1.9 * 0.62 - 0.62**2,
}


@pytest.fixture(scope="module")
def several():
    return shapes(count=60, image_size=64, objects=(2, 6), classes=list(KINDS), seed=3)


def extents(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def test_a_seed_draws_the_same_and_another_one_other_pictures(several):
    again = shapes(count=60, image_size=64, objects=(2, 6), classes=list(KINDS), seed=3)
    fewer = shapes(count=9, image_size=64, objects=(2, 6), classes=list(KINDS), seed=3)
    other = shapes(count=9, image_size=64, objects=(2, 6), classes=list(KINDS), seed=4)
    keys = several.parts["all"].keys.tolist()
    assert again.parts["all"].keys.tolist() == keys
    assert fewer.parts["all"].keys.tolist() == keys[:9]
    assert not set(other.parts["all"].keys) & set(keys)
    for name, rows in again.parts["all"].rows.items():
        np.testing.assert_array_equal(rows, several.parts["all"].rows[name])


def test_a_raw_example_has_the_form_of_detection(several):
    example = several.parts["all"].read(0)
    assert {name: (leaf.dtype, leaf.shape) for name, leaf in example.items()} == {
        "image": (np.uint8, (64, 64, 3)),
        "boxes": (np.float32, (6, 4)),
        "labels": (np.int32, (6,)),
        "ignored": (bool, (6,)),
        "size": (np.int32, (2,)),
    }
    assert several.about["class_names"] == list(KINDS)
    rows = several.parts["all"].rows
    absent = rows["labels"] == -1
    assert absent.any()
    assert not rows["boxes"][absent].any()
    assert not rows["ignored"][absent].any()
    present = (rows["labels"] >= 0).sum(axis=1)
    assert present.min() >= 1
    assert present.max() == 6
    for labels, marks in zip(rows["labels"], several.parts["all"].strata, strict=True):
        assert set(labels) - {-1} == set(np.flatnonzero(marks))


@pytest.mark.parametrize("kind", KINDS)
def test_a_shape_has_the_area_that_it_should(kind):
    fine = (np.arange(-1000, 1000) + 0.5) / 1000
    inside = KINDS[kind](fine, fine[:, np.newaxis])
    assert inside.mean() * 4 == pytest.approx(AREAS[kind], rel=2e-3)
    assert (fine**2 + fine[:, np.newaxis] ** 2)[inside].max() <= 1.001


@pytest.mark.parametrize("kind", KINDS)
def test_the_mask_is_what_is_painted_and_touches_its_box(kind):
    for seed in range(40):
        generator = np.random.default_rng(seed)
        drawn = shape(kind, generator.uniform(6, 40), 48, generator)
        picture = np.zeros((48, 48, 3), np.uint8)
        paint(picture, drawn, generator)
        painted = picture.any(axis=-1)
        height, width = drawn.mask.shape
        box = (drawn.left, drawn.top, drawn.left + width, drawn.top + height)
        assert extents(painted) == box
        np.testing.assert_array_equal(painted[box[1] : box[3], box[0] : box[2]], drawn.mask)


def test_boxes_hold_all_that_differs_from_the_background_and_no_more():
    rows = shapes(count=80, image_size=64, objects=(1, 1), seed=5).parts["all"].rows
    exact = 0
    for place in range(80):
        behind = background(64, np.random.default_rng([5, place])).astype(np.int32)
        differs = (np.abs(rows["image"][place] - behind) > MOST_NOISE).any(axis=-1)
        found, box = np.array(extents(differs)), rows["boxes"][place, 0]
        assert (found[:2] >= box[:2]).all()
        assert (found[2:] <= box[2:]).all()
        exact += (found == box).all()
    assert exact >= 72  # in the others a colour is near that behind it at an edge


def test_ignored_are_those_that_are_mostly_hidden():
    # Large ones on top of each other: with ten of them, some hide most of others.
    crowded = shapes(count=40, image_size=64, objects=(10, 10), sizes=(0.3, 0.9), seed=1)
    rows = crowded.parts["all"].rows
    assert rows["ignored"].any()
    assert (rows["labels"] == -1).any()  # hidden wholly
    apart = shapes(count=40, image_size=64, objects=(1, 1), seed=1).parts["all"].rows
    assert not apart["ignored"].any()
    assert (apart["labels"] >= 0).all()


def test_pictures_may_be_empty():
    rows = shapes(count=40, image_size=32, objects=(0, 1), sizes=(0.3, 0.6)).parts["all"].rows
    assert rows["boxes"].shape == (40, 1, 4)
    assert 8 < (rows["labels"] == -1).sum() < 32
    assert shapes(count=1, objects=(0, 1), seed=1).parts["all"].rows["boxes"].shape == (1, 1, 4)


def test_a_split_has_all_classes_in_each_part(several):
    parts, report = split(several, ratios={"train": 0.6, "dev": 0.2, "test": 0.2})
    assert report.disjoint
    for part in parts.values():
        assert part.strata.any(axis=0).all()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"objects": (3, 2)}, r"`objects` must be the fewest and the most.* Received: \[3, 2\]"),
        ({"objects": (0, 0)}, "the latter at least 1"),
        ({"sizes": (0.5, 0.4)}, r"`sizes` must be .* Received: \[0.5, 0.4\] of 128 pixels"),
        ({"sizes": (0.01, 0.4)}, "the smallest at least 6 pixels"),
        ({"classes": []}, "`classes` must be different shapes"),
        ({"classes": ["star", "star"]}, "`classes` must be different shapes"),
    ],
)
def test_what_cannot_be_drawn_is_refused(choices, message):
    with pytest.raises(ValueError, match=message):
        shapes(count=1, **choices)
