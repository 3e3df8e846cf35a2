"""The feed: the same batches from any start, in memory or from files."""

import gc
import hashlib
import os
import subprocess
import sys
from itertools import chain
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.data import DataError, Examples, evaluation_batches, training_batches
from dlsuite.data.encoded import encoded
from dlsuite.data.hashing import array_keys
from dlsuite.data.rows import FileRows

COUNT = 10


def in_memory(count: int = COUNT) -> Examples:
    images = np.arange(count * 16, dtype=np.uint8).reshape(count, 4, 4, 1)
    rows = {"image": images, "label": np.arange(count, dtype=np.int32)}
    return Examples(rows, array_keys(images))


def decoded(unequal: bool = False) -> Examples:
    """The same examples made one at a time; `unequal` ones get a border of their own width."""

    def decode(row):
        values = tf.range(16) + row["label"] * 16
        image = tf.reshape(tf.cast(values, tf.uint8), [4, 4, 1])
        if unequal:
            border = row["label"] % 3
            image = tf.pad(image, [[border, border], [border, border], [0, 0]])
        return {"image": image, "label": row["label"]}

    rows = {"label": np.arange(COUNT, dtype=np.int32)}
    return Examples(rows, in_memory().keys, decode=decode)


def encode(raw):
    return tf.cast(raw["image"], tf.float32) / 255.0, raw["label"]


def encode_cropped(raw):
    return tf.cast(tf.image.resize_with_crop_or_pad(raw["image"], 4, 4), tf.float32) / 255.0, raw[
        "label"
    ]


def labels(batches) -> list[list[int]]:
    return [batch[1].numpy().tolist() for batch in batches.dataset]


def bits(dataset) -> str:
    digest = hashlib.sha256()
    for batch in dataset:
        for leaf in batch:
            digest.update(leaf.numpy().tobytes())
    return digest.hexdigest()


def shifts():
    return [keras.layers.RandomTranslation(0.5, 0.5), keras.layers.RandomFlip()]


def shifted():
    return training_batches(in_memory(), encode, batch_size=4, seed=0, epochs=2, augment=shifts())


@pytest.mark.parametrize("examples", [in_memory(), decoded()], ids=["memory", "decoded"])
def test_an_epoch_holds_every_example_once_and_ends_with_a_short_batch(examples):
    batches = training_batches(examples, encode, batch_size=4, seed=0, epochs=2)
    found = labels(batches)
    assert batches.steps_per_epoch == 3
    assert batches.dataset.cardinality() == 6
    assert [len(batch) for batch in found] == [4, 4, 2, 4, 4, 2]
    assert sorted(chain(*found[:3])) == sorted(chain(*found[3:])) == list(range(COUNT))
    assert found[:3] != found[3:]


@pytest.mark.parametrize(
    "examples",
    [in_memory(), decoded(), decoded(unequal=True)],
    ids=["memory", "decoded", "unequal"],
)
def test_images_stay_with_their_labels(examples):
    for x, y in training_batches(examples, encode_cropped, batch_size=3, seed=1, epochs=1).dataset:
        assert x.shape[1:] == (4, 4, 1)
        np.testing.assert_array_equal(x.numpy()[:, 0, 0, 0] * 255, y.numpy() * 16)


def test_all_forms_give_the_same_batches(tmp_path):
    def stream(examples, **choices):
        made = training_batches(examples, encode_cropped, batch_size=4, seed=7, epochs=2, **choices)
        return bits(made.dataset)

    expected = stream(in_memory())
    assert stream(decoded()) == expected
    assert stream(decoded(unequal=True)) == expected
    assert stream(decoded(unequal=True), cache="memory") == expected
    assert stream(in_memory(), cache="disk", cache_folder=tmp_path / "new") == expected


