"""The examples kept with an export can be asked again as a person would ask."""

from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.serving import answer
from dlsuite.serving.samples import example_files

NAMES = np.array(["zero", "one", "two"])


def best(served: Any, count: int) -> list[str]:
    return NAMES[served.expected["probabilities"][:count].argmax(axis=1)].tolist()


def test_pictures_come_back_as_files(grey: Any, tmp_path: Path) -> None:
    files = example_files(grey.folder, tmp_path / "ten", 10)
    assert [file.name for file in files] == [f"example-{k:02}.png" for k in range(1, 11)]
    assert answer(grey.folder, tmp_path / "ten")["class_name"].tolist() == best(grey, 10)


def test_rows_come_back_under_the_names_of_their_columns(wines: Any, tmp_path: Path) -> None:
    (file,) = example_files(wines.exported.path, tmp_path, 2)
    assert file.read_text().splitlines()[:2] == [
        "alcohol,od280/od315 of wines,self",
        "11.0,2.0,red",
    ]
    assert answer(wines.folder, file)["class_name"].tolist() == best(wines, 2)


def test_arrays_come_back_as_arrays(mixer: Path, tmp_path: Path) -> None:
    (file,) = example_files(mixer, tmp_path, 3)
    table = answer(mixer, file)
    assert table["total"].tolist() == [12.0, 14.0, 13.5]
    assert table["tags"].tolist() == [["red"] * 2, ["white"] * 2, ["blue"] * 2]


def test_none_are_written_where_none_are_wanted(mixer: Path, tmp_path: Path) -> None:
    assert example_files(mixer, tmp_path / "none", 0) == []
    assert not (tmp_path / "none").exists()
