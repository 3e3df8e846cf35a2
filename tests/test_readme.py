"""What the README shows works: its recipes load, its messages are the real ones."""

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest

from dlsuite.recipe import RecipeError, load, read
from dlsuite.studies.ledger import cost
from pipelines import SHIPPED, of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES = [dedent(block) for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


@pytest.mark.parametrize("text", RECIPES)
def test_its_recipes_load(workshop, text):
    (workshop / "recipe.yaml").write_text(text)
    document = read("recipe.yaml")
    assert load(document, of(document).settings).name == "recipe"


def test_each_recipe_that_ships_has_a_score_that_runs_reached():
    """The README's table and each recipe's `expect` hold against docs/results.json."""
    known = json.loads((ROOT / "docs/results.json").read_text())
    for path in SHIPPED.glob("*.yaml"):
        assert f"| `{path.stem}` |" in README
        runs = known[path.stem]["runs"]
        short = cost(known[path.stem]) < 600
        assert len(runs) >= (3 if short else 1)
        assert {made["verdict"] for made in known[path.stem]["claims"]} <= {"PASS", "BETTER"}
        for metric, bound in read(path).tree["expect"].items():
            split, _, name = metric.partition(".")
            reached = [run["scores"][split][name] for run in runs]
            assert min(reached) >= bound["at_least"], path.stem
    digits = [run["scores"]["test"]["accuracy"] for run in known["digits_lenet5"]["runs"]]
    assert len(digits) >= 5
    assert sum(digits) / len(digits) >= 0.975


def test_its_error_messages_are_the_real_ones(workshop):
    (shown,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    text = RECIPES[0].replace("variant: modern", "droput: 0.1").replace("epochs: 30", "epochs: ten")
    (workshop / "my_digits.yaml").write_text(text)
    document = read("my_digits.yaml")
    with pytest.raises(RecipeError) as error:
        load(document, of(document).settings)
    assert str(error.value) == shown.strip()
