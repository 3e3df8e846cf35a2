"""What a user points at: the form of the data there, and one look at it that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from dlsuite.data.archives import SUFFIXES as ARCHIVES
from dlsuite.data.archives import is_archive, only_archive
from dlsuite.data.delimited import ENDINGS as TABLES
from dlsuite.data.examples import DataError
from dlsuite.data.file_names import near_miss
from dlsuite.data.image_files import SUFFIXES as PICTURES
from dlsuite.survey.box_survey import BoxSurvey, survey_boxes
from dlsuite.survey.picture_survey import PictureSurvey, survey_pictures
from dlsuite.survey.picture_table import Unsuited
from dlsuite.survey.table_survey import TableSurvey, survey_table

Form = Literal["pictures", "idx", "arrays", "table"]
ALLOWED = (
    "Data must be a folder of class folders with pictures, or of pictures with boxes (Pascal VOC, "
    f"YOLO, COCO), an archive of one ({', '.join(ARCHIVES)}), a table ({', '.join(TABLES)}), a "
    "folder of IDX files or an .npz."
)
SHOWN = 5  # names in a folder that a message lists
# Endings of what people have and no source reads -> the way to what one does.
ELSEWHERE = {
    ".xlsx": "Save the sheet as CSV in your spreadsheet.",
    ".xls": "Save the sheet as CSV in your spreadsheet.",
    ".ods": "Save the sheet as CSV in your spreadsheet.",
    ".parquet": "Write it as CSV: pandas.read_parquet(path).to_csv(out, index=False).",
    ".feather": "Write it as CSV: pandas.read_feather(path).to_csv(out, index=False).",
    ".npy": "Put x and y into one file: numpy.savez(out, x=x, y=y).",
    ".rar": "Unpack it and give the folder.",
    ".7z": "Unpack it and give the folder.",
    ".gz": "Unpack it and give what was in it.",
}


@dataclass(frozen=True)
class Look:
    """Data as a user names it; each survey is made when it is first asked for.

    Attributes:
        path: As the user wrote it, which is how a recipe will name it.
        target: Column to predict, where the user named one.
    """

    path: str
    target: str | None = None

    @cached_property
    def form(self) -> Form:
        """How the data lies there.

        Raises:
            DataError: Nothing is there, or nothing that a source reads.
        """
        return form_of(self.path)

    @cached_property
    def pictures(self) -> PictureSurvey:
        """What was found out about pictures with a class each.

        Raises:
            Unsuited: There are none.
            DataError: There are too few, or of one class alone.
        """
        if self.target is not None and self.form != "table":
            raise DataError(
                "A target is a column of a table; the class of a picture is the folder it lies in. "
                f"Received: target {self.target} with {self.path}."
            )
        return survey_pictures(self.path, self.form, self.target)

    @cached_property
    def boxes(self) -> BoxSurvey:
        """What was found out about pictures with boxes.

        Raises:
            Unsuited: There are none.
            DataError: There are too few.
        """
        if self.target is not None:
            raise Unsuited(
                f"Boxes have no column to predict. Received: target {self.target} with {self.path}."
            )
        return survey_boxes(self.path)

    @cached_property
    def table(self) -> TableSurvey:
        """What was found out about a table and its target.

        Raises:
            Unsuited: It is no table.
            DataError: There is nothing to predict, or nothing to predict it from.
        """
        if self.form != "table":
            raise Unsuited(
                f"A table is wanted, a file such as houses.csv. Received: {self.path}, "
                f"{'arrays' if self.form == 'arrays' else 'pictures'}."
            )
        return survey_table(self.path, self.target)


def form_of(path: str) -> Form:
    """How data lies at `path`: told by names alone, nothing is read.

    Raises:
        DataError: Nothing is there, or nothing that a source reads.
    """
    place = Path(path).expanduser()
    if place.is_dir():
        return _form_of_folder(place)
    if not place.exists():
        raise DataError(f"Nothing is at {path}.{near_miss(place)}")
    name = place.name.lower()
    if is_archive(place):
        return "pictures"
    if name.endswith(TABLES):
        return "table"
    if name.endswith(".npz"):
        return "arrays"
    ending = next((known for known in (*ELSEWHERE, *PICTURES) if name.endswith(known)), "")
    advice = ELSEWHERE.get(ending, "")
    if ending in PICTURES:
        advice = "One picture is not enough to learn from: give the folder of class folders."
    raise DataError(f"{ALLOWED} Received: {path}. {advice}".rstrip())


def _form_of_folder(folder: Path) -> Form:
    names = sorted(entry.name.lower() for entry in folder.iterdir())
    if not names:
        raise DataError(f"The folder {folder} is empty.")
    if any("-images-idx" in name or "-images.idx" in name for name in names):
        return "idx"
    inside = [entry for entry in folder.iterdir() if entry.is_dir()]
    # A table beside class folders is an extra; beside one folder it may name the files in it.
    if any(name.endswith(TABLES) for name in names) and sum(map(_has_pictures, inside)) < 2:
        return "table"
    if inside or only_archive(folder) or any(name.endswith(tuple(PICTURES)) for name in names):
        return "pictures"
    shown = f"{', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''}"
    raise DataError(f"{ALLOWED} Received: the folder {folder} with {shown}.")


def _has_pictures(folder: Path) -> bool:
    """Whether pictures lie in a folder, or in one of those inside it."""
    inside = [folder, *(entry for entry in folder.iterdir() if entry.is_dir())]
    endings = tuple(PICTURES)
    return any(e.name.lower().endswith(endings) for place in inside for e in place.iterdir())
