"""Signatures answer as the model does, whatever the form of the question."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dlsuite.serving import Signature, image_signatures, table_signatures
from dlsuite.targets import ManyLabels, ManyOutputs, Number, OneClass, Output

NUMBER = Number("price", 0.0, 1.0)


def one_of(*names: str) -> OneClass:
    return OneClass(names, (1,) * len(names))


def flat_model(channels: int, classes: int = 2) -> keras.Model:
    return keras.Sequential(
        [keras.Input((4, 4, channels)), keras.layers.Flatten(), keras.layers.Dense(classes)]
    )


def preprocessing(channels: int) -> keras.Model:
    return keras.Sequential(
        [keras.Input((None, None, channels), dtype="uint8"), keras.layers.Resizing(4, 4)]
    )


def encoded(pixels: np.ndarray, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.squeeze()).save(file, form, quality=95)
    return file.getvalue()


def test_a_file_is_answered_as_its_pixels_are(random: np.random.Generator) -> None:
    signatures = image_signatures(preprocessing(3), flat_model(3), one_of("cat", "dog"))
    images = [random.integers(0, 256, (*size, 3), "uint8") for size in [(4, 4), (9, 5), (3, 12)]]
    files = tf.constant([encoded(image) for image in images])
    by_file = signatures["serve_bytes"].answer(image_bytes=files)
    for row, image in enumerate(images):
        by_pixels = signatures["serving_default"].answer(image=tf.constant(image[None]))
        np.testing.assert_allclose(
            by_file["probabilities"][row], by_pixels["probabilities"][0], atol=1e-6
        )
        assert by_file["class_name"][row] == by_pixels["class_name"][0]


def mean_pixel(answer: dict[str, tf.Tensor]) -> float:
    """Undoes `reader`: its first logit is the mean of all pixels over 100, its second 0."""
    first, second = np.asarray(answer["probabilities"][0], "float64")
    return 100 * np.log(first / second)


def reader(channels: int) -> keras.Model:
    model = flat_model(channels)
    size = 16 * channels
    model.set_weights([np.tile([[0.01 / size, 0.0]], (size, 1)), np.zeros(2)])
    return model


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_colour_files_are_read_as_grey_by_a_grey_model(form: str) -> None:
    pixels = np.full((4, 4, 3), (200, 100, 50), "uint8")
    answer = image_signatures(preprocessing(1), reader(1), one_of("a", "b"))["serve_bytes"].answer
    luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50  # ITU-R BT.601: 124.2
    read = mean_pixel(answer(image_bytes=tf.constant([encoded(pixels, form)])))
    assert read == pytest.approx(luma, abs=1)


@pytest.mark.parametrize(
    ("pixels", "mean"),
    [
        (np.full((6, 3), 128, "uint8"), 128),
        (np.full((4, 4, 3), (30, 60, 90), "uint8"), 60),
        (np.full((5, 4, 4), (30, 60, 90, 7), "uint8"), 60),  # opacity is no colour
    ],
)
def test_grey_and_transparent_files_are_read_by_a_colour_model(
    pixels: np.ndarray, mean: float
) -> None:
    answer = image_signatures(preprocessing(3), reader(3), one_of("a", "b"))["serve_bytes"].answer
    read = mean_pixel(answer(image_bytes=tf.constant([encoded(pixels)])))
    assert read == pytest.approx(mean, abs=0.01)


def test_probabilities_are_the_softmax_of_the_logits() -> None:
    model = flat_model(1, classes=3)
    model.set_weights([np.zeros((16, 3)), np.log([1.0, 2.0, 5.0])])
    signature = image_signatures(preprocessing(1), model, one_of("a", "b", "c"))["serving_default"]
    answer = signature.answer(image=tf.zeros((2, 7, 7, 1), tf.uint8))
    np.testing.assert_allclose(answer["probabilities"], [[1 / 8, 2 / 8, 5 / 8]] * 2, atol=1e-6)
    assert answer["class_id"].numpy().tolist() == [2, 2]
    assert answer["class_name"].numpy().tolist() == [b"c", b"c"]


def test_half_precision_layers_give_float32_probabilities() -> None:
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(2, dtype="mixed_bfloat16"),
        ]
    )
    signature = image_signatures(preprocessing(1), model, one_of("a", "b"))["serving_default"]
    answer = signature.answer(image=tf.zeros((1, 4, 4, 1), tf.uint8))
    assert answer["probabilities"].dtype == tf.float32
    np.testing.assert_allclose(answer["probabilities"], [[0.5, 0.5]])


def test_a_layer_of_training_is_preprocessing_enough() -> None:
    scale = keras.layers.Rescaling(1 / 255)
    signatures = image_signatures(scale, flat_model(3), one_of("a", "b"))
    assert signatures["serving_default"].inputs["image"].shape[-1] == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="4,4"):
        signatures["serving_default"].answer(image=tf.zeros((1, 5, 5, 3), tf.uint8))


def test_replay_asks_what_a_client_would_send() -> None:
    signatures = image_signatures(preprocessing(1), flat_model(1), one_of("a", "b"))
    image = np.arange(20, dtype="uint8").reshape(1, 4, 5, 1)
    sent = signatures["serve_bytes"].replay({"image": image})["image_bytes"]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(sent[0]))), image[0, ..., 0])
    assert signatures["serving_default"].replay({"image": image})["image"] is image
    with pytest.raises(ValueError, match=r"must be uint8\. Received: float32"):
        signatures["serve_bytes"].replay({"image": image.astype("float32")})


def test_a_target_that_does_not_fit_the_outputs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \[B, 3\]\. Received: output shape \(None, 2\)"):
        image_signatures(preprocessing(1), flat_model(1), one_of("a", "b", "c"))


def test_columns_get_input_names_that_tensorflow_keeps() -> None:
    columns = ["od280/od315", "od280_od315", "self", "1st", "größe", "training", "plain"]
    model = keras.Sequential([keras.Input((7,)), keras.layers.Dense(1)])
    stack = keras.layers.Lambda(lambda raw: keras.ops.stack(list(raw.values()), axis=1))
    signature = table_signatures(stack, model, dict.fromkeys(columns, "number"), NUMBER)
    expected = ["od280_od315", "od280_od315_", "column_self", "column_1st", "gr__e"]
    expected += ["column_training", "plain"]
    assert list(signature["serving_default"].about["columns"].values()) == expected
    assert list(signature["serving_default"].inputs) == expected


def test_a_table_of_numbers_predicts_one_number_a_row() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.set_weights([np.array([[2.0], [3.0]]), np.array([1.0])])
    stack = keras.layers.Lambda(lambda raw: keras.ops.stack([raw["a"], raw["b"]], axis=1))
    signature = table_signatures(stack, model, {"a": "number", "b": "number"}, NUMBER)
    answer = signature["serving_default"].answer(a=tf.constant([1.0, 0.0]), b=tf.constant([1.0, 2]))
    assert answer["prediction"].numpy().tolist() == [6.0, 7.0]  # 2a + 3b + 1


def test_a_table_without_use_is_refused() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
    layer = keras.layers.Identity()
    with pytest.raises(ValueError, match=r"shape \[B, 1\]\. Received: output shape"):
        table_signatures(layer, model, {"a": "number"}, NUMBER)
    with pytest.raises(ValueError, match=r"`number` or `category`\. Received: \['date'\]"):
        table_signatures(layer, model, {"a": "date"}, one_of("x", "y"))
    with pytest.raises(ValueError, match="Received: none"):
        table_signatures(layer, model, {}, one_of("x", "y"))
    with pytest.raises(ValueError, match=r"must be of category columns\. Received: \['a'\]"):
        table_signatures(layer, model, {"a": "number"}, one_of("x", "y"), vocabularies={"a": ["1"]})


@pytest.mark.parametrize("name", ["a b", "1st", "self", "größe", ""])
def test_input_names_that_tensorflow_would_rewrite_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        Signature({name: tf.TensorSpec((None,))}, lambda **inputs: {}, lambda raw: {})
    with pytest.raises(ValueError, match="Received: none"):
        Signature({}, lambda **inputs: {}, lambda raw: {})


def test_labels_are_answered_by_probability_by_presence_and_by_name() -> None:
    model = flat_model(1, classes=3)
    logits = np.log([[3.0, 1 / 4, 2.0]])
    model.set_weights([np.zeros((16, 3)), logits[0]])
    target = ManyLabels(("rain", "größe", "sun"), (1, 1, 1), 3, "; ")
    signature = image_signatures(preprocessing(1), model, target)["serving_default"]
    answer = signature.answer(image=tf.zeros((2, 7, 7, 1), tf.uint8))
    np.testing.assert_allclose(answer["probabilities"], [[3 / 4, 1 / 5, 2 / 3]] * 2, atol=1e-6)
    assert answer["present"].numpy().tolist() == [[True, False, True]] * 2
    assert answer["labels"].numpy().tolist() == [b"rain; sun"] * 2
    assert signature.about["label_names"] == ["rain", "größe", "sun"]
    model.set_weights([np.zeros((16, 3)), -np.abs(logits[0])])
    assert signature.answer(image=tf.zeros((1, 7, 7, 1), tf.uint8))["labels"].numpy() == [b""]


def test_outputs_are_answered_each_under_its_name() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(5)])
    model.set_weights([np.zeros((1, 5)), np.log([1.0, 3.0, 2.0, 1.0, 1.0])])
    side, size = Output("side", ("l", "r"), (1, 1)), Output("how big", ("s", "m", "b"), (1, 1, 1))
    target = ManyOutputs((side, size))
    stack = keras.layers.Lambda(lambda raw: keras.ops.stack(list(raw.values()), axis=1))
    columns = ["side", "how big"]
    signature = table_signatures(stack, model, {"a": "number"}, target, target_columns=columns)
    answer = signature["serving_default"].answer(a=tf.zeros(2))
    assert answer["side"].numpy().tolist() == [b"r", b"r"]
    assert answer["how big_id"].numpy().tolist() == [0, 0]
    np.testing.assert_allclose(answer["how big_probabilities"][0], [1 / 2, 1 / 4, 1 / 4])
    about = signature["serving_default"].about
    assert about["output_classes"] == {"side": ["l", "r"], "how big": ["s", "m", "b"]}
    assert about["target"] == columns
