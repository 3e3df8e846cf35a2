"""Galleries: which images, which captions."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import image_grid, worst_mistakes


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
    assert captions(figure) == ["one", "$2", "x" * 21 + "…", "two\nlines"]
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
    figure = drawn(worst_mistakes(table, image, count=2))
    assert brightness(figure) == [2, 4]  # Rows 2 and 4.
    assert captions(figure) == ["true cat\nsaid dog 75%"] * 2
    assert figure.get_suptitle() == "2 worst of 3 mistakes in 5 examples"


def test_without_mistakes_the_least_certain_are_shown(drawn):
    figure = drawn(worst_mistakes(answers([True] * 3, [0.1, 0.3, 0.2]), image))
    assert brightness(figure) == [1, 2, 0]
    assert figure.get_suptitle() == "No mistake in 3 examples; the least certain 3"


def test_a_long_name_does_not_hide_how_sure_the_answer_was(drawn):
    table = answers([False], [1.0]).assign(predicted="a dog of uncertain breed", confidence=1.0)
    figure = drawn(worst_mistakes(table, image))
    assert captions(figure) == ["true cat\nsaid a dog of un… 100%"]
