"""The workbook of a detector: boxes over pictures, kinds of mistakes, tags of mean errors."""

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.data.spreadsheet import Sheet, read_csv, write_csv
from dlsuite.evaluation.error_workbook import analysed, workbook
from dlsuite.experiment.new_data import described_boxes
from dlsuite.recipe import RecipeError
from dlsuite.strategy.slices import slices
from dlsuite.tracking import Store
from pipelines import object_detection
from tests.pipelines.test_object_detection import draw_folder, recipe

pytestmark = pytest.mark.slow  # trains a detector of its own


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A short run on 40 pictures, and its workbook."""
    place = tmp_path_factory.mktemp("boxes")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("XDG_CACHE_HOME", str(place / "cache"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        folder = draw_folder(place / "cells", 40)
        short = recipe(folder) | {"training": {"epochs": 25, "measure_every": 25}}
        result = object_detection.run(short)
        book = workbook(object_detection.pipeline, result.run_id, tags=["far"])
        yield place, folder, result, book


@pytest.fixture
def there(trained, monkeypatch):
    place, folder, result, _ = trained
    monkeypatch.chdir(place)
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder, result


@pytest.fixture
def book(trained):
    return trained[3]


def marked(book, path, column, mark):
    """The table of a workbook with a mark for each row that `mark` says yes to."""
    path.write_bytes(book.table)
    sheet = read_csv(path)
    rows = [
        (*row, "x" if mark(dict(zip(sheet.header, row, strict=True))) else "") for row in sheet.rows
    ]
    write_csv(Sheet((*sheet.header, column), tuple(rows)), path)
    return path


def test_the_workbook_draws_true_and_told_boxes_over_each_picture(there, book):
    seen, page = book.mistakes, book.page.decode()
    assert page.count("<svg viewBox") == len(seen.places) == (~seen.table["correct"]).sum()
    for place, boxes in zip(seen.places, seen.boxes, strict=True):
        row = seen.table.iloc[place]
        solid = sum(each.style == "-" for each in boxes)
        assert solid == row["found"] + row["false_alarms"]
        assert len(boxes) - solid == row["objects"]
    assert seen.suspects is None
    assert "Wrong boxes are not looked for" in page
    assert b",relabel," not in book.table.splitlines()[0]


def test_kinds_of_mistakes_are_slices_that_the_run_tells_too(there, book):
    _, result = there
    seen = book.mistakes
    kept = Store.open().find(result.run_id).table("mistakes")
    told = {name.partition(":")[0]: kind for name, kind in seen.kinds.items()}
    counts = kept[kept["kind"] != "correct"]["kind"].value_counts().to_dict()
    assert {name: kind.count for name, kind in told.items()} == counts
    for name, kind in told.items():
        assert len(kind.rows) == kept[kept["kind"] == name]["key"].nunique()
    for name, kind in seen.kinds.items():
        marked = [place for place, of in zip(seen.places, seen.slices, strict=True) if name in of]
        assert sorted(marked) == kind.rows.tolist()
        error = seen.table["error"]
        whole = error.iloc[kind.rows].sum() / len(error)  # were all else in them right, too
        assert error.mean() - whole - 1e-9 <= kind.error_without < error.mean()


def test_tags_say_how_far_the_mean_error_falls(there, book, tmp_path):
    _, result = there
    table = book.mistakes.table
    grave = set(table["key"].iloc[book.mistakes.places[::2]])
    path = marked(book, tmp_path / "t.csv", "grave", lambda row: row["key"] in grave)
    found = analysed(object_detection.pipeline, result.run_id, path).analysis
    errors = table["error"]
    assert found.in_parts
    assert found.error.estimate == pytest.approx(errors.mean())
    (only,) = found.ceilings
    assert only.after.estimate == pytest.approx(
        errors[~table["key"].isin(grave)].sum() / len(errors)
    )


def test_boxes_have_no_relabels(there, book, tmp_path):
    folder, result = there
    path = marked(book, tmp_path / "t.csv", "relabel", lambda row: row["number"] == "1")
    with pytest.raises(DataError, match=r"mended in the annotations themselves\. Received: boxes"):
        analysed(object_detection.pipeline, result.run_id, path)
    wrong = recipe(folder)
    wrong["data"]["relabels"] = "fixes.csv"
    with pytest.raises(RecipeError, match="left out for boxes"):
        object_detection.run(wrong)


def test_crowded_pictures_and_those_of_small_objects_are_slices():
    """50 pictures of 100 x 100 pixels, five with four objects, five with one of 5 x 5."""
    pixels = [np.full((100, 100, 3), 10 * n, np.uint8) for n in range(25)] * 2
    boxes, labels = np.zeros((50, 4, 4), np.float32), np.full((50, 4), -1, np.int32)
    boxes[:, :, 2:], labels[:, 0] = 40, 0
    boxes[4:9, 0, 2:] = 5
    labels[9:14] = 0
    labels[20:25] = -1
    examples = object_detection.Examples(
        keys=np.arange(50).astype(str),
        rows={
            "image": np.array(pixels),
            "boxes": boxes,
            "labels": labels,
            "ignored": np.zeros((50, 4), bool),
            "size": np.full((50, 2), 100, np.int32),
        },
    )
    found = described_boxes(examples).inputs
    assert found["objects"].tolist() == (labels >= 0).sum(axis=1).tolist()
    assert found["object size"][0] == pytest.approx(0.4)
    assert found["object size"][4] == pytest.approx(0.05)
    marks = slices(found)
    assert np.flatnonzero(marks["crowded"]).tolist() == list(range(9, 14))
    assert np.flatnonzero(marks["small objects"]).tolist() == list(range(4, 9))
    assert np.flatnonzero(marks["no object"]).tolist() == list(range(20, 25))
