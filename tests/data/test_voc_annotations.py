"""Annotations of Pascal VOC: boxes that are bad, and XML that is refused by name."""

import re

import pytest

from dlsuite.data import DataError
from dlsuite.data.sources import voc
from tests.data.boxed_files import SCENES, annotation, box_xml, drawn, scene_xml, written


@pytest.fixture
def load(tmp_path):
    """`voc` with a cache of its own."""

    def call(path, **choices):
        return voc(str(path), cache=str(tmp_path / "cache"), verify="header", **choices)

    return call


@pytest.fixture
def marked(tmp_path, load):
    """A set of one picture of 8 x 8 pixels, `odd.png`, with a good box and what else is given."""

    def call(inside, whole=None, **choices):
        contents = annotation(box_xml((1, 1, 4, 4)) + inside) if whole is None else whole
        odd = {"odd.png": drawn(SCENES["three"]), "odd.xml": contents}
        others = {f"{name}.png": drawn(scene) for name, scene in SCENES.items()}
        others |= {f"{name}.xml": scene_xml(scene) for name, scene in SCENES.items()}
        return load(written(tmp_path / "data", {**odd, **others}), **choices)

    return call


def test_difficult_objects_are_ignored(marked):
    rows = marked(box_xml((2, 2, 5, 5), more="<difficult>1</difficult>")).parts["all"].rows
    assert rows["ignored"].sum() == 1
    assert rows["boxes"][rows["ignored"]].tolist() == [[1, 1, 5, 5]]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        (box_xml((5, 5, 5, 5)), r"no area.*\(5, 5, 5, 5\)"),  # a click, not a pixel
        (box_xml((9, 1, 12, 4)), r"^outside of the picture of 8 x 8 pixels: \(8, 0, 12, 4\)$"),
        (box_xml((1, 1, 4, 4)), r"^the same box and class as odd.xml, object 1$"),
        (box_xml((1, 1, 4, "x")), r"must be four numbers. Received: .* ymax 'x'$"),
        (box_xml((1, 1, 4, "nan")), "no finite number"),
        ("<object><name>cat</name></object>", "it has no <bndbox>"),
        ("<object><name>cat</name><bndbox/></object>", "must be four numbers.*xmin None"),
        (box_xml((1, 1, 4, 5), name=" "), "it has no <name>"),
    ],
)
def test_boxes_that_cannot_be_used_are_dropped_or_refused(marked, inside, reason):
    (bad,) = marked(inside).about["bad_boxes"]
    assert bad["path"] == "odd.xml, object 2"
    assert re.search(reason, bad["reason"]), bad
    with pytest.raises(DataError, match=r"1 of 5 boxes in .* `on_bad_box: drop` leaves them out"):
        marked(inside, on_bad_box="error")


def test_boxes_of_classes_that_are_not_named_are_bad(marked):
    collection = marked(box_xml((2, 2, 5, 5), "cow"), classes=["dog", "cat"])
    assert collection.about["class_names"] == ["dog", "cat"]
    assert collection.about["bad_boxes"] == [
        {"path": "odd.xml, object 2", "reason": "class 'cow' is none of dog, cat"}
    ]
    assert collection.about["notes"] == [
        "1 of 5 boxes were dropped: odd.xml, object 2: class 'cow' is none of dog, cat."
    ]


def test_classes_without_boxes_are_told(marked):
    collection = marked("", classes=["cat", "dog", "eel"])
    assert collection.about["notes"] == ["1 of 3 classes have no box: eel."]
    with pytest.raises(DataError, match=r"different names. Received twice: cat"):
        marked("", classes=["cat", "cat"])


BOMB = """<!DOCTYPE annotation [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<annotation><object><name>&b;</name></object></annotation>"""


OUTSIDE = """<!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<annotation><object><name>&a;</name></object></annotation>"""


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        (BOMB, "odd.xml: it has a document type"),
        (OUTSIDE, "odd.xml: it has a document type"),
        ("<!DOCTYPE annotation><annotation/>", "odd.xml: it has a document type"),
        ("<annotation>\n<object>\n</annotation>", "odd.xml: it is no XML from line 3, column 2 on"),
        ("", "odd.xml: it is no XML from line 1, column 0 on"),
        (b"\xff\xfe\x00", "odd.xml: it is no XML"),
        ("<?xml version='1.0' encoding='cp-none'?><annotation/>", "odd.xml: it is no XML"),
        ("<?xml version='1.0' encoding='euc-jp'?><annotation/>", "odd.xml: it is no XML"),
        ("<html/>", "must begin with <annotation>. Received: <html>"),
        (annotation("", 6, 8), "is for 6 x 8 pixels and the picture has 8 x 8$"),
        (annotation(" " * 2**24), "odd.xml: 16,777,.* bytes, and at most 16,777,216 are read"),
    ],
)
def test_annotations_that_cannot_be_used_are_errors_or_left_out(marked, whole, reason):
    with pytest.raises(DataError) as error:
        marked("", whole)
    head, line = str(error.value).splitlines()
    assert head == "1 of 4 pictures cannot be used. `on_bad_example: skip` leaves them out."
    collection = marked("", whole, on_bad_example="skip")
    assert len(collection.parts["all"]) == 3
    (bad,) = collection.about["bad_examples"]
    assert line == f"  {bad['path']}: {bad['reason']}"
    assert re.search(reason, bad["reason"]), bad


def test_a_size_that_is_not_stated_is_not_compared(marked):
    for size in ("0", "", "many"):
        whole = annotation(box_xml((1, 1, 4, 4)), size, size)
        assert not marked("", whole).about["bad_examples"]


@pytest.mark.parametrize(("name", "shown"), [("a&#10;b", r"a\\nb"), ("a&#133;b", r"a\\x85b")])
def test_names_of_classes_are_plain_text(marked, name, shown):
    with pytest.raises(DataError, match=f"without control characters. Received: {shown}"):
        marked(box_xml((1, 1, 5, 5), name))
    with pytest.raises(DataError, match=r"Received: an empty one"):
        marked("", classes=["", "cat"])
