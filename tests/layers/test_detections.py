"""The last layer of a detector: the answers of `ops.nms` in models, files and SavedModels."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import Detections
from dlsuite.ops.nms import nms, soft_nms

CLASSES = 3


def batch(pictures: int, boxes: int = 30) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(pictures)
    start = rng.uniform(0, 60, (pictures, boxes, 2))
    ends = start + rng.uniform(5, 30, (pictures, boxes, 2))
    return {
        "boxes": np.concatenate([start, ends], axis=-1).astype("float32"),
        "scores": rng.uniform(size=(pictures, boxes, CLASSES)).astype("float32"),
    }


def detector(**options) -> keras.Model:
    inputs = {
        "boxes": keras.Input((None, 4), name="boxes"),
        "scores": keras.Input((None, CLASSES), name="scores"),
    }
    return keras.Model(inputs, Detections(**options)(inputs))


def assert_same(found, expected):
    assert set(found) == {"boxes", "scores", "labels"}
    for name, value in expected.items():
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(value))


@pytest.mark.parametrize("soft", [False, True])
def test_a_saved_model_answers_batches_of_any_size(soft, tmp_path):
    model = detector(iou_threshold=0.4, score_threshold=0.2, max_detections=8, soft=soft)
    model.export(tmp_path / "1", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "1"))
    for pictures in (1, 4):
        given = batch(pictures)
        bounds = {"score_threshold": 0.2, "max_detections": 8}
        if not soft:
            bounds["iou_threshold"] = 0.4
        expected = (soft_nms if soft else nms)(*given.values(), **bounds)
        assert_same(model(given), expected)
        assert_same(served.serve(given), expected)


def test_a_file_keeps_its_choices(tmp_path):
    model = detector(iou_threshold=0.3, score_threshold=0.1, max_detections=5, soft=True)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert_same(again(batch(2)), model(batch(2)))
    (layer,) = (layer for layer in again.layers if isinstance(layer, Detections))
    assert (layer.iou_threshold, layer.score_threshold) == (0.3, 0.1)
    assert (layer.max_detections, layer.soft) == (5, True)


def test_keras_predicts_with_it():
    """Left to itself Keras would compile the model by XLA, which has not got the kernel."""
    model = detector(max_detections=4)
    model.compile()
    assert_same(model.predict(batch(3), verbose=0), nms(**batch(3), max_detections=4))


def test_its_shapes_are_known_before_it_runs():
    outputs = detector(max_detections=7).output
    found = {name: (tensor.shape, tensor.dtype) for name, tensor in outputs.items()}
    assert found == {
        "boxes": ((None, 7, 4), "float32"),
        "scores": ((None, 7), "float32"),
        "labels": ((None, 7), "int32"),
    }


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_moves_no_box(policy):
    given = batch(2)
    given["boxes"] += 2000.3  # where float16 has whole even pixels
    found = Detections(dtype=policy)(given)
    assert_same(found, nms(**given))


def test_no_gradient_passes():
    given = {name: tf.Variable(value) for name, value in batch(1).items()}
    with tf.GradientTape() as tape:
        answers = Detections()(given)
        total = tf.reduce_sum(answers["boxes"]) + tf.reduce_sum(answers["scores"])
    assert tape.gradient(total, list(given.values())) == [None, None]


@pytest.mark.parametrize(
    "choices", [{"iou_threshold": 1.5}, {"iou_threshold": -0.1}, {"max_detections": 0}]
)
def test_choices_out_of_range_are_refused(choices):
    with pytest.raises(ValueError, match=r"`iou_threshold` must be .* Received: iou_threshold="):
        Detections(**choices)
