"""How much a present label weighs against an absent one."""

import numpy as np

from dlsuite.ops import positive_weights

LABELS = ("rain", "wind", "snow", "sun")


def test_examples_with_and_without_a_label_weigh_the_same_together():
    weights = positive_weights("balanced", LABELS, (2, 8, 0, 10), 10)
    np.testing.assert_allclose(weights, [4, 1 / 4, 1, 1])
    np.testing.assert_allclose(weights[:2] * [2, 8], [8, 2], rtol=1e-6)


def test_labels_that_are_not_named_weigh_one():
    np.testing.assert_allclose(positive_weights({"snow": 3}, LABELS, (1, 1, 1, 1), 4), [1, 1, 3, 1])
