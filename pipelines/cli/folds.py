"""The folds of a cross-validation as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from dlsuite.experiment import CrossValidation


def folds_table(validation: CrossValidation) -> Table:
    """A line for each fold, their mean and spread, and the intervals of all of them together."""
    summary, metrics = validation.summary, list(validation.summary.index)
    table = Table(box=None, header_style="bold")
    for name in ("held out", "examples", *metrics):
        table.add_column(name, justify="left" if name == "held out" else "right", no_wrap=True)
    for fold in validation.folds:
        values = (f"{fold.scores['test'].values[metric]:.4f}" for metric in metrics)
        table.add_row(f"fold {fold.number}", f"{fold.counts['test']:,}", *values)
    together = f"{len(validation.scores.examples):,}"
    for name, column in (("mean", "mean"), ("standard deviation", "std")):
        table.add_row(name, "", *(f"{value:.4f}" for value in summary[column]), style="bold")
    table.add_row("all together", together, *_shown(summary["pooled"]))
    table.add_row("  95 % from", "", *_shown(summary["low"]))
    table.add_row("  95 % to", "", *_shown(summary["high"]))
    if validation.baseline is not None:
        table.add_row("minus baseline", "", *_shown(summary["difference"], "+"))
        table.add_row("  95 % from", "", *_shown(summary["difference_low"], "+"))
        table.add_row("  95 % to", "", *_shown(summary["difference_high"], "+"))
    return table


def _shown(values: Iterable[float], sign: str = "") -> list[str]:
    return ["" if value != value else f"{value:{sign}.4f}" for value in values]
