"""R-CNN, Fast and Faster R-CNN learn drawn pictures, and answer the same wherever asked."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest
from rcnn_scenes import (
    BOXES,
    BUILDERS,
    LABELS,
    SHAPE,
    SIDE,
    TRUTH,
    mistakes,
    overlaps,
    question,
    small,
    small_net,
)

from dlsuite.models.rcnn_svms import fit_svms
from dlsuite.training.variables import build_optimizer

STEPS = {"rcnn": 250, "fast_rcnn": 120, "faster_rcnn": 400}
every_net = pytest.mark.parametrize("name", list(BUILDERS))


@dataclass(frozen=True)
class Learned:
    """A net after so many steps on one batch.

    Attributes:
        model: The net.
        loss: What is left.
        still: Paths of weights that no step moved.
    """

    model: keras.Model
    loss: float
    still: list[str]


@pytest.fixture(scope="module")
def learned() -> dict[str, Learned]:
    return {name: _learned(name) for name in BUILDERS}


def _learned(name: str) -> Learned:
    model = small(name)
    before = [weight.numpy() for weight in model.trainable_weights]
    rate = keras.optimizers.schedules.CosineDecay(0.005, STEPS[name])
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=5.0))
    build_optimizer(model)
    x = question(name)
    for _ in range(STEPS[name]):
        model.train_on_batch(x, TRUTH)
    pairs = zip(model.trainable_weights, before, strict=True)
    still = [weight.path for weight, old in pairs if np.array_equal(weight.numpy(), old)]
    return Learned(model, loss_of(model, name), still)


def loss_of(model: keras.Model, name: str) -> float:
    said = model(question(name), training=False)
    return float(model.compute_loss(None, TRUTH, said, None, training=False))


def copied(model: keras.Model) -> keras.Model:
    """Another net of the same weights."""
    other = type(model).from_config(model.get_config())
    other.set_weights(model.get_weights())
    return other


def answer(model: keras.Model, name: str) -> dict[str, np.ndarray]:
    found = model.detect(model(question(name), training=False))
    return {key: keras.ops.convert_to_numpy(value) for key, value in found.items()}


@every_net
def test_it_learns_one_batch_by_heart_and_finds_every_box(name, learned):
    assert learned[name].loss < 0.1
    assert mistakes(answer(learned[name].model, name)) == []


@every_net
def test_a_saved_net_gives_the_same_boxes(name, learned, tmp_path):
    model = learned[name].model
    model.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    for key, value in answer(model, name).items():
        np.testing.assert_allclose(answer(again, name)[key], value, atol=1e-5)
    assert loss_of(again, name) == pytest.approx(learned[name].loss, rel=1e-4)


@pytest.mark.parametrize(
    "name",
    ["faster_rcnn", *(pytest.param(n, marks=pytest.mark.slow) for n in ("rcnn", "fast_rcnn"))],
)
def test_its_saved_model_takes_any_number_of_pictures(name, learned, tmp_path):
    import tensorflow as tf

    model = learned[name].model
    archive = keras.export.ExportArchive()
    archive.track(model)
    x = question(name)
    specs = keras.tree.map_structure(lambda a: tf.TensorSpec((None, *a.shape[1:]), "float32"), x)
    archive.add_endpoint("serve", lambda x: model.detect(model(x, training=False)), [specs])
    archive.write_out(tmp_path / "net", verbose=False)
    served = tf.saved_model.load(tmp_path / "net")
    expected = answer(model, name)
    for count in (1, 3):
        some = keras.tree.map_structure(lambda a, n=count: a[:n], x)
        for key, value in served.serve(some).items():
            np.testing.assert_allclose(value, expected[key][:count], atol=1e-4)


@every_net
def test_every_weight_is_learned(name, learned):
    assert learned[name].still == []


@pytest.mark.parametrize(
    ("name", "policy"),
    [*((name, "mixed_bfloat16") for name in BUILDERS), ("faster_rcnn", "mixed_float16")],
)
def test_half_precision_keeps_the_loss_and_the_boxes_exact(name, policy, learned):
    keras.config.set_dtype_policy(policy)
    try:
        model = small(name)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.head.layers[-3].compute_dtype == policy.removeprefix("mixed_")
    model.set_weights(learned[name].model.get_weights())
    said = model(question(name), training=False)
    loss = model.compute_loss(None, TRUTH, said, None, training=False)
    assert loss.dtype == said["proposals"].dtype == "float32"
    assert np.isfinite(float(loss))
    assert mistakes(answer(model, name)) == []


@every_net
def test_its_loss_is_the_mean_of_the_pictures_by_their_weights(name, learned):
    model = learned[name].model
    said = model(question(name), training=False)
    terms = model.losses_of_each(TRUTH, said, training=False)
    assert set(terms) == set(model.learns)
    each = sum(np.asarray(term) for term in terms.values())
    assert each.shape == (3,)
    weighted = model.compute_loss(None, TRUTH, said, np.array([1.0, 0.0, 2.0]), training=False)
    assert float(weighted) == pytest.approx((each[0] + 2 * each[2]) / 3, rel=1e-5)


def test_penalties_of_weights_are_part_of_the_loss():
    model = small("fast_rcnn")
    said = model(question("fast_rcnn"), training=False)
    plain = float(model.compute_loss(None, TRUTH, said, None, training=False))
    kernel = model.head.get_layer("class").kernel
    kernel.regularizer = keras.regularizers.L2(30.0)
    penalized = float(model.compute_loss(None, TRUTH, said, None, training=False))
    assert penalized - plain == pytest.approx(30 * np.square(kernel.numpy()).sum(), rel=1e-3)


@pytest.mark.parametrize("name", ["rcnn", "fast_rcnn"])
def test_absent_regions_answer_nothing(name, learned):
    model = learned[name].model
    found = answer(model, name)
    absent = ~question(name)["proposals"].any(axis=-1)
    assert absent.any()
    assert not found["scores"][absent].any()
    assert not found["boxes"][absent].any()
    assert model.judges_proposals


def test_the_proposals_of_faster_rcnn_find_every_box(learned):
    model = learned["faster_rcnn"].model
    found = np.asarray(model(question("faster_rcnn"), training=False)["proposals"])
    for boxes, truth, labels in zip(found, BOXES, LABELS, strict=True):
        assert overlaps(truth[labels >= 0], boxes).max(axis=1).min() > 0.6
    assert not model.judges_proposals


def test_support_vector_machines_take_the_place_of_the_softmax(learned):
    softmax = learned["rcnn"].model
    model = copied(softmax)
    x = question("rcnn")
    report = fit_svms(model, [(x, TRUTH)], penalty=0.1)
    assert report["positives"] == [2, 3]
    assert min(report["negatives"]) > 2
    assert mistakes(answer(model, "rcnn")) == []
    changed = {
        weight.path
        for weight, old in zip(model.weights, softmax.weights, strict=True)
        if not np.array_equal(weight.numpy(), old.numpy())
    }
    assert changed == {"class/kernel", "class/bias"}
    # The margin of background is 0, and a box is on the right side of its own machine.
    said = model.judged(x["image"], BOXES)
    logits = np.asarray(said["logits"])
    assert not logits[..., -1].any()
    for picture, place in np.argwhere(LABELS >= 0):
        assert logits[picture, place, LABELS[picture, place]] > 0


def test_regions_in_an_ignored_box_are_no_negatives(learned):
    crowd = np.array([[[0, 0, SIDE, SIDE]]] * len(BOXES), "float32")
    y = {
        "boxes": np.concatenate([BOXES, crowd], axis=1),
        "labels": np.concatenate([LABELS, np.full((len(BOXES), 1), -2)], axis=1),
    }
    x = question("rcnn")
    usual = fit_svms(copied(learned["rcnn"].model), [(x, TRUTH)], penalty=0.1)
    report = fit_svms(copied(learned["rcnn"].model), [(x, y)], penalty=0.1)
    assert report["positives"] == usual["positives"]
    # True boxes of one class stay negatives of the other.
    assert report["negatives"] == report["positives"][::-1] != usual["negatives"]


def test_a_picture_that_is_all_ignored_teaches_nothing(learned):
    x = question("rcnn")
    labels = LABELS.copy()
    labels[0] = -2, -1
    boxes = BOXES.copy()
    boxes[0] = [[0, 0, SIDE, SIDE], [0] * 4]
    report = fit_svms(copied(learned["rcnn"].model), [(x, {"boxes": boxes, "labels": labels})])
    assert sum(report["positives"]) == (labels >= 0).sum()


def test_a_class_without_a_box_is_never_answered(learned):
    softmax = learned["rcnn"].model
    model = copied(softmax)
    x = question("rcnn")
    some = {"boxes": BOXES, "labels": np.where(LABELS == 0, 0, -1)}
    report = fit_svms(model, [(x, some)], penalty=0.1)
    assert report["positives"] == [2, 0]
    assert answer(model, "rcnn")["scores"][..., 1].max() < 1e-3
    with pytest.raises(ValueError, match="must have a true box"):
        fit_svms(model, [(x, {"boxes": BOXES, "labels": 0 * LABELS - 1})])


def test_a_head_of_its_own_size_is_a_choice():
    model = small("fast_rcnn", units=7, dropout=0.5, pooling="align")
    assert model.head.get_layer("head_2").units == 7
    assert model.head.get_layer("head_dropout_1").rate == 0.5
    again = type(model).from_config(model.get_config())
    assert again.count_params() == model.count_params()


def test_without_a_backbone_it_is_a_darknet():
    names = {layer.name for layer in BUILDERS["faster_rcnn"]((64, 64, 3), 2).layers}
    assert {"stage1", "stage3", "objectness"} <= names
    assert BUILDERS["rcnn"](SHAPE, 2, dropout=0.1).head.input_shape == (None, 64, 64, 3)


@pytest.mark.parametrize(
    ("name", "choices", "message"),
    [
        ("fast_rcnn", {"pooling": "mean"}, "`pooling` must be pool or align"),
        ("fast_rcnn", {"backbone": small_net(64)}, "`backbone` must take images of"),
        ("faster_rcnn", {"stride": 16}, "`backbone` must have maps at a stride of 16"),
        ("faster_rcnn", {"anchors": ((3.0, 0.0),)}, "`anchors` must be"),
        ("faster_rcnn", {"anchors": ()}, "`anchors` must be"),
        ("rcnn", {"classifiers": "forest"}, "`classifiers` must be softmax or svm"),
    ],
)
def test_what_cannot_be_built_is_refused(name, choices, message):
    with pytest.raises(ValueError, match=message):
        small(name, **choices)


def test_shapes_of_images_are_any():
    model = BUILDERS["fast_rcnn"]((32, 64, 3), 2, stride=16, units=4)
    x = {"image": np.zeros((1, 32, 64, 3)), "proposals": np.array([[[0.0, 0.0, 90.0, 90.0]]])}
    boxes = np.asarray(model.detect(model(x))["boxes"])
    assert boxes[..., 2].max() <= 64
    assert boxes[..., 3].max() <= 32
    assert SHAPE != (32, 64, 3)
