"""Which of new examples a run knows already, and what that does to their scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlsuite.data import Examples
from dlsuite.evaluation.new_source import NewData
from dlsuite.evaluation.reopening import Reopened
from dlsuite.experiment import reference
from dlsuite.experiment.new_data import picture_keys
from dlsuite.metrics import Scores
from dlsuite.tracking import RunRecord
from dlsuite.types import Tree

FEW = 5  # examples from which a score can be spoken of
BY_FILE = ("image_folder", "image_csv")  # sources that know a picture by its file, not its pixels
Held = Mapping[str, np.ndarray]  # by split of the run: which new examples it holds too


def held_by(record: RunRecord, new: NewData) -> Held:
    """Which of the new examples each split of the run holds, booleans `[N]`."""
    known = reference.read_keys(record)
    if not known:
        return {}
    keys = [new.examples.keys]
    if new.of_another_kind and new.examples.decode is not None:
        keys.append(picture_keys(new.examples))
    numbers = [reference.numbers(each) for each in keys]
    return {
        split: np.any([np.isin(each, there) for each in numbers], axis=0)
        for split, there in known.items()
    }


def untold(reopened: Reopened, new: NewData) -> list[str]:
    """A note where pictures that come without files cannot be found among files."""
    pixels = new.examples.decode is None and "image" in new.examples.rows
    if not pixels or reopened.settings.data.source.type not in BY_FILE:
        return []
    return [
        "Whether the model was trained on some of these examples cannot be told: the run knows its "
        "pictures by their files, and these come as arrays."
    ]


def leaks(
    reopened: Reopened, examples: Examples, answers: Tree, held: Held, metric: str
) -> list[str]:
    """Sentences about new examples that the model was made with."""
    total, warnings = len(examples), []
    trained = held.get("train", np.zeros(total, bool))
    if trained.any():
        text = f"The model was trained on {_of(trained)}: their scores flatter it."
        rest = np.flatnonzero(~trained)
        if len(rest) >= FEW:
            value = _score_of(reopened, examples, answers, rest).values[metric]
            text += f" Without them {metric} is {value:.4g}."
        warnings.append(text)
    chosen = held.get("dev", np.zeros(total, bool))
    if chosen.any():
        warnings.append(
            f"{_of(chosen).capitalize()} are of the run's dev split, by which its training was "
            "chosen: their scores flatter the model a little."
        )
    return warnings


def _score_of(reopened: Reopened, examples: Examples, answers: Tree, rows: np.ndarray) -> Scores:
    import keras

    chosen = keras.tree.map_structure(lambda leaf: leaf[rows], answers)
    pipeline = reopened.pipeline
    return pipeline.score(reopened.settings, reopened.info, examples.take(rows), chosen)


def same_as(held: Held, split: str | None, total: int) -> list[str]:
    """A note where the new examples are those compared with."""
    same = held.get(split or "", np.zeros(total, bool))
    if split not in ("test", "train_dev") or not same.any():
        return []
    return [f"{_of(same).capitalize()} are of the run's own {split} split."]


def _of(marks: np.ndarray) -> str:
    count, total = int(marks.sum()), len(marks)
    return f"{'all of the' if count == total else f'{count:,} of'} {total:,} examples"
