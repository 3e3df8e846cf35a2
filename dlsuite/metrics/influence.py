"""What each picture adds to an average precision, so that intervals of it can be had.

An average precision is of all pictures together, no mean over them. The jackknife makes it one, to
first order (Efron and Tibshirani 1993, chapter 11): a picture's part is the whole, and as much more
as the others lose without it, times their number. The mean of all parts is the average precision,
and their spread is that of a mean: intervals and paired differences are those of means.

What is lost is measured as the area under the curve. COCO's mean of 101 recalls is the same to two
digits, but moves in jumps, which a jackknife takes for spread.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dlsuite.metrics.average_precision import area_under_best, by_class
from dlsuite.metrics.detection_rows import Rows

MOST = 200  # groups that are left out in turn: of more pictures several together


def parts(
    keys: npt.ArrayLike,
    detections: Rows,
    objects: Rows,
    taken: npt.ArrayLike,
    average: npt.ArrayLike,
) -> np.ndarray:
    """Parts of a mean over classes of average precisions, `[E]`; NaN where there is no object.

    Of more than 200 pictures groups of them, told by their keys, are left out together, and the
    spread of a group's part is made that of single ones.

    Args:
        keys: Of the pictures, `[E]`.
        detections: D of them.
        objects: Of the same pictures.
        taken: The object that each detection found at one overlap, -1 where none, `[D]`.
        average: The average precision at that overlap of each class, NaN without objects, `[K]`.
    """
    whole, found = np.asarray(average, np.float64), np.asarray(taken)
    names = np.asarray(keys).astype(str)
    if np.isnan(whole).all() or len(names) < 2:
        return np.full(len(names), np.nan if np.isnan(whole).all() else np.nanmean(whole))
    count = min(len(names), MOST)
    group = np.empty(len(names), np.int64)
    group[np.argsort(names, kind="stable")] = np.arange(len(names)) % count
    left = np.tile(whole, (count, 1))  # [G, K] without each group
    for label, rows in enumerate(by_class(detections, len(whole))):
        if np.isnan(whole[label]):
            continue
        own = group[detections.picture[rows]]
        of = found[rows]
        spared = (of >= 0) & objects.ignored[of] if len(objects) else of >= 0
        hit = (of >= 0) & ~spared
        counted = objects.picture[(objects.label == label) & ~objects.ignored]
        held = np.bincount(group[counted], minlength=count)
        all_of_it = area_under_best(hit, spared, int(held.sum()))
        for number in np.union1d(own, np.flatnonzero(held)):
            kept, total = own != number, int(held.sum() - held[number])
            lost = area_under_best(hit[kept], spared[kept], total) - all_of_it if total else np.nan
            left[number, label] += lost
    there = ~np.isnan(left)
    sums, classes = np.where(there, left, 0).sum(axis=1), there.sum(axis=1)
    without = np.where(classes > 0, sums / np.maximum(classes, 1), np.nanmean(whole))[group]
    factor = (count - 1) * np.sqrt(len(names) / count)
    return np.nanmean(whole) + factor * (without.mean() - without)
