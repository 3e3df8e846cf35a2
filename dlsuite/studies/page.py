"""A comparison as files: a page for a browser, the disagreements as CSV, all of it as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dlsuite.figures import html_page as html
from dlsuite.figures import image_grid
from dlsuite.figures.comparison import overlaid_curves
from dlsuite.studies.comparison import Comparison
from dlsuite.studies.disagreements import Disagreement
from dlsuite.studies.pairing import Difference
from dlsuite.studies.pictures import pictures_of
from dlsuite.studies.wording import (
    COSTS,
    answer,
    basis,
    cost_figure,
    figure,
    headline,
    listed,
    uneven,
)

PAGE, PLAIN = "comparison.html", "comparison.json"
PICTURES = 18  # of a disagreement
ROWS = 15  # of a disagreement that the page lists; the CSV has all
NO_INTERVAL = "no interval: the tables of answers do not tell it"
KINDS = {"better": "good", "worse": "bad", "higher": "", "lower": ""}


def files_of(comparison: Comparison, folder: str | Path) -> list[Path]:
    """What `write` writes into a folder."""
    tables = [_csv(each) for each in comparison.disagreements.values()]
    return [Path(folder) / name for name in (PAGE, PLAIN, *tables)]


def write(comparison: Comparison, folder: str | Path) -> list[Path]:
    """Write a page that needs nothing but itself, with CSV and JSON beside it; files are replaced.

    Args:
        comparison: What `compare` gave.
        folder: Made if need be.

    Returns:
        The files, the page first.
    """
    files = files_of(comparison, folder)
    Path(folder).mkdir(parents=True, exist_ok=True)
    title = " vs. ".join(side.title for side in comparison.sides)
    document = html.page(f"{title}: comparison", _parts(comparison))
    files[0].write_text(document, encoding="utf-8")
    files[1].write_text(
        json.dumps(_finite(comparison.to_dict()), indent=2, default=_scalar) + "\n",
        encoding="utf-8",
    )
    for path, each in zip(files[2:], comparison.disagreements.values(), strict=True):
        each.table.to_csv(path, index=False)
    return files


def _parts(comparison: Comparison) -> Iterator[html.Markup]:
    names = dict.fromkeys(side.record.name for side in comparison.sides)
    yield html.heading(f"{len(comparison.sides)} runs of {' and '.join(names)}", 1)
    for sentence in headline(comparison):
        yield html.paragraph(sentence, "lead")
    yield _runs(comparison)
    yield html.heading(f"Scores on {comparison.split}")
    yield from _scores(comparison)
    yield html.heading("What differs")
    yield from _recipes(comparison)
    yield html.heading("Curves")
    histories = {side.title: side.epochs for side in comparison.sides if side.epochs}
    if histories:
        yield html.picture(overlaid_curves(histories), "Losses and a metric over the epochs")
    else:
        yield html.paragraph("No run kept what its epochs measured.", "soft")
    yield html.heading("Size and time")
    yield _cost(comparison)
    for each in comparison.disagreements.values():
        yield html.heading(f"Where {each.first} and {each.other} disagree")
        yield from _disagreement(comparison, each)
    yield html.heading("Notes")
    yield html.bullets(comparison.notes)


def _runs(comparison: Comparison) -> html.Markup:
    header = ["", "recipe", "run", "status", "started (UTC)", "verdict"]
    rows = [
        [
            side.letter,
            side.record.name,
            html.code(side.record.run_id),
            side.record.status,
            f"{side.record.started:%Y-%m-%d %H:%M}",
            side.record.tags.get("verdict", ""),
        ]
        for side in comparison.sides
    ]
    return html.table(header, rows)


def _scores(comparison: Comparison) -> Iterator[html.Markup]:
    first = comparison.sides[0].letter
    for side in comparison.sides[1:]:
        yield html.heading(f"{side.letter} beside {first}", 3)
        yield html.paragraph(basis(comparison, side.letter), "soft")
        names = ["metric", first, side.letter, "difference", "95 % interval", " ", "finding"]
        rows = [_score_row(each) for each in comparison.of(side.letter)]
        yield html.table(names, rows, numbers=names[1:5])


def _score_row(each: Difference) -> list[str]:
    values = [each.metric, figure(each.first), figure(each.value)]
    ahead = figure(each.value - each.first, sign=True)
    if each.interval is None:
        return [
            *values,
            ahead,
            "",
            "",
            html.marked(NO_INTERVAL, "soft"),
        ]
    estimate, low, high = each.interval
    reach = max(abs(low), abs(high))
    return [
        *values,
        ahead,
        f"{figure(low, sign=True)} to {figure(high, sign=True)}",
        html.interval_bar(low, estimate, high, reach),
        html.marked(each.finding, KINDS.get(each.finding, "soft")),
    ]


def _recipes(comparison: Comparison) -> Iterator[html.Markup]:
    for name, table in (("recipes", comparison.recipe), ("surroundings", comparison.surroundings)):
        if table.empty:
            same = (
                "The recipes are the same."
                if name == "recipes"
                else "Data, code commit, packages and machine are the same."
            )
            yield html.paragraph(same)
            continue
        header = ["key of the recipe" if name == "recipes" else "surroundings", *table.columns]
        rows = [
            [html.code(str(key)), *(html.code(listed(value)) for value in row)]
            for key, row in zip(table.index, table.to_numpy(), strict=True)
        ]
        yield html.table(header, rows)


def _cost(comparison: Comparison) -> html.Markup:
    cost = comparison.cost
    rows = [
        [COSTS[str(name)], *(cost_figure(value) for value in row)]
        for name, row in zip(cost.index, cost.to_numpy(), strict=True)
    ]
    return html.table(["", *cost.columns], rows, numbers=list(cost.columns))


def _disagreement(comparison: Comparison, each: Disagreement) -> Iterator[html.Markup]:
    yield html.paragraph(uneven(each))
    yield html.table(
        list(each.counts), [[f"{n:,}" for n in each.counts.values()]], numbers=list(each.counts)
    )
    if len(each.by_class):
        names = [str(name) for name in each.by_class]
        rows = [[str(cell) for cell in row] for row in each.by_class.to_numpy()]
        yield html.heading("By class", 3)
        yield html.table(names, rows, numbers=names[1:])
    if each.table.empty:
        return
    yield html.heading("Examples", 3)
    yield from _pictures(comparison, each)
    shown = each.table.head(ROWS)
    names = [str(name) for name in shown]
    rows = [
        [html.code(str(row[0])[:12]), *(answer(cell) for cell in row[1:])]
        for row in shown.itertuples(index=False)
    ]
    yield html.table(names, rows, numbers=[name for name in names if _is_number(name)])
    cut = len(each.table) > ROWS
    which = (
        f"These are {ROWS:,} of {len(each.table):,}; all of them are" if cut else "They are also"
    )
    yield html.paragraph(f"{which} in {_csv(each)}.", "soft")


def _pictures(comparison: Comparison, each: Disagreement) -> Iterator[html.Markup]:
    if each.are_numbers:
        return
    shown = each.table.head(PICTURES)
    side = next(side for side in comparison.sides if side.letter == each.other)
    images, note = pictures_of(side, shown["key"])
    if note:
        yield html.paragraph(note, "soft")
    rows = [row for row in shown.to_dict("records") if row["key"] in images]
    if rows:
        captions = [_caption(row, (each.first, each.other)) for row in rows]
        grid = image_grid([images[row["key"]] for row in rows], captions)
        yield html.picture(grid, "Examples that the runs answer differently")


def _caption(row: dict[Any, Any], letters: tuple[str, str]) -> str:
    lines = [f"true {row['truth']}"]
    for letter in letters:
        sure = row.get(f"confidence {letter}")
        share = "" if sure is None else f" {sure:.0%}"
        lines.append(f"{letter} {row[f'answer {letter}']}{share}")
    return "\n".join(lines)


def _is_number(name: str) -> bool:
    return name.startswith(("confidence ", "loss "))


def _csv(each: Disagreement) -> str:
    return f"disagreements_{each.first}_{each.other}.csv"


def _finite(value: Any) -> Any:
    """NaN and infinities, which JSON has not, as null."""
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _scalar(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)
