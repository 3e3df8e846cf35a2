"""What applications propose for real files: each draft is loaded, planned and says what is so."""

import csv as csv_files
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlsuite import experiment
from dlsuite.data import DataError
from dlsuite.drafting.draft import checked, propose, save
from dlsuite.survey.look import Look
from pipelines import image_classification, tabular

BOTH = (image_classification.pipeline, tabular.pipeline)


def picture(file: Path, seed: int, channels: int = 3, side: int = 40) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).integers(0, 256, (side, side, channels), np.uint8)
    Image.fromarray(values.squeeze()).save(file)


def pictures(root: str, counts: dict[str, int], **choices) -> Path:
    numbers = iter(range(10_000))
    for name, count in counts.items():
        for index in range(count):
            picture(Path(root, name, f"{index}.png"), next(numbers), **choices)
    return Path(root)


def table(file: str, header: str, rows: list, separator: str = ",") -> Path:
    with Path(file).open("w", newline="", encoding="utf-8") as out:
        writer = csv_files.writer(out, delimiter=separator)
        writer.writerows([header.split(","), *rows])
    return Path(file)


@pytest.fixture
def drafted(workshop):
    """The draft for data, its recipe as written to a file, and its plan."""

    def draft(path, target=None, pipelines=BOTH):
        application, made = propose(pipelines, Look(str(path), target))
        recipe = checked(application, made, "my.yaml")
        save(recipe, Path("my.yaml"))
        return made, recipe, experiment.plan(application, "my.yaml").learner

    return draft


def sizes(learner):
    return {name: len(part) for name, part in learner.splits.named().items()}


def test_a_zip_of_class_folders_becomes_a_plan(drafted):
    root = pictures("pets", {"cat": 15, "dog": 15})
    with zipfile.ZipFile("pets.zip", "w") as archive:
        for file in sorted(root.rglob("*.png")):
            archive.write(file)
    draft, recipe, learner = drafted("pets.zip")
    assert draft.pipeline == "image_classification"
    assert draft.why == "pets.zip holds pictures of 2 classes"
    assert "30 pictures: cat (15), dog (15). Always answering cat is right for 50%" in " ".join(
        recipe.written.split()
    ).replace("# ", "")
    assert recipe.resolved["data"]["image_size"] == [40, 40]
    assert sum(sizes(learner).values()) == 30
    assert draft.found["classes"] == {"cat": 15, "dog": 15}


def test_damage_and_imbalance_are_answered(drafted):
    root = pictures("pets", {"cat": 32, "dog": 8})
    (root / "cat" / "0.png").write_bytes(b"")
    (root / "dog" / "0.png").write_bytes(b"no picture at all")
    draft, recipe, learner = drafted(root)
    settings = recipe.settings
    assert settings.data.on_bad_example == "skip"
    assert settings.training.class_weight == "balanced"
    assert settings.evaluation.optimize == "f1_macro"
    assert sum(sizes(learner).values()) == 38
    assert "cat/0.png (the file is empty)" in draft.notes[0]


def test_grey_pictures_in_parts_keep_their_parts_and_one_channel(drafted):
    counts = {"train/0": 12, "train/1": 12, "test/0": 3, "test/1": 3}
    _, recipe, learner = drafted(pictures("digits", counts, channels=1, side=28))
    assert recipe.settings.data.split == "auto"
    assert learner.splits.info.input_shape == (28, 28, 1)
    assert sizes(learner)["test"] == 6
    assert [layer.type for layer in recipe.settings.data.augment] == ["RandomTranslation"]


def test_tiny_arrays_get_a_net_without_convolutions(drafted):
    values = np.random.default_rng(0).integers(0, 256, (60, 8, 8), np.uint8)
    np.savez("digits.npz", x=values, y=(np.arange(60) % 3).astype(np.uint8))
    _, recipe, learner = drafted("digits.npz")
    assert recipe.settings.model.type == "mlp"
    assert learner.splits.info.input_shape == (8, 8, 1)


def test_a_table_that_names_pictures_is_one_of_pictures(drafted):
    for number in range(24):
        picture(Path("set/files", f"p{number}.png"), number)
    rows = [[f"p{n}", n * 7 % 5, ["cat", "dog"][n % 2]] for n in range(24)]
    table("set/labels.csv", "file,age,animal", [*rows, ["gone", 3, "cat"]])
    draft, recipe, learner = drafted("set")
    source = recipe.resolved["data"]["source"]
    assert source["type"] == "image_csv"
    assert (source["path"], source["folder"]) == ("set/labels.csv", "set/files")
    assert (source["image"], source["target"], source["suffix"]) == ("file", "animal", ".png")
    assert sum(sizes(learner).values()) == 24
    assert "1 of 25 files cannot be used" in " ".join(draft.notes)
    assert "the column animal, taken as the last column" in draft.notes[0]


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("file", lambda n: [], "names pictures by file, and no class beside it"),
        (
            "file,who",
            lambda n: [n * 3],
            "who cannot be the class of pictures",
        ),
    ],
)
def test_a_table_of_pictures_needs_a_class(workshop, header, row, message):
    picture(Path("p.png"), 0)
    path = table("labels.csv", header, [["p.png", *row(n)] for n in range(120)])
    with pytest.raises(DataError, match=message):
        _ = Look(str(path)).pictures


