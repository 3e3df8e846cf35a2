"""`dlsuite models`: the catalogue with its papers, counts, arguments and layers."""

import json

import pytest

import dlsuite.models
from dlsuite.models import listing
from dlsuite.models.published import Form, Paper
from pipelines.cli import main


def asked(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["models", *words])
    return end.value.code, capsys.readouterr()


@pytest.fixture
def two(monkeypatch):
    """A catalogue of two, one with a published number that is wrong."""
    known = {entry.name: entry for entry in listing.entries()}
    lenet, mlp = known["lenet5"], known["mlp"]
    wrong = Form("as told", 61_707, "hearsay", input_shape=(32, 32, 1), num_classes=10)
    paper = Paper("LeCun", "Gradients", 1998, "IEEE", (*lenet.paper.forms[:1], wrong))
    made = [listing.Entry("lenet5", lenet.what, lenet.build, paper), mlp]
    monkeypatch.setattr(listing, "entries", lambda: made)


def test_every_builder_is_listed_and_every_count_is_the_published_one(capsys):
    code, page = asked(capsys, "--json")
    assert code == 0
    listed = json.loads(page.out)
    assert [each["name"] for each in listed] == dlsuite.models.__all__
    forms = [form for each in listed for form in each["forms"]]
    assert all(form["counted"] == form["published"] for form in forms)
    (alexnet,) = [each for each in listed if each["name"] == "alexnet"]
    assert alexnet["year"] == 2012
    assert [form["counted"] for form in alexnet["forms"]] == [60_965_224, 62_378_344]


def test_a_count_that_is_not_the_published_one_is_exit_code_1(capsys, two):
    code, page = asked(capsys)
    assert code == 1
    lines = [" ".join(line.split()) for line in page.out.splitlines()]
    assert "LeCun 1998: Gradients. IEEE." in lines
    assert "modern 61,706 as published" in lines
    assert "as told 61,706 published 61,707" in lines
    assert page.err.endswith("a count is not the published one; the exit code is 1.\n")


def test_one_builder_tells_its_arguments_with_ranges_and_meaning(capsys):
    code, page = asked(capsys, "vgg")
    assert code == 0
    text = " ".join(page.out.split())
    assert "depth one of 11, 13, 16, 19; default 16 Layers with weights." in text
    assert "dropout a number of at least 0 and below 1; default 0.5 Share of the outputs" in text
    assert "Stages: pool1, pool2, pool3, pool4, pool5, fc6, fc7." in text
    assert "Smallest image: 32 pixels a side." in text
    assert "Published: torchvision; table 2 has 138 million." in text


def test_layers_are_told_for_the_arguments_that_are_asked_for(capsys):
    code, page = asked(capsys, "mlp", "input_shape=[2, 3]", "num_classes=4", "hidden=[5]",
                       "--layers", "--json")  # fmt: skip
    assert code == 0
    told = json.loads(page.out)
    assert told["arguments"]["hidden"] == [5]
    rows = {row["name"]: row for row in told["layers"]}
    assert rows["hidden_1"] == {
        "name": "hidden_1",
        "kind": "Dense",
        "output": [5],
        "parameters": 35,
        "moving": 0,
        "multiply_adds": 30,
    }
    assert told["total"]["parameters"] == 35 + 24


def test_layers_without_data_are_those_of_the_first_published_form(capsys):
    code, page = asked(capsys, "lenet5", "--layers")
    lines = [" ".join(line.split()) for line in page.out.splitlines()]
    assert code == 0
    assert "c1 28x28x6 156 117,600" in lines
    assert "total 61,706 416,520" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vggg",), "must be one of alexnet, "),
        (("resnet", "depth=18"), "needs --layers"),
        (("--layers",), "needs the NAME of a network"),
        (("resnet", "depth=19", "--layers"), "depth must be one of 18, 34, 50, 101, 152."),
        (("resnet", "deep=18", "--layers"), "must be KEY=VALUE with one of input_shape, num_cl"),
        (("mlp", "--layers"), "mlp needs input_shape, num_classes"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_what_can(capsys, words, said):
    code, page = asked(capsys, *words)
    assert code == 2
    assert said in " ".join(page.err.replace("│", " ").split())
