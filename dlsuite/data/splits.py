"""Dividing examples into train, dev and test by their content, and the proof that it was clean."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from dlsuite.data.examples import PARTS, Collection, DataError, Examples
from dlsuite.data.hashing import ranks
from dlsuite.data.split_report import SplitReport, report_on
from dlsuite.data.strata import stratum_codes, stratum_names

By = Literal["example", "group", "time"]

# `auto`: 60/20/20 up to ten thousand examples, 98/1/1 from a million on. Between, the size of dev
# and test follows the power law that joins both ends: 2,000 at ten thousand, 10,000 at a million.
SMALL, LARGE = 10_000, 1_000_000
SMALL_SHARE, LARGE_SHARE = 0.2, 0.01


class Fold(NamedTuple):
    """One of `of` equal parts, from 1 on; `held_out` is None where none of them is."""

    of: int
    held_out: int | None = None


def split(
    collection: Collection,
    *,
    ratios: Mapping[str, float] | Literal["auto"] = "auto",
    by: By = "example",
    seed: int = 0,
    fold: Fold | None = None,
) -> tuple[dict[str, Examples], SplitReport]:
    """Divides a collection; what goes where depends on content and `seed`, not on row order.

    Given parts are kept. What they lack is carved from train: dev always, test and train_dev
    where `ratios` name them, each with its share of what train and they hold together.

    Args:
        collection: What a source gave.
        ratios: Shares of `train`, `dev`, `test` and `train_dev` that add up to 1, or `auto`:
            60/20/20 up to 10,000 examples, 98/1/1 from a million on, a smooth path between.
        by: `example` balances the strata and never cuts equal keys apart; `group` never cuts a
            group apart (nor groups that share an example); `time` gives the later groups to dev,
            the latest to test, and cuts no moment apart.
        seed: Another seed draws another division.
        fold: What would be divided (all, or the given train) is first cut into equal folds, as `by`
            says. The fold held out is test, in place of a given one; the rest is divided without
            test, differently for each fold. Each example is held out by one fold.

    Returns:
        The examples by split, in their first order, and the report.
    """
    pool_name = "all" if "all" in collection.parts else "train"
    pool = collection.parts[pool_name]
    given = {name: part for name, part in collection.parts.items() if name != pool_name}
    total = sum(len(part) for part in collection.parts.values())
    shares = _shares(ratios, total, {*given, *(["test"] if fold else [])})
    chosen, test, inner_seed = pool, {}, seed
    if fold is not None and fold.held_out is not None:
        held_out = _fold_of(pool, fold.of, by, seed) == fold.held_out
        chosen, test = pool.take(~held_out), {"test": pool.take(held_out)}
        inner_seed = int(ranks([f"fold {fold.held_out}"], seed)[0])
    places = _places(chosen, shares, by, inner_seed)
    _check_filled(places, shares, len(chosen), by)
    carved = {name: chosen.take(np.flatnonzero(places == i)) for i, name in enumerate(shares)}
    all_parts = {**carved, **given, **test}
    parts = {name: all_parts[name] for name in PARTS if name in all_parts}
    came = tuple(name for name in given if name not in test)
    report = report_on(
        parts, by=by, seed=seed, given=came, class_names=stratum_names(collection.about)
    )
    return parts, report


def auto_share(total: int) -> float:
    """The share of dev, and of test, that `auto` gives to `total` examples."""
    if total <= SMALL:
        return SMALL_SHARE
    if total >= LARGE:
        return LARGE_SHARE
    power = np.log(LARGE_SHARE / SMALL_SHARE) / np.log(LARGE / SMALL)
    return float(SMALL_SHARE * (total / SMALL) ** power)


def _fold_of(pool: Examples, count: int, by: By, seed: int) -> np.ndarray:
    """Number of the fold of each example, 1 to `count`, shape `[N]`."""
    places = _places(pool, dict.fromkeys(map(str, range(count)), 1 / count), by, seed)
    filled = len(np.unique(places))
    if filled < count:
        raise DataError(
            f"Every fold needs at least one example that it shares with no other, {count} folds "
            f"when dividing by {by}. Received: {len(pool)} examples, which fill {filled}."
        )
    return places + 1


def _shares(
    ratios: Mapping[str, float] | Literal["auto"], total: int, given: Iterable[str]
) -> dict[str, float]:
    """Shares of the pool, adding up to 1, for the splits that must be carved from it."""
    if isinstance(ratios, str):
        share = auto_share(total)
        # Who gave a dev set but no test set has none to give.
        wanted = {"train": 1 - 2 * share, "dev": share, "test": 0.0 if "dev" in given else share}
    else:
        wanted = dict(ratios)
        _check_ratios(wanted)
    kept = {n: wanted[n] for n in PARTS if wanted.get(n, 0.0) > 0 and n not in given}
    return {name: share / sum(kept.values()) for name, share in kept.items()}


def _check_ratios(ratios: Mapping[str, float]) -> None:
    unknown = sorted(set(ratios) - set(PARTS))
    if unknown:
        raise ValueError(f"Splits are {', '.join(PARTS)}. Received: {', '.join(unknown)}.")
    if ratios.get("train", 0.0) <= 0 or min(ratios.values()) < 0:
        raise ValueError(f"Shares must be 0 or more, that of train above 0. Received: {ratios}.")
    if abs(sum(ratios.values()) - 1) > 1e-6:
        raise ValueError(
            f"Shares must add up to 1. Received: {dict(ratios)}, which add up to "
            f"{sum(ratios.values()):g}."
        )


def _places(pool: Examples, shares: Mapping[str, float], by: By, seed: int) -> np.ndarray:
    """Number of the split of each example, shape `[N]`."""
    wanted = np.array(list(shares.values()))
    if by == "example":
        return _by_example(pool, wanted, seed)
    if pool.groups is None:
        raise DataError(
            f"`by: {by}` needs `groups`, which say what belongs together or when it was. "
            "Received: a source that gives none."
        )
    if by == "group":
        return _by_group(pool.groups, pool.keys, wanted, seed)
    _, moment = np.unique(pool.groups, return_inverse=True)
    return _cut(np.bincount(moment), wanted * len(pool))[moment]


def _by_example(pool: Examples, wanted: np.ndarray, seed: int) -> np.ndarray:
    keys, first, unit, sizes = np.unique(
        pool.keys, return_index=True, return_inverse=True, return_counts=True
    )
    strata = np.zeros(len(keys), np.int64)
    if pool.strata is not None:
        codes = stratum_codes(pool.strata)
        strata = codes[first]
        np.minimum.at(strata, unit, codes)  # equal examples of two labels: whatever the row order
    order = np.lexsort((ranks(keys, seed), strata))  # [U] units: stratum by stratum, each shuffled
    places = np.empty(len(keys), np.int64)
    have = np.zeros(len(wanted))
    for members in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        # What rounding took from a split in one stratum, the next stratum gives back.
        due = wanted * (have.sum() + sizes[members].sum()) - have
        places[members] = _cut(sizes[members], due)
        have += np.bincount(places[members], weights=sizes[members], minlength=len(wanted))
    return places[unit]


def _cut(sizes: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Split of each unit when units of `sizes` fill `due` places one split after another."""
    due = np.maximum(due, 0.0)
    whole = np.floor(due)
    rest = round(float(sizes.sum() - whole.sum()))
    if rest > 0:
        whole[np.argsort(-(due - whole), kind="stable")[:rest]] += 1
    middle = np.cumsum(sizes) - sizes / 2
    return np.minimum(np.searchsorted(np.cumsum(whole), middle, side="right"), len(due) - 1)


