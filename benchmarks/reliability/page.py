"""docs/reliability.json, and the tables of docs/reliability.md that are written from it.

The page is written by hand but for what stands between `<!-- NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.page import cells

DOCS = Path("docs")


def keep(name: str, known: Mapping[str, Any], docs: Path = DOCS) -> None:
    """Keeps what a trial gave; what is known of the others stays as it is."""
    path = docs / "reliability.json"
    whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    whole[name] = known
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    write(docs)


def write(docs: Path = DOCS) -> None:
    """Fills the tables of the page anew."""
    path = docs / "reliability.md"
    whole = json.loads((docs / "reliability.json").read_text(encoding="utf-8"))
    text = path.read_text(encoding="utf-8")
    for name, known in whole.items():
        table = "\n".join(_table(known))
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda found, table=table: f"{found[1]}{table}\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    path.write_text(text, encoding="utf-8")


def _table(known: Mapping[str, Any]) -> list[str]:
    lines = ["| what | figure | promised | | behind it |", "|---|---:|---:|---|---|"]
    for row in known["rows"]:
        lines.append(f"| {' | '.join(cells(row))} |")
    facts = dict(known["machine"])
    return [
        *lines,
        "",
        f"`{known['command']}`, {known['date']}, {known['seconds']} s on "
        f"{facts['cores']} cores; load before {known['load_before']}.",
    ]
