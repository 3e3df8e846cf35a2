"""What a reader of data should hear: classes that are one in truth, nothing to tell apart."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dlsuite.data.delimited import Decimal, is_missing, kind_of, number
from dlsuite.data.examples import Collection

SHOWN = 3
MIXED = 0.5  # share of numbers from which a column of texts is perhaps one of numbers


def about_targets(collection: Collection) -> Iterator[str]:
    """Sentences about classes that are written alike, and about targets that are all the same."""
    about = collection.about
    lists = about.get("output_classes") or {}
    for names in [about.get("class_names"), about.get("label_names"), *lists.values()]:
        yield from _alike(names or ())
    if "label_names" in about or "output_classes" in about:
        return
    rows = [part.rows for part in collection.parts.values() if isinstance(part.rows, Mapping)]
    targets = [np.unique(r[n]) for r in rows for n in ("target", "label") if n in r]
    values = np.unique(np.concatenate(targets)) if targets else np.empty(0)
    if len(values) == 1:
        names = about.get("class_names")
        what = f"the class {names[int(values[0])]}" if names else f"the target {values[0]:g}"
        yield f"Every example has {what}: there is nothing to learn from it."


def about_texts(name: str, values: Sequence[str], decimal: Decimal) -> str:
    """A sentence about a column of texts that is perhaps one of numbers, or an empty string."""
    present = [value for value in values if not is_missing(value)]
    thousands = "." if decimal == "," else ","
    bare = [value.replace(thousands, "") for value in present]
    if bare and kind_of(bare, decimal) == "number":
        first = next(value for value in present if thousands in value)
        return (
            f"Column {name} is read as texts: its numbers, such as {first!r}, have marks between "
            "thousands. Write them plainly."
        )
    words = [value for value in present if np.isnan(number(value, decimal))]
    share = 1 - len(words) / max(len(present), 1)
    if share < MIXED:
        return ""
    return (
        f"Column {name} is read as texts: {share:.0%} of its values are numbers, and "
        f"{words[0]!r} is none. `columns: {{{name}: number}}` reads it as numbers."
    )


def _alike(names: Sequence[str]) -> Iterator[str]:
    """A sentence for names that differ only in case, spaces or the form of their letters."""
    same = defaultdict(list)
    for name in map(str, names):
        same["".join(unicodedata.normalize("NFKC", name).casefold().split())].append(name)
    twins = [found for found in same.values() if len(found) > 1]
    for found in twins[:SHOWN]:
        listed = " and ".join(map(repr, found))
        yield f"{listed} are different classes that are written alike: are they one?"