def _by_group(groups: np.ndarray, keys: np.ndarray, wanted: np.ndarray, seed: int) -> np.ndarray:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    names, group = np.unique(groups, return_inverse=True)
    key = np.unique(keys, return_inverse=True)[1]
    ends = len(names) + int(key.max()) + 1
    links = coo_matrix((np.ones(len(key)), (group, len(names) + key)), shape=(ends, ends))
    cluster_of_group = connected_components(links, directed=False)[1][: len(names)]
    clusters, cluster = np.unique(cluster_of_group, return_inverse=True)
    rank = np.full(len(clusters), np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(rank, cluster, ranks((str(name) for name in names), seed))
    sizes = np.bincount(cluster[group], minlength=len(clusters))
    places = np.empty(len(clusters), np.int64)
    lack = wanted * len(keys)
    empty = set(range(len(wanted)))
    for done, number in enumerate(np.argsort(rank)):
        # The last groups go where there is none yet.
        open_splits = sorted(empty) if len(clusters) - done <= len(empty) else range(len(wanted))
        places[number] = max(open_splits, key=lambda split: lack[split])
        lack[places[number]] -= sizes[number]
        empty.discard(int(places[number]))
    return places[cluster[group]]


def _check_filled(places: np.ndarray, shares: Mapping[str, float], total: int, by: By) -> None:
    counts = np.bincount(places, minlength=len(shares))
    if counts.min() == 0:
        got = ", ".join(f"{name} {count}" for name, count in zip(shares, counts, strict=True))
        asked = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise DataError(
            f"Every split needs at least one example: too few for the shares {asked} when "
            f"dividing by {by}. Received: {total} examples, divided into {got}."
        )
