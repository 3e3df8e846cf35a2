"""Whether what lies in the data folder is the public set, another edition of it, or damaged."""

import gzip
import hashlib
import json
import os
import tarfile
import zipfile

import pytest

from dlsuite.data import catalog_hashes
from dlsuite.data.catalog import DataFile, DataSet, data_set
from dlsuite.data.catalog_files import held
from dlsuite.data.catalog_hashes import content, digest, list_digest, remembered, sound

A, B = b"ants\n" * 50, b"bees\n" * 50
PATTERN = r"^(?:[^/]+/)?((?:a|b)\.txt)$"


def of(name: str, text: bytes, **facts) -> DataFile:
    return DataFile(name, len(text), hashlib.sha256(text).hexdigest(), **facts)


def two_files(**facts) -> DataSet:
    files = (of("a.txt", A, **facts), of("b.txt", B))
    return DataSet("letters", "what", "https://home", "MIT", "letters", files, download=500)


def one_archive() -> DataSet:
    found = {n: hashlib.sha256(t).hexdigest() for n, t in {"a.txt": A, "b.txt": B}.items()}
    file = DataFile("letters.zip", 500, list_digest(found), members=PATTERN)
    return DataSet("letters", "what", "https://home", "MIT", "letters", (file,), download=500)


@pytest.fixture
def place(workshop):
    folder = workshop / "data/letters"
    folder.mkdir(parents=True)
    return folder


def look(entry: DataSet, place, **choices):
    return held(entry, place.parent, **choices)


def test_a_set_is_absent_then_here_then_proven(place):
    assert look(two_files(), place).state == "absent"
    (place / "a.txt").write_bytes(A)
    assert look(two_files(), place).missing == ("b.txt",)
    assert look(two_files(), place).state == "incomplete"
    (place / "b.txt").write_bytes(B)
    assert look(two_files(), place, verify=False).state == "here"
    assert look(two_files(), place).state == "whole"
    assert look(two_files(), place, verify=False).state == "whole"  # remembered


def test_a_part_that_was_fetched_counts(place):
    (place / "a.txt.part").write_bytes(A[:10])
    found = look(two_files(), place)
    assert (found.state, found.fetched) == ("incomplete", 10)


def test_what_differs_is_damaged_and_says_how(place):
    (place / "a.txt").write_bytes(A[:-1])
    (place / "b.txt").write_bytes(bytes(reversed(B)))
    found = look(two_files(), place)
    assert found.state == "damaged"
    assert found.wrong["a.txt"] == "has 249 bytes instead of 250"
    assert found.wrong["b.txt"].startswith("has SHA-256 ")


def test_a_known_other_edition_is_named(place):
    other = hashlib.sha256(B).hexdigest()
    (place / "a.txt").write_bytes(B)
    (place / "b.txt").write_bytes(B)
    found = look(two_files(also={other: "the copy of someone"}), place)
    assert found.state == "other edition"
    assert found.editions == {"a.txt": "the copy of someone"}


def test_other_files_are_another_edition_and_notes_are_none(place):
    (place / "README.md").write_text("x")
    assert look(two_files(), place).state == "absent"
    (place / "letters-small.tar.gz").write_bytes(b"x")
    assert look(two_files(), place).state == "other edition"
    assert list(look(two_files(), place).editions) == ["letters-small.tar.gz"]


def test_a_whole_gzip_of_that_name_is_another_edition_and_a_cut_one_is_damaged(place):
    right, other = gzip.compress(A), gzip.compress(B)
    files = (of("a.gz", right),)
    entry = DataSet("letters", "what", "https://home", "MIT", "letters", files)
    (place / "a.gz").write_bytes(other)
    assert look(entry, place).state == "other edition"
    (place / "a.gz").write_bytes(right[:-4])
    assert look(entry, place).state == "damaged"


def zipped(path, texts: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)


def test_an_archive_is_known_by_what_it_holds_under_any_name(place):
    assert look(one_archive(), place).state == "absent"
    with tarfile.open(place / "mine.tar.gz", "w:gz") as archive:
        for name, text in {"a.txt": A, "b.txt": B}.items():
            (place.parent / name).write_bytes(text)
            archive.add(place.parent / name, f"letters-1/{name}")
    assert look(one_archive(), place, verify=False).state == "other edition"
    assert look(one_archive(), place).state == "whole"


def test_an_archive_of_other_content_is_another_edition_and_a_torn_one_damaged(place):
    zipped(place / "letters.zip", {"a.txt": A, "b.txt": A})
    assert look(one_archive(), place, verify=False).state == "here"
    assert look(one_archive(), place).state == "other edition"
    zipped(place / "letters.zip", {"a.txt": A, "b.txt": B})
    whole = (place / "letters.zip").read_bytes()
    (place / "letters.zip").write_bytes(whole[:-30])
    assert look(one_archive(), place).state == "damaged"


def test_hashes_are_computed_once_until_a_file_changes(place, monkeypatch):
    path = place / "a.txt"
    path.write_bytes(A)
    computed = []
    real = catalog_hashes.compute
    monkeypatch.setattr(
        catalog_hashes, "compute", lambda *words: computed.append(words) or real(*words)
    )
    first = digest(path)
    assert digest(path) == first == hashlib.sha256(A).hexdigest()
    assert len(computed) == 1
    path.write_bytes(B)
    os.utime(path, ns=(1, 1))
    assert remembered(path) is None
    assert digest(path) == hashlib.sha256(B).hexdigest()


@pytest.mark.parametrize("damage", ["", "[1, 2]", '{"x": [1]}', "\udce4"])
def test_a_lost_memory_means_reading_again(place, damage):
    path = place / "a.txt"
    path.write_bytes(A)
    digest(path)
    memory = catalog_hashes.cache_folder() / "catalog.json"
    assert len(json.loads(memory.read_text())) == 1
    memory.write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert digest(path) == hashlib.sha256(A).hexdigest()


def test_what_has_no_checksum_of_its_own_is_not_called_sound(place):
    (place / "a.txt").write_bytes(A)
    assert not sound(place / "a.txt")


def test_the_digest_of_members_is_that_of_sha256sum(place):
    zipped(place / "x.zip", {"outer/b.txt": B, "outer/a.txt": A, "outer/c.txt": A})
    found = content(place / "x.zip", PATTERN)
    assert list(found) == ["b.txt", "a.txt"]
    lines = "".join(
        f"{hashlib.sha256(t).hexdigest()}  {n}\n" for n, t in (("a.txt", A), ("b.txt", B))
    )
    assert list_digest(found) == hashlib.sha256(lines.encode()).hexdigest()


def test_a_set_of_tensorflow_datasets_is_there_once_it_is_prepared(place):
    entry = data_set("cifar10")
    assert held(entry, place.parent).state == "absent"
    prepared = place.parent / "tfds/cifar10/3.0.2"
    prepared.mkdir(parents=True)
    (prepared / "dataset_info.json").write_text("{}")
    assert held(entry, place.parent).state == "whole"


@pytest.mark.skipif("DLSUITE_DATA" not in os.environ, reason="needs the data folder")
@pytest.mark.parametrize("name", ["fashion-mnist", "bccd", "orl-faces", "wnut17", "multi30k"])
def test_the_real_sets_are_what_the_catalogue_says(name, workshop):
    found = held(data_set(name))
    assert found.state in ("whole", "absent"), found
