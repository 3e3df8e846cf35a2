"""A run's workbook: its very mistakes, tags and relabels read back, a run that uses them."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from dlsuite.data import DataError
from dlsuite.data.spreadsheet import Sheet, as_csv, read_csv, write_csv
from dlsuite.evaluation.error_workbook import analysed, workbook
from dlsuite.tracking import Store, StoreError
from pipelines import image_classification, tabular

TRAINING = {"training": {"epochs": 1, "early_stopping": None}, "baseline": None}
LENET = {"model": {"type": "lenet5", "variant": "modern"}}
GUESSES = {"optimizer": {"type": "SGD", "learning_rate": 1e-9}}
MLP = {"model": {"type": "mlp", "hidden": [4]}}


def digits():
    """200 of the digits, of 32 x 32 pixels, and their classes."""
    from dlsuite.data.sources import digits

    rows = digits().parts["all"].rows
    return np.kron(rows["image"][:200, ..., 0], np.ones((1, 4, 4), np.uint8)), rows["label"][:200]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with a CNN on pictures, trained far too short, and a net on a table that guesses."""
    folder = tmp_path_factory.mktemp("errors")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        images, labels = digits()
        np.savez("digits.npz", x=images, y=labels)
        source = {"type": "arrays", "path": "digits.npz"}
        data = {"data": {"source": source}}
        pictures = image_classification.run({**data, **LENET, **TRAINING})
        table = tabular.run({"data": {"source": "wine"}, **MLP, **TRAINING, **GUESSES})
        books = {
            "pictures": workbook(image_classification.pipeline, pictures.run_id),
            "table": workbook(tabular.pipeline, table.run_id),
        }
    return folder, pictures.run_id, table.run_id, books


