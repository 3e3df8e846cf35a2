"""What is drawn and tabled of a run of detection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from dlsuite.data import Examples
from dlsuite.data.box_rows import truth_of
from dlsuite.data.file_names import shown
from dlsuite.experiment.outcome import Inspected, Outcome
from dlsuite.metrics.detection import confusion, mistakes, precision_recall_curves
from dlsuite.ops.box_labels import are_ignored, as_ignored
from dlsuite.types import Tree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = 6  # examples of the first batch, each as it is augmented in
DRAWS = 2  # steps
FOUND, COLUMNS = 9, 3  # pictures of dev with what was found in them
CROWDED = 8  # true boxes of a picture, from which fewer are shown, and larger


def drawn_detections(outcome: Outcome) -> Iterator[tuple[str, Figure]]:
    """What was trained on, curves, scores; on dev what was found, precision, recall, mistakes."""
    from dlsuite import figures

    history, info = outcome.history, outcome.splits.info
    names, told = info.class_names, info.threshold
    yield "training_examples", _first_examples(outcome)
    yield (
        "curves",
        figures.curves(_trained(history.epochs), metric="map_50", best_epoch=history.best_epoch),
    )
    yield "scores", figures.score_intervals(outcome.scores, outcome.baseline)
    if outcome.splits.dev is None:
        return
    dev, answers, table = outcome.examples["dev"], outcome.answers["dev"], outcome.scores["dev"]
    truth = truth_of(dev.rows)
    crowded = np.mean(np.sum(truth["labels"] >= 0, axis=1)) >= CROWDED
    count, columns = (4, 2) if crowded else (FOUND, COLUMNS)
    files = _files(dev)
    rows = range(min(count, len(dev)))
    yield (
        "detections",
        figures.detection_grid(
            [dev.read(row)["image"] for row in rows],
            files[: len(rows)],
            names,
            truth=_first(truth, len(rows)),
            answers=_first(answers, len(rows)),
            threshold=told,
            columns=columns,
            title="First pictures of dev: right blue, wrong orange, true boxes dashed",
        ),
    )
    yield (
        "worst_mistakes",
        figures.worst_detections(
            table.examples,
            lambda row: dev.read(row)["image"],
            truth,
            answers,
            names,
            threshold=told,
            count=count,
            columns=columns,
            files=files,
            split="dev",
        ),
    )
    curves = precision_recall_curves(truth, answers, names)
    yield "precision_recall", figures.precision_recall(curves, threshold=told, split="dev")
    kinds = mistakes(dev.keys, truth, answers, names, threshold=told)
    yield "mistakes", figures.mistake_bars(kinds, names, split="dev")
    if (kinds["kind"] != "correct").any():
        pictures = figures.mistake_examples(kinds, lambda row: dev.read(row)["image"], split="dev")
        yield "mistake_examples", pictures
    if len(kinds):
        counts = confusion(kinds, names)
        yield "confusion", figures.detection_confusion(counts, names, split="dev")


def tabled_mistakes(outcome: Outcome) -> Inspected:
    """`mistakes`: each box told of dev, and each object missed, with what is the matter."""
    if outcome.splits.dev is None:
        return Inspected()
    dev = outcome.examples["dev"]
    truth, answers, info = truth_of(dev.rows), outcome.answers["dev"], outcome.splits.info
    kinds = mistakes(dev.keys, truth, answers, info.class_names, threshold=info.threshold)
    if "path" in dev.rows:
        paths = list(map(shown, dev.rows["path"].tolist()))
        kinds.insert(2, "file", [paths[picture] for picture in kinds["picture"]])
    return Inspected(tables={"mistakes": kinds})


def _files(examples: Examples) -> list[str]:
    """The name of each picture's file, empty where it has none."""
    if "path" not in examples.rows:
        return [""] * len(examples)
    return [PurePath(shown(path)).name for path in examples.rows["path"].tolist()]


def _trained(epochs: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Without the loss of dev, 1 - F1, which is not what training lessens."""
    return [{name: v for name, v in each.items() if name != "dev.loss"} for each in epochs]


def _first_examples(outcome: Outcome) -> Figure:
    from dlsuite import figures

    drawn, raw = outcome.first_draws(DRAWS)
    count = min(SHOWN, len(raw))
    images, boxes, labels, captions = [], [], [], []
    for draw, (x, y, *_) in enumerate(drawn, start=1):
        seen = x["image"] if isinstance(x, dict) else x
        for row in range(count):
            images.append(seen[row])
            boxes.append(y["boxes"][row])
            labels.append(y["labels"][row])
            captions.append(f"example {row + 1}, draw {draw}")
    there = np.stack(labels)
    ignored = are_ignored(there)
    return figures.detection_grid(
        images,
        captions,
        outcome.splits.info.class_names,
        truth={
            "boxes": np.stack(boxes),
            "labels": np.where(ignored, as_ignored(there), there),
            "ignored": ignored,
        },
        title="What training sees",
    )


def _first(parts: Tree, count: int) -> Tree:
    return {name: values[:count] for name, values in parts.items()}
