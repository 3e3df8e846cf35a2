"""Traits of pictures are those that a person would name."""

import numpy as np
import pytest

from dlsuite.data.appearance import LARGEST, WORDS, appearance


def checked(side=16, low=0, high=255, cell=1):
    """A chessboard."""
    rows, columns = np.indices((side, side)) // cell
    return np.where((rows + columns) % 2, high, low).astype(np.uint8)[..., None]


def test_a_chessboard_of_black_and_white_by_hand():
    traits, thumbnails = appearance([checked()])
    assert traits["brightness"] == pytest.approx(0.5)
    assert traits["contrast"] == pytest.approx(0.5)
    assert traits["sharpness"] == pytest.approx(1.0)
    assert (traits["height"][0], traits["width"][0]) == (16, 16)
    assert thumbnails == pytest.approx(np.full((1, 64), 0.5))


def test_darker_flatter_and_coarser_pictures_are_told():
    traits = appearance([checked(), checked(high=100), checked(cell=4)]).traits
    assert traits["brightness"][1] < traits["brightness"][0]
    assert traits["contrast"][1] < traits["contrast"][0]
    assert traits["sharpness"][2] < traits["sharpness"][0]


def test_colour_is_told_of_colour_alone():
    red = np.zeros((4, 6, 3), np.uint8)
    red[..., 0] = 255
    grey = np.full((4, 6, 3), 100, np.uint8)
    traits = appearance([red, grey]).traits
    assert set(traits) == set(WORDS)
    assert traits["saturation"] == pytest.approx([1.0, 0.0])
    assert traits["redness"] == pytest.approx([1 - 0.299, 0.0], abs=1e-6)
    assert traits["blueness"] == pytest.approx([-0.299, 0.0], abs=1e-6)
    assert "redness" not in appearance([grey[..., :1]]).traits


@pytest.mark.parametrize("channels", [1, 3])
def test_large_pictures_are_shrunk_and_keep_their_size(channels):
    picture = np.full((3 * LARGEST, 2 * LARGEST, channels), 51, np.uint8)
    traits, thumbnails = appearance([picture])
    assert (traits["height"][0], traits["width"][0]) == (3 * LARGEST, 2 * LARGEST)
    assert traits["brightness"] == pytest.approx(0.2)
    assert thumbnails.shape == (1, 64)


def test_a_single_pixel_and_no_picture_are_no_problem():
    assert appearance([np.full((1, 1, 1), 255, np.uint8)]).traits["sharpness"] == 0
    assert appearance([]).thumbnails.shape == (0, 64)