@pytest.fixture
def runs(shop, monkeypatch):
    monkeypatch.chdir(shop[0])
    monkeypatch.setenv("XDG_CACHE_HOME", str(shop[0] / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return shop[1:]


def marked(book, path, marks):
    """The table with cells `{(row, column): text}` written in; unknown columns are added."""
    Path(path).write_bytes(book.table)
    sheet = read_csv(path)
    header = [*sheet.header, *dict.fromkeys(c for _, c in marks if c not in sheet.header)]
    rows = [[*row, *[""] * (len(header) - len(row))] for row in sheet.rows]
    for (row, column), text in marks.items():
        rows[row][header.index(column)] = text
    write_csv(Sheet(tuple(header), tuple(map(tuple, rows))), path)
    return path


def test_it_holds_the_runs_very_mistakes_of_most_loss_first(runs):
    pictures, _, books = runs
    table = Store.open().find(pictures).table("examples/dev")
    wrong = table[~table["correct"]].sort_values("loss", ascending=False, kind="stable")
    Path("e.csv").write_bytes(books["pictures"].table)
    sheet = read_csv("e.csv")
    assert sheet.column("key") == wrong["key"].tolist()
    assert sheet.column("label") == wrong["label"].tolist()
    assert sheet.column("predicted") == wrong["predicted"].tolist()
    assert [float(x) for x in sheet.column("loss")] == pytest.approx(wrong["loss"], abs=1e-4)
    assert sheet.header[-5:] == ("relabel", "comment", "tag 1", "tag 2", "tag 3")
    assert not any("".join(row[-5:]) for row in sheet.rows)
    assert as_csv(sheet) == books["pictures"].table


def test_pictures_have_thumbnails_and_heat_for_what_was_told_and_what_is_true(runs):
    pictures, _, books = runs
    book = books["pictures"]
    seen = book.mistakes
    assert all(len(each.maps) == 2 for each in seen.heats)
    page = book.page.decode()
    assert page.count("<img") == 3 * len(seen.places)
    row = seen.table.iloc[seen.places[0]]
    captions = [caption for _, caption in seen.heats[0].maps]
    assert captions[0].startswith(f"for {row['predicted']}, {row['confidence']:.0%}")
    assert captions[1].startswith(f"for {row['label']}, {np.exp(-row['loss']):.0%}")
    images = {example["image"].shape for example in seen.examples}
    assert images == {(32, 32, 1)}
    assert pictures in page


def test_rows_of_a_table_are_shown_in_words(runs):
    _, _, books = runs
    page = books["table"].page.decode()
    assert "<img" not in page
    assert "alcohol = 1" in page
    Path("t.csv").write_bytes(books["table"].table)
    assert all(cell.startswith("alcohol = 1") for cell in read_csv("t.csv").column("example"))


def test_labels_are_suspected_or_it_is_told_why_none_is(runs):
    for book in runs[2].values():
        seen, page = book.mistakes, book.page.decode()
        marked = sum("suspected mislabel" in names for names in seen.slices)
        assert marked == (seen.suspects or 0)  # suspects are mistakes, and all of them are shown
        refused = any("speaks of a net that is often wrong itself" in n for n in seen.notes)
        assert refused == (seen.suspects is None)
        assert refused == ("Which labels are wrong cannot be told" in page)


def test_fewer_mistakes_are_drawn_and_more_of_them_hold_those(runs):
    _, table, books = runs
    total = len(books["table"].mistakes.places)
    keys = []
    for count in (4, 8):
        Path("few.csv").write_bytes(workbook(tabular.pipeline, table, most=count).table)
        keys.append(set(read_csv("few.csv").column("key")))
    assert [len(each) for each in keys] == [4, 8]
    assert keys[0] < keys[1]
    assert total > 8
    found = analysed(tabular.pipeline, table, _tag_first("few.csv"))
    assert (found.analysis.looked_at, found.analysis.mistakes) == (8, total)


def _tag_first(path):
    sheet = read_csv(path)
    place = sheet.header.index("tag 1")
    rows = [
        (*row[:place], "x" if n < 2 else "", *row[place + 1 :]) for n, row in enumerate(sheet.rows)
    ]
    write_csv(Sheet(sheet.header, tuple(rows)), path)
    return path


def test_tags_give_their_ceilings(runs):
    pictures, _, books = runs
    book = books["pictures"]
    marks = {(row, "smudged"): "x" for row in range(6)} | {(row, "tag 2"): "1" for row in range(3)}
    marks |= {(7, "smudged"): "no", (8, "smudged"): "0", (9, "smudged"): " - "}
    found = analysed(image_classification.pipeline, pictures, marked(book, "tags.csv", marks))
    wrong = len(book.mistakes.places)
    told = {each.tag: each for each in found.analysis.ceilings}
    assert {name: each.count for name, each in told.items()} == {"smudged": 6, "tag 2": 3}
    error = wrong / len(book.mistakes.table)
    assert told["smudged"].after.estimate == pytest.approx(error * (1 - 6 / wrong))
    assert [each.tag for each in found.analysis.steps] == ["smudged"]
    assert found.relabels == ()
    document = found.to_dict()
    assert document["run_id"] == pictures
    assert json.loads(json.dumps(document))["ceilings"][0]["tag"] == "smudged"


def test_a_spreadsheet_may_reorder_rows_and_write_numbers_its_own_way(runs):
    pictures, _, books = runs
    path = marked(books["pictures"], "a.csv", {(0, "odd"): "x", (4, "odd"): "x"})
    sheet = read_csv(path)
    text = io.StringIO()
    rows = [
        [f"{cell}.0" if place == 2 else cell for place, cell in enumerate(row)]
        for row in sheet.rows[::-1]
    ]
    csv.writer(text, delimiter=";").writerows([sheet.header, *rows])
    Path("excel.csv").write_text(text.getvalue(), encoding="utf-8")
    found = analysed(image_classification.pipeline, pictures, "excel.csv")
    assert [(each.tag, each.count) for each in found.analysis.ceilings] == [("odd", 2)]


def test_files_that_are_not_the_table_are_refused(runs):
    pictures, _, books = runs
    book = books["pictures"]
    sheet = read_csv(marked(book, "a.csv", {(0, "odd"): "x"}))
    table = book.mistakes.table
    right = str(table[table["correct"]]["key"].iloc[0])

    def refuses(rows, message, header=sheet.header):
        write_csv(Sheet(tuple(header), tuple(map(tuple, rows))), "b.csv")
        with pytest.raises(DataError, match=message):
            analysed(image_classification.pipeline, pictures, "b.csv")

    rows = [list(row) for row in sheet.rows]
    other = [[*row] for row in rows]
    other[0][1] = "f" * 32
    refuses(other, "unchanged. Received in b.csv: f{32}, which the run does not know")
    other[0][1] = right
    refuses(other, f"Received: {right}, which the run answered rightly")
    refuses([*rows[:-1], rows[0]], "more often than the run has it")
    refuses(rows[1:], "some of which another")
    relabelled = [[*row] for row in rows]
    relabelled[2][2] = "cat"
    refuses(relabelled, "`label` must stay as it was.* row 4 of b.csv: 'cat', which was")
    refuses([row[1:2] for row in rows], "label is missing", header=["key"])
    empty = [[*row[:-1], ""] for row in rows]
    refuses(
        empty, "must have a mark in a column for tags, or a relabel. Received: nothing in tag 1"
    )
    odd = [[*row] for row in rows]
    odd[1][8] = "cat"
    refuses(odd, "A relabel must be one of the classes 0, 1, .*: 'cat'")


def test_relabels_become_a_file_that_the_next_run_uses_and_records(runs):
    pictures, _, books = runs
    book = books["pictures"]
    rows = book.mistakes.table.iloc[book.mistakes.places[:3]]
    answers = rows["predicted"].tolist()
    marks = {(row, "relabel"): answers[row] for row in range(3)}
    found = analysed(image_classification.pipeline, pictures, marked(book, "r.csv", marks))
    assert found.added == 3
    assert [(each.tag, each.count) for each in found.analysis.ceilings] == [("wrong label", 3)]
    assert found.write_relabels("fixes.csv") == Path("fixes.csv")
    with pytest.raises(ValueError, match="must be in a folder that exists"):
        found.write_relabels("nowhere/fixes.csv")
    source = {"type": "arrays", "path": "digits.npz"}
    data = {"data": {"source": source, "relabels": "fixes.csv"}}
    again = image_classification.run({**data, **MLP, **TRAINING})
    record = Store.open().find(again.run_id)
    assert record.tags["relabels"] == "3"
    assert record.params["data.relabels"] == "fixes.csv"
    assert record.artifact("relabels.csv").read_bytes() == Path("fixes.csv").read_bytes()
    assert any("3 labels are not those of the data but of fixes.csv" in n for n in again.notes)
    table = record.table("examples/dev").set_index("key")
    assert table.loc[rows["key"], "label"].tolist() == answers
    # The next workbook's relabels hold these too, with the labels that the data itself has.
    next_book = workbook(image_classification.pipeline, again.run_id)
    first = next_book.mistakes.table.iloc[next_book.mistakes.places[0]]
    more = marked(next_book, "n.csv", {(0, "relabel"): first["predicted"]})
    grown = {e.key: e for e in analysed(image_classification.pipeline, again.run_id, more).relabels}
    assert set(rows["key"]) <= set(grown)
    for key, label in zip(rows["key"], rows["label"], strict=True):
        assert grown[key].label == label
    assert grown[first["key"]].relabel == first["predicted"]


def test_a_relabel_that_says_what_the_data_says_is_none(runs):
    pictures, _, books = runs
    label = books["pictures"].mistakes.table.iloc[books["pictures"].mistakes.places[0]]["label"]
    path = marked(books["pictures"], "s.csv", {(0, "relabel"): str(label)})
    found = analysed(image_classification.pipeline, pictures, path)
    assert (found.analysis, found.added, found.relabels) == (None, 0, ())
    assert found.to_dict()["relabels"] == []
    with pytest.raises(ValueError, match="There must be a relabel to write"):
        found.write_relabels("none.csv")


def test_page_table_tags_and_ceilings_are_kept_with_the_run(runs):
    pictures, _, books = runs
    books["pictures"].keep()
    path = marked(books["pictures"], "k.csv", {(0, "odd"): "x"})
    analysed(image_classification.pipeline, pictures, path).keep()
    record = Store.open().find(pictures)
    assert record.status == "FINISHED"
    assert record.tags["errors.first"] == "odd"
    assert record.artifact("errors/errors.html").read_bytes() == books["pictures"].page
    assert record.artifact("errors/errors.csv").read_bytes() == books["pictures"].table
    assert record.artifact("errors/tagged.csv").read_bytes() == Path(path).read_bytes()
    kept = json.loads(record.artifact("errors/ceiling.json").read_text())
    assert kept["steps"][0]["tag"] == "odd"
    assert "Solving odd would leave" in record.artifact("errors/ceiling.html").read_text()


def test_a_table_that_may_hold_tags_is_not_overwritten(runs):
    book = runs[2]["table"]
    files = book.write("out")
    assert [file.name for file in files] == ["errors.html", "errors.csv"]
    book.write("out")  # nothing was written into it
    _tag_first("out/errors.csv")
    with pytest.raises(ValueError, match="may hold your tags"):
        book.write("out")
    book.write("out", force=True)
    assert Path("out/errors.csv").read_bytes() == book.table


def test_examples_that_are_gone_are_told_and_the_rest_is_shown(runs):
    pictures, _, books = runs
    whole = Path("digits.npz").read_bytes()
    lost = books["pictures"].mistakes.examples[0]["image"][..., 0]
    images, labels = digits()
    kept = [not np.array_equal(image, lost) for image in images]
    try:
        np.savez("digits.npz", x=images[kept], y=(labels[kept] + 1) % 10)
        part = workbook(image_classification.pipeline, pictures)
        assert part.table.count(b"\n") == books["pictures"].table.count(b"\n")
        assert part.mistakes.examples[0] is None
        assert part.mistakes.examples[1] is not None
        gone, other = part.mistakes.notes[:2]
        assert gone.startswith("1 of 40 dev examples are not in the data any more")
        assert other.startswith("39 dev examples have another label by now")
        Path("digits.npz").unlink()
        none = workbook(image_classification.pipeline, pictures, most=5)
        assert none.mistakes.notes[0].startswith("Only what the run keeps is shown")
        assert none.page.count(b"<article") == 5
        assert none.mistakes.suspects is None
    finally:
        Path("digits.npz").write_bytes(whole)


def test_what_cannot_be_looked_at_is_refused(runs):
    pictures, table, _ = runs
    with pytest.raises(ValueError, match="test is there to be believed"):
        workbook(image_classification.pipeline, pictures, split="test")
    with pytest.raises(StoreError, match="keeps no `examples/train_dev"):
        workbook(image_classification.pipeline, pictures, split="train_dev")
    with pytest.raises(ValueError, match=r"Tags must have names of their own.*'label', ''"):
        workbook(tabular.pipeline, table, tags=["label", " "])
    with pytest.raises(ValueError, match="Received: 'a'"):
        workbook(tabular.pipeline, table, tags=["a", "a "])
