"""Models for numbers, labels, several classes and sources of the user's own on new data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlsuite import experiment
from dlsuite.data import DataError, Examples
from dlsuite.data.hashing import column_keys
from dlsuite.data.sources import wine
from dlsuite.evaluation import foreseen
from dlsuite.experiment import reference
from pipelines import image_classification, tabular

from .test_evaluating import FAST, NET, TRAINING, class_folders, digits


def test_a_regression_too(workshop):
    recipe = {"data": {"source": "diabetes"}, **NET, "training": {"epochs": 2}}
    # Answers near 0 of a target of 150 are sums whose digits the order of adding decides.
    result = tabular.run(recipe | {"export": {"tolerance": 1e-3}})
    found = tabular.evaluate("latest")
    assert {row.metric: row.new for row in found.scores} == result.scores["test"]
    assert found.metric == "r2"
    assert found.classes == ()
    assert found.drift.shifts == ()  # of the same examples
    found = tabular.evaluate("latest", split="dev")
    assert {shift.of for shift in found.drift.shifts} >= {"labels", "inputs", "answers"}


@pytest.mark.slow
def test_a_source_of_the_users_own_reads_its_own_form(workshop):
    (workshop / "own_reader.py").write_text(
        "import pandas as pd\n"
        "from dlsuite.data import Collection\n"
        "from dlsuite.data.tables import table_examples\n"
        "def rows(path):\n"
        "    frame = pd.read_json(path)\n"
        "    columns = {'a': frame['a'].to_numpy('float32')}\n"
        "    parts = {'all': table_examples(columns, frame['y'].to_numpy('int32'))}\n"
        "    about = {'source': path, 'columns': {'a': 'number'}, 'target': 'y',\n"
        "             'class_names': ['no', 'yes']}\n"
        "    return Collection(parts, about)\n"
    )
    frame = pd.DataFrame({"a": np.arange(60) / 60, "y": np.arange(60) % 2})
    frame.to_json("old.json")
    frame.assign(a=frame["a"] + 5).to_json("new.json")
    source = {"type": "own_reader:rows", "path": "old.json"}
    result = tabular.run({"data": {"source": source}, **NET, "training": {"epochs": 1}})
    found = tabular.evaluate(result.run_id, "new.json")
    assert found.notes == ()
    assert [shift.name for shift in found.drift.of("inputs") if shift.found] == ["a"]


def boxes(count, seed):
    """Rows with a list of labels, two classes, and columns that tell them."""
    generator = np.random.default_rng(seed)
    red, big = generator.uniform(size=(2, count)) > 0.5
    noise = 0.3 * generator.normal(size=(2, count))
    lists = [
        ";".join(name for name, is_so in (("red", is_red), ("big", is_big)) if is_so)
        for is_red, is_big in zip(red, big, strict=True)
    ]
    return pd.DataFrame(
        {
            "a": red + noise[0],
            "b": big + noise[1],
            "tags": lists,
            "colour": np.where(red, "red", "blue"),
            "size": np.where(big, "1", "2"),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "classes"),
    [
        (
            {
                "target": "tags",
                "label_separator": ";",
                "columns": {"colour": "ignore", "size": "ignore"},
            },
            {"red", "big"},
        ),
        (
            {"target": ["colour", "size"], "columns": {"tags": "ignore"}},
            {"colour: red", "colour: blue", "size: 1", "size: 2"},
        ),
    ],
    ids=["labels", "outputs"],
)
def test_labels_and_several_classes_are_compared_each_by_name(workshop, source, classes):
    boxes(300, 0).to_csv("old.csv", index=False)
    boxes(300, 1).assign(a=lambda frame: frame["a"] - 2).to_csv("new.csv", index=False)
    source = {"type": "csv", "path": "old.csv", **source}
    result = tabular.run({"data": {"source": source}, **NET, **FAST, **TRAINING})
    again = tabular.evaluate(result.run_id)
    assert {row.metric: row.new for row in again.scores} == result.scores["test"]
    found = tabular.evaluate(result.run_id, "new.csv")
    assert found.headline.change == "worse"
    assert {row.name for row in found.classes} == classes
    worst = found.classes[0]
    assert (worst.name.removeprefix("colour: "), worst.change) == ("red", "worse")
    assert "a: lower by" in found.verdict
    assert found.drift.of("labels")
    assert not [shift for shift in found.drift.of("labels") if shift.found]


@pytest.mark.slow
def test_a_run_on_a_table_of_pictures_reads_another_one(workshop):
    images, labels = digits()
    for name, chosen in (("old", slice(0, 300)), ("new", slice(300, 400))):
        Path(name).mkdir()
        files = [f"{index}.png" for index in range(len(labels[chosen]))]
        for file, image in zip(files, images[chosen], strict=True):
            Image.fromarray(image).save(Path(name) / file)
        table = pd.DataFrame({"file": files, "digit": labels[chosen]})
        table.to_csv(Path(name) / "table.csv", index=False)
    source = {"type": "image_csv", "path": "old/table.csv", "image": "file", "target": "digit"}
    source |= {"task": "classification", "channels": 1}
    result = image_classification.run(
        {"data": {"source": source}, **NET, "training": {"epochs": 2}}
    )
    found = image_classification.evaluate(result.run_id, "new/table.csv")
    assert found.count == 100
    assert found.notes == found.warnings == ()


def test_texts_in_a_column_of_numbers_are_refused(workshop):
    pipeline, collection = tabular.pipeline, wine()
    info = experiment.plan(pipeline, {"data": {"source": "wine"}, **NET}).learner.splits.info
    about = {**collection.about, "columns": {**collection.about["columns"], "hue": "category"}}
    with pytest.raises(DataError, match="Received: hue holds texts"):
        pipeline.admit(None, info, type(collection)(collection.parts, about))


def flowers(count, seed):
    """Two kinds of flowers by two numbers, three of a person each."""
    generator = np.random.default_rng(seed)
    kind = np.arange(count) % 2
    sizes = generator.normal(kind, 0.7, (2, count)).round(3)
    named = np.where(kind, "iris", "rose")
    people = [f"p{number // 3}" for number in range(count)]
    return pd.DataFrame({"long": sizes[0], "wide": sizes[1], "kind": named, "person": people})


@pytest.mark.slow
def test_a_cross_validated_run_is_scored_on_what_its_kept_model_had(workshop):
    flowers(45, 0).drop(columns="person").to_csv("old.csv", index=False)
    flowers(45, 1).drop(columns="person").to_csv("new.csv", index=False)
    source = {"type": "csv", "path": "old.csv", "target": "kind"}
    recipe = {"data": {"source": source}, **NET, "evaluation": {"folds": 2}}
    result = tabular.run(recipe | {"training": {"epochs": 2}})
    again = tabular.evaluate(result.run_id)
    assert (again.split, again.against) == ("dev", "dev")
    assert {row.metric: row.new for row in again.scores} == result.scores["dev"]
    found = tabular.evaluate(result.run_id, "new.csv")
    assert (found.against, found.against_count) == ("cv", 45)
    pooled = result.validation.scores.examples["correct"].mean()
    assert found.headline.metric == "accuracy"
    assert found.headline.old == pytest.approx(pooled)
    assert found.headline.difference is not None
    assert "held-out answers of the run's cross-validation" in found.notes[-1]
    seen = foreseen(tabular.pipeline, result.run_id)
    assert (seen.split, seen.count, seen.against) == ("dev", again.count, "dev")


@pytest.mark.slow
def test_groups_stay_together_where_they_are_told_else_examples_are_divided(workshop):
    flowers(90, 0).to_csv("old.csv", index=False)
    flowers(60, 1).to_csv("new.csv", index=False)
    flowers(60, 1).drop(columns="person").to_csv("alone.csv", index=False)
    source = {"type": "csv", "path": "old.csv", "target": "kind", "groups": "person"}
    data = {"source": source, "split": {"by": "group"}}
    result = tabular.run({"data": data, **NET, "training": {"epochs": 1}})
    found = tabular.evaluate(result.run_id, "new.csv", split="test")
    assert found.notes == ("test is carved from the data as the run's recipe divides.",)
    rows = flowers(60, 1)
    columns = [rows[name].to_numpy(np.float32) for name in ("long", "wide")]
    people = rows.loc[np.isin(column_keys(columns), found.examples["key"]), "person"]
    assert len(people) == found.count
    assert set(people.value_counts()) == {3}
    alone = tabular.evaluate(result.run_id, "alone.csv", split="test")
    assert alone.notes == (
        "test is carved from the data by example: nothing in it tells its groups.",
    )
    assert alone.count == 12
    assert tabular.evaluate(result.run_id, "alone.csv").count == 60


def test_equal_rows_of_a_table_are_observations_and_equal_pictures_copies():
    keys = np.array(["c", "a", "c", "b"])
    rows = Examples({"columns": {"x": np.array([3.0, 1, 3, 2])}}, keys)
    pictures = Examples({"image": np.zeros((4, 8, 8, 1), np.uint8)}, keys)
    assert reference.counted(rows).tolist() == [0, 1, 2, 3]
    assert reference.counted(pictures).tolist() == [0, 1, 3]


@pytest.mark.slow
def test_pictures_that_are_repeated_count_once_on_both_sides(workshop):
    images, labels = digits()
    dark = (images[:3] * 0.1).astype(np.uint8)
    old = np.concatenate([images, np.repeat(dark, 200, axis=0)])
    np.savez("old.npz", x=old, y=np.concatenate([labels, np.repeat(labels[:3], 200)]))
    np.savez("new.npz", x=images[::2], y=labels[::2])
    source = {"type": "arrays", "path": "old.npz"}
    data = {"source": source, "split": {"train": 0.5, "dev": 0.5}}
    result = image_classification.run({"data": data, **NET, "training": {"epochs": 1}})
    found = image_classification.evaluate(result.run_id, "new.npz").drift
    assert [shift.name for shift in found.of("inputs") if shift.found] == []


@pytest.mark.slow
def test_that_arrays_cannot_be_found_among_files_is_said(workshop):
    images, labels = digits()
    folder = class_folders("old", images[:200], labels[:200])
    np.savez("same.npz", x=images[:200], y=labels[:200])
    source = {"type": "image_folder", "path": folder, "channels": 1}
    result = image_classification.run(
        {"data": {"source": source}, **NET, "training": {"epochs": 1}}
    )
    found = image_classification.evaluate(result.run_id, "same.npz")
    assert found.warnings == ()
    assert found.notes[-1].startswith("Whether the model was trained on some of these examples")
    more = image_classification.evaluate(
        result.run_id, class_folders("more", *(a[:50] for a in digits()))
    )
    assert more.warnings
    assert not [note for note in more.notes if "cannot be told" in note]