def test_a_table_beside_class_folders_is_passed_over(drafted):
    root = pictures("pets", {"cat": 8, "dog": 8})
    table(str(root / "notes.csv"), "a,b", [[1, 2]])
    draft, *_ = drafted(root)
    assert draft.pipeline == "image_classification"


def test_a_small_table_of_classes_is_cross_validated(drafted):
    rows = [[n, n % 5 + n % 3 / 2, "xyz"[n % 3], ["ill", "well"][n % 2]] for n in range(90)]
    draft, recipe, learner = drafted(table("people.csv", "id,age,group,state", rows))
    assert draft.pipeline == "tabular"
    assert draft.notes[0] == (
        "state is to be predicted, taken as the last column; --target NAME says another: id, age, "
        "group."
    )
    assert draft.notes[1] == "Columns left out: id: numbers the rows."
    assert recipe.settings.evaluation.folds == 5
    assert learner.splits.info.statistics.width == 1 + 4
    assert recipe.settings.data.source.arguments["columns"] == {"id": "ignore"}


def test_numbers_with_a_decimal_comma_and_gaps(drafted):
    random = np.random.default_rng(0)
    rows = [
        [
            f"{a:.2f}".replace(".", ","),
            "" if n % 9 == 0 else n % 4,
            f"{3 * a:.2f}".replace(".", ","),
        ]
        for n, a in enumerate(random.normal(50, 10, 400))
    ]
    draft, recipe, learner = drafted(table("houses.csv", "area,rooms,price", rows, ";"))
    assert recipe.settings.data.source.arguments["decimal"] == ","
    assert recipe.settings.data.on_bad_example == "skip"
    assert recipe.settings.evaluation.folds is None
    assert recipe.settings.evaluation.optimize == "r2"
    assert sum(sizes(learner).values()) == 400 - 45
    assert "rooms is missing" in draft.notes[-1]
    assert draft.found["mean"] == pytest.approx(150, abs=5)


def test_numbered_classes_groups_and_imbalance(drafted):
    rows = [[100 + n // 4 * 3, n * 7 % 331, int(n % 8 == 0)] for n in range(320)]
    _, recipe, learner = drafted(table("visits.csv", "patient_id,value,target", rows))
    source = recipe.settings.data.source.arguments
    assert (source["task"], source["groups"]) == ("classification", "patient_id")
    assert recipe.settings.data.split.by == "group"
    assert recipe.settings.training.class_weight == "balanced"
    people = [set(part.groups.tolist()) for part in learner.splits.named().values()]
    assert not people[0] & people[1]


def test_groups_that_equal_rows_link_are_not_kept_together(drafted):
    rows = [[100 + n // 4 * 3, n * 7 % 31, n % 8] for n in range(320)]
    draft, recipe, _ = drafted(table("visits.csv", "patient_id,value,score", rows))
    assert recipe.settings.data.source.arguments["groups"] is None
    assert "patient_id: names things, which equal rows link" in " ".join(draft.notes)


def test_given_parts_of_a_table_stay(drafted):
    rows = [[n % 7, n % 5, "ab"[n % 2]] for n in range(40)]
    table("train.csv", "u,v,class", rows)
    table("test.csv", "u,v,class", rows[:12])
    _, recipe, learner = drafted(os.curdir)
    assert recipe.settings.data.split == "auto"
    assert sizes(learner)["test"] == 12


def test_doubts_are_told(drafted):
    rows = [[f"${n},000", n % 6, n % 8] for n in range(400)]
    draft, recipe, _ = drafted(table("cars.csv", "price,doors,rating", rows))
    assert "Are its 8 values classes?" in " ".join(recipe.written.split()).replace("# ", "")
    assert recipe.settings.data.source.arguments["task"] == "auto"
    assert "price is taken as texts, as its numbers carry signs" in draft.notes[-1]


def test_rows_that_are_not_utf8_are_counted_with_the_way_out(drafted):
    lines = [f"{n % 9},{'größe' if n == 30 else 'mass'},{'ab'[n % 2]}" for n in range(50)]
    lines.append("3,mass,b")
    Path("w.csv").write_bytes("\n".join(["u,v,class", *lines]).encode("cp1252"))
    draft, *_ = drafted("w.csv")
    assert "iconv -f WINDOWS-1252 -t UTF-8 w.csv > w_utf8.csv" in " ".join(draft.notes)


@pytest.mark.skipif("DLSUITE_DATA" not in os.environ, reason="needs the real data sets")
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("hymenoptera/hymenoptera-320.zip", "397 pictures: ants (193), bees (204)"),
        ("orl-faces/orl-faces.zip", "400 pictures: 40 classes of 10 each"),
        ("fashion-mnist", "70,000 pictures: 10 classes of 7,000 each"),
    ],
)
def test_real_sets_are_described_as_they_are(path, said, workshop):
    place = Path(os.environ["DLSUITE_DATA"], path)
    if not place.exists():
        pytest.skip(f"{place} is not there")
    application, draft = propose(BOTH, Look(str(place)))
    text = checked(application, draft, "my.yaml").written
    assert said in " ".join(text.split()).replace("# ", "")
