"""The ledger as files: claims with the runs behind them as JSON, and the page made of it."""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.strategy.claims import Claim
from dlsuite.strategy.settings import Bound
from dlsuite.studies.claims import Claimed
from dlsuite.tracking import EPOCH, RunRecord

PLAIN, PAGE = "claims.json", "claims.md"
RUN_ID = re.compile(r"[0-9a-f]{32}")

Entry = dict[str, Any]


def entry(found: Claimed) -> Entry:
    """A recipe's part of the ledger, plain values.

    Raises:
        ValueError: There is no run behind it.
    """
    if not found.records:
        raise ValueError(
            "A recipe needs a run to enter the ledger. Received: none of "
            f"{found.recipe.name}; train it."
        )
    settings: Any = found.recipe.settings
    return {
        "recipe": found.recipe.name,
        "pipeline": settings.pipeline,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "expect": found.recipe.resolved["expect"],
        "runs": [_run(record) for record in found.records],
        "claims": [_plain(each, found.baselines) for each in found.claims],
    }


def read(path: Path) -> dict[str, Entry]:
    """The entries of a ledger by recipe; none where there is no file.

    Raises:
        ValueError: A figure has no run behind it.
    """
    if not path.exists():
        return {}
    known = json.loads(path.read_text(encoding="utf-8"))
    for each in known.values():
        _require_runs(each)
    return known


def write(folder: Path, entries: Mapping[str, Entry]) -> list[Path]:
    """Adds entries to the ledger of a folder, made if need be; other recipes' stay.

    Returns:
        The files: JSON and page.

    Raises:
        ValueError: A figure has no run behind it; nothing is written.
    """
    known = {**read(folder / PLAIN), **entries}
    for each in known.values():
        _require_runs(each)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        PLAIN: json.dumps(known, indent=1) + "\n",
        PAGE: "\n".join(["# Claims", *page(list(known.values()))]) + "\n",
    }
    for name, text in texts.items():
        draft = folder / f"{name}.part"
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, folder / name)
    return [folder / name for name in texts]


def page(entries: Sequence[Entry]) -> list[str]:
    """Lines of Markdown: a table of the claims, and one of the runs behind them.

    Raises:
        ValueError: A figure has no run behind it.
    """
    for each in entries:
        _require_runs(each)
    ordered = sorted(entries, key=lambda each: each["recipe"])
    lines = [
        "",
        "| recipe | metric | stated | reached | 95 % interval | baseline | |",
        "|---|---|---|---:|---:|---:|---|",
    ]
    for each in ordered:
        for made in each["claims"]:
            cells = (
                f"`{each['recipe']}`",
                made["metric"],
                made["stated"],
                "" if made["mean"] is None else figure(made["mean"]),
                "" if made["interval"] is None else " to ".join(map(figure, made["interval"])),
                "" if made["baseline"] is None else figure(made["baseline"]),
                made["verdict"],
            )
            lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "| recipe | date | machine | seconds a run | verdicts | runs |",
        "|---|---|---|---:|---|---|",
    ]
    for each in ordered:
        runs = each["runs"]
        facts = (
            f"`{each['recipe']}`",
            each["date"],
            each["machine"],
            f"{cost(each):.0f}",
            ", ".join(sorted({str(run["verdict"]) for run in runs})),
            ", ".join(f"`{run['run_id'][:8]}`" for run in runs),
        )
        lines.append(f"| {' | '.join(facts)} |")
    return lines


def cost(entry: Mapping[str, Any]) -> float:
    """Seconds of a run, the median."""
    return statistics.median(run["seconds"] for run in entry["runs"])


def figure(value: float) -> str:
    """With four digits after the point, or none where it is large."""
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.4f}"


def _run(record: RunRecord) -> Entry:
    scores: dict[str, dict[str, float]] = {}
    rivals: dict[str, dict[str, float]] = {}
    for name, value in record.metrics.items():
        if name.startswith(EPOCH) or "." not in name:
            continue
        into = rivals if name.startswith("baseline.") else scores
        split, _, metric = name.removeprefix("baseline.").partition(".")
        into.setdefault(split, {})[metric] = value
    return {
        "run_id": record.run_id,
        "seed": int(record.params["training.seed"]),
        "seconds": round(_seconds(record)),
        "verdict": record.tags.get("verdict"),
        "scores": scores,
        "baseline": rivals,
        "properties": {n: v for n, v in record.metrics.items() if "." not in n and "/" not in n},
    }


def _seconds(record: RunRecord) -> float:
    """Seconds from begin to end; of a run that was taken up again, whose pause none knows, those of
    its steps."""
    if "resumed" in record.tags:
        return record.metrics.get("training_seconds", record.duration)
    return record.duration


def _plain(made: Claim, baselines: Mapping[str, float]) -> Entry:
    return {
        "metric": made.metric,
        "stated": made.bound.text(),
        "values": list(made.values),
        "mean": made.mean,
        "interval": None if made.interval is None else list(made.interval),
        "baseline": baselines.get(made.metric),
        "verdict": made.verdict,
    }


def _require_runs(each: Mapping[str, Any]) -> None:
    """Every figure of a claim is that of a run, known by its id.

    Raises:
        ValueError: One is not.
    """
    name, runs = each.get("recipe"), each.get("runs") or []
    wrong = [run.get("run_id") for run in runs if not RUN_ID.fullmatch(str(run.get("run_id", "")))]
    if not runs or wrong:
        came = f"{wrong[0]!r}" if wrong else "none"
        raise ValueError(
            f"Every figure of {name} needs a run, known by its id of 32 digits. Received: {came}."
        )
    for made in each.get("claims", ()):
        _require_figures(name, made, runs, Bound(**each["expect"][made["metric"]]))


def _require_figures(name: Any, made: Entry, runs: Sequence[Entry], bound: Bound) -> None:
    """What is said of a claim follows from its runs.

    Raises:
        ValueError: It does not.
    """
    reached = _of_runs(made["metric"], runs, "scores")
    if not _same(made["values"], reached):
        raise ValueError(
            f"{made['metric']} of {name} must be what its runs reached, {reached}. "
            f"Received: {made['values']}."
        )
    rivals = _of_runs(made["metric"], runs, "baseline")
    for what, told, values in (
        ("mean", made["mean"], reached),
        ("baseline", made["baseline"], rivals),
    ):
        mean = [float(np.mean(values))] if values else []
        if not _same([] if told is None else [told], mean):
            raise ValueError(
                f"The {what} of {made['metric']} of {name} must be that of its runs, "
                f"{mean[0] if mean else 'none'}. Received: {told}."
            )
    if reached and made["verdict"] != "SHORTFALL" and not bound.holds(made["mean"]):
        raise ValueError(
            f"{made['metric']} of {name} misses {bound.text()}. Received: the verdict "
            f"{made['verdict']}."
        )


def _of_runs(metric: str, runs: Sequence[Entry], of: str) -> list[float]:
    """What runs reached, or what their baseline did."""
    split, dot, name = metric.partition(".")
    if dot:
        found = [run[of].get(split, {}).get(name) for run in runs]
    else:
        found = [run["properties"].get(metric) if of == "scores" else None for run in runs]
    return [value for value in found if value is not None]


def _same(told: Sequence[float], known: Sequence[float]) -> bool:
    """Whether numbers are the same; one that is none (NaN) is what it is."""
    return len(told) == len(known) and np.allclose(told, known, rtol=1e-12, equal_nan=True)