def test_a_short_last_batch_reads_no_more_examples_than_it_has():
    read = []

    def decode(row):
        def look(label):
            read.append(int(label))
            return np.full((4, 4, 1), label, np.uint8)

        image = tf.numpy_function(look, [row["label"]], tf.uint8)
        return {"image": tf.ensure_shape(image, [4, 4, 1]), "label": row["label"]}

    rows = {"label": np.arange(COUNT, dtype=np.int32)}
    examples = Examples(rows, in_memory().keys, decode=decode)
    batches = training_batches(examples, encode, batch_size=4, seed=0, epochs=1)
    assert [len(batch) for batch in labels(batches)] == [4, 4, 2]
    assert sorted(read) == list(range(COUNT))


@pytest.mark.parametrize("form", ["memory", "decoded", "cached"])
@pytest.mark.parametrize("first_step", [3, 4])
def test_starting_later_gives_the_batches_of_an_uninterrupted_run(form, first_step):
    choices = {"batch_size": 4, "seed": 0, "epochs": 3}
    choices["cache"] = "memory" if form == "cached" else "none"
    examples = decoded() if form == "decoded" else in_memory()
    whole = training_batches(examples, encode, augment=shifts(), **choices)
    late = training_batches(examples, encode, augment=shifts(), first_step=first_step, **choices)
    assert late.steps_per_epoch == whole.steps_per_epoch
    assert bits(late.dataset) == bits(whole.dataset.skip(first_step))


def test_a_second_pass_over_the_dataset_is_the_same():
    batches = shifted()
    assert bits(batches.dataset) == bits(batches.dataset)


def test_another_process_gives_the_same_batches():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_feed import *\n"
        "print(bits(shifted().dataset))"
    )
    arguments = [sys.executable, "-c", code, str(Path(__file__).parent)]
    other = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert other.stdout.split()[-1] == bits(shifted().dataset)


def test_another_seed_gives_other_batches():
    first = training_batches(in_memory(), encode, batch_size=4, seed=0, epochs=1)
    second = training_batches(in_memory(), encode, batch_size=4, seed=1, epochs=1)
    assert labels(first) != labels(second)


def test_batch_size_full_is_one_step_an_epoch():
    batches = training_batches(in_memory(), encode, batch_size="full", seed=0, epochs=2)
    assert batches.steps_per_epoch == 1
    assert [sorted(batch) for batch in labels(batches)] == [list(range(COUNT))] * 2


def test_batch_size_one_is_one_example_a_step():
    batches = training_batches(in_memory(), encode, batch_size=1, seed=0, epochs=1)
    assert batches.steps_per_epoch == COUNT
    assert sorted(labels(batches)) == [[i] for i in range(COUNT)]


def test_a_batch_larger_than_the_set_is_the_set():
    batches = training_batches(in_memory(), encode, batch_size=64, seed=0, epochs=1)
    assert [len(batch) for batch in labels(batches)] == [COUNT]


def test_steps_per_epoch_cuts_the_same_stream_elsewhere():
    plain = training_batches(in_memory(), encode, batch_size=4, seed=0, epochs=4)
    cut = training_batches(in_memory(), encode, batch_size=4, seed=0, epochs=2, steps_per_epoch=5)
    assert cut.steps_per_epoch == 5
    assert labels(cut) == labels(plain)[:10]
    assert cut.dataset.cardinality() == 10


@pytest.mark.parametrize(
    "choices",
    [
        {"batch_size": 0},
        {"epochs": 0},
        {"steps_per_epoch": 0},
        {"first_step": -1},
        {"first_step": 99},
    ],
)
def test_sizes_and_steps_out_of_range_are_refused(choices):
    with pytest.raises(ValueError, match="at least 1 and `first_step` from"):
        training_batches(
            in_memory(), encode, **{"batch_size": 4, "seed": 0, "epochs": 2, **choices}
        )


@pytest.mark.parametrize("examples", [in_memory(), decoded()], ids=["memory", "decoded"])
def test_no_step_is_tuned_while_it_runs(examples):
    """Whoever lets go of a tuned iterator may be held for up to a minute."""
    train = training_batches(examples, encode, batch_size=4, seed=0, epochs=2, augment=shifts())
    fed = [train.dataset, train.after(1), evaluation_batches(examples, encode)]
    assert [dataset.options().autotune.enabled for dataset in fed] == [False] * 3


