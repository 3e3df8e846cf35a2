"""Anchors counted out by hand, and k-means against clusters that are known."""

import numpy as np
import pytest

from dlsuite.ops.anchors import (
    anchor_shapes,
    grid_anchors,
    kmeans_anchors,
    pyramid_anchors,
    shape_iou,
)
from dlsuite.ops.boxes import area, centers


def test_shapes_keep_the_area_of_their_size_and_have_their_ratio():
    shapes = anchor_shapes([128, 256, 512], [0.5, 1, 2])
    assert shapes.shape == (9, 2)
    assert shapes.dtype == np.float32
    np.testing.assert_allclose(
        shapes.prod(axis=1), np.repeat(np.square([128, 256, 512]), 3), rtol=1e-6
    )
    np.testing.assert_allclose(shapes[:, 1] / shapes[:, 0], [0.5, 1, 2] * 3, rtol=1e-6)


def test_anchors_of_a_grid_lie_row_by_row_around_the_centers_of_its_cells():
    expected = [
        # Row 0: centers (5, 5) and (15, 5); each with the wide shape, then the high one.
        [3, 4, 7, 6], [4, 3, 6, 7], [13, 4, 17, 6], [14, 3, 16, 7],
        [3, 14, 7, 16], [4, 13, 6, 17], [13, 14, 17, 16], [14, 13, 16, 17],
        [3, 24, 7, 26], [4, 23, 6, 27], [13, 24, 17, 26], [14, 23, 16, 27],
    ]  # fmt: skip
    found = grid_anchors((3, 2), 10, [(4, 2), (2, 4)])
    assert found.dtype == np.float32
    assert found.tolist() == expected


def test_the_grid_of_the_course_has_361_cells():
    found = grid_anchors((19, 19), 32, [(50, 50)] * 5)
    assert found.shape == (19 * 19 * 5, 4)
    middle = np.asarray(centers(found)).reshape(19, 19, 5, 4)
    np.testing.assert_allclose(middle[18, 0, :, :2], [[16, 608 - 16]] * 5)


def test_a_pyramid_has_the_anchors_of_its_grids_one_after_the_other():
    shapes = [[(8, 8)], [(16, 16), (32, 16)]]
    found = pyramid_anchors((64, 48), (8, 32), shapes)
    # 8 x 6 cells with one shape; 2 x 2 (48 is 1.5 cells of 32) with two.
    assert len(found) == 8 * 6 + 2 * 2 * 2
    np.testing.assert_array_equal(found[:48], grid_anchors((8, 6), 8, shapes[0]))
    np.testing.assert_array_equal(found[48:], grid_anchors((2, 2), 32, shapes[1]))
    assert np.asarray(area(found)).tolist() == [64] * 48 + [256, 512] * 4


@pytest.mark.parametrize(
    "call",
    [
        lambda: anchor_shapes([], [1]),
        lambda: anchor_shapes([8], [0]),
        lambda: grid_anchors((2, 2), 8, [1, 2, 3]),
        lambda: pyramid_anchors((8, 8), (2, 4), [[(1, 1)]]),
        lambda: kmeans_anchors([(1, 1), (2, 2)], 0),
        lambda: kmeans_anchors([(1, 1), (1, 1), (2, 2)], 3),
        lambda: kmeans_anchors([(1, 1), (0, 2)], 1),
        lambda: kmeans_anchors([(1, 1), (np.nan, 2)], 1),
        lambda: kmeans_anchors([1, 2], 1),
    ],
)
def test_what_cannot_be_is_refused_with_what_came(call):
    with pytest.raises(ValueError, match=r"must .* Received"):
        call()


def test_overlap_of_shapes_is_that_of_boxes_on_one_corner():
    found = shape_iou([(2, 2), (4, 1)], [(2, 2), (1, 1), (2, 4)])
    # (4, 1) and (2, 2) share 2 x 1 of 4 + 4 - 2; (4, 1) and (2, 4) share 2 x 1 of 4 + 8 - 2.
    np.testing.assert_allclose(found, [[1, 1 / 4, 4 / 8], [2 / 6, 1 / 4, 2 / 10]])


def test_kmeans_finds_clusters_that_are_there():
    rng = np.random.default_rng(0)
    middles = np.array([(10, 14), (30, 20), (24, 80), (150, 90)])
    shapes = np.concatenate([m + rng.uniform(-1, 1, (40, 2)) for m in middles])
    found, mean_best = kmeans_anchors(rng.permutation(shapes), 4)
    expected = np.median(shapes.reshape(4, 40, 2), axis=1)  # in order of area, as they are written
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # The mean over boxes of the best IoU, one after the other.
    by_hand = []
    for width, height in shapes:
        shared = np.minimum(width, expected[:, 0]) * np.minimum(height, expected[:, 1])
        by_hand.append(max(shared / (width * height + expected.prod(axis=1) - shared)))
    assert mean_best == pytest.approx(np.mean(by_hand), abs=1e-6)


def test_as_many_anchors_as_shapes_fit_perfectly():
    shapes = [(3, 5), (10, 2), (7, 7), (3, 5)]
    found, mean_best = kmeans_anchors(shapes, 3)
    assert mean_best == pytest.approx(1)
    np.testing.assert_allclose(found, [(3, 5), (10, 2), (7, 7)])


def test_more_anchors_fit_better_and_sides_of_any_scale_alike():
    shapes = np.exp(np.random.default_rng(1).normal(3, 0.7, (300, 2)))
    scores = [kmeans_anchors(shapes, count)[1] for count in (1, 3, 5, 9)]
    assert scores == sorted(scores)
    # No worse than shapes taken from the data at random, the best of 200 draws.
    rng = np.random.default_rng(0)
    drawn = [shape_iou(shapes, rng.choice(shapes, 5, replace=False)) for _ in range(200)]
    assert scores[2] > max(overlaps.max(axis=1).mean() for overlaps in drawn)
    assert kmeans_anchors(shapes * 10, 5)[1] == pytest.approx(scores[2], abs=1e-6)


def test_the_seed_decides():
    shapes = np.random.default_rng(2).uniform(5, 60, (200, 2))
    first, again = kmeans_anchors(shapes, 5, seed=3), kmeans_anchors(shapes, 5, seed=3)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]


def test_of_very_many_shapes_some_are_looked_at_and_rare_ones_are_not_lost():
    rng = np.random.default_rng(4)
    middles = np.array([(10, 14), (150, 90)])
    shapes = np.concatenate([m + rng.uniform(-1, 1, (100_000, 2)) for m in middles])
    found, mean_best = kmeans_anchors(shapes, 2)
    np.testing.assert_allclose(found, middles, atol=0.1)
    best = shape_iou(shapes, middles).max(axis=1).mean()
    assert mean_best == pytest.approx(best, abs=1e-3)
    # One in 100,000 is hardly ever drawn.
    alike = np.tile([(8.0, 8.0)], (100_000, 1))
    alike[77] = (20.0, 5.0)
    assert sorted(map(tuple, kmeans_anchors(alike, 2)[0])) == [(8.0, 8.0), (20.0, 5.0)]
