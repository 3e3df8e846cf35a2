"""What does a look into a trained net show?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from dlsuite.data import Examples, sample
from dlsuite.experiment.judging import Judged
from dlsuite.experiment.outcome import Inspected, Outcome
from dlsuite.inspection import (
    NothingToShow,
    activation_statistics,
    explained_stage,
    first_filters,
    grad_cam,
)
from dlsuite.inspection.listening import Stage, stages
from dlsuite.strategy.dead_units import about_dead_units

if TYPE_CHECKING:
    from dlsuite.figures import Explained
    from dlsuite.targets.target import Unit

MOST_EXAMPLES, FEWEST_EXAMPLES = 256, 32  # whose activations are looked at
MOST_VALUES = 2**24  # of all of them: at 224x224x3 there are 111
EXPLAINED = 6  # right answers, and wrong ones


def look_inside(outcome: Outcome) -> Inspected:
    """First filters, activations of every layer, Grad-CAM of right and wrong answers.

    For nets of pictures `[B, H, W, C]`. What a net does not have, such as a convolution, is left
    out; what goes wrong is a note, for the run is more than its pictures.
    """
    found = Inspected()
    looks: tuple[Callable[[Outcome], Inspected], ...] = (_filters, _activations, _heat)
    for look in looks:
        try:
            seen = look(outcome)
        except NothingToShow:
            continue
        except Exception as error:
            words = str(error).strip().partition("\n")[0]
            note = f"A look into the net failed, {look.__name__[1:]}: {words or repr(error)}"
            seen = Inspected(notes=(note,))
        found = Inspected(
            {**found.figures, **seen.figures},
            {**found.tables, **seen.tables},
            (*found.notes, *seen.notes),
        )
    return found


def with_findings(
    judged: Judged, inspected: Inspected, recipe: Mapping[str, Any]
) -> tuple[Judged, tuple[str, ...]]:
    """The judgement with what was found in the net, and what is left to be a note.

    Args:
        judged: The judgement so far.
        inspected: What was found.
        recipe: The resolved recipe, so that advice can name overrides.
    """
    if "activations" not in inspected.tables:
        return judged, inspected.notes
    findings, advice = about_dead_units(inspected.tables["activations"], recipe)
    diagnosis = judged.diagnosis
    if diagnosis is None or not findings:
        return judged, (*findings, *inspected.notes)
    said = replace(
        diagnosis,
        findings=(*diagnosis.findings, *findings),
        advice=(*diagnosis.advice, *advice),
    )
    return replace(judged, diagnosis=said), inspected.notes


def _filters(outcome: Outcome) -> Inspected:
    from dlsuite.figures import filter_grid

    filters = first_filters(outcome.model)
    return Inspected({"first_filters": filter_grid(filters.pictures, filters.layer)})


def _activations(outcome: Outcome) -> Inspected:
    from dlsuite.figures import activation_bars

    split, examples = _looked_at(outcome)
    values = int(np.prod(outcome.model.input_shape[1:]))
    most = max(FEWEST_EXAMPLES, min(MOST_EXAMPLES, MOST_VALUES // values))
    some = sample(examples, most, outcome.settings.training.seed)
    table = activation_statistics(outcome.model, outcome.inputs(some))
    return Inspected({"activations": activation_bars(table, split=split)}, {"activations": table})


def _heat(outcome: Outcome) -> Inspected:
    from dlsuite.figures import heat_gallery

    split, examples = _looked_at(outcome)
    table, target = outcome.scores[split].examples, outcome.splits.info.target
    if "correct" not in table:
        raise NothingToShow("Grad-CAM explains answers that are right or wrong.")
    rows = _chosen(table["correct"].to_numpy(bool), table["loss"].to_numpy(), table["predicted"])
    taken = examples.take(rows)
    answers = keras.tree.map_structure(lambda leaf: leaf[rows], outcome.answers[split])
    asked = target.asked(taken.rows["label"], answers)
    images = np.concatenate([keras.ops.convert_to_numpy(x) for x in outcome.inputs(taken)])
    stage, warm = heat_of_units(outcome.model, images, asked)
    shown = [[(heat, _about(unit, heat)) for unit, heat in each] for each in warm]
    told: dict[bool, list[Explained]] = {True: [], False: []}
    for place, row in enumerate(table.iloc[rows].itertuples()):
        told[bool(row.correct)].append(_explained(images[place], row, shown[place]))
    title = (
        f"What in {split} examples spoke for an answer: Grad-CAM of {stage.name}, "
        f"{stage.shape[0]} x {stage.shape[1]} positions\n"
        "the brighter, the more; each on its own scale"
    )
    return Inspected({"grad_cam": heat_gallery(told[True], told[False], title)})


def _looked_at(outcome: Outcome) -> tuple[str, Examples]:
    """dev, or where there is none what of train was scored."""
    split = "dev" if "dev" in outcome.examples else "train"
    return split, outcome.examples[split]


def _chosen(correct: np.ndarray, losses: np.ndarray, predicted: Any) -> np.ndarray:
    """Rows of the surest right answers, of many kinds, and of the worst mistakes."""
    order = np.argsort(losses, kind="stable")
    right, wrong = order[correct[order]], order[~correct[order]][::-1]
    kinds = predicted.to_numpy()[right]
    first = np.unique(kinds, return_index=True)[1]  # of each kind
    ordered = np.concatenate([np.sort(first), np.setdiff1d(np.arange(len(right)), first)])
    return np.concatenate([right[ordered[:EXPLAINED]], wrong[:EXPLAINED]]).astype(np.int64)


def heat_of_units(
    model: keras.Model, images: np.ndarray, asked: Sequence[Sequence[Unit | None]]
) -> tuple[Stage, list[list[tuple[Unit, np.ndarray]]]]:
    """Grad-CAM of what is asked of each image: the stage explained, heat `[H, W]` by unit.

    Args:
        model: A net of pictures.
        images: As it gets them, `[N, H, W, C]`.
        asked: Units of each image; None where there is none.

    Raises:
        NothingToShow: The net has no stage to explain.
    """
    stage = explained_stage(stages(model, images[:1]), model.name)
    pairs = [(place, unit) for place, units in enumerate(asked) for unit in units if unit]
    places, units = [place for place, _ in pairs], [unit.number for _, unit in pairs]
    heat = grad_cam(model, images[places], units, layer=stage.name)
    found: list[list[tuple[Unit, np.ndarray]]] = [[] for _ in asked]
    for (place, unit), warm in zip(pairs, heat, strict=True):
        found[place].append((unit, warm))
    return stage, found


def _about(unit: Unit, heat: np.ndarray) -> str:
    sure = f"{unit.probability:.0%} sure"
    return f"for {unit.name}\n{sure if heat.max() > 0 else f'{sure}: no heat'}"


def _explained(image: np.ndarray, row: Any, heats: list[tuple[np.ndarray, str]]) -> Explained:
    from dlsuite.figures import Explained

    caption = f"{row.label}" if row.correct else f"true {row.label}\nsaid {row.predicted}"
    return Explained(image, caption, tuple(heats))
