"""What each detection got wrong, after TIDE (Bolya et al. 2020, arXiv:2008.08115, section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from dlsuite.metrics.detection_checks import TOLD, check
from dlsuite.metrics.detection_matching import objects_taken, spared
from dlsuite.metrics.detection_rows import Pairs, Rows, detections_of, objects_of, overlapping

FOREGROUND, BACKGROUND = 0.5, 0.1  # overlaps from which an object is found, and touched
CORRECT, MISSED = "correct", "missed"
LOCALIZATION, CLASS, BOTH, DUPLICATE, FALSE_ALARM = (
    "localization",
    "class",
    "both",
    "duplicate",
    "background",
)
KINDS = (CORRECT, CLASS, LOCALIZATION, BOTH, DUPLICATE, FALSE_ALARM, MISSED)
# What is the matter with a detection or an object of each kind, in a few words.
MEANINGS = {
    CLASS: "wrong class",
    LOCALIZATION: "badly placed",
    BOTH: "wrong class, badly placed",
    DUPLICATE: "found twice",
    FALSE_ALARM: "nothing there",
    MISSED: "not found",
}
CORNERS = ("x_min", "y_min", "x_max", "y_max")


def mistakes(
    keys: npt.ArrayLike,
    truth: Mapping[str, npt.ArrayLike],
    answers: Mapping[str, npt.ArrayLike],
    class_names: Sequence[str],
    *,
    threshold: float = TOLD,
) -> pd.DataFrame:
    """Every detection told and every object missed, with what is the matter with it.

    A detection is `correct` where it takes an object of its class at an overlap of 0.5, the ones of
    higher score first. Else, the first that holds:

    - `localization`: the object of its class that it overlaps most, it overlaps by 0.1 to 0.5;
    - `class`: it overlaps an object of another class by at least 0.5;
    - `duplicate`: it overlaps an object of its class by at least 0.5, which one of higher score
      took;
    - `both`: it overlaps an object of another class by at least 0.1;
    - `background`: it overlaps no object by 0.1.

    An object is `missed` where no detection takes it and none that is `localization` or `class`
    is near it. Detections that take an ignored object, and ignored objects, are left out.

    Args:
        keys: Content hashes, `[E]`.
        truth: As `detection_scores` takes it.
        answers: As `detection_scores` takes them.
        class_names: Of the K classes.
        threshold: Score in [0, 1] from which a detection is told.

    Returns:
        Table in the order of pictures, there of falling scores, with what is missed last:
        `picture` (row of the split), `key`, `kind`, `label` (class of the object concerned, empty
        where there is none), `predicted` (class told, empty where missed), `score`, `overlap`,
        `x_min` … `y_max` (box told), `object` (row among the boxes of the picture, -1 where there
        is none) and `true_x_min` … `true_y_max`.

    Raises:
        ValueError: As `detection_scores` does.
    """
    check(truth, answers, class_names, threshold, keys)
    told, objects = detections_of(answers), objects_of(truth)
    told = told.where(told.score >= threshold)
    taken = objects_taken(told, objects, FOREGROUND)
    kept = ~spared(objects, taken)
    told, taken = told.where(kept), taken[kept]
    counted = np.flatnonzero(~objects.ignored)
    near = overlapping(told, objects.where(~objects.ignored), BACKGROUND, of_class=False)
    near = Pairs(near.detection, counted[near.object], near.overlap)
    kinds, concerned, overlaps = _judged(told, objects, taken, near)
    covered = np.isin(kinds, (CORRECT, CLASS, LOCALIZATION))
    missed = np.setdiff1d(counted, concerned[covered])
    names = np.asarray([*map(str, class_names), ""], dtype=object)
    table = pd.concat(
        [
            _rows(told, objects, kinds, concerned, overlaps, names),
            _rows(None, objects, np.full(len(missed), MISSED), missed, np.nan, names),
        ],
        ignore_index=True,
    )
    table.insert(1, "key", np.asarray(keys)[table["picture"]])
    order = np.lexsort((-table["score"].fillna(-1.0).to_numpy(), table["picture"]))
    return table.iloc[order].reset_index(drop=True)


def confusion(table: pd.DataFrame, class_names: Sequence[str]) -> np.ndarray:
    """Counts of true against told classes, with the background as the last of both.

    A row's sum is how many objects of the class there are, a column's how many detections were
    told. What is told of an object in its place but by another class confuses the two, once for
    each object that is not found; every other mistake is one of the background: a detection of
    nothing, an object that is not found.

    Args:
        table: As `mistakes` gives it.
        class_names: Of the K classes.

    Returns:
        Whole numbers, `[K + 1, K + 1]`: true classes down, told ones across.
    """
    place = {str(name): number for number, name in enumerate(class_names)}
    background = len(place)
    counts = np.zeros((background + 1, background + 1), np.int64)
    table = table.assign(
        row=table["label"].map(place).fillna(background).astype(int),
        column=table["predicted"].map(place).fillna(background).astype(int),
    )
    objects = table[table["object"] >= 0]
    order = objects["kind"].map({CORRECT: 0, CLASS: 1}).fillna(2)
    # What became of each object: found, else taken for another class by the surest, else missed.
    best = objects.assign(order=order).sort_values(
        ["order", "score"], ascending=[True, False], kind="stable"
    )
    best = best.drop_duplicates(["picture", "object"])
    answered = best["order"] < 2
    np.add.at(counts, (best["row"], best["column"].where(answered, background)), 1)
    others = table[table["predicted"].ne("")].drop(index=best.index[answered])
    counts[background] += np.bincount(others["column"], minlength=background + 1)
    return counts


def set_right(table: pd.DataFrame, kind: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """What setting the mistakes of one kind right would change in each picture.

    A `missed` object is found then, a detection that is `localization` or `class` finds its object
    if no other has, and `both`, `duplicate` and `background` are not told (Bolya et al. 2020,
    section 2.3).

    Args:
        table: As `mistakes` gives it.
        kind: One of `KINDS`, but `correct`.
        count: E, the pictures of the split.

    Returns:
        Objects found further, and false alarms less, both `[E]`.
    """
    chosen = table[table["kind"] == kind]
    alarms = np.bincount(chosen["picture"][chosen["predicted"] != ""], minlength=count)
    if kind not in (MISSED, LOCALIZATION, CLASS):
        return np.zeros(count, np.int64), alarms
    of_object = ["picture", "object"]
    found = pd.MultiIndex.from_frame(table.loc[table["kind"] == CORRECT, of_object])
    further = pd.MultiIndex.from_frame(chosen[of_object].drop_duplicates())
    pictures = further[~further.isin(found)].get_level_values(0).to_numpy(np.int64)
    return np.bincount(pictures, minlength=count), alarms


def _judged(
    told: Rows, objects: Rows, taken: np.ndarray, near: Pairs
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Kind of each detection, the object concerned (-1: none) and its overlap, `[D]` each."""
    alike = told.label[near.detection] == objects.label[near.object]
    own = taken[near.detection] == near.object
    count = len(told)
    (mine, by_mine), (same, by_same), (other, by_other) = (
        _nearest(near, some, count) for some in (own, alike, ~alike)
    )
    cases = (
        (taken >= 0, CORRECT, mine, by_mine),
        ((by_same > 0) & (by_same < FOREGROUND), LOCALIZATION, same, by_same),
        (by_other >= FOREGROUND, CLASS, other, by_other),
        (by_same >= FOREGROUND, DUPLICATE, same, by_same),
        (by_other > 0, BOTH, other, by_other),
    )
    when = [case[0] for case in cases]
    return (
        np.select(when, [np.full(count, case[1], dtype=object) for case in cases], FALSE_ALARM),
        np.select(when, [case[2] for case in cases], -1),
        np.select(when, [case[3] for case in cases], np.nan),
    )


