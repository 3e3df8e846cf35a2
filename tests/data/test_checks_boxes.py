"""What a check of pictures with boxes finds: counts, sizes, and each oddity by its place."""

import json

import pytest

from dlsuite.data.checks import examine
from dlsuite.data.checks_boxes import Boxes
from pipelines.object_detection import DetectionData
from tests.data.boxed_files import Scene, drawn, scene_xml, written

# (class, x_min, y_min, x_max, y_max) in 40 x 30 pixels; all pictures differ.
GOOD = {f"p{n}": Scene(40, 30, [("cat", n, 0, n + 8, 6), ("dog", n, 10, n + 20, 20)])
        for n in range(10)}  # fmt: skip


@pytest.fixture
def look(tmp_path, monkeypatch):
    """Scenes as VOC, each with its XML side by side, checked with the choices of a recipe."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def look(scenes, pictures=None, source=None, **choices):
        files = {f"{name}.png": drawn(scene) for name, scene in (pictures or scenes).items()}
        files |= {f"{name}.xml": scene_xml(scene) for name, scene in scenes.items()}
        path = str(written(tmp_path / "set", files))
        choices = {"image_size": (32, 32), "split": {"train": 1.0}, **choices}
        return examine(DetectionData(source={"type": "voc", "path": path, **(source or {})},
                                     **choices))  # fmt: skip

    return look


def told(found) -> str:
    return "\n".join(finding.message for finding in found.findings)


def test_boxes_are_counted_by_class_and_measured(look):
    empty = Scene(40, 30, [])
    found = look({**GOOD, "none": empty})
    boxes = found.boxes
    assert boxes.counts == {"train": {"cat": 10, "dog": 10}}
    assert boxes.total == 20
    assert boxes.sides == {"cat": (6, 6, 6), "dog": (10, 10, 10)}
    assert (boxes.most, boxes.ignored, boxes.empty) == (2, 0, ("none.png",))
    assert "1 picture is without a box: none.png." in told(found)
    assert "Classes of less than 30 boxes in train: cat 10, dog 10." in told(found)
    assert "class_weight" not in told(found)
    assert found.clean
    kept = json.loads(json.dumps(found.to_dict(), default=vars))
    assert kept["boxes"]["counts"] == {"train": {"cat": 10, "dog": 10}}


def test_boxes_that_the_model_sees_too_small_are_counted(look):
    # 40 x 30 in 32 x 32 is 0.8 of it: 6 pixels of height become 4.8, 10 become 8.
    found = look(GOOD)
    assert found.boxes.tiny == 10
    assert "10 of 20 boxes have less than 6 pixels" in told(found)
    assert look(GOOD, image_size=(48, 64)).boxes.tiny == 0


def test_bad_boxes_are_listed_even_where_the_recipe_refuses_them(look):
    scenes = {**GOOD, "p0": Scene(40, 30, [("cat", 5, 5, 5, 5), ("dog", 1, 1, 9, 9)])}
    found = look(scenes, {**scenes, "p0": GOOD["p0"]}, source={"on_bad_box": "error"})
    (bad,) = found.boxes.bad
    assert bad["path"] == "p0.xml, object 1"
    assert "1 of 20 boxes were dropped: p0.xml, object 1" in told(found)


def test_equal_pictures_with_other_boxes_are_told(look):
    other = Scene(40, 30, [("cat", 0, 0, 8, 6)])
    scenes = {**GOOD, "again": other, "same": GOOD["p1"]}
    pictures = {**GOOD, "again": GOOD["p0"], "same": GOOD["p1"]}
    found = look(scenes, pictures)
    assert [sorted(each) for each in found.boxes.unlike] == [["again.png", "p0.png"]]
    assert "1 pictures occur again with other boxes" in told(found)
    assert len(found.duplicates) == 2


def test_a_box_of_nearly_all_is_told(look):
    found = look({**GOOD, "whole": Scene(40, 30, [("cat", 0, 0, 40, 29)])})
    assert found.boxes.whole == ("whole.png",)
    assert "1 picture is with a box of nearly all: whole.png." in told(found)


def test_unequal_classes_and_many_places_are_told_in_short():
    counts = {"train": {"cat": 2_000, "dog": 40, "cow": 0}}
    boxes = Boxes(counts, {}, 5, empty=tuple("abcde"))
    said = list(boxes.warnings())
    assert said[0] == "5 pictures are without a box: a, b, c and 2 more."
    assert "cat has 2,000 boxes, dog 40" in said[1]
    few = Boxes({"train": dict.fromkeys("abcde", 1)}, {}, 1)
    assert list(few.warnings()) == [
        "Classes of less than 30 boxes in train: a 1, b 1, c 1 and 2 more."
    ]


def test_drawn_shapes_have_places_in_memory():
    source = {"type": "shapes", "count": 12, "image_size": 64}
    found = examine(DetectionData(source=source, image_size=(64, 64)))
    rows = [part.rows for part in found.parts.values()]
    marked = sum(int((each["labels"] >= 0).sum()) for each in rows)
    ignored = sum(int(each["ignored"].sum()) for each in rows)
    assert (found.boxes.total, found.boxes.ignored) == (marked - ignored, ignored)
