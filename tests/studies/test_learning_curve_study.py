"""A recipe on growing parts of its data: what is trained, what goes on, what is said."""

import json

import numpy as np
import pandas as pd
import pytest

from dlsuite.figures.learning_curve import learning_curve_picture
from dlsuite.recipe import RecipeError
from dlsuite.strategy.errors import Scale, SplitError
from dlsuite.strategy.learning_curve import fit_power_law
from dlsuite.studies.learning_curve import LearningCurve, law_of, learning_curve, standard_error
from dlsuite.studies.learning_curve_words import sentences, to_dict
from pipelines import tabular

SMALL = {"model.hidden": [4], "training.epochs": 2, "expect": {}, "baseline": None}
LEVELS = {  # of which the lower one can be reached, too
    "evaluation.reference_error": {"value": 0.2, "source": "a published net"},
    "evaluation.human_error": {"value": 0.1, "source": "three tasters"},
}
PARTS = (0.2, 1.0)


@pytest.fixture(scope="module")
def store(module_store):
    return module_store


@pytest.fixture(scope="module")
def found(store):
    return learning_curve(tabular.pipeline, "wine_mlp", {**SMALL, **LEVELS}, fractions=PARTS)


def test_each_part_is_a_run_below_the_study_and_test_is_never_touched(store, found):
    runs = store.children(found.run_id)
    assert sorted(each.tags["fraction"] for each in runs) == ["0.2", "1.0"]
    assert not [name for each in runs for name in each.metrics if name.startswith("test.")]
    assert {each.tags["examples.dev"] for each in runs} == {"36"}
    assert list(store.runs()["run_id"]) == [found.run_id]


def test_points_are_what_the_runs_reached(store, found):
    for _, point in found.points.iterrows():
        metrics = store.find(point["run_id"]).metrics
        assert point["dev"] == pytest.approx(1 - metrics["dev.accuracy"])
        assert point["train"] == pytest.approx(1 - metrics["train.accuracy"])
    assert found.points["examples"].is_monotonic_increasing
    assert found.reference == 0.1
    assert found.points["examples"].iloc[0] == pytest.approx(0.2 * 107, abs=2)


def test_all_take_as_many_steps(store, found):
    steps = {}
    for each in store.children(found.run_id):
        resolved = json.loads(each.artifact("recipe.resolved.json").read_text())
        steps[each.tags["fraction"]] = resolved["training"]["steps_per_epoch"]
    # 107 examples in batches of 16; the whole part goes by its own count.
    assert steps == {"0.2": 7, "1.0": None}


def test_what_ended_is_not_trained_again(store, found):
    before = {each.run_id for each in store.children(found.run_id)}
    client = store.connection.client
    client.update_run(found.run_id, status="KILLED")  # as if it had ended before its answer
    same = {**SMALL, **LEVELS}
    again = learning_curve(tabular.pipeline, "wine_mlp", same, fractions=PARTS)
    assert again.run_id == found.run_id
    assert {each.run_id for each in store.children(found.run_id)} == before
    pd.testing.assert_frame_equal(again.points, found.points)


def test_its_answer_is_kept(store, found):
    record = store.find(found.run_id)
    kept = json.loads(record.artifact("learning_curve.json").read_text())
    assert kept["sentences"] == sentences(found)
    assert record.artifact("figures/learning_curve.png").stat().st_size > 5_000
    assert "what more data would bring is not told" in " ".join(sentences(found))


@pytest.mark.parametrize("wrong", [(0.5,), (0.0, 1.0), (0.5, 1.5), (1.0, 1.0)])
def test_wrong_fractions_are_refused_before_any_run(wrong):
    with pytest.raises(ValueError, match="`fractions` must be two or more different numbers"):
        learning_curve(tabular.pipeline, "wine_mlp", SMALL, fractions=wrong)


@pytest.mark.parametrize("own", [{"data.train_fraction": 0.5}, {"evaluation.folds": 3}])
def test_what_a_curve_varies_or_cannot_have_is_refused(own):
    with pytest.raises(RecipeError, match="learning curve"):
        learning_curve(tabular.pipeline, "wine_mlp", {**SMALL, **own})


