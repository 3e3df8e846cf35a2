"""Cells and anchors of YOLO against a count by hand and a loop over all of them."""

import numpy as np
import pytest

from dlsuite.ops.grid_cells import cells, decoded, responsible

SIZE = (64, 96)  # pixels: 8 rows of 12 columns, then 4 of 6
GRIDS = ((8, 12), (4, 6))
ANCHORS = (np.array([[6.0, 8.0], [12.0, 10.0]]), np.array([[30.0, 20.0], [20.0, 40.0]]))
LAID = cells(SIZE, GRIDS, ANCHORS)


def by_loops(box, neighbours):
    """Numbers of all that answer for a box, from the words of the paper."""
    width, height = box[2] - box[0], box[3] - box[1]
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2

    def overlap(shape):
        shared = min(shape[0], width) * min(shape[1], height)
        return shared / (shape[0] * shape[1] + width * height - shared)

    best = max(overlap(shape) for shapes in ANCHORS for shape in shapes)
    found, number = set(), 0
    for (rows, columns), shapes in zip(GRIDS, ANCHORS, strict=True):
        across, down = x / (SIZE[1] / columns), y / (SIZE[0] / rows)
        for row in range(rows):
            for column in range(columns):
                dx, dy = abs(across - column - 0.5), abs(down - row - 0.5)
                holds = dx <= 0.5 and dy <= 0.5
                # Beside the cell with the centre, the centre in the half that is turned to it.
                beside = (dx < 1 and dx > 0.5 and dy <= 0.5) or (dy < 1 and dy > 0.5 and dx <= 0.5)
                for shape in shapes:
                    factors = [width / shape[0], height / shape[1]]
                    near = all(1 / 4 < factor < 4 for factor in factors)
                    if (near or overlap(shape) == best) and (holds or (beside and neighbours)):
                        found.add(number)
                    number += 1
    return found


@pytest.mark.parametrize("neighbours", [True, False])
def test_those_that_answer_are_those_of_a_loop_over_all(neighbours):
    rng = np.random.default_rng(0)
    start = rng.uniform((0, 0), (80, 50), (200, 2))
    sides = rng.uniform(1.5, 60, (200, 2))
    boxes = np.concatenate([start, np.minimum(start + sides, (96, 64))], axis=-1)
    numbers, answers = responsible(LAID, boxes[None].astype("float32"), neighbours)
    numbers, answers = np.asarray(numbers)[0], np.asarray(answers)[0]
    assert numbers.min() >= 0
    assert numbers.max() < len(LAID.anchors)
    for box, row, valid in zip(
        boxes.astype("float32").astype(float), numbers, answers, strict=True
    ):
        assert set(row[valid]) == by_loops(box, neighbours)
        assert len(set(row[valid])) == valid.sum()  # none twice


def test_a_box_no_anchor_is_like_has_the_best_one_all_the_same():
    box = np.array([[[10, 30, 11, 31]]], "float32")  # a pixel: 6 times smaller than any
    numbers, answers = responsible(LAID, box, False)
    assert np.asarray(numbers)[np.asarray(answers)].tolist() == [(3 * 12 + 1) * 2]


def test_a_box_on_the_far_edge_is_of_the_last_cell():
    box = np.array([[[92, 60, 100, 68]]], "float32")  # its centre is the picture's corner
    numbers, answers = responsible(LAID, box, True)
    places = LAID.places[np.asarray(numbers)[np.asarray(answers)]]
    assert (11, 7) in {tuple(place) for place in places.tolist()}


def test_a_cell_says_zero_for_its_own_middle_and_its_own_anchor():
    boxes = np.asarray(
        decoded(np.zeros((len(LAID.anchors), 4)), LAID.places, LAID.extents, LAID.anchors)
    )
    # Second row, third column of the first grid, second anchor: middle (20, 12), 12 by 10.
    np.testing.assert_allclose(boxes[(1 * 12 + 2) * 2 + 1], [14, 7, 26, 17], rtol=1e-6)
    # Last cell of the second grid, first anchor: middle (88, 56), 30 by 20.
    np.testing.assert_allclose(boxes[-2], [73, 46, 103, 66], rtol=1e-6)


def test_a_cell_reaches_half_a_cell_beyond_itself_and_four_times_its_anchor():
    raw = np.array([[50, -50, 50, -50]], "float32")
    box = np.asarray(
        decoded(raw, *(part[:1] for part in (LAID.places, LAID.extents, LAID.anchors)))
    )
    np.testing.assert_allclose(box[0], [12 - 12, -4, 12 + 12, -4], atol=1e-4)


def test_each_grid_counts_as_much_as_another():
    assert len(LAID.shares) == 2 * (8 * 12 + 4 * 6)
    assert LAID.shares[: 2 * 8 * 12].sum() == pytest.approx(1)
    assert LAID.shares[2 * 8 * 12 :].sum() == pytest.approx(1)
