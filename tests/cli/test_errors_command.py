"""`dlsuite errors`: files for a person, a document for scripts, refusals before work is lost."""

import json
from pathlib import Path

import pytest

from dlsuite.data.spreadsheet import Sheet, read_csv, write_csv
from pipelines.cli import main


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder in which a net was trained that guesses."""
    folder = tmp_path_factory.mktemp("errors_command")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        short = ["training.epochs=1", "model.hidden=[4]", "optimizer.learning_rate=1e-9"]
        with pytest.raises(SystemExit):
            main(["train", "wine_mlp", *short, "baseline=null", "--quiet"])
    return folder


@pytest.fixture
def ask(shop, monkeypatch, capsys):
    monkeypatch.chdir(shop)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def ask(*words, code=0):
        with pytest.raises(SystemExit) as end:
            main(["errors", *words])
        said = capsys.readouterr()
        assert (end.value.code or 0) == code, said.err
        return said.out if code == 0 else said.err

    return ask


@pytest.fixture
def tagged(ask):
    """A table with tags and relabels in it."""
    ask("latest", "--out", "book", "--force", "--tag", "sour")
    sheet = read_csv("book/errors.csv")
    where = {name: place for place, name in enumerate(sheet.header)}
    rows = [list(row) for row in sheet.rows]
    for number, row in enumerate(rows):
        row[where["sour"]] = "x" if number % 2 else ""
    rows[0][where["relabel"]] = rows[0][where["predicted"]]
    write_csv(Sheet(sheet.header, tuple(map(tuple, rows))), "tags.csv")
    return "tags.csv"


def test_a_page_and_a_table_are_written_and_what_to_do_is_said(ask):
    page = ask("latest", "--out", "one", "--force")
    assert "dev error" in page
    assert "wrote one/errors.html" in page
    assert "under errors/" in page
    assert "--tags one/errors.csv" in page
    assert Path("one/errors.html").read_text().startswith("<!doctype html>")
    assert read_csv("one/errors.csv").header[-3:] == ("tag 1", "tag 2", "tag 3")


def test_a_dry_run_writes_and_keeps_nothing(ask, shop):
    page = ask("latest", "--out", "two", "--dry-run", "--tag", "a", "--count", "3")
    assert "would write two/errors.csv" in page
    assert not (shop / "two").exists()
    document = json.loads(ask("latest", "--all", "--dry-run", "--json"))
    assert document["written"] is False
    assert (
        document["shown"]
        == document["mistakes"]
        == sum(each["count"] for each in document["kinds"].values())
    )
    assert document["files"][0].startswith(f"errors_{document['run_id'][:8]}")


def test_tags_give_ceilings_and_relabels_a_file(ask, tagged):
    page = ask("latest", "--tags", tagged, "--relabels", "fixes.csv", "--force")
    for wanted in ("Solving sour would leave", "wrong label", "no tag", "error falls by"):
        assert wanted in page
    assert "wrote fixes.csv: 1 relabels. Use it: dlsuite train RECIPE data.relabels=fixes" in page
    assert read_csv("fixes.csv").header == ("key", "label", "relabel")
    assert "1 relabels: --relabels OUT.csv writes them" in ask("latest", "--tags", tagged)
    document = json.loads(ask("latest", "--tags", tagged, "--json", "--dry-run"))
    sour = next(each for each in document["ceilings"] if each["tag"] == "sour")
    error = document["error"]["estimate"]
    assert sour["after"]["estimate"] == pytest.approx(error * (1 - sour["share"]["estimate"]))
    Path("fixes.csv").write_text("mine")
    assert "--force overwrites it" in ask(
        "latest", "--tags", tagged, "--relabels", "fixes.csv", code=2
    )
    assert Path("fixes.csv").read_text() == "mine"


def test_relabels_alone_are_fine(ask, tagged):
    sheet = read_csv(tagged)
    rows = [(*row[:8], "class_1" if row[2] != "class_1" else "", "", "") for row in sheet.rows[:]]
    rows = [row if row[3] != "class_1" else (*row[:8], "", "", "") for row in rows]
    marked = [row for row in rows if row[8]]
    write_csv(Sheet(sheet.header, tuple(rows)), "only.csv")
    if not marked:  # every mistake was told class_1, so that no relabel is left
        assert "must have a mark" in ask("latest", "--tags", "only.csv", code=2)
        return
    page = ask("latest", "--tags", "only.csv", "--dry-run", "--relabels", "x.csv")
    assert "No mistake has a tag" in page
    assert "would write x.csv" in page
    assert not Path("x.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["latest", "--tags", "none.csv"], "none.csv cannot be read: No such file"),
        (["latest", "--tags", "a.csv", "--tag", "x"], "Received with it: --tag"),
        (["latest", "--relabels", "a.csv"], "`--relabels` needs `--tags FILE`"),
        (["latest", "--count", "3", "--all"], "cannot be had together"),
        (["latest", "--split", "test"], "test is there to be believed"),
        (["latest", "--tag", "key"], "Tags must have names of their own"),
        (["nobody"], "No run `nobody`"),
    ],
)
def test_what_cannot_be_is_refused(ask, words, message):
    assert message in ask(*words, code=2)


def test_a_table_with_tags_is_not_overwritten(ask, tagged):
    Path("book/errors.csv").write_bytes(Path(tagged).read_bytes())
    assert "may hold your tags" in ask("latest", "--out", "book", code=2)
    assert Path("book/errors.csv").read_bytes() == Path(tagged).read_bytes()
