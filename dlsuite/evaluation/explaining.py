"""What in pictures spoke for the answers of a reopened run: Grad-CAM."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np

from dlsuite.data import Examples
from dlsuite.evaluation.reopening import Reopened
from dlsuite.experiment.inspecting import heat_of_units
from dlsuite.experiment.scoring import inputs_of
from dlsuite.inspection import NothingToShow
from dlsuite.progress import working
from dlsuite.targets.target import Unit
from dlsuite.types import Tree

MOST = 200  # examples that are explained: a page of more is not read


class Heats(NamedTuple):
    """A picture `[H, W, C]` as the net gets it, and heat maps `[H, W]` with captions."""

    seen: np.ndarray
    maps: tuple[tuple[np.ndarray, str], ...]


def heats(
    reopened: Reopened, examples: Examples, answers: Tree, rows: np.ndarray
) -> tuple[list[Heats], list[str]]:
    """What in each of the first examples spoke for what was told, and for what is true.

    Nothing for nets without convolution, or of what is no picture.

    Args:
        reopened: The run.
        examples: To be explained, `[M]`.
        answers: Of all examples of which these are some.
        rows: Which of them, `[M]`.

    Returns:
        A `Heats` for each of the first examples, and notes of what went wrong.
    """
    if "label" not in examples.rows or len(reopened.model.input_shape) != 4 or not len(rows):
        return [], []
    count = min(len(rows), MOST)
    try:
        with working("Grad-CAM of the mistakes"):
            return _heats(reopened, examples.take(np.arange(count)), answers, rows[:count]), []
    except NothingToShow:
        return [], []


def _heats(reopened: Reopened, examples: Examples, answers: Tree, rows: np.ndarray) -> list[Heats]:
    chosen = keras.tree.map_structure(lambda leaf: leaf[rows], answers)
    asked = reopened.info.target.asked(examples.rows["label"], chosen)
    batches = inputs_of(reopened.settings, reopened.question, examples)
    images = np.concatenate([keras.ops.convert_to_numpy(x) for x in batches])
    _, warm = heat_of_units(reopened.model, images, asked)
    return [
        Heats(image, tuple((heat, _about(unit, heat)) for unit, heat in each))
        for image, each in zip(images, warm, strict=True)
    ]


def _about(unit: Unit, heat: np.ndarray) -> str:
    caption = f"for {unit.name}, {unit.probability:.0%}"
    return caption if heat.max() > 0 else f"{caption}: no heat"
