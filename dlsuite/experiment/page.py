"""What a person reads on top of a run's page in the MLflow UI."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dlsuite.experiment.cross_validation import CrossValidation
from dlsuite.experiment.judging import Judged, Limit
from dlsuite.strategy.markdown import markdown_table
from dlsuite.strategy.verdict import shown

# Whose score stands beside the verdict: the first two of these that there are.
TELLING = ("test", "cv", "dev", "train")


def description(
    result: Judged,
    limits: Sequence[Limit],
    notes: Sequence[str],
    validation: CrossValidation | None = None,
    *,
    metric: str | None = None,
) -> str:
    """Markdown: verdict and headline scores, why, all scores, what to try, limits, notes, folds.

    The page shows its first lines and folds the rest away. Its headline tells of `metric`, or of
    the first that there is.
    """
    table = result.table()
    headline = _headline(table, metric)
    sections = {"Scores": markdown_table(_score_rows(table))}
    if result.diagnosis is not None:
        headline = f"**{result.diagnosis.headline}** {headline}"
        why, *others = result.diagnosis.sections().items()
        sections = {why[0]: why[1], **sections, **dict(others)}
    sections["Stated limits"] = "\n".join(f"- {limit.text()}" for limit in limits)
    sections["Notes"] = "\n".join(f"- {note}" for note in notes)
    if validation is not None:
        sections["Folds"] = markdown_table(_fold_rows(validation))
    parts = [headline]
    for heading, section in sections.items():
        if section:
            parts.append(f"### {heading}\n\n{section}" if heading else section)
    return "\n\n".join(parts) + "\n"


def _headline(table: pd.DataFrame, metric: str | None) -> str:
    """Such as `Accuracy on test 0.978 (baseline 0.961), on dev 1.000 (baseline 0.978).`"""
    # Scores begin with what tells most.
    metric = metric if metric is not None and metric in table.index else str(table.index[0])
    said = []
    for split in [split for split in TELLING if split in table][:2]:
        rival = table.get(f"baseline {split}", pd.Series(dtype=float)).get(metric)
        beside = "" if rival is None or rival != rival else f" (baseline {rival:#.4g})"
        said.append(f"on {shown(split)} **{table[split][metric]:#.4g}**{beside}")
    words = metric.replace("_", " ")
    return f"{words[0].upper()}{words[1:]} {', '.join(said)}."


def _score_rows(table: pd.DataFrame) -> list[list[str]]:
    rows = [["metric", *map(shown, table.columns)]]
    for metric, row in zip(table.index, table.to_numpy(), strict=True):
        rows.append([metric, *("" if value != value else f"{value:.4f}" for value in row)])
    return rows


def _fold_rows(validation: CrossValidation) -> list[list[str]]:
    """What each fold scored on what it held out."""
    metrics = list(validation.scores.values)
    rows = [["held out", "examples", *metrics]]
    for fold in validation.folds:
        values = fold.scores["test"].values
        scores = (f"{values[metric]:.4f}" for metric in metrics)
        rows.append([f"fold {fold.number}", f"{fold.counts['test']:,}", *scores])
    return rows
