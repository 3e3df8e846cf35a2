"""Answers of an export for files: pictures, tables, arrays. Needs TensorFlow, not Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dlsuite.progress import followed, working
from dlsuite.serving.answer_cells import Cells, cells_of, told_from
from dlsuite.serving.arrays import read_arrays
from dlsuite.serving.images import as_png, encoded_image
from dlsuite.serving.kinds import BYTES, PICTURES, TABLES, files_in, kind_of
from dlsuite.serving.picture_questions import Question, picture_question
from dlsuite.serving.served import Answer, Served, load
from dlsuite.serving.tables import read_rows

if TYPE_CHECKING:
    import pandas

Row = dict[str, Any]


def answer(
    path: str | Path,
    inputs: str | Path | Sequence[str | Path],
    *,
    top: int = 3,
    score: float | None = None,
    batch_size: int = 64,
    signature: str = "serving_default",
) -> pandas.DataFrame:
    """Asks an export about files.

    Args:
        path: An export, a folder of versions (the newest counts) or a run's SavedModel.
        inputs: Files and folders of one kind. Pictures are asked through `serve_bytes`, other
            formats than PNG and JPEG are converted first; regions are searched in them where a
            detector judges those. Rows of tables (`.csv`, `.tsv`, both
            also as `.gz`) are read as training reads them and go in by column name; further
            columns are left out. `.npz` files hold an array `[N, ...]` for every input of
            `signature`, a `.npy` file the array of its only input. Of a folder, all pictures are
            taken, or all tables where the export takes no pictures.
        top: How many classes are shown of an answer that is one class.
        score: From which score, in [0, 1], the boxes of a detector are shown; left out, the one
            that suited dev best, which the export says, or 0.5 where it does not.
        batch_size: Examples that are asked together.
        signature: Which signature answers tables and arrays.

    Returns:
        One row an example: `file`, `row` (from 1; not for pictures), then the answer, see
        `cells_of`, and `error`, empty where there is an answer. What else there is to say is in
        `.attrs["notes"]`, a list of sentences; `.attrs["details"]` are columns that a narrow page
        may leave out; of a detector `.attrs["score"]` is the score from which boxes are
        shown.

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
    with working("loading the model"):
        served = load(path)
    files = [file for item in listed for file in files_in(served, item)]
    kind = kind_of(files, served, signature)
    notes: list[str] = []
    if kind == PICTURES:
        signature = BYTES
        rows = _answer_pictures(served, files, batch_size)
    elif kind == TABLES:
        rows = _answer_tables(served, signature, files, batch_size, notes)
    else:
        rows = _answer_arrays(served, signature, files, batch_size)
    total = len(files) if kind == PICTURES else None
    rows = followed(rows, "answering", total=total, unit="files" if total else "rows")
    score = told_from(served, signature) if score is None else score
    frame = _frame(cells_of(served, signature, top, score), rows, notes)
    if "detections" in frame:
        frame.attrs["score"] = score
    return frame


def _answer_pictures(served: Served, files: Sequence[Path], batch_size: int) -> Iterator[Row]:
    question = picture_question(served)
    for start in range(0, len(files), batch_size):
        batch = files[start : start + batch_size]
        known: list[bytes | str] = [_bytes_or_problem(file) for file in batch]
        readable = [data for data in known if isinstance(data, bytes)]
        answers = iter(served.ask(BYTES, question(readable)) if readable else [])
        for file, data in zip(batch, known, strict=True):
            said = next(answers) if isinstance(data, bytes) else data
            if isinstance(said, str) and isinstance(data, bytes):
                said = _second_try(served, question, data)
            yield {"file": str(file), "said": said}


def _bytes_or_problem(file: Path) -> bytes | str:
    try:
        return encoded_image(file)
    except OSError as error:
        return error.strerror or str(error)


def _second_try(served: Served, question: Question, data: bytes) -> Answer | str:
    # TensorFlow decodes few kinds of JPEG to grey or to four channels; Pillow decodes all.
    try:
        return served.ask(BYTES, question([as_png(data)]))[0]
    except OSError as error:
        return str(error)


def _answer_tables(
    served: Served, signature: str, files: Sequence[Path], batch_size: int, notes: list[str]
) -> Iterator[Row]:
    for file in files:
        asked = read_rows(file, served.inputs(signature), served.about(signature))
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


def _frame(cells: Cells, rows: Iterator[Row], notes: list[str]) -> pandas.DataFrame:
    import pandas

    table = []
    for row in rows:
        said = row.pop("said")
        if isinstance(said, str):
            table.append({**row, "error": said})
        else:
            told = zip(cells.columns, cells.of(said), strict=True)
            table.append({**row, **dict(told), "error": ""})
    places = [name for name in ("file", "row") if name in table[0]]
    frame = pandas.DataFrame(table, columns=[*places, *cells.columns, "error"])
    frame.attrs |= {"notes": notes, "details": list(cells.details)}
    return frame
