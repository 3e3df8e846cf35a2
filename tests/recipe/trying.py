"""What comes of a wrong recipe: it is accepted, or refused with messages that have a place."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlsuite import experiment
from dlsuite.recipe import Recipe, RecipeError, load, read
from pipelines import of

from . import mutations

FILE = "wrong.yaml"
KINDS = ("text", "tree", "override")
SEES_TO_PEOPLE = re.compile(
    "pydantic|Input should|Traceback|valid dictionary|<class|function-plain"
)
BREAKS = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # what ends a line for YAML


@dataclass(frozen=True)
class Wrong:
    """A recipe that was made wrong, and how it is given to the suite."""

    source: str | Mapping[str, Any]
    overrides: Sequence[str] = ()

    @staticmethod
    def of(kind: str, seed: int, text: str) -> Wrong:
        """One of `KINDS`; a text is written to `FILE` of the current folder."""
        rng = random.Random(seed)
        if kind == "tree":
            return Wrong(mutations.wrong_tree(rng, text))
        written = mutations.wrong_text(rng, text) if kind == "text" else text.encode()
        Path(FILE).write_bytes(written)
        return Wrong(FILE, mutations.overrides(rng, text) if kind == "override" else ())

    def loaded(self) -> Recipe | None:
        """The recipe where it is accepted; None where it is refused as it should be."""
        try:
            document = read(self.source)
            return load(document, of(document).settings, self.overrides)
        except RecipeError as error:
            self.check(error)
            return None

    def planned(self) -> bool:
        """Whether it can be trained, as `dlsuite plan` finds out."""
        try:
            document = read(self.source)
            experiment.plan(of(document), document, self.overrides)
        except RecipeError as error:
            self.check(error)
            return False
        return True

    def check(self, error: RecipeError) -> None:
        """Every message has a place in the file, an end, and words for people."""
        assert error.problems
        for problem in error.problems:
            str(problem).encode()  # can be printed
            assert str(problem).isprintable() or "\n" in str(problem)
            assert problem.message.endswith((".", "?", "!", "…")), problem
            assert not SEES_TO_PEOPLE.search(problem.message.split("Received")[0]), problem
            if self.source == FILE and not problem.file.startswith("override "):
                text = Path(FILE).read_bytes().decode(errors="replace")
                assert problem.line is not None, problem
                assert problem.column is not None, problem
                assert 1 <= problem.line <= len(BREAKS.findall(text)) + 1, problem
