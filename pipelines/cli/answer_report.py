"""What a person reads after `predict`: the answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    import pandas as pd


def answers_page(answers: pd.DataFrame) -> None:
    """Answers, one line each; the error column only where there is an error."""
    shown = answers if (answers["error"] != "").any() else answers.drop(columns="error")
    shown = shown.drop(columns=answers.attrs.get("details", []))
    names = shown["file"].map(lambda path: Path(path).name)
    if "row" in shown or names.is_unique:  # the whole path only where a name is not enough
        shown = shown.assign(file=names)
    table = Table(box=None)
    for name in shown:
        words = str(name).replace("top_2_probability", "").replace("top_2", "runner-up")
        table.add_column(words.replace("_", " "), overflow="fold")
    for row in shown.itertuples(index=False):
        table.add_row(*(escape(_answer(value)) for value in row))
    screen().print(table)


def _answer(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}" if abs(value) >= 1 else f"{value:.3f}"
    return str(value)
