"""Which files an export answers for, and what is said to somebody who gives it others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlsuite.data.delimited import ENDINGS
from dlsuite.serving.images import SUFFIXES
from dlsuite.serving.served import Served

BYTES = "serve_bytes"  # the signature of encoded pictures
TABLES, ARRAYS, PICTURES = "tables", "arrays", "pictures"
ENDINGS_OF = {TABLES: ENDINGS, ARRAYS: (".npz", ".npy")}  # pictures: all other files
ONE = {TABLES: "a table", ARRAYS: "a file of arrays", PICTURES: "no table and no file of arrays"}
SHOWN = 8  # columns that a message lists


def files_in(served: Served, place: Path) -> list[Path]:
    """The file itself, or of a folder all pictures, or all tables where no pictures are taken.

    Raises:
        FileNotFoundError: If the folder has none.
    """
    if not place.is_dir():
        return [place]
    pictures = BYTES in served.model.signatures
    endings = tuple(sorted(SUFFIXES)) if pictures else ENDINGS
    files = [
        file
        for file in sorted(place.rglob("*"))
        if file.name.lower().endswith(endings) and file.is_file() and not file.name.startswith(".")
    ]
    if not files:
        raise FileNotFoundError(
            f"The folder must hold files that end in {', '.join(endings)}. "
            f"Received: {place}, which has none."
        )
    return files


def kind_of(files: Sequence[Path], served: Served, signature: str) -> str:
    """The one kind of all the files, which the export answers for.

    Raises:
        ValueError: If there are several, or the export answers for others.
    """
    kinds = {_kind(file): file for file in files}
    if len(kinds) > 1:
        mixture = ", ".join(f"{kind} ({kinds[kind].name})" for kind in sorted(kinds))
        raise ValueError(f"`inputs` must be of one kind. Received: {mixture}.")
    ((kind, file),) = kinds.items()
    if not _takes(served, signature, kind):
        raise ValueError(
            f"`inputs` must be {_wanted(served, signature)}: this model answers for nothing else. "
            f"Received: {file}, {ONE[kind]}."
        )
    return kind


def _kind(file: Path) -> str:
    name = file.name.lower()
    return next((kind for kind, ends in ENDINGS_OF.items() if name.endswith(ends)), PICTURES)


def _takes(served: Served, signature: str, kind: str) -> bool:
    if kind == PICTURES:
        return BYTES in served.model.signatures
    return kind == ARRAYS or _is_of_columns(served.inputs(signature))


def _is_of_columns(specs: Mapping[str, Any]) -> bool:
    """Whether every input is one number or text an example."""
    forms = {(spec.shape.rank, spec.dtype.name) for spec in specs.values()}
    return forms <= {(1, "float32"), (1, "string")}


def _wanted(served: Served, signature: str) -> str:
    specs = served.inputs(signature)
    arrays = f"arrays ({', '.join(ENDINGS_OF[ARRAYS])})"
    if BYTES in served.model.signatures:
        return f"pictures, such as .png and .jpg files or folders of them, or {arrays}"
    if _is_of_columns(specs):
        columns = list(served.about(signature).get("columns", specs))
        named = ", ".join([*columns[:SHOWN], *(["…"] if len(columns) > SHOWN else [])])
        return f"tables ({', '.join(ENDINGS)}) with the columns {named}, or {arrays}"
    described = ", ".join(f"{k}: {v.dtype.name} {v.shape.as_list()}" for k, v in specs.items())
    return f"{arrays} with {described}"
