"""The error analysis of a run: a page and a table of its mistakes, and what their tags say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlsuite.data.relabels import Relabel, read_relabels, relabels_sheet
from dlsuite.data.replacing import replacing
from dlsuite.data.spreadsheet import as_csv
from dlsuite.evaluation.boxed_mistakes import is_of_boxes
from dlsuite.evaluation.error_page import analysis_document, workbook_document
from dlsuite.evaluation.error_sheet import TAGS, Row, errors_of, read_tags, sheet_of
from dlsuite.evaluation.example_words import in_words
from dlsuite.evaluation.known_relabels import require_known
from dlsuite.evaluation.mistakes import Mistakes, answers_table, mistakes
from dlsuite.evaluation.reopening import reopen
from dlsuite.experiment import information, relabel_records
from dlsuite.experiment.pipeline import Pipeline
from dlsuite.strategy.error_analysis import ErrorAnalysis, error_analysis
from dlsuite.tracking import RunRecord, Store
from dlsuite.tracking.adding import add_files

PAGE, TABLE = "errors.html", "errors.csv"
FOLDER = "errors"  # of the run's files
TAGGED, CEILING, CEILING_PAGE = "tagged.csv", "ceiling.json", "ceiling.html"
MOST = 100  # mistakes that a person looks at, as the course has it


@dataclass(frozen=True)
class Workbook:
    """A page and a table of mistakes.

    Attributes:
        mistakes: What they show.
        page: HTML that needs nothing but itself.
        table: CSV for a spreadsheet.
    """

    mistakes: Mistakes
    page: bytes
    table: bytes

    def files(self, folder: str | Path) -> list[Path]:
        """What `write` writes into a folder."""
        return [Path(folder) / name for name in (PAGE, TABLE)]

    def write(self, folder: str | Path, *, force: bool = False) -> list[Path]:
        """Write both into a folder, which is made if need be; each whole or not at all.

        Raises:
            ValueError: A table is there, which may hold a person's tags, and not `force`.
        """
        files = self.files(folder)
        if files[1].exists() and not force and files[1].read_bytes() != self.table:
            raise ValueError(
                f"{files[1]} is there already and may hold your tags. --out names another folder, "
                "--force overwrites it."
            )
        Path(folder).mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, (self.page, self.table), strict=True):
            _write(file, content)
        return files

    def keep(self) -> None:
        """Keep both with the run, where the MLflow UI shows the page."""
        named = {f"{FOLDER}/{PAGE}": self.page, f"{FOLDER}/{TABLE}": self.table}
        add_files(self.mistakes.record, named)


@dataclass(frozen=True)
class Analysed:
    """What the tags of a run's mistakes say.

    Attributes:
        record: The run.
        split: Whose mistakes.
        analysis: The ceilings; None where there are relabels alone.
        relabels: With those that the run was trained with already.
        added: How many of them are new.
        source: The file of tags, as it is.
    """

    record: RunRecord
    split: str
    analysis: ErrorAnalysis | None
    relabels: tuple[Relabel, ...]
    added: int
    source: bytes

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        about = {"run_id": self.record.run_id, "name": self.record.name, "split": self.split}
        told = {} if self.analysis is None else self.analysis.to_dict()
        return {**about, **told, "relabels": [vars(each) for each in self.relabels]}

    def write_relabels(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the file that recipes name under `data.relabels`.

        Raises:
            ValueError: There is nothing to write, or a file and not `force`.
        """
        file = Path(path)
        if not self.relabels:
            raise ValueError(
                "There must be a relabel to write. Received: none in the file of tags."
            )
        content = as_csv(relabels_sheet(self.relabels))
        if file.exists() and not force and file.read_bytes() != content:
            raise ValueError(f"{file} is there already. --force overwrites it.")
        if not file.parent.is_dir():
            raise ValueError(f"--relabels must be in a folder that exists. Received: {path}.")
        _write(file, content)
        return file

    def keep(self) -> None:
        """Keep tags and ceilings with the run."""
        files = {f"{FOLDER}/{TAGGED}": self.source}
        if self.analysis is not None:
            document = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
            files[f"{FOLDER}/{CEILING}"] = f"{document}\n".encode()
            page = analysis_document(self.record, self.split, self.analysis)
            files[f"{FOLDER}/{CEILING_PAGE}"] = page.encode()
        first = self.analysis.steps[0].tag if self.analysis is not None else None
        add_files(self.record, files, {"errors.first": first} if first else None)


