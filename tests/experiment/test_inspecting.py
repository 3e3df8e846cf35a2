"""A look into every trained net: what is kept of it, what is said of it, what it may not cost."""

from types import SimpleNamespace

import keras
import numpy as np
import pandas as pd
import pytest

from dlsuite import experiment
from dlsuite.data import Examples
from dlsuite.evaluation.reopening import reopen
from dlsuite.experiment import inspecting, recording
from dlsuite.experiment.inspecting import look_inside, with_findings
from dlsuite.figures import filter_grid
from dlsuite.inspection import grad_cam
from dlsuite.models import mlp
from dlsuite.targets import ManyLabels, ManyOutputs, Number, OneClass
from dlsuite.targets.many_outputs import Output
from dlsuite.tracking import Store, StoreError
from pipelines import image_classification

CLASSES = OneClass(("dark", "light"), (5, 5))
LABELS = ManyLabels(("bright", "red", "big"), (5, 5, 5), 12)
OUTPUTS = ManyOutputs(
    (Output("tone", ("dark", "light"), (6, 6)), Output("size", ("s", "m", "l"), (4, 4, 4)))
)


def small_net(input_shape, num_classes):
    """A convolution whose first two maps are dead from the start."""
    inputs = keras.Input(input_shape)
    bias = keras.initializers.Constant([-1e3, -1e3, 1.0, 1.0])
    x = keras.layers.Conv2D(4, 3, activation="relu", bias_initializer=bias, name="conv1")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(num_classes, name="output")(x))


def outcome(target=CLASSES, model=None, split="dev"):
    """Of a net that was never trained, on twelve pictures of noise."""
    random = np.random.default_rng(0)
    model = small_net((8, 8, 1), target.width) if model is None else model
    images = random.random((12, 8, 8, 1), "float32")
    targets = {
        "one_class": np.arange(12) % 2,
        "number": np.arange(12.0),
        "many_labels": random.integers(0, 2, (12, 3)).astype("uint8"),
        "many_outputs": np.stack([np.arange(12) % 2, np.arange(12) % 3], axis=1),
    }
    labels = targets[target.kind]
    keys = np.arange(12).astype(str)
    examples = Examples({"image": images, "label": labels}, keys)
    answers = target.decoded(model.predict_on_batch(images))
    return experiment.Outcome(
        settings=SimpleNamespace(training=SimpleNamespace(seed=0)),
        splits=SimpleNamespace(info=SimpleNamespace(target=target)),
        model=model,
        history=None,
        scores={split: target.score(keys, labels, answers)},
        answers={split: answers},
        baseline={},
        diagnosis=None,
        first_draws=None,
        examples={split: examples},
        inputs=lambda some: [some.rows["image"]],
    )


@pytest.mark.slow
def test_a_run_keeps_filters_heat_and_activations_and_tells_dead_units(workshop):
    model = {"type": "tests.experiment.test_inspecting:small_net"}
    recipe = {"pipeline": "image_classification", "data": {"source": {"type": "digits"}},
              "model": model, "training": {"epochs": 1}, "baseline": None}  # fmt: skip
    result = image_classification.run(recipe)
    record = Store.open().find(result.run_id)
    shown = {"figures/first_filters.png", "figures/grad_cam.png", "figures/activations.png"}
    assert shown <= set(record.artifacts())
    table = pd.read_csv(record.artifact("activations.csv")).set_index("layer")
    assert table.loc["conv1", "dead"] == 2
    assert table.loc["conv1", "examples"] == 256
    (found,) = [each for each in result.diagnosis.findings if "dead" in each]
    assert found.startswith("Many units are dead: 2 of 4 in conv1.")
    assert result.diagnosis.advice[-1].action == "Revive dead units"
    assert found in record.tags["mlflow.note.content"]
    run = reopen(image_classification.pipeline, record)
    x, labels = run.encode({"image": np.zeros((2, 8, 8, 1), "uint8"), "label": np.arange(2)})
    assert grad_cam(run.model, x, labels).shape == (2, 8, 8)


