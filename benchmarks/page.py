"""docs/results.md, all of it, from docs/results.json (scores) and docs/speed.json (speed)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlsuite.studies.ledger import page as scores_page

GPU = "accelerator"  # the benchmark that has a section of its own
HEADLINE = {
    "image_classification": ("accuracy",),
    "object_detection": ("map_50", "mean_iou"),
    "tabular": ("accuracy", "r2", "mse"),
}


def write(docs: Path) -> None:
    """Writes the page of a folder from what its two files know; either may be missing."""
    scores, speed = (_known(docs / name) for name in ("results.json", "speed.json"))
    gpu = speed.pop(GPU, None)
    sections = ["# Results", *_scores(scores), *_speed(speed), *_gpu(gpu)]
    (docs / "results.md").write_text("\n".join(sections) + "\n", encoding="utf-8")


def _known(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _scores(known: Mapping[str, Any]) -> list[str]:
    records = list(known.values())
    lines = [
        "",
        "## Scores",
        "",
        "Written by `python -m benchmarks.results` from the runs named below, each another seed, "
        "which also divides the data anew where the recipe divides it. Reached is the mean over "
        "the runs, the baseline's on the same examples. PASS: it keeps what is stated. BETTER: so "
        "does its whole interval. SHORTFALL: it does not.",
        *scores_page(records),
    ]
    return lines if records else []


def _speed(known: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## Speed",
        "",
        "Written by `make bench`, and one part of it by its command. A ratio is the time of "
        "dlsuite to that of the other side, below 1 where dlsuite is faster; both sides are "
        "measured in turn in one run. Each value is the median over the rounds (lowest to "
        "highest).",
    ]
    return [*lines, *_measured(list(known.values()))] if known else []


def _gpu(record: Mapping[str, Any] | None) -> list[str]:
    lines = [
        "",
        "## On a GPU",
        "",
        "Written by `KERAS_BACKEND=jax python -m benchmarks.accelerator` where a GPU can be had.",
    ]
    if record is None or not any(row["values"] for row in record["rows"]):
        return [*lines, "", "Not measured: no GPU was had."]
    return [*lines, *_measured([record])]


def _measured(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The table of all rows, and that of the commands with their circumstances."""
    lines = [
        "",
        "| what | median | target | | behind it | command |",
        "|---|---:|---:|---|---|---|",
    ]
    for record in records:
        for row in record["rows"]:
            name, value, target, met, note = cells(row)
            lines.append(
                f"| {name} | {value} | {target} | {met} | {note} | `{record['command']}` |"
            )
    lines += ["", "| command | date | seconds | load before | machine |", "|---|---|---:|---:|---|"]
    for record in records:
        facts = dict(record["machine"])
        processor, cores = facts.pop("processor"), facts.pop("cores")
        versions = ", ".join(f"{name} {value}" for name, value in facts.items())
        lines.append(
            f"| `{record['command']}` | {record['date']} | {record['seconds']} | "
            f"{record['load_before']} | {processor}, {cores} cores, {versions} |"
        )
    return lines


def cells(row: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    """Name, median with spread, target, met or missed, and the note of one row of speed.json."""
    unit = "" if row["unit"] in ("", "ratio") else f" {row['unit']}"
    digits = ".3f" if row["unit"] == "ratio" else ".3g"
    value = "not measured"
    if row["values"]:
        value = f"{row['median']:{digits}}{unit}"
        if len(row["values"]) > 1:
            value += f" ({row['least']:{digits}} to {row['most']:{digits}})"
    target = "" if row["target"] is None else f"≤ {row['target']:g}{unit}"
    return (
        row["name"],
        value,
        target,
        {None: "", True: "met", False: "missed"}[row["met"]],
        row["note"],
    )


def headline(record: Mapping[str, Any]) -> list[tuple[str, list[float], list[float]]]:
    """(metric, the model's scores, the baseline's), one a run; what is stated first.

    They are those on test, which is not said, or on the split that is, as in `train.map_50`.
    """
    runs = record["runs"]
    usual = [f"test.{metric}" for metric in HEADLINE[record["pipeline"]]]
    split_metric = (name.split(".", 1) for name in dict.fromkeys([*record["expect"], *usual]))
    return [
        (
            metric if split == "test" else f"{split}.{metric}",
            [run["scores"][split][metric] for run in runs],
            [run["baseline"][split][metric] for run in runs],
        )
        for split, metric in split_metric
        if metric in runs[0]["scores"].get(split, ())
    ]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)