def _nearest(near: Pairs, chosen: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Of some pairs the object that each detection overlaps most, -1 and 0 where none, `[D]`."""
    rows = np.flatnonzero(chosen)
    rows = rows[np.argsort(near.overlap[rows], kind="stable")]
    which, overlap = np.full(count, -1), np.zeros(count)
    which[near.detection[rows]] = near.object[rows]  # the last one stays
    overlap[near.detection[rows]] = near.overlap[rows]
    return which, overlap


def _rows(
    told: Rows | None,
    objects: Rows,
    kinds: np.ndarray,
    concerned: np.ndarray,
    overlaps: np.ndarray | float,
    names: np.ndarray,
) -> pd.DataFrame:
    count = len(concerned)
    nowhere = np.full((count, 4), np.nan)
    boxes = nowhere if told is None else told.box
    true = np.where(concerned[:, None] >= 0, _at(objects.box, concerned, otherwise=np.nan), nowhere)
    return pd.DataFrame(
        {
            "picture": objects.picture[concerned] if told is None else told.picture,
            "kind": kinds,
            "label": names[_at(objects.label, concerned, otherwise=-1)],
            "predicted": names[np.full(count, -1) if told is None else told.label],
            "score": np.full(count, np.nan) if told is None else told.score,
            "overlap": overlaps,
            **{name: boxes[:, i] for i, name in enumerate(CORNERS)},
            "object": _at(objects.place, concerned, otherwise=-1),
            **{f"true_{name}": true[:, i] for i, name in enumerate(CORNERS)},
        }
    )


def _at(column: np.ndarray, rows: np.ndarray, otherwise: float) -> np.ndarray:
    """Values of some rows; another one where the row is -1."""
    there = rows >= 0
    values = np.full((len(rows), *column.shape[1:]), otherwise, dtype=column.dtype)
    values[there] = column[rows[there]]
    return values
