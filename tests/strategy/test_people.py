"""How often people err: who stands for them, and how sure that is."""

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy import HumanLevel, ReferenceLevel, people, supervised
from dlsuite.strategy.people import level_of


def answered(*rows):
    return pd.DataFrame(rows, columns=["key", "annotator", "label", "truth"])


# Ann errs on none of two, Bob on all; of three the vote is right twice and ties never.
THREE = answered(
    *(("1", who, label, "cat") for who, label in (("ann", "cat"), ("bob", "dog"), ("cy", "cat"))),
    *(("2", who, label, "dog") for who, label in (("ann", "dog"), ("bob", "cat"), ("cy", "dog"))),
    *(("3", who, label, "dog") for who, label in (("ann", "dog"), ("bob", "cat"), ("cy", "cat"))),
)


@pytest.mark.parametrize(
    ("of", "value", "who"),
    [
        ("best", 0.0, "annotator ann"),
        ("team", 1 / 3, "the team's majority vote"),
        ("typical", (0 + 3 + 1) / 9, "the typical annotator"),
    ],
)
def test_the_levels_of_three_annotators_worked_by_hand(of, value, who):
    found = level_of(people(THREE, of, "a test"))
    assert found.interval.estimate == pytest.approx(value)
    assert found.of == who


def test_a_vote_that_ties_is_wrong_by_the_share_of_wrong_answers():
    tied = THREE[THREE["annotator"] != "cy"]
    errors = people(tied, "team", "a test").errors["the team's majority vote"]
    assert errors.tolist() == [0.5, 0.5, 0.5]


def test_who_answered_a_few_examples_is_not_the_best():
    few = pd.concat([THREE, answered(("1", "dee", "cat", "cat"))])
    assert "annotator dee" not in people(few, "best", "a test").errors
    assert "annotator ann" in people(few, "best", "a test").errors


def test_one_annotator_is_people_whatever_is_asked_for():
    one = THREE[THREE["annotator"] == "bob"]
    for of in ("best", "team", "typical"):
        found = level_of(people(one, of, "a test"))
        assert (found.interval.estimate, found.of) == (1.0, "one annotator")


def test_numbers_have_squared_errors_and_the_team_its_mean():
    numbers = answered(("1", "ann", 2.0, 3.0), ("1", "bob", 5.0, 3.0))
    assert level_of(people(numbers, "team", "a test")).interval.estimate == 0.25
    assert level_of(people(numbers, "typical", "a test")).interval.estimate == 2.5


def test_no_answers_are_refused():
    with pytest.raises(ValueError, match="Received: no answers"):
        people(THREE[:0], "best", "a test")


def team_of(generator, rates, size):
    """Annotators of those true errors, who err independently of each other."""
    rows = [
        (str(key), f"p{number}", "x" if wrong else "y", "y")
        for number, rate in enumerate(rates)
        for key, wrong in enumerate(generator.random(size) < rate)
    ]
    return answered(*rows)


def test_the_interval_of_the_best_of_equals_holds_the_truth():
    generator, held, plain = np.random.default_rng(0), [], []
    for _ in range(150):
        errors = {
            f"annotator p{n}": generator.random(100) < 0.2 for n in range(4)
        }  # without the team, whose truth is another
        found = level_of(people(THREE, "team", "x")._replace(errors=errors))
        held.append(found.interval.low <= 0.2 <= found.interval.high)
        plain.append(found.interval.estimate < 0.2)
    assert np.mean(held) >= 0.95 - 3 * (0.95 * 0.05 / 150) ** 0.5
    assert np.mean(plain) > 0.8  # luck: the best of a sample flatters itself


def table(rate, size, seed):
    correct = np.random.default_rng(seed).random(size) >= rate
    return pd.DataFrame({"correct": correct})


def test_the_noise_of_the_reference_counts():
    tables = {"train": 0.10, "dev": 0.10}
    sure = supervised(tables, human=HumanLevel(value=0.05, source="many people"))
    assert sure.verdict == "bias"
    generator = np.random.default_rng(3)
    few = people(team_of(generator, [0.05], 40), "best", "one person")
    unsure = supervised(tables, human=few)
    assert unsure.gaps["bias"].status == "not distinguishable from noise"
    many = people(team_of(generator, [0.05], 4_000), "best", "one person")
    assert supervised(tables, human=many).verdict == "bias"


def test_the_interval_of_a_bias_against_people_holds_the_truth():
    held = []
    for seed in range(150):
        generator = np.random.default_rng(seed)
        person = people(team_of(generator, [0.15], 100), "best", "one person")
        found = supervised({"train": table(0.25, 300, seed + 999), "dev": 0.3}, human=person)
        low, high = found.gaps["bias"].interval
        held.append(low <= 0.10 <= high)
    assert np.mean(held) >= 0.95 - 3 * (0.95 * 0.05 / 150) ** 0.5


def test_bias_against_what_is_reachable_and_people_surpassed_are_both_told():
    found = supervised(
        {"train": 0.14, "dev": 0.15, "test": 0.155},
        ReferenceLevel(value=0.05, source="a published net"),
        human=HumanLevel(value=0.165, source="the data's readme"),
    )
    assert found.verdict == "bias"
    assert found.gaps["bias"].value == pytest.approx(0.09)
    assert found.findings[0].startswith(
        "The net surpasses human level: error on test 15.5 % against 16.5 % (the data's readme). "
        "Progress often slows from here: people can label no better"
    )
    assert "reference_error" not in found.findings[0]
    text = found.text()
    assert "Reference: a published net.\nHuman level: the data's readme." in text
    assert "human level  16.5 %" in text


def test_the_lower_of_both_levels_is_what_bias_is_measured_against():
    reachable = ReferenceLevel(value=0.05, source="a published net")
    experts = HumanLevel(value=0.01, source="experts")
    found = supervised({"train": 0.06, "dev": 0.07}, reachable, human=experts)
    assert found.reference.source == "human level, experts"
    assert found.gaps["bias"].value == pytest.approx(0.05)
    assert found.findings == ()


def test_a_train_error_below_human_level_asks_for_a_lower_one():
    human = HumanLevel(value=0.165, source="the data's readme")
    found = supervised({"train": 0.05, "dev": 0.06}, human=human)
    assert "name it as `evaluation.reference_error`" in found.findings[0]


def test_people_who_err_in_squares_are_on_the_scale_of_a_regression():
    train = pd.DataFrame({"loss": [4.0, 4.0], "target": [0.0, 4.0]})  # variance 4
    guesses = answered(("1", "ann", 2.0, 0.0), ("2", "ann", 2.0, 4.0))
    found = supervised({"train": train, "dev": train}, human=people(guesses, "best", "Ann"))
    assert found.human.value == pytest.approx(1.0)
    assert found.gaps["bias"].value == pytest.approx(0.0)


def test_a_file_that_was_not_read_is_no_level():
    with pytest.raises(ValueError, match=r"Received: the file a\.csv"):
        supervised({"train": 0.1, "dev": 0.1}, human=HumanLevel(labels="a.csv", source="our team"))


@pytest.mark.parametrize("given", [{}, {"value": 0.1, "labels": "a.csv"}])
def test_people_are_a_number_or_a_file(given):
    from dlsuite.recipe import RecipeError, load
    from pipelines import tabular

    human = {"source": "us and them", **given}
    recipe = {
        "pipeline": "tabular",
        "data": {"source": "wine"},
        "model": "mlp",
        "evaluation": {"human_error": human},
    }
    with pytest.raises(RecipeError, match=r"evaluation\.human_error"):
        load(recipe, tabular.pipeline.settings)
