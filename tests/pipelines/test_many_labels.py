"""Examples with any number of labels, from a recipe to served answers."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import make_multilabel_classification

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.serving import answer, verify_in_child
from dlsuite.targets import ManyLabels
from pipelines import image_classification, tabular

LABELS = ("rain", "wind", "snow", "sun")


@pytest.fixture(scope="module")
def weather():
    """Counts of words in 400 reports, `[N, 12]`, and the labels of each, `[N, 4]`."""
    return make_multilabel_classification(
        400, 12, n_classes=4, n_labels=2, allow_unlabeled=True, random_state=3
    )


@pytest.fixture
def columns(workshop, weather):
    """A CSV file with a column of 0 and 1 for each label."""
    x, y = weather
    lines = [",".join([*(f"w{i}" for i in range(12)), *LABELS])]
    lines += [
        ",".join(map(str, [*map(int, words), *marks])) for words, marks in zip(x, y, strict=True)
    ]
    (workshop / "weather.csv").write_text("\n".join(lines))
    return workshop / "weather.csv"


def recipe(source, **training):
    return {
        "data": {"source": source, "batch_size": 16},
        "model": {"type": "mlp", "hidden": [32]},
        "optimizer": {"type": "Adam", "learning_rate": 0.01},
        "training": {"epochs": 20, **training},
    }


@pytest.mark.slow
def test_columns_of_marks_become_labels_that_beat_the_most_frequent(columns):
    source = {"type": "csv", "path": str(columns), "target": list(LABELS), "task": "multilabel"}
    result = tabular.run(recipe(source), {"baseline.type": "constant"})
    target = result.judged.examples["test"].rows["target"]
    assert target.shape[1] == len(LABELS)
    scores, rival = result.scores["test"], result.judged.baseline["test"].values
    assert scores["f1_micro"] > rival["f1_micro"] + 0.2
    assert scores["accuracy"] > rival["accuracy"] + 0.1
    assert scores["hamming_loss"] < rival["hamming_loss"] - 0.05
    assert result.diagnosis.errors["test"] == pytest.approx(1 - scores["accuracy"])
    exported = result.export("out")
    assert verify_in_child(exported).max_difference < 1e-5
    table = answer(exported, columns)
    assert table.attrs["notes"] == []  # the columns of the labels are known
    assert list(table.columns[2:-1]) == ["labels", *(f"{name}_probability" for name in LABELS)]
    for row in table.head(20).itertuples():
        present = [name for name in LABELS if getattr(row, f"{name}_probability") > 0.5]
        assert row.labels == "|".join(present)


@pytest.mark.slow
def test_lists_of_labels_in_a_column_are_the_same_labels(workshop, weather, columns):
    x, y = weather
    lines = [",".join([*(f"w{i}" for i in range(12)), "says"])]
    for words, marks in zip(x, y, strict=True):
        told = "; ".join(np.array(LABELS)[marks.astype(bool)])
        lines.append(",".join([*(str(int(word)) for word in words), told]))
    (workshop / "listed.csv").write_text("\n".join(lines))
    source = {"type": "csv", "path": "listed.csv", "target": "says", "label_separator": ";"}
    result = tabular.run(
        recipe(source), {"training.epochs": 12, "training.class_weight": "balanced"}
    )
    assert result.scores["test"]["average_precision_macro"] > 0.7
    assert (
        result.scores["test"]["f1_micro"] > result.judged.baseline["test"].values["f1_micro"] - 0.1
    )
    table = answer(result.export("out"), workshop / "listed.csv")
    told = {label for text in table["labels"] for label in text.split(";") if label}
    assert told == set(LABELS)


@pytest.mark.slow
def test_pictures_have_labels_too(workshop):
    """A bright top, a bright left side, both or neither."""
    random = np.random.default_rng(0)
    (workshop / "pictures").mkdir()
    lines = ["picture,top,left"]
    for number in range(80):
        top, left = random.integers(0, 2, 2)
        pixels = random.normal(60, 20, (8, 8, 3))
        pixels[:4] += 100 * top
        pixels[:, :4] += 60 * left
        Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(f"pictures/{number}.png")
        lines.append(f"pictures/{number}.png,{top},{left}")
    (workshop / "pictures.csv").write_text("\n".join(lines))
    source = {"type": "image_csv", "path": "pictures.csv", "image": "picture",
              "target": ["top", "left"], "task": "multilabel"}  # fmt: skip
    result = image_classification.run(recipe(source, seed=1))
    assert result.scores["test"]["accuracy"] > 0.8
    assert set(result.judged.baseline) == {"train", "dev", "test"}
    table = answer(result.export("out"), workshop / "pictures")
    assert set(table["labels"]) == {"", "top", "left", "top|left"}


def test_what_a_recipe_says_of_labels_is_checked(columns):
    source = {"type": "csv", "path": str(columns), "target": list(LABELS), "task": "multilabel"}
    changes = {
        "class_weight.*: must be one of the data's labels, rain, wind": {
            "training.class_weight": {"hail": 2}
        },
        "needs a loss that takes `positive_weights` where there are labels": {
            "training.class_weight": "balanced",
            "loss": {"type": "BinaryCrossentropy", "from_logits": True},
        },
        "loss=softmax_cross_entropy: must judge each label by itself": {
            "loss": "softmax_cross_entropy"
        },
        "must be one of accuracy, average_precision_macro, f1_macro": {"evaluation.optimize": "r2"},
    }
    for message, change in changes.items():
        with pytest.raises(RecipeError, match=message):
            experiment.plan(tabular.pipeline, recipe(source), change)


@pytest.mark.slow
def test_a_recipe_may_name_the_loss_of_labels(columns):
    source = {"type": "csv", "path": str(columns), "target": list(LABELS), "task": "multilabel"}
    focal = {"type": "BinaryFocalCrossentropy", "from_logits": True}
    result = tabular.run(recipe(source), {"training.epochs": 1, "loss": focal})
    assert type(result.model.loss).__name__ == "BinaryFocalCrossentropy"
    weighted = {"training.epochs": 1, "training.class_weight": {"snow": 3.0}}
    result = tabular.run(recipe(source), weighted | {"regularization.label_smoothing": 0.1})
    assert result.model.loss.positive_weights == [1, 1, 3, 1]
    assert result.model.loss.label_smoothing == 0.1
    assert isinstance(ManyLabels(LABELS, (1, 1, 1, 1), 2).width, int)