@pytest.mark.parametrize(
    "examples", [in_memory(), decoded(unequal=True)], ids=["memory", "unequal"]
)
def test_evaluation_keeps_the_order(examples):
    found = [
        y.numpy().tolist() for _, y in evaluation_batches(examples, encode_cropped, batch_size=4)
    ]
    assert found == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_noise_does_not_leave_the_range_of_images():
    noise = [keras.layers.GaussianNoise(0.5)]
    made = training_batches(in_memory(), encode, batch_size=4, seed=0, epochs=1, augment=noise)
    seen = np.concatenate([x.numpy().ravel() for x, _ in made.dataset])
    assert seen.min() == 0
    assert seen.max() == 1


def test_weights_pass_through():
    def weighted(raw):
        return (*encode(raw), tf.ones_like(raw["label"], tf.float32))

    made = training_batches(in_memory(), weighted, batch_size=4, seed=0, epochs=1, augment=shifts())
    assert [len(batch) for batch in made.dataset] == [3, 3, 3]


def test_tables_of_numbers_and_words_are_fed_by_column():
    rows = {
        "columns": {"age": np.float32([1, 2, 3]), "city": np.array(["a", "b", "é"], object)},
        "target": np.float32([10, 20, 30]),
    }
    examples = Examples(rows, np.array(["x", "y", "z"]))
    batches = evaluation_batches(
        examples, lambda raw: (raw["columns"], raw["target"]), batch_size=2
    )
    last = list(batches)[-1]
    assert last[0]["age"].numpy() == [3]
    assert last[0]["city"].numpy()[0].decode() == "é"
    with pytest.raises(ValueError, match=r"x is one tensor of images.*Received: x of type dict"):
        training_batches(
            examples,
            lambda raw: (raw["columns"], raw["target"]),
            batch_size=2,
            seed=0,
            epochs=1,
            augment=shifts(),
        )


def opened(folder: Path) -> list[str]:
    """Files of a folder that this process has open, named or not."""
    links = (os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return [link for link in links if str(folder) in link]


def test_a_disk_cache_leaves_no_file_and_goes_with_its_dataset(tmp_path):
    batches = training_batches(
        in_memory(), encode, batch_size=4, seed=0, epochs=1, cache="disk", cache_folder=tmp_path
    )
    assert list(tmp_path.iterdir()) == []
    assert len(opened(tmp_path)) == 2
    assert sorted(chain(*labels(batches))) == list(range(COUNT))
    del batches
    gc.collect()
    assert opened(tmp_path) == []


def test_rows_of_a_file_are_read_in_any_order(tmp_path):
    values = np.arange(24, dtype=np.float32).reshape(6, 2, 2)
    rows = FileRows(tmp_path, (2, 2), values.dtype)
    rows.append(values[:4])
    rows.append(values[4:])
    np.testing.assert_array_equal(rows.read(np.array([5, 0, 5])), values[[5, 0, 5]])
    with pytest.raises(OSError, match="ends before row 6"):
        rows.read(np.array([6]))


def test_a_disk_cache_of_strings_is_refused(tmp_path):
    batches = [(tf.constant(["a", "b"]), tf.constant([0, 1]))]
    with pytest.raises(DataError, match=r"keeps numbers\. Received: strings"):
        encoded(batches, 2, "disk", tmp_path)
    words, _ = encoded(batches, 2, "memory")
    assert words.tolist() == [b"a", b"b"]


@pytest.mark.parametrize("cache", ["memory", "disk"])
def test_a_cache_without_room_is_refused_with_sizes(cache, tmp_path):
    with pytest.raises(DataError, match=f"`cache: {cache}` must have room.*GiB free"):
        encoded(evaluation_batches(in_memory(), encode), 2**50, cache, tmp_path)
    assert list(tmp_path.iterdir()) == []