def curve(law, *, counts=(100, 200, 400, 800, 1600), error=0.01, reference=None):
    dev = [law(count) for count in counts]
    points = pd.DataFrame(
        {"fraction": 1.0, "seed": 0, "examples": counts, "train": 0.0, "dev": dev,
         "standard_error": error, "run_id": "0" * 32}
    )  # fmt: skip
    fitted = fit_power_law(counts, dev, [error] * len(counts))
    return LearningCurve("1" * 32, Scale("1 - accuracy", percent=True), points, fitted, reference)


def test_a_law_that_falls_is_told_with_what_it_promises():
    falling = curve(lambda n: 0.05 + 2 * n**-0.5, error=1e-4)
    said = " ".join(sentences(falling))
    # 0.05 + 2 / sqrt(3200) and 2 / sqrt(6400)
    assert "With 3,200 (2 times as many) 8.5 % is expected" in said
    assert "With 6,400 (4 times as many) 7.5 % is expected" in said
    assert "The law levels off at 5.0 %" in said
    ahead = to_dict(falling)["law"]["ahead"]
    assert ahead[0]["gain"] == pytest.approx(2 * (1600**-0.5 - 3200**-0.5), rel=1e-3)


def test_a_reference_is_out_of_reach_or_takes_so_many_examples():
    out = curve(lambda n: 0.05 + 2 * n**-0.5, error=1e-4, reference=0.02)
    assert "data alone does not reach the reference error of 2.0 %" in " ".join(sentences(out))
    # 0.05 + 2 / sqrt(n) = 0.06 at n = 40,000
    near = curve(lambda n: 0.05 + 2 * n**-0.5, error=1e-5, reference=0.06)
    assert "would take about 40,000 examples" in " ".join(sentences(near))


def test_a_flat_curve_and_a_poor_fit_are_told():
    assert "The curve is flat" in " ".join(sentences(curve(lambda n: 0.1)))
    wild = curve(lambda n: 0.1 + 0.05 * (n in (200, 800)), error=1e-3)
    assert "standard errors from the law" in " ".join(sentences(wild))


def test_no_error_in_the_sample_is_no_certainty():
    perfect = SplitError(0.0, np.zeros(100, bool))
    # One error more each way: p = 1 / 102.
    assert standard_error(perfect) == pytest.approx(np.sqrt(1 / 102 * 101 / 102 / 102))
    numbers = SplitError(2.0, np.array([1.0, 3.0]))
    assert standard_error(numbers) == pytest.approx(np.sqrt(2) / np.sqrt(2))
    assert standard_error(SplitError(0.0, np.zeros(4))) > 0


def test_more_seeds_do_not_make_the_accidents_of_dev_smaller():
    """Ten seeds on one dev part of 400: all share what that part happens to be like."""
    counts, random, held = np.array([200, 400, 800, 1600]), np.random.default_rng(0), 0
    truth = 0.05 + 2 * counts**-0.5
    for _ in range(100):
        hard = random.random(400)  # an example is wrong where it is harder than the model is good
        errors = [(hard < each).mean() for each in truth for _ in range(10)]
        points = pd.DataFrame(
            {
                "examples": np.repeat(counts, 10),
                "dev": np.add(errors, random.normal(0, 0.002, 40)),
                "standard_error": [np.sqrt(e * (1 - e) / 400) for e in errors],
            }
        )
        low, high = law_of(points).interval(1600)
        held += low <= truth[-1] <= high
    assert held >= 90  # nominal 95; as if dev were drawn anew for each seed, it would be about 50


def test_the_picture_needs_a_training():
    drawn = curve(lambda n: n**-0.5)
    figure = learning_curve_picture(drawn.points, drawn.law_table(), reference=0.1)
    assert figure.axes[0].get_xscale() == "log"
    with pytest.raises(ValueError, match="needs a training"):
        learning_curve_picture(pd.DataFrame(), None)
