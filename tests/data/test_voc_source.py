"""Pascal VOC: layouts, coordinates, lists of parts, and files that are refused by name."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from dlsuite.data import DataError, evaluation_batches, split
from dlsuite.data.hashing import content_key
from dlsuite.data.sources import voc
from tests.data.boxed_files import (
    SCENES,
    annotation,
    box_xml,
    drawn,
    found,
    is_drawn,
    scene_xml,
    truth,
    written,
)


def files(pictures="JPEGImages", annotations="Annotations", scenes=SCENES):
    """Files of a set, its pictures and annotations in folders of these names."""
    return {
        **{f"{pictures}/{name}.png": drawn(scene) for name, scene in scenes.items()},
        **{f"{annotations}/{name}.xml": scene_xml(scene) for name, scene in scenes.items()},
    }


@pytest.fixture
def load(tmp_path):
    """`voc` with a cache of its own."""

    def call(path, **choices):
        return voc(str(path), cache=str(tmp_path / "cache"), verify="header", **choices)

    return call


LAYOUTS = {
    "devkit": files(),
    "lower case": files("images", "annotations"),
    "xmls": files("images", "annotations/xmls"),
    "side by side": files("pets", "pets"),
    "folder in a folder": files("a/b/JPEGImages", "a/b/Annotations"),
    "at the root": files(".", "."),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same(tmp_path, load, layout):
    collection = load(written(tmp_path / "data", LAYOUTS[layout]))
    assert collection.about["class_names"] == ["cat", "dog"]
    assert collection.about["bad_boxes"] == collection.about["bad_examples"] == []
    assert collection.about["notes"] == []
    examples = collection.parts["all"]
    assert found(examples, ["cat", "dog"]) == truth()
    assert examples.rows["boxes"].shape == (3, 2, 4)
    assert set(examples.keys) == {content_key(drawn(scene)) for scene in SCENES.values()}


def test_boxes_hold_what_is_drawn(tmp_path, load):
    examples = load(written(tmp_path / "data", files())).parts["all"]
    assert all(is_drawn(examples.read(index), ["cat", "dog"]) for index in range(3))


def test_an_archive_is_read_like_its_folder(tmp_path, load):
    data = written(tmp_path / "data", files("VOC/JPEGImages", "VOC/Annotations"))
    (tmp_path / "alone").mkdir()
    with zipfile.ZipFile(tmp_path / "alone/pets.zip", "w") as archive:
        for file in sorted(data.rglob("*.*")):
            archive.write(file, file.relative_to(data))
        archive.writestr("__MACOSX/VOC/JPEGImages/._one.png", b"")
    keys = load(data).parts["all"].keys.tolist()
    assert load(tmp_path / "alone/pets.zip").parts["all"].keys.tolist() == keys
    assert load(tmp_path / "alone").parts["all"].keys.tolist() == keys


def test_part_folders_are_given_splits(tmp_path, load):
    data = {
        **files("train", "train", {"one": SCENES["one"]}),
        **files("valid/images", "valid/annotations", {"one": SCENES["two"]}),
        **files("images/test2007", "annotations/test2007", {"three": SCENES["three"]}),
    }
    collection = load(written(tmp_path / "data", data))
    assert list(collection.parts) == ["train", "dev", "test"]
    assert [found(part, ["cat", "dog"]) for part in collection.parts.values()] == [
        truth({name: SCENES[name]}) for name in ("one", "two", "three")
    ]


def test_train_alone_is_to_be_divided(tmp_path, load):
    assert list(load(written(tmp_path / "data", files("train", "train"))).parts) == ["all"]


def test_lists_of_image_sets_are_given_splits(tmp_path, load):
    lists = {"train": "one\n", "val": "two.png\n\n", "trainval": "one\ntwo\n", "cat_train": "one 1"}
    data = {f"ImageSets/Main/{name}.txt": text for name, text in lists.items()}
    collection = load(written(tmp_path / "data", {**files(), **data}))
    assert {part: len(examples) for part, examples in collection.parts.items()} == {
        "train": 1,
        "dev": 1,
    }
    assert found(collection.parts["dev"], ["cat", "dog"]) == truth({"two": SCENES["two"]})
    assert collection.about["notes"] == [
        "1 pictures are in no list of ImageSets/Main and are passed over."
    ]


def test_train_and_val_in_one_list_are_train(tmp_path, load):
    lists = {"VOC/ImageSets/Main/trainval.txt": "one\ntwo", "VOC/ImageSets/Main/test.txt": "three"}
    data = {**files("VOC/JPEGImages", "VOC/Annotations"), **lists}
    collection = load(written(tmp_path / "data", data))
    assert {part: len(e) for part, e in collection.parts.items()} == {"train": 2, "test": 1}


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ({"train": "one", "test": "two\none"}, "listed once.* one in .*test.txt and .*train.txt"),
        ({"test": "one"}, r"must hold train.txt or trainval.txt.* ImageSets/Main/test.txt"),
        ({"train": "one\nfour"}, "four, which is listed: there is no picture for it"),
    ],
)
def test_lists_that_do_not_fit_are_refused(tmp_path, load, lists, message):
    named = {f"ImageSets/Main/{name}.txt": text for name, text in lists.items()}
    with pytest.raises(DataError, match=message):
        load(written(tmp_path / "data", {**files(), **named}))


def test_sets_that_count_from_zero_are_told_and_can_be_read(tmp_path, load):
    zero = annotation(box_xml((0, 2, 4, 6)) + box_xml((1, 1, 5, 5)))
    data = written(tmp_path / "data", {"a.png": drawn(SCENES["three"]), "a.xml": zero})
    from_one = load(data)
    assert from_one.parts["all"].rows["boxes"].tolist() == [[[0, 1, 4, 6], [0, 0, 5, 5]]]
    assert from_one.about["notes"][0] == (
        "1 boxes begin at pixel 0, and those of Pascal VOC at 1: "
        "`one_based: false` if this set counts from 0."
    )
    from_zero = load(data, one_based=False)
    assert from_zero.parts["all"].rows["boxes"].tolist() == [[[0, 2, 4, 6], [1, 1, 5, 5]]]
    assert from_zero.about["notes"] == []


def test_a_picture_that_was_turned_is_told_so(tmp_path, load):
    data = {"a.png": drawn(SCENES["one"]), "a.xml": annotation(box_xml((1, 1, 4, 4)), 10, 20)}
    with pytest.raises(DataError, match=r"10 x 20 .* has 20 x 10, which is turned by its orient"):
        load(written(tmp_path / "data", {**data, **files(scenes={"two": SCENES["two"]})}))


def test_pictures_and_annotations_that_are_alone_are_named(tmp_path, load):
    alone = {"JPEGImages/four.png": drawn(SCENES["one"]), "Annotations/five.xml": annotation("")}
    masks = {"SegmentationClass/one.png": drawn(SCENES["one"])}
    data = written(tmp_path / "data", {**files(), **alone, **masks})
    with pytest.raises(DataError, match="2 of 5 pictures cannot be used"):
        load(data)
    collection = load(data, on_bad_example="skip")
    assert collection.about["bad_examples"] == [
        {
            "path": "JPEGImages/four.png",
            "reason": "it has no annotation; one without objects says that nothing is in it",
        },
        {"path": "Annotations/five.xml", "reason": "there is no picture for it"},
    ]


def test_pictures_that_cannot_be_read_are_named(tmp_path, load):
    data = {**files(), "JPEGImages/one.png": b"<html>", "JPEGImages/two.png": b""}
    with pytest.raises(DataError, match=r"one.png: not an image.*\n.*two.png: the file is empty"):
        load(written(tmp_path / "data", data))


def test_an_annotation_that_cannot_be_opened_is_named(tmp_path, load):
    data = written(tmp_path / "data", files())
    (data / "Annotations/one.xml").unlink()
    (data / "Annotations/one.xml").symlink_to("nowhere")
    with pytest.raises(DataError, match=r"Annotations/one.xml: it cannot be read: No such file"):
        load(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a.xml": annotation("")}, "must be pictures with the endings .*, which has none"),
        ({**files(), "JPEGImages/one.jpg": b""}, "a name of its own.*one.jpg and .*one.png"),
        ({**files(), "images/one.png": b""}, "a name of its own.* JPEGImages/one.png and images/"),
        (files("test", "test"), "must be `train` with any of .* Received in .*: test"),
        ({**files("train", "train"), "a.png": b""}, "without pictures beside them.*: none, train"),
        (files(scenes={"three": SCENES["three"]}), "must be boxes in .* Received: 1 pictures"),
    ],
)
def test_folders_of_another_form_are_refused(tmp_path, load, data, message):
    with pytest.raises(DataError, match=message):
        load(written(tmp_path / "data", data))


def test_a_path_that_leads_nowhere_is_refused(tmp_path, load):
    with pytest.raises(DataError, match=r"`path` must be a folder or an archive .* nothing there"):
        load(tmp_path / "nowhere")
    (tmp_path / "cells").mkdir()
    with pytest.raises(DataError, match=r"nothing there\. Did you mean .*/cells\?"):
        load(tmp_path / "cels")
    with pytest.raises(DataError, match=r"nothing there\. Did you mean .*/cells\?"):
        load(tmp_path / "CELLS")
    with pytest.raises(DataError, match=r"nothing there\. The folder .*/far is not there either"):
        load(tmp_path / "far" / "cells")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"nothing there\. .*/notes\.txt is a file\."):
        load(tmp_path / "notes.txt" / "cells")


def test_examples_are_split_and_batched(tmp_path, load):
    scenes = {f"{n}": SCENES["one"]._replace(width=20 + n) for n in range(10)}
    collection = load(written(tmp_path / "data", files(scenes=scenes)))
    parts, report = split(collection, ratios={"train": 0.6, "dev": 0.2, "test": 0.2})
    assert {name: len(part) for name, part in parts.items()} == {"train": 6, "dev": 2, "test": 2}
    assert report.disjoint
    examples = parts["train"]
    batches = evaluation_batches(
        examples, lambda raw: (raw["image"][:, :8, :8], raw["boxes"]), batch_size=4
    )
    shapes = [(x.shape, y.shape) for x, y in batches]
    assert shapes == [((4, 8, 8, 3), (4, 2, 4)), ((2, 8, 8, 3), (2, 2, 4))]


@pytest.mark.skipif("DLSUITE_DATA" not in os.environ, reason="needs the real data sets")
def test_the_blood_cells_are_those_that_are_published(tmp_path, load):
    collection = load(Path(os.environ["DLSUITE_DATA"], "bccd/bccd-voc.zip"))
    counts = {
        part: np.bincount(e.rows["labels"][e.rows["labels"] >= 0]).tolist()
        for part, e in collection.parts.items()
    }
    # Platelets, RBC, WBC; two of the RBC, of train and val, are points.
    assert counts == {"train": [209, 2381, 214], "dev": [83, 967, 87], "test": [69, 805, 71]}
    assert [item["path"].rpartition("/")[2] for item in collection.about["bad_boxes"]] == [
        "BloodImage_00343.xml, object 4",
        "BloodImage_00338.xml, object 13",
    ]


def test_folders_may_be_links_and_one_that_leads_back_is_not_followed(tmp_path, load):
    real = written(tmp_path / "real", files("JPEGImages", "Annotations"))
    data = tmp_path / "data"
    data.mkdir()
    (data / "JPEGImages").symlink_to(real / "JPEGImages")
    (data / "Annotations").symlink_to(real / "Annotations")
    (data / "again").symlink_to(data)
    (data / ".hidden").symlink_to(real)
    collection = load(data)
    assert collection.about["notes"] == []
    assert found(collection.parts["all"], ["cat", "dog"]) == truth()


@pytest.mark.parametrize(("given", "slip"), [("cats", "cat"), ("CAT", "cat"), ("act", "cat")])
def test_a_class_of_nearly_the_right_name_is_refused(tmp_path, load, given, slip):
    data = written(tmp_path / "data", files())
    message = rf"such as cat, dog\. Received: {given} \(did you mean {slip}\?\)"
    with pytest.raises(DataError, match=message) as refused:
        load(data, classes=[given, "dog"], on_bad_box="drop")
    assert refused.value.argument == "classes"


def test_a_class_that_no_object_has_is_told_and_some_may_be_left_out(tmp_path, load):
    data = written(tmp_path / "data", files())
    collection = load(data, classes=["dog", "giraffe"], on_bad_box="drop")
    assert "1 of 2 classes have no box: giraffe." in collection.about["notes"]
