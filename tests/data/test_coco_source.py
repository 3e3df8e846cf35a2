"""COCO's JSON: categories, crowds, where pictures are, and files that are refused by name."""

import json
import zipfile

import pytest

from dlsuite.data import DataError
from dlsuite.data.sources import coco
from tests.data.boxed_files import (
    CLASSES,
    SCENES,
    drawn,
    found,
    instances,
    is_drawn,
    truth,
    written,
)

IMAGE = {"id": 0, "file_name": "one.png", "width": 20, "height": 10}
BOX = {"id": 0, "image_id": 0, "category_id": 3, "bbox": [1, 2, 3, 4]}


def pictures(folder="", scenes=SCENES):
    return {f"{folder}{name}.png": drawn(scene) for name, scene in scenes.items()}


@pytest.fixture
def load(tmp_path):
    """`coco` with a cache of its own."""

    def call(images, annotations="all.json", **choices):
        cache = str(tmp_path / "cache")
        return coco(str(images), annotations, cache=cache, verify="header", **choices)

    return call


@pytest.fixture
def told(tmp_path, load):
    """The three scenes with parts of their JSON replaced."""

    def call(choices=None, **replaced):
        text = instances(SCENES, **replaced)
        data = written(tmp_path / "data", {**pictures(), "all.json": text})
        return load(data, **(choices or {}))

    return call


def test_categories_are_classes_in_the_order_of_their_ids(told):
    collection = told()
    assert collection.about["class_names"] == CLASSES
    assert collection.about["notes"] == collection.about["bad_boxes"] == []
    examples = collection.parts["all"]
    assert found(examples, CLASSES) == truth()
    assert all(is_drawn(examples.read(index), CLASSES) for index in range(3))


def test_crowds_are_ignored(told):
    rows = told(annotations=[BOX, {**BOX, "bbox": [0, 0, 9, 9], "iscrowd": 1}]).parts["all"].rows
    assert rows["ignored"][0].tolist() == [False, True]
    assert rows["boxes"][0].tolist() == [[1, 2, 4, 6], [0, 0, 9, 9]]


def test_named_classes_are_those_that_are_kept(told):
    collection = told({"classes": ["dog"]})
    assert found(collection.parts["all"], ["dog"])[20, 10] == [("dog", 2, 3, 7, 9)]
    assert len(collection.about["bad_boxes"]) == 2


def test_a_file_for_each_part_is_a_given_split(tmp_path, load):
    files = pictures("images/train2017/", {"one": SCENES["one"]})
    # Of one name in both parts: the folder tells which is meant.
    files |= pictures("images/val2017/", {"one": SCENES["two"]})
    files["train.json"] = instances({"one": SCENES["one"]})
    files["notes/dev.json"] = instances({"one": SCENES["two"]})
    data = written(tmp_path / "data", files)
    collection = load(data, {"train": "train.json", "dev": str(data / "notes/dev.json")})
    assert {part: found(e, CLASSES) for part, e in collection.parts.items()} == {
        "train": truth({"one": SCENES["one"]}),
        "dev": truth({"two": SCENES["two"]}),
    }


def test_pictures_beside_the_json_are_taken_in_an_archive_too(tmp_path, load):
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for part, name in {"train": "one", "test": "two"}.items():
            scene = {"picture": SCENES[name]}
            archive.writestr(f"{part}/_annotations.coco.json", instances(scene))
            archive.writestr(f"{part}/picture.png", drawn(SCENES[name]))
    files = {part: f"{part}/_annotations.coco.json" for part in ("train", "test")}
    parts = load(tmp_path / "pets.zip", files).parts
    assert found(parts["train"], CLASSES) == truth({"one": SCENES["one"]})
    assert found(parts["test"], CLASSES) == truth({"two": SCENES["two"]})


