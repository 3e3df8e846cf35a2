"""Scores side by side, what chance explains, and the words for it."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dlsuite.evaluation.comparing_scores import (
    class_changes,
    explained_by_mix,
    headline,
    same_answers,
    score_changes,
)
from dlsuite.evaluation.findings import Evaluation
from dlsuite.metrics import Scores, regression_scores
from dlsuite.strategy.drift import Sample, drift


def scores(right, wrong, other="b", others=20):
    """Scores of a classifier that answered so many `a` rightly and so many wrongly, and all `b`."""
    count = right + wrong
    table = pd.DataFrame(
        {
            "key": [f"{i:032x}" for i in range(count + others)],
            "label": ["a"] * count + [other] * others,
            "predicted": ["a"] * right + [other] * (wrong + others),
            "loss": np.linspace(0, 1, count + others),
        }
    )
    table["correct"] = table["label"] == table["predicted"]
    values = {"accuracy": float(table["correct"].mean()), "loss": float(table["loss"].mean())}
    return Scores(values, table)


GOOD, BAD = scores(98, 2), scores(40, 60)


def test_a_clear_fall_is_told_from_noise():
    accuracy, loss = score_changes(BAD, GOOD)
    assert accuracy.change == "worse"
    assert accuracy.difference.estimate == pytest.approx(accuracy.new - accuracy.old)
    assert accuracy.new_interval.low < accuracy.new < accuracy.new_interval.high
    assert loss.change == ""
    assert score_changes(GOOD, BAD)[0].change == "better"
    assert score_changes(GOOD, scores(97, 3))[0].change == ""


def test_a_metric_whose_direction_nobody_knows_has_changed_otherwise():
    def of(values):
        return Scores({"height": float(np.mean(values))}, pd.DataFrame({"height": values}))

    (row,) = score_changes(of(np.arange(50.0)), of(np.arange(50.0) + 100))
    assert row.change == "other"


def test_without_scores_to_compare_with_there_are_intervals_alone():
    accuracy, _ = score_changes(GOOD, None)
    assert accuracy.old is None
    assert accuracy.new_interval is not None
    new = Scores({"oddity": 3.0}, GOOD.examples)
    assert score_changes(new, None)[0].new_interval is None
    (row,) = score_changes(new, Scores({"oddity": 4.0}, BAD.examples))
    assert (row.old, row.difference) == (4.0, None)


def test_a_table_that_does_not_tell_a_metric_gives_no_interval():
    # As in a multi-label table, where classes of whole answers say nothing of labels.
    new = Scores({"f1_macro": 0.123}, GOOD.examples)
    assert score_changes(new, new)[0].new_interval is None


def test_classes_whose_recall_changed_come_first():
    first, second = class_changes(BAD.examples, GOOD.examples, "|")
    assert (first.name, first.change, first.new_count) == ("a", "worse", 100)
    assert first.difference.estimate == pytest.approx(0.4 - 0.98)
    assert (second.name, second.change) == ("b", "")


def test_classes_of_one_side_alone_are_not_compared():
    new, old = scores(9, 1, "c").examples, scores(9, 1, "b").examples
    found = {row.name: row for row in class_changes(new, old, "|")}
    assert found["c"].old is None
    assert found["c"].difference is None
    assert (found["b"].new, found["b"].new_count) == (None, 0)
    assert [row.old for row in class_changes(new, None, "|")] == [None, None]


def test_what_the_mix_of_classes_explains_by_hand():
    # Recall of a is 0.98, of b 1; now 1 in 6 is b as before, then a alone.
    assert explained_by_mix(GOOD.examples, GOOD.examples) == pytest.approx(118 / 120)
    only_a = GOOD.examples[GOOD.examples["label"] == "a"]
    assert explained_by_mix(only_a, GOOD.examples) == pytest.approx(0.98)
    assert explained_by_mix(scores(9, 1, "c").examples, GOOD.examples) is None
    numbers = regression_scores(["a", "b"], [1, 3], [2, 5]).examples
    assert explained_by_mix(numbers, numbers) is None
    labels = GOOD.examples.assign(hamming_loss=0.0)
    assert explained_by_mix(labels, labels) is None


@pytest.mark.parametrize(
    ("names", "wanted", "usual", "told"),
    [
        (("loss", "f1_macro", "accuracy"), "accuracy", "loss", "accuracy"),
        (("loss", "f1_macro", "accuracy"), None, "loss", "f1_macro"),
        (("loss", "mae"), "accuracy", "mae", "mae"),
        (("height",), None, None, "height"),
        (("loss", "map", "map_50"), None, "map_50", "map_50"),
    ],
)
def test_the_metric_to_speak_of(names, wanted, usual, told):
    assert headline(names, wanted, usual) == told


def evaluation(new, old, **more):
    table, before = new.examples, old.examples if old else None
    samples = [
        Sample(labels={"label": t["label"].to_numpy(str)}) for t in (table, before) if t is not None
    ]
    known = {
        "run_id": "1" * 32,
        "model": "2" * 32,
        "model_name": "letters",
        "data": "new",
        "split": "all",
        "count": len(table),
        "against": "test" if old else None,
        "against_count": 0 if before is None else len(before),
        "again": False,
        "metric": "accuracy",
        "scores": score_changes(new, old),
        "classes": class_changes(table, before, "|"),
        "drift": drift(samples[-1], samples[0]),
        "expected": None if before is None else explained_by_mix(table, before),
        "warnings": (),
        "notes": (),
        "examples": table,
    }
    return Evaluation(**(known | more))


def test_the_same_examples_with_another_truth_or_other_scores_are_notsame_answers():
    assert same_answers(GOOD, GOOD)
    shuffled = replace(GOOD, examples=GOOD.examples.iloc[::-1])
    assert same_answers(shuffled, GOOD)  # in any order
    named = GOOD.examples["label"].replace("a", "b")
    assert not same_answers(replace(GOOD, examples=GOOD.examples.assign(label=named)), GOOD)
    # Boxes may have moved where the words of the label are the same.
    assert not same_answers(replace(GOOD, values={**GOOD.values, "accuracy": 0.5}), GOOD)
    assert not same_answers(replace(GOOD, values={"other": 0.5}), GOOD)
    assert not same_answers(GOOD, None)


def test_a_verdict_says_by_how_much_it_is_worse_and_where():
    found = evaluation(BAD, GOOD)
    assert re.match(
        r"accuracy is 0\.5 \[0\.4\d*, 0\.\d*\] on 120 new examples and was 0\.9833 \[0\.9\d*, 1\] "
        r"on 120 of test: worse by 0\.483 \(95 % interval 0\.3\d* to 0\.5\d*\), more than",
        found.verdict,
    )
    assert "more than chance explains. Recall is worse for a (40 %, was 98 %)." in found.verdict
    assert found.verdict.endswith("No drift was found against test.")


def test_a_verdict_says_what_chance_can_explain():
    assert (
        "chance alone can explain the difference, +0.008" in evaluation(GOOD, scores(97, 3)).verdict
    )


def test_a_verdict_says_what_the_mix_of_classes_explains():
    text = evaluation(scores(50, 50), scores(10, 10, others=100)).verdict
    assert "Drift: label: more a (83 %, was 17 %), fewer b (17 %, was 83 %)." in text
    # Half of a and all of b are told before and now: 7 of 12 instead of 11 of 12.
    assert "Of that, -0.333 comes from the other mix of classes and +0.000 from" in text


def test_a_metric_that_fell_while_the_headline_did_not_is_named():
    worse = replace(GOOD, examples=GOOD.examples.assign(loss=GOOD.examples["loss"] + 1))
    worse = Scores(
        {"accuracy": GOOD.values["accuracy"], "loss": GOOD.values["loss"] + 1}, worse.examples
    )
    assert "But loss is worse: 1.5, was 0.5." in evaluation(worse, GOOD).verdict


def test_a_verdict_without_anything_to_compare_with():
    found = evaluation(GOOD, None)
    assert re.fullmatch(
        r"accuracy is 0\.9833 \[0\.9\d*, 1\] on 120 new examples; the run has no score to "
        r"compare it with\.",
        found.verdict,
    )
    assert "difference" not in found.markdown()


def test_scores_without_intervals_are_told_plainly():
    new, old = Scores({"oddity": 3.0}, GOOD.examples), Scores({"oddity": 4.0}, GOOD.examples)
    found = evaluation(new, old, metric="oddity")
    assert found.verdict.startswith("oddity is 3 on 120 new examples and was 4 on 120 of test.")


def test_the_page_and_the_document_hold_all_of_it():
    found = evaluation(BAD, GOOD, warnings=("Trained on some.",), notes=("Read as csv.",))
    page = found.markdown()
    for words in (
        "Model: run 22222222 (letters). Data: new.",
        "**Warning:** Trained on some.",
        "- Read as csv.",
        "### Scores",
        "| accuracy | 0.5 [",
        "### Classes",
        "| a | 40 % of 100 |",
        "### Drift",
        "- None that is sure.",
        "| labels label | chi-square |",
    ):
        assert words in page, words
    document = json.loads(json.dumps(found.to_dict()))
    assert document["scores"]["accuracy"]["change"] == "worse"
    assert document["classes"]["a"]["difference"]["estimate"] == pytest.approx(-0.58)
    assert document["verdict"] == found.verdict
    assert document["drift"][0]["of"] == "labels"
