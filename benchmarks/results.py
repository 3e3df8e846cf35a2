"""Trains the shipped recipes over several seeds and writes docs/results.md from their runs.

    python -m benchmarks.results            every recipe that finds its data
    python -m benchmarks.results digits_lenet5 wine_mlp

Each seed is another division of the data where the recipe divides it, and other initial weights.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from dlsuite import experiment
from dlsuite.recipe import read
from dlsuite.tracking import Store
from pipelines import SHIPPED, of

PAGE = Path("docs/results.md")
RECORDS = Path("docs/results.json")
SEEDS = {"digits_lenet5": 5, "digits_mlp": 5}
USUAL_SEEDS = 3
HEADLINE = {"image_classification": ("accuracy",), "tabular": ("accuracy", "r2", "mse")}


def measure(recipe: str) -> dict:
    """Runs one recipe over its seeds; what each run reached, with its id and cost."""
    document = read(recipe, SHIPPED)
    pipeline = of(document)
    runs = []
    for seed in range(SEEDS.get(recipe, USUAL_SEEDS)):
        overrides = {"training.seed": seed, "data.split.seed": seed}
        result = experiment.run(pipeline, document, overrides)
        record = Store.open().find(result.run_id)
        runs.append(
            {
                "run_id": result.run_id,
                "seed": seed,
                "epochs": len(result.history.epochs),
                "best_epoch": result.history.best_epoch,
                "seconds": round(record.duration),
                "verdict": None if result.diagnosis is None else result.diagnosis.verdict,
                "scores": result.scores,
                "baseline": {name: s.values for name, s in result.judged.baseline.items()},
            }
        )
        print(recipe, seed, result.run_id, result.scores["test"], flush=True)
    return {
        "recipe": recipe,
        "pipeline": pipeline.name,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        "expect": document.tree.get("expect", {}),
        "runs": runs,
    }


def page(records: list[dict]) -> str:
    """The Markdown of docs/results.md."""
    lines = [
        "# Results",
        "",
        "Written by `python -m benchmarks.results` from the runs named below; each run is another "
        "seed, which also divides the data anew where the recipe divides it. Test scores: mean "
        "over the runs (lowest to highest), beside the linear baseline on the same test examples.",
        "",
        "| recipe | metric | test | baseline | stated | seconds a run | verdicts |",
        "|---|---|---:|---:|---|---:|---|",
    ]
    for record in records:
        lines += _rows(record)
    for record in records:
        ids = ", ".join(f"`{run['run_id'][:8]}`" for run in record["runs"])
        lines += ["", f"- `{record['recipe']}`, {record['date']}, {record['machine']}: runs {ids}."]
    return "\n".join(lines) + "\n"


def _rows(record: dict) -> list[str]:
    rows = []
    for metric in HEADLINE[record["pipeline"]]:
        ours = [_test(run)[metric] for run in record["runs"] if metric in _test(run)]
        if not ours:
            continue
        theirs = [run["baseline"]["test"][metric] for run in record["runs"]]
        stated = record["expect"].get(f"test.{metric}", {})
        cells = (
            f"`{record['recipe']}`",
            metric,
            _spread(ours),
            _spread(theirs),
            ", ".join(f"{side.replace('_', ' ')} {limit:g}" for side, limit in stated.items()),
            f"{sum(run['seconds'] for run in record['runs']) / len(ours):.0f}",
            ", ".join(sorted({str(run["verdict"]) for run in record["runs"]})),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def _test(run: dict) -> dict:
    return run["scores"]["test"]


def _spread(values: list[float]) -> str:
    mean = sum(values) / len(values)
    if abs(mean) >= 10:
        return f"{mean:.0f} ({min(values):.0f} to {max(values):.0f})"
    return f"{mean:.4f} ({min(values):.4f} to {max(values):.4f})"


def main(recipes: list[str]) -> None:
    """Measures the named recipes, keeps what is known of the others, and writes the page."""
    known = json.loads(RECORDS.read_text()) if RECORDS.exists() else {}
    for recipe in recipes or sorted(path.stem for path in SHIPPED.glob("*.yaml")):
        known[recipe] = measure(recipe)
        RECORDS.write_text(json.dumps(known, indent=1) + "\n")
        PAGE.write_text(page([known[name] for name in sorted(known)]))


if __name__ == "__main__":
    main(sys.argv[1:])
