"""One answer of a served model as the cells of a table's row, by what the manifest says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dlsuite.serving.served import Answer, Served

RESERVED = ("file", "row", "error")  # columns of every table of answers
SCORE = 0.5  # from which boxes are shown, where the export does not say
MOST_LABELS = 6  # whose probabilities a narrow page has room for


class Cells(NamedTuple):
    """How answers are written.

    Attributes:
        columns: Names of the cells.
        of: The cells of an answer.
        details: Columns that a narrow page may leave out.
    """

    columns: Sequence[str]
    of: Callable[[Answer], list[Any]]
    details: Sequence[str] = ()


def cells_of(served: Served, signature: str, top: int, score: float) -> Cells:
    """How the answers of a signature are written.

    One class is `class_name` and `probability`, then `top_2`, `top_2_probability` … up to `top`.
    Labels are `labels`, the names of those that are present, and `<label>_probability` of each. Of
    several outputs each is `<output>` and `<output>_probability`. Boxes are `found`, how many of
    which class, and `detections`, a mapping each with `class_name`, `score` and `box`, those of at
    least `score`. Other answers are as they come.
    """
    about, outputs = served.about(signature), served.outputs(signature)
    if "label_names" in about:
        return _of_labels(about["label_names"])
    if "detects" in about:
        return _of_boxes(score)
    if "output_classes" in about:
        return _of_outputs(about["output_classes"])
    if "probabilities" in outputs and outputs["probabilities"].shape.rank == 2:
        count = outputs["probabilities"].shape[-1]
        return _of_class(about.get("class_names") or [str(k) for k in range(count)], top)
    names = sorted(outputs)
    return Cells(names, lambda said: [_plain(said[name]) for name in names])


def told_from(served: Served, signature: str) -> float:
    """Score from which a detector's boxes are told: what suited dev best, as its export says."""
    return float(served.about(signature).get("threshold", SCORE))


def _of_class(classes: Sequence[str], top: int) -> Cells:
    places = range(2, min(top, len(classes)) + 1)
    further = [name for place in places for name in (f"top_{place}", f"top_{place}_probability")]

    def cells(said: Answer) -> list[Any]:
        probabilities = said["probabilities"]
        likely = np.argsort(-probabilities, kind="stable")[: len(places) + 1]
        return [cell for k in likely for cell in (classes[k], float(probabilities[k]))]

    return Cells(["class_name", "probability", *further], cells, further[2:])


def _of_labels(names: Sequence[str]) -> Cells:
    columns = [f"{name}_probability" for name in names]
    return Cells(
        ["labels", *columns],
        lambda said: [_plain(said["labels"]), *map(float, said["probabilities"])],
        columns if len(names) > MOST_LABELS else (),
    )


def _of_outputs(outputs: Mapping[str, Sequence[str]]) -> Cells:
    columns = [column for name in outputs for column in (_free(name), f"{name}_probability")]

    def cells(said: Answer) -> list[Any]:
        pairs = ((_plain(said[n]), float(said[f"{n}_probabilities"].max())) for n in outputs)
        return [cell for pair in pairs for cell in pair]

    return Cells(columns, cells)


def _of_boxes(score: float) -> Cells:
    def cells(said: Answer) -> list[Any]:
        kept = np.flatnonzero((said["labels"] >= 0) & (said["scores"] >= score))
        found = [
            {
                "class_name": _plain(said["class_name"][place]),
                "score": float(said["scores"][place]),
                "box": [float(side) for side in said["boxes"][place]],
            }
            for place in kept
        ]
        counts = Counter(str(each["class_name"]) for each in found)
        return [", ".join(f"{count} {name}" for name, count in counts.most_common()), found]

    return Cells(["found", "detections"], cells, ["detections"])


def _free(name: str) -> str:
    """A name of the user's as a column beside those that every table has."""
    return f"predicted_{name}" if name in RESERVED else name


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value]
    return value.item()
