"""What `data:` may say, and what it loads."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from pydantic import ValidationError

import dlsuite.data
from dlsuite.data import DataSettings
from dlsuite.data.settings import SplitSettings


def messages(**data) -> str:
    with pytest.raises(ValidationError) as error:
        DataSettings(**{"source": "digits", **data})
    return str(error.value)


def test_a_source_is_all_that_is_needed():
    settings = DataSettings(source="digits")
    assert (settings.split, settings.batch_size, settings.cache) == ("auto", 64, "none")
    assert settings.augmentation() == []


def test_load_reads_and_divides():
    collection, parts, report = DataSettings(source={"type": "digits"}).load()
    assert collection.about["class_names"] == list("0123456789")
    assert {n: len(p) for n, p in parts.items()} == {"train": 1078, "dev": 360, "test": 359}
    assert report.disjoint
    assert report.warnings == ()


def test_shares_and_seed_are_used():
    shares = {"train": 0.5, "dev": 0.3, "test": 0.2}
    _, parts, _ = DataSettings(source="wine", split={**shares, "seed": 1}).load()
    assert {n: len(p) for n, p in parts.items()} == {"train": 89, "dev": 53, "test": 36}
    _, other, _ = DataSettings(source="wine", split={**shares, "seed": 2}).load()
    assert set(other["test"].keys) != set(parts["test"].keys)


def test_a_split_without_shares_is_auto():
    assert SplitSettings(by="group").shares() == {}
    _, parts, report = DataSettings(source="wine", split={"seed": 3}).load()
    assert {n: len(p) for n, p in parts.items()} == {"train": 107, "dev": 36, "test": 35}
    assert report.seed == 3


def test_what_to_do_with_bad_examples_reaches_the_source(tmp_path):
    (tmp_path / "data.csv").write_text("x,y\n1,1\n,2\n3,3\n4,4\n5,5\n6,6\n")
    source = {"type": "csv", "path": str(tmp_path / "data.csv"), "target": "y"}
    with pytest.raises(dlsuite.data.DataError, match="1 of 6 rows"):
        DataSettings(source=source).load()
    collection, _, _ = DataSettings(source=source, on_bad_example="skip").load()
    assert collection.about["bad_examples"] == [{"path": "data.csv:3", "reason": "x is missing"}]


@pytest.mark.parametrize("size", [1, 64, "full"])
def test_batch_size_is_a_number_or_full(size):
    assert DataSettings(source="digits", batch_size=size).batch_size == size


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "all"])
def test_other_batch_sizes_are_refused(size):
    assert "batch_size" in messages(batch_size=size)


def test_a_source_may_not_be_told_late_arguments():
    told = {"type": "idx", "path": "x", "on_bad_example": "skip"}
    assert "on_bad_example" in messages(source=told)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        (
            {"train": 0.5, "dev": 0.1},
            "Received: train 0.5, dev 0.1, which add up to 0.6",
        ),
        ({"dev": 1.0}, "must be above 0 where shares are given"),
        ({"train": 1.5}, "less than or equal to 1"),
        ({"train": 0.9, "val": 0.1}, "val"),
    ],
)
def test_shares_that_make_no_whole_are_refused(shares, message):
    assert message in messages(split=shares)


def test_layers_are_made_in_float32_under_any_policy():
    rotation = {"type": "RandomRotation", "factor": 0.1}
    settings = DataSettings(source="digits", augment=["RandomFlip", rotation])
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        flip, turn = settings.augmentation()
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert isinstance(flip, keras.layers.RandomFlip)
    assert flip.compute_dtype == turn.compute_dtype == "float32"


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"type": "Dense", "units": 3}, "must be a layer that changes images"),
        ({"type": "MixUp", "alpha": 0.0}, "must be a number above 0; 0 mixes nothing"),
        ({"type": "MixUp", "alpha": "big"}, "must be a number above 0; 0 mixes nothing"),
        ({"type": "RandomBrightness", "factor": 0.2, "value_range": 1}, "value_range"),
        ({"type": "Solarization", "value_range": [0, 1]}, "inverts every image alike"),
        ({"type": "RandomCrop", "height": 4, "width": 4}, "RandomPaddedCrop, RandomTranslation"),
        ({"type": "Equalization", "value_range": [0, 1]}, "changes every image alike"),
        ({"type": "Resizing", "height": 4, "width": 4}, "must draw what it does; Resizing"),
        ({"type": "AugMix", "value_range": [0, 1]}, "RandAugment draws for every batch"),
        ({"type": "RandomBrightness", "factor": 0.2}, r"must be [0, 1], the range of images here"),
        ({"type": "RandomFlip", "axis": 1}, "axis"),
    ],
)
def test_layers_that_are_no_augmentation_are_refused(layer, message):
    assert message in messages(augment=[layer])


def test_mixing_needs_somebody_to_mix_with():
    assert "needs a batch of two examples or more" in messages(augment=["CutMix"], batch_size=1)
    settings = DataSettings(source="digits", augment=["RandomFlip", {"type": "MixUp"}])
    assert settings.mixes
    assert not DataSettings(source="digits", augment=["RandomFlip"]).mixes


class Mixing(keras.layers.MixUp):
    """One of the user's own."""


def test_a_layer_of_ones_own_that_mixes_is_known_by_what_it_is():
    own = {"type": "test_data_settings:Mixing"}
    assert DataSettings(source="digits", augment=[own]).mixes


def test_a_solarization_that_draws_is_taken():
    drawn = {"type": "Solarization", "threshold_factor": 0.5, "value_range": [0, 1]}
    (layer,) = DataSettings(source="digits", augment=[drawn]).augmentation()
    images = layer(np.full((64, 2, 2, 1), 0.3, "float32"), training=True)
    # Pixels of 0.3 stay where their threshold is above, and are 0.7 in the other images.
    assert set(np.unique(np.round(images, 5))) == {np.float32(0.3), np.float32(0.7)}


def test_noise_of_keras_and_a_crop_of_ours_are_taken():
    noise, crop = {"type": "GaussianNoise", "stddev": 0.1}, {"type": "RandomPaddedCrop"}
    layers = DataSettings(source="digits", augment=[noise, crop]).augmentation()
    assert [type(layer).__name__ for layer in layers] == ["GaussianNoise", "RandomPaddedCrop"]


def test_layers_in_the_range_of_images_and_of_ones_own_are_taken():
    bright = {"type": "RandomBrightness", "factor": 0.2, "value_range": [0, 1]}
    noise = {"type": "keras.layers:GaussianNoise", "stddev": 0.1}
    settings = DataSettings(source="digits", augment=[bright, noise])
    assert [type(layer).__name__ for layer in settings.augmentation()] == [
        "RandomBrightness",
        "GaussianNoise",
    ]


def test_the_room_is_light_until_data_is_read():
    code = (
        "import sys, dlsuite.data, dlsuite.data.sources\n"
        "heavy = {'tensorflow', 'keras', 'sklearn', 'scipy', 'pandas', 'PIL', 'mlflow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_only_public_names_are_given():
    assert dlsuite.data.training_batches.__name__ == "training_batches"
    with pytest.raises(AttributeError, match="has no attribute 'shuffle'"):
        _ = dlsuite.data.shuffle
