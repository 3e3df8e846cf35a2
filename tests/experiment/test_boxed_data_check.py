"""The pages about pictures with boxes: what is written, drawn and said of them."""

import csv
import json

import pytest
from PIL import Image

from dlsuite.experiment.data_check import check_data, write_pages
from pipelines import object_detection
from pipelines.cli.data_pages import check_page
from tests.data.boxed_files import Scene, drawn, scene_xml, written

NAMES = ["cat", "dog"]
SCENES = {f"p{n}": Scene(40, 30, [("cat", n, 0, n + 8, 6)] + [("dog", 9, n, 30, 28)] * (n % 2))
          for n in range(12)}  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boxed")
    files = {f"{name}.png": drawn(scene) for name, scene in SCENES.items()}
    bad = Scene(40, 30, [*SCENES["p0"].objects, ("dog", 5, 5, 5, 5)])
    files |= {f"{name}.xml": scene_xml(scene) for name, scene in (SCENES | {"p0": bad}).items()}
    source = {"type": "voc", "path": str(written(folder / "set", files))}
    source["cache"] = str(folder / "cache")
    recipe = {
        "pipeline": "object_detection",
        "data": {"source": source, "image_size": [32, 32], "anchors": 2},
        "model": {"type": "yolo", "strides": [8]},
    }
    found = check_data(object_detection.pipeline, recipe)
    return found, write_pages(found, folder / "out")


def test_boxes_are_drawn_counted_and_listed(checked):
    found, paths = checked
    names = [path.name for path in paths]
    assert names == [
        "class_counts.png", "samples.png", "box_sizes.png", "bad_boxes.csv", "check.json",
    ]  # fmt: skip
    folder = paths[0].parent
    for name in names[:3]:
        with Image.open(folder / name) as picture:
            assert min(picture.size) > 100
    rows = list(csv.reader((folder / "bad_boxes.csv").open(encoding="utf-8")))
    assert rows[0] == ["path", "reason"]
    assert rows[1][0] == "p0.xml, object 2"
    told = json.loads((folder / "check.json").read_text(encoding="utf-8"))["boxes"]
    assert {n: sum(counts[n] for counts in told["counts"].values()) for n in NAMES} == {
        "cat": 12,
        "dog": 6,
    }
    assert found.clean


def test_the_page_says_boxes_and_pictures_by_class(checked, capsys):
    found, paths = checked
    check_page(found, paths)
    said = capsys.readouterr().out
    lines = [line.split() for line in said.splitlines()]
    assert ["with", "cat"] in [line[:2] for line in lines]
    (dogs,) = (line for line in lines if line[:1] == ["dog"])
    counts = [found.boxes.counts[split]["dog"] for split in found.boxes.counts]
    assert dogs[1:] == [*map(str, counts), "17", "to", "21,", "median", dogs[-1]]
    assert "at most 2 in a picture" in said
