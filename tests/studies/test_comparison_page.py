"""A comparison as files and in a terminal: nothing from outside, nothing unescaped."""

import html.parser
import json
import re

import numpy as np
import pandas as pd
import pytest

from dlsuite.data.sources import digits
from dlsuite.studies import compare, write
from dlsuite.studies.page import files_of
from dlsuite.studies.pictures import pictures_of
from dlsuite.studies.wording import cost_figure, figure, headline, listed, uneven
from pipelines.cli import main
from tests.studies.written_runs import RECIPE, keys, predicted, told, write_run

TRUTH = np.arange(60) % 3
EPOCHS = [{"loss": 1 / n, "dev.loss": 1.2 / n, "dev.accuracy": 1 - 0.3 / n} for n in (1, 2, 3)]
FOREIGN = re.compile(r"""(?:src|href)\s*=\s*["'](?!data:)|@import|url\(|<script""", re.IGNORECASE)


class Reader(html.parser.HTMLParser):
    """Counts tags and keeps what is read."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def at(*places):
    answers = TRUTH.copy()
    answers[list(places)] = (answers[list(places)] + 1) % 3
    return answers


@pytest.fixture
def runs(store):
    """Two runs on the first digits, whose pictures can be read again."""
    names = list(digits().parts["all"].keys[:60])
    write_run(store, "one", {"test": told(at(1, 2), TRUTH, names)}, epochs=EPOCHS)
    other = RECIPE | {"model": {"type": "lenet5", "name": "<b>bold</b>"}}
    scores = {"test": told(at(*range(3, 25)), TRUTH, names)}
    write_run(store, "<two>", scores, recipe=other, epochs=EPOCHS[:2])
    return store


def test_the_page_needs_nothing_but_itself_and_says_everything(runs, tmp_path):
    found = compare(["one", "<two>"])
    files = write(found, tmp_path / "deep" / "out")
    assert files == files_of(found, tmp_path / "deep" / "out")
    text = files[0].read_text(encoding="utf-8")
    assert not FOREIGN.search(text)
    page = Reader(text)
    assert page.open == []
    words = " ".join(" ".join(page.words).split())
    for wanted in (
        "2 runs of one and <two>",
        "B is worse than A: accuracy on test 0.6333 against 0.9667",
        "the same 60 examples",
        "model.name – <b>bold</b>",
        "Only A is right for 22 examples, only B for 2",
        "By class",
        "These are 15 of 24; all of them are in disagreements_A_B.csv",
    ):
        assert wanted in words, wanted
    assert page.tags.count("img") == 2  # the curves, and the digits that they disagree on
    assert page.tags.count("svg") == 7  # an interval for each metric that has one
    assert len(pd.read_csv(tmp_path / "deep/out/disagreements_A_B.csv")) == 24
    plain = json.loads((tmp_path / "deep/out/comparison.json").read_text())
    assert plain["disagreements"]["B"]["counts"]["only A right"] == 22
    write(found, tmp_path / "deep" / "out")  # what is there is replaced


def test_pages_of_numbers_without_curves_and_of_metrics_without_intervals(store, tmp_path):
    from dlsuite.metrics import Scores

    truth = np.arange(40.0)
    for name, error in (("a", 1.0), ("b", 3.0)):
        scores = predicted(truth + error, truth)
        odd = Scores({**scores.values, "odd": float("nan")}, scores.examples)
        write_run(store, name, {"test": odd}, pipeline="tabular")
    found = compare(["a", "b"])
    text = write(found, tmp_path)[0].read_text()
    assert "No run kept what its epochs measured." in text
    assert "the tables of answers do not tell it" in text
    assert "A is closer to the truth for 40 examples, B for 0" in text
    plain = json.loads((tmp_path / "comparison.json").read_text())
    assert plain["scores"]["odd"] == {"A": None, "B": None}


def test_pictures_that_cannot_be_read_are_said(store, tmp_path):
    gone = RECIPE | {"data": {"source": {"type": "image_folder", "path": "/nowhere/at/all"}}}
    table = RECIPE | {"data": {"source": {"type": "wine"}}}
    scores = {"test": told(TRUTH, TRUTH)}
    write_run(store, "gone", scores, recipe=gone)
    write_run(store, "table", scores, recipe=table)
    write_run(store, "nothing", scores, recipe={"model": {}})
    one, two, three = compare(["gone", "table", "nothing"]).sides
    images, note = pictures_of(one, keys(1))
    assert images == {}
    assert re.search(r"data of A gone \w{8} cannot be read: .*nowhere", note)
    from dlsuite.data.sources import wine

    assert pictures_of(two, wine().parts["all"].keys[:1]) == ({}, "")
    assert "does not say where its data is" in pictures_of(three, keys(1))[1]
    write_run(store, "worse", {"test": told(at(*range(9)), TRUTH)}, recipe=gone)
    text = write(compare(["gone", "worse"]), tmp_path)[0].read_text()
    assert "Pictures are not shown, as the data of B worse" in text


def test_headlines_say_what_was_found(store):
    from dlsuite.metrics import Scores

    same = told(at(1), TRUTH)
    write_run(store, "a", {"test": same})
    odd = Scores({"odd": 3.0}, same.examples)
    write_run(store, "odd", {"test": odd})
    write_run(store, "worse", {"test": told(at(*range(30)), TRUTH)})
    itself = headline(compare(["a", "a"], metric="f1_macro"))
    assert itself == ["B and A answer alike: f1_macro on test 0.9833 against 0.9833."]
    assert headline(compare(["odd", "odd"])) == ["B beside A: odd on test 3.0000 against 3.0000."]
    (noise,) = headline(compare(["a", "a"]))
    assert "B is not distinguishable from A, as the difference may be noise" in noise
    (worse,) = headline(compare(["a", "worse"]))
    assert worse.startswith("B is worse than A")
    apart = compare(["a", "worse"]).disagreements["B"]
    assert "equals would rarely be as uneven" in uneven(apart)
    assert uneven(compare(["a", "a"]).disagreements["B"]).endswith("only B for 0.")


def test_figures_are_short():
    assert [figure(value) for value in (0.5, 12.345, 3190.4, float("nan"))] == [
        "0.5000", "12.35", "3,190", "",
    ]  # fmt: skip
    assert figure(0.01, sign=True) == "+0.0100"
    assert [cost_figure(value) for value in (8.0, 0.5853, 61706.0, float("nan"))] == [
        "8", "0.585", "61,706", "–",
    ]  # fmt: skip
    assert [listed(value) for value in (None, "relu", [32, 32], False)] == [
        "–", "relu", "[32, 32]", "false",
    ]  # fmt: skip


@pytest.fixture
def ask(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "100")

    def ask(*words):
        with pytest.raises(SystemExit) as end:
            main(["compare", *words])
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return ask


def test_the_command_shows_what_was_found(runs, ask):
    code, said, _ = ask("one", "<two>")
    assert code == 0
    for wanted in ("B is worse than A", "worse", "model.type", "only A right 22", "and 16 more"):
        assert wanted in said
    code, said, _ = ask("one", "one", "--metric", "accuracy", "--split", "test")
    assert code == 0
    assert "in the noise" in said
    assert "The recipes are the same." in said
    assert "Data, code commit, packages and machine are the same." in said


def test_the_command_writes_where_it_is_asked_to(runs, ask, tmp_path):
    out = tmp_path / "out"
    code, said, _ = ask("one", "<two>", "--out", str(out), "--dry-run")
    assert (code, out.exists()) == (0, False)
    assert "would write" in said
    code, said, _ = ask("one", "<two>", "--out", str(out), "--json")
    document = json.loads(said)
    assert (code, document["written"]) == (0, True)
    assert (out / "comparison.html").is_file()
    assert document["files"][0].endswith("comparison.html")
    assert document["differences"][0]["finding"] == "worse"


def test_the_command_says_what_cannot_be_compared(runs, ask):
    code, _, said = ask("one")
    assert code == 2
    assert "From 2 to 26 runs can be compared. Received: 1." in said
    code, _, said = ask("one", "nowhere")
    assert code == 2
    assert "No run `nowhere`" in said
