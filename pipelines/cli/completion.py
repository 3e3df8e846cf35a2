"""What a shell offers where the line goes on: recipes, runs, applications. Nothing heavy is read.

Files are offered by the shell itself wherever nothing else fits.
"""

from __future__ import annotations

import re
from pathlib import Path

import typer

Offers = list[tuple[str, str]]  # Words with what they are, which some shells show.


def recipes_like(incomplete: str) -> Offers:
    """Recipes that ship, and recipe files beside or below what is typed."""
    from pipelines import SHIPPED

    shipped = {path.stem: _first_line(path) for path in sorted(SHIPPED.glob("*.yaml"))}
    offers = [(name, what) for name, what in shipped.items() if name.startswith(incomplete)]
    folder, _, start = incomplete.rpartition("/")
    place = Path(folder or ("/" if incomplete.startswith("/") else "."))
    before = f"{folder}/" if "/" in incomplete else ""
    files = sorted(file for file in _listed(place) if file.suffix in (".yaml", ".yml"))
    return offers + [(f"{before}{f.name}", "file") for f in files if f.name.startswith(start)]


def runs_like(incomplete: str) -> Offers:
    """`latest`, names of runs and beginnings of their ids, newest first."""
    from dlsuite.tracking.recent import recent

    runs = recent()
    offers = {"latest": f"{runs[0].name}, {runs[0].status}"} if runs else {}
    offers |= {run.name: "the newest of that name" for run in runs}
    offers |= {run.run_id[:8]: f"{run.name}, {run.status}" for run in runs}
    return [(word, what) for word, what in offers.items() if word.startswith(incomplete)]


def applications_like(incomplete: str) -> list[str]:
    """What `pipeline:` may say."""
    from pipelines import names

    return [name for name in names() if name.startswith(incomplete)]


def data_sets_like(incomplete: str) -> list[str]:
    """Names of the public data sets that can be fetched."""
    import dlsuite

    catalog = Path(dlsuite.__file__).parent / "data/catalog.yaml"
    # A name is a key at the beginning of a line; reading more would take longer.
    names = re.findall(r"^([\w-]+):", catalog.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for name in names if name.startswith(incomplete)]


def builders_like(incomplete: str) -> list[str]:
    """Names of the networks in the catalogue."""
    import dlsuite

    room = Path(dlsuite.__file__).parent / "models/__init__.py"
    # A name of `__all__` has a line of its own; importing the room would wake Keras.
    names = re.findall(r'^    "(\w+)",$', room.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for name in names if name.startswith(incomplete)]


def overrides_like(ctx: typer.Context, incomplete: str) -> list[str]:
    """Keys of the recipe that stands on the line, each with the value that it has now."""
    from pipelines.cli.keys import assignments

    return assignments(ctx.params.get("recipe"), incomplete)


def _first_line(recipe: Path) -> str:
    with recipe.open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
