"""Classification with localization: a loss worked by hand, and a batch learned by heart."""

import keras
import numpy as np
import pytest

from dlsuite.models import darknet, localizer
from dlsuite.models.localizer import SpatialSoftmax
from dlsuite.ops.boxes import paired_iou
from dlsuite.training.variables import build_optimizer

HEIGHT, WIDTH, CLASSES = 32, 64, 3
# p_c, b_x, b_y, b_h, b_w all 1/2: the box in the middle of half the picture's height and width.
MIDDLE = [16, 8, 48, 24]


def told(boxes, labels):
    return {"boxes": np.array(boxes, "float32"), "labels": np.array(labels, "int32")}


def small(**choices):
    backbone = darknet((HEIGHT, WIDTH, 3), CLASSES, width=choices.pop("width", 0.1))
    return localizer((HEIGHT, WIDTH, 3), CLASSES, backbone=backbone, **{"units": 16, **choices})


@pytest.fixture(scope="module")
def model():
    return small(dropout=0.1)


def values(model, y, raw, weights=None):
    return {name: float(loss) for name, loss in model.losses_of(y, raw, weights).items()}


def test_zeros_say_the_middle_and_nothing_of_the_class(model):
    raw = np.zeros((1, 5 + CLASSES), "float32")
    losses = values(model, told([[MIDDLE]], [[2]]), raw)
    assert losses == pytest.approx(
        {"objectness": np.log(2), "box": 0, "class": np.log(3)}, abs=1e-6
    )
    found = model.detect(raw)
    np.testing.assert_allclose(found["boxes"], [[MIDDLE]], rtol=1e-6)
    np.testing.assert_allclose(found["scores"], [[[1 / 6] * 3]], rtol=1e-6)


def test_smooth_l1_is_worked_by_hand_in_shares_of_the_picture():
    net = small(box_loss="smooth_l1")
    # 16 pixels to the right are a quarter of the width; a side of 8 is a quarter of the height,
    # where the half is said: 1/4 each, and 1/4 - 0.1 / 2 as the line goes.
    box = [32, 12, 64, 20]
    losses = values(net, told([[box]], [[0]]), np.zeros((1, 5 + CLASSES), "float32"))
    assert losses["box"] == pytest.approx(2 * (0.25 - 0.05), rel=1e-5)


def test_numbers_are_in_the_order_of_the_course(model):
    raw = np.zeros((1, 5 + CLASSES), "float32")
    raw[0, :5] = np.log(3), -np.log(3), np.log(3), np.log(3), -np.log(3)
    raw[0, 5:] = np.log(2), 0, 0
    found = model.detect(raw)
    # p_c 3/4; b_x 1/4, b_y 3/4, b_h 3/4, b_w 1/4: middle (16, 24), 16 wide, 24 high, cut at 32.
    np.testing.assert_allclose(found["boxes"], [[[8, 12, 24, 32]]], rtol=1e-5)
    np.testing.assert_allclose(found["scores"], [[[3 / 8, 3 / 16, 3 / 16]]], rtol=1e-5)


def test_an_empty_picture_costs_its_objectness_alone(model):
    raw = np.zeros((2, 5 + CLASSES), "float32")
    losses = values(model, told([[MIDDLE], [[0, 0, 0, 0]]], [[1], [-1]]), raw)
    assert losses == pytest.approx(
        {"objectness": np.log(2), "box": 0, "class": np.log(3)}, abs=1e-6
    )
    none = values(model, told(np.zeros((2, 1, 4)), [[-1], [-1]]), raw)
    assert none == pytest.approx({"objectness": np.log(2), "box": 0, "class": 0})


def test_a_picture_of_ignored_objects_teaches_nothing(model):
    raw = np.zeros((2, 5 + CLASSES), "float32")
    raw[1, 0] = 9
    y = told([[MIDDLE, MIDDLE], [MIDDLE, MIDDLE]], [[1, -1], [-1, -3]])
    losses = values(model, y, raw)
    assert losses == pytest.approx(
        {"objectness": np.log(2), "box": 0, "class": np.log(3)}, abs=1e-6
    )


def test_of_several_objects_the_largest_is_the_one(model):
    y = told([[[0, 0, 9, 9], MIDDLE, [0, 0, 60, 30]]], [[0, 2, -1]])
    raw = np.zeros((1, 5 + CLASSES), "float32")
    raw[0, 7] = 50
    assert values(model, y, raw) == pytest.approx(
        {"objectness": np.log(2), "box": 0, "class": 0}, abs=1e-6
    )