def workbook(
    pipeline: Pipeline,
    run: str,
    *,
    split: str = "dev",
    most: int | None = MOST,
    tags: Sequence[str] = TAGS,
) -> Workbook:
    """A page and a table of a run's mistakes; nothing is written or kept.

    Args:
        pipeline: The application.
        run: A run's id, the beginning of it, its name, or `latest`.
        split: `dev`, `train_dev` or `train`.
        most: How many mistakes, drawn by their keys where there are more; None for all.
        tags: Names of the empty columns.

    Raises:
        StoreError: There is no such run, or it keeps no model or no answers.
        ValueError: There is no mistake, or no such split, or a tag cannot be called so.
    """
    sheet_of((), tags)  # names that cannot be are refused before anything is computed
    record = Store.open().find(run)
    answers_table(record, split)
    seen = mistakes(reopen(pipeline, record), split, most)
    rows = _rows(seen)
    return Workbook(
        mistakes=seen,
        page=workbook_document(seen, rows).encode(),
        table=as_csv(sheet_of(rows, tags, relabels=not is_of_boxes(seen.table))),
    )


def analysed(pipeline: Pipeline, run: str, tags: str | Path, *, split: str = "dev") -> Analysed:
    """The ceilings that a tagged table of a run's mistakes gives; nothing is written or kept.

    Args:
        pipeline: The application.
        run: As above.
        tags: The table that `workbook` made, with a person's marks.
        split: As above.

    Raises:
        StoreError: There is no such run, or it keeps no answers.
        DataError: The table is not one of this run's mistakes, or holds nothing.
    """
    record = Store.open().find(run)
    table = answers_table(record, split)
    told = read_tags(tags, table)
    if told.relabels:
        require_known(information.read(pipeline, record), told.relabels)
    wrong = errors_of(table)
    weights = None if wrong.dtype == bool else wrong[told.places]
    marked = any(column.any() for column in told.tags.values())
    before = _before(record)
    relabels = _joined(before, told.relabels, told.labels)
    return Analysed(
        record=record,
        split=split,
        analysis=error_analysis(wrong, told.tags, errors=weights) if marked else None,
        relabels=relabels,
        added=len([key for key, name in told.relabels.items() if name != told.labels[key]]),
        source=Path(tags).read_bytes(),
    )


def _rows(seen: Mistakes) -> list[Row]:
    table = seen.table.iloc[seen.places]
    rows = []
    for place, row in enumerate(table.to_dict("records")):
        sure = row.get("confidence")
        rows.append(
            Row(
                key=str(row["key"]),
                label=str(row["label"]),
                predicted=str(row["predicted"]),
                confidence=None if sure is None or sure != sure else float(sure),
                loss=float(row["loss"]),
                slices=seen.slices[place],
                example=in_words(seen.examples[place]),
            )
        )
    return rows


def _before(record: RunRecord) -> tuple[Relabel, ...]:
    """What the run was trained with already, which the next one is not to lose."""
    if not record.keeps(relabel_records.FILE):
        return ()
    return read_relabels(record.artifact(relabel_records.FILE))


def _joined(
    before: Sequence[Relabel], relabels: dict[str, str], labels: dict[str, str]
) -> tuple[Relabel, ...]:
    """All of them; one that was relabelled before keeps the label that the data itself has."""
    found = {each.key: each for each in before}
    for key, name in relabels.items():
        label = found[key].label if key in found else labels[key]
        found[key] = Relabel(key, label, name)
    return tuple(each for each in found.values() if each.label != each.relabel)


def _write(file: Path, content: bytes) -> None:
    with replacing(file, shared=True) as draft:
        draft.write(content)
