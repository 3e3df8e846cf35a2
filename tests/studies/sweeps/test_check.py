"""A sweep that is wrong is refused with its line, before anything is begun."""

import pytest

from dlsuite.recipe import RecipeError
from dlsuite.studies.sweeps.prepared import prepare

RECIPE = """\
pipeline: tabular
data:
  source: {type: wine}
  split: {train: 0.6, dev: 0.2, test: 0.2}
  batch_size: 16
model: {type: mlp, hidden: [4], activation: tanh}
optimizer: {type: Adam, learning_rate: 0.003}
training: {epochs: 2}
"""
GOOD = "    optimizer.learning_rate: {low: 1e-4, high: 0.1, scale: log}\n"
PLACE = "pipelines.tabular:pipeline"


@pytest.fixture
def told(workshop):
    """`told(search, more, *overrides)`: what is said against a sweep, without the file's name."""

    def told(search, more="", *overrides):
        path = workshop / "r.yaml"
        path.write_text(f"{RECIPE}sweep:\n  search:\n{search}{more}", encoding="utf-8")
        with pytest.raises(RecipeError) as refused:
            prepare(PLACE, path, overrides)
        assert not (workshop / "mlruns").exists()  # no store, so no run
        return str(refused.value).replace(f"{path}:", "").splitlines()

    return told


def test_a_key_that_is_none_is_named_where_it_stands(told):
    (line,) = told("    optimizer.learnig_rate: {low: 1e-4, high: 0.1}\n")
    start = "11:5 sweep.search.optimizer.learnig_rate: not an argument of Adam. Did you mean "
    assert line == f"{start}learning_rate?"


def test_every_end_and_choice_must_fit_the_recipe(told):
    lines = told(
        "    regularization.dropout: {low: 0.0, high: 1.5}\n"
        "    data.batch_size: {low: 0, high: 64}\n"
        "    model.hidden: {choices: [[4], [-3]]}\n"
        "    model.activation: {choices: [tanh, tnah]}\n"
    )
    places = [line.split(" ")[:2] for line in lines]
    assert places == [
        ["11:46", "sweep.search.regularization.dropout.high:"],
        ["12:28", "sweep.search.data.batch_size.low:"],
        ["13:35", "sweep.search.model.hidden.choices.1:"],
        ["14:40", "sweep.search.model.activation.choices.1:"],
    ]
    assert "below 1" in lines[0]
    assert lines[0].endswith("Received: 1.5.")
    assert "Received: 'tnah'" in lines[3]


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("data.split.dev", "trials on another dev part cannot be compared"),
        ("data.source", "trials on other data cannot be compared"),
        ("evaluation.optimize", "trials that are judged otherwise"),
        ("training.seed", "is luck"),
        ("sweep.seed", "it is the sweep itself"),
    ],
)
def test_what_would_make_trials_incomparable_is_no_key_to_search(told, key, why):
    (line,) = told(f"    {key}: {{choices: [1, 2]}}\n")
    assert line.startswith(f"11:5 sweep.search.{key}: is no key to search: ")
    assert why in line


def test_a_key_within_another_is_refused(told):
    (line,) = told(GOOD + "    optimizer: {choices: [Adam, SGD]}\n")
    assert line.startswith("11:5 sweep.search.optimizer.learning_rate: lies within optimizer")


def test_values_that_do_not_fit_together_are_refused(told):
    (line,) = told(
        "    training.early_stopping: {choices: [{patience: 2}, {patience: 9}]}\n"
        "    training.reduce_on_plateau: {choices: [null, {patience: 3}]}\n"
    )
    assert line.startswith("11:5 sweep.search: together, ")
    assert "must be below early_stopping.patience, 2" in line


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  optimize: acuracy\n", "12:13 sweep.optimize: must be one of accuracy"),
        ("  optimize: test.accuracy\n", "12:13 sweep.optimize: must be a metric of dev"),
        ("  sampler: grid\n", "must have a `step` or `choices` where `sampler` is grid"),
        ("  pruner: asah\n", "Did you mean asha?"),
    ],
)
def test_measure_sampler_and_pruner_are_checked(told, more, said):
    assert said in "\n".join(told(GOOD, more))


def test_a_grid_has_as_many_trials_as_points(told):
    search = "    model.hidden: {choices: [[4], [8]]}\n    training.epochs: {low: 1, high: 3}\n"
    # Whole numbers need no step, and the key takes no others.
    (line,) = told(
        search.replace("high: 3", "high: 3, kind: int"), "  sampler: grid\n  trials: 5\n"
    )
    assert (
        line == "14:11 sweep.trials: must be left out, or 6, the points of the grid. Received: 5."
    )
    huge = "    training.epochs: {low: 1, high: 20000, kind: int}\n"
    (line,) = told(huge, "  sampler: grid\n")
    assert "must have at most 10,000 points for a grid. Received: 20,000." in line


def test_folds_dev_and_the_sweep_itself_must_be_right(told, workshop):
    (line,) = told(GOOD, "evaluation: {folds: 3}\n")
    assert "Pass evaluation.folds=null." in line
    (line,) = told(GOOD, "", "data.split={train: 0.8, test: 0.2}")
    assert "must hold a dev part" in line
    (line,) = told(GOOD, "", "sweep=null")
    assert "sweep=null: is missing. It must say what to search" in line


def test_a_recipe_that_is_wrong_for_its_data_is_refused(told):
    (line,) = told(GOOD, "", "evaluation.satisfy={dev.acuracy: {at_least: 0.5}}")
    assert "Did you mean dev.accuracy?" in line
    assert "evaluation.satisfy" in line


def test_numbers_are_whole_where_the_key_takes_no_others(workshop):
    search = {
        "data.batch_size": {"low": 16, "high": 64, "scale": "log"},
        "regularization.dropout": {"low": 0, "high": 0.5},
        "optimizer.learning_rate": {"low": 1, "high": 2},
    }
    found = prepare(PLACE, "wine_mlp", [f"sweep={{search: {search}}}".replace("'", "")])
    kinds = {path: one.kind for path, one in found.space.ranges.items()}
    assert kinds == {
        "data.batch_size": "int",
        "regularization.dropout": "float",
        "optimizer.learning_rate": "float",
    }
    assert found.metric == "loss"  # the application's own
    assert found.trials == 30
    assert not (workshop / "mlruns").exists()