def test_a_picture_without_weight_teaches_nothing(model):
    raw = np.random.default_rng(0).normal(size=(2, 5 + CLASSES)).astype("float32")
    y = told([[MIDDLE], [[1, 2, 30, 20]]], [[1], [0]])
    alone = values(model, {name: part[:1] for name, part in y.items()}, raw[:1])
    assert values(model, y, raw, np.array([1.0, 0.0])) == pytest.approx(alone, rel=1e-5)


def pictures(count=8):
    """A bright rectangle in each but the last, its class the channel."""
    rng = np.random.default_rng(0)
    images = np.full((count, HEIGHT, WIDTH, 3), 0.2, "float32")
    boxes, labels = np.zeros((count, 1, 4), "float32"), np.full((count, 1), -1, "int32")
    for number in range(count - 1):
        left, top = rng.integers(0, 30), rng.integers(0, 12)
        width, height = rng.integers(12, 34), rng.integers(10, 20)
        label = number % CLASSES
        images[number, top : top + height, left : left + width, label] = 1
        boxes[number, 0] = left, top, left + width, top + height
        labels[number] = label
    return images, {"boxes": boxes, "labels": labels}


@pytest.fixture(scope="module")
def by_heart():
    keras.utils.set_random_seed(0)
    net = small(width=0.5, units=64)
    x, y = pictures()
    net.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.005, 120)), jit_compile=False
    )
    build_optimizer(net)
    first = net.train_on_batch(x, y, return_dict=True)
    for _ in range(120):
        last = net.train_on_batch(x, y, return_dict=True)
    return net, first, last


@pytest.mark.slow
def test_a_batch_is_learned_by_heart(by_heart):
    net, first, last = by_heart
    assert set(last) == {"loss", "objectness_loss", "box_loss", "class_loss", "iou"}
    x, y = pictures()
    raw = net(x, training=False)
    assert float(net.compute_loss(x, y, raw)) < float(first["loss"]) / 10
    found = {name: np.asarray(part)[:, 0] for name, part in net.detect(raw).items()}
    there = y["labels"][:, 0] >= 0
    assert (found["scores"].max(axis=-1)[there] > 0.8).all()
    assert (found["scores"].max(axis=-1)[~there] < 0.2).all()
    assert (found["scores"].argmax(axis=-1) == y["labels"][:, 0])[there].all()
    overlaps = np.asarray(paired_iou(found["boxes"], y["boxes"][:, 0]))[there]
    assert overlaps.min() > 0.8


def test_the_reported_overlap_is_the_mean_where_there_is_an_object(model):
    x = np.zeros((3, HEIGHT, WIDTH, 3), "float32")
    # Apart by half their width: a third; the same; and none.
    y = told([[[32, 8, 64, 24]], [MIDDLE], [[0, 0, 0, 0]]], [[0], [1], [-1]])
    model.compute_loss(x, y, np.zeros((3, 5 + CLASSES), "float32"))
    model.overlap.reset_state()
    model.compute_loss(x, y, np.zeros((3, 5 + CLASSES), "float32"))
    assert float(model.overlap.result()) == pytest.approx((1 / 3 + 1) / 2)


def test_a_file_gives_the_same_boxes_and_goes_on_learning(tmp_path):
    net, (x, y) = small(), pictures()
    net.compile(keras.optimizers.Adam(0.005), jit_compile=False)
    build_optimizer(net)
    net.train_on_batch(x, y)
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    raw = net(x, training=False)
    np.testing.assert_array_equal(again(x, training=False), raw)
    np.testing.assert_array_equal(again.detect(raw)["boxes"], net.detect(raw)["boxes"])
    assert float(again.compute_loss(x, y, raw)) == float(net.compute_loss(x, y, raw))


def test_choices_of_another_form_are_refused():
    with pytest.raises(ValueError, match=r"ciou or smooth_l1. Received: 'giou'"):
        small(box_loss="giou")
    with pytest.raises(ValueError, match=r"each of objectness, box, class. Received"):
        small(loss_weights={"box": 1.0})


def test_a_map_that_sees_one_field_alone_says_its_place_and_what_it_saw():
    maps = np.zeros((1, 2, 4, 2), "float32")
    maps[0, 1, 3, 0] = 100  # the last row and column; the other map sees nothing anywhere
    told = np.asarray(SpatialSoftmax()(maps))[0]
    # Middles of four columns at ±1/4 and ±3/4, of two rows at ±1/2.
    np.testing.assert_allclose(told, [0.75, 0, 0.5, 0, 100, 0], atol=1e-6)


def test_darknet_is_the_backbone_where_none_is_named():
    net = localizer((32, 32, 3), 2)
    assert net.get_layer("stage5").output.shape == (None, 1, 1, 256)
    assert net.output.shape == (None, 7)
