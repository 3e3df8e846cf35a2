"""IDX files: the four of MNIST, read as they are."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.data.sources import idx


def packed(array: np.ndarray, code: int = 8) -> bytes:
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.tobytes()


def write(folder: Path, prefix: str, images: np.ndarray, labels, pack=gzip.compress) -> Path:
    ending = ".gz" if pack is gzip.compress else ""
    labels = np.asarray(labels, np.uint8)
    (folder / f"{prefix}-images-idx3-ubyte{ending}").write_bytes(pack(packed(images)))
    (folder / f"{prefix}-labels-idx1-ubyte{ending}").write_bytes(pack(packed(labels)))
    return folder


def images(count: int) -> np.ndarray:
    return np.arange(count * 6, dtype=np.uint8).reshape(count, 2, 3)


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_four_files_are_train_and_test(tmp_path, pack):
    write(tmp_path, "train", images(4), [0, 1, 2, 1], pack)
    write(tmp_path, "t10k", images(2), [2, 0], pack)
    collection = idx(str(tmp_path))
    assert {name: len(part) for name, part in collection.parts.items()} == {"train": 4, "test": 2}
    example = collection.parts["train"].read(2)
    assert example["image"].tolist() == [[[12], [13], [14]], [[15], [16], [17]]]
    assert example["label"] == 2
    assert collection.parts["train"].strata.tolist() == [0, 1, 2, 1]
    assert collection.about["class_names"] == ["0", "1", "2"]


def test_train_alone_is_to_be_divided(tmp_path):
    collection = idx(str(write(tmp_path, "train", images(2), [1, 0])), class_names=["no", "yes"])
    assert list(collection.parts) == ["all"]
    assert collection.about["class_names"] == ["no", "yes"]


def test_labels_out_of_range_are_named_with_their_count(tmp_path):
    write(tmp_path, "train", images(4), [0, 7, 1, 9])
    with pytest.raises(DataError) as error:
        idx(str(tmp_path), class_names=["no", "yes"])
    assert str(error.value).splitlines() == [
        "2 of 4 labels cannot be used. `on_bad_example: skip` leaves them out.",
        "  train[1]: label 7 is out of the range 0 to 1",
        "  train[3]: label 9 is out of the range 0 to 1",
    ]
    skipped = idx(str(tmp_path), class_names=["no", "yes"], on_bad_example="skip")
    assert skipped.parts["all"].rows["label"].tolist() == [0, 1]
    assert len(skipped.about["bad_examples"]) == 2


def test_classes_without_images_are_named_with_counts(tmp_path):
    write(tmp_path, "train", images(3), [0, 3, 3])
    with pytest.raises(DataError, match=r"2 of 4 have none, 1, 2. Received: 0 1, 1 0, 2 0, 3 2"):
        idx(str(tmp_path))
    assert idx(str(tmp_path), on_bad_example="skip").about["class_names"] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte.gz", b"\x1f\x8bnone", "cannot be read"),
        ("train-images-idx3-ubyte.gz", b"P5 2 3", "two zero bytes.*Received: b'P5 2'"),
        ("train-images-idx3-ubyte.gz", b"", "two zero bytes.*Received: b''"),
        ("train-images-idx3-ubyte.gz", packed(images(2))[:-1], "must have 28 bytes for the shape"),
        ("train-images-idx3-ubyte.gz", packed(images(2))[:7], "Received: 7 bytes"),
        ("train-images-idx3-ubyte.gz", packed(images(2)[0]), r"Images must be bytes.*\[2, 3\]"),
        ("train-images-idx3-ubyte.gz", packed(np.zeros((2, 1, 1), ">f4"), 13), "of type >f4"),
        ("train-labels-idx1-ubyte.gz", packed(np.zeros(3, np.uint8)), "2 images and labels of"),
        ("train-labels-idx1-ubyte.gz", packed(np.zeros(2, ">f4"), 13), "must be whole numbers"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, message):
    write(tmp_path, "train", images(2), [0, 1])
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        idx(str(tmp_path))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"must hold train-images-idx3-ubyte.* Received: no files"):
        idx(str(tmp_path))
    write(tmp_path, "train", images(2), [0, 1])
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(DataError, match="must hold t10k-images-idx3-ubyte"):
        idx(str(tmp_path))
    with pytest.raises(DataError, match="must be a folder with IDX files"):
        idx(str(tmp_path / "nowhere"))
