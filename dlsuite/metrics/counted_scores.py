"""Scores of many samples at once, each given by how often it holds every row of a table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

# Rows [U, 2] of truth and answer (classes by number, or numbers), and how often each sample holds
# them [R, U] -> scores [R]. They are those of `classification_scores` and `regression_scores`.
Statistic = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _balanced_accuracy(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, _, hit = _by_class(rows, counts)
    return _mean_where(held > 0, hit / np.maximum(held, 1e-12))


def _precision_macro(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, said, hit = _by_class(rows, counts)
    return _mean_where(held + said > 0, hit / np.maximum(said, 1e-12))


def _f1_macro(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, said, hit = _by_class(rows, counts)
    return _mean_where(held + said > 0, 2 * hit / np.maximum(held + said, 1e-12))


def _recall_macro(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, said, hit = _by_class(rows, counts)
    return _mean_where(held + said > 0, hit / np.maximum(held, 1e-12))


def _f1_micro(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    right = (rows[:, 0] == rows[:, 1]).astype(float)
    return counts @ right / counts.sum(axis=1)


def _by_class(rows: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How often each class is true, answered, and both, `[R, K]` each."""
    truth, answer = rows.T
    classes, places = int(rows.max()) + 1, np.arange(len(rows))

    def share(of: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return counts @ csr_array((weight, (places, of)), shape=(len(rows), classes))

    ones = np.ones(len(rows))
    return share(truth, ones), share(answer, ones), share(truth, (truth == answer).astype(float))


def _mean_where(counted: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.where(counted, values, 0.0).sum(axis=1) / counted.sum(axis=1)


def _f1(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, said, hit = _of_positives(rows, counts)
    return 2 * hit / np.maximum(held + said, 1e-12)


def _precision(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    _, said, hit = _of_positives(rows, counts)
    return hit / np.maximum(said, 1e-12)


def _recall(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    held, _, hit = _of_positives(rows, counts)
    # A sample without the class has no recall of it.
    return hit / np.where(held > 0, held, np.nan)


def _of_positives(rows: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, ...]:
    """How often class 1 is true, answered, and both, `[R]` each."""
    truth, answer = (rows == 1).T
    return counts @ truth, counts @ answer, counts @ (truth & answer)


def _r2(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    centred = rows[:, 0] - rows[:, 0].mean()  # so that the difference of squares keeps its digits
    terms = np.stack([centred, centred**2, (rows[:, 0] - rows[:, 1]) ** 2], axis=1)  # [U, 3]
    first, second, error = (counts @ terms).T
    spread = second - first**2 / counts.sum(axis=1)
    # A sample of equal targets has no R².
    return 1 - error / np.where(spread > 0, spread, np.nan)


def _rmse(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.sqrt(counts @ (rows[:, 0] - rows[:, 1]) ** 2 / counts.sum(axis=1))


def _mae(rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return counts @ np.abs(rows[:, 0] - rows[:, 1]) / counts.sum(axis=1)


OF_CLASSES: dict[str, Statistic] = {
    "balanced_accuracy": _balanced_accuracy,
    "precision_macro": _precision_macro,
    "recall_macro": _recall_macro,
    "f1_macro": _f1_macro,
    "f1_micro": _f1_micro,
}
# Of one class, which is 1 in the rows; all others are 0.
OF_POSITIVES: dict[str, Statistic] = {"f1": _f1, "precision": _precision, "recall": _recall}
OF_NUMBERS: dict[str, Statistic] = {"r2": _r2, "rmse": _rmse, "mae": _mae}
