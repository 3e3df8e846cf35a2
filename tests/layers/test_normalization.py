"""Local response normalization against a loop over the paper's formula, and TensorFlow's own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dlsuite.layers import LocalResponseNormalization

FORMS = ((2, 2.0, 1e-4, 0.75), (1, 1.0, 0.5, 0.5), (5, 0.3, 2.0, 1.5), (0, 1.0, 1.0, 1.0))


def by_hand(x, radius, k, alpha, beta):
    out = np.empty_like(x)
    for c in range(x.shape[-1]):
        low, high = max(0, c - radius), min(x.shape[-1], c + radius + 1)
        energy = sum(x[..., j] ** 2 for j in range(low, high))
        out[..., c] = x[..., c] / (k + alpha * energy) ** beta
    return out


@pytest.fixture(scope="module")
def maps():
    return np.random.default_rng(0).normal(scale=3, size=(2, 4, 5, 7)).astype("float32")


@pytest.mark.parametrize(("radius", "k", "alpha", "beta"), FORMS)
def test_it_is_the_formula_of_the_paper_and_tensorflows(maps, radius, k, alpha, beta):
    ours = LocalResponseNormalization(radius, k, alpha, beta)(maps)
    np.testing.assert_allclose(ours, by_hand(maps, radius, k, alpha, beta), rtol=2e-6)
    theirs = tf.nn.local_response_normalization(maps, radius, k, alpha, beta)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_one_map_is_divided_by_its_own_energy_alone():
    ours = LocalResponseNormalization(2, 1.0, 1.0, 1.0)(np.full((1, 1, 1, 1), 3.0, "float32"))
    assert float(ours[0, 0, 0, 0]) == pytest.approx(3 / 10)


def test_half_precision_keeps_squares_that_it_cannot_hold():
    layer = LocalResponseNormalization(2, 2.0, 1e-4, 0.75, dtype="mixed_float16")
    large = np.full((1, 1, 1, 3), 1000.0, "float16")  # Its square is past 65,504.
    ours = keras.ops.convert_to_numpy(layer(large))
    np.testing.assert_allclose(ours, 1000 / (2 + 1e-4 * 3e6) ** 0.75, rtol=1e-3)
    assert ours.dtype == np.float16


@pytest.mark.parametrize("wrong", [{"depth_radius": -1}, {"k": 0.0}])
def test_what_would_divide_by_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="`depth_radius` must be at least 0 and `k` above 0"):
        LocalResponseNormalization(**wrong)
