"""What the answers of a detector were chosen from, for the proof of its export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from dlsuite.experiment.detecting import answering, few_at_a_time
from dlsuite.ops.letterboxing import out_of_letterbox
from dlsuite.serving.suppressed import PREFIX
from dlsuite.types import Tree

MARGIN = 1e-3  # of a score, by which more are kept than can have been answered
MOST = 20_000  # candidates of a picture; where there are more, answers must be exactly the same


def candidate_boxes(
    settings: Any, info: Any, model: keras.Model, batches: Any, answers: Tree
) -> dict[str, np.ndarray]:
    """Candidates of every picture, see `serving.suppressed.Candidates`; `[N, M, ...]`.

    Those are left out whose scores are too low for an answer. There are none where boxes lose score
    rather than go, or where a picture has too many.

    Args:
        settings: Of the recipe.
        info: What the model learned about its data.
        model: The detector.
        batches: Of questions, as for `predict`.
        answers: The answers, `scores` `[N, D]` among them.
    """
    if settings.detections.soft:
        return {}
    target = info.input_shape[:2]
    asked = answering(settings.detections, target, model)
    least = np.maximum(np.asarray(answers["scores"])[:, -1], settings.detections.score_threshold)
    found: list[dict[str, np.ndarray]] = []
    for x in (part for batch in batches for part in few_at_a_time(batch, target)):
        proposed = keras.tree.map_structure(np.asarray, asked.proposed(x))
        boxes = np.asarray(out_of_letterbox(proposed["boxes"], x["size"], target))
        for shapes, seen, scores in zip(proposed["boxes"], boxes, proposed["scores"], strict=True):
            which, labels = np.nonzero(scores > least[len(found)] - MARGIN)
            found.append(
                {
                    "boxes": seen[which],
                    "scores": scores[which, labels],
                    "labels": labels.astype("int32"),
                    "shapes": shapes[which],
                }
            )
    most = max(len(each["labels"]) for each in found)
    if most > MOST:
        return {}
    alike = {
        "overlap": settings.detections.iou_threshold,
        "threshold": settings.detections.score_threshold,
    }
    return dict(_filled_up(found, most)) | {
        PREFIX + name: np.full(len(found), value, "float32") for name, value in alike.items()
    }


def _filled_up(
    found: Sequence[Mapping[str, np.ndarray]], most: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Arrays `[N, M, ...]` with M the most of any picture; what is absent has the label -1."""
    for name, one in found[0].items():
        empty = -1 if name == "labels" else 0
        array = np.full((len(found), most, *one.shape[1:]), empty, one.dtype)
        for row, each in enumerate(found):
            array[row, : len(each[name])] = each[name]
        yield PREFIX + name, array
