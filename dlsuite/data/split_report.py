"""What is kept with a run about its splits: counts, hashes, and what they have in common."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dlsuite.data.examples import Examples
from dlsuite.data.file_names import shown
from dlsuite.data.hashing import set_hash
from dlsuite.data.relabels import Applied
from dlsuite.data.strata import stratum_counts, stratum_words

SHOWN = 5  # keys and classes that a message lists
LISTED = 10  # classes that the text counts


@dataclass(frozen=True)
class SplitReport:
    """Counts by split, what names the splits' content, and what leaks between them.

    Attributes:
        by: What was kept together: `example`, `group` or `time`.
        seed: Of the division.
        given: Splits that came with the data.
        counts: Examples by split.
        classes: Examples by split and class (or label, or other stratum); empty where there are no
            strata.
        hashes: SHA-256 by split of its keys and strata, in any order.
        repeated: Examples by split that equal an earlier one of the same split.
        shared: Different examples that two splits have in common, by `train & dev` and so on.
        shared_keys: The first of those.
        shared_groups: Groups that two splits have in common, where there are groups.
        warnings: What a reader should know, one sentence each.
        bad_examples: What was left out, `{"path": ..., "reason": ...}` each.
        relabels: What `data.relabels` changed, None where the recipe names no such file.
        marks: Whether an example may be of several of the classes, so that their counts overlap.
    """

    by: str
    seed: int
    given: tuple[str, ...]
    counts: dict[str, int]
    classes: dict[str, dict[str, int]]
    hashes: dict[str, str]
    repeated: dict[str, int]
    shared: dict[str, int]
    shared_keys: dict[str, list[str]]
    shared_groups: dict[str, int]
    warnings: tuple[str, ...]
    bad_examples: tuple[Mapping[str, str], ...] = ()
    relabels: Applied | None = None
    marks: bool = False

    @property
    def disjoint(self) -> bool:
        """No example is in two splits; where division was by group, no group either."""
        groups = any(self.shared_groups.values()) if self.by == "group" else False
        return not any(self.shared.values()) and not groups

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with `disjoint`."""
        return {**asdict(self), "disjoint": self.disjoint}

    def text(self) -> str:
        """A line for each split, then the finding, then the warnings."""
        lines = [
            f"{name:<10}{count:>9,}  {self.hashes[name][:12]}  {self._of_classes(name)}".rstrip()
            for name, count in self.counts.items()
        ]
        lines.append(
            "No example is in two splits." if self.disjoint else "The splits are not disjoint."
        )
        return "\n".join([*lines, *self.warnings])

    def _of_classes(self, split: str) -> str:
        words = _most(self.classes.get(split, {}))
        return f"examples with {words}" if words and self.marks else words


def _most(counts: Mapping[str, int]) -> str:
    """Such as `cat: 5, dog: 3`: the classes with most examples first."""
    found = Counter(counts).most_common()
    words = [f"{name}: {count:,}" for name, count in found[:LISTED]]
    return ", ".join(words) + (f" and {len(found) - LISTED} more" if len(found) > LISTED else "")


def report_on(
    parts: Mapping[str, Examples],
    *,
    by: str,
    seed: int,
    given: Sequence[str] = (),
    class_names: Sequence[str] | None = None,
) -> SplitReport:
    """Compares finished splits; everything in the report is counted on `parts` as they are."""
    distinct = {name: np.unique(part.keys) for name, part in parts.items()}
    common = {
        f"{a} & {b}": np.intersect1d(distinct[a], distinct[b]) for a, b in combinations(parts, 2)
    }
    groups = {name: part.groups for name, part in parts.items() if part.groups is not None}
    shared_groups = {
        f"{a} & {b}": len(np.intersect1d(groups[a], groups[b])) for a, b in combinations(groups, 2)
    }
    classes = {
        name: stratum_counts(part.strata, class_names)
        for name, part in parts.items()
        if part.strata is not None
    }
    shared = {pair: len(keys) for pair, keys in common.items()}
    shared_keys = {pair: keys[:SHOWN].tolist() for pair, keys in common.items() if len(keys)}
    repeated = {name: len(part) - len(distinct[name]) for name, part in parts.items()}
    return SplitReport(
        by=by,
        seed=seed,
        given=tuple(given),
        counts={name: len(part) for name, part in parts.items()},
        classes=classes,
        hashes={name: _hash(part) for name, part in parts.items()},
        repeated=repeated,
        marks=any(part.strata is not None and part.strata.ndim == 2 for part in parts.values()),
        shared=shared,
        shared_keys=shared_keys,
        shared_groups=shared_groups,
        warnings=(
            *leaks(shared, shared_keys),
            *(group_leaks(shared_groups) if by == "group" else ()),
            *_missing_classes(classes),
            *_conflicts(parts),
        ),
    )


