"""The reliability diagram: points, intervals, histogram, what the title says."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures import calibration


def table(confidence, correct):
    return pd.DataFrame({"confidence": confidence, "correct": correct})


def test_points_are_bins_and_bars_count_their_examples(drawn):
    examples = table([0.55, 0.95, 0.95, 0.95], [True, True, True, False])
    figure = drawn(calibration(examples, split="dev"))
    above, below = figure.axes
    points = next(line for line in above.get_lines() if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), [[0.55, 1], [0.95, 2 / 3]])
    assert [bar.get_height() for bar in below.patches if bar.get_height()] == [1, 3]
    assert figure.get_suptitle() == (
        "75.0% of 4 dev examples right, mean confidence 85.0%\n"
        "expected calibration error 32.5%"  # (0.45 + 3 * (0.95 - 2 / 3)) / 4
    )


def test_a_gap_reaches_from_the_diagonal_to_the_point():
    figure = calibration(table([0.95, 0.95], [True, False]))
    gap = next(line for line in figure.axes[0].get_lines() if line.get_label() == "gap")
    np.testing.assert_allclose(gap.get_xydata(), [[0.95, 0.95], [0.95, 0.5]])
    assert "2 examples right" in figure.get_suptitle()


def test_many_bins_lie_on_the_canvas(drawn):
    random = np.random.default_rng(0)
    drawn(calibration(table(random.uniform(size=20_000), random.uniform(size=20_000) < 0.5)))


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="N at least 1"):
        calibration(table([], []))
