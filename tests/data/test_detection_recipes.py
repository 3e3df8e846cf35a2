"""What a recipe says of boxes reaches the sources, and what they say reaches the report."""

import pytest
from pydantic import ValidationError

from dlsuite.data import DataError, DataSettings
from tests.data.boxed_files import SCENES, annotation, box_xml, drawn, instances, written


def test_shapes_are_asked_for_by_a_recipe():
    source = {"type": "shapes", "count": 20, "objects": [0, 1], "sizes": [0.3, 0.5], "seed": 2}
    collection, parts, report = DataSettings(source=source).load()
    assert collection.parts["all"].rows["boxes"].shape == (20, 1, 4)
    assert {name: len(part) for name, part in parts.items()} == {"train": 12, "dev": 4, "test": 4}
    assert report.disjoint


@pytest.mark.parametrize(
    "source",
    [
        {"type": "shapes", "classes": ["blob"]},
        {"type": "shapes", "objects": [1]},
        {"type": "shapes", "count": 0},
        {"type": "voc", "path": "here", "on_bad_box": "ignore"},
        {"type": "yolo"},
        {"type": "coco", "images": "here", "annotations": {"val": "there.json"}},
    ],
)
def test_what_cannot_be_asked_for_is_known_before_anything_is_read(source):
    with pytest.raises(ValidationError):
        DataSettings(source=source)


def test_dropped_boxes_and_bad_examples_are_warnings_of_the_report(tmp_path):
    good = annotation(box_xml((1, 1, 4, 4)) + box_xml((2, 2, 2, 2)))
    picture = drawn(SCENES["three"])
    names = [f"{number}" for number in range(6)]
    files = {f"{name}.xml": good for name in names} | {"6.xml": good}
    # Each picture has its own bytes, or a split would take them for one.
    files |= {f"{name}.png": picture + name.encode() for name in names}
    source = {"type": "voc", "path": str(written(tmp_path / "data", files))}
    source["cache"] = str(tmp_path / "cache")
    with pytest.raises(DataError, match=r"1 of 7 pictures(.|\n)*6.xml: there is no picture for it"):
        DataSettings(source=source).load()
    _, parts, report = DataSettings(source=source, on_bad_example="skip").load()
    assert sum(len(part) for part in parts.values()) == 6
    said = "\n".join(report.warnings)
    assert "1 bad example was left out: 6.xml: there is no picture for it" in said
    assert "6 of 12 boxes were dropped: 0.xml, object 2: no area" in said


def test_annotations_of_parts_are_asked_for_by_a_recipe(tmp_path):
    files = {f"{name}.png": drawn(scene) for name, scene in SCENES.items()}
    files["a.json"] = instances({"one": SCENES["one"]})
    files["b.json"] = instances({"two": SCENES["two"]})
    data = str(written(tmp_path / "data", files))
    source = {"type": "coco", "images": data, "annotations": {"train": "a.json", "dev": "b.json"}}
    source["cache"] = str(tmp_path / "cache")
    _, parts, _ = DataSettings(source=source).load()
    assert {name: len(part) for name, part in parts.items()} == {"train": 1, "dev": 1}
