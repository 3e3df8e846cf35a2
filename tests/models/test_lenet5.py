"""LeNet-5 against an independent NumPy forward pass and the figures of the 1998 paper."""

import keras
import numpy as np
import pytest

from dlsuite.models import lenet5
from dlsuite.models.lenet5 import TrainableSubsampling, scaled_tanh

# Table I as printed: rows are maps of S2, columns maps of C3.
TABLE_I = """
X . . . X X X . . X X X X . X X
X X . . . X X X . . X X X X . X
X X X . . . X X X . . X . X X X
. X X X . . X X X X . . X . X X
. . X X X . . X X X X . X X . X
. . . X X X . . X X X X . X X X
"""
CONNECTED = np.array([[c == "X" for c in row.split()] for row in TABLE_I.strip().split("\n")])

# Trainable parameters of each stage, section II.B.
PAPER_COUNTS = {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}


def squash(a: np.ndarray) -> np.ndarray:
    return 1.7159 * np.tanh(2 / 3 * a)


def convolve(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Valid correlation, position by position: `[B, H, W, C]` with `[5, 5, C, K]`."""
    side = maps.shape[1] - 4
    out = np.empty((len(maps), side, side, kernel.shape[-1]))
    for row in range(side):
        for column in range(side):
            field = maps[:, row : row + 5, column : column + 5]
            out[:, row, column] = np.einsum("bhwc,hwck->bk", field, kernel) + bias
    return out


def subsample(maps: np.ndarray, coefficient: np.ndarray, bias: np.ndarray) -> np.ndarray:
    total = sum(maps[:, i::2, j::2] for i in (0, 1) for j in (0, 1))
    return squash(total * coefficient + bias)


def shuffled(model: keras.Model) -> dict[str, list[np.ndarray]]:
    """Gives every weight, biases too, a new value; fresh ones prove little."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(rng.normal(scale=0.3, size=weight.shape))
    return {layer.name: layer.get_weights() for layer in model.layers}


def paper_forward(images: np.ndarray, weights: dict[str, list[np.ndarray]]) -> np.ndarray:
    x = np.where(images == 1, 1.175, np.where(images == 0, -0.1, images * 1.275 - 0.1))
    x = squash(convolve(x, *weights["c1"]))
    x = subsample(x, *weights["s2"])
    # Kernels of C3 are kept map by map, the sources of each in ascending order.
    compact, bias = weights["c3"]
    dense = np.zeros((5, 5, 6, 16))
    targets, sources = np.nonzero(CONNECTED.T)
    dense[:, :, sources, targets] = compact
    x = squash(convolve(x, dense, bias))
    x = subsample(x, *weights["s4"])
    x = squash(convolve(x, *weights["c5"]))[:, 0, 0]
    kernel, bias = weights["f6"]
    x = squash(x @ kernel + bias)
    kernel, bias = weights["output"]
    return x @ kernel + bias


def test_paper_form_is_the_numpy_forward_of_the_paper() -> None:
    model = lenet5((32, 32, 1), 10, variant="paper")
    weights = shuffled(model)
    images = np.random.default_rng(2).uniform(size=(3, 32, 32, 1)).round(1)
    expected = paper_forward(images, weights)
    assert np.abs(expected).max() > 1  # the comparison is of something
    np.testing.assert_allclose(model(images), expected, rtol=1e-4, atol=1e-5)


def test_paper_form_pads_28_pixels_with_background() -> None:
    model = lenet5((28, 28, 1), 10, variant="paper")
    weights = shuffled(model)
    images = np.random.default_rng(3).uniform(size=(2, 28, 28, 1))
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    np.testing.assert_allclose(model(images), paper_forward(padded, weights), rtol=1e-4, atol=1e-5)


def test_modern_form_is_its_numpy_forward() -> None:
    model = lenet5((32, 32, 3), 7)
    weights = shuffled(model)
    images = np.random.default_rng(4).uniform(size=(2, 32, 32, 3))
    x = np.maximum(convolve(images, *weights["c1"]), 0)
    x = sum(x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
    x = np.maximum(convolve(x, *weights["c3"]), 0)
    x = sum(x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)) / 4
    x = np.maximum(convolve(x, *weights["c5"])[:, 0, 0], 0)
    x = np.maximum(x @ weights["f6"][0] + weights["f6"][1], 0)
    expected = x @ weights["output"][0] + weights["output"][1]
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(model(images), expected, rtol=1e-4, atol=1e-4)


def test_each_stage_of_the_paper_form_has_the_parameters_that_the_paper_counts() -> None:
    model = lenet5((32, 32, 1), 10, variant="paper")
    counts = {name: model.get_layer(name).count_params() for name in PAPER_COUNTS}
    assert counts == PAPER_COUNTS
    assert sum(counts.values()) == 60_000
    assert model.get_layer("output").count_params() == 850
    assert not model.non_trainable_weights


def test_stages_have_the_maps_that_the_paper_draws() -> None:
    shapes = {
        "c1": (28, 28, 6), "s2": (14, 14, 6), "c3": (10, 10, 16), "s4": (5, 5, 16),
        "c5": (1, 1, 120), "f6": (84,), "output": (10,),
    }  # fmt: skip
    models = [
        lenet5((32, 32, 1), 10, variant="paper"),
        lenet5((28, 28, 1), 10, variant="paper"),
        lenet5((32, 32, 1), 10),
        lenet5((28, 28, 1), 10),
    ]
    for model in models:
        assert {name: model.get_layer(name).output.shape[1:] for name in shapes} == shapes


def test_table_one_has_60_connections() -> None:
    assert CONNECTED.sum() == 60  # 60 * 25 kernels + 16 biases = 1516
    assert list(CONNECTED.sum(axis=0)) == [3] * 6 + [4] * 9 + [6]


def test_maps_of_c3_do_not_see_what_the_table_denies() -> None:
    model = lenet5((32, 32, 1), 10, variant="paper")
    layer = model.get_layer("c3")
    quiet = np.zeros((1, 14, 14, 6))
    answers = [keras.ops.convert_to_numpy(layer(quiet))]
    for source in range(6):
        loud = quiet.copy()
        loud[..., source] = 1
        answers.append(keras.ops.convert_to_numpy(layer(loud)))
    changed = [np.any(a != answers[0], axis=(0, 1, 2)) for a in answers[1:]]
    np.testing.assert_array_equal(changed, CONNECTED)


def test_squashing_keeps_one_and_minus_one() -> None:
    np.testing.assert_allclose(scaled_tanh(keras.ops.array([-1.0, 0, 1])), [-1, 0, 1], atol=1e-4)


def test_subsampling_adds_each_block_before_its_coefficient() -> None:
    layer = TrainableSubsampling()
    block = np.array([[1.0, 2], [3, 4]]).reshape(1, 2, 2, 1)
    layer.build(block.shape)
    layer.coefficient.assign([0.1])
    layer.bias.assign([-0.4])
    # (1 + 2 + 3 + 4) * 0.1 - 0.4 = 0.6
    expected = 1.7159 * np.tanh(0.4)
    np.testing.assert_allclose(layer(block), np.full((1, 1, 1, 1), expected), rtol=1e-6)


def test_weights_start_within_2_4_by_fan_in_and_fill_it() -> None:
    keras.utils.set_random_seed(0)
    model = lenet5((32, 32, 1), 10, variant="paper")
    for name, fan_in in {"c1": 25, "c5": 400, "f6": 120, "output": 84}.items():
        kernel, bias = model.get_layer(name).get_weights()
        assert 0.95 * 2.4 / fan_in < np.abs(kernel).max() <= 2.4 / fan_in
        assert not bias.any()
    for name in ("s2", "s4"):
        assert np.abs(model.get_layer(name).get_weights()[0]).max() <= 2.4 / 4
    kernel = np.abs(model.get_layer("c3").get_weights()[0])
    seen = CONNECTED.sum(axis=0)  # [16]
    relative = kernel * np.repeat(25 * seen, seen) / 2.4  # [5, 5, 60]
    assert relative.max() <= 1 + 1e-6
    assert relative.max(axis=(0, 1)).min() > 0.7


def test_dropout_acts_on_c5_and_f6_in_training_alone() -> None:
    for variant in ("modern", "paper"):
        model = lenet5((32, 32, 1), 10, variant=variant, dropout=0.5)
        images = np.ones((1, 32, 32, 1))
        still = keras.ops.convert_to_numpy(model(images))
        np.testing.assert_array_equal(still, model(images))
        assert not np.allclose(still, model(images, training=True))
        assert {"dropout_c5", "dropout_f6"} <= {layer.name for layer in model.layers}


@pytest.mark.parametrize(
    ("shape", "c5"),
    [((28, 28, 1), (1, 1)), ((30, 40, 3), (1, 4)), ((64, 33, 2), (9, 1)), ((36, 36, 1), (2, 2))],
)
def test_modern_form_takes_any_sides_that_leave_c5_a_field(
    shape: tuple[int, int, int], c5: tuple[int, int]
) -> None:
    model = lenet5(shape, 4)
    assert model.get_layer("c5").output.shape[1:3] == c5
    assert model(np.zeros((2, *shape))).shape == (2, 4)


@pytest.mark.parametrize("shape", [(8, 8, 1), (27, 40, 1), (40, 27, 3), (None, 32, 1), (32, 32)])
def test_modern_form_refuses_a_geometry_without_a_field_for_c5(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"at least 28.*Received: input_shape=\("):
        lenet5(shape, 10)


@pytest.mark.parametrize("shape", [(64, 64, 1), (32, 32, 3), (28, 32, 1)])
def test_paper_form_refuses_what_the_paper_does_not_describe(shape: tuple) -> None:
    with pytest.raises(ValueError, match=r"\[\(32, 32, 1\), \(28, 28, 1\)\].*Received"):
        lenet5(shape, 10, variant="paper")


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValueError, match=r"one of \['modern', 'paper'\]. Received: 'classic'"):
        lenet5((32, 32, 1), 10, variant="classic")  # type: ignore[arg-type]
