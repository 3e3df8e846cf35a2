"""Verdicts: the numeric cases of the course, and what noise, references and baselines change."""

import json

import numpy as np
import pandas as pd
import pytest

from dlsuite.strategy import ReferenceLevel, supervised

COURSE = [
    (0.15, 0.16, "bias"),
    (0.01, 0.11, "variance"),
    (0.15, 0.30, "bias and variance"),
    (0.005, 0.01, "none"),
]


def classified(error, count=10_000):
    """A table of `count` answers with that share of errors."""
    correct = np.ones(count, dtype=bool)
    correct[: round(error * count)] = False
    keys = [f"{number:x}" for number in range(count)]
    return pd.DataFrame({"key": keys, "loss": 1.0, "correct": correct})


@pytest.mark.parametrize(("train", "dev", "verdict"), COURSE)
def test_the_cases_of_the_course_as_tables(train, dev, verdict):
    diagnosis = supervised({"train": classified(train), "dev": classified(dev)})
    assert diagnosis.verdict == verdict
    assert diagnosis.errors == pytest.approx({"train": train, "dev": dev})
    assert diagnosis.gaps["bias"].value == pytest.approx(train)
    assert diagnosis.gaps["variance"].value == pytest.approx(dev - train)


@pytest.mark.parametrize(("train", "dev", "verdict"), COURSE)
def test_the_cases_of_the_course_as_plain_numbers(train, dev, verdict):
    diagnosis = supervised({"train": train, "dev": dev})
    assert diagnosis.verdict == verdict
    assert diagnosis.gaps["variance"].interval is None
    assert diagnosis.counts == {}


@pytest.mark.parametrize(("train", "dev", "verdict"), COURSE)
def test_the_cases_of_the_course_as_shares_of_answers_of_several_parts(train, dev, verdict):
    # All boxes of a picture: each half right at twice the share is the same mean.
    def shared(error):
        table = classified(2 * error)
        return table.assign(error=np.where(table["correct"], 0.0, 0.5), correct=False)

    diagnosis = supervised({"train": shared(train), "dev": shared(dev)})
    assert diagnosis.verdict == verdict
    assert diagnosis.errors == pytest.approx({"train": train, "dev": dev})


def test_tables_of_two_tasks_are_refused():
    shares = classified(0.1).assign(error=0.2)
    with pytest.raises(ValueError, match="some with `correct`, some with `error`"):
        supervised({"train": classified(0.1), "dev": shares})


def test_a_high_reference_turns_bias_into_variance():
    # Course, human-level performance: 15 / 16 % is no bias where humans err in 15 % as well.
    tables = {"train": classified(0.15), "dev": classified(0.18)}
    human = ReferenceLevel(value=0.15, source="one radiologist")
    assert supervised(tables).verdict == "bias and variance"
    assert supervised(tables, human).verdict == "variance"
    assert "Reference: one radiologist." in supervised(tables, human).text()


def test_without_a_reference_the_text_says_that_zero_is_taken():
    diagnosis = supervised({"train": 0.15, "dev": 0.16})
    assert diagnosis.reference.value == 0
    assert "reference 0 %, none given" in diagnosis.sentence
    assert "none was given, so 0 is taken" in diagnosis.text()
    assert "none was given, so 0 is taken" in diagnosis.markdown()


def test_interval_of_a_gap_is_near_its_normal_one():
    diagnosis = supervised({"train": classified(0.01), "dev": classified(0.11)})
    low, high = diagnosis.gaps["variance"].interval
    half = 1.96 * (0.01 * 0.99 / 1e4 + 0.11 * 0.89 / 1e4) ** 0.5
    assert (low, high) == pytest.approx((0.10 - half, 0.10 + half), abs=5e-4)


def test_a_gap_in_a_small_sample_is_called_noise():
    diagnosis = supervised({"train": classified(0, 142), "dev": classified(1 / 36, 36)})
    assert diagnosis.verdict == "none"
    assert diagnosis.gaps["variance"].status == "not distinguishable from noise"
    assert not diagnosis.gaps["variance"].counts
    assert "is past the threshold but not distinguishable from noise" in diagnosis.sentence
    assert diagnosis.advice[0].action == "Measure on more examples before acting"
    assert diagnosis.advice[0].gap == "variance"


