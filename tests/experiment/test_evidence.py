"""What a run looks at beside its errors: people's labels, dev and test, near-duplicates."""

import csv
import json

import numpy as np
import pytest

from dlsuite import experiment
from dlsuite.experiment.human_labels import human_level
from dlsuite.recipe import RecipeError
from dlsuite.tracking import Store
from pipelines import image_classification, tabular

SMALL = {"model.hidden": [4], "training.epochs": 1, "expect": {}}
WRONG = 0.25  # share of Ann's answers


def write(path, rows, header=("key", "annotator", "label")):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def planned(overrides, name="wine_mlp", pipeline=tabular.pipeline):
    return experiment.plan(pipeline, name, {**SMALL, **overrides}).learner


@pytest.fixture(scope="module")
def wine():
    """Key and class of each example, by split."""
    splits = planned({}).splits
    return {
        name: list(zip(part.keys.tolist(), splits.info.target.named(part.rows["target"]),
                       strict=True))
        for name, part in splits.named().items()
    }  # fmt: skip


def other(name):
    return "class_0" if name != "class_0" else "class_1"


@pytest.fixture(scope="module")
def judged(wine, tmp_path_factory):
    """A run with what Ann and Bob answered to dev and test: Ann errs on a quarter, Bob on half."""
    folder = tmp_path_factory.mktemp("people")
    asked = wine["dev"] + wine["test"]
    rows = []
    for place, (key, name) in enumerate(asked):
        rows.append((key, "Ann", other(name) if place % 4 == 0 else name))
        rows.append((key, "Bob", other(name) if place % 2 == 0 else name))
    human = {"labels": write(folder / "people.csv", rows), "source": "Ann and Bob"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        result = experiment.run(
            tabular.pipeline, "wine_mlp", {**SMALL, "evaluation.human_error": human}
        )
        record = Store.open().find(result.run_id)
        kept = json.loads(record.artifact("verdict.json").read_text(encoding="utf-8"))
    return result, kept, len(asked)


def test_people_are_a_level_with_an_interval_from_their_labels(judged):
    result, kept, asked = judged
    wrong = -(-asked // 4)  # every fourth from the first
    human = result.diagnosis.human
    assert human.value == pytest.approx(wrong / asked)
    assert human.interval[0] < WRONG < human.interval[1]
    assert human.source == f"annotator Ann on {asked} examples, Ann and Bob"
    assert result.diagnosis.reference.source == f"human level, {human.source}"
    assert kept["human"]["value"] == human.value
    assert kept["intervals"]["dev"] == list(result.diagnosis.intervals["dev"])


def test_every_run_tells_whether_dev_and_test_are_alike(judged):
    result, kept, _ = judged
    (told,) = result.diagnosis.looked_at
    assert told.startswith("Dev and test could not be told apart: in labels (p ")
    assert "in inputs (p " in told
    assert kept["looked_at"] == [told]
    assert told in result.diagnosis.text()


ROW = "0" * 32
PROBLEMS = {
    "nowhere": (None, None, "which is not there"),
    "no label": (("key", "answer"), [(ROW, "class_0")], "must have columns key and label"),
    "no such example": (("key", "label"), [(ROW, "class_0")], "keys of dev or test examples"),
    "no rows": (("key", "label"), [], "at least one label. Received: none"),
    "no such class": (("key", "label"), [("DEV", "rosé")], "classes of the data (class_0, "),
    "of train": (("key", "label"), [("TRAIN", "class_0")], "1 of them are of train"),
    "twice": (("key", "label"), [("DEV", "class_0"), ("DEV", "class_0")], "one label of each"),
    "torn": (("key", "label"), [("DEV", "class_0", "more")], "as many fields as the first line"),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_file_that_does_not_fit_is_refused_before_training(problem, wine, tmp_path):
    header, rows, message = PROBLEMS[problem]
    keys = {"DEV": wine["dev"][0][0], "TRAIN": wine["train"][0][0]}
    path = str(tmp_path / "people.csv")
    if header is not None:
        write(tmp_path / "people.csv", [[keys.get(cell, cell) for cell in row] for row in rows],
              header)  # fmt: skip
    with pytest.raises(RecipeError) as refused:
        planned({"evaluation.human_error": {"labels": path, "source": "nobody"}})
    assert "evaluation.human_error.labels" in str(refused.value)
    assert message in str(refused.value)


def test_people_guess_numbers_too(tmp_path):
    diabetes = planned({}, "diabetes_mlp").splits
    keys, truths = diabetes.dev.keys.tolist(), diabetes.dev.rows["target"].tolist()
    rows = [(key, truth + 10) for key, truth in zip(keys, truths, strict=True)]
    human = {"labels": write(tmp_path / "a.csv", rows, ("key", "label")), "source": "a doctor"}
    learner = planned({"evaluation.human_error": human}, "diabetes_mlp")
    (errors,) = human_level(learner).errors.values()
    assert errors == pytest.approx(np.full(len(keys), 100.0))
    words = write(tmp_path / "b.csv", [(keys[0], "high")], ("key", "label"))
    with pytest.raises(RecipeError, match="labels that are numbers"):
        planned({"evaluation.human_error": {**human, "labels": words}}, "diabetes_mlp")


def test_several_outputs_have_no_human_level_yet(tmp_path):
    rows = [(n, "ab"[n % 2], "cd"[n // 2 % 2]) for n in range(60)]
    path = write(tmp_path / "table.csv", rows, ("x", "first", "second"))
    recipe = {
        "pipeline": "tabular",
        "data": {"source": {"type": "csv", "path": path, "target": ["first", "second"]}},
        "model": {"type": "mlp", "hidden": [4]},
        "evaluation": {"human_error": {"labels": path, "source": "nobody"}},
    }
    with pytest.raises(RecipeError, match="Received: targets of kind many_outputs"):
        experiment.plan(tabular.pipeline, recipe)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory):
    """A run on pictures of which dev and test differ in light, and test has copies of train."""
    folder = tmp_path_factory.mktemp("leaking")
    generator = np.random.default_rng(0)
    train = generator.integers(0, 200, (120, 12, 12, 1), np.uint8)
    dev = generator.integers(0, 200, (40, 12, 12, 1), np.uint8)
    copies = np.clip(train[:4] * 1.05, 0, 255).round().astype(np.uint8)
    light = generator.integers(56, 256, (36, 12, 12, 1), np.uint8)
    arrays = {"train": train, "dev": dev, "test": np.concatenate([copies, light])}
    path = folder / "pictures.npz"
    np.savez(
        path,
        **{f"x_{name}": values for name, values in arrays.items()},
        **{f"y_{name}": np.arange(len(values)) % 2 for name, values in arrays.items()},
    )
    recipe = {
        "pipeline": "image_classification",
        "data": {"source": {"type": "arrays", "path": str(path)}},
        "model": {"type": "mlp", "hidden": [4]},
        "training": {"epochs": 1},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        yield experiment.run(image_classification.pipeline, recipe)


def test_a_run_tells_of_dev_and_test_that_differ(leaking):
    (found,) = [text for text in leaking.diagnosis.findings if "one distribution" in text]
    assert "Pictures are brighter by" in found
    assert leaking.diagnosis.looked_at == ()


def test_a_run_tells_of_near_duplicates_between_splits(leaking):
    (note,) = [note for note in leaking.notes if "nearly the same" in note]
    assert note.startswith("4 examples are nearly the same in train and test")
    assert "Such as train[0] = test[0]; train[1] = test[1]" in note
    assert any("`dlsuite data check`" in note for note in leaking.notes)
