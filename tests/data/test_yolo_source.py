"""YOLO's text files: layouts, names of classes, parts, and lines that are no boxes."""

import os

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.data.sources import coco, yolo
from tests.data.boxed_files import (
    CLASSES,
    SCENES,
    drawn,
    found,
    instances,
    is_drawn,
    scene_txt,
    truth,
    written,
)

NAMES = {"data.yaml": "nc: 2\nnames: [cat, dog]\n"}


def files(pictures="images", labels="labels", scenes=SCENES, names=NAMES):
    """Files of a set, its pictures and labels in folders of these names."""
    return {
        **{f"{pictures}/{name}.png": drawn(scene) for name, scene in scenes.items()},
        **{f"{labels}/{name}.txt": scene_txt(scene) for name, scene in scenes.items()},
        **names,
    }


@pytest.fixture
def load(tmp_path):
    """`yolo` with a cache of its own."""

    def call(path, **choices):
        return yolo(str(path), cache=str(tmp_path / "cache"), verify="header", **choices)

    return call


@pytest.fixture
def lines(tmp_path, load):
    """A set whose picture of 20 x 10 pixels has these lines."""

    def call(text, **choices):
        data = written(tmp_path / "data", {**files(), "labels/one.txt": text})
        return load(data, **choices)

    return call


