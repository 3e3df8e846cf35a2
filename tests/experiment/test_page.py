"""The top of a run's page: verdict and scores first, then why, then what to try."""

import numpy as np
import pandas as pd

from dlsuite.experiment import Judged, Limit
from dlsuite.experiment.page import description
from dlsuite.metrics import Scores
from dlsuite.strategy import supervised
from dlsuite.strategy.settings import Bound


def scores(wrong, count=200):
    correct = np.arange(count) >= wrong
    table = pd.DataFrame({"key": np.arange(count).astype(str), "loss": 1.0, "correct": correct})
    return Scores({"accuracy": 1 - wrong / count, "loss": 1.0}, table)


def judged(net, rival, *, diagnosed=True):
    diagnosis = None
    if diagnosed:
        tables = {split: split_scores.examples for split, split_scores in net.items()}
        rivals = {split: split_scores.examples for split, split_scores in rival.items()}
        diagnosis = supervised(tables, baseline=rivals)
    return Judged({}, {}, net, rival, diagnosis)


NET = {"train": scores(2), "dev": scores(60), "test": scores(61)}
RIVAL = {"train": scores(90), "dev": scores(99)}


def headings(page):
    return [line[4:] for line in page.splitlines() if line.startswith("### ")]


def test_the_page_opens_with_the_verdict_and_the_scores_beside_the_baseline():
    page = description(judged(NET, RIVAL), [], [])
    first, why, *_ = page.split("\n\n")
    assert first == (
        "**Verdict: variance.** Accuracy on test **0.6950**, on dev **0.7000** (baseline 0.5050)."
    )
    assert why.startswith("The net does not carry over to new examples (dev 30.0 %, train 1.0 %)")


def test_what_follows_stands_in_the_order_of_its_use():
    limits = [Limit("test.accuracy", Bound(at_least=0.9), 0.695, "expect")]
    page = description(judged(NET, RIVAL), limits, ["7 pictures were left out."])
    assert headings(page) == [
        "Scores",
        "What to try, in this order",
        "Errors and gaps",
        "Stated limits",
        "Notes",
    ]
    assert "- test.accuracy 0.695 (at least 0.9): MISSED" in page
    assert page.endswith("- 7 pictures were left out.\n")


def test_all_scores_are_a_table_with_room_between_its_columns():
    page = description(judged(NET, RIVAL), [], [])
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| accuracy")]
    assert [cell.strip() for cell in rows[0]] == [
        "",
        *(f"{cell}&emsp;" for cell in ("accuracy", "0.9900", "0.7000", "0.6950")),
        *(f"{cell}&emsp;" for cell in ("0.5500", "0.5050")),
        "",
    ]
    assert "baseline dev&emsp;" in page


def test_a_missing_baseline_is_no_number():
    net = {"dev": scores(0)}
    page = description(judged(net, {}, diagnosed=False), [], [])
    assert page.startswith("Accuracy on dev **1.000**.\n\n### Scores")
    assert headings(page) == ["Scores"]


def test_a_score_that_a_split_lacks_is_left_open():
    net = {"train": scores(2), "dev": Scores({"accuracy": 0.5, "auc": 0.7}, NET["dev"].examples)}
    page = description(judged(net, {}, diagnosed=False), [], [])
    assert "| auc&emsp; | &emsp; | 0.7000&emsp; |" in page