@pytest.mark.parametrize("name", ["deep/one.png", "./one.png", "deep\\one.png"])
def test_a_file_name_may_have_folders(told, tmp_path, name):
    written(tmp_path / "data", pictures("deep/", {"one": SCENES["one"]}))
    examples = told(images=[{**IMAGE, "file_name": name}], annotations=[BOX]).parts["all"]
    assert examples.rows["path"].tolist() == [b"one.png" if name[0] == "." else b"deep/one.png"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("four.png", "four.png: there is no such file below "),
        ("../data/one.png", "there is no such file below "),
        ("/etc/passwd", "there is no such file below "),
        ("same.png", "same.png: 2 files are called so below "),
    ],
)
def test_pictures_that_are_not_found_are_errors_or_left_out(told, tmp_path, name, reason):
    for folder in ("a/", "b/"):
        written(tmp_path / "data", pictures(folder, {"same": SCENES["one"]}))
    images = [IMAGE, {"id": 1, "file_name": name}]
    with pytest.raises(DataError, match=f"1 of 2 pictures cannot be used(.|\n)*{reason}"):
        told(images=images, annotations=[BOX])
    collection = told({"on_bad_example": "skip"}, images=images, annotations=[BOX])
    assert len(collection.parts["all"]) == 1


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**BOX, "bbox": [1, 2, 0, 4]}, "no area"),
        ({**BOX, "bbox": [1, 2, -3, 4]}, "no area"),
        ({**BOX, "bbox": [20, 2, 3, 4]}, "outside of the picture of 20 x 10 pixels"),
        ({**BOX, "bbox": [1, 2, 3]}, r"must be four numbers, .* Received: \[1, 2, 3\]"),
        ({**BOX, "bbox": [1, 2, 3, True]}, "must be four numbers"),
        ({**BOX, "bbox": [1, 2, 3, 10**400]}, "must be four numbers"),
        ({**BOX, "bbox": [1, 2, 3, float("nan")]}, "four numbers"),
        ({"id": 0, "image_id": 0, "category_id": 3}, "four numbers.* Received: None"),
        ({**BOX, "category_id": 5}, "its category_id is none of categories: 5"),
        ({**BOX, "category_id": True}, "its category_id is none of categories: True"),
        ({**BOX, "image_id": 9}, "its image_id is none of images: 9"),
        ({**BOX, "image_id": [0]}, r"its image_id is none of images: \[0\]"),
        (BOX, r"the same box and class as all.json annotations\[0\]"),
    ],
)
def test_boxes_that_cannot_be_used_are_dropped_or_refused(told, record, reason):
    (bad,) = told(annotations=[BOX, record]).about["bad_boxes"]
    assert bad["path"] == "all.json annotations[1]"
    with pytest.raises(DataError, match=rf"1 of 2 boxes (.|\n)*annotations\[1\]: .*{reason}"):
        told({"on_bad_box": "error"}, annotations=[BOX, record])


@pytest.mark.parametrize(
    ("replaced", "message"),
    [
        ({"images": None}, "must have a list `images` of objects. Received: images, annot"),
        ({"annotations": [3]}, "must have a list `annotations` of objects"),
        ({"images": [{"id": 0}]}, r"images\[0\] of .*all.json must have a number or text id and"),
        ({"images": [IMAGE, IMAGE]}, r"images\[1\] of .* must have an id of its own"),
        ({"images": [IMAGE, {**IMAGE, "id": 1}]}, "listed once. Received: one.png in .*all.json"),
        ({"categories": [{"id": "3", "name": "a"}]}, r"categories\[0\] of .* a whole number id"),
        (
            {"categories": [{"id": 3, "name": "a"}, {"id": 3, "name": "b"}]},
            r"categories\[1\] of .* an id and a name of its own",
        ),
        ({"images": [{**IMAGE, "width": 99}]}, "is for 99 x 10 pixels and the picture has 20 x 10"),
        ({"annotations": []}, "There must be boxes in .* Received: 3 pictures, none"),
        ({"images": []}, "There must be pictures in"),
    ],
)
def test_files_of_another_form_are_refused(told, replaced, message):
    with pytest.raises(DataError, match=message):
        told(**replaced)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"images": [\n}', "all.json must be JSON: line 2, column 1: "),
        ("[]", "must be an object with images, annotations and categories. Received: list"),
        ("{}", "must have a list `categories` of objects. Received: nothing"),
        (b"\xff\xfe\xff", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON: maximum recursion"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path, load, text, message):
    with pytest.raises(DataError, match=message):
        load(written(tmp_path / "data", {**pictures(), "all.json": text}))


def test_files_of_parts_must_agree(tmp_path, load):
    other = instances({"two": SCENES["two"]}, categories=[{"id": 3, "name": "eel"}])
    files = {**pictures(), "all.json": instances(SCENES), "dev.json": other}
    data = written(tmp_path / "data", files)
    with pytest.raises(DataError, match=r"the same categories.*differ in \[\(3, 'cat'\), \(3, 'ee"):
        load(data, {"train": "all.json", "dev": "dev.json"})
    with pytest.raises(DataError, match=r"listed once. Received: one.png in .* and .*all.json"):
        load(data, {"train": "all.json", "dev": "all.json"})
    with pytest.raises(DataError, match=r"must have one for train. Received: dev"):
        load(data, {"dev": "all.json"})


def test_places_that_lead_nowhere_are_refused(tmp_path, load):
    with pytest.raises(DataError, match=r"`images` must be a folder or an archive"):
        load(tmp_path / "nowhere")
    data = written(tmp_path / "data", pictures())
    with pytest.raises(DataError, match=r"`annotations` must be a JSON file.* Received: all.json"):
        load(data)


def test_sizes_that_are_not_stated_are_not_compared(told):
    images = [json.loads('{"id": 0, "file_name": "one.png", "width": "20"}')]
    assert len(told(images=images, annotations=[BOX]).parts["all"]) == 1
