"""What a recipe is told when its data is missing, partial, damaged or another edition."""

import gzip
import hashlib

import pytest

from dlsuite.data import DataError, DataSettings, catalog
from dlsuite.data.catalog import DataFile, DataSet
from dlsuite.data.catalog_use import provided

TRAIN, TEST = b"x,y\n1,2\n2,3\n3,4\n", b"x,y\n4,5\n"


def file(name: str, text: bytes) -> DataFile:
    return DataFile(name, len(text), hashlib.sha256(text).hexdigest())


LETTERS = DataSet(
    name="letters",
    what="what",
    home="https://home",
    licence="MIT",
    folder="letters",
    files=(file("train.csv", TRAIN), file("test.csv", TEST)),
    download=30_900_000,
)


@pytest.fixture
def folder(workshop, monkeypatch):
    """A data folder, with a catalogue of one set."""
    monkeypatch.setattr("dlsuite.data.catalog_use.data_sets", lambda: {"letters": LETTERS})
    monkeypatch.setenv("DLSUITE_DATA", str(workshop / "data"))
    return workshop / "data"


def settings(**source) -> DataSettings:
    chosen = {"type": "csv", "target": "y", **source}
    return DataSettings(source=chosen, split={"train": 0.5, "dev": 0.5})


def write(folder, texts: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_bytes(text)


def test_a_missing_set_says_how_to_get_it(folder):
    with pytest.raises(DataError) as error:
        settings(path=str(folder / "letters")).load()
    assert str(error.value) == (
        f"letters is not in {folder} (DLSUITE_DATA). Fetch it: dlsuite data get letters "
        "(30.9 MB, licence: MIT), or set DLSUITE_DATA to a folder that holds letters/."
    )
    assert error.value.argument == "path"


def test_where_the_variable_is_not_set_the_default_folder_is_named(folder, monkeypatch):
    monkeypatch.delenv("DLSUITE_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    with pytest.raises(DataError, match=r"letters is not in .*dlsuite \(DLSUITE_DATA is not set\)"):
        settings(path=str(folder / "dlsuite/letters")).load()


def test_a_folder_that_nobody_knows_is_said_to_be_missing(folder):
    with pytest.raises(DataError, match=r"pets/all is not in .* Set DLSUITE_DATA to the folder"):
        settings(path=str(folder / "pets/all")).load()


def test_a_file_that_another_edition_lacks_is_named_with_what_is_there(folder):
    write(folder / "letters", {"small.zip": b"x"})
    with pytest.raises(
        DataError, match=r"train\.csv is not there; .*letters holds small\.zip\. Fetch"
    ):
        settings(path=str(folder / "letters/train.csv")).load()


def test_a_whole_set_is_read_without_a_word(folder):
    write(folder / "letters", {"train.csv": TRAIN, "test.csv": TEST})
    _, parts, report = settings(path=str(folder / "letters")).load()
    assert {name: len(part) for name, part in parts.items()} == {"train": 2, "dev": 1, "test": 1}
    assert not [w for w in report.warnings if "letters" in w]


def test_a_damaged_set_is_refused(folder):
    write(folder / "letters", {"train.csv": TRAIN, "test.csv": TEST[:-1]})
    with pytest.raises(
        DataError, match=r"is damaged: test\.csv has 7 bytes instead of 8\. Fetch it"
    ):
        settings(path=str(folder / "letters")).load()


def test_an_incomplete_set_is_read_with_a_note(folder):
    write(folder / "letters", {"train.csv": TRAIN})
    _, _, report = settings(path=str(folder / "letters")).load()
    (note,) = (w for w in report.warnings if "letters" in w)
    assert note.endswith("letters lacks test.csv; dlsuite data get letters fetches the rest.")


def test_another_edition_is_read_with_a_note(folder):
    write(folder / "letters", {"train.csv.gz": gzip.compress(TRAIN)})
    _, _, report = settings(path=str(folder / "letters")).load()
    (note,) = (w for w in report.warnings if "letters" in w)
    assert "is another edition than that of the catalogue (train.csv.gz)" in note


def test_what_a_source_refuses_is_told_with_what_is_known_of_the_set(folder):
    write(folder / "letters", {"test.csv": TEST})
    with pytest.raises(DataError) as error:
        settings(path=str(folder / "letters")).load()
    assert "must hold train.csv" in str(error.value)
    assert str(error.value).endswith("lacks train.csv; dlsuite data get letters fetches the rest.")


def test_data_elsewhere_is_nobodys_business(workshop, folder):
    assert provided(settings(path=str(workshop / "mine/letters")).source) == ()
    assert provided(DataSettings(source={"type": "wine"}).source) == ()


def test_a_set_of_tensorflow_datasets_says_how_to_get_it(workshop, monkeypatch):
    monkeypatch.setenv("DLSUITE_DATA", str(workshop))
    source = dict(catalog.data_set("cifar10").source, data_dir=str(workshop / "tfds"))
    with pytest.raises(DataError, match=r"cifar10 is not in .*: dlsuite data get cifar10 \(170 MB"):
        DataSettings(source=source).load()
    elsewhere = DataSettings(source={**source, "data_dir": str(workshop / "mine")})
    assert provided(elsewhere.source) == ()
