"""Runs beside each other: equals are not told apart, planted differences are, in every form."""

import numpy as np
import pytest

from dlsuite.studies import compare
from dlsuite.tracking import StoreError
from tests.studies.written_runs import RECIPE, keys, predicted, told, write_run

TRUTH = np.arange(60) % 3


def wrong_at(*places, truth=TRUTH, by=1):
    answers = truth.copy()
    answers[list(places)] = (answers[list(places)] + by) % 3
    return answers


def finding(found, metric="accuracy", run="B"):
    (each,) = [d for d in found.of(run) if d.metric == metric]
    return each


def test_a_run_beside_itself_is_not_distinguishable_from_noise(store):
    run = write_run(store, "a", {"test": told(wrong_at(1, 2, 3), TRUTH)})
    found = compare([run, run[:12]])
    assert [each.value - each.first for each in found.differences] == [0] * 9
    findings = {each.finding for each in found.differences if each.interval is not None}
    assert findings <= {"not distinguishable from noise", "identical"}
    assert finding(found, "f1_macro").finding == "identical"
    assert found.recipe.empty
    assert found.surroundings.empty
    assert found.disagreements["B"].counts == {
        "both right": 57,
        "only A right": 0,
        "only B right": 0,
        "both wrong, alike": 3,
        "both wrong, differently": 0,
    }
    assert found.disagreements["B"].p_value is None
    assert found.disagreements["B"].table.empty


def test_equally_good_runs_that_err_elsewhere_are_not_told_apart(store):
    write_run(store, "a", {"test": told(wrong_at(*range(6)), TRUTH)})
    write_run(store, "b", {"test": told(wrong_at(*range(10, 17)), TRUTH)})
    found = compare(["a", "b"])
    each = finding(found)
    assert each.first - each.value == pytest.approx(1 / 60)
    assert each.interval.low < 0 < each.interval.high
    assert each.finding == "not distinguishable from noise"
    apart = found.disagreements["B"]
    assert (apart.counts["only A right"], apart.counts["only B right"]) == (7, 6)
    assert apart.p_value == pytest.approx(1.0)


def test_a_planted_difference_is_found_and_told_example_by_example(store):
    """12 against 0 of 60: McNemar's exact p is 2 / 2**12."""
    write_run(store, "a", {"test": told(wrong_at(*range(15)), TRUTH, sure=2.0)})
    better = wrong_at(0, 1) * 1
    better[2] = (TRUTH[2] + 2) % 3
    write_run(store, "b", {"test": told(better, TRUTH, sure=np.linspace(1, 3, 60))})
    found = compare(["a", "b"])
    assert finding(found).finding == "better"
    assert finding(found, "f1_macro").finding == "better"
    assert finding(found, "loss").finding == "better"
    apart = found.disagreements["B"]
    assert apart.counts == {
        "both right": 45,
        "only A right": 0,
        "only B right": 12,
        "both wrong, alike": 2,
        "both wrong, differently": 1,
    }
    assert apart.p_value == pytest.approx(2 / 2**12)
    assert list(apart.table["right"]) == ["B"] * 12 + ["neither"]
    row = apart.table[apart.table["key"] == keys(60)[3]].iloc[0]
    assert (row["truth"], row["answer A"], row["answer B"]) == ("ant", "bee", "ant")
    assert apart.by_class.set_index("class").loc["ant"].to_dict() == {
        "examples": 20,
        "A right": 15,
        "B right": 19,
        "only A": 0,
        "only B": 4,
    }
    assert compare(["b", "a"]).of("B")[0].finding == "worse"


def test_the_surest_mistakes_stand_first(store):
    sure = np.ones(60)
    sure[[4, 9]] = 3.0, 2.0
    write_run(store, "a", {"test": told(TRUTH, TRUTH)})
    write_run(store, "b", {"test": told(wrong_at(9, 20, 4), TRUTH, sure=sure)})
    table = compare(["a", "b"]).disagreements["B"].table
    assert list(table["key"]) == [keys(60)[place] for place in (4, 9, 20)]


def test_numbers_are_closer_or_farther(store):
    truth = np.arange(40.0)
    write_run(store, "a", {"test": predicted(truth + 2, truth)}, pipeline="tabular")
    near = truth + np.where(np.arange(40) < 30, 1.0, 3.0)
    near[[0, 1]] = truth[0] - 2, truth[1] - 9
    write_run(store, "b", {"test": predicted(near, truth)}, pipeline="tabular")
    found = compare(["a", "b"])
    apart = found.disagreements["B"]
    assert apart.counts == {"A closer": 11, "B closer": 28, "as close": 1}
    assert apart.are_numbers
    assert apart.by_class.empty
    assert apart.table.iloc[0].to_dict() == {
        "key": keys(2)[1],
        "closer": "A",
        "truth": 1.0,
        "answer A": 3.0,
        "answer B": -8.0,
        "loss A": 4.0,
        "loss B": 81.0,
    }
    assert finding(found, "mae").interval.estimate == pytest.approx((28 + 30 + 2 + 9) / 40 - 2)


