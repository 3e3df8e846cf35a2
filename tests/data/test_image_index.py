"""The index of checked files: nothing found is lost, nothing stale or damaged is believed."""

import json
import os
import zlib

import numpy as np
import pytest
from PIL import Image

from dlsuite.data import image_files
from dlsuite.data.image_files import check_files
from dlsuite.data.image_index import Found, Index


def picture(path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (7, 9, 3), np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def pictures(tmp_path):
    """Two hundred of them, which is four chunks."""
    for number in range(200):
        picture(tmp_path / f"data/a/{number:03d}.png", number)
    return tmp_path / "data"


NAMES = [f"a/{number:03d}.png" for number in range(200)]


def index_of(tmp_path):
    (file,) = (tmp_path / "cache/index").iterdir()
    return file


def test_what_was_found_is_read_back_whatever_the_name(tmp_path):
    odd = os.fsdecode(b"a/\xff\t\n\"'.png")
    index = Index(tmp_path / "index/x.jsonl")
    index.add({odd: Found("1 2", "key", "torn\nand more"), "b.png": Found("3 4", "other", "")})
    again = Index(tmp_path / "index/x.jsonl")
    assert again.find(odd, "1 2") == Found("1 2", "key", "torn\nand more")
    assert again.find(odd, "1 3") is None
    assert again.find("b.png", "3 4").key == "other"


def test_an_interrupted_check_keeps_what_it_found(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(image_files, "CHUNK", 4)
    checked = []
    real = image_files._check

    def stopping(path, verify):
        checked.append(path)
        if len(checked) == 150:
            raise KeyboardInterrupt
        return real(path, verify)

    monkeypatch.setattr(image_files, "_check", stopping)
    with pytest.raises(KeyboardInterrupt):
        check_files(pictures, NAMES, tmp_path / "cache", "header")
    monkeypatch.setattr(image_files, "_check", lambda *words: checked.append(words) or real(*words))
    kept = len(Index(index_of(tmp_path)).known)
    assert kept >= 100
    checked.clear()
    assert check_files(pictures, NAMES, tmp_path / "cache", "header").reasons.tolist() == [""] * 200
    assert len(checked) == 200 - kept


@pytest.mark.parametrize("damage", ["cut", "changed", "nonsense", "longer", "gone"])
def test_a_damaged_index_costs_only_time(tmp_path, pictures, damage):
    first = check_files(pictures, NAMES, tmp_path / "cache", "header")
    file = index_of(tmp_path)
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[:-40])
    elif damage == "changed":  # one digit of a key
        place = content.index(first.keys[3].encode())
        wrong = b"0" if content[place : place + 1] != b"0" else b"1"
        file.write_bytes(content[:place] + wrong + content[place + 1 :])
    elif damage == "nonsense":
        file.write_bytes(os.urandom(1000) + b"\n" + content)
    elif damage == "longer":  # a line with a value more than there should be
        text = json.dumps(["a/000.png", *Index(file).known["a/000.png"], 1]).encode()
        file.write_bytes(content + b"%08x %s\n" % (zlib.crc32(text), text))
    else:
        file.unlink()
    again = check_files(pictures, NAMES, tmp_path / "cache", "header")
    assert again.keys.tolist() == first.keys.tolist()
    assert len(Index(index_of(tmp_path)).known) == 200


def test_an_index_that_is_mostly_out_of_date_is_written_anew(tmp_path):
    index = Index(tmp_path / "x.jsonl")
    for round in range(20):
        index.add({f"{number}.png": Found(f"{round}", "key", "") for number in range(100)})
        index.tidy()
    assert index.lines < 20 * 100
    again = Index(tmp_path / "x.jsonl")
    assert again.lines == index.lines
    assert {found.stamp for found in again.known.values()} == {"19"}


def test_an_index_that_cannot_be_written_is_no_error(tmp_path, pictures):
    (tmp_path / "cache").write_text("a file where a folder should be")
    found = check_files(pictures, NAMES[:3], tmp_path / "cache", "header")
    assert found.reasons.tolist() == [""] * 3


def test_what_cannot_be_opened_says_why(tmp_path, pictures):
    (pictures / "a/gone.png").symlink_to(pictures / "nowhere.png")
    found = check_files(pictures, ["a/000.png", "a/gone.png"], tmp_path / "cache", "decode")
    assert found.reasons.tolist() == ["", "cannot be read: No such file or directory"]


def test_only_so_many_files_wait_as_are_being_read(tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(image_files, "CHUNK", 1)
    submitted = []

    class Pool(image_files.ThreadPoolExecutor):
        def submit(self, *words):
            waiting = [each for each in submitted if not each.done()]
            assert len(waiting) <= 2 * os.cpu_count() + 1
            submitted.append(super().submit(*words))
            return submitted[-1]

    monkeypatch.setattr(image_files, "ThreadPoolExecutor", Pool)
    check_files(pictures, NAMES, tmp_path / "cache", "header")
    assert len(submitted) == 200


def test_known_stamps_are_not_asked_for_again(tmp_path, pictures, monkeypatch):
    stamps = [image_files.stamp_of(pictures / name) for name in NAMES]
    first = check_files(pictures, NAMES, tmp_path / "cache", "header", stamps)
    monkeypatch.setattr(image_files, "_check", None)
    monkeypatch.setattr(image_files, "stamp_of", None)
    again = check_files(pictures, NAMES, tmp_path / "cache", "header", stamps)
    assert again.keys.tolist() == first.keys.tolist()


def test_what_could_not_be_opened_is_asked_for_again(tmp_path, pictures, monkeypatch):
    real = image_files.Path.read_bytes

    def failing(path):
        if path.name == "001.png":
            raise OSError(24, "Too many open files")
        return real(path)

    monkeypatch.setattr(image_files.Path, "read_bytes", failing)
    for _ in range(2):
        found = check_files(pictures, NAMES[:3], tmp_path / "cache", "header")
        assert found.reasons.tolist() == ["", "cannot be read: Too many open files", ""]
    monkeypatch.setattr(image_files.Path, "read_bytes", real)
    found = check_files(pictures, NAMES[:3], tmp_path / "cache", "header")
    assert found.reasons.tolist() == [""] * 3
    assert all(found.keys)


def test_what_decoding_found_answers_for_headers_too(tmp_path, pictures, monkeypatch):
    def check(verify):
        return check_files(pictures, NAMES[:3], tmp_path / "cache", verify).keys.tolist()

    first = check("header")
    assert check("decode") == first
    monkeypatch.setattr(image_files, "_check", None)
    assert check("header") == first
    assert check("decode") == first


def test_an_index_that_cannot_be_written_anew_leaves_no_draft(tmp_path, monkeypatch):
    index = Index(tmp_path / "x.jsonl")
    for round in range(20):
        index.add({f"{number}.png": Found(f"{round}", "key", "") for number in range(100)})

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    index.tidy()
    assert [path.name for path in tmp_path.iterdir()] == ["x.jsonl"]