@pytest.mark.parametrize(("of", "errors", "size"), [(180, 5, 180), (180, 4, 180), (35, 4, 36)])
def test_no_error_on_dev_and_a_handful_on_test_may_be_an_accident(of, errors, size):
    # Fisher's exact test: p = 0.06, 0.12 and 0.11.
    tables = {"train": 0.0, "dev": classified(0, of), "test": classified(errors / size, size)}
    gap = supervised(tables).gaps["dev overfitting"]
    assert gap.status == "not distinguishable from noise"
    assert supervised(tables).verdict == "none"


def test_no_error_on_train_does_not_hide_variance():
    # Fisher's exact test: p = 0.0001 and 0.0002.
    for dev in (classified(4 / 180, 180), classified(11 / 180, 180)):
        assert supervised({"train": classified(0, 1437), "dev": dev}).verdict == "variance"


def test_a_run_that_stopped_early_gets_the_advice_of_one():
    tables = {"train": 0.15, "dev": 0.16}
    actions = [advice.action for advice in supervised(tables, stopped_early=True).advice]
    assert "Loosen early stopping" in actions
    assert "Train longer" not in actions


def test_the_same_gap_in_a_large_sample_counts():
    diagnosis = supervised({"train": classified(0), "dev": classified(1 / 36)})
    assert diagnosis.verdict == "variance"


def test_the_threshold_decides_what_is_small():
    tables = {"train": classified(0.01), "dev": classified(0.05)}
    assert supervised(tables).verdict == "variance"
    assert supervised(tables, threshold=0.05).verdict == "none"


def test_a_gap_as_large_as_the_threshold_is_not_past_it():
    # In floats 0.05 - 0.03 is a little more than 0.02.
    assert supervised({"train": 0.0, "train_dev": 0.0, "dev": 0.03, "test": 0.05}).gaps[
        "dev overfitting"
    ].status == ("within the threshold")


def test_train_dev_tells_mismatch_from_variance():
    errors = {"train": 0.01, "train_dev": 0.015, "dev": 0.10}
    diagnosis = supervised({split: classified(error) for split, error in errors.items()})
    assert diagnosis.verdict == "mismatch"
    assert diagnosis.gaps["variance"].of == ("train_dev", "train")
    assert diagnosis.gaps["mismatch"].value == pytest.approx(0.085)
    assert "Dev is unlike the training data (dev 10.0 %, train-dev 1.5 %)" in diagnosis.sentence
    assert {advice.gap for advice in diagnosis.advice} == {"mismatch"}


def test_a_test_error_above_dev_is_dev_overfitting():
    errors = {"train": 0.01, "dev": 0.015, "test": 0.06}
    diagnosis = supervised({split: classified(error) for split, error in errors.items()})
    assert diagnosis.verdict == "dev overfitting"
    assert diagnosis.gaps["dev overfitting"].value == pytest.approx(0.045)
    assert diagnosis.advice[0].action == "Get a bigger or a fresh dev set"
    assert diagnosis.sentence.startswith(
        "Test is worse than dev: choices may have been fitted to dev, or dev and test differ "
        "(test 6.0 %, dev 1.5 %): dev-test gap 4.5 %"
    )


def test_bias_is_closed_before_mismatch_and_both_are_told():
    errors = {"train": 0.10, "train_dev": 0.10, "dev": 0.20}
    diagnosis = supervised({split: classified(error) for split, error in errors.items()})
    assert diagnosis.verdict == "bias"
    assert "; dev is unlike the training data" in diagnosis.sentence
    order = list(dict.fromkeys(advice.gap for advice in diagnosis.advice))
    assert order == ["bias", "mismatch"]


def test_an_error_below_human_level_is_said_to_surpass_it():
    tables = {"train": classified(0.004), "dev": classified(0.006)}
    human = ReferenceLevel(value=0.02, source="two annotators")
    diagnosis = supervised(tables, human)
    assert diagnosis.verdict == "none"
    assert diagnosis.findings[0].startswith(
        "The net surpasses the reference: error on dev 0.6 % against 2.0 % (two annotators)."
    )
    assert diagnosis.text().startswith("The net surpasses")


def test_an_error_just_below_human_level_is_level_with_it():
    tables = {"train": 0.01, "dev": classified(0.01, 200)}
    human = ReferenceLevel(value=0.012, source="two annotators")
    assert supervised(tables, human).findings[0].startswith("The net is level with the reference")


