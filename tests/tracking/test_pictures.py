"""Figures as files: nothing on them is cut off, and few are drawn twice."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dlsuite.tracking.pictures import saved

DPI = 100


def made(title="short", layout="constrained"):
    figure = Figure(figsize=(3, 2), dpi=DPI, layout=layout)
    axes = figure.subplots()
    axes.plot([0, 1])
    axes.set_ylabel("what is drawn upwards")
    figure.suptitle(title)
    return figure


def size(figure, tmp_path):
    saved(figure, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        edges = np.asarray(image.convert("L"), int)
        assert (edges[:, [0, -1]] == 255).all()  # no word ends at the border
        return image.size


def test_a_constrained_layout_is_saved_as_large_as_it_is(tmp_path):
    assert size(made(), tmp_path) == (3 * DPI, 2 * DPI)


@pytest.mark.parametrize("where", ["figure", "axes"])
def test_a_title_wider_than_the_canvas_is_not_cut(tmp_path, where):
    figure = made("a long title, " * 9 if where == "figure" else "short")
    if where == "axes":
        figure.axes[0].set_title("a long title, " * 9)
    assert size(figure, tmp_path)[0] > 4 * DPI


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize(("x", "y"), [(1.5, 0.5), (-0.6, 0.5), (0.5, 1.6), (0.5, -0.5)])
def test_nothing_that_lies_outside_is_lost(tmp_path, layout, x, y):
    figure = made(layout=layout)
    figure.text(x, y, "far outside")
    width, height = size(figure, tmp_path)
    assert width > 4 * DPI or height > 2.5 * DPI


def test_what_is_written_is_what_matplotlib_would_write(tmp_path):
    saved(made(), tmp_path / "ours.png")
    made().savefig(tmp_path / "theirs.png")
    with Image.open(tmp_path / "ours.png") as ours, Image.open(tmp_path / "theirs.png") as theirs:
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
        assert ours.info["dpi"] == theirs.info["dpi"]


def test_the_suffix_says_how(tmp_path):
    saved(made(), tmp_path / "a.svg")
    assert "<svg" in (tmp_path / "a.svg").read_text(encoding="utf-8")
