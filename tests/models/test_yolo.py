"""YOLO: its grids, its loss against loops in NumPy, and a batch learned by heart."""

import time
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.models import darknet, resnet, squeezenet, yolo
from dlsuite.models.weightless import weightless
from dlsuite.ops.boxes import iou
from dlsuite.ops.nms import nms
from dlsuite.training.variables import build_optimizer

SIDE, CLASSES = 64, 3
ANCHORS = [[10, 10], [24, 12], [12, 24], [34, 34]]


def rectangles(count, seed=0):
    """Pictures of one to three rectangles, dark, red or blue, on grey, in cells of their own."""
    rng = np.random.default_rng(seed)
    colours = np.array([[0.0, 0.0, 0.0], [0.9, 0.1, 0.1], [0.1, 0.1, 0.9]])
    images = np.full((count, SIDE, SIDE, 3), 0.6, "float32")
    boxes = np.zeros((count, 3, 4), "float32")
    labels = np.full((count, 3), -1, "int32")
    for number in range(count):
        quarters = rng.permutation(4)[: rng.integers(1, 4)]
        for place, quarter in enumerate(quarters):
            top, left = 32 * (quarter // 2) + 2, 32 * (quarter % 2) + 2
            height, width = rng.integers(12, 28, 2)
            label = rng.integers(CLASSES)
            images[number, top : top + height, left : left + width] = colours[label]
            boxes[number, place] = left, top, left + width, top + height
            labels[number, place] = label
    return images, {"boxes": boxes, "labels": labels}


def small(**choices):
    backbone = darknet((SIDE, SIDE, 3), CLASSES, width=choices.pop("width", 0.25))
    choices = {"strides": (8, 16), "anchors": ANCHORS, "neck": 8, **choices}
    return yolo((SIDE, SIDE, 3), CLASSES, backbone=backbone, **choices)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return small()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def overlap(a, b):
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = np.prod(np.maximum(sides, 0))
    return shared / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared)


def complete(a, b):
    """CIoU of Zheng et al. 2020, equations 8 to 11."""
    enclosing = np.maximum(a[2:], b[2:]) - np.minimum(a[:2], b[:2])
    apart = (a[:2] + a[2:] - b[:2] - b[2:]) / 2
    (w, h), (wide, high) = a[2:] - a[:2], b[2:] - b[:2]
    v = 4 / np.pi**2 * (np.arctan(w / h) - np.arctan(wide / high)) ** 2
    found = overlap(a, b)
    return found - (apart**2).sum() / (enclosing**2).sum() - v * v / (1 - found + v)


