"""Holds the shipped recipes to what they state, and writes the scores of docs/results.md.

    python -m benchmarks.results                    every recipe that finds its data
    python -m benchmarks.results digits_lenet5      one of them

Seeds without a run are trained, each with another division of the data where the recipe divides it;
a training that was interrupted goes on. `dlsuite claims` is the same for recipes of one's own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks import page
from benchmarks.page import headline, mean
from dlsuite.recipe import read
from dlsuite.studies.claims import SEEDS, claims
from dlsuite.studies.ledger import Entry, cost, entry
from pipelines import SHIPPED, of

DOCS = Path("docs")
README = Path("README.md")
BEGIN, END = "<!-- results: begin -->\n", "<!-- results: end -->\n"
RECORDS = DOCS / "results.json"
# Others than the usual number: more where one run is short, one where it is long.
RUNS = {
    "bccd_rcnn": 1,
    "bccd_yolo": 1,
    "cifar10_alexnet_small": 1,
    "cifar10_resnet20": 1,
    "digits_lenet5": 5,
    "digits_mlp": 5,
    "fashion_googlenet_small": 1,
    "fashion_resnet20": 1,
    "fashion_vgg_small": 1,
}


def measure(recipe: str) -> Entry:
    """What one recipe reached over its seeds."""
    document = read(recipe, SHIPPED)
    found = claims(of(document), document, seeds=RUNS.get(recipe, SEEDS), train=True)
    print(recipe, *(f"{each.metric} {each.mean} {each.verdict}" for each in found.claims))
    return entry(found)


def readme_table(records: list[Entry]) -> str:
    """The table of the README: what ships, what it reached, beside what, at what cost."""
    lines = [
        "Mean score on test, or on the split named, over 3 to 5 seeds (one where a run takes "
        "longer than ten minutes), from the runs in [docs/results.md](docs/results.md); seconds "
        "are those of one run, the median, on 2 cores, which some had to share with other work.",
        "",
        "| recipe | what | test | baseline | seconds |",
        "|---|---|---:|---:|---:|",
    ]
    for record in records:
        what = read(record["recipe"], SHIPPED).written.splitlines()[0].removeprefix("# ")
        metric, ours, theirs = headline(record)[0]
        scores = (f"{metric} {mean(ours):.3f}", f"{mean(theirs):.3f}", f"{cost(record):.0f}")
        lines.append(f"| `{record['recipe']}` | {what} | {' | '.join(scores)} |")
    return "\n".join(lines) + "\n"


def write(known: dict[str, Entry]) -> None:
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
