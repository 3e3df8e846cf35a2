"""Which boxes are drawn on a picture, how, and what that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.lines import Line2D

from dlsuite.figures.box_labels import Drawn, Style, of_class
from dlsuite.figures.look import OTHER, OURS
from dlsuite.metrics.detection import mistakes

TRUE = "white"
CORNERS = ["x_min", "y_min", "x_max", "y_max"]

Boxes = Mapping[str, npt.ArrayLike]


def boxes_to_draw(
    count: int,
    class_names: Sequence[str],
    truth: Boxes | None,
    answers: Boxes | None,
    threshold: float,
) -> list[list[Drawn]]:
    """What to draw on each picture: of both truth and answers what is right, else all by class.

    Args:
        count: E pictures.
        class_names: Of the K classes.
        truth: As `detection_grid` takes it.
        answers: As `detection_grid` takes them.
        threshold: Score from which an answer is drawn.
    """
    if truth is not None and answers is not None:
        return _judged(count, class_names, truth, answers, threshold)
    part = answers if truth is None else truth
    assert part is not None
    boxes, labels = np.asarray(part["boxes"]), np.asarray(part["labels"])
    scores = None if truth is not None else np.asarray(part["scores"])
    drawn: list[list[Drawn]] = [[] for _ in range(count)]
    for picture, place in zip(*np.nonzero(labels >= 0), strict=True):
        if scores is not None and scores[picture, place] < threshold:
            continue
        label = int(labels[picture, place])
        name = str(class_names[label])
        if scores is not None:
            name += f" {scores[picture, place]:.2f}"
        hidden = truth is not None and bool(np.asarray(truth["ignored"])[picture, place])
        drawn[picture].append(
            Drawn(
                tuple(boxes[picture, place]),
                f"{name}, ignored" if hidden else name,
                of_class(label),
                ":" if hidden else "-",
            )
        )
    return drawn


def _judged(
    count: int, class_names: Sequence[str], truth: Boxes, answers: Boxes, threshold: float
) -> list[list[Drawn]]:
    """True boxes first, so that what was told of them lies on top."""
    drawn: list[list[Drawn]] = [[] for _ in range(count)]
    table = mistakes(np.arange(count), truth, answers, class_names, threshold=threshold)
    objects = table[table["object"] >= 0]
    found, missed = (
        set(zip(of_kind["picture"], of_kind["object"], strict=True))
        for of_kind in (objects[objects["kind"] == kind] for kind in ("correct", "missed"))
    )
    boxes, labels, ignored = (np.asarray(truth[name]) for name in ("boxes", "labels", "ignored"))
    for picture, place in zip(*np.nonzero(labels >= 0), strict=True):
        box, name = tuple(boxes[picture, place]), str(class_names[labels[picture, place]])
        if ignored[picture, place]:
            drawn[picture].append(Drawn(box, "", TRUE, ":"))
        elif (picture, place) in missed:
            drawn[picture].append(Drawn(box, name, OTHER, "--"))
        else:  # What is told of it already names what is found.
            hidden = (picture, place) in found
            drawn[picture].append(Drawn(box, "" if hidden else name, TRUE, "--"))
    told = table[table["predicted"] != ""]
    corners = told[CORNERS].to_numpy()
    for said, (_, row) in zip(corners, told.iterrows(), strict=True):
        right = row["kind"] == "correct"
        name = f"{row['predicted']} {row['score']:.2f}"
        drawn[row["picture"]].append(Drawn(tuple(said), name, OURS if right else OTHER, "-"))
    return drawn


def legend_of(drawn: Sequence[Sequence[Drawn]]) -> list[Line2D]:
    """An entry for each way of drawing that occurs."""
    ways = {(each.colour, each.style) for boxes in drawn for each in boxes}
    names: dict[tuple[str, Style], str] = {
        (OURS, "-"): "right",
        (OTHER, "-"): "wrong",
        (OTHER, "--"): "missed",
        (TRUE, "--"): "true box",
        (TRUE, ":"): "ignored",
    }
    return [
        # White would not show on the page.
        Line2D([], [], color="0.4" if colour == TRUE else colour, linestyle=style, label=name)
        for (colour, style), name in names.items()
        if (colour, style) in ways
    ]
