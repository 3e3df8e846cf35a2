"""What the README shows works: its recipes load, its messages are the real ones."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from dlsuite.recipe import RecipeError, load, read
from pipelines import of

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
RECIPES = [dedent(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


@pytest.mark.parametrize("text", RECIPES)
def test_its_recipes_load(workshop, text):
    (workshop / "recipe.yaml").write_text(text)
    document = read("recipe.yaml")
    assert load(document, of(document).settings).name == "recipe"


def test_its_error_messages_are_the_real_ones(workshop):
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    text = RECIPES[0].replace("variant: modern", "droput: 0.1").replace("epochs: 30", "epochs: ten")
    (workshop / "my_digits.yaml").write_text(text)
    document = read("my_digits.yaml")
    with pytest.raises(RecipeError) as error:
        load(document, of(document).settings)
    assert str(error.value) == shown.strip()
