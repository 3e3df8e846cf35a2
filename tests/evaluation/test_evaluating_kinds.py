"""Models for numbers, labels, several classes and sources of the user's own on new data."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dlsuite import experiment
from dlsuite.data import DataError
from dlsuite.data.sources import wine
from pipelines import image_classification, tabular

from .test_evaluating import FAST, NET, TRAINING, digits


def test_a_regression_too(workshop):
    recipe = {"data": {"source": "diabetes"}, **NET, "training": {"epochs": 2}}
    # Answers near 0 of a target of 150 are sums whose digits the order of adding decides.
    result = tabular.run(recipe | {"export": {"tolerance": 1e-3}})
    found = tabular.evaluate("latest")
    assert {row.metric: row.new for row in found.scores} == result.scores["test"]
    assert found.metric == "r2"
    assert found.classes == ()
    assert {shift.of for shift in found.drift.shifts} >= {"labels", "inputs", "answers"}


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
