"""Tables as Markdown that can be read where the MLflow UI shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

# That page gives the cells of a table no room of their own and what follows it no distance.
ROOM = "&emsp;"
DISTANCE = "&nbsp;"


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells, the first row being the heading; all columns but the first hold numbers."""
    header, *others = [f"| {' | '.join(f'{cell}{ROOM}' for cell in row)} |" for row in rows]
    columns = header.count("|") - 2
    return "\n".join([header, f"|---|{'---:|' * columns}", *others, "", DISTANCE])