def _hash(part: Examples) -> str:
    if part.strata is None:
        return set_hash(part.keys)
    words = stratum_words(part.strata)
    return set_hash(f"{key} {word}" for key, word in zip(part.keys, words, strict=True))


def leaks(shared: Mapping[str, int], keys: Mapping[str, list[str]]) -> list[str]:
    """A sentence for each two splits that have examples in common."""
    return [
        f"{_are(count, 'example')} in both {pair.replace(' & ', ' and ')}, so that scores there "
        f"flatter; `dlsuite data check` shows them. Keys: {', '.join(keys[pair])}"
        f"{' and more' if count > SHOWN else ''}."
        for pair, count in shared.items()
        if count
    ]


def group_leaks(shared_groups: Mapping[str, int]) -> list[str]:
    """A sentence for each two splits that have groups in common."""
    return [
        f"{_are(count, 'group')} in both {pair.replace(' & ', ' and ')}."
        for pair, count in shared_groups.items()
        if count
    ]


def _are(count: int, thing: str) -> str:
    return f"1 {thing} is" if count == 1 else f"{count:,} {thing}s are"


def _missing_classes(classes: Mapping[str, Mapping[str, int]]) -> list[str]:
    total: Counter[str] = Counter()
    for counts in classes.values():
        total.update(counts)
    sentences = []
    for name, counts in classes.items():
        missing = [f"{label} ({total[label]} in all)" for label in total if not counts.get(label)]
        if missing:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            sentences.append(
                f"{len(missing)} classes have no example in {name}: "
                f"{', '.join(missing[:SHOWN])}{more}."
            )
    return sentences


def _conflicts(parts: Mapping[str, Examples]) -> list[str]:
    """Equal examples of different labels: how many, and where the first of them stand."""
    labelled = {name: part for name, part in parts.items() if part.strata is not None}
    if not labelled:
        return []
    keys = np.concatenate([part.keys for part in labelled.values()])
    strata = np.concatenate([part.strata for part in labelled.values()])  # type: ignore[misc]
    places = [place for part in labelled.values() for place in _places(part)]
    labels = np.unique(strata, axis=0, return_inverse=True)[1].reshape(-1)
    units, numbers = np.unique(keys, return_inverse=True)
    pairs = np.unique(np.stack([numbers, labels]), axis=1)
    torn = np.flatnonzero(np.bincount(pairs[0], minlength=len(units)) > 1)
    if not len(torn):
        return []
    first = [
        " = ".join(places[index] for index in np.flatnonzero(numbers == unit)[:SHOWN])
        for unit in torn[:SHOWN]
    ]
    what = "1 example occurs" if len(torn) == 1 else f"{len(torn):,} examples occur"
    more = "; …" if len(torn) > SHOWN else ""
    return [f"{what} with different labels: {'; '.join(first)}{more}."]


def _places(part: Examples) -> list[str]:
    """Where each example stands: its path where it has one, else the beginning of its key."""
    rows = part.rows if isinstance(part.rows, Mapping) else {}
    if "path" in rows:
        return [shown(item) for item in rows["path"].tolist()]
    return [str(key)[:12] for key in part.keys]
