"""`weights: imagenet`, from Keras' cache, from a file, and without a network."""

import hashlib
import importlib
import threading

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from dlsuite import experiment
from dlsuite.models import imagenet, resnet, squeezenet, vgg
from dlsuite.models.imagenet import twin_of
from dlsuite.recipe import RecipeError, load
from dlsuite.tracking import WEIGHTS, Store
from dlsuite.training.weights_file import save_weights
from pipelines import image_classification

NET = {"type": "vgg", "depth": 16, "pixels": "caffe"}


def recipe(**model):
    source = {"type": "arrays", "path": "pictures.npz"}
    return {"data": {"source": source, "batch_size": 8}, "model": {**NET, **model}}


def planned(**model):
    return experiment.plan(image_classification.pipeline, recipe(**model)).learner


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a few pictures, a cache of Keras that is empty, and no network."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (30, 32, 32, 3), "uint8"), np.arange(30) % 3
    np.savez(tmp_path / "pictures.npz", x=x, y=y)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def unplugged(*address, **options):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("dlsuite.models.network.socket.getaddrinfo", unplugged)
    monkeypatch.setattr("dlsuite.models.network.urllib.request.getproxies", dict)
    return tmp_path


@pytest.fixture
def twin():
    return twin_of(vgg, 16, (32, 32, 3))


@pytest.fixture
def narrow(monkeypatch):
    """VGG's dense layers are of no interest here, and large."""
    module = importlib.import_module("dlsuite.models.vgg")
    monkeypatch.setattr(module, "HIDDEN", 8)
    return module


def as_keras_wrote_it(path, twin):
    """The file that keras.applications would have published, of random weights."""
    net = getattr(keras.applications, twin.name)(
        include_top=False, weights=None, input_shape=(32, 32, 3)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, net)
    return net


def test_weights_from_the_cache_are_those_of_our_layers_and_the_dense_ones_are_new(
    place, twin, narrow, monkeypatch
):
    net = as_keras_wrote_it(twin.cached, twin)
    md5 = hashlib.md5(twin.cached.read_bytes()).hexdigest()
    monkeypatch.setitem(imagenet.FILES, (vgg, 16), ("", md5))
    learner = planned(weights="imagenet")
    assert "ImageNet (VGG16 of keras.applications): 13 of 16 layers" in learner.started.text
    assert set(learner.started.new) == {"fc6", "fc7", "output"}
    np.testing.assert_array_equal(
        learner.model.get_layer("conv3_2").get_weights()[0],
        net.get_layer("block3_conv2").get_weights()[0],
    )
    # The same file by its path, for a model of other pixels: taken, and said. Keras would read a
    # file of such a name in its newest form alone.
    copied = place / "copy.weights.h5"
    twin.cached.rename(copied)
    learner = planned(weights=str(copied), pixels="unit")
    assert len(learner.started.layers) == 13
    assert "learned with pixels=caffe, the model has pixels=unit" in learner.started.warnings[0]


def test_plan_says_what_would_be_fetched_and_training_what_to_do_without_a_network(
    place, twin, narrow, monkeypatch
):
    monkeypatch.setattr(narrow, "CHANNELS", (2, 2, 2, 2, 2))
    learner = planned(weights="imagenet")
    assert f"which it fetches from {twin.url} to {twin.cached}" in learner.started.text
    assert not twin.cached.parent.exists()
    with pytest.raises(RecipeError) as refused:
        image_classification.run(recipe(weights="imagenet"))
    said = str(refused.value)
    assert "storage.googleapis.com cannot be reached, Name or service not known" in said
    assert f"fetch {twin.url} and put it at {twin.cached}" in said
    assert "weights: PATH.h5" in said


def test_a_server_whose_name_nobody_finds_is_not_waited_for(place, monkeypatch):
    waiting = threading.Event()

    def nobody(*address, **options):
        waiting.wait()
        raise OSError

    monkeypatch.setattr("dlsuite.models.network.socket.getaddrinfo", nobody)
    monkeypatch.setattr("dlsuite.models.network.WAIT", 0.01)
    with pytest.raises(imagenet.NotThere, match=r"does not answer within 0\.01 s"):
        imagenet.fetched(twin_of(vgg, 16, (32, 32, 3)))
    waiting.set()


