"""Whether two samples come from one distribution, each test with an effect that has a meaning."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

DRAWS = 9_999  # Monte Carlo tables: the smallest p-value is 1 in 10,000
FEW = 5.0  # expected count below which the chi-square distribution is no approximation (Cochran)
EXACT = 500  # examples up to which the exact distribution of Kolmogorov and Smirnov is cheap
TREES = 100
LEAF = 3  # examples in a leaf: what is learned of fewer is noise
LEAST_FOR_CLASSIFIER = 20  # examples of each sample


class Tested(NamedTuple):
    """What a test found: its p-value, and an effect that does not grow with the examples."""

    p_value: float
    effect: float


def compare_numbers(before: npt.ArrayLike, after: npt.ArrayLike) -> Tested:
    """Kolmogorov-Smirnov; the effect is the largest gap between the cumulative shares, 0 to 1.

    Args:
        before: Finite numbers, shape `[N]`.
        after: Likewise, `[M]`.
    """
    from scipy.stats import ks_2samp

    first, second = np.asarray(before, np.float64), np.asarray(after, np.float64)
    method = "exact" if max(len(first), len(second)) <= EXACT else "asymp"
    with warnings.catch_warnings():
        # Where the exact distribution cannot be computed the asymptotic one is as good.
        warnings.simplefilter("ignore", RuntimeWarning)
        result = ks_2samp(first, second, method=method)
    return Tested(float(result.pvalue), float(result.statistic))


def compare_categories(before: npt.ArrayLike, after: npt.ArrayLike, seed: int = 0) -> Tested:
    """Chi-square of homogeneity; the effect is the total variation distance, 0 to 1.

    Where a count below 5 is expected the p-value is that of random tables with the same margins
    (Hope 1968), which holds for any counts.

    Args:
        before: Categories, shape `[N]`.
        after: Likewise, `[M]`.
        seed: Of the random tables.
    """
    from scipy.stats import chi2

    counts = counted(before, after)[1]  # [2, K]
    totals = counts.sum(axis=1)
    distance = float(np.abs(counts[0] / totals[0] - counts[1] / totals[1]).sum() / 2)
    columns = counts.sum(axis=0)
    if len(columns) < 2:
        return Tested(1.0, 0.0)
    expected = np.outer(totals, columns) / totals.sum()
    statistic = ((counts - expected) ** 2 / expected).sum()
    if expected.min() >= FEW:
        return Tested(float(chi2.sf(statistic, len(columns) - 1)), distance)
    drawn = np.random.default_rng(seed).multivariate_hypergeometric(
        columns, int(totals[0]), size=DRAWS, method="marginals"
    )  # [R, K]
    parts = (drawn - expected[0]) ** 2 * (1 / expected[0] + 1 / expected[1])
    as_far = int((parts.sum(axis=1) >= statistic - 1e-9).sum())
    return Tested((1 + as_far) / (1 + DRAWS), distance)


def compare_by_classifier(before: np.ndarray, after: np.ndarray, seed: int = 0) -> Tested | None:
    """Classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).

    A forest of extremely randomised trees learns on one half of the examples to tell the samples
    apart and is tested on the other half, then the other way round. The effect is its mean area
    under the ROC curve, the chance that of one example of each sample it knows which is which: 0.5
    where they are alike.
    Ranks of held-out examples are exchangeable where the samples are alike, so Wilcoxon's rank-sum
    test gives each half's p-value; the smaller one counts, doubled.

    Args:
        before: Features, shape `[N, D]`.
        after: Likewise, `[M, D]`.
        seed: Of the halves and the forest.

    Returns:
        None where a sample has fewer than 20 examples.
    """
    from scipy.stats import mannwhitneyu
    from sklearn.ensemble import ExtraTreesClassifier

    if min(len(before), len(after)) < LEAST_FOR_CLASSIFIER:
        return None
    x = np.concatenate([before, after]).astype(np.float32)
    is_new = np.repeat([False, True], [len(before), len(after)])
    halves = np.concatenate([_halves(len(before), seed), _halves(len(after), seed + 1)])
    p_values, areas = [], []
    for held_out in (False, True):
        learned, asked = halves != held_out, halves == held_out
        forest = ExtraTreesClassifier(
            TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed, n_jobs=1
        ).fit(x[learned], is_new[learned])
        said = forest.predict_proba(x[asked])[:, 1]
        new, old = said[is_new[asked]], said[~is_new[asked]]
        result = mannwhitneyu(new, old, alternative="greater")
        p_values.append(float(result.pvalue))
        areas.append(float(result.statistic) / (len(new) * len(old)))
    return Tested(min(1.0, 2 * min(p_values)), float(np.mean(areas)))


def counted(before: npt.ArrayLike, after: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The K categories of both samples, and how often each has them, int64 `[2, K]`."""
    first, second = (np.asarray(side).astype(str) for side in (before, after))
    names, places = np.unique(np.concatenate([first, second]), return_inverse=True)
    counts = [np.bincount(side, minlength=len(names)) for side in np.split(places, [len(first)])]
    return names, np.stack(counts).astype(np.int64)


def adjusted(p_values: npt.ArrayLike, families: int = 1) -> np.ndarray:
    """Benjamini and Hochberg's (1995) adjusted p-values, times the number of families tested."""
    from scipy.stats import false_discovery_control

    values = np.asarray(p_values, np.float64)
    return np.minimum(1.0, false_discovery_control(values) * families) if len(values) else values


def _halves(count: int, seed: int) -> np.ndarray:
    """A random half of `count` examples, as marks `[N]`."""
    order = np.random.default_rng(seed).permutation(count)
    return order % 2 == 0
