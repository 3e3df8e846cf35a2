"""Scores of several outputs: of the whole answer, of each output, and of each example."""

import numpy as np
import pytest

from dlsuite.metrics import classification_scores, higher_is_better, multioutput_scores
from dlsuite.metrics.measures import measure_of

OUTPUTS = {"parity": ("even", "odd"), "error/kind": ("a", "b", "c")}
LABELS = np.array([[0, 2], [1, 0], [1, 1]])
# Parity is wrong in the last example, the kind in the second.
LOGITS = np.log([[3, 1, 1, 1, 2], [1, 3, 1, 2, 1], [3, 1, 1, 2, 1.0]])


def scored():
    return multioutput_scores(list("xyz"), LABELS, LOGITS, OUTPUTS)


def test_values_worked_by_hand():
    values = scored().values
    assert values["accuracy"] == pytest.approx(1 / 3)
    assert values["accuracy_of_parity"] == values["accuracy_of_error_kind"] == pytest.approx(2 / 3)
    assert values["mean_accuracy"] == pytest.approx(2 / 3)
    parity = [np.log(4 / 3), np.log(4 / 3), np.log(4)]
    kind = [np.log(2), np.log(4), np.log(2)]
    assert values["loss"] == pytest.approx((np.mean(parity) + np.mean(kind)) / 2)


def test_the_table_tells_of_each_example_and_output():
    table = scored().examples
    assert table["label"].tolist() == ["even, c", "odd, a", "odd, b"]
    assert table["predicted"].tolist() == ["even, c", "odd, b", "even, b"]
    assert table["correct"].tolist() == [True, False, False]
    assert table["share_correct"].tolist() == [1, 0.5, 0.5]
    assert table["confidence"].tolist() == pytest.approx([3 / 8] * 3)
    assert table["predicted_of_error_kind"].tolist() == ["c", "b", "b"]
    assert table["correct_of_parity"].tolist() == [True, True, False]


def test_one_output_scores_as_one_class():
    one = classification_scores(list("xyz"), LABELS[:, 0], LOGITS[:, :2], OUTPUTS["parity"])
    values = multioutput_scores(
        list("xyz"), LABELS[:, :1], LOGITS[:, :2], {"parity": OUTPUTS["parity"]}
    ).values
    assert values["accuracy"] == values["mean_accuracy"] == one.values["accuracy"]
    assert values["loss"] == pytest.approx(one.values["loss"])


def test_a_name_of_the_users_does_not_tell_the_direction():
    assert higher_is_better("test.accuracy_of_error_kind")
    assert higher_is_better("mean_accuracy")


def test_every_score_has_an_interval():
    scores = scored()
    for metric, value in scores.values.items():
        measure = measure_of(metric, [scores])
        assert measure is not None, metric
        assert measure.value(scores.examples) == pytest.approx(value)


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        (LABELS[:, 0], LOGITS, r"`labels` must have shape \[N, 2\] and `logits` \[N, 5\]"),
        (LABELS, LOGITS[:, :4], r"labels \[3, 2\], logits \[3, 4\]"),
        (LABELS + 1, LOGITS, "must be whole numbers from 0 to 1"),
    ],
)
def test_what_cannot_be_scored_is_refused(labels, logits, message):
    with pytest.raises(ValueError, match=message):
        multioutput_scores(list("xyz"), labels, logits, OUTPUTS)
