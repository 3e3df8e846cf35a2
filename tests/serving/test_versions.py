"""Versions appear whole or not at all, whoever else writes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dlsuite.serving.versions import locate, new_version, next_version, versions


def write_version(folder: Path) -> int:
    with new_version(folder) as draft:
        (draft.path / "saved_model.pb").write_bytes(b"")
    return int(draft.final.name)


def names(folder: Path) -> set[str]:
    return {place.name for place in folder.iterdir()}


def test_versions_count_up_and_leave_no_draft(tmp_path: Path) -> None:
    folder = tmp_path / "exports" / "digits"
    assert [write_version(folder) for _ in range(3)] == [1, 2, 3]
    assert names(folder) == {"1", "2", "3"}
    assert names(folder / "1") == {"saved_model.pb"}


def test_the_next_number_follows_the_newest_not_the_first_gap(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "notes").mkdir()
    assert write_version(tmp_path) == 8


def test_a_failure_leaves_not_even_the_folder(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), new_version(tmp_path / "a" / "b"):
        raise KeyboardInterrupt
    assert names(tmp_path) == set()


def test_a_failure_leaves_other_versions_alone(tmp_path: Path) -> None:
    write_version(tmp_path)
    with pytest.raises(OSError, match="disk"), new_version(tmp_path):
        raise OSError("disk full")
    assert names(tmp_path) == {"1"}


def test_a_draft_that_is_being_written_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    with new_version(folder) as first:
        (first.path / "saved_model.pb").write_bytes(b"mine")
        assert write_version(folder) == 2
        with pytest.raises(ValueError), new_version(folder):
            raise ValueError
        assert (first.path / "saved_model.pb").read_bytes() == b"mine"
    assert versions(folder) == [1, 2]


def test_many_writers_at_once_get_a_number_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(write_version, [tmp_path / "export"] * 64))
    assert sorted(set(numbers)) == sorted(numbers)
    assert versions(tmp_path / "export") == sorted(numbers)
    assert names(tmp_path / "export") == set(map(str, numbers))


def test_the_draft_of_a_killed_process_goes_with_the_next_export(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from dlsuite.serving.versions import new_version\n"
        "with new_version(sys.argv[1]) as draft:\n"
        "    (draft.path / 'variables').mkdir(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)])
    assert killed.returncode == -9
    assert names(tmp_path) == {"1.draft"}
    assert write_version(tmp_path) == 1
    assert names(tmp_path) == {"1"}


def test_a_number_that_was_taken_meanwhile_is_left_to_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_version(tmp_path)
    seen = iter([[]])  # the first look is from before version 1 got its name
    monkeypatch.setattr(
        "dlsuite.serving.versions.versions", lambda folder: next(seen, versions(folder))
    )
    assert write_version(tmp_path) == 2
    assert names(tmp_path) == {"1", "2"}


def test_the_newest_version_is_the_largest_number(tmp_path: Path) -> None:
    for number in ("2", "10", "11.draft"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "saved_model.pb").write_bytes(b"")
    assert locate(tmp_path) == tmp_path / "10"
    assert locate(tmp_path / "2") == tmp_path / "2"
    with pytest.raises(FileNotFoundError, match="is a draft"):
        locate(tmp_path / "11.draft")


def test_a_place_without_an_export_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"saved_model\.pb.*Received: .*nowhere, which"):
        locate(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match=f"Received: {tmp_path}\\.$"):
        locate(tmp_path)


def test_a_version_is_no_place_for_versions(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"export/{number}").mkdir(parents=True)
        (tmp_path / f"export/{number}/saved_model.pb").touch()
    assert next_version(tmp_path / "export") == tmp_path / "export/3"
    assert next_version(tmp_path / "new") == tmp_path / "new/1"
    for wrong, came in (("1", "which is one"), ("3", "which would be one")):
        with pytest.raises(ValueError, match=rf"here \S+/export\. Received: .*/{wrong}, {came}"):
            next_version(tmp_path / "export" / wrong)
        with (
            pytest.raises(ValueError, match="must be the one"),
            new_version(tmp_path / "export" / wrong),
        ):
            pass
    # A year is no version where its neighbours are none.
    (tmp_path / "2025/1").mkdir(parents=True)
    (tmp_path / "2025/1/saved_model.pb").touch()
    assert next_version(tmp_path / "2026") == tmp_path / "2026/1"


def test_a_version_without_room_says_so_and_leaves_nothing(tmp_path):
    with pytest.raises(OSError, match=r"no space for another version, .* MB free: .*exports"):
        with new_version(tmp_path / "exports"):
            Path("/dev/full").write_text("more than fits")
    assert list(tmp_path.iterdir()) == []
