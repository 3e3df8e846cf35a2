"""The first batch that pictures show is the one that was trained on."""

import numpy as np
import pytest
from PIL import Image

from dlsuite import experiment
from dlsuite.recipe import RecipeError
from pipelines import image_classification

AUGMENT = [{"type": "RandomTranslation", "height_factor": 0.3, "width_factor": 0.3}]


def learner(source, **data):
    recipe = {
        "pipeline": "image_classification",
        "data": {"source": source, "image_size": [32, 32], "batch_size": 8, **data},
        "model": {"type": "lenet5"},
        "training": {"seed": 3, "epochs": 2},
    }
    return experiment.plan(image_classification.pipeline, recipe).learner


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two classes of pictures of different sizes."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for number in range(24):
        side = 20 + number
        place = folder / ("dark", "light")[number % 2]
        place.mkdir(exist_ok=True)
        pixels = random.integers(100 * (number % 2), 256, (side, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png")
    return {"type": "image_folder", "path": str(folder)}


@pytest.mark.parametrize("cache", ["none", "memory"])
def test_the_augmented_batch_is_the_one_trained_on(cache):
    ready = learner({"type": "digits"}, augment=AUGMENT, cache=cache)
    trained_on = next(iter(ready.batches(0).dataset))
    (shown,), _ = ready.first_draws(1)
    for one, other in zip(shown, trained_on, strict=True):
        np.testing.assert_array_equal(one, np.asarray(other))


def test_its_raw_examples_stand_in_its_order(folder):
    ready = learner(folder)
    ((seen, labels, *_),), raw = ready.first_draws(1)
    assert len(seen) == len(raw) == 8
    np.testing.assert_array_equal(labels, raw.rows["label"])
    for row in range(8):  # not augmented: encoding the raw example gives what was seen
        alone, *_ = ready.encode({"image": raw.read(row)["image"][None], "label": labels[:1]})
        np.testing.assert_allclose(seen[row], np.asarray(alone)[0], atol=1e-6)


def test_no_other_example_is_encoded_for_it(monkeypatch):
    ready = learner({"type": "digits"}, cache="memory")
    monkeypatch.setattr("dlsuite.data.feed.encoded", None)  # makes the cache
    assert len(ready.first_draws(1)[1]) == 8
    with pytest.raises(TypeError):
        ready.batches(0)


def test_later_draws_of_the_same_examples_are_those_of_later_steps():
    ready = learner({"type": "digits"}, augment=[*AUGMENT, {"type": "MixUp"}])
    drawn, raw = ready.first_draws(3)
    assert len(drawn) == 3
    again, _ = ready.first_draws(1)
    trained_on = next(iter(ready.batches(0).dataset))
    for one, other, trained in zip(drawn[0], again[0], trained_on, strict=True):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, np.asarray(trained))
    assert not np.array_equal(drawn[0][0], drawn[1][0])
    assert not np.array_equal(drawn[1][1], drawn[2][1])
    # Every share of a class is of examples of the batch.
    present = np.isin(np.arange(10), raw.rows["label"])
    for _, shares in drawn:
        np.testing.assert_allclose(shares.sum(-1), 1, atol=1e-6)
        assert not shares[:, ~present].any()


def test_without_augmentation_there_is_one_draw():
    assert len(learner({"type": "digits"}).first_draws(4)[0]) == 1


def test_a_layer_that_cannot_take_the_images_is_refused_where_the_recipe_names_it():
    hue = {"type": "RandomHue", "factor": 0.2, "value_range": [0, 1]}
    message = r"data\.augment: does not fit these images\. RandomHue cannot change images of shape"
    with pytest.raises(RecipeError, match=message):
        learner({"type": "digits"}, augment=[hue])
