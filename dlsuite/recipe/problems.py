"""Problem and RecipeError: what is wrong with a recipe, one line each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a recipe.

    Attributes:
        file: Where it stands: the file as the user gave it, `recipe` for a mapping, or
            `override training.epochs=-3`.
        line: 1-based, None where there is no file.
        column: 1-based, None where there is no file.
        key: Dotted key, empty if the problem is the file itself.
        message: What is allowed and what came, without file and key.
    """

    file: str
    line: int | None
    column: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        told = not self.key or self.file.startswith(f"override {self.key}=")
        named = place if told else f"{place} {self.key}"
        return visible(f"{named}: {self.message}")


def visible(text: str) -> str:
    """`text` with an escape such as `\\x1b` for what a terminal would not show, or would obey."""
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in text
    )


class RecipeError(ValueError):
    """A recipe cannot be used; `str()` is one line a problem, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))
