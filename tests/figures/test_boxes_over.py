"""Boxes over a picture of a page: where they are, and nothing that a name could smuggle in."""

import re
from xml.etree import ElementTree

import numpy as np

from dlsuite.figures.box_labels import Drawn
from dlsuite.figures.boxes_over import boxes_over
from dlsuite.figures.workbook import Shown, mistake_list

HOSTILE = '"><script>alert(1)</script>'


def test_boxes_lie_where_they_are_in_pixels_of_the_picture():
    boxes = [
        Drawn((10, 20, 40, 60), "cat 0.90", "#0072B2", "-"),
        Drawn((0, 0, 5, 5), "", "white", "--"),
    ]
    svg = ElementTree.fromstring(boxes_over(boxes, (80, 120)))
    assert svg.get("viewBox") == "0 0 120 80"
    outlines = [each for each in svg if each.tag == "rect" and each.get("class") is None]
    told = [[float(each.get(name)) for name in ("x", "y", "width", "height")] for each in outlines]
    assert told == [[10, 20, 30, 40], [0, 0, 5, 5]]
    assert [each.get("stroke-dasharray") is None for each in outlines] == [True, False]
    (name,) = (each for each in svg if each.tag == "text")
    assert name.text == "cat 0.90"
    assert 0 < float(name.get("y")) < 20  # above its box


def test_names_stay_inside_of_the_picture():
    wide = Drawn((90, 0, 100, 100), "a long name", "white", "-")
    (name,) = (e for e in ElementTree.fromstring(boxes_over([wide], (100, 100))) if e.tag == "text")
    assert 0 <= float(name.get("x")) < 90
    assert 0 < float(name.get("y")) < 100


def test_a_card_with_boxes_is_one_larger_picture_and_escapes_names():
    image = np.zeros((600, 300, 3), np.uint8)
    boxes = (Drawn((1, 2, 30, 40), HOSTILE, "white", ":"),)
    card = mistake_list([Shown(1, "k", "1 cat", "nothing", "loss 1", image=image, boxes=boxes)])
    assert card.count("<img") == card.count("<svg") == 1
    assert "<script" not in card
    assert re.search(r'viewBox="0 0 300 600"', card)