@pytest.mark.parametrize("target", [CLASSES, LABELS, OUTPUTS], ids=lambda target: target.kind)
def test_answers_of_any_kind_are_explained(target):
    seen = look_inside(outcome(target))
    assert set(seen.figures) == {"first_filters", "activations", "grad_cam"}
    assert seen.notes == ()
    words = [text.get_text() for text in seen.figures["grad_cam"].texts]
    assert words[0].startswith("What in dev examples spoke for an answer: Grad-CAM of conv1, 6 x 6")
    names = [axes.get_title() for axes in seen.figures["grad_cam"].axes]
    assert any(name.startswith("for ") and "% sure" in name for name in names)


def test_what_a_net_does_not_have_is_left_out_quietly():
    dense = look_inside(outcome(model=mlp((8, 8, 1), 2, hidden=(4,))))
    assert set(dense.figures) == {"first_filters", "activations"}
    assert dense.notes == ()
    number = look_inside(outcome(Number("price", 0.0, 1.0)))
    assert set(number.figures) == {"first_filters", "activations"}
    assert number.notes == ()


def test_without_dev_train_is_looked_at():
    seen = look_inside(outcome(split="train"))
    assert "over 12 train examples" in seen.figures["activations"].get_suptitle()
    assert seen.tables["activations"]["examples"].iloc[0] == 12


def test_a_look_that_fails_is_told_and_the_others_are_kept(monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError("no ink\nin the pen")

    monkeypatch.setattr(inspecting, "grad_cam", broken)
    seen = look_inside(outcome())
    assert seen.notes == ("A look into the net failed, heat: no ink",)
    assert set(seen.figures) == {"first_filters", "activations"}


class Shelf:
    """Keeps the names of figures; one of them it cannot draw."""

    def __init__(self, error):
        self.kept, self.error = [], error

    def figure(self, name, figure):
        if name == "figures/torn":
            raise self.error
        self.kept.append(name)


def test_pictures_that_fail_are_told_and_lose_no_run():
    picture = filter_grid(np.zeros((1, 1, 2, 2, 1)), "c")

    def drawing(outcome):
        yield "first", picture
        yield "torn", picture
        yield "third", picture
        raise KeyError("empty")

    shelf = Shelf(RuntimeError("torn\npaper"))
    told = recording.figures(shelf, SimpleNamespace(figures=drawing), None)
    assert shelf.kept == ["figures/first", "figures/third"]
    assert told == (
        "Figure torn could not be drawn: RuntimeError: torn",
        "Figures could not be drawn: KeyError: 'empty'",
    )
    with pytest.raises(StoreError):  # that is no fault of a picture
        recording.figures(Shelf(StoreError("full")), SimpleNamespace(figures=drawing), None)


def test_right_answers_of_many_kinds_come_first_and_then_the_worst_mistakes():
    correct = np.array([True, True, True, False, True, False])
    losses = np.array([0.3, 0.1, 0.2, 5.0, 0.4, 9.0])
    told = pd.Series(["a", "a", "a", "a", "b", "b"])
    chosen = inspecting._chosen(correct, losses, told)
    # The surest a, the surest b, the other two; then mistakes by their loss.
    assert chosen.tolist() == [1, 4, 2, 0, 5, 3]


def test_findings_without_a_verdict_are_notes():
    table = pd.DataFrame({"layer": ["c"], "units": [8], "dead": [4], "examples": [200]})
    judged = experiment.Judged({}, {}, {}, {}, None)
    seen = experiment.Inspected(tables={"activations": table}, notes=("one",))
    same, notes = with_findings(judged, seen, {})
    assert same is judged
    assert notes[0].startswith("Many units are dead: 4 of 8 in c.")
    assert notes[1:] == ("one",)
    assert with_findings(judged, experiment.Inspected(notes=("one",)), {}) == (judged, ("one",))
