"""Every broken recipe gives exactly its messages."""

import re
import sys

import pytest

from .corpus import FOLDER, NAMES, answer

LINE = re.compile(r"\S+\.yaml:\d+:\d+( [\w.]+)?: .|override .+: .")
JARGON = re.compile(
    "pydantic|Input should|https?://|Traceback|valid dictionary|<class|function-plain"
)


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_recipe_says_what_is_wrong(name: str, folder, monkeypatch) -> None:
    monkeypatch.chdir(FOLDER)
    answered = answer(name)
    assert answered + "\n" == (FOLDER / f"{name}.txt").read_text()
    assert "own_broken" not in sys.modules


def test_the_corpus_is_large_and_speaks_plainly() -> None:
    lines = [line for name in NAMES for line in (FOLDER / f"{name}.txt").read_text().splitlines()]
    assert len(NAMES) >= 100
    assert [line for line in lines if not LINE.match(line)] == []
    assert [line for line in lines if JARGON.search(line)] == []
    assert [line for line in lines if not line.endswith((".", "?", "…"))] == []


def test_own_modules_of_recipes_that_do_not_name_them_stay_unimported(folder, monkeypatch) -> None:
    monkeypatch.chdir(FOLDER)
    sys.modules.pop("own_models", None)
    answer("type_misspelt")
    assert "own_models" not in sys.modules
    answer("type_own_arguments")
    assert "own_models" in sys.modules
    del sys.modules["own_models"]
