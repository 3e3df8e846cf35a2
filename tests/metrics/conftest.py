"""Detections drawn at random, and what pycocotools makes of them."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


@pytest.fixture(scope="session")
def judged_by_coco():
    """(truth, answers, number of classes) -> the evaluated `COCOeval`."""
    return _judged


def _judged(truth, answers, classes):
    pictures = [{"id": number} for number in range(len(truth["labels"]))]
    categories = [{"id": number} for number in range(classes)]
    objects = [
        {**row, "iscrowd": int(truth["ignored"][row["image_id"], place])}
        for row, place in _annotations(truth)
    ]
    detections = [
        {**row, "score": float(answers["scores"][row["image_id"], place])}
        for row, place in _annotations(answers)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        known, said = COCO(), COCO()
        for index, rows in ((known, objects), (said, detections)):
            index.dataset = {"images": pictures, "categories": categories, "annotations": rows}
            index.createIndex()
        evaluation = COCOeval(known, said, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def _annotations(boxes):
    rows = []
    for number, place in zip(*np.nonzero(boxes["labels"] >= 0), strict=True):
        left, top, right, bottom = boxes["boxes"][number, place].astype(float)
        rows.append(
            (
                {
                    "id": len(rows) + 1,
                    "image_id": int(number),
                    "category_id": int(boxes["labels"][number, place]),
                    "bbox": [left, top, right - left, bottom - top],
                    "area": (right - left) * (bottom - top),
                },
                place,
            )
        )
    return rows
