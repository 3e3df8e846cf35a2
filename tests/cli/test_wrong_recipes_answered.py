"""A wrong recipe ends `plan` and `train` with messages and exit code 2, never with a traceback."""

import random
from pathlib import Path

import pytest

from tests.recipe import mutations, wrong_words
from tests.recipe.trying import FILE, Wrong

from .test_errors import call


@pytest.mark.parametrize("command", ["plan", "train"])
def test_messages_and_exit_code_2_are_all_that_comes_of_it(workshop, capsys, command):
    wrong_words.own_modules(workshop)
    texts = list(mutations.recipes().values())
    refused = 0
    for seed in range(60):
        wrong = Wrong.of("text", seed, random.Random(seed).choice(texts))
        if wrong.loaded() is not None:
            continue
        code, _, said = call(capsys, command, FILE)
        assert code == 2
        assert f"{FILE}:" in said
        assert "Traceback" not in said
        assert "unexpected" not in said
        refused += 1
    assert refused > 30
    assert not Path("mlruns").exists()
