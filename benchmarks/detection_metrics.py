"""COCO's figures of detections against pycocotools, for the same answer.

    python -m benchmarks.detection_metrics

Ours is `detection_scores`, all of it: the table of pictures, the figures at one threshold and those
of each class besides. Theirs is `evaluate` and `accumulate`, from an index that was made before the
clock starts.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.harness import Row, Sample, in_turn, record, timed
from dlsuite.metrics import detection_scores

ROUNDS = 5
DETECTIONS = 100  # a picture
CLOSE = 1e-6


class Case(NamedTuple):
    """Drawn truth and answers: `pictures` with up to `objects` of `classes`."""

    name: str
    pictures: int
    classes: int
    objects: int
    side: int


CASES = (
    Case("cells: 73 pictures of 416 pixels, 3 classes", 73, 3, 20, 416),
    Case("COCO: 500 pictures of 640 pixels, 80 classes", 500, 80, 12, 640),
)


def rows() -> Iterator[Row]:
    """A ratio each; nothing is measured unless both answer alike."""
    for case in CASES:
        truth, answers = _drawn(case)
        names = [f"class {number}" for number in range(case.classes)]
        known, said = _index(truth, answers, case.classes)
        _agree(detection_scores(range(case.pictures), truth, answers, names).values, known, said)

        def ours(truth: Any = truth, answers: Any = answers, names: Any = names) -> Sample:
            keys = range(len(truth["labels"]))
            return timed(lambda: detection_scores(keys, truth, answers, names))

        def theirs(known: Any = known, said: Any = said) -> Sample:
            return timed(lambda: _evaluated(known, said))

        yield in_turn(
            f"mAP against pycocotools, {case.name}", ours, theirs, rounds=ROUNDS, target=1.0
        )


def _drawn(case: Case) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Objects, and boxes about them of falling score, a fifth of another class."""
    random = np.random.default_rng(0)
    shape = (case.pictures, case.objects)
    corner = random.uniform(0, 0.8 * case.side, (*shape, 2))
    sides = case.side * random.uniform(0.02, 0.3, (*shape, 2))
    boxes = np.concatenate([corner, corner + sides], axis=-1)
    held = np.arange(case.objects) < random.integers(1, case.objects + 1, case.pictures)[:, None]
    labels = np.where(held, random.integers(0, case.classes, shape), -1)
    source = random.integers(0, held.sum(axis=1)[:, None], (case.pictures, DETECTIONS))
    near = np.take_along_axis(boxes, source[..., None], axis=1)
    spread = 0.08 * np.tile(np.take_along_axis(sides, source[..., None], axis=1), 2)
    said = np.take_along_axis(labels, source, axis=1)
    other = random.integers(0, case.classes, said.shape)
    answers = {
        "boxes": (near + random.normal(0, spread)).astype(np.float32),
        "scores": -np.sort(-random.beta(0.5, 2, said.shape), axis=1).astype(np.float32),
        "labels": np.where(random.uniform(size=said.shape) < 0.8, said, other),
    }
    truth = {
        "boxes": boxes.astype(np.float32),
        "labels": labels,
        "ignored": random.uniform(size=shape) < 0.02,
    }
    return truth, answers


def _index(
    truth: dict[str, np.ndarray], answers: dict[str, np.ndarray], classes: int
) -> tuple[Any, Any]:
    from pycocotools.coco import COCO

    pictures = [{"id": number} for number in range(len(truth["labels"]))]
    categories = [{"id": number} for number in range(classes)]
    made = []
    for part in (truth, answers):
        index = COCO()
        index.dataset = {
            "images": pictures,
            "categories": categories,
            "annotations": _annotations(part),
        }
        with contextlib.redirect_stdout(io.StringIO()):
            index.createIndex()
        made.append(index)
    return made[0], made[1]


def _annotations(part: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for picture, place in zip(*np.nonzero(part["labels"] >= 0), strict=True):
        left, top, right, bottom = part["boxes"][picture, place].tolist()
        row = {
            "id": len(rows) + 1,
            "image_id": int(picture),
            "category_id": int(part["labels"][picture, place]),
            "bbox": [left, top, right - left, bottom - top],
            "area": (right - left) * (bottom - top),
        }
        if "scores" in part:
            row["score"] = float(part["scores"][picture, place])
        else:
            row["iscrowd"] = int(part["ignored"][picture, place])
        rows.append(row)
    return rows


def _evaluated(known: Any, said: Any) -> Any:
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(known, said, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _agree(values: dict[str, float], known: Any, said: Any) -> None:
    evaluation = _evaluated(known, said)
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.summarize()
    names = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large", "recall_1")
    for name, theirs in zip(names, evaluation.stats, strict=False):
        if abs(values.get(name, -1.0) - theirs) > CLOSE:
            raise ValueError(
                f"Both must answer alike. Received: {name} {values.get(name)}, "
                f"of pycocotools {theirs}."
            )


if __name__ == "__main__":
    record("detection_metrics", rows())
