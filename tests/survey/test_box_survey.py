"""A look at pictures with boxes: the form is recognised by what files hold, never by a guess."""

import json
import zipfile

import pytest

from dlsuite.data import DataError
from dlsuite.survey.box_layout import box_layout
from dlsuite.survey.look import Look, Unsuited
from tests.data.boxed_files import (
    CLASSES,
    SCENES,
    Scene,
    annotation,
    box_xml,
    drawn,
    instances,
    scene_txt,
    scene_xml,
    written,
)

# Twelve pictures of 40 x 30 with boxes of 8 x 6 and 20 x 10, no two alike; the last has none.
MANY = {
    f"p{n}": Scene(40, 30, [("cat", n, 0, n + 8, 6), ("dog", n, 10, n + 20, 20)]) for n in range(11)
} | {"p11": Scene(40, 30, [])}


def voc(folder, scenes=MANY):
    files = {f"JPEGImages/{name}.png": drawn(scene) for name, scene in scenes.items()}
    files |= {f"Annotations/{name}.xml": scene_xml(scene) for name, scene in scenes.items()}
    return written(folder, files)


def yolo(folder, scenes=MANY):
    files = {f"images/{name}.png": drawn(scene) for name, scene in scenes.items()}
    files |= {f"labels/{name}.txt": scene_txt(scene) for name, scene in scenes.items()}
    return written(folder, files | {"classes.txt": "\n".join(CLASSES)})


def coco(folder, scenes=MANY):
    files = {f"images/{name}.png": drawn(scene) for name, scene in scenes.items()}
    return written(folder, files | {"labels.json": instances(scenes)})


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("write", "source", "arguments"),
    [
        (voc, "voc", ["path"]),
        (yolo, "yolo", ["path"]),
        (coco, "coco", ["images", "annotations"]),
    ],
)
def test_each_form_is_known_and_its_boxes_are_counted_and_measured(
    tmp_path, write, source, arguments
):
    found = Look(str(write(tmp_path / "set"))).boxes
    assert found.source == source
    assert list(found.arguments) == arguments
    assert found.pictures == {"all": 12}
    assert found.boxes == {"all": {"cat": 11, "dog": 11}}
    assert sorted(map(tuple, found.shapes.round(2).tolist())) == (
        [(8, 6, 40, 30)] * 11 + [(20, 10, 40, 30)] * 11
    )
    assert (found.most, found.empty, found.ignored) == (2, 1, 0)
    assert (found.height.median, found.width.median) == (30, 40)
    assert found.aspects == (0.75, 0.75, 0.75)


def test_an_archive_is_looked_into(tmp_path):
    folder = voc(tmp_path / "set")
    with zipfile.ZipFile(tmp_path / "cells.zip", "w") as archive:
        for file in sorted(folder.rglob("*.*")):
            archive.write(file, f"cells/{file.relative_to(folder)}")
    assert Look(str(tmp_path / "cells.zip")).boxes.count == 12


def test_corners_that_begin_at_zero_are_taken_as_they_are(tmp_path):
    def zero_based(scene):
        objects = [box_xml(corners, name) for name, *corners in scene.objects]
        return annotation("\n".join(objects), scene.width, scene.height)

    files = {f"{name}.png": drawn(scene) for name, scene in MANY.items()}
    files |= {f"{name}.xml": zero_based(scene) for name, scene in MANY.items()}
    found = Look(str(written(tmp_path / "set", files))).boxes
    assert found.arguments["one_based"] is False
    assert {tuple(shape) for shape in found.shapes[:, :2].tolist()} == {(8, 6), (20, 10)}


def test_files_of_coco_are_parts_by_their_words_or_folders(tmp_path):
    files = {"train/a.png": drawn(SCENES["one"]), "valid/b.png": drawn(SCENES["two"])}
    listed = instances(SCENES)
    by_folder = {"train/_annotations.coco.json": listed, "valid/_annotations.coco.json": listed}
    layout = box_layout(written(tmp_path / "folders", files | by_folder))
    assert layout.arguments["annotations"] == {
        "train": "train/_annotations.coco.json",
        "dev": "valid/_annotations.coco.json",
    }
    by_word = {
        "instances_train2017.json": listed,
        "instances_val2017.json": listed,
        "person_keypoints_train2017.json": listed,
    }
    layout = box_layout(written(tmp_path / "words", files | by_word))
    assert layout.arguments["annotations"] == {
        "train": "instances_train2017.json",
        "dev": "instances_val2017.json",
    }
    both = {"first.json": listed, "second.json": listed}
    with pytest.raises(DataError, match=r"must say its part.*first\.json, second\.json"):
        box_layout(written(tmp_path / "both", files | both))


def test_texts_and_json_of_something_else_are_no_boxes(tmp_path):
    captions = json.dumps({"images": [], "categories": [], "annotations": [{"caption": "a cat"}]})
    files = {
        "a.png": drawn(SCENES["one"]),
        "a.txt": "2 cats in 1 room and 3 dogs\n",
        "a.xml": "<svg></svg>",
        "captions.json": captions,
        "broken.json": "{",
        "list.json": "[1]",
        "settings.json": '{"images": 3}',
    }
    assert box_layout(written(tmp_path / "set", files)) is None
    assert box_layout(written(tmp_path / "none", {"readme.txt": "0 0.5 0.5 1 1"})) is None
    with pytest.raises(Unsuited, match="Pictures with boxes are wanted"):
        _ = Look(str(tmp_path / "set")).boxes
    with pytest.raises(Unsuited, match="no column to predict"):
        _ = Look(str(tmp_path / "set"), "kind").boxes


def test_a_file_that_cannot_be_opened_annotates_nothing(tmp_path):
    folder = written(tmp_path / "set", {"a.png": drawn(SCENES["one"])})
    (folder / "a.xml").symlink_to(folder / "nowhere.xml")
    assert box_layout(folder) is None


def test_a_handful_is_too_few(tmp_path):
    with pytest.raises(DataError, match=r"at least 10 pictures with boxes.*Received: 3"):
        _ = Look(str(yolo(tmp_path / "set", SCENES))).boxes
