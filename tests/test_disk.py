"""A full disk is known by what is said of it, and told with the space that is left."""

from pathlib import Path

import pytest

from dlsuite.disk import is_full, room, unwritten


@pytest.fixture
def full() -> OSError:
    """What the system says of a disk that is full."""
    with pytest.raises(OSError) as caught:
        Path("/dev/full").write_text("more than fits")
    return caught.value


def test_a_full_disk_is_known_by_its_number_its_words_and_what_came_of_it(full):
    assert is_full(full)
    assert is_full(RuntimeError("(sqlite3.OperationalError) database or disk is full"))
    assert is_full(OSError("Can't write data (error message = 'No space left on device')"))
    problem = ValueError("a library's own words")
    problem.__cause__ = full
    assert is_full(problem)
    assert not is_full(PermissionError(13, "Permission denied"))
    assert not is_full(None)


def test_what_could_not_be_written_is_named_with_the_space_there(full, tmp_path):
    place = tmp_path / "runs" / "1"
    assert unwritten(full, place) == f"{place}: no space left on device, {room(tmp_path)}"
    assert room(tmp_path).endswith(" MB free")
    assert unwritten(PermissionError(13, "Permission denied"), place) == (
        f"{place}: Permission denied"
    )
    assert unwritten(RuntimeError("one line\nand a trace"), place) == f"{place}: one line"
