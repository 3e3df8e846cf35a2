"""Galleries: which images, which captions."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import image_grid, training_examples, worst_mistakes


def image(value, height=4, width=4, channels=1):
    return np.full((height, width, channels), value, dtype=np.uint8)


def captions(figure):
    return [axes.get_title() for axes in figure.axes]


def brightness(figure):
    return [round(float(axes.images[0].get_array().max()) * 255) for axes in figure.axes]


def answers(correct, loss):
    return pd.DataFrame(
        {
            "label": "cat",
            "predicted": np.where(correct, "cat", "dog"),
            "confidence": 0.75,
            "loss": loss,
            "correct": correct,
        }
    )


def test_images_of_any_size_and_kind_stand_under_their_captions(drawn):
    images = [
        image(255, 8, 8),
        image(10, 200, 300, 3),
        np.ones((30, 90, 3), dtype=np.float32),
        np.full((5, 5, 4), 1.5, dtype=np.float32),
    ]
    figure = drawn(
        image_grid(images, ["one", "$2", "x" * 40, "two\nlines"], columns=3, title="Train")
    )
    assert captions(figure) == ["one", "$2", "x" * 18 + "…", "two\nlines"]
    assert brightness(figure) == [255, 10, 255, 255]
    assert [axes.images[0].get_interpolation() for axes in figure.axes] == [
        "nearest",
        "antialiased",
        "antialiased",
        "nearest",
    ]


def test_one_image_makes_a_figure(drawn):
    drawn(image_grid([image(0)], ["alone"]))


@pytest.mark.parametrize(("images", "words"), [([], []), ([image(0)], ["a", "b"])])
def test_a_caption_belongs_to_each_image(images, words):
    with pytest.raises(ValueError, match=f"Received: {len(images)} images, {len(words)} captions"):
        image_grid(images, words)


def test_the_surest_mistakes_come_first(drawn):
    table = answers([True, False, False, True, False], [9.0, 1.0, 3.0, 0.1, 2.0])
    figure = drawn(worst_mistakes(table, image, count=2, split="dev"))
    assert brightness(figure) == [2, 4]  # Rows 2 and 4.
    assert captions(figure) == ["true cat\nsaid dog\n75% sure"] * 2
    assert figure.get_suptitle() == "The 2 worst of 3 mistakes in 5 dev examples"
    assert worst_mistakes(table, image).get_suptitle() == "All 3 mistakes in 5 examples"


def test_without_mistakes_the_least_certain_are_shown(drawn):
    figure = drawn(worst_mistakes(answers([True] * 3, [0.1, 0.3, 0.2]), image))
    assert brightness(figure) == [1, 2, 0]
    assert figure.get_suptitle() == "No mistake in 3 examples; the 3 least certain"


def test_a_long_name_does_not_hide_how_sure_the_answer_was(drawn):
    table = answers([False], [1.0]).assign(predicted="a dog of uncertain breed", confidence=1.0)
    figure = drawn(worst_mistakes(table, image))
    assert captions(figure) == ["true cat\nsaid a dog of unce…\n100% sure"]


def test_training_examples_stand_below_their_originals(drawn):
    originals = [image(255, 8, 8), image(51, 8, 16), image(0, 8, 4)]
    seen = np.stack([np.full((6, 5, 1), value, np.float32) for value in (0.2, 0.4, 1.5)])
    figure = drawn(training_examples(originals, [seen], ["a", "$b", "c" * 30], batch_size=64))
    cells = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in cells] == ["a", "", "$b", "", "c" * 12 + "…", ""]
    shades = [float(axes.images[0].get_array().max()) for axes in cells]
    np.testing.assert_allclose(shades, [1, 0.2, 0.2, 0.4, 0, 1], rtol=1e-6)
    assert figure.get_suptitle() == (
        "3 of the 64 examples in the first batch of training\n"
        "as the net sees them: 6 x 5 pixels, values from 0.20 to 1.50"
    )


@pytest.mark.parametrize(("count", "rows"), [(1, 2), (8, 2), (9, 4), (16, 4)])
def test_eight_training_examples_stand_in_a_row(count, rows, drawn):
    seen = np.zeros((count, 4, 4, 3), np.float32)
    figure = drawn(training_examples([image(0)] * count, [seen], ["name"] * count))
    assert sum(bool(axes.images) for axes in figure.axes) == 2 * count
    words = [axes.texts[0].get_text() for axes in figure.axes if axes.texts]
    assert words == ["original", "as seen"] * (rows // 2)
    assert f"The {count} examples" in figure.get_suptitle()


@pytest.mark.parametrize(("seen", "names"), [(1, []), (0, ["a"]), (2, ["a"])])
def test_every_training_example_needs_its_original_and_its_name(seen, names):
    with pytest.raises(ValueError, match=rf"1 originals, \[{seen}\] as seen, {len(names)} names"):
        training_examples([image(0)], [np.zeros((seen, 4, 4, 1))], names)


def test_each_draw_of_augmentation_has_a_row_with_what_it_is_made_of(drawn):
    draws = [np.full((2, 4, 4, 1), value, np.float32) for value in (0.25, 0.5, 0.75)]
    told = [["a", "b 0.7 + a 0.3"], ["a 0.6 + b 0.4", "b"], ["a", "b"]]
    figure = drawn(training_examples([image(0)] * 2, draws, ["a", "b"], told=told))
    words = [axes.texts[0].get_text() for axes in figure.axes if axes.texts]
    assert words == ["original", "step 1", "step 2", "step 3"]
    cells = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in cells] == [
        *("a", "a", "a 0.6\nb 0.4", "a"),
        *("b", "b 0.7\na 0.3", "b", "b"),
    ]
    shades = [float(axes.images[0].get_array().max()) for axes in cells]
    assert shades == [0, 0.25, 0.5, 0.75] * 2
    assert "as 3 steps draw them:\n4 x 4 pixels" in figure.get_suptitle()


def test_a_flat_picture_wastes_no_height():
    tall, flat = (image_grid([image(0, height, 8)] * 7, [""] * 7) for height in (20, 4))
    assert flat.get_size_inches()[1] < tall.get_size_inches()[1] / 2
