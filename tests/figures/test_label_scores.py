"""Bars and marks of labels: what is drawn is what scikit-learn says."""

import numpy as np
import pytest

from dlsuite.figures import label_scores

LABELS = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]])
KNOWN = np.array([[0.9, 0.2, 0.1], [0.8, 0.4, 0.1], [0.3, 0.6, 0.1], [0.6, 0.1, 0.1]])


def lines(figure):
    return {line.get_label(): line.get_xdata().tolist() for line in figure.axes[0].lines}


def test_precision_recall_and_average_precision_of_each_label():
    figure = label_scores(LABELS, KNOWN, ["rain", "wind", "snow"], split="dev")
    (axes,) = figure.axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == [
        *("rain (3)", "wind (1)", "snow (0)")
    ]
    # Rain is told thrice, twice rightly; wind once, wrongly; snow never.
    assert lines(figure)["precision at 0.5"] == pytest.approx([2 / 3, 0, np.nan], nan_ok=True)
    assert lines(figure)["recall at 0.5"] == pytest.approx([2 / 3, 0, np.nan], nan_ok=True)
    widths = [bar.get_width() for bar in axes.patches]
    # Ranks of rain: 1, 2, 4; of wind: 2.
    assert widths == pytest.approx([(1 + 1 + 3 / 4) / 3, 1 / 2, np.nan], nan_ok=True)
    assert figure.get_suptitle() == "3 labels of 4 dev examples"


def test_of_many_labels_the_worst_are_shown():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, (30, 40))
    known = np.where(np.arange(40) < 10, 1 - labels, labels) * 0.8 + 0.1
    figure = label_scores(labels, known, [f"label {i}" for i in range(40)])
    names = [tick.get_text().split(" (")[0] for tick in figure.axes[0].get_yticklabels()]
    assert len(names) == 30
    assert {f"label {i}" for i in range(10)} <= set(names)
    assert figure.get_suptitle() == "40 labels of 30 examples; the 30 told worst"


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match=r"Received: \[4, 3\], \[4, 2\], 3 names"):
        label_scores(LABELS, KNOWN[:, :2], ["a", "b", "c"])
