"""Trains the shipped recipes over several seeds and writes the scores of docs/results.md.

    python -m benchmarks.results            every recipe that finds its data
    python -m benchmarks.results digits_lenet5 wine_mlp

Each seed is another division of the data where the recipe divides it, and other initial weights.
A measurement that was interrupted goes on with the run that it was in.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import page
from benchmarks.page import cost, headline, mean
from dlsuite import experiment
from dlsuite.recipe import read
from dlsuite.tracking import Store
from pipelines import SHIPPED, of

DOCS = Path("docs")
README = Path("README.md")
BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->\n"
RECORDS = DOCS / "results.json"
SEEDS = {"digits_lenet5": 5, "digits_mlp": 5}
USUAL_SEEDS = 3


def measure(recipe: str) -> dict:
    """Runs one recipe over its seeds; what each run reached, with its id and cost."""
    document = read(recipe, SHIPPED)
    pipeline = of(document)
    runs = []
    for seed in range(SEEDS.get(recipe, USUAL_SEEDS)):
        overrides = {"training.seed": seed, "data.split.seed": seed, "training.resume": "auto"}
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
        metric, ours, theirs = headline(record)[0]
        scores = (f"{metric} {mean(ours):.3f}", f"{mean(theirs):.3f}", f"{cost(record):.0f}")
        lines.append(f"| `{record['recipe']}` | {what} | {' | '.join(scores)} |")
    return "\n".join(lines) + "\n"


def write(known: dict[str, dict]) -> None:
    """Writes docs/results.json, the page and the README's table."""
    records = [known[name] for name in sorted(known)]
    RECORDS.write_text(json.dumps(known, indent=1) + "\n")
    page.write(DOCS)
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
