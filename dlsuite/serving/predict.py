"""Answers of an export for files: pictures, tables, arrays. Needs TensorFlow, not Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.data.delimited import ENDINGS
from dlsuite.serving.arrays import read_arrays
from dlsuite.serving.images import SUFFIXES, as_png, encoded_image
from dlsuite.serving.served import Answer, Served, load
from dlsuite.serving.tables import read_rows

if TYPE_CHECKING:
    import pandas

BYTES = "serve_bytes"  # the signature of encoded pictures
KINDS = {"tables": ENDINGS, "arrays": (".npz", ".npy")}  # kind -> endings of its files
PICTURES = "pictures"  # all other files

Row = dict[str, Any]


def answer(
    path: str | Path,
    inputs: str | Path | Sequence[str | Path],
    *,
    top: int = 3,
    batch_size: int = 64,
    signature: str = "serving_default",
) -> pandas.DataFrame:
    """Asks an export about files.

    Args:
        path: An export, a folder of versions (the newest counts) or a run's SavedModel.
        inputs: Files and folders of one kind. Pictures are asked through `serve_bytes`, other
            formats than PNG and JPEG are converted first. Rows of tables (`.csv`, `.tsv`, both
            also as `.gz`) are read as training reads them and go in by column name; further
            columns are left out. `.npz` files hold an array `[N, ...]` for every input of
            `signature`, a `.npy` file the array of its only input. Of a folder, all pictures are
            taken, or all tables where the export takes no pictures.
        top: How many classes are shown of each answer.
        batch_size: Examples that are asked together.
        signature: Which signature answers tables and arrays.

    Returns:
        One row an example: `file`, `row` (from 1; not for pictures), then `class_name`,
        `probability`, `top_2`, `top_2_probability` … for a classifier, else the outputs of the
        signature by name, and `error`, empty where there is an answer. What else there is to
        say is in `.attrs["notes"]`, a list of sentences.

    Raises:
        FileNotFoundError: If there is no export or no such file.
        ValueError: If the files are not what the export answers.
    """
    listed = [Path(item) for item in ([inputs] if isinstance(inputs, str | Path) else inputs)]
    absent = [str(item) for item in listed if not item.exists()]
    if absent or not listed:
        raise FileNotFoundError(
            f"`inputs` must be files or folders that exist. Received: {', '.join(absent) or None}."
        )
    served = load(path)
    files = [file for item in listed for file in _files(served, item)]
    kinds = {_kind(file): file for file in files}
    if len(kinds) > 1:
        mixture = ", ".join(f"{kind} ({kinds[kind].name})" for kind in sorted(kinds))
        raise ValueError(f"`inputs` must be of one kind. Received: {mixture}.")
    notes: list[str] = []
    if PICTURES in kinds:
        signature = _pictures_signature(served, files[0])
        rows = _answer_pictures(served, files, batch_size)
    elif "tables" in kinds:
        rows = _answer_tables(served, signature, files, batch_size, notes)
    else:
        rows = _answer_arrays(served, signature, files, batch_size)
    return _frame(served, signature, rows, top, notes)


def _files(served: Served, place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    wanted = tuple(sorted(SUFFIXES)) if BYTES in served.model.signatures else ENDINGS
    files = [
        file
        for file in sorted(place.rglob("*"))
        if file.name.lower().endswith(wanted) and file.is_file() and not file.name.startswith(".")
    ]
    if not files:
        raise FileNotFoundError(
            f"The folder must hold files that end in {', '.join(wanted)}. "
            f"Received: {place}, which has none."
        )
    return files


def _kind(file: Path) -> str:
    name = file.name.lower()
    return next((kind for kind, endings in KINDS.items() if name.endswith(endings)), PICTURES)


def _pictures_signature(served: Served, file: Path) -> str:
    if BYTES not in served.model.signatures:
        asked = "; ".join(
            f"`{name}`: {_described(served.inputs(name))}" for name in served.model.signatures
        )
        raise ValueError(
            f"`inputs` must be tables ({', '.join(KINDS['tables'])}) or arrays "
            f"({', '.join(KINDS['arrays'])}): {served.path} has no signature `{BYTES}` to ask "
            f"pictures of, it answers {asked}. Received: {file}."
        )
    return BYTES


def _answer_pictures(served: Served, files: Sequence[Path], batch_size: int) -> Iterator[Row]:
    (name,) = served.inputs(BYTES)
    for start in range(0, len(files), batch_size):
        batch = files[start : start + batch_size]
        known: list[bytes | str] = [_bytes_or_problem(file) for file in batch]
        readable = [data for data in known if isinstance(data, bytes)]
        answers = iter(served.ask(BYTES, {name: _objects(readable)}) if readable else [])
        for file, data in zip(batch, known, strict=True):
            said = next(answers) if isinstance(data, bytes) else data
            if isinstance(said, str) and isinstance(data, bytes):
                said = _second_try(served, name, data)
            yield {"file": str(file), "said": said}


def _bytes_or_problem(file: Path) -> bytes | str:
    try:
        return encoded_image(file)
    except OSError as error:
        return error.strerror or str(error)


def _second_try(served: Served, name: str, data: bytes) -> Answer | str:
    # TensorFlow decodes few kinds of JPEG to grey or to four channels; Pillow decodes all.
    try:
        return served.ask(BYTES, {name: _objects([as_png(data)])})[0]
    except OSError as error:
        return str(error)


def _objects(items: Sequence[bytes]) -> np.ndarray:
    array = np.empty(len(items), object)  # NumPy's own bytes type drops zeros at the end
    array[:] = items
    return array


def _answer_tables(
    served: Served, signature: str, files: Sequence[Path], batch_size: int, notes: list[str]
) -> Iterator[Row]:
    specs = served.inputs(signature)
    forms = {(spec.shape.rank, spec.dtype.name) for spec in specs.values()}
    if not forms <= {(1, "float32"), (1, "string")}:
        raise ValueError(
            "A table is for signatures that take numbers and texts by name, each of shape "
            f"[B]. Received: {served.path}, whose `{signature}` takes {_described(specs)}."
        )
    for file in files:
        asked = read_rows(file, specs, served.about(signature))
        notes += asked.notes
        for row, said in enumerate(_in_batches(served, signature, asked.inputs, batch_size)):
            if row in asked.problems:
                said = asked.problems[row]
            elif isinstance(said, dict) and not _is_finite(said):
                said = "the answer is not finite"
            yield {"file": str(file), "row": row + 1, "said": said}


def _answer_arrays(
    served: Served, signature: str, files: Sequence[Path], batch_size: int
) -> Iterator[Row]:
    for file in files:
        arrays = read_arrays(file, served.inputs(signature))
        for row, said in enumerate(_in_batches(served, signature, arrays, batch_size)):
            yield {"file": str(file), "row": row + 1, "said": said}


def _in_batches(
    served: Served, signature: str, inputs: Mapping[str, np.ndarray], batch_size: int
) -> Iterator[Answer | str]:
    for start in range(0, len(next(iter(inputs.values()))), batch_size):
        batch = {name: array[start : start + batch_size] for name, array in inputs.items()}
        yield from served.ask(signature, batch)


def _is_finite(said: Answer) -> bool:
    numbers = (np.asarray(value) for value in said.values())
    return all(np.isfinite(array).all() for array in numbers if array.dtype.kind == "f")


def _described(specs: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} ({v.dtype.name} {v.shape.as_list()})" for k, v in specs.items())


def _frame(
    served: Served, signature: str, rows: Iterator[Row], top: int, notes: list[str]
) -> pandas.DataFrame:
    import pandas

    outputs = served.outputs(signature)
    names = served.about(signature).get("class_names")
    classes = None
    if "probabilities" in outputs and outputs["probabilities"].shape.rank == 2:
        classes = names or [str(k) for k in range(outputs["probabilities"].shape[-1])]
    columns = sorted(outputs) if classes is None else _class_columns(min(top, len(classes)))
    table = []
    for row in rows:
        said = row.pop("said")
        if isinstance(said, str):
            table.append({**row, "error": said})
        elif classes is None:
            table.append({**row, **{k: _plain(v) for k, v in said.items()}, "error": ""})
        else:
            likely = np.argsort(-said["probabilities"], kind="stable")[: len(columns) // 2]
            pairs = [x for k in likely for x in (classes[k], float(said["probabilities"][k]))]
            table.append({**row, **dict(zip(columns, pairs, strict=True)), "error": ""})
    places = [name for name in ("file", "row") if name in table[0]]
    frame = pandas.DataFrame(table, columns=[*places, *columns, "error"])
    frame.attrs["notes"] = notes
    return frame


def _class_columns(count: int) -> list[str]:
    further = [f"top_{place}" for place in range(2, count + 1)]
    pairs = [(name, f"{name}_probability") for name in further]
    return ["class_name", "probability", *(name for pair in pairs for name in pair)]


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value]
    return value.item()
