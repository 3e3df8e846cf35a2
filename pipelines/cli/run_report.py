"""What a person reads after `runs` and `show`: what was tracked, how it ended, its scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from pipelines.cli.screen import screen

if TYPE_CHECKING:
    import pandas as pd

    from dlsuite.tracking import RunRecord


HEADLINES = ("test", "cv", "dev")  # splits, of which the first that there is stands for the run


def runs_page(rows: pd.DataFrame, metric: str | None = None) -> None:
    """Runs in their order, one line each, with a metric or their headline scores."""
    table = Table(box=None)
    for name in ("run", "recipe", "status", "started (UTC)", "seconds"):
        table.add_column(name, no_wrap=True, overflow="fold")
    table.add_column(metric or "score", overflow="fold")
    for row in rows.to_dict("records"):
        table.add_row(
            str(row["run_id"])[:8],
            escape(str(row["name"])),
            str(row["status"]),
            f"{row['started']:%m-%d %H:%M}",
            f"{row['duration']:.0f}",
            f"{row[f'metrics.{metric}']:.4g}" if metric else _headline(row),
        )
    screen().print(table)


def _headline(row: Mapping[Any, Any]) -> str:
    """The metric that the run says, else the first that is better when high."""
    from dlsuite.metrics import higher_is_better

    for split in HEADLINES:
        start = f"metrics.{split}."
        scores = {
            k.removeprefix(start): v for k, v in row.items() if k.startswith(start) and v == v
        }
        if scores:
            ordered = sorted(scores, key=lambda name: (not higher_is_better(name), name))
            stated = (row.get("headline"), row.get("params.evaluation.optimize"))
            metric = next((name for name in stated if name in scores), ordered[0])
            return f"{split} {metric} {scores[metric]:.4g}"
    return ""


def run_page(record: RunRecord) -> None:
    """One tracked run: what it is, how it ended, its verdict and scores."""
    console = screen()
    facts = Table(box=None, show_header=False, padding=(0, 1))
    facts.add_row("run", record.run_id)
    facts.add_row("recipe", escape(f"{record.name} ({record.pipeline})"))
    facts.add_row("status", record.status + _reason(record))
    facts.add_row("started", f"{record.started:%Y-%m-%d %H:%M:%S} UTC, {record.duration:.0f} s")
    if record.status == "KILLED":
        facts.add_row("go on", f"dlsuite train --resume {record.run_id[:8]}")
    if "git_commit" in record.tags:
        dirty = " with local changes" if record.tags.get("git_dirty") in ("true", "True") else ""
        facts.add_row("commit", record.tags["git_commit"][:12] + dirty)
    columns, others = _by_split(record)
    for name, value in others.items():
        facts.add_row(name, f"{value:.4g}")
    console.print(facts)
    if columns:
        import pandas as pd

        from pipelines.cli.report import scores_table

        console.print()
        console.print(scores_table(pd.DataFrame(columns)))
        console.print()
    note = record.tags.get("mlflow.note.content")
    if note:
        from rich.markdown import Markdown

        head, _, rest = note.partition("### Scores")  # They stand above.
        console.print(Markdown(head + "".join(rest.partition("### ")[1:])))
    if record.files_gone is not None:
        console.print(f"[red]its files are gone:[/] {escape(str(record.files_gone))}")
        return
    names = record.artifacts()
    if names:
        console.print(f"artifacts: {escape(', '.join(names))}", highlight=False)


def _by_split(record: RunRecord) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Final scores as `{split: {metric: value}}`, those of the baseline last; what is no score."""
    from dlsuite.data.examples import PARTS
    from dlsuite.tracking import EPOCH

    columns: dict[str, dict[str, float]] = {}
    others = {}
    for name, value in record.metrics.items():
        split, _, metric = name.removeprefix("baseline.").partition(".")
        if metric:
            kind = "baseline " if name.startswith("baseline.") else ""
            columns.setdefault(f"{kind}{split}", {})[metric] = value
        elif not name.startswith(EPOCH):
            others[name.replace("_", " ")] = value
    order = [f"{kind}{split}" for kind in ("", "baseline ") for split in (*PARTS, "cv")]
    return {name: columns[name] for name in order if name in columns}, others


def _reason(record: RunRecord) -> str:
    reason = record.tags.get("error") or record.tags.get("killed_by")
    return escape(f": {reason}") if reason else ""
