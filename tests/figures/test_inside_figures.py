"""What a net does inside, drawn: filters, heat, activations."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import Explained, activation_bars, filter_grid, heat_gallery


def filters(*shape):
    return np.random.default_rng(0).random(shape).astype("float32")


def mosaic(figure):
    (axes,) = figure.axes
    return axes.images[0].get_array()


def test_filters_stand_side_by_side_on_white(drawn):
    pictures = np.stack([np.full((1, 2, 3, 1), value, "float32") for value in (0, 0.25, 0.5)])
    figure = drawn(filter_grid(pictures, "conv1"))
    row = [0, 0, 0, 1, 0.25, 0.25, 0.25, 1, 0.5, 0.5, 0.5]
    np.testing.assert_allclose(mosaic(figure), [row, row])
    assert figure.get_suptitle() == (
        "The 3 filters of conv1, 2 x 3 weights\n"
        "each scaled by its largest weight; mid-grey is a weight of 0"
    )


@pytest.mark.parametrize(
    ("shape", "title", "size"),
    [
        # Rows and columns of pictures, with a line of white between them.
        ((64, 1, 7, 7, 3), "The 64 filters of conv1, 7 x 7 weights in colour", (4, 16)),
        ((96, 1, 11, 11, 3), "64 of the 96 filters of conv1, 11 x 11 weights in colour", (4, 16)),
        ((17, 1, 3, 3, 1), "The 17 filters of conv1, 3 x 3 weights", (2, 16)),
        ((6, 4, 3, 3, 1), "The 6 filters of conv1, 3 x 3 weights, 4 channels side by", (2, 16)),
        ((8, 12, 3, 3, 1), "The 8 filters of conv1, 3 x 3 weights, the first 8 of 12", (4, 16)),
        ((128, 1, 28, 28, 1), "64 of the 128 filters of conv1, 28 x 28 weights", (4, 16)),
        ((1, 1, 3, 3, 1), "The 1 filters of conv1", (1, 1)),
    ],
)
def test_any_number_of_filters_fits(shape, title, size, drawn):
    figure = drawn(filter_grid(filters(*shape), "conv1"))
    assert figure.get_suptitle().startswith(title)
    height, width = np.multiply(size, np.add(shape[2:4], 1)) - 1
    assert mosaic(figure).shape[:2] == (height, width)
    assert figure.get_size_inches()[0] <= 8.6 + 1e-9


@pytest.mark.parametrize("shape", [(0, 1, 3, 3, 1), (2, 3, 3, 1), (2, 1, 3, 3, 2)])
def test_what_is_no_filter_is_refused(shape):
    with pytest.raises(ValueError, match=r"\[N, G, h, w, C\] with C of 1 or 3. Received: \["):
        filter_grid(np.zeros(shape), "conv1")


def explained(heats, channels=1, height=8, width=8):
    warm = np.zeros((height, width), "float32")
    warm[0, 0] = 4
    image = np.full((height, width, channels), 0.5, "float32")
    captions = [f"for class {number}\n9{number}% sure" for number in range(heats)]
    return Explained(
        image, "a name that is too long for its cell", tuple((warm, c) for c in captions)
    )


@pytest.mark.parametrize(("right", "wrong"), [(6, 6), (1, 0), (0, 1), (2, 5)])
def test_right_answers_have_one_map_and_wrong_ones_two(right, wrong, drawn):
    figure = drawn(heat_gallery([explained(1)] * right, [explained(2)] * wrong, "What spoke"))
    assert len(figure.axes) == 2 * right + 3 * wrong
    words = [text.get_text() for text in figure.texts]
    assert words == ["What spoke"] + ["right"] * (right > 0) + ["wrong"] * (wrong > 0)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:2] == ["a name that is too…", "for class 0\n90% sure"]


@pytest.mark.parametrize(("channels", "height", "width"), [(3, 64, 64), (4, 90, 60), (1, 20, 90)])
def test_images_of_any_form_are_warm_where_the_heat_is(channels, height, width, drawn):
    figure = drawn(heat_gallery([explained(1, channels, height, width)], [], "What spoke"))
    image, overlay = (axes.images[0].get_array() for axes in figure.axes)
    assert image.shape == overlay.shape == (height, width, 3)
    assert overlay[0, 0].sum() > overlay[1:].sum(axis=-1).max()
    assert np.ptp(image) == 0


def test_without_heat_the_picture_is_only_darkened():
    cold = Explained(np.full((4, 4, 1), 0.8, "float32"), "a", ((np.zeros((4, 4)), "for a"),))
    figure = heat_gallery([cold], [], "What spoke")
    assert np.isfinite(figure.axes[1].images[0].get_array()).all()
    np.testing.assert_allclose(figure.axes[1].images[0].get_array(), 0.6, atol=0.01)


def test_a_gallery_needs_an_image():
    with pytest.raises(ValueError, match="at least one image"):
        heat_gallery([], [], "What spoke")


def statistics(count, nonlinearity="relu"):
    rectifier = nonlinearity == "relu"
    numbers = pd.array(np.arange(count) % 33, dtype="Int64")
    missing = pd.array([None] * count, dtype="Int64")
    return pd.DataFrame(
        {
            "layer": [f"conv{number}_a_long_name_of_a_relu" for number in range(count)],
            "nonlinearity": nonlinearity,
            "units": 32,
            "mean": np.linspace(0, 2, count),
            "std": 1.0,
            "zeros": np.linspace(0, 1, count),
            "dead": numbers if rectifier else missing,
            "stuck": missing if rectifier else numbers,
            "examples": 256,
        }
    )


@pytest.mark.parametrize(
    ("count", "nonlinearity"),
    [(1, "linear"), (20, "tanh"), (110, "relu")],
)
def test_any_number_of_layers_can_be_read(count, nonlinearity, drawn):
    figure = drawn(activation_bars(statistics(count, nonlinearity), split="dev"))
    assert len(figure.axes[0].get_yticklabels()) == count
    assert figure.axes[0].get_yticklabels()[0].get_fontsize() >= 5
    width, height = figure.get_size_inches()
    assert width <= 8.6 + 1e-9
    assert height < 12.5


def test_silent_units_are_counted_beside_their_bars(drawn):
    table = pd.concat([statistics(34), statistics(2, "linear")], ignore_index=True)
    figure = drawn(activation_bars(table))
    silent, zeros, _ = figure.axes
    assert figure.get_suptitle() == "34 layers behind a nonlinearity, over 256 examples"
    assert [bar.get_width() for bar in silent.patches] == [(n % 33) / 32 for n in range(34)]
    written = [text.get_text() for text in silent.texts]
    assert written[:2] == ["1 of 32", "2 of 32"]
    assert len(written) == 32
    np.testing.assert_allclose([bar.get_width() for bar in zeros.patches], np.linspace(0, 1, 34))


def test_a_table_without_layers_is_refused():
    with pytest.raises(ValueError, match="at least one layer"):
        activation_bars(statistics(0))
