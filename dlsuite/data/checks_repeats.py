"""Examples that occur more than once: where each of them stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from dlsuite.data.examples import Examples
from dlsuite.data.file_names import shown


@dataclass(frozen=True)
class Same:
    """One example that occurs more than once.

    Attributes:
        key: Of its content.
        places: Where: paths below the source, or `part[row]` counted from 0 among usable rows.
        parts: The split of each.
    """

    key: str
    places: tuple[str, ...]
    parts: tuple[str, ...]


def repeated(
    numbered: Mapping[str, Examples], given: Mapping[str, Examples]
) -> tuple[tuple[Same, ...], tuple[Same, ...]]:
    """What occurs more than once within a split, and what occurs in several.

    Args:
        numbered: By split, examples whose rows say which row of which part they came from.
        given: Examples by part as they came.
    """
    within: list[Same] = []
    across: list[Same] = []
    count = Counter(key for part in numbered.values() for key in part.keys.tolist())
    copies: dict[str, list[tuple[str, str]]] = {}  # split and place of each
    for name, part in numbered.items():
        for index, key in enumerate(part.keys.tolist()):
            if count[key] > 1:
                came, row = part.rows["part"][index], int(part.rows["row"][index])
                copies.setdefault(key, []).append((name, _place(given, came, row)))
    for key, found in copies.items():
        names, places = zip(*found, strict=True)
        same = Same(key, places, names)
        if len(set(names)) > 1:
            across.append(same)
        if len(set(names)) < len(names):
            within.append(same)
    return tuple(within), tuple(across)


def _place(given: Mapping[str, Examples], part: str, row: int) -> str:
    """Where an example stands in the data as it came."""
    rows = given[part].rows
    path = rows["path"][row] if isinstance(rows, Mapping) and "path" in rows else f"{part}[{row}]"
    return shown(path)
