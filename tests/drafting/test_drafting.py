"""Drafts: their YAML says what they hold, the best application is taken, files are whole."""

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from dlsuite.data import DataError
from dlsuite.drafting.draft import Draft, Line, checked, propose, save
from dlsuite.recipe import RecipeError, read
from dlsuite.survey.look import Look, Unsuited
from pipelines import tabular

LINES = (
    Line("evaluation", {"optimize": "accuracy"}),
    Line("model", {"type": "mlp", "hidden": [8]}, "Why this one. " * 12),
    Line("data.source", {"type": "csv", "path": "t.csv", "target": "y"}, "What was found."),
    Line("data.split", {"train": 0.7, "dev": 0.15, "test": 0.15}),
    Line("data.cache", "memory", "If there is room.", active=False),
)
DRAFT = Draft("tabular", "A table.", "it is one", LINES, seconds=70)


def written(tmp_path, draft):
    file = tmp_path / "made.yaml"
    file.write_text(draft.text("made.yaml"), encoding="utf-8")
    return read(file)


def test_the_text_is_in_the_form_of_the_house(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    lines = DRAFT.text("made.yaml").splitlines()
    assert lines[:4] == [
        "# A table.",
        "# Drafted by `dlsuite new`; every line is yours to change.",
        "# Run:  dlsuite train made.yaml",
        "# Cost: about 1 min on 1 CPU core.",
    ]
    assert lines[4:10] == [
        "pipeline: tabular",
        "data:",
        "  # What was found.",
        "  source: {type: csv, path: t.csv, target: y}",
        "  split: {train: 0.7, dev: 0.15, test: 0.15}",
        "  # If there is room.",
    ]
    assert lines[10] == "  # cache: memory"
    assert lines[-1] == "evaluation: {optimize: accuracy}"
    assert max(map(len, lines)) <= 100


def test_what_is_read_back_is_what_the_lines_hold(tmp_path):
    odd = {
        "path": "a b/ü: {x}.csv",
        "yes": "true",
        "none": None,
        "on": True,
        "half": 0.5,
        "few": [1, "2", "null"],
        "1": "~",
        "quote": 'say "so"\\\u2028 # no\x85',
        "dot": ".5",
        "up": "../t.csv",
    }
    tree = written(tmp_path, replace(DRAFT, lines=(Line("data.source", odd),))).tree
    assert tree == {"pipeline": "tabular", "data": {"source": odd}}


def test_a_long_mapping_goes_below_its_key_and_lists_of_blocks_item_by_item(tmp_path):
    columns = {f"a column of some length {number}": "ignore" for number in range(6)}
    layers = [{"type": "RandomFlip"}, {"type": "RandomZoom", "height_factor": 0.1}]
    lines = (
        Line("data.source", {"type": "csv", "columns": columns}),
        Line("data.augment", layers),
        Line("training.class_weight", "balanced", active=False),
    )
    draft = replace(DRAFT, lines=lines)
    assert "  augment:\n    - {type: RandomFlip}\n    - {" in draft.text("x")
    assert "\n# training:\n  # class_weight: balanced\n" in draft.text("x")
    assert written(tmp_path, draft).tree["data"] == {"source": lines[0].value, "augment": layers}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "10 s"), (31, "40 s"), (56, "1 min"), (600, "10 min"), (7300, "2 h")],
)
def test_costs_are_rounded_as_guesses_are(seconds, said):
    assert f"about {said} on" in replace(DRAFT, seconds=seconds).text("x")


def test_line_breaks_and_controls_in_names_do_not_end_a_comment(tmp_path):
    lines = (*LINES[1:], Line("evaluation", {}, "A class\nnamed: {odd}\u2028 \x85 and so on."))
    assert written(tmp_path, replace(DRAFT, lines=lines)).tree["evaluation"] == {}


def application(name, answer):
    def ask(look):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return SimpleNamespace(name=name, propose=answer and ask)


def test_the_application_that_suits_best_is_taken():
    half, whole = replace(DRAFT, fit=0.5), replace(DRAFT, pipeline="other")
    candidates = [
        application("none", None),
        application("a", half),
        application("b", Unsuited("no")),
        application("c", whole),
    ]
    chosen, draft = propose(candidates, Look("x"))
    assert (chosen.name, draft) == ("c", whole)


def test_the_reasons_of_those_that_the_data_is_meant_for_are_told():
    unsuited = application("a", Unsuited("A table is wanted."))
    with pytest.raises(DataError, match=r"^A table is wanted\.$"):
        propose([unsuited], Look("x"))
    broken = application("b", DataError("No header."))
    with pytest.raises(DataError, match=r"^No header\.$"):
        propose([unsuited, broken], Look("x"))
    other = application("c", DataError("No target."))
    with pytest.raises(DataError, match=r"No application can use x\.\n  b: No header\.\n  c: No t"):
        propose([unsuited, broken, other], Look("x"))
    with pytest.raises(ValueError, match=r"must propose recipes\. Received: mute, which cannot"):
        propose([application("mute", None)], Look("x"))


def test_a_draft_must_pass_the_settings_of_its_application():
    assert checked(tabular.pipeline, DRAFT, "made.yaml").name == "made"
    wrong = replace(DRAFT, lines=(*LINES[1:], Line("evaluation", {"optimise": "r2"})))
    with pytest.raises(RecipeError, match="Did you mean optimize"):
        checked(tabular.pipeline, wrong, "made.yaml")


def test_a_file_is_written_whole_with_the_rights_of_any_new_file(tmp_path):
    recipe = checked(tabular.pipeline, DRAFT, "made.yaml")
    (tmp_path / "plain").write_text("")
    save(recipe, tmp_path / "made.yaml")
    assert (tmp_path / "made.yaml").read_text(encoding="utf-8") == DRAFT.text("made.yaml")
    modes = [(tmp_path / name).stat().st_mode for name in ("made.yaml", "plain")]
    assert modes[0] == modes[1]
    assert sorted(os.listdir(tmp_path)) == ["made.yaml", "plain"]
