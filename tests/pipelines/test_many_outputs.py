"""Several classes of each example at once, from a recipe to served answers."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from dlsuite.serving import answer, verify_in_child
from pipelines import image_classification, tabular

SIZES = np.array(["low", "middle", "high"])


@pytest.fixture
def digits(workshop):
    """500 handwritten digits as files, and whether each is even and how large it is in a CSV."""
    bunch = load_digits()
    (workshop / "digits").mkdir()
    lines = ["file,parity,how large,digit"]
    for number, (image, digit) in enumerate(zip(bunch.images[:500], bunch.target, strict=False)):
        Image.fromarray((image * 15.9).astype("uint8")).save(f"digits/{number}.png")
        parity = "even" if digit % 2 == 0 else "odd"
        lines.append(f"{number},{parity},{SIZES[digit // 4]},{digit}")
    (workshop / "digits.csv").write_text("\n".join(lines))
    return {"type": "image_csv", "path": "digits.csv", "image": "file", "folder": "digits",
            "suffix": ".png", "target": ["parity", "how large"], "channels": 1}  # fmt: skip


def recipe(source, **data):
    return {
        "data": {"source": source, "batch_size": 16, **data},
        "model": {"type": "mlp", "hidden": [64]},
        "optimizer": {"type": "Adam", "learning_rate": 0.005},
        "training": {"epochs": 15},
    }


@pytest.mark.slow
def test_two_outputs_of_a_digit_are_told_at_once(digits, workshop):
    result = image_classification.run(
        recipe(digits, cache="memory"), {"training.class_weight": "balanced"}
    )
    scores, rival = result.scores["test"], result.judged.baseline["test"].values
    assert scores["accuracy"] > max(0.75, rival["accuracy"])
    each = [scores["accuracy_of_parity"], scores["accuracy_of_how_large"]]
    assert scores["mean_accuracy"] == pytest.approx(np.mean(each))
    assert max(0.8, scores["accuracy"]) < min(each)
    assert result.diagnosis.errors["test"] == pytest.approx(1 - scores["accuracy"])
    exported = result.export("out")
    assert verify_in_child(exported).max_difference < 1e-5
    table = answer(exported, workshop / "digits")
    assert list(table.columns) == [
        *("file", "parity", "parity_probability", "how large", "how large_probability", "error")
    ]
    true = load_digits().target[[int(Path(name).stem) for name in table["file"]]]
    assert (table["parity"] == np.where(true % 2, "odd", "even")).mean() > 0.9
    assert (table["how large"] == SIZES[true // 4]).mean() > 0.85


def test_columns_of_a_table_are_told_at_once(workshop):
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 2))
    lines = ["a,b,side,error"]
    for a, b in x:
        lines.append(f"{a:.3f},{b:.3f},{'left' if a < 0 else 'right'},{int(b > 0.3) + int(b > 1)}")
    (workshop / "points.csv").write_text("\n".join(lines))
    source = {"type": "csv", "path": "points.csv", "target": ["side", "error"]}
    result = tabular.run(recipe(source), {"baseline.type": "constant"})
    scores, rival = result.scores["test"], result.judged.baseline["test"].values
    assert scores["accuracy"] > 0.8 > rival["accuracy"]
    assert rival["accuracy_of_error"] > 0.4
    table = answer(result.export("out"), workshop / "points.csv")
    assert set(table["side"]) == {"left", "right"}
    assert set(table["predicted_error"]) == {"0", "1", "2"}
    assert (table["error"] == "").all()


def test_what_a_recipe_says_of_outputs_is_checked(digits):
    changes = {
        "class_weight.*: must be balanced where there are several outputs": {
            "training.class_weight": {"even": 2}
        },
        "loss=softmax_cross_entropy: must take targets of shape": {"loss": "softmax_cross_entropy"},
        "must be one of accuracy, accuracy_of_how_large, accuracy_of_parity": {
            "evaluation.optimize": "r2"
        },
    }
    for message, change in changes.items():
        with pytest.raises(RecipeError, match=message):
            experiment.plan(image_classification.pipeline, recipe(digits), change)
