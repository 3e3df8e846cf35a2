"""Who stands for whom, worked by hand and in a loop; who is drawn, counted over many draws."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.ops.boxes import iou
from dlsuite.ops.matching import balanced_sample, match

from .by_hand import random_boxes

# Rows are anchors, columns boxes.
OVERLAPS = np.float32(
    [
        [0.8, 0.1],  # above 0.7: box 0
        [0.5, 0.6],  # box 1 has no better anchor
        [0.5, 0.2],  # between 0.3 and 0.7
        [0.2, 0.1],  # background
        [0.7, 0.0],  # 0.7 is enough
        [0.3, 0.0],  # 0.3 is no background any more
    ]
)


def matched_by_hand(overlaps, present, positive, negative, force):
    boxes = [m for m in range(overlaps.shape[1]) if present[m]]
    matches = []
    for row in overlaps:
        best = max(boxes, key=lambda m: row[m], default=None)
        if best is None or row[best] < negative:
            matches.append(-1)
        else:
            matches.append(best if row[best] >= positive else -2)
    if not force:
        return matches
    claims: dict[int, list[int]] = {}
    for m in boxes:
        most = overlaps[:, m].max()
        for a in np.flatnonzero(overlaps[:, m] == most):
            if most > 0:
                claims.setdefault(int(a), []).append(m)
    for a, claimants in claims.items():
        matches[a] = max(claimants, key=lambda m: overlaps[a, m])
    return matches


def test_anchors_take_boxes_as_the_paper_has_it():
    both = np.array([True, True])
    assert match(OVERLAPS, both, 0.7, 0.3).numpy().tolist() == [0, 1, -2, -1, 0, -2]
    assert match(OVERLAPS, both, 0.7, 0.3, force=False).numpy().tolist() == [0, -2, -2, -1, 0, -2]
    # The second box is padding.
    only = match(OVERLAPS, np.array([True, False]), 0.7, 0.3).numpy().tolist()
    assert only == [0, -2, -2, -1, 0, -2]
    none = match(OVERLAPS, np.array([False, False]), 0.7, 0.3).numpy().tolist()
    assert none == [-1] * 6


def test_one_threshold_leaves_nothing_between():
    found = match(OVERLAPS, np.array([True, True]), 0.5, 0.5, force=False).numpy().tolist()
    assert found == [0, 1, 0, -1, 0, -1]


def test_of_two_boxes_that_want_one_anchor_the_nearer_gets_it():
    overlaps = np.float32([[0.4, 0.5], [0.1, 0.2]])
    assert match(overlaps, np.array([True, True]), 0.7, 0.3).numpy().tolist() == [1, -1]


def test_a_box_keeps_its_best_anchor_from_a_box_that_has_a_better_one():
    overlaps = np.float32([[0.9, 0.0], [0.8, 0.75]])
    both = np.array([True, True])
    assert match(overlaps, both, 0.7, 0.3).numpy().tolist() == [0, 1]
    assert match(overlaps, both, 0.7, 0.3, force=False).numpy().tolist() == [0, 0]


def test_anchors_that_tie_for_a_box_all_stand_for_it():
    overlaps = np.float32([[0.2], [0.2], [0.1]])
    assert match(overlaps, np.array([True]), 0.7, 0.3).numpy().tolist() == [0, 0, -1]


def test_a_box_that_no_anchor_touches_has_none():
    overlaps = np.float32([[0.0, 0.9], [0.0, 0.0]])
    assert match(overlaps, np.array([True, True]), 0.7, 0.3).numpy().tolist() == [1, -1]


@pytest.mark.parametrize("force", [True, False])
def test_random_pictures_are_matched_as_a_loop_does(force):
    anchors, boxes = random_boxes(60), random_boxes(5, 7, seed=1)
    present = np.random.default_rng(2).uniform(size=(5, 7)) > 0.3
    present[4] = False
    overlaps = np.asarray(iou(anchors, boxes))  # [5, 60, 7]
    found = match(overlaps, present, 0.5, 0.2, force).numpy()
    assert found.dtype == np.int32
    for number in range(5):
        expected = matched_by_hand(overlaps[number], present[number], 0.5, 0.2, force)
        assert found[number].tolist() == expected
    assert {-2, -1} < set(found.ravel().tolist())


MATCHES = np.array(
    [
        [0, 0, 1, 2, 2, 3, -1, -1, -1, -1, -2, -2],  # 6 with a box, 4 background
        [-1] * 10 + [0, -2],
        [-2] * 12,
        [3] * 12,
    ]
)


def test_a_sample_has_its_share_and_is_filled_up_with_background():
    generator = keras.random.SeedGenerator(0)
    positives, negatives = (each.numpy() for each in balanced_sample(MATCHES, 6, 0.5, generator))
    assert positives.dtype == negatives.dtype == bool
    assert positives.sum(axis=1).tolist() == [3, 1, 0, 3]
    assert negatives.sum(axis=1).tolist() == [3, 5, 0, 0]
    assert (MATCHES[positives] >= 0).all()
    assert (MATCHES[negatives] == -1).all()


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [
        (100, 0.5, (6, 4)),  # all there are
        (4, 0.0, (0, 4)),
        (4, 1.0, (4, 0)),
        (5, 0.5, (2, 3)),  # rounded down
        (1, 0.5, (0, 1)),
        (100, 0.05, (5, 4)),
        (100, 0.01, (1, 4)),
    ],
)
def test_counts_of_a_sample(count, share, expected):
    generator = keras.random.SeedGenerator(0)
    masks = balanced_sample(MATCHES[0], count, share, generator)
    assert tuple(int(mask.numpy().sum()) for mask in masks) == expected
    assert masks[0].shape == masks[1].shape == (12,)


def test_every_anchor_is_drawn_alike():
    """2,000 draws of 3 from 6 and of 3 from 4: each in a half, and in three quarters of them."""
    generator = keras.random.SeedGenerator(0)
    many = np.tile(MATCHES[:1], (2000, 1))
    positives, negatives = (
        each.numpy().mean(axis=0) for each in balanced_sample(many, 6, 0.5, generator)
    )
    # Three and a half standard deviations of a mean of 2,000: 0.04 and 0.034.
    np.testing.assert_allclose(positives[:6], 1 / 2, atol=0.04)
    np.testing.assert_allclose(negatives[6:10], 3 / 4, atol=0.034)


def test_each_step_draws_anew_and_a_seed_draws_again():
    first = keras.random.SeedGenerator(1)
    many = np.zeros((1, 400), "int32")
    drawn = [balanced_sample(many, 50, 1.0, first)[0].numpy() for _ in range(2)]
    assert not np.array_equal(*drawn)
    again = balanced_sample(many, 50, 1.0, keras.random.SeedGenerator(1))[0].numpy()
    np.testing.assert_array_equal(again, drawn[0])


def test_sizes_may_be_unknown_when_the_graph_is_made():
    generator = keras.random.SeedGenerator(0)

    @tf.function(
        input_signature=[tf.TensorSpec((None, None, None)), tf.TensorSpec((None, None), tf.bool)]
    )
    def sampled(overlaps, present):
        return balanced_sample(match(overlaps, present, 0.5, 0.5), 4, 0.5, generator)

    overlaps = np.asarray(iou(random_boxes(40), random_boxes(2, 3, seed=1)), "float32")
    for count in (30, 40):
        positives, negatives = sampled(overlaps[:, :count], np.ones((2, 3), bool))
        assert (positives.numpy().sum(axis=1) == 2).all()
        assert (negatives.numpy().sum(axis=1) == 2).all()


@pytest.mark.parametrize(("positive", "negative"), [(0.3, 0.7), (1.2, 0.3), (0.5, -0.1)])
def test_thresholds_out_of_order_are_refused(positive, negative):
    with pytest.raises(ValueError, match=r"`negative` must be in .* Received: positive="):
        match(OVERLAPS, np.array([True, True]), positive, negative)


@pytest.mark.parametrize(("count", "share"), [(0, 0.5), (4, 1.5)])
def test_samples_that_cannot_be_are_refused(count, share):
    with pytest.raises(ValueError, match=r"`count` must be at least 1 .* Received: count="):
        balanced_sample(MATCHES, count, share, keras.random.SeedGenerator(0))
