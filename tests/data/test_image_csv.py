"""Pictures that a table names, with a class, labels or several classes."""

import numpy as np
import pytest
from PIL import Image

from dlsuite.data import DataError, split
from dlsuite.data.sources import image_csv

ROWS = """file,kind,tags,big,who
a.png,cat,furry|quick,0,x
b.png,dog,,1,y
deep/c.png,cat,quick,1,x
"""


@pytest.fixture
def read(tmp_path):
    """`image_csv` of a text beside three pictures, red values 0, 1 and 2."""
    for red, name in enumerate(("a.png", "b.png", "deep/c.png")):
        place = tmp_path / "pictures" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((4 + red, 5, 3), (red, 9, 9), "uint8")).save(place)

    def call(text=ROWS, target="kind", **choices):
        (tmp_path / "pictures" / "data.csv").write_text(text)
        choices = {"cache": str(tmp_path / "cache"), **choices}
        path = choices.pop("path", str(tmp_path / "pictures" / "data.csv"))
        return image_csv(path, "file", target, **choices)

    return call


def test_pictures_come_with_their_class(read):
    collection = read()
    assert collection.about["class_names"] == ["cat", "dog"]
    examples = collection.parts["all"]
    first, last = examples.read(0), examples.read(2)
    assert (first["image"].shape, first["label"]) == ((4, 5, 3), 0)
    assert (last["image"].shape, last["label"], last["image"][0, 0, 0]) == ((6, 5, 3), 0, 2)
    assert examples.strata.tolist() == [0, 1, 0]
    assert len(set(examples.keys)) == 3


def test_pictures_come_with_labels_or_several_classes(read):
    tagged = read(target="tags", label_separator="|")
    assert tagged.about["label_names"] == ["furry", "quick"]
    assert tagged.parts["all"].rows["label"].tolist() == [[1, 1], [0, 0], [0, 1]]
    several = read(target=["kind", "big"])
    assert several.about["output_classes"] == {"kind": ["cat", "dog"], "big": ["0", "1"]}
    assert several.parts["all"].read(1)["label"].tolist() == [1, 1]


def test_a_class_written_as_a_number_is_a_class(read):
    assert read(target="big").about["class_names"] == ["0", "1"]


def test_groups_and_grey_pictures(read):
    examples = read(groups="who", channels=1).parts["all"]
    assert examples.groups.tolist() == ["x", "y", "x"]
    assert examples.read(0)["image"].shape == (4, 5, 1)


def test_files_may_lie_elsewhere_and_be_named_without_their_ending(read, tmp_path):
    (tmp_path / "data.csv").write_text("file,kind\na,cat\nb,dog\n")
    pictures = str(tmp_path / "pictures")
    path = str(tmp_path / "data.csv")
    assert len(read(path=path, folder=pictures, suffix=".png").parts["all"]) == 2
    (tmp_path / "data.csv").write_text(f"file,kind\n{pictures}/a.png,cat\npictures/b.png,dog\n")
    assert read(path=path).parts["all"].read(1)["image"][0, 0, 0] == 1


def test_a_folder_holds_given_parts(read, tmp_path):
    for part, names in (("train", ("a", "b")), ("test", ("deep/c",))):
        lines = ["file,kind", *(f"{name}.png,cat" for name in names)]
        (tmp_path / "pictures" / f"{part}.csv").write_text("\n".join(lines))
    collection = read(path=str(tmp_path / "pictures"))
    assert {part: len(examples) for part, examples in collection.parts.items()} == {
        "train": 2,
        "test": 1,
    }


def test_what_cannot_be_used_is_named_and_counted(read, tmp_path):
    (tmp_path / "pictures" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    text = ROWS + "gone.png,cat,,1,x\ntorn.png,cat,,1,x\n,cat,,1,x\na.png,,,1,x\na.png,cat\n"
    with pytest.raises(DataError) as error:
        read(text)
    first, *lines = str(error.value).splitlines()
    assert first.startswith("5 of 8 images (file is missing: 1, kind is missing: 1, 2 fields inst")
    assert lines[:3] == [
        "  data.csv:7: file is missing",
        "  data.csv:8: kind is missing",
        "  data.csv:9: 2 fields instead of 5",
    ]
    assert lines[3] == f"  gone.png: there is no such file in {tmp_path / 'pictures'}"
    assert lines[4].startswith("  torn.png: a damaged picture")
    skipped = read(text, on_bad_example="skip")
    assert len(skipped.parts["all"]) == 3
    assert len(skipped.about["bad_examples"]) == 5


def test_a_picture_under_two_classes_is_told(read):
    text = ROWS + "a.png,dog,,0,z\n"
    _, report = split(read(text), ratios={"train": 0.5, "dev": 0.5})
    assert any("different labels: a.png = a.png" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("choices", "argument", "message"),
    [
        ({"target": "what"}, "target", "must be among the columns file, kind, tags, big, who"),
        ({"groups": "what"}, "groups", "Received: what"),
        ({"target": "file"}, "image", "must be different columns. Received: file for both"),
        ({"folder": "/nowhere"}, "folder", "Received: /nowhere, which is not there"),
        ({"folder": __file__}, "folder", "which is a file"),
        ({"path": "/nowhere/x.csv"}, "", "Received: /nowhere/x.csv"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(read, choices, argument, message):
    with pytest.raises(DataError, match=message) as error:
        read(**choices)
    assert error.value.argument == argument
