"""An error is one message on standard error and exit code 2; `--debug` shows the traceback."""

import pytest

import pipelines.cli
from pipelines.cli import main


def call(capsys, *words):
    """Exit code, standard output and standard error of one command."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    said = capsys.readouterr()
    return end.value.code or 0, said.out, said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("train", "digits_lenet"), "Did you mean digits_lenet5?"),
        (("train", "digits_mlp", "training.epochs=-3"), "override training.epochs=-3"),
        (("train", "digits_mlp", "model.droput=0.3"), "Did you mean regularization.dropout?"),
        (("plan", "digits_mlp", "evaluation.optimize=bleu"), "must be one of accuracy"),
        (("plan", "nowhere/at_all.yaml"), "no such file"),
        (("schema", "image_clasification"), "`pipeline` must be one of"),
        (("runs", "--status", "done"), "`--status` must be one of"),
        (("show", "abc"), "No run `abc`"),
        (("predict", "abc", "picture.png"), "No run `abc`"),
        (("predict", "abc", "picture.png"), "The folder abc does not exist either."),
        (("export", "latest", "out"), "No run `latest`"),
        (("train",), "give a recipe to train, or --resume RUN"),
        (("train", "--resume", "latest"), "No run `latest`"),
        (("train", "--resume", "auto"), "needs the recipe that is to go on"),
        (("train", "digits_mlp", "--allow-change"), "needs --resume RUN"),
        (("runs", "--limit", "0"), "Invalid value for '--limit'"),
        (("fly",), "No such command"),
    ],
)
def test_an_error_is_one_message_and_exit_code_2(workshop, capsys, words, message):
    code, _, said = call(capsys, *words)
    assert code == 2
    assert message in " ".join(said.replace("│", " ").split())
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("accuracy"), "KeyError: 'accuracy' (unexpected; --debug shows where"),
        (TypeError("no"), "TypeError: no (unexpected; --debug shows where it came from)"),
        (ValueError(), "ValueError:  (unexpected"),
        (LookupError("No set `mist`."), "dlsuite: No set `mist`.\n"),
        (PermissionError(13, "Permission denied", "a.yaml"), "dlsuite: a.yaml: Permission denied."),
        (OSError("the file is empty"), "dlsuite: the file is empty\n"),
    ],
)
def test_an_error_that_nobody_worded_says_so(workshop, capsys, monkeypatch, error, said):
    def broken(*words, **options):
        raise error

    monkeypatch.setattr(pipelines.cli, "app", broken)
    code, _, err = call(capsys, "runs")
    assert code == 2
    assert said in err


def test_debug_shows_the_traceback(workshop):
    with pytest.raises(ValueError, match="no such file"):
        main(["plan", "nowhere/at_all.yaml", "--debug"])


def test_missing_data_folder_names_the_variable(workshop, capsys, monkeypatch):
    monkeypatch.delenv("DLSUITE_DATA", raising=False)
    code, _, said = call(capsys, "plan", "fashion_lenet5")
    assert code == 2
    assert "DLSUITE_DATA" in said
    assert "fashion_lenet5.yaml:6:" in said