def test_recipes_and_surroundings_show_only_what_differs(store):
    other = {
        **RECIPE,
        "data": {
            "source": {"type": "digits"},
            "augment": [{"type": "RandomFlip", "seed": None}],
            "image_size": [8, 8],
        },
        "model": {"type": "lenet5"},
    }
    write_run(store, "a", {"test": told(TRUTH, TRUTH)})
    changed = {"environment.json": {"python": "3.99", "host": "elsewhere"}}
    write_run(store, "b", {"test": told(TRUTH, TRUTH)}, recipe=other, json=changed)
    found = compare(["a", "b"])
    assert found.recipe.to_dict("index") == {
        "data.augment.0.type": {"A": None, "B": "RandomFlip"},
        "data.image_size": {"A": None, "B": [8, 8]},
        "model.type": {"A": "mlp", "B": "lenet5"},
        "model.hidden": {"A": [8], "B": None},
    }
    assert found.surroundings.loc["python", "B"] == "3.99"
    assert "data, test" not in found.surroundings.index


def test_different_examples_are_compared_as_independent_samples_and_it_is_said(store):
    write_run(store, "a", {"test": told(TRUTH, TRUTH)})
    apart = told(wrong_at(*range(20)), TRUTH, keys(60, 1000))
    write_run(store, "b", {"test": apart})
    found = compare(["a", "b"])
    assert found.basis == {"B": ("different examples", 0)}
    assert found.disagreements == {}
    assert finding(found).finding == "worse"
    assert any("none in common: the data differs" in note for note in found.notes)
    write_run(store, "c", {"test": told(TRUTH, TRUTH, keys(60, 55))})
    assert any("5 in common, too few to pair" in note for note in compare(["a", "c"]).notes)


def test_examples_in_common_are_compared_one_by_one(store):
    write_run(store, "a", {"test": told(wrong_at(0), TRUTH)})
    write_run(store, "b", {"test": told(wrong_at(*range(30)), TRUTH, keys(60, 30))})
    found = compare(["a", "b"])
    assert found.basis == {"B": ("the examples in common", 30)}
    assert (finding(found).first, finding(found).value) == (1.0, 0.0)
    assert found.scores.loc["accuracy"].to_dict() == {"A": 59 / 60, "B": 0.5}
    assert any("60 and 60 examples, 30 in common" in note for note in found.notes)


def test_equal_examples_are_paired_one_by_one(store):
    twice = [*keys(30), *keys(30)]
    write_run(store, "a", {"test": told(wrong_at(0), TRUTH, twice)})
    write_run(store, "b", {"test": told(wrong_at(30), TRUTH, twice)})
    apart = compare(["a", "b"]).disagreements["B"]
    assert apart.counts["both right"] == 58
    assert list(apart.table["key"]) == [keys(1)[0]] * 2


def test_truths_that_changed_are_counted(store):
    write_run(store, "a", {"test": told(TRUTH, TRUTH)})
    write_run(store, "b", {"test": told(TRUTH, wrong_at(3, 4))})
    assert any("2 examples have one truth in A and another" in n for n in compare(["a", "b"]).notes)


def test_held_out_answers_stand_for_test(store):
    values = {"mean": 0.5, "pooled": 56 / 60}
    summary = {"summary": {"accuracy": values, "odd": {"pooled": None}}}
    pooled = told(wrong_at(0, 1, 2, 3), TRUTH)
    write_run(store, "cross", {"cv": pooled}, json={"cross_validation.json": summary})
    write_run(store, "plain", {"test": told(TRUTH[:30], TRUTH[:30]), "dev": pooled})
    found = compare(["plain", "cross"])
    assert found.split == "test"
    assert found.basis == {"B": ("the examples in common", 30)}
    assert finding(found).value == pytest.approx(26 / 30)
    assert any("B is a cross-validation" in note for note in found.notes)
    both = compare(["cross", "cross"])
    assert both.basis == {"B": ("the same examples", 60)}
    assert both.scores.loc["accuracy", "A"] == 56 / 60
    assert compare(["cross", "cross"], split="cv").split == "cv"
    with pytest.raises(ValueError, match="must be one that all runs have, test"):
        compare(["plain", "cross"], split="dev")


def test_runs_of_different_applications_that_share_metrics_are_compared_and_it_is_said(store):
    write_run(store, "a", {"test": told(TRUTH, TRUTH)})
    write_run(store, "b", {"test": told(wrong_at(*range(20)), TRUTH)}, pipeline="tabular")
    notes = compare(["a", "b", "b"]).notes
    assert "different applications: A image_classification, B tabular, C tabular." in notes[1]
    assert notes[-1] == "Of 14 intervals of 95 % about one in twenty excludes 0 by chance."


