"""The corpus of broken recipes: `broken/NAME.yaml` and, in `broken/NAME.txt`, what it answers.

A first line `# overrides: KEY=VALUE; KEY=VALUE` of a recipe gives overrides. After a change of
wording, `python -m tests.recipe.corpus` writes every answer anew: read the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

from dlsuite.recipe import RecipeError, load
from pipelines.image_classification import Settings

FOLDER = Path(__file__).parent / "broken"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def answer(name: str) -> str:
    """What `load` says about a broken recipe, seen from its folder."""
    try:
        load(f"{name}.yaml", Settings, overrides(name))
    except RecipeError as error:
        return str(error)
    raise AssertionError(f"{name}.yaml was accepted")


def overrides(name: str) -> list[str]:
    """Overrides named in the recipe's first line."""
    first = (FOLDER / f"{name}.yaml").read_bytes().split(b"\n")[0].decode(errors="replace")
    _, found, listed = first.partition("# overrides: ")
    return listed.split("; ") if found else []


if __name__ == "__main__":
    os.chdir(FOLDER)
    os.environ.pop("DLSUITE_DATA", None)
    for each in NAMES:
        Path(f"{each}.txt").write_text(answer(each) + "\n")
