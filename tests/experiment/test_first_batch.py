"""The first batch that pictures show is the one that was trained on."""

import numpy as np
import pytest
from PIL import Image

from dlsuite import experiment
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
    shown, _ = ready.first_batch()
    for one, other in zip(shown, trained_on, strict=True):
        np.testing.assert_array_equal(one, np.asarray(other))


def test_its_raw_examples_stand_in_its_order(folder):
    ready = learner(folder)
    (seen, labels, *_), raw = ready.first_batch()
    assert len(seen) == len(raw) == 8
    np.testing.assert_array_equal(labels, raw.rows["label"])
    for row in range(8):  # not augmented: encoding the raw example gives what was seen
        alone, *_ = ready.encode({"image": raw.read(row)["image"][None], "label": labels[:1]})
        np.testing.assert_allclose(seen[row], np.asarray(alone)[0], atol=1e-6)


def test_no_other_example_is_encoded_for_it(monkeypatch):
    ready = learner({"type": "digits"}, cache="memory")
    monkeypatch.setattr("dlsuite.data.feed.encoded", None)  # makes the cache
    assert len(ready.first_batch()[1]) == 8
    with pytest.raises(TypeError):
        ready.batches(0)
