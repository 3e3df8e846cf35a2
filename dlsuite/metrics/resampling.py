"""Bootstrap samples of rows of truth and answer, drawn as counts of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlsuite.metrics.counted_scores import Statistic
from dlsuite.metrics.intervals import MOST_DRAWN, PORTION, REPEATS


def distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows that differ, and how often each is there."""
    found, counts = np.unique(rows, axis=0, return_counts=True)
    return found, counts.astype(np.float64)


def one_right_one_wrong(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One example answered rightly and one wrongly more, spread over what there is of either."""
    classes = int(rows.max()) + 1
    held = np.bincount(rows[:, 0], weights, classes)  # [K] of each truth
    right = np.repeat(np.arange(classes)[:, None], 2, axis=1)
    wrong = rows[:, 0] != rows[:, 1]
    errors, shares = rows[wrong], weights[wrong]
    if not wrong.any():
        errors, shares = np.stack([right[:, 0], (right[:, 0] + 1) % classes], axis=1), held
    return (
        np.concatenate([rows, right, errors]),
        np.concatenate([weights, held / held.sum(), shares / shares.sum()]),
    )


def one_more_each_way(rows: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One pair of differing answers more as it is and one with its answers exchanged."""
    differ = rows[:, 1] != rows[:, 3]
    if not differ.any():
        return rows, weights
    share = weights[differ] / weights[differ].sum()
    added = np.concatenate([rows[differ], rows[differ][:, [0, 3, 2, 1]]])
    return np.concatenate([rows, added]), np.concatenate([weights, share, share])


def drawn_scores(
    of: Statistic, rows: np.ndarray, weights: np.ndarray, seed: int | Sequence[int]
) -> np.ndarray:
    """Scores of bootstrap samples, shape `[R]`.

    Args:
        of: The score.
        rows: What is drawn, `[U, 2]`, or what `of` takes in their place.
        weights: How often each is there, `[U]`.
        seed: Same seed, same samples.
    """
    generator = np.random.default_rng(seed)
    total = round(float(weights.sum()))
    size = min(total, MOST_DRAWN)  # beyond, m out of n, scaled back
    portion = max(1, PORTION // len(rows))
    scores = np.concatenate(
        [
            of(rows, _counts(weights, size, min(portion, REPEATS - start), generator))
            for start in range(0, REPEATS, portion)
        ]
    )
    middle = of(rows, weights[None])[0]
    return middle + (scores - middle) * (size / total) ** 0.5


def _counts(
    weights: np.ndarray, drawn: int, repeats: int, generator: np.random.Generator
) -> np.ndarray:
    """How often each row is in each of `repeats` samples of `drawn` rows, `[repeats, U]`."""
    if (weights != 1).any():
        chance = weights / weights.sum()
        return generator.multinomial(drawn, chance, size=repeats).astype(np.float64)
    # Ten times as fast where each row is an example.
    places = generator.integers(len(weights), size=(repeats, drawn))
    places += len(weights) * np.arange(repeats)[:, None]
    flat = np.bincount(places.ravel(), minlength=repeats * len(weights))
    return flat.reshape(repeats, len(weights)).astype(np.float64)