LAYOUTS = {
    "two folders": files(),
    "side by side": files("set", "set"),
    "darknet": files("obj_train_data", "obj_train_data", names={"obj.names": "cat\ndog\n"}),
    "names among labels": files(names={"labels/classes.txt": "cat\ndog\n\n"}),
    "names by number": files(names={"a.yml": "b: 1", "pets.yaml": "names: {1: dog, 0: cat}"}),
    "with pages about it": {**files(), "README.a.txt": "a b c d e", "README.b.txt": "-"},
    "in a folder": files("a/images", "a/labels", names={"a/data.yaml": NAMES["data.yaml"]}),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same(tmp_path, load, layout):
    collection = load(written(tmp_path / "data", LAYOUTS[layout]))
    assert collection.about["class_names"] == CLASSES
    assert collection.about["bad_boxes"] == collection.about["bad_examples"] == []
    assert collection.about["notes"] == []
    examples = collection.parts["all"]
    assert found(examples, CLASSES) == truth()
    assert all(is_drawn(examples.read(index), CLASSES) for index in range(3))


PARTS = {
    "outer folders": lambda part: (f"{part}/images", f"{part}/labels"),
    "inner folders": lambda part: (f"images/{part}2017", f"labels/{part}2017"),
    "side by side": lambda part: (f"pets/{part}", f"pets/{part}"),
}


@pytest.mark.parametrize("layout", PARTS)
def test_part_folders_are_given_splits(tmp_path, load, layout):
    place = PARTS[layout]
    for part, name in {"train": "one", "val": "two", "test": "three"}.items():
        written(tmp_path / "data", files(*place(part), {name: SCENES[name]}))
    collection = load(tmp_path / "data")
    assert list(collection.parts) == ["train", "dev", "test"]
    assert [found(part, CLASSES) for part in collection.parts.values()] == [
        truth({name: SCENES[name]}) for name in ("one", "two", "three")
    ]


def told(tmp_path, yaml, folders=("a", "b")):
    """A set with pictures in two folders and a page that names them."""
    for folder, name in zip(folders, ("one", "two"), strict=True):
        place = (f"images/{folder}", f"labels/{folder}")
        written(tmp_path / "data", files(*place, {name: SCENES[name]}, {}))
    return written(tmp_path / "data", {"data.yaml": f"names: [cat, dog]\n{yaml}"})


@pytest.mark.parametrize(
    "yaml",
    [
        "train: images/a\nval: images/b",
        "path: /elsewhere\ntrain: ../a/images\nval: ../b/images",
        "train: [./images/a/, images/none]\nvalid: /content/pets/images/b",
    ],
)
def test_folders_that_are_named_are_given_splits(tmp_path, load, yaml):
    collection = load(told(tmp_path, yaml))
    assert {part: found(e, CLASSES) for part, e in collection.parts.items()} == {
        "train": truth({"one": SCENES["one"]}),
        "dev": truth({"two": SCENES["two"]}),
    }
    assert collection.about["notes"] == []


def test_what_is_named_twice_or_not_at_all_is_told(tmp_path, load):
    data = told(tmp_path, "train: images/a\nval: images/a\n")
    collection = load(data)
    assert {part: len(examples) for part, examples in collection.parts.items()} == {"all": 1}
    assert collection.about["notes"] == [
        "data.yaml gives 1 pictures to dev that it gave to another part; they stay in the first "
        "one.",
        "1 pictures are in no folder that data.yaml names; passed over.",
    ]


def test_parts_that_are_lists_of_files_are_told(tmp_path, load):
    collection = load(told(tmp_path, "train: train.txt\nval: val.txt"))
    assert len(collection.parts["all"]) == 2
    assert collection.about["notes"] == [
        "data.yaml names parts that are no folders here; it is not divided."
    ]


def test_classes_without_names_are_numbers_and_can_be_named(tmp_path, load):
    data = written(tmp_path / "data", files(names={}))
    collection = load(data)
    assert collection.about["class_names"] == ["0", "1"]
    assert collection.about["notes"] == [
        "Classes have no names: `classes`, or `names` in data.yaml, gives them."
    ]
    assert load(data, classes=CLASSES).about["class_names"] == CLASSES
    three = written(tmp_path / "data", {"labels/one.txt": "2 0.5 0.5 0.1 0.1"})
    assert load(three).about["class_names"] == ["0", "1", "2"]
    assert "1 of 3 classes have no box: 1." in load(three).about["notes"]


def test_named_classes_are_those_that_are_kept(tmp_path, load):
    collection = load(written(tmp_path / "data", files()), classes=["dog"])
    assert found(collection.parts["all"], ["dog"])[20, 10] == [("dog", 2, 3, 7, 9)]
    assert [item["path"] for item in collection.about["bad_boxes"]] == [
        "labels/one.txt:2",
        "labels/two.txt:1",
    ]


def test_a_picture_without_text_has_no_objects(tmp_path, load):
    data = written(tmp_path / "data", files())
    (data / "labels/two.txt").unlink()
    collection = load(data)
    assert found(collection.parts["all"], CLASSES)[12, 16] == []
    assert collection.about["notes"] == ["1 of 3 pictures have no text file: no objects."]


def test_an_outline_becomes_its_extents(lines):
    examples = lines("\n1 0.1 0.3 0.35 0.9 0.2 0.5 \n0 .5 0 1 0 1 .4 .5 .4\n").parts["all"]
    assert found(examples, CLASSES) == truth()


def test_words_of_a_byte_order_mark_and_whole_floats_are_read(lines):
    assert found(lines("\ufeff1.0 0.225 0.6 0.25 0.6\r\n").parts["all"], CLASSES)[20, 10] == [
        ("dog", 2, 3, 7, 9)
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0 0.5 0.5 0.1", "must be a class with cx cy w h, .* Received: 4 words"),
        ("0 0.5 0.5 0.1 0.1 0.9", "must be a class with cx cy w h, .* Received: 6 words"),
        ("cat 0.5 0.5 0.1 0.1", "must be of numbers. Received: 'cat 0.5 0.5 0.1 0.1'"),
        ("2 0.5 0.5 0.1 0.1", "its class must be a number from 0 to 1. Received: 2"),
        ("-1 0.5 0.5 0.1 0.1", "its class must be a number from 0 to 1. Received: -1"),
        ("0.5 0.5 0.5 0.1 0.1", "its class must be a number from 0 to 1. Received: 0.5"),
        ("nan 0.5 0.5 0.1 0.1", "its class must be a number from 0 to 1. Received: nan"),
        ("0 10 5 4 4", "must be shares of the picture's .* 0 to 1. Received: 10 5 4 4"),
        ("0 0.5 0.5 0 0.1", "no area"),
        ("0 0.5 nan 0.1 0.1", "a corner is no finite number"),
        ("0 1.5 0.5 0.1 0.1", "outside of the picture of 20 x 10 pixels"),
        ("1 0.225 0.6 0.25 0.6", "the same box and class as labels/one.txt:1"),
    ],
)
def test_lines_that_are_no_boxes_are_dropped_or_refused(lines, line, reason):
    text = f"1 0.225 0.6 0.25 0.6\n\n{line}\n"
    collection = lines(text)
    (bad,) = collection.about["bad_boxes"]
    assert bad["path"] == "labels/one.txt:3"
    assert found(collection.parts["all"], CLASSES)[20, 10] == [("dog", 2, 3, 7, 9)]
    with pytest.raises(DataError, match=f"labels/one.txt:3: .*{reason}"):
        lines(text, on_bad_box="error")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"\xff\xfe", r"labels/one.txt: it is no text in UTF-8; it begins with b'\\xff\\xfe'"),
        (b" " * (2**24 + 1), "labels/one.txt: 16,777,217 bytes, and at most 16,777,216 are read"),
    ],
)
def test_texts_that_cannot_be_read_are_errors_or_left_out(lines, text, reason):
    with pytest.raises(DataError, match=f"1 of 3 pictures cannot be used(.|\n)*{reason}"):
        lines(text)
    assert len(lines(text, on_bad_example="skip").parts["all"]) == 2


