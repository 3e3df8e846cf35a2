"""Whose a checkpoint is: the run, the recipe and the packages that its numbers came from."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

import dlsuite
from dlsuite.training.resume import CheckpointError

# Packages whose version decides on the last bits of what is computed.
DECIDING = ("tensorflow", "keras", "numpy")


def versions() -> dict[str, str]:
    """Versions of all that decides on numbers: Python, this suite and the packages below it."""
    own = {"dlsuite": dlsuite.__version__, "python": platform.python_version()}
    return own | {package: version(package) for package in DECIDING}


@dataclass(frozen=True)
class Origin:
    """What a checkpoint keeps of where it comes from.

    Attributes:
        run_id: The tracked run.
        recipe_sha256: Of the recipe in force.
        versions: As `versions` gives them.
    """

    run_id: str
    recipe_sha256: str
    versions: Mapping[str, str] = field(default_factory=versions)

    def plain(self) -> dict[str, Any]:
        """In what JSON can hold."""
        return asdict(self)

    def notes_on(self, saved: Mapping[str, Any]) -> Iterator[str]:
        """What is to be said of a checkpoint of this run that was made otherwise, if it was.

        Raises:
            CheckpointError: It is another run's.
        """
        if saved["run_id"] != self.run_id:
            raise CheckpointError(
                f"The checkpoint must be one of run {self.run_id}. Received: one of "
                f"{saved['run_id']}."
            )
        if saved["recipe_sha256"] != self.recipe_sha256:
            yield (
                f"The checkpoint was taken with the recipe of SHA-256 "
                f"{saved['recipe_sha256'][:12]}, before it was changed."
            )
        differing = [
            f"{name} was {saved['versions'].get(name, 'not there')}, is {own}"
            for name, own in self.versions.items()
            if saved["versions"].get(name) != own
        ]
        if differing:
            yield (
                f"The checkpoint was taken with other versions: {'; '.join(differing)}. The run "
                "goes on, but may differ in its last bits from one that was not interrupted."
            )