def slots():
    """Cell, extent and anchor of every raw answer: two grids with two anchors each."""
    for stride, shapes in ((8, ANCHORS[:2]), (16, ANCHORS[2:])):
        for row in range(SIDE // stride):
            for column in range(SIDE // stride):
                for shape in shapes:
                    yield stride, row, column, np.array(shape)


def losses_by_loops(raw, y):
    """The three losses from their definitions, without neighbours."""
    box_terms, class_terms, objectness = [], [], 0.0
    for numbers, boxes, labels in zip(raw, y["boxes"], y["labels"], strict=True):
        there = np.zeros(len(numbers))
        for box, label in zip(boxes.astype(float), labels, strict=True):
            if label < 0:
                continue
            sides, middle = box[2:] - box[:2], (box[:2] + box[2:]) / 2
            for n, (stride, row, column, shape) in enumerate(slots()):
                ratio = np.maximum(sides / shape, shape / sides).max()
                if ratio >= 4 or (column, row) != tuple((middle // stride).astype(int)):
                    continue
                t = 2 * sigmoid(numbers[n, :4])
                centre = (np.array([column, row]) + t[:2] - 0.5) * stride
                half = shape * t[2:] ** 2 / 2
                predicted = np.concatenate([centre - half, centre + half])
                box_terms.append(1 - complete(box, predicted))
                there[n] = max(there[n], overlap(box, predicted))
                exponents = np.exp(numbers[n, 5:])
                class_terms.append(-np.log(exponents[label] / exponents.sum()))
        p = sigmoid(numbers[:, 4])
        there = np.clip(there, 1e-12, 1 - 1e-12)
        entropy = -there * np.log(p) - (1 - there) * np.log(1 - p)
        entropy += there * np.log(there) + (1 - there) * np.log(1 - there)  # of the target
        fine = 2 * (SIDE // 8) ** 2
        objectness += (entropy[:fine].mean() + entropy[fine:].mean()) / len(raw)
    return {
        "box": np.mean(box_terms),
        "objectness": objectness,
        "class": np.mean(class_terms),
    }


def test_the_loss_is_that_of_loops_over_pictures_boxes_and_cells(model):
    _, y = rectangles(3)
    raw = np.random.default_rng(1).normal(size=(3, *model.output_shape[1:])).astype("float32")
    told = small(neighbours=False).losses_of(y, raw)
    expected = losses_by_loops(raw.astype(float), y)
    assert {name: float(loss) for name, loss in told.items()} == pytest.approx(expected, rel=1e-4)


def test_the_loss_is_their_sum_with_its_weights_and_each_is_reported():
    weights = {"box": 2.0, "objectness": 3.0, "class": 5.0}
    net = small(loss_weights=weights, width=0.1)
    x, y = rectangles(2)
    net.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    told = net.train_on_batch(x, y, return_dict=True)
    assert set(told) == {"loss", "box_loss", "objectness_loss", "class_loss"}
    total = sum(weight * float(told[f"{name}_loss"]) for name, weight in weights.items())
    assert float(told["loss"]) == pytest.approx(total, rel=1e-5)


def test_an_empty_picture_costs_its_objectness_alone(model):
    y = {"boxes": np.zeros((2, 3, 4), "float32"), "labels": np.full((2, 3), -1, "int32")}
    told = model.losses_of(y, np.zeros((2, *model.output_shape[1:]), "float32"))
    assert float(told["box"]) == float(told["class"]) == 0
    assert float(told["objectness"]) == pytest.approx(2 * np.log(2))  # of each grid


def test_what_is_told_in_an_ignored_box_costs_nothing(model):
    raw = np.zeros((1, *model.output_shape[1:]), "float32")
    ours = np.asarray(model.detect(raw)["boxes"])[0]
    crowd = np.array([0, 0, SIDE, SIDE / 2], "float32")
    shared = np.minimum(ours[:, 2:], crowd[2:]) - np.maximum(ours[:, :2], crowd[:2])
    share = np.prod(np.maximum(shared, 0), axis=1) / np.prod(ours[:, 2:] - ours[:, :2], axis=1)
    inside = share >= 0.5
    assert 10 < inside.sum() < len(ours) - 10
    y = {"boxes": crowd[None, None], "labels": np.array([[-2]], "int32")}

    def cost(told_inside, told_outside):
        raw[0, :, 4] = np.where(inside, told_inside, told_outside)
        return float(model.losses_of(y, raw)["objectness"])

    quiet = cost(-9, -9)
    assert cost(9, -9) == pytest.approx(quiet)
    assert cost(-9, 9) > quiet + 1
    nothing = {**y, "labels": np.array([[-1]], "int32")}
    assert float(model.losses_of(nothing, raw)["objectness"]) > quiet + 1


def test_a_picture_without_weight_teaches_nothing(model):
    _, y = rectangles(2)
    raw = np.random.default_rng(1).normal(size=(2, *model.output_shape[1:])).astype("float32")
    alone = model.losses_of({name: part[:1] for name, part in y.items()}, raw[:1])
    both = model.losses_of(y, raw, np.array([1.0, 0.0], "float32"))
    for name, loss in alone.items():
        assert float(both[name]) == pytest.approx(float(loss), rel=1e-5)


def test_the_compiled_loss_and_its_gradient_are_those_of_the_plain_one(model):
    _, y = rectangles(2)
    raw = np.random.default_rng(2).normal(size=(2, *model.output_shape[1:]))
    raw = tf.constant(raw, "float32")

    def gradient(raw):
        with tf.GradientTape() as tape:
            tape.watch(raw)
            loss = sum(model.losses_of(y, raw).values())
        return loss, tape.gradient(loss, raw)

    plain, compiled = gradient(raw), tf.function(gradient, jit_compile=True)(raw)
    for ours, theirs in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_nineteen_by_nineteen_cells_are_one_setting():
    five = [[30, 40], [60, 80], [120, 90], [200, 260], [400, 380]]
    net = weightless(partial(yolo, (608, 608, 3), 80, strides=(32,), anchors=five))
    assert net.output.shape == (None, 19 * 19 * 5, 85)
    found = net.detect(np.zeros((1, 19 * 19 * 5, 85), "float32"))
    assert found["scores"].shape == (1, 1805, 80)


def test_small_anchors_go_to_fine_grids_and_every_backbone_has_three():
    for build in (partial(resnet, depth=18, width=0.05), partial(squeezenet, width=0.1)):
        backbone = build((96, 64, 3), 2)
        net = yolo((96, 64, 3), 2, backbone=backbone, neck=4)
        grids = [layer.output.shape[1:3] for layer in net.layers if layer.name.endswith("_maps")]
        assert net.output.shape[1] == 3 * sum(rows * columns for rows, columns in grids)
        assert net.size == (96, 64)
        areas = net.cells.kind_anchors.prod(axis=-1)
        assert (np.diff(areas) >= 0).all()
        assert net(np.zeros((1, 96, 64, 3))).shape == (1, *net.output.shape[1:])


def test_boxes_are_cut_at_the_picture_and_scores_are_products(model):
    raw = np.zeros((1, *model.output_shape[1:]), "float32")
    raw[0, 0] = [-50, -50, 5, 5, np.log(3), np.log(2), 0, 0]
    found = {name: np.asarray(part) for name, part in model.detect(raw).items()}
    assert found["boxes"][0].min() >= 0
    assert found["boxes"][0].max() <= SIDE
    # Objectness 3/4; classes 1/2, 1/4, 1/4.
    np.testing.assert_allclose(found["scores"][0, 0], [3 / 8, 3 / 16, 3 / 16], rtol=1e-6)


def test_half_precision_has_its_loss_in_single():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        net = small(width=0.1)
    finally:
        keras.config.set_dtype_policy("float32")
    x, y = rectangles(2)
    raw = net(x)
    assert raw.dtype == "float32"
    loss = net.compute_loss(x, y, raw)
    assert loss.dtype == "float32"
    assert np.isfinite(float(loss))


@pytest.fixture(scope="module")
def by_heart():
    """A small net that saw the same six pictures 150 times, its first and last losses."""
    keras.utils.set_random_seed(0)
    net = small(width=1.0, neck=24)
    x, y = rectangles(6)
    rate = keras.optimizers.schedules.CosineDecay(0.01, 150)
    net.compile(keras.optimizers.Adam(rate), jit_compile=False)
    build_optimizer(net)
    first = net.train_on_batch(x, y, return_dict=True)
    for _ in range(150):
        last = net.train_on_batch(x, y, return_dict=True)
    return net, first, last


def test_a_batch_is_learned_by_heart_and_all_its_boxes_are_found(by_heart):
    net, first, last = by_heart
    assert float(last["loss"]) < float(first["loss"]) / 20
    assert float(last["box_loss"]) < 0.1
    assert float(last["class_loss"]) < 0.05
    x, y = rectangles(6)
    decoded = net.detect(net(x, training=False))
    found = nms(**decoded, score_threshold=0.4)
    for boxes, labels, seen, named in zip(
        y["boxes"], y["labels"], found["boxes"], found["labels"].numpy(), strict=True
    ):
        wanted = labels >= 0
        seen, named = seen[named >= 0], named[named >= 0]
        overlaps = np.asarray(iou(boxes[wanted], seen))
        assert overlaps.shape == (wanted.sum(), wanted.sum())  # none twice, none beside
        assert overlaps.max(axis=1).min() > 0.75
        assert labels[wanted].tolist() == named[overlaps.argmax(axis=1)].tolist()


def test_a_file_gives_the_same_boxes_and_goes_on_learning(by_heart, tmp_path):
    net, *_ = by_heart
    net.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    x, y = rectangles(6)
    raw = net(x, training=False)
    np.testing.assert_array_equal(again(x, training=False), raw)
    for name, part in again.detect(raw).items():
        np.testing.assert_array_equal(part, net.detect(raw)[name])
    assert float(again.compute_loss(x, y, raw)) == float(net.compute_loss(x, y, raw))


@pytest.mark.slow
def test_the_first_step_of_the_default_net_takes_no_fifteen_seconds():
    x = np.zeros((8, 320, 320, 3), "float32")
    y = {"boxes": np.full((8, 20, 4), (40, 40, 90, 90), "float32"), "labels": np.zeros((8, 20))}
    net = yolo((320, 320, 3), 3)
    net.compile("adam", jit_compile=False)
    began = time.process_time()
    build_optimizer(net)
    net.train_on_batch(x, y)
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"strides": ()}, r"rising ones of 2, 4, 8, .*Received: strides=\[\]"),
        ({"strides": (16, 8)}, r"Received: strides=\[16, 8\]"),
        ({"strides": (8, 12)}, r"Received: strides=\[8, 12\]"),
        ({"anchors": ANCHORS[:3]}, r"`data.anchors`.*a multiple of 2\. Received: 3 anchors"),
        ({"anchors": []}, r"at least one"),
        ({"anchors": [[1, 2], [0, 3]]}, r"in pixels.*Received: anchors=\[\[1, 2\], \[0, 3\]\]"),
        ({"anchors": [[1, 2], [3]]}, r"\[width, height\]"),
        ({"loss_weights": {"box": 1.0}}, r"each of box, objectness, class. Received"),
        (
            {"loss_weights": {"box": -1.0, "objectness": 1.0, "class": 1.0}},
            r"a number of at least 0",
        ),
    ],
)
def test_choices_of_another_form_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        small(width=0.1, **wrong)


def test_a_backbone_that_begins_too_coarse_is_refused():
    net = resnet((64, 64, 3), 2, depth=18, width=0.05)
    tail = keras.Model(net.input, keras.layers.Dense(2)(net.get_layer("pool").output))
    image = keras.Input((64, 64, 3))
    flat = keras.layers.Flatten()(keras.layers.MaxPooling2D(8)(image))
    coarse = keras.Model(image, keras.layers.Dense(2)(flat))
    assert yolo((64, 64, 3), 2, backbone=tail, neck=4).output.shape[-1] == 7
    with pytest.raises(ValueError, match=r"strides of \[4, 8\]. Received: .* without 4"):
        yolo((64, 64, 3), 2, backbone=coarse, strides=(4, 8))