def test_a_text_in_place_of_a_folder_is_named(tmp_path, load):
    data = written(tmp_path / "data", files())
    (data / "labels/one.txt").unlink()
    (data / "labels/one.txt").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"labels/one.txt: it cannot be read: No such file"):
        load(data)


def test_labels_without_a_picture_are_named(tmp_path, load):
    data = written(tmp_path / "data", {**files(), "labels/four.txt": "0 0.5 0.5 0.1 0.1"})
    with pytest.raises(DataError, match=r"1 of 4 .*\n  labels/four.txt: there is no picture for"):
        load(data)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("names: [cat, dog", "must be YAML of plain values: "),
        ("names: !!python/object/apply:os.getcwd []", "must be YAML of plain values: "),
        ("names: cat", "must be a list of names, or names by the numbers .* Received: cat"),
        ("names: []", "must be a list of names"),
        ("names: {1: cat, 2: dog}", "must be a list of names"),
        ("names: [[cat], dog]", "must be a list of names"),
        ("names: [cat, dog]\nnc: 3", "must be the number of names. Received: nc 3 and 2 names"),
        ("names: [cat, dog]\ntrain: {a: b}", "`train` of .* must be folders. Received: {'a': 'b'}"),
        ("names: [cat, cat]", "different names. Received twice: cat"),
        (b"names: [\xff]", "must be a text in UTF-8"),
        (b"#" * (2**20 + 1), "may have 1,048,576 bytes. Received: more"),
    ],
)
def test_pages_about_classes_that_cannot_be_used_are_refused(tmp_path, load, yaml, message):
    with pytest.raises(DataError, match=message):
        load(written(tmp_path / "data", {**files(), "data.yaml": yaml}))


def test_the_same_pictures_are_the_same_from_yolo_and_coco(tmp_path, load):
    data = written(tmp_path / "data", {**files(), "instances.json": instances(SCENES)})
    other = coco(str(data), "instances.json", cache=str(tmp_path / "cache"), verify="header")
    mine, theirs = load(data).parts["all"], other.parts["all"]
    assert found(mine, CLASSES) == found(theirs, other.about["class_names"]) == truth()


@pytest.mark.skipif("DLSUITE_DATA" not in os.environ, reason="needs the real data sets")
def test_photographs_of_coco_have_the_same_boxes_in_both_forms(tmp_path, load):
    place = f"{os.environ['DLSUITE_DATA']}/coco128/coco128.zip"
    files = {p: f"annotations/instances_{y}2017.json" for p, y in (("train", "train"),
             ("dev", "val"))}  # fmt: skip
    first = load(place)
    second = coco(place, files, cache=str(tmp_path / "cache"), verify="header")
    assert first.about["class_names"] == second.about["class_names"]
    assert len(first.about["class_names"]) == 80
    for part, boxes in (("train", 929), ("dev", 898)):
        one, other = first.parts[part], second.parts[part]
        assert len(one) == 128
        assert (one.rows["labels"] >= 0).sum() == boxes
        one, other = one.take(np.argsort(one.keys)), other.take(np.argsort(other.keys))
        np.testing.assert_array_equal(one.keys, other.keys)
        for name in ("labels", "ignored", "size"):
            np.testing.assert_array_equal(one.rows[name], other.rows[name])
        # The JSON has two decimal places of x, y, width and height.
        assert np.abs(one.rows["boxes"] - other.rows["boxes"]).max() <= 0.0101