def test_one_metric_on_one_split_of_several_runs(store):
    scores = {"test": told(TRUTH, TRUTH), "dev": told(wrong_at(5), TRUTH)}
    costs = {"parameters": 7.0, "p50_latency_ms": 0.5}
    epochs = [{"loss": 1.0, "seconds": 2.0}, {"loss": 0.5, "seconds": 4.0}]
    for name in "abc":
        write_run(store, name, scores, metrics=costs, epochs=epochs)
    found = compare(["a", "b", "c"], metric="dev.loss", split="dev", store=store)
    assert [(each.metric, each.run) for each in found.differences] == [("loss", "B"), ("loss", "C")]
    assert found.cost["C"].drop("seconds").to_dict() == {
        "parameters": 7,
        "p50_latency_ms": 0.5,
        "epochs": 2,
        "seconds_per_epoch": 3,
    }
    plain = found.to_dict()
    assert [run["letter"] for run in plain["runs"]] == ["A", "B", "C"]
    assert plain["differences"][0]["finding"] == "identical" or plain["differences"][0]["low"] == 0


def test_epochs_are_read_from_the_metrics_of_a_run_without_a_history(store):
    from dlsuite.studies.sides import Side
    from dlsuite.tracking import EPOCH

    with store.start("p", "a") as run:
        for step in (1, 2):
            run.metrics({f"{EPOCH}loss": 1 / step}, step)
    assert Side("A", store.find("a")).epochs == [{"loss": 1.0}, {"loss": 0.5}]


def test_metrics_whose_name_tells_no_direction_are_higher_or_lower(store):
    from dlsuite.metrics import Scores

    one, two = told(TRUTH, TRUTH), told(wrong_at(*range(40)), TRUTH)
    for name, scores in (("a", one), ("b", two)):
        shares = Scores({"share": scores.values["accuracy"], "odd": 1.5}, scores.examples)
        write_run(store, name, {"test": shares})
    found = compare(["a", "b"])
    assert finding(found, "share").finding == "lower"
    assert (finding(found, "odd").interval, finding(found, "odd").finding) == (None, "")
    assert compare(["b", "a"]).of("B")[0].finding == "higher"


@pytest.mark.parametrize(
    ("runs", "options", "message"),
    [
        (["a"], {}, r"From 2 to 26 runs can be compared\. Received: 1"),
        (["a", "b"], {"metric": "bleu"}, r"all runs have on test, accuracy, .*Received: 'bleu'"),
        (["a", "b"], {"split": "nowhere"}, r"one that all runs have, test\. Received: 'nowhere'"),
        (["a", "numbers"], {}, r"A a \w{8} tells classes; B numbers \w{8} tells numbers"),
        (["a", "other"], {}, r"share a metric .*\(image_classification\) has accuracy.*has apples"),
        (["a", "dev only"], {}, r"share a split .*A a \w{8} has test; B dev only \w{8} has dev"),
        (["a", "stopped"], {}, r"\(stopped, FAILED\), which has none: it did not finish"),
    ],
)
def test_what_cannot_be_compared_is_said(store, runs, options, message):
    from dlsuite.metrics import Scores

    scores = told(TRUTH, TRUTH)
    write_run(store, "a", {"test": scores})
    write_run(store, "b", {"test": scores})
    write_run(store, "numbers", {"test": predicted([1.0, 2.0], [1.0, 2.5])}, pipeline="tabular")
    write_run(store, "other", {"test": Scores({"apples": 3.0}, scores.examples)}, pipeline="fruit")
    write_run(store, "dev only", {"dev": scores})
    with pytest.raises(RuntimeError), store.start("p", "stopped"):
        raise RuntimeError
    with pytest.raises(ValueError, match=message):
        compare(runs, **options)


def test_a_run_that_is_not_there_is_said(store):
    with pytest.raises(StoreError, match="No run `nowhere`"):
        compare(["nowhere", "latest"])


def test_labels_are_parted_where_the_runs_data_parts_them(store):
    import pandas as pd

    from dlsuite.studies.disagreements import disagreement
    from dlsuite.studies.pairing import paired
    from dlsuite.studies.sides import sides_of

    source = {"type": "csv", "path": "a.csv", "label_separator": ";"}
    for name in "ab":
        write_run(store, name, {"test": told(TRUTH, TRUTH)}, recipe={"data": {"source": source}})
    sides = sides_of([store.find("a"), store.find("b")])
    table = pd.DataFrame(
        {"key": ["1", "2"], "label": ["x;y", "x"], "predicted": ["x;y", "y"],
         "correct": [True, False], "hamming_loss": [0.0, 1.0]}
    )  # fmt: skip
    apart = disagreement(*sides, paired(table, table))
    assert list(apart.by_class["class"]) == ["x", "y"]
    learned = {"json": {"info.json": {"target": {"separator": ","}}}}
    write_run(store, "c", {"test": told(TRUTH, TRUTH)}, **learned)
    assert sides_of([store.find("c")] * 2)[0].separator == ","


def test_pooled_scores_that_are_not_known_are_no_scores(store):
    summary = {"summary": {"accuracy": {"pooled": 0.9}, "odd": {"pooled": float("nan")}}}
    pooled = told(TRUTH, TRUTH)
    write_run(store, "cross", {"cv": pooled}, json={"cross_validation.json": summary})
    from dlsuite.studies.sides import Side

    assert Side("A", store.find("cross")).scores("test").values == {"accuracy": 0.9}
