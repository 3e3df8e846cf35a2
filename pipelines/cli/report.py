"""What a person reads after `train`, `plan` and `show`: scores, verdict, where things are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.experiment import Limit, Plan, Result
    from dlsuite.tracking import RunRecord


def result_page(result: Result) -> None:
    """Scores beside the baseline, the verdict, limits, and how to go on."""
    console = Console()
    console.print()
    console.print(_scores(result.judged.table()))
    if result.diagnosis is not None:
        console.print()
        console.print(escape(result.diagnosis.text()), highlight=False)
    console.print()
    _limits(console, result.limits)
    for note in result.notes:
        console.print(f"[yellow]note:[/] {escape(note)}", highlight=False)
    console.print()
    short = result.run_id[:8]
    facts = Table(box=None, show_header=False, padding=(0, 1))
    facts.add_row("run", f"{result.run_id}")
    facts.add_row("store", escape(result.store))
    if result.exported is not None:
        exported = result.exported
        facts.add_row(
            "model",
            f"{exported.size_mb:.2f} MB, p50 {exported.p50_latency_ms:.2f} ms and p95 "
            f"{exported.p95_latency_ms:.2f} ms an answer, replayed with difference "
            f"{exported.max_difference:.1e}",
        )
    facts.add_row("look", f"dlsuite show {short}    or    dlsuite ui")
    if result.exported is not None:
        facts.add_row("serve", f"dlsuite export {short} exports/model")
    console.print(facts)


def plan_page(planned: Plan) -> None:
    """The checked recipe, the data by split, the model and the length of the training."""
    from dlsuite.recipe import flatten

    console = Console()
    learner, settings = planned.learner, planned.learner.settings
    recipe = Table("key", "value", box=None)
    for key, value in flatten(planned.recipe.resolved).items():
        recipe.add_row(key, escape(str(value)))
    console.print(recipe)
    console.print()
    if learner.splits.report is not None:
        console.print(escape(learner.splits.report.text()), highlight=False)
    console.print()
    learner.model.summary(print_fn=lambda text, **_: print(text))
    steps = learner.steps_per_epoch
    console.print(
        f"{settings.training.epochs} epochs of {steps:,} steps; nothing was trained. "
        "`dlsuite train` with the same words does it."
    )


def run_page(record: RunRecord) -> None:
    """One tracked run: what it is, how it ended, its verdict and scores."""
    console = Console()
    facts = Table(box=None, show_header=False, padding=(0, 1))
    facts.add_row("run", record.run_id)
    facts.add_row("recipe", escape(f"{record.name} ({record.pipeline})"))
    facts.add_row("status", record.status + _reason(record))
    facts.add_row("started", f"{record.started:%Y-%m-%d %H:%M:%S} UTC, {record.duration:.0f} s")
    if "git_commit" in record.tags:
        dirty = " with local changes" if record.tags.get("git_dirty") in ("true", "True") else ""
        facts.add_row("commit", record.tags["git_commit"][:12] + dirty)
    console.print(facts)
    scores = {k: v for k, v in record.metrics.items() if not k.startswith("epoch.")}
    if scores:
        table = Table("metric", "value", box=None)
        for name, value in sorted(scores.items()):
            table.add_row(name, f"{value:.4g}")
        console.print(table)
    note = record.tags.get("mlflow.note.content")
    if note:
        from rich.markdown import Markdown

        console.print(Markdown(note.partition("## Scores")[0]))
    names = record.artifacts()
    if names:
        console.print(f"artifacts: {escape(', '.join(names))}", highlight=False)


def answers_page(answers: pd.DataFrame) -> None:
    """Answers, one line each; the error column only where there is an error."""
    shown = answers if (answers["error"] != "").any() else answers.drop(columns="error")
    shown = shown[[name for name in shown if not str(name).startswith("top_3")]]
    names = shown["file"].map(lambda path: Path(path).name)
    if "row" in shown or names.is_unique:  # the whole path only where a name is not enough
        shown = shown.assign(file=names)
    table = Table(box=None)
    for name in shown:
        words = str(name).replace("top_2_probability", "").replace("top_2", "runner-up")
        table.add_column(words.replace("_", " "), overflow="fold")
    for row in shown.itertuples(index=False):
        table.add_row(*(escape(_answer(value)) for value in row))
    Console().print(table)


def _answer(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}" if abs(value) >= 1 else f"{value:.3f}"
    return str(value)


def runs_page(rows: pd.DataFrame) -> None:
    """Runs, newest first, one line each, with their headline scores."""
    table = Table(box=None)
    for name in ("run", "recipe", "status", "started (UTC)", "seconds", "test score"):
        table.add_column(name, no_wrap=name != "test score", overflow="fold")
    for row in rows.to_dict("records"):
        table.add_row(
            str(row["run_id"])[:8],
            escape(str(row["name"])),
            str(row["status"]),
            f"{row['started']:%m-%d %H:%M}",
            f"{row['duration']:.0f}",
            _headline({str(name): value for name, value in row.items()}),
        )
    Console().print(table)


def _headline(row: Mapping[str, Any]) -> str:
    """The metric that the recipe optimizes, else the first that is better when high."""
    from dlsuite.metrics import higher_is_better

    start = "metrics.test."
    scores = {k.removeprefix(start): v for k, v in row.items() if k.startswith(start) and v == v}
    wanted = row.get("params.evaluation.optimize")
    if wanted not in scores:
        ordered = sorted(scores, key=lambda name: (not higher_is_better(name), name))
        wanted = ordered[0] if ordered else None
    return "" if wanted is None else f"{wanted} {scores[wanted]:.4g}"


def _scores(frame: pd.DataFrame) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("metric", no_wrap=True)
    for column in frame.columns:
        table.add_column(column.replace(" ", "\n"), justify="right", no_wrap=True)
    for metric, row in zip(frame.index, frame.to_numpy(), strict=True):
        table.add_row(str(metric), *("" if value != value else f"{value:.4f}" for value in row))
    return table


def _limits(console: Console, limits: Iterable[Limit]) -> None:
    for limit in limits:
        colour = "green" if limit.kept else "red"
        console.print(f"[{colour}]{escape(limit.text())}[/]", highlight=False)


def _reason(record: RunRecord) -> str:
    reason = record.tags.get("error") or record.tags.get("killed_by")
    return escape(f": {reason}") if reason else ""