def test_a_file_that_is_not_the_published_one_is_not_taken_for_it(place, twin):
    twin.cached.parent.mkdir(parents=True)
    twin.cached.write_bytes(b"half of it")
    with pytest.raises(imagenet.NotThere, match="VGG16 are not on this machine"):
        imagenet.fetched(twin)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (
            {"type": "squeezenet"},
            r"published for vgg of depth 16, 19, resnet of depth 50, 101, 152; .*for squeezenet\.",
        ),
        ({"type": "resnet", "depth": 18}, r"Received: imagenet for resnet of depth 18"),
        ({"type": "vgg", "depth": 16}, r"model\.pixels: must be caffe where .*Received: unit"),
        ({**NET, "batch_norm": True}, r"model\.batch_norm: must be false where .*Received: true"),
        ({**NET, "width": 0.5}, r"model\.width: must be 1\.0 where .*Received: 0\.5"),
        (
            {"type": "resnet", "pixels": "caffe", "stride_in": "middle"},
            r"model\.stride_in: must be first where .*Received: middle",
        ),
        (
            {"type": "resnet", "pixels": "caffe", "stem": "small"},
            r"model\.stem: must be paper where .*Received: small",
        ),
    ],
)
def test_what_cannot_begin_so_is_refused_before_any_data_is_read(model, words):
    data = {"source": {"type": "arrays", "path": "nowhere.npz"}}
    with pytest.raises(RecipeError, match=words):
        load(
            {"data": data, "model": {**model, "weights": "imagenet"}}, image_classification.Settings
        )


def keep(model, parameters) -> None:
    """The weights of a run called `other`."""
    with Store.open().start("image_classification", "other") as tracked:
        tracked.parameters(parameters)
        with tracked.file(WEIGHTS) as path:
            save_weights(model, path)


@pytest.mark.slow
def test_a_run_that_learned_of_other_pixels_is_started_from_with_a_warning(place):
    net = {"type": "squeezenet", "width": 0.1}
    keep(squeezenet((32, 32, 3), 5, width=0.1), {"model.pixels": "caffe"})
    data = recipe()["data"]

    def warnings(pixels):
        settings = {"data": data, "model": net | {"weights": "run:other", "pixels": pixels}}
        return experiment.plan(image_classification.pipeline, settings).learner.started.warnings

    assert "learned with pixels=caffe, the model has pixels=unit" in warnings("unit")[0]
    assert not any("pixels" in warning for warning in warnings("caffe"))


@pytest.mark.slow
def test_a_run_whose_blocks_stride_elsewhere_is_started_from_with_a_warning(place):
    """The shapes are the same, the net is another."""
    net = {"type": "resnet", "width": 0.05}
    keep(resnet((32, 32, 3), 3, width=0.05), {"model.stride_in": "middle"})
    settings = {"data": recipe()["data"], "model": net | {"weights": "run:other"}}
    started = experiment.plan(image_classification.pipeline, settings).learner.started
    assert "learned with stride_in=middle, the model has stride_in=first" in started.warnings[0]


def test_dense_layers_of_vgg_are_of_use_at_their_own_size_alone():
    assert twin_of(vgg, 19, (224, 255, 3)).file == "vgg19_weights_tf_dim_ordering_tf_kernels.h5"
    assert twin_of(vgg, 19, (224, 256, 3)).file.endswith("_notop.h5")


@pytest.mark.slow
@pytest.mark.parametrize("key", imagenet.FILES, ids=lambda key: f"{key[0].__name__}{key[1]}")
def test_files_and_addresses_are_those_of_keras(key, monkeypatch, tmp_path):
    build, depth = key
    asked = []

    def refuse(file, url, *, cache_subdir, file_hash):
        asked.append((file, url, cache_subdir, file_hash))
        raise OSError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", refuse)
    for shape in ((32, 32, 3), (224, 224, 3)):
        twin = twin_of(build, depth, shape)
        with pytest.raises(OSError):
            getattr(keras.applications, twin.name)(include_top=twin.top, weights="imagenet")
        assert asked.pop() == (twin.file, twin.url, "models", twin.md5)
