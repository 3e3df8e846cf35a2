"""Pictures of any size from a folder; weights by class; rivals; what only the data can tell."""

import numpy as np
import pytest
from PIL import Image

from dlsuite.ops import class_weights
from dlsuite.recipe import RecipeError
from dlsuite.serving import answer
from dlsuite.targets import OneClass
from dlsuite.tracking import Store
from pipelines import image_classification
from pipelines.image_classification import preprocessing

FEW = {"training.epochs": 2}


@pytest.fixture
def pictures(workshop):
    """Dark and light squares of unequal sizes, 30 and 15 of them."""
    random = np.random.default_rng(0)
    for name, level, count in (("dark", 40, 30), ("light", 200, 15)):
        (workshop / "pictures" / name).mkdir(parents=True)
        for number in range(count):
            size = tuple(random.integers(9, 15, 2))
            pixels = np.clip(random.normal(level, 20, (*size, 3)), 0, 255).astype("uint8")
            Image.fromarray(pixels).save(workshop / "pictures" / name / f"{number}.png")
    return workshop / "pictures"


def recipe(pictures, **changes):
    data = {"source": {"type": "image_folder", "path": str(pictures)}, "image_size": [8, 8],
            "batch_size": 8, "split": {"train": 0.6, "dev": 0.2, "test": 0.2}}  # fmt: skip
    model = {"type": "mlp", "hidden": [8]}
    optimizer = {"type": "Adam", "learning_rate": 0.01}
    return {"data": data, "model": model, "optimizer": optimizer} | changes


def test_a_folder_of_unequal_pictures_becomes_a_model_that_answers_for_files(pictures, workshop):
    result = image_classification.run(
        recipe(pictures), {"training.epochs": 12, "training.class_weight": "balanced"}
    )
    assert result.scores["test"]["accuracy"] == 1.0
    assert set(result.judged.baseline) == {"train", "dev", "test"}
    kept = Store.open().find(result.run_id).artifacts()
    assert {"activations.csv", "figures/activations.png", "figures/first_filters.png"} <= set(kept)
    table = answer(result.export("out"), pictures)
    assert len(table) == 45
    named = table["file"].str.contains("light").map({True: "light", False: "dark"})
    assert (table["class_name"] == named).mean() > 0.95


@pytest.mark.slow
def test_a_picture_under_two_labels_is_named_with_its_places(pictures):
    (pictures / "light" / "copy.png").write_bytes((pictures / "dark" / "3.png").read_bytes())
    result = image_classification.run(recipe(pictures), FEW)
    (note,) = [note for note in result.notes if "different labels" in note]
    assert note.startswith("1 example occurs with different labels: ")
    assert "dark/3.png" in note
    assert "light/copy.png" in note


@pytest.mark.slow
def test_what_was_left_out_is_said_on_the_run(pictures):
    (pictures / "dark" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    with pytest.raises(RecipeError, match=r"1 of 46 images cannot be used.*\n.*torn\.png"):
        image_classification.run(recipe(pictures), FEW)
    skip = FEW | {"data.on_bad_example": "skip"}
    result = image_classification.run(recipe(pictures), skip)
    (note, *_) = result.notes
    assert note.startswith("1 bad example was left out: dark/torn.png: ")
    assert note in Store.open().find(result.run_id).tags["mlflow.note.content"]


@pytest.mark.slow
def test_the_most_frequent_class_is_a_rival_too(pictures):
    result = image_classification.run(recipe(pictures), FEW | {"baseline.type": "most_frequent"})
    shares = result.judged.examples["test"].rows["label"]
    expected = float(np.mean(shares == 0))
    assert result.judged.baseline["test"].values["accuracy"] == pytest.approx(expected)
    without = image_classification.run(recipe(pictures), FEW | {"baseline": None})
    assert without.judged.baseline == {}


def test_serving_and_training_share_one_preprocessing():
    info = image_classification.ImageInfo((4, 4, 1), OneClass(("a", "b"), (1, 1)))
    image = np.arange(16, dtype="uint8").reshape(1, 4, 4, 1)
    np.testing.assert_allclose(preprocessing(info, "stretch")(image), image / 255.0, rtol=1e-6)


# A picture twice as wide as high: red on the left, green in the middle, blue on the right.
WIDE = np.zeros((1, 20, 40, 3), "uint8")
for place, (start, end) in enumerate([(0, 10), (10, 30), (30, 40)]):
    WIDE[:, :, start:end, place] = 255


@pytest.mark.parametrize(
    ("resize", "corner", "left"),
    [("stretch", [1, 0, 0], [1, 0, 0]), ("crop", [0, 1, 0], [0, 1, 0]),
     ("letterbox", [0.5, 0.5, 0.5], [1, 0, 0])],
)  # fmt: skip
def test_other_proportions_are_stretched_cropped_or_bordered(resize, corner, left):
    info = image_classification.ImageInfo((10, 10, 3), OneClass(("a", "b"), (1, 1)))
    small = np.asarray(preprocessing(info, resize)(WIDE))
    assert small.shape == (1, 10, 10, 3)
    np.testing.assert_allclose(small[0, 0, 0], corner, atol=0.01)
    np.testing.assert_allclose(small[0, 5, 0], left, atol=0.01)
    np.testing.assert_allclose(small[0, 5, 5], [0, 1, 0], atol=0.01)


def test_a_table_is_no_picture(workshop):
    with pytest.raises(RecipeError, match=r"a source of pictures with .* Received: wine\."):
        image_classification.run({"data": {"source": "wine"}, "model": "mlp"})


def test_what_only_the_data_can_tell_comes_with_its_place(pictures):
    with pytest.raises(RecipeError, match=r"training\.class_weight\.bright: must be one of"):
        image_classification.run(recipe(pictures), {"training.class_weight": {"bright": 2.0}})
    with pytest.raises(RecipeError, match=r"evaluation\.optimize=bleu: must be one of accuracy"):
        image_classification.run(recipe(pictures), {"evaluation.optimize": "bleu"})


def test_balanced_weights_make_the_mean_weight_one():
    weights = class_weights("balanced", ("a", "b", "c"), (10, 30, 0))
    np.testing.assert_allclose(weights, [2.0, 2 / 3, 0.0], rtol=1e-6)
    np.testing.assert_allclose(weights[:2] @ [10, 30] / 40, 1.0, rtol=1e-6)
    np.testing.assert_allclose(class_weights({"b": 3}, ("a", "b"), (1, 1)), [1, 3])
