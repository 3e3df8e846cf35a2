"""How well each of several labels is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlsuite.figures.look import OTHER, OURS, PALE, SMALL, WIDTH, canvas, shorten, tidy

ROW = 0.3  # Inches.
MOST_SHOWN = 30  # Labels; with more, those that are told worst.
LONGEST_NAME = 24


def label_scores(
    labels: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    label_names: Sequence[str],
    *,
    split: str | None = None,
) -> Figure:
    """Average precision of each label as a bar, precision and recall at 0.5 as marks on it.

    The most frequent label is on top. A label that no example has, has neither bar nor recall; one
    that is never told has no precision.

    Args:
        labels: 1 where a label is present, else 0, `[N, L]`.
        probabilities: `[N, L]`.
        label_names: L names.
        split: What the examples are, such as `dev`.

    Raises:
        ValueError: Shapes disagree, or there is no example.
    """
    from sklearn.metrics import average_precision_score

    truth, known = np.asarray(labels).astype(bool), np.asarray(probabilities)
    if truth.shape != known.shape or truth.shape[-1] != len(label_names) or not truth.size:
        raise ValueError(
            "`labels` and `probabilities` must have shape [N, L] with a name for each of the L "
            f"labels. Received: {list(truth.shape)}, {list(known.shape)}, {len(label_names)} names."
        )
    told, held = known > 0.5, truth.sum(axis=0)
    hits = (told & truth).sum(axis=0)
    with np.errstate(invalid="ignore"):  # 0 of 0 is not drawn
        precision, recall = hits / told.sum(axis=0), hits / held
    average = np.array(
        [
            average_precision_score(truth[:, i], known[:, i]) if held[i] else np.nan
            for i in range(len(held))
        ]
    )
    worst = np.argsort(np.nan_to_num(average, nan=2.0), kind="stable")[:MOST_SHOWN]
    shown = worst[np.argsort(-held[worst], kind="stable")]
    rows = np.arange(len(shown))
    of = f"{split} examples" if split else "examples"
    title = f"{len(held)} labels of {len(truth):,} {of}"
    more = f"; the {len(shown)} told worst" if len(shown) < len(held) else ""
    figure = canvas(min(WIDTH, 7.0), 1.3 + ROW * len(shown), title + more)
    axes = figure.add_subplot()
    tidy(axes)
    axes.barh(rows, average[shown], height=0.6, color=PALE, label="average precision")
    marks = (("precision", precision, "D", OTHER), ("recall", recall, "o", OURS))
    for name, values, marker, colour in marks:
        axes.plot(values[shown], rows, marker, color=colour, markersize=6, label=f"{name} at 0.5")
    names = [f"{shorten(str(label_names[i]), LONGEST_NAME)} ({held[i]:,})" for i in shown]
    axes.set_yticks(rows, names, fontsize=SMALL, parse_math=False)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=3, fontsize=SMALL - 1, frameon=False)
    return figure