def test_an_error_above_human_level_is_no_finding():
    human = ReferenceLevel(value=0.012, source="two annotators")
    assert supervised({"train": 0.01, "dev": 0.02}, human).findings == ()


def test_a_net_that_loses_to_its_baseline_hears_it_first():
    diagnosis = supervised(
        {"train": 0.01, "dev": 0.11, "test": 0.12},
        baseline={"dev": 0.2, "test": 0.11},
        baseline_name="logistic regression",
    )
    assert diagnosis.findings == (
        "The net does not beat logistic regression: error on test 12.0 % against 11.0 %.",
    )
    assert diagnosis.advice[0].gap == "baseline"
    assert diagnosis.advice[0].action == "Find out why logistic regression is better"
    assert diagnosis.text().startswith("The net does not beat logistic regression")
    assert "\n\n> The net does not beat logistic regression" in diagnosis.markdown()


def test_a_net_that_beats_its_baseline_needs_no_finding():
    diagnosis = supervised({"train": 0.01, "dev": 0.05}, baseline={"train": 0.1, "dev": 0.2})
    assert diagnosis.findings == ()
    assert supervised({"train": 0.01, "dev": 0.05}, baseline={"train": 0.0}).findings == ()


def test_a_lead_within_noise_is_not_called_a_win():
    tables = {"train": classified(0.1, 200), "dev": classified(0.10, 200)}
    # The same examples are wrong but for two: example by example the lead is 2 of 200.
    paired = supervised(tables, baseline={"dev": classified(0.11, 200)}).findings
    assert "The net is not clearly better than the baseline" in paired[0]
    assert "95 % interval of the difference -3.0 to 0.99 %" in paired[0]


@pytest.mark.parametrize(("net", "word"), [(0.20, "better"), (0.12, "better"), (0.11, "as good")])
def test_a_baseline_ahead_by_more_than_noise_is_called_better(net, word):
    tables = {"train": classified(0.1, 500), "dev": classified(net, 500)}
    diagnosis = supervised(tables, baseline={"dev": classified(0.105, 500)})
    assert diagnosis.advice[0].action == f"Find out why the baseline is {word}"


def test_pairing_by_key_sees_a_lead_that_two_samples_would_not():
    tables = {"train": classified(0.1, 500), "dev": classified(0.10, 500)}
    rival = classified(0.12, 500)
    assert supervised(tables, baseline={"dev": rival}).findings == ()
    strangers = rival.assign(key=rival["key"] + "x")
    for unpaired in (strangers, classified(0.12, 400), rival.drop(columns="key")):
        findings = supervised(tables, baseline={"dev": unpaired}).findings
        assert "not clearly better" in findings[0]


def test_the_dictionary_survives_json():
    tables = {"train": classified(0.15), "dev": classified(0.3)}
    diagnosis = supervised(tables, settings={"training": {"epochs": 30}})
    plain = json.loads(json.dumps(diagnosis.to_dict(), allow_nan=False))
    assert plain["verdict"] == "bias and variance"
    assert plain["errors"] == {"train": 0.15, "dev": 0.3}
    assert plain["counts"] == {"train": 10_000, "dev": 10_000}
    assert plain["reference"]["value"] == 0
    assert plain["scale"] == "1 - accuracy"
    assert plain["gaps"]["variance"]["of"] == ["dev", "train"]
    assert plain["gaps"]["variance"]["status"] == "counts"
    assert plain["advice"][1]["overrides"] == ["training.epochs=60"]


def test_the_text_shows_errors_gaps_and_what_to_try():
    tables = {"train": classified(0.01), "dev": classified(0.11)}
    text = supervised(tables).text()
    assert "train      1.0 %         10,000" in text
    assert "variance (dev - train)              10.0 %  9.4 to 10." in text
    assert "1. Get more training data (variance)" in text


def test_the_markdown_has_tables_and_overrides_as_code():
    text = supervised({"train": 0.15, "dev": 0.16}, settings={"training": {"epochs": 5}}).markdown()
    assert text.startswith("**Verdict: bias.** The net does not fit")
    table = text.replace("&emsp;", "")
    assert "| train | 15.0 % | not told |" in table
    assert "| avoidable bias (train - reference) | 15.0 % | none | counts |" in table
    assert "`training.epochs=10`" in text


def test_a_negative_threshold_is_refused():
    with pytest.raises(ValueError, match="Received: threshold=-1"):
        supervised({"train": 0.1, "dev": 0.1}, threshold=-1)
