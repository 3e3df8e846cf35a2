"""The page of reliability: tables between marks are written anew, the words around them stay."""

import pytest

from benchmarks.harness import Row, measured
from benchmarks.reliability import page
from benchmarks.reliability.__main__ import ALL, main

PAGE = "# Kept\n\nBefore.\n\n<!-- kills -->\nold\n<!-- end -->\n\nAfter.\n"


@pytest.fixture
def docs(tmp_path):
    (tmp_path / "reliability.md").write_text(PAGE)
    return tmp_path


def test_a_table_takes_the_place_of_the_one_before(docs):
    for differences in (3, 0):
        rows = [Row("numbers that differ", "", [differences], 0, "20 kills")]
        page.keep("kills", measured("kills", "command", rows), docs)
    text = (docs / "reliability.md").read_text()
    assert text.startswith("# Kept\n\nBefore.\n\n<!-- kills -->\n| what |")
    assert "| numbers that differ | 0 | ≤ 0 | met | 20 kills |" in text
    assert "old" not in text
    assert "missed" not in text
    assert text.endswith("<!-- end -->\n\nAfter.\n")


def test_an_unknown_trial_is_refused_with_those_there_are(capsys):
    assert main(["kill"]) == 2
    assert f"must be one of {', '.join(ALL)}. Received: kill." in capsys.readouterr().out
