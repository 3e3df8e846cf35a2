"""For scripts: exit codes, JSON alone on standard output, and silence where it is asked for."""

import json
import subprocess
import sys

import pytest

from pipelines.cli import main

QUICK = ("wine_mlp", "training.epochs=1", "training.checkpoint=null")
ASK = "from pipelines.cli import main; main()"


def call(capsys, *words):
    """Exit code, standard output and standard error of one command."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    said = capsys.readouterr()
    return end.value.code or 0, said.out, said.err


def test_a_training_for_scripts_is_one_document(workshop, capsys):
    code, out, err = call(capsys, "train", *QUICK, "expect={}", "--json")
    assert code == 0, err
    result = json.loads(out)
    assert list(result) == [
        "run_id",
        "store",
        "scores",
        "baseline",
        "cross_validation",
        "verdict",
        "diagnosis",
        "limits",
        "notes",
        "exported",
    ]
    assert 0 < result["scores"]["test"]["accuracy"] < 1
    assert set(result["baseline"]["dev"]) == set(result["scores"]["dev"])
    assert result["diagnosis"]["sentence"]
    assert result["exported"]["max_difference"] < 1e-5
    assert f"run {result['run_id'][:8]} begins" in err


def test_a_limit_that_is_missed_is_exit_code_1_and_the_result_is_there(workshop, capsys):
    limits = ('expect={"test.accuracy": {at_least: 2}, "test.loss": {at_most: 99}}',)
    code, out, err = call(capsys, "train", *QUICK, *limits, "--json", "--quiet")
    assert code == 1
    result = json.loads(out)
    assert [limit["kept"] for limit in result["limits"]] == [False, True]
    assert result["limits"][0]["at_least"] == 2
    assert err == "dlsuite: a limit that the recipe states is missed; the exit code is 1.\n"


def test_quiet_stands_anywhere_and_leaves_the_result(workshop, capsys):
    code, out, err = call(capsys, "-q", "train", *QUICK, "expect={}")
    assert code == 0
    assert "Verdict" in out
    assert err == ""
    code, out, err = call(capsys, "show", "nobody", "--quiet")
    assert code == 2
    assert "No run `nobody`" in err


def test_a_word_after_two_dashes_is_no_flag(workshop, capsys):
    code, _, err = call(capsys, "show", "--", "-q")
    assert code == 2
    assert "No run `-q`" in err


@pytest.mark.parametrize("words", [("recipes",), ("recipes", "--json"), ("--help",)])
def test_a_reader_that_goes_away_gets_no_message(workshop, words):
    command = [sys.executable, "-c", ASK, *words]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait() == 1


def test_the_lists_for_scripts_are_lists(workshop, capsys):
    _, out, _ = call(capsys, "recipes", "--json")
    assert {"name", "pipeline", "what", "cost", "expect", "path"} == set(json.loads(out)[0])
    _, out, _ = call(capsys, "runs", "--json")
    assert json.loads(out) == []
    _, out, _ = call(capsys, "doctor", "--json")
    assert "tensorflow" in json.loads(out)["versions"]
