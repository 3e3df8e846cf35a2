"""`dlsuite new`: a recipe for one's own data, and words for whatever stands in the way."""

import json

import pytest

from dlsuite.recipe import read
from pipelines.cli import main


@pytest.fixture
def ask(workshop, capsys):
    """Exit code, standard output and standard error of one command."""
    rows = [f"{n % 7},{n % 5},{'ab'[n % 2]}" for n in range(40)]
    (workshop / "my houses.csv").write_text("\n".join(["size,rooms,kind", *rows]) + "\n")

    def ask(*words):
        with pytest.raises(SystemExit) as end:
            main([*words, "--quiet"])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return ask


DATA = ("--data", "my houses.csv")


def test_the_recipe_is_written_printed_and_the_next_command_told(ask, workshop):
    code, out, err = ask("new", *DATA)
    assert code == 0
    assert out == (workshop / "my_houses.yaml").read_text()
    assert out.splitlines()[-1].startswith("evaluation: ")
    assert "Application: tabular, because my houses.csv is a table." in err
    assert "Note: kind is to be predicted, taken as the last column; --target NAME" in err
    assert err.endswith("Written to my_houses.yaml. Next: dlsuite train my_houses.yaml\n")
    assert read("my_houses.yaml").tree["data"]["source"]["path"] == "my houses.csv"


def test_a_file_that_is_there_is_kept_unless_forced(ask, workshop):
    (workshop / "mine.yaml").write_text("# mine\n")
    code, out, err = ask("new", *DATA, "--out", "mine.yaml")
    assert (code, out) == (2, "")
    assert "mine.yaml is there already. --force overwrites it" in err
    assert (workshop / "mine.yaml").read_text() == "# mine\n"
    assert ask("new", "tabular", *DATA, "--out", "mine.yaml", "--force")[0] == 0
    assert "pipeline: tabular" in (workshop / "mine.yaml").read_text()


def test_a_dry_run_writes_nothing(ask, workshop):
    before = sorted(path.name for path in workshop.iterdir())
    code, out, err = ask("new", *DATA, "--target", "rooms", "--dry-run")
    assert code == 0
    assert "target: rooms" in out
    assert "my_houses.yaml was not written, as this is a dry run." in err
    assert sorted(path.name for path in workshop.iterdir() if path.name != "cache") == before


def test_scripts_get_one_document(ask, workshop):
    (workshop / "recipes").mkdir()
    code, out, err = ask("new", *DATA, "--out", "recipes", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["file"] == "recipes/my_houses.yaml"
    assert document["next"] == "dlsuite train recipes/my_houses.yaml"
    assert document["recipe"] == (workshop / "recipes/my_houses.yaml").read_text()
    assert document["found"]["classes"] == {"a": 20, "b": 20}
    assert document["written"] is True


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Where is your data? dlsuite new --data PATH"),
        (("my houses.csv",), "Where is your data? dlsuite new --data 'my houses.csv'"),
        (("tabluar", *DATA), "Did you mean tabular?"),
        (("--data", "my_houses.csv"), "Nothing is at my_houses.csv. Did you mean my houses.csv?"),
        (("image_classification", *DATA), "Pictures are wanted. Received: my houses.csv, a table"),
        ((*DATA, "--target", "price"), "There is no column 'price' to predict. Columns: size"),
        ((*DATA, "--out", "nowhere/x.yaml"), "--out must be in a folder that exists"),
        (("nowhere:pipeline", *DATA), "nowhere"),
    ],
)
def test_what_stands_in_the_way_is_one_message(ask, words, message):
    code, out, err = ask("new", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
