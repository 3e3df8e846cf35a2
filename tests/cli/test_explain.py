"""`dlsuite explain optimizer`: the numbers on the page are those of the equations."""

import json

import pytest

from pipelines.cli import main


def shown(capsys, *words):
    with pytest.raises(SystemExit) as end:
        main(["explain", "optimizer", *words])
    return end.value.code, capsys.readouterr()


def test_the_first_step_of_momentum_is_a_tenth_of_that_of_descent(capsys):
    code, page = shown(capsys, "momentum", "learning_rate=1", "beta=0.9", "--steps", "2")
    assert code == 0
    # v = 0.1 g = 0.1, so w goes from 1 to 0.9; then v = 0.09 + 0.09 = 0.18, and w to 0.72.
    assert "0.900000" in page.out
    assert "0.720000" in page.out
    assert "v := β v + (1 - β) g" in page.out


def test_scripts_get_the_steps(capsys):
    code, page = shown(capsys, "Adam", "epsilon=0", "--json")
    steps = json.loads(page.out)["steps"]
    assert code == 0
    # Both means corrected are g and g², so the first change is the rate itself.
    assert steps[0]["weight"] == pytest.approx(1 - 0.1)
    assert len(steps) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("adamm",), "must be one of gradient_descent, momentum, adagrad, rmsprop, adam"),
        (("adam", "beta=0.9"), "KEY=NUMBER with one of learning_rate, beta_1, beta_2, epsilon"),
        (("adam", "epsilon=small"), "Received: epsilon=small"),
    ],
)
def test_what_is_not_known_is_refused_with_what_is(capsys, words, said):
    code, page = shown(capsys, *words)
    assert code == 2
    assert said in " ".join(page.err.replace("│", " ").split())
