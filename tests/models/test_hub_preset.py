"""Classifiers of KerasHub by preset: its features and pixels, and a head of our own."""

import keras
import numpy as np
import pytest

from dlsuite.models import keras_hub
from tests.contracts.presets import CLASSES, OFFSET, SCALE, preset

SIDE = 12


@pytest.fixture(scope="module")
def folder():
    return preset()


def images():
    return np.random.default_rng(0).uniform(size=(2, SIDE, SIDE, 3)).astype("float32")


def test_features_are_the_presets_of_pixels_as_its_converter_makes_them(folder):
    import keras_hub as hub

    theirs = hub.models.ImageClassifier.from_preset(folder)
    features = theirs.pooler(theirs.backbone(255 * images() * np.array(SCALE) + np.array(OFFSET)))
    ours = keras_hub((SIDE, SIDE, 3), 3, preset=folder)
    kernel, bias = ours.get_layer("output").get_weights()
    assert kernel.shape == (theirs.backbone.output_shape[-1], 3)
    expected = keras.ops.convert_to_numpy(features) @ kernel + bias
    np.testing.assert_allclose(ours.predict_on_batch(images()), expected, rtol=1e-4, atol=1e-5)
    assert theirs.output_shape[-1] == CLASSES


def test_without_weights_it_begins_as_it_is_drawn(folder):
    keras.utils.set_random_seed(1)
    drawn, loaded = (
        keras_hub((SIDE, SIDE, 3), 3, preset=folder, load_weights=known) for known in (False, True)
    )
    assert drawn.count_params() == loaded.count_params()
    first, second = (model.get_layer("backbone").get_weights()[0] for model in (drawn, loaded))
    assert np.abs(first - second).max() > 1e-3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hf://nobody/nothing", r"cannot be fetched: huggingface\.co cannot be reached, no route"),
        ("kaggle://nobody/a/keras/b", r"fetched: api\.kaggle\.com cannot be reached, no route"),
        ("resnet_18_imagenet", r"resnet_18_imagenet is not on this machine .*api\.kaggle\.com"),
        ("no_such_preset", r"Unknown preset identifier"),
    ],
)
def test_what_cannot_be_fetched_is_said_at_once(name, words, monkeypatch, tmp_path):
    def unplugged(*address, **options):
        raise OSError(113, "no route to it")

    def asked(*arguments, **options):
        pytest.fail("Kaggle's library was asked, which tries for minutes")

    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    monkeypatch.setattr("dlsuite.models.network.socket.getaddrinfo", unplugged)
    monkeypatch.setattr("dlsuite.models.network.urllib.request.getproxies", dict)
    monkeypatch.setattr("kagglehub.model_download", asked)
    with pytest.raises(ValueError, match=words):
        keras_hub((SIDE, SIDE, 3), 3, preset=name)


def errors_of_fetching():
    import huggingface_hub.errors
    import kagglehub.exceptions
    import requests

    answer = requests.Response()
    return [
        # As those of Hugging Face, which are of no class of requests.
        huggingface_hub.errors.HfHubHTTPError("no more\nfor today", response=answer),
        kagglehub.exceptions.CredentialError("no more"),
        requests.ConnectionError("no more"),
        TimeoutError("no more"),
    ]


@pytest.mark.parametrize("kind", range(4))
def test_whatever_library_fails_to_fetch_the_user_reads_what_to_do(kind, monkeypatch):
    import keras_hub as hub

    def refusing(*arguments, **options):
        raise errors_of_fetching()[kind]

    monkeypatch.setattr("dlsuite.models.hub_preset.silence_of", lambda host: "")
    monkeypatch.setattr(hub.models.ImageClassifier, "from_preset", refusing)
    words = r"hf://a/b is not on this machine and cannot be fetched: no more\. Where there is"
    with pytest.raises(ValueError, match=words):
        keras_hub((SIDE, SIDE, 3), 3, preset="hf://a/b")


def test_a_preset_that_does_not_say_of_what_pixels_is_refused(folder, monkeypatch):
    import keras_hub as hub

    theirs = hub.models.ImageClassifier.from_preset(folder)
    theirs.preprocessor = None
    monkeypatch.setattr(hub.models.ImageClassifier, "from_preset", lambda *given, **more: theirs)
    with pytest.raises(ValueError, match=r"must have an image converter.*which has none"):
        keras_hub((SIDE, SIDE, 3), 3, preset=folder)


def test_images_of_other_channels_are_refused(folder):
    with pytest.raises(ValueError, match=r"must be \(None, None, 3\).*Received: .*\(12, 12, 1\)"):
        keras_hub((SIDE, SIDE, 1), 3, preset=folder)
