"""What a detector gets wrong: how often, for what, and in which place of which picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlsuite.figures.box_labels import CLASS_COLOURS, Drawn, draw
from dlsuite.figures.boxes_drawn import CORNERS, TRUE
from dlsuite.figures.confusion import confusion_matrix
from dlsuite.figures.detections import show_picture
from dlsuite.figures.look import OTHER, SMALL, WIDTH, bare, canvas, shorten, tidy
from dlsuite.metrics.detection import KINDS, MEANINGS

ROW = 0.32  # Inches, height of a bar with its space.
MOST_SHOWN = 30  # Classes; with more, those with most mistakes.
LONGEST_NAME = 24
EXAMPLES = 5  # of a kind of mistake
AROUND = 0.6  # Of the longer side of what is shown: how much of the picture beside it.
LEAST_SHOWN = 24  # Pixels of a picture's part.
WRONG = tuple(kind for kind in KINDS if kind != "correct")
BACKGROUND = "(background)"


def mistake_bars(
    table: pd.DataFrame, class_names: Sequence[str], *, split: str | None = None
) -> Figure:
    """A bar for each class, divided by kinds of mistakes, the class with most of them on top.

    A detection counts for the class that is told, a missed object for its own.

    Args:
        table: As `metrics.detection.mistakes` gives it.
        class_names: Of the K classes.
        split: What the pictures are, such as `dev`.
    """
    wrong = table[table["kind"] != "correct"]
    concerned = wrong["predicted"].where(wrong["predicted"] != "", wrong["label"])
    names = [str(name) for name in class_names]
    counts = pd.crosstab(concerned, wrong["kind"]).reindex(
        index=names, columns=list(WRONG), fill_value=0
    )
    totals = counts.to_numpy().sum(axis=1)
    shown = np.argsort(-totals, kind="stable")[:MOST_SHOWN]
    more = f"; the {MOST_SHOWN} classes with most" if len(names) > MOST_SHOWN else ""
    where = f" in {split} pictures" if split else ""
    right = int((table["kind"] == "correct").sum())
    title = f"{len(wrong):,} mistakes beside {right:,} objects rightly found{where}{more}"
    figure = canvas(min(WIDTH, 7.4), 1.5 + ROW * len(shown), title)
    axes = figure.add_subplot()
    tidy(axes)
    rows, ends = np.arange(len(shown)), np.zeros(len(shown))
    for kind, colour in zip(WRONG, CLASS_COLOURS, strict=False):
        lengths = counts[kind].to_numpy()[shown]
        label = f"{kind}: {MEANINGS[kind]} ({counts[kind].sum():,})"
        axes.barh(rows, lengths, left=ends, height=0.65, color=colour, label=label)
        ends = ends + lengths
    for row, total in zip(rows, totals[shown], strict=True):
        axes.annotate(
            f"{total:,}",
            (total, row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL - 1,
        )
    shortened = [shorten(names[place], LONGEST_NAME) for place in shown]
    axes.set_yticks(rows, shortened, fontsize=SMALL, parse_math=False)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_xlim(0, max(1, totals.max(initial=0)) * 1.08)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(visible=False, axis="y")
    figure.legend(loc="outside lower center", ncols=3, fontsize=SMALL - 1, frameon=False)
    return figure


def detection_confusion(
    counts: np.ndarray, class_names: Sequence[str], *, split: str | None = None
) -> Figure:
    """Which classes are taken for which, missed, and seen where there is nothing.

    Args:
        counts: As `metrics.detection.confusion` gives them, `[K + 1, K + 1]`.
        class_names: Of the K classes.
        split: What the pictures are, such as `dev`.

    Raises:
        ValueError: There is neither an object nor a detection.
    """
    names = [*map(str, class_names), BACKGROUND]
    cells = list(product(names, names))
    pairs = pd.DataFrame(cells, columns=["label", "predicted"])
    figure = confusion_matrix(pairs.loc[np.repeat(np.arange(len(cells)), counts.ravel())], names)
    objects, alarms = int(counts[:-1].sum()), int(counts[-1].sum())
    found = int(counts[:-1, :-1].trace())
    figure.suptitle(
        f"{found:,} of {objects:,} {f'{split} ' if split else ''}objects found, "
        f"{alarms:,} false alarm{'' if alarms == 1 else 's'}",
        fontsize=SMALL + 2,
        parse_math=False,
    )
    return figure


def mistake_examples(
    table: pd.DataFrame,
    image_of: Callable[[int], np.ndarray],
    *,
    columns: int = EXAMPLES,
    split: str | None = None,
) -> Figure:
    """The surest mistakes of each kind and the largest objects missed, cut out of their pictures.

    What is told is a line, the object that it is about is dashed.

    Args:
        table: As `metrics.detection.mistakes` gives it.
        image_of: Its `picture` -> the picture `[H, W, C]`, whose pixels its boxes are in.
        columns: Mistakes of a kind.
        split: What the pictures are, such as `dev`.

    Raises:
        ValueError: There is no mistake.
    """
    chosen = {kind: _worst(table[table["kind"] == kind])[:columns] for kind in WRONG}
    chosen = {kind: rows for kind, rows in chosen.items() if len(rows)}
    if not chosen:
        raise ValueError("`table` must hold at least one mistake. Received none.")
    cell = (WIDTH - 1.0) / columns
    title = f"The surest mistakes of each kind{f' in {split} pictures' if split else ''}"
    figure = canvas(WIDTH, len(chosen) * (cell + 0.2) + 0.3, title)
    widths = (1.0, *[cell] * columns)
    grid = figure.add_gridspec(len(chosen), 1 + columns, width_ratios=widths)
    for line, (kind, rows) in enumerate(chosen.items()):
        axes = figure.add_subplot(grid[line, 0])
        bare(axes)
        count = int((table["kind"] == kind).sum())
        said = f"{kind}\n{MEANINGS[kind].replace(', ', ',' + chr(10))}\n({count:,})"
        axes.text(0.5, 0.5, said, ha="center", va="center", fontsize=SMALL)
        for column, (_, row) in enumerate(rows.iterrows()):
            axes = figure.add_subplot(grid[line, 1 + column])
            boxes = _boxes(row)
            part, shift = _cut(image_of(int(row["picture"])), [each.box for each in boxes])
            moved = [each._replace(box=tuple(np.subtract(each.box, shift))) for each in boxes]
            show_picture(axes, part)
            draw(axes, moved, part.shape[:2], 0.94 * cell, 0.94 * cell)
    return figure


def _worst(rows: pd.DataFrame) -> pd.DataFrame:
    """Those of highest score first, the largest first where nothing is told."""
    sides = rows[[f"true_{name}" for name in CORNERS]].to_numpy(dtype=float)
    areas = (sides[:, 2] - sides[:, 0]) * (sides[:, 3] - sides[:, 1])
    order = np.lexsort((-np.nan_to_num(areas), -rows["score"].fillna(0).to_numpy()))
    return rows.iloc[order]


def _boxes(row: pd.Series) -> list[Drawn]:
    """The object concerned, where there is one, and what was told, where anything was."""
    told, true = (tuple(row[[f"{of}{name}" for name in CORNERS]]) for of in ("", "true_"))
    if row["kind"] == "missed":
        return [Drawn(true, row["label"], OTHER, "--")]
    name = f"{row['predicted']} {row['score']:.2f}"
    found = Drawn(told, name, OTHER, "-")
    if not row["label"]:
        return [found]
    return [
        Drawn(true, row["label"] if row["label"] != row["predicted"] else "", TRUE, "--"),
        found,
    ]


def _cut(image: np.ndarray, boxes: Sequence[tuple[float, ...]]) -> tuple[np.ndarray, list[int]]:
    """A square part of a picture about boxes, and (x, y, x, y) of its corner."""
    corners = np.asarray(boxes, dtype=float)
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    side = max(LEAST_SHOWN, (1 + AROUND) * float((high - low).max()))
    size = np.array([image.shape[1], image.shape[0]])
    first = np.clip((low + high - side) / 2, 0, np.maximum(size - side, 0)).astype(int)
    last = np.minimum(np.ceil(first + side).astype(int), size)
    first = np.minimum(first, np.maximum(size - 1, 0))
    last = np.maximum(last, first + 1)
    return image[first[1] : last[1], first[0] : last[0]], [*first, *first]
