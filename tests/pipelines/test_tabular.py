"""Tables with numbers, texts and gaps; numbers are predicted in the target's own unit."""

import keras
import numpy as np
import pytest

from dlsuite.recipe import RecipeError
from dlsuite.serving import answer
from pipelines import tabular


@pytest.fixture
def houses(workshop):
    """Price = 1000 * size + 50,000 in the city, with some sizes missing."""
    random = np.random.default_rng(0)
    sizes, city = random.uniform(40, 200, 300), random.random(300) < 0.5
    rows = ["size,place,price"]
    for number, (size, inside) in enumerate(zip(sizes, city, strict=True)):
        price = 1000 * size + 50_000 * inside
        shown = "" if number % 100 == 7 else f"{size:.1f}"
        rows.append(f"{shown},{'city' if inside else 'country'},{price:.0f}")
    path = workshop / "houses.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def recipe(path, target):
    return {
        "data": {
            "source": {"type": "csv", "path": str(path), "target": target},
            "batch_size": 16,
            "on_bad_example": "skip",
        },
        "model": {"type": "mlp", "hidden": [16]},
        "optimizer": {"type": "Adam", "learning_rate": 0.02},
    }


def test_a_number_is_predicted_in_its_own_unit(houses, workshop):
    result = tabular.run(recipe(houses, "price"), {"training.epochs": 15})
    assert result.scores["test"]["r2"] > 0.9
    assert result.judged.baseline["test"].values["r2"] > 0.9
    table = answer(result.export("out"), houses)
    known = table["prediction"].to_numpy(float)[:5]
    assert (known > 20_000).all()


def test_another_loss_by_its_keras_name(houses):
    huber = {"type": "Huber", "delta": 20_000.0}
    result = tabular.run(recipe(houses, "price"), {"training.epochs": 2, "loss": huber})
    assert isinstance(result.model.loss, keras.losses.Huber)


def test_a_text_is_predicted_as_a_class(houses):
    result = tabular.run(
        recipe(houses, "place"), {"training.epochs": 3, "training.class_weight": {"city": 2.0}}
    )
    assert set(result.judged.scores["dev"].examples["label"]) == {"city", "country"}


@pytest.mark.slow
def test_constant_rivals(houses):
    constant = {"training.epochs": 1, "baseline.type": "constant"}
    number = tabular.run(recipe(houses, "price"), constant)
    assert number.judged.baseline["train"].values["r2"] == pytest.approx(0, abs=1e-9)
    text = tabular.run(recipe(houses, "place"), constant)
    assert 0.3 < text.judged.baseline["test"].values["accuracy"] < 0.7
    none = tabular.run(recipe(houses, "place"), {"training.epochs": 1, "baseline": None})
    assert none.judged.baseline == {}


def test_pictures_are_no_table(workshop):
    pictures = {"data": {"source": "digits"}, "model": "mlp"}
    with pytest.raises(RecipeError, match=r"such as csv, wine or diabetes. Received: digits\."):
        tabular.run(pictures)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"training.class_weight": "balanced"}, "needs classes; price is a number"),
        ({"regularization.label_smoothing": 0.1}, "needs classes; price is a number"),
        ({"evaluation.optimize": "accuracy"}, "must be one of loss, mae, mse, r2, rmse"),
    ],
)
def test_keys_that_need_classes_are_refused_for_numbers(houses, change, message):
    with pytest.raises(RecipeError, match=message):
        tabular.run(recipe(houses, "price"), change)


def test_rows_with_gaps_are_kept_and_answered_where_they_are_imputed(houses, workshop):
    text = houses.read_text().replace("country", "", 10)
    houses.write_text(text)
    source = {"type": "csv", "path": str(houses), "target": "price", "missing": "impute"}
    asked = recipe(houses, "price")
    asked["data"]["source"] = source
    result = tabular.run(asked, {"training.epochs": 15})
    assert sum(map(len, result.judged.examples.values())) == 300
    assert result.scores["test"]["r2"] > 0.85
    assert result.judged.baseline["test"].values["r2"] > 0.85
    table = answer(result.export("out"), houses)
    assert len(table) == 300
    assert (table["error"] == "").all()
    assert (table["prediction"] > 20_000).all()
