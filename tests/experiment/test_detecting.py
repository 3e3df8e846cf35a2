"""A detector's answers do not hang on how many pictures are asked about together."""

import keras
import numpy as np

from dlsuite.experiment import detecting
from dlsuite.models import localizer

SIDE, COUNT, MOST = 32, 5, 2


def test_large_pictures_are_answered_a_few_at_a_time(monkeypatch):
    keras.utils.set_random_seed(0)
    model = localizer((SIDE, SIDE, 3), 2, units=4)
    rng = np.random.default_rng(0)
    images = rng.uniform(size=(COUNT, SIDE, SIDE, 3)).astype("float32")
    sizes = np.array([[SIDE, SIDE + 9 * number] for number in range(COUNT)], "int32")
    shown = detecting.Detections(score_threshold=0.0, max_detections=1)

    def answers(most: int) -> dict[str, np.ndarray]:
        monkeypatch.setattr(detecting, "MOST_PIXELS", most * SIDE * SIDE)
        batches = [{"image": images, "size": sizes}]
        (said,) = detecting.answered(shown, (SIDE, SIDE), model, batches)
        return said

    together, apart = answers(COUNT), answers(MOST)
    assert together["boxes"].shape == (COUNT, 1, 4)
    assert len(np.unique(together["scores"])) == COUNT
    for name, values in together.items():
        np.testing.assert_allclose(apart[name], values, atol=1e-4)
