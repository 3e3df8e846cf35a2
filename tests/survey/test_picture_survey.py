"""A look at pictures: counts, sizes, colour, damage, equal ones; folders, archives, arrays."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlsuite.data import DataError
from dlsuite.survey import picture_survey as room
from dlsuite.survey.look import Look, Unsuited


def picture(seed: int, size: tuple[int, int] = (20, 30), grey: bool = False) -> Image.Image:
    """Noise of (height, width), in three channels that are equal where it is grey."""
    values = np.random.default_rng(seed).integers(0, 256, (*size, 1 if grey else 3), np.uint8)
    return Image.fromarray(np.repeat(values, 3, axis=-1) if grey else values)


def class_folders(root: Path, counts: dict[str, int], **choices) -> Path:
    """PNG files `CLASS/0.png` … of so many pictures each, all different."""
    number = 0
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for index in range(count):
            number += 1
            picture(number, **choices).save(root / name / f"{index}.png")
    return root


def idx_folder(folder: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    folder.mkdir()
    head = b"\0\0\x08\x03" + np.array(images.shape, ">u4").tobytes()
    (folder / "train-images-idx3-ubyte").write_bytes(head + images.tobytes())
    head = b"\0\0\x08\x01" + np.array(labels.shape, ">u4").tobytes()
    (folder / "train-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_counts_sizes_and_colour_are_those_of_the_files(tmp_path):
    root = class_folders(tmp_path / "pets", {"cat": 7, "dog": 4})
    picture(99, (50, 10)).save(root / "dog" / "tall.png")
    found = Look(str(root)).pictures
    assert found.counts == {"all": {"cat": 7, "dog": 5}}
    assert (found.count, found.total, found.sampled) == (12, 12, 12)
    assert found.height == (20, 20, 50)
    assert found.width == (10, 30, 30)
    assert found.sides_differ
    assert found.coloured == 1


def test_grey_is_told_by_content_not_by_channels(tmp_path):
    root = class_folders(tmp_path / "faces", {"a": 5, "b": 5}, grey=True)
    assert Look(str(root)).pictures.coloured == 0


def test_an_archive_is_looked_into_and_given_parts_are_kept(tmp_path):
    root = class_folders(tmp_path / "made", {"train/x": 6, "train/y": 6, "val/x": 2, "val/y": 2})
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as archive:
        for file in sorted(root.rglob("*.png")):
            archive.write(file, file.relative_to(tmp_path))
    found = Look(str(tmp_path / "made.zip")).pictures
    assert {part: sum(c.values()) for part, c in found.counts.items()} == {"train": 12, "dev": 4}


def test_damaged_files_and_empty_folders_are_named_and_do_not_stop_the_look(tmp_path):
    root = class_folders(tmp_path / "pets", {"cat": 6, "dog": 6, "empty": 0})
    (root / "cat" / "0.png").write_bytes(b"")
    (root / "dog" / "broken.jpg").write_bytes(b"\xff\xd8\xff and no more")
    found = Look(str(root)).pictures
    assert [item["path"] for item in found.bad] == ["cat/0.png", "dog/broken.jpg"]
    assert found.bad[0]["reason"] == "the file is empty"
    assert found.classes == {"cat": 5, "dog": 6}
    assert found.empty == ("empty",)


def test_equal_pictures_are_counted_in_all_and_between_given_parts(tmp_path):
    root = class_folders(tmp_path / "pets", {"train/a": 6, "train/b": 6, "test/a": 1, "test/b": 1})
    (root / "test/a/again.png").write_bytes((root / "train/a/0.png").read_bytes())
    (root / "train/a/again.png").write_bytes((root / "train/a/1.png").read_bytes())
    found = Look(str(root)).pictures
    assert found.repeated == 2
    assert found.shared == {"train & test": 1}


def test_an_orientation_tag_is_seen(tmp_path):
    root = class_folders(tmp_path / "pets", {"cat": 5, "dog": 5})
    tag = Image.Exif()
    tag[0x0112] = 6
    picture(77).save(root / "cat" / "phone.jpg", exif=tag)
    assert Look(str(root)).pictures.lying == 1


def test_of_many_files_a_sample_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "CHECKED", 10)
    monkeypatch.setattr(room, "SAMPLE", 4)
    root = class_folders(tmp_path / "pets", {"cat": 8, "dog": 4, "empty": 0})
    (root / "dog" / "3.png").write_bytes(b"no picture")  # the last, which a sample has
    found = Look(str(root)).pictures
    assert not found.checked
    assert (found.sampled, found.total) == (3, 12)
    assert found.classes == {"cat": 8, "dog": 4}
    assert found.empty == ("empty",)
    assert [item["path"] for item in found.bad] == ["dog/3.png"]


def test_a_sample_that_cannot_be_read_at_all_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "CHECKED", 1)
    root = class_folders(tmp_path / "pets", {"cat": 5, "dog": 5})
    for file in root.rglob("*.png"):
        file.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"None of 10 pictures in .* can be read"):
        _ = Look(str(root)).pictures


def test_idx_files_and_arrays_are_looked_at_as_pictures(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (20, 9, 8), np.uint8)
    labels = np.arange(20, dtype=np.uint8) % 2
    for path in (idx_folder(tmp_path / "idx", values, labels), tmp_path / "digits.npz"):
        if path.suffix:
            np.savez(path, x=values, y=labels)
        found = Look(str(path)).pictures
        assert found.counts == {"all": {"0": 10, "1": 10}}
        assert (found.height.median, found.width.median, found.coloured) == (9, 8, 0)
        assert not found.sides_differ
    with pytest.raises(Unsuited, match="A table is wanted"):
        _ = Look(str(path)).table


def test_arrays_of_numbers_are_no_pictures(tmp_path):
    np.savez(tmp_path / "numbers.npz", x=np.ones((20, 3)), y=np.arange(20) % 2)
    with pytest.raises(DataError, match=r"Received: .*, a table of numbers"):
        _ = Look(str(tmp_path / "numbers.npz")).pictures


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"cats": 12}, "at least two classes, each in a folder of its own"),
        ({"cats": 2, "dogs": 3}, "at least 10 pictures are needed"),
    ],
)
def test_what_no_classifier_can_learn_from_is_refused(tmp_path, counts, message):
    root = class_folders(tmp_path / "pets", counts)
    with pytest.raises(DataError, match=message):
        _ = Look(str(root)).pictures


def test_a_target_is_for_tables(tmp_path):
    root = class_folders(tmp_path / "pets", {"cat": 6, "dog": 6})
    with pytest.raises(DataError, match="the class of a picture is the folder it lies in"):
        _ = Look(str(root), "cat").pictures


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pest", r"Nothing is at .*pest\. Did you mean .*pets"),
        ("far/away", "The folder .*far is not there either"),
        ("empty", "The folder .*empty is empty"),
        ("texts", "Received: the folder .*texts with a.txt"),
        ("sheet.xlsx", "Received: .*sheet.xlsx. Save the sheet as CSV"),
        ("cat.jpg", "One picture is not enough"),
        ("odd.bin", r"Received: .*odd\.bin\."),
    ],
)
def test_what_no_source_reads_is_said_with_the_way_out(tmp_path, name, message):
    class_folders(tmp_path / "pets", {"cat": 1, "dog": 1})
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("hello")
    for file in ("sheet.xlsx", "cat.jpg", "odd.bin"):
        (tmp_path / file).write_bytes(b"something")
    with pytest.raises(DataError, match=message):
        _ = Look(str(tmp_path / name)).form


def test_loose_pictures_are_told_where_to_lie(tmp_path):
    for number in range(12):
        picture(number).save(tmp_path / f"{number}.png")
    with pytest.raises(DataError, match="must be in CLASS/"):
        _ = Look(str(tmp_path)).pictures


def test_a_table_is_no_set_of_pictures(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(Unsuited, match=r"Pictures are wanted\. Received: .*, a table"):
        _ = Look(str(tmp_path / "t.csv")).pictures
