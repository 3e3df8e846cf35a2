"""What a check of data finds: counts, damage, duplicates, leaks, imbalance, odd columns."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlsuite.data import DataError, DataSettings
from dlsuite.data.checks import examine


def png(seed: int, size=(9, 7), flat: bool = False) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    if flat:
        pixels[:] = 7
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(folder: Path, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return str(folder)


def pictures(folder: Path, files: dict[str, bytes], **choices) -> DataSettings:
    path = write(folder / "pictures", files)
    return DataSettings(source={"type": "image_folder", "path": path}, **choices)


def told(found, kind="warning") -> list[str]:
    return [finding.message for finding in found.findings if finding.kind == kind]


GOOD = {f"{name}/{i}.png": png(100 * c + i) for c, name in enumerate("ab") for i in range(10)}


def test_good_pictures_are_counted_and_nothing_is_found(workshop):
    found = examine(pictures(workshop, GOOD))
    assert found.clean
    assert sum(found.report.counts.values()) == 20
    assert found.report.classes["train"] == {"a": 6, "b": 6}
    assert (found.imbalance, found.bad, found.duplicates, found.leaked) == (1.0, (), (), ())
    assert found.pictures.sizes == (((7, 9), 20),)
    assert (found.pictures.channels, found.pictures.heights) == (3, (7, 7, 7))
    assert told(found) == ["Classes of less than 10 examples in train: a 6, b 6."]


def test_damaged_pictures_are_listed_with_reasons_even_where_headers_would_do(workshop):
    whole = io.BytesIO()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(whole, "JPEG")
    jpeg = bytearray(whole.getvalue())
    start = jpeg.index(b"\xff\xc4")  # the tables of the Huffman code
    jpeg[start + 5 : start + 21] = b"\xff" * 16
    files = {**GOOD, "a/torn.png": b"", "a/inside.jpg": bytes(jpeg)}
    settings = pictures(workshop, files)
    header = settings.source.arguments | {"verify": "header"}
    settings = DataSettings(source={"type": "image_folder", **header})
    found = examine(settings)
    assert [item["path"] for item in found.bad] == ["a/inside.jpg", "a/torn.png"]
    assert found.bad[1]["reason"] == "the file is empty"
    assert "2 examples cannot be used." in told(found)
    assert found.clean  # whether `train` refuses it is for the recipe to say
    refused = examine(settings, ["3 pictures cannot be used."])
    assert not refused.clean
    assert told(refused, "refused") == ["3 pictures cannot be used."]


def test_duplicates_are_named_with_their_places(workshop):
    files = {f"train/{name}": content for name, content in GOOD.items()}
    files |= {"train/a/again.png": GOOD["a/0.png"], "test/b/leak.png": GOOD["b/3.png"]}
    files |= {"test/a/new.png": png(999)}
    found = examine(pictures(workshop, files, split={"train": 0.8, "dev": 0.2}))
    (same,) = found.duplicates
    assert same.places == ("train/a/0.png", "train/a/again.png")
    (leak,) = found.leaked
    assert leak.places == ("train/b/3.png", "test/b/leak.png")
    assert set(leak.parts) == {leak.parts[0], "test"}
    assert not found.clean
    (message,) = told(found, "leak")
    assert message.startswith("Examples are in two splits: 1 in ")
    assert message.endswith(" and test, such as train/b/3.png = test/b/leak.png.")
    assert any("1 examples repeat another" in w for w in told(found))


def test_equal_pictures_of_two_classes_are_told(workshop):
    found = examine(pictures(workshop, {**GOOD, "b/as_a.png": GOOD["a/0.png"]}))
    assert any("1 example occurs with different labels" in w for w in told(found))


def test_unequal_classes_sizes_and_blank_pictures_are_told(workshop):
    files = {f"a/{i}.png": png(i) for i in range(30)} | {"b/1.png": png(77, (20, 4))}
    files |= {"b/2.png": png(78, flat=True)}
    settings = pictures(workshop, files, split={"train": 1.0})
    found = examine(settings)
    warnings = told(found)
    assert found.imbalance == 15.0
    assert any("a has 30 examples, b 2. `training.class_weight: balanced`" in w for w in warnings)
    assert any("Pictures are of 2 sizes, 4 to 7 pixels high (median 7)" in w for w in warnings)
    assert "1 pictures are of one colour alone: b/2.png." in warnings
    assert "1 pictures are more than 4 times as long as wide: b/1.png." in warnings


def test_classes_that_a_split_lacks_are_told(workshop):
    files = {f"train/{name}": content for name, content in GOOD.items()}
    files |= {f"test/a/{i}.png": png(500 + i) for i in range(3)}
    found = examine(pictures(workshop, files))
    assert any("1 classes have no example in test: b" in w for w in told(found))


def test_pictures_in_memory_are_looked_at_too():
    found = examine(DataSettings(source={"type": "digits"}))
    assert found.clean
    assert found.pictures.sizes == (((8, 8), 1797),)
    assert found.pictures.channels == 1
    assert found.source == "digits"


def test_nothing_to_examine_is_an_error(workshop):
    with pytest.raises(DataError, match=r"1 of 1 images cannot be used\. None is left"):
        examine(pictures(workshop, {"a/1.png": b""}))


def table(folder: Path, columns: dict[str, list], target="y", **choices) -> DataSettings:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
    path = folder / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = {"type": "csv", "path": str(path), "target": target, **choices}
    return DataSettings(source=source, split={"train": 1.0})


def test_columns_are_described(workshop):
    draw = np.random.default_rng(0)
    columns = {
        "size": draw.normal(5, 2, 60).round(3).tolist(),
        "colour": draw.choice(["red", "blue"], 60).tolist(),
        "y": draw.choice(["no", "yes"], 60).tolist(),
    }
    columns["size"][3] = columns["size"][7] = ""
    found = examine(table(workshop, columns))
    size, colour = found.columns
    assert (size.name, size.kind, size.missing) == ("size", "number", 2)
    assert size.least < size.mean < size.most
    assert (colour.kind, colour.distinct, colour.least) == ("category", 2, None)
    assert found.pictures is None
    assert not any("Column" in w for w in told(found))


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_constants_identifiers_and_answers_are_found(workshop, task):
    draw = np.random.default_rng(0)
    y = draw.choice([1, 2], 80) if task == "classification" else draw.normal(0, 1, 80).round(4)
    columns = {
        "one": [3] * 80,
        "row": list(range(1, 81)),
        "code": [f"c{i * 7919 % 80:02d}" for i in range(80)],
        "tells": (np.asarray(y) * 10 + 1).tolist(),
        "noise": draw.normal(0, 1, 80).round(4).tolist(),
        "y": np.asarray(y).tolist(),
    }
    found = examine(table(workshop, columns, task=task))
    warnings = [w for w in told(found) if w.startswith("Column")]
    assert [w.split()[1] for w in warnings] == ["one", "row", "code", "tells"]
    assert "same value in every row" in warnings[0]
    assert "`columns: {row: ignore}` leaves it out" in warnings[1]
    assert "alone tells the answer (1.000)" in warnings[3]
    by_name = {column.name: column for column in found.columns}
    assert by_name["noise"].tells < 0.9


def test_small_tables_are_not_judged_by_accident(workshop):
    columns = {"x": [1, 2, 3, 4], "y": ["a", "b", "a", "b"]}
    found = examine(table(workshop, columns))
    assert [(c.tells, c.names_rows) for c in found.columns] == [(None, False)]


def test_what_cannot_be_told_apart_is_not_judged(workshop):
    columns = {"x": list(range(0, 90, 3)), "y": ["a"] * 29 + ["b"]}
    (column,) = examine(table(workshop, columns)).columns
    assert column.tells is None  # one example of b tells nothing
    columns["y"] = [7.5] * 30
    (column,) = examine(table(workshop, columns, task="regression")).columns
    assert column.tells is None
    columns["y"] = ["a", "b"] + ["a"] * 27 + ["b"]
    (column,) = examine(table(workshop, columns)).columns
    assert column.tells is None or column.tells < 0.99


def test_equal_rows_are_duplicates(workshop):
    columns = {"x": [1, 2, 1, 4], "y": ["a", "b", "a", "b"]}
    found = examine(table(workshop, columns))
    assert [same.places for same in found.duplicates] == [("all[0]", "all[2]")]


def test_groups_in_two_splits_leak(workshop):
    x = np.arange(8, dtype=np.float32)[:, np.newaxis]
    groups = {"groups_train": [1, 1, 2, 2, 3, 3], "groups_test": [3, 4]}
    np.savez(
        workshop / "g.npz", x_train=x[:6], x_test=x[6:], y_train=[0, 1] * 3, y_test=[0, 1], **groups
    )
    source = {"type": "arrays", "path": str(workshop / "g.npz")}
    found = examine(DataSettings(source=source, split={"train": 0.5, "dev": 0.5, "by": "group"}))
    assert not found.clean
    assert any("in both" in message for message in told(found, "leak"))


def test_the_check_is_plain_values(workshop):
    files = {**GOOD, "a/again.png": GOOD["a/0.png"], "a/torn.png": b""}
    kept = json.loads(json.dumps(examine(pictures(workshop, files)).to_dict(), default=vars))
    assert kept["clean"] is True
    assert kept["duplicates"][0]["places"] == ["a/0.png", "a/again.png"]
    assert kept["bad_examples"][0]["path"] == "a/torn.png"
    assert kept["pictures"]["count"] == 21
