"""The rival that sees nothing, and the shapes that anchors are made of."""

import numpy as np
import pytest

from dlsuite.data import DataError, Examples
from dlsuite.experiment.box_rival import usual_boxes
from dlsuite.experiment.box_shapes import anchors_of


def examples(boxes, labels, size):
    count = len(boxes)
    return Examples(
        rows={
            "boxes": np.array(boxes, np.float32),
            "labels": np.array(labels, np.int32),
            "ignored": np.zeros(np.shape(labels), bool),
            "size": np.tile(np.array(size, np.int32), (count, 1)),
        },
        keys=np.array([f"{i:x}" for i in range(count)]),
    )


# Four pictures of 100 x 200: a box of class 1 on the left in three of them, nearly at one place,
# one of class 0 on the right in one.
LEFT = [[10, 20, 50, 80], [12, 20, 52, 80], [8, 20, 48, 80]]
TRAIN = examples(
    [[LEFT[0]], [LEFT[1]], [LEFT[2]], [[150, 0, 190, 40]]], [[1], [1], [1], [0]], (100, 200)
)


def test_boxes_that_train_has_most_often_come_first_in_parts_of_the_picture_asked():
    asked = examples([[[0, 0, 1, 1]]], [[0]], (50, 100))  # half as large
    answer = usual_boxes(TRAIN, 3)(asked)
    np.testing.assert_allclose(answer["boxes"][0, 0], [5, 10, 25, 40], atol=1e-4)
    np.testing.assert_allclose(answer["boxes"][0, 1], [75, 0, 95, 20], atol=1e-4)
    assert answer["labels"][0].tolist() == [1, 0, -1]
    assert answer["scores"][0].tolist() == [0.75, 0.25, 0.0]


def test_the_most_usual_box_is_told_however_rare_it_is():
    boxes = [[[40 * i, 0, 40 * i + 10, 10]] for i in range(5)]
    rare = examples([*boxes, boxes[4]], [[0]] * 6, (200, 200))
    answer = usual_boxes(rare, 3)(rare)
    assert answer["boxes"][0, 0].tolist() == [160, 0, 170, 10]
    assert answer["scores"][0].tolist() == pytest.approx([0.5, 1 / 6, 1 / 6])


def test_anchors_are_of_what_the_net_sees():
    # 100 x 200 fitted into 50 x 100: sides are halved.
    anchors, fit = anchors_of(TRAIN, (50, 100), 2)
    assert anchors == ((20.0, 20.0), (20.0, 30.0))
    assert fit == pytest.approx(1.0)


def test_fewer_shapes_than_anchors_repeat_the_largest():
    anchors, _ = anchors_of(TRAIN, (50, 100), 4)
    assert anchors == ((20.0, 20.0), (20.0, 30.0), (20.0, 30.0), (20.0, 30.0))


def test_anchors_of_the_users_own_are_taken():
    anchors, fit = anchors_of(TRAIN, (50, 100), ((20.0, 30.0),))
    assert anchors == ((20.0, 30.0),)
    assert fit == pytest.approx((3 + 2 / 3) / 4)  # 20 x 20 in 20 x 30


def test_pictures_without_a_box_are_refused():
    with pytest.raises(DataError, match="must have a box to learn from"):
        anchors_of(examples([[[0, 0, 0, 0]]], [[-1]], (10, 10)), (10, 10), 1)
