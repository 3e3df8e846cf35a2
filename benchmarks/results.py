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
README = Path("README.md")
BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->\n"
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
        "Written by `python -m benchmarks.results` from the runs named below. Each run is another "
        "seed, which also divides the data anew where the recipe divides it. Scores on test are "
        "means over the runs (lowest to highest), the baseline's on the same examples.",
        "",
        "| recipe | metric | test | linear baseline | stated | verdicts |",
        "|---|---|---:|---:|---|---|",
    ]
    for record in records:
        stated = {
            metric.removeprefix("test."): ", ".join(
                f"{side.replace('_', ' ')} {limit:g}" for side, limit in bound.items()
            )
            for metric, bound in record["expect"].items()
        }
        verdicts = ", ".join(sorted({str(run["verdict"]) for run in record["runs"]}))
        for metric, ours, theirs in _scores(record):
            cells = (metric, _spread(ours), _spread(theirs), stated.get(metric, ""), verdicts)
            lines.append(f"| `{record['recipe']}` | {' | '.join(cells)} |")
    lines += ["", "| recipe | date | machine | seconds a run | runs |", "|---|---|---|---:|---|"]
    for record in records:
        ids = ", ".join(f"`{run['run_id'][:8]}`" for run in record["runs"])
        facts = (record["date"], record["machine"], f"{_cost(record):.0f}", ids)
        lines.append(f"| `{record['recipe']}` | {' | '.join(facts)} |")
    return "\n".join(lines) + "\n"


def readme_table(records: list[dict]) -> str:
    """The table of the README: what ships, what it reached, beside what, at what cost."""
    lines = [
        "Mean score on test over 3 to 5 seeds, from the runs in [docs/results.md]"
        "(docs/results.md); seconds are those of one run on 2 cores.",
        "",
        "| recipe | what | test | linear baseline | seconds |",
        "|---|---|---:|---:|---:|",
    ]
    for record in records:
        what = read(record["recipe"], SHIPPED).written.splitlines()[0].removeprefix("# ")
        metric, ours, theirs = _scores(record)[0]
        scores = (f"{metric} {_mean(ours):.3f}", f"{_mean(theirs):.3f}", f"{_cost(record):.0f}")
        lines.append(f"| `{record['recipe']}` | {what} | {' | '.join(scores)} |")
    return "\n".join(lines) + "\n"


def _scores(record: dict) -> list[tuple[str, list[float], list[float]]]:
    """(metric, the model's scores on test, the baseline's), one a run."""
    runs = record["runs"]
    return [
        (
            metric,
            [run["scores"]["test"][metric] for run in runs],
            [run["baseline"]["test"][metric] for run in runs],
        )
        for metric in HEADLINE[record["pipeline"]]
        if metric in runs[0]["scores"]["test"]
    ]


def _cost(record: dict) -> float:
    return _mean([run["seconds"] for run in record["runs"]])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _spread(values: list[float]) -> str:
    mean = _mean(values)
    if abs(mean) >= 10:
        return f"{mean:.0f} ({min(values):.0f} to {max(values):.0f})"
    return f"{mean:.4f} ({min(values):.4f} to {max(values):.4f})"


def write(known: dict[str, dict]) -> None:
    """Writes docs/results.json, docs/results.md and the README's table."""
    records = [known[name] for name in sorted(known)]
    RECORDS.write_text(json.dumps(known, indent=1) + "\n")
    PAGE.write_text(page(records))
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(before + BEGIN + readme_table(records) + END + rest.partition(END)[2])


def main(recipes: list[str]) -> None:
    """Measures the named recipes and keeps what is known of the others."""
    known = json.loads(RECORDS.read_text()) if RECORDS.exists() else {}
    for recipe in recipes or sorted(path.stem for path in SHIPPED.glob("*.yaml")):
        known[recipe] = measure(recipe)
        write(known)


if __name__ == "__main__":
    main(sys.argv[1:])
