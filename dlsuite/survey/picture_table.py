"""A table that names files of pictures: by which column, where they lie, what their class is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from dlsuite.data.delimited import Table, is_missing
from dlsuite.data.examples import DataError
from dlsuite.data.image_files import SUFFIXES
from dlsuite.survey.column_survey import survey_columns
from dlsuite.survey.table_opening import opened
from dlsuite.survey.target_choice import MOST_CLASSES, chosen

TRIED = 20  # values of a column that are looked for as files
LONGEST = 200  # characters of a file's name
FOUND = 0.5  # share of them from which the column names files


class Unsuited(DataError):
    """The data is of another kind than what is asked of it."""


@dataclass(frozen=True)
class ImageTable:
    """What the source `image_csv` needs to be told.

    Attributes:
        path: Of the table, as a recipe should name it.
        image: Column of the files.
        target: Column of the classes.
        guessed: Why it is that one; empty where the user named it.
        root: Folder of the pictures.
        beside: Whether that is the table's own.
        suffix: What files have after the name in the table.
    """

    path: str
    image: str
    target: str
    guessed: str
    root: Path
    beside: bool
    suffix: str

    def arguments(self) -> dict[str, Any]:
        """Of the source, those alone that it needs."""
        return {
            "path": self.path,
            "image": self.image,
            "target": self.target,
            **({} if self.beside else {"folder": str(self.root)}),
            **({"suffix": self.suffix} if self.suffix else {}),
        }


def image_table(path: str, target: str | None) -> ImageTable:
    """Looks at a table for a column of files.

    Args:
        path: As the user wrote it: a table, or a folder with one.
        target: Column of the classes; guessed among the others if None.

    Raises:
        Unsuited: No column names files of pictures.
        DataError: Nothing else in it is a class.
    """
    try:
        table, path = opened(path)
    except DataError as error:
        raise Unsuited(str(error)) from error
    place = Path(path).expanduser()
    folder = place if place.is_dir() else place.parent
    written = Path(path) if place.is_dir() else Path(path).parent
    for image, root, suffix in _places(table, folder):
        others = [c for c in survey_columns(table, ".") if c.name != image]
        if not others:
            raise DataError(f"{path} names pictures by {image}, and no class beside it.")
        column, guessed = chosen(others, target, len(table.fields))
        if column.distinct > MOST_CLASSES:
            raise DataError(
                f"The column {column.name} cannot be the class of pictures: it has "
                f"{column.distinct:,} different values."
            )
        beside = root == folder
        return ImageTable(
            path=path,
            image=image,
            target=column.name,
            guessed=guessed,
            root=root if beside else written / root.relative_to(folder),
            beside=beside,
            suffix=suffix,
        )
    raise Unsuited(f"Pictures are wanted. Received: {path}, a table that names none.")


def _places(table: Table, folder: Path) -> Iterator[tuple[str, Path, str]]:
    """Columns that name files, with the folder that they are in and the files' suffix."""
    roots = [folder, *sorted(entry for entry in folder.iterdir() if entry.is_dir())]
    for name in table.header:
        present = (value for value in table.column(name) if not is_missing(value))
        values = [value for value in islice(present, TRIED) if len(value) < LONGEST]
        for suffix in ("", *sorted(SUFFIXES)):
            files = [f"{value}{suffix}" for value in values]
            if not files or Path(files[0]).suffix.lower() not in SUFFIXES:
                continue
            for root in roots:
                if _there(root, files) >= FOUND * len(files):
                    yield name, root, suffix


def _there(root: Path, files: Sequence[str]) -> int:
    return sum((root / file).is_file() for file in files)
