"""What lies with a run is data: damaged or crafted, it is refused and never executed."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dlsuite.experiment import information, reference
from dlsuite.tracking import StoreError
from tests.contracts import malicious


@dataclass
class Record:
    """A run that keeps the files of a folder."""

    folder: Path

    def artifacts(self):
        return sorted(path.name for path in self.folder.iterdir())

    def artifact(self, name):
        return self.folder / name

    def __str__(self):
        return "Run 1"


@pytest.mark.parametrize("craft", malicious.ARRAYS, ids=lambda craft: craft.__name__)
@pytest.mark.parametrize("name", [reference.FILE, reference.KEYS])
def test_arrays_kept_with_a_run_are_read_as_numbers(craft, name, tmp_path):
    marker, folder = tmp_path / "marker", tmp_path / "run"
    folder.mkdir()
    craft(tmp_path, marker).rename(folder / name)
    read = reference.read if name == reference.FILE else reference.read_keys
    with pytest.raises(StoreError, match=rf"The {name} of Run 1 is damaged"):
        read(Record(folder))
    assert not marker.exists()


@pytest.mark.parametrize(
    "about", ["{", "3", '{"inputs": ["a"]}', '{"inputs": 3}', '{"inputs": [], "split": "test"}']
)
def test_facts_about_those_arrays_are_checked(about, tmp_path):
    np.savez(tmp_path / reference.FILE, about=np.array(about))
    with pytest.raises(StoreError, match="is damaged"):
        reference.read(Record(tmp_path))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        '{"a": {"array": [1], "dtype": "O", "shape": [1]}}',
        '{"a": {"array": [1], "dtype": "os.system", "shape": [1]}}',
        '{"a": {"array": [1], "dtype": "<f4", "shape": [1000000000000]}}',
        '{"a": {"array": ["x"], "dtype": "<U999999999", "shape": [1]}}',
    ],
)
def test_what_a_model_learned_of_its_data_is_checked(text, tmp_path):
    (tmp_path / information.FILE).write_text(text)
    pipeline = SimpleNamespace(info=None, name="own")
    with pytest.raises(StoreError, match=r"The info\.json of Run 1 is damaged"):
        information.read(pipeline, Record(tmp_path))
