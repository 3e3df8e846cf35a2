"""R-CNN's crops show as much around a region as appendix A of the paper says: 16 of 227 pixels."""

import numpy as np
import pytest

from dlsuite.models.rcnn import WarpedRegions

SIDE, CONTEXT = 227, 16  # pixels of the paper's crops, and of them at each end around the region
INSIDE = SIDE - 2 * CONTEXT  # 195
HEIGHT, WIDTH = 320, 600
# Boxes (x_min, y_min, x_max, y_max) as large as the inside of a crop times a whole number.
BOXES = {"as it is": (60, 50, 60 + INSIDE, 50 + INSIDE), "wide": (90, 50, 90 + 2 * INSIDE, 245)}


def crop(image, box, size=SIDE):
    image = np.asarray(image, "float32")[None, ..., None]
    boxes = np.array([[box]], "float32")
    return np.asarray(WarpedRegions(size)([image, boxes]))[0, 0, ..., 0]


@pytest.mark.parametrize("name", list(BOXES))
def test_every_pixel_of_a_crop_is_where_the_paper_has_it(name):
    left, top, right, bottom = BOXES[name]
    rows, columns = np.mgrid[:HEIGHT, :WIDTH] + 0.5  # where the centers of pixels are
    steps = (right - left) / INSIDE, (bottom - top) / INSIDE  # pixels that one of the crop covers
    expected = [
        start + step * (np.arange(SIDE) + 0.5 - CONTEXT)
        for start, step in zip((left, top), steps, strict=True)
    ]
    across, down = crop(columns, BOXES[name]), crop(rows, BOXES[name])
    np.testing.assert_allclose(across, np.tile(expected[0], (SIDE, 1)), atol=1e-2)
    np.testing.assert_allclose(down, np.tile(expected[1][:, None], (1, SIDE)), atol=1e-2)


@pytest.mark.parametrize("size", [227, 64, 24])
def test_a_region_fills_195_of_227_parts_of_its_crop(size):
    left, top, right, bottom = BOXES["wide"]
    image = np.zeros((HEIGHT, WIDTH))
    image[top:bottom, left:right] = 1
    seen = crop(image, BOXES["wide"], size)
    # Of two points that each pixel has in a direction, one at either end may be on the other side.
    assert np.sqrt(seen.mean()) == pytest.approx(INSIDE / SIDE, abs=1 / size)
    middle = seen[size // 2]
    border = round(size * CONTEXT / SIDE - 0.5)  # whole pixels of context
    assert not middle[:border].any()
    assert not middle[size - border :].any()
    assert (middle[border + 2 : size - border - 2] == 1).all()


def test_beyond_the_edge_the_last_pixels_go_on():
    image = np.tile(np.arange(WIDTH, dtype="float32"), (HEIGHT, 1))
    seen = crop(image, (0, 50, INSIDE, 50 + INSIDE))
    assert not seen[:, :CONTEXT].any()
    assert seen[0, CONTEXT + 1] > 0
