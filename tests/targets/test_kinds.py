"""Every kind of target: kept as JSON, answers as softmax and sigmoid say, rivals, relabelling."""

import json
from dataclasses import asdict

import keras
import numpy as np
import pytest
from pydantic import TypeAdapter

from dlsuite.data import DataError, Examples
from dlsuite.models import googlenet
from dlsuite.recipe import Call
from dlsuite.targets import (
    AnyTarget,
    ManyLabels,
    ManyOutputs,
    Number,
    OneClass,
    Output,
    read_target,
)

ONE = OneClass(("cat", "dog", "eel"), (6, 3, 1))
LABELS = ManyLabels(("rain", "wind"), (2, 8), 10, ";")
OUTPUTS = ManyOutputs(
    (Output("side", ("l", "r"), (5, 5)), Output("size", ("s", "m", "b"), (1, 2, 7)))
)
NUMBER = Number("price", 10.0, 4.0)
EVERY = (ONE, LABELS, OUTPUTS, NUMBER)

every = pytest.mark.parametrize("target", EVERY, ids=lambda target: target.kind)


def examples(labels, key="label"):
    labels = np.asarray(labels)
    keys = np.array([str(number) for number in range(len(labels))])
    return Examples({key: labels, "x": np.arange(len(labels))}, keys, strata=labels)


def a_net(inputs, outputs):
    x = keras.Input((inputs,))
    return keras.Model(x, keras.layers.Dense(outputs)(x))


@pytest.mark.parametrize("auxiliary", [True, False])
def test_a_number_refuses_a_model_whose_loss_it_would_lose(auxiliary):
    model = googlenet((4, 4, 1), 1, stem="small", width=0.02, auxiliary=auxiliary)
    if auxiliary:
        with pytest.raises(ValueError, match=r"Received: a GoogLeNet with compute_loss\."):
            NUMBER.finished(model)
    else:
        assert NUMBER.finished(model).output_shape == (None, 1)


@every
def test_it_is_kept_as_json_and_told_from_the_others(target):
    kept = json.loads(json.dumps(asdict(target)))
    assert TypeAdapter(AnyTarget).validate_python(kept) == target


def test_it_is_read_from_what_a_collection_says():
    classes = np.repeat([0, 1, 2], [6, 3, 1])
    assert read_target({"class_names": ["cat", "dog", "eel"]}, classes) == ONE
    marks = np.zeros((10, 2), np.uint8)
    marks[:2, 0] = marks[:8, 1] = 1
    about = {"label_names": ["rain", "wind"], "label_separator": ";"}
    assert read_target(about, marks) == LABELS
    pairs = np.stack([np.repeat([0, 1], 5), np.repeat([0, 1, 2], [1, 2, 7])], axis=1)
    outputs = {"side": ["l", "r"], "size": ["s", "m", "b"]}
    assert read_target({"output_classes": outputs}, pairs) == OUTPUTS
    assert read_target({"target": "price"}, np.array([8.0, 12.0])) == NUMBER


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: OneClass(("a", "a"), (1, 1)), "must be classes, .* Received: a more than once"),
        (lambda: ManyLabels((), (), 0), "must be labels, .* Received: none"),
        (lambda: Output("side", ("l", "l"), (1, 1)), "classes of side"),
        (
            lambda: ManyOutputs((Output("a b", ("x",), (1,)), Output("a/b", ("x",), (1,)))),
            "Received: a_b more than once",
        ),
        (
            lambda: ManyOutputs((Output("a", ("x",), (1,)), Output("a_id", ("x",), (1,)))),
            "must be answers, .* Received: a_id more than once",
        ),
    ],
)
def test_names_that_two_things_share_are_refused(make, message):
    with pytest.raises(DataError, match=message):
        make()


@every
def test_the_net_has_the_outputs_that_its_answers_need(target):
    outputs = np.random.default_rng(0).normal(size=(5, target.width)).astype("float32")
    answers = target.decoded(outputs)
    assert {len(array) for array in answers.values()} == {5}
    served = target.answers(keras.ops.convert_to_tensor(outputs))
    for name, value in served.items():
        np.testing.assert_allclose(np.asarray(value), answers[name], rtol=1e-6)
    assert set(target.texts) <= set(answers) - set(served)


def test_a_class_is_the_most_probable():
    answers = ONE.decoded(np.log([[1.0, 2.0, 5.0], [4.0, 4.0, 2.0]]))
    np.testing.assert_allclose(answers["probabilities"][0], [1 / 8, 2 / 8, 5 / 8], rtol=1e-6)
    assert answers["class_name"].tolist() == ["eel", "cat"]
    np.testing.assert_allclose(answers["margin"], [3 / 8, 0], atol=1e-6)


def test_labels_are_those_above_one_half():
    answers = LABELS.decoded(np.log([[3.0, 1 / 4], [2.0, 9.0], [1 / 3, 1 / 3]]))
    np.testing.assert_allclose(answers["probabilities"][0], [3 / 4, 1 / 5], rtol=1e-6)
    assert answers["labels"].tolist() == ["rain", "rain;wind", ""]
    assert answers["present"].tolist() == [[True, False], [True, True], [False, False]]
    np.testing.assert_allclose(answers["margin"], [1 / 2, 1 / 3, 1 / 2], rtol=1e-5)


def test_outputs_answer_each_for_itself():
    answers = OUTPUTS.decoded(np.log([[1.0, 3.0, 2.0, 1.0, 1.0]]))
    assert (answers["side"][0], answers["size"][0]) == ("r", "s")
    np.testing.assert_allclose(answers["size_probabilities"], [[1 / 2, 1 / 4, 1 / 4]], rtol=1e-6)
    np.testing.assert_allclose(answers["margin"], [1 / 4], rtol=1e-5)


def test_a_number_is_in_its_own_unit():
    net = a_net(1, 1)
    net.set_weights([np.ones((1, 1)), np.zeros(1)])
    finished = NUMBER.finished(net)
    # The net gives standard deviations, of which one is 2, from the mean, 10.
    outputs = finished.predict(np.array([[1.5]]), verbose=0)
    assert NUMBER.decoded(outputs)["prediction"].tolist() == [13.0]


@every
def test_a_net_is_compiled_with_its_own_loss_and_trains(target):
    net = target.finished(a_net(4, target.width))
    weight = None if target is NUMBER else "balanced"
    smoothing = 0.0 if target is NUMBER else 0.1
    assert list(target.problems(None, smoothing, weight)) == []
    net.compile("adam", **target.compile_options(None, smoothing, weight))
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    y = {
        "one_class": np.arange(8) % 3,
        "many_labels": np.stack([np.arange(8) % 2, np.ones(8)], axis=1),
        "many_outputs": np.stack([np.arange(8) % 2, np.arange(8) % 3], axis=1),
        "number": np.arange(8.0),
    }[target.kind]
    before = net.get_weights()[0]
    logs = net.fit(x, y, verbose=0).history
    assert np.isfinite(logs["loss"][0])
    assert target is NUMBER or 0 <= logs["accuracy"][0] <= 1
    assert not np.array_equal(before, net.get_weights()[0])


@every
def test_what_training_follows_is_what_is_scored(target):
    if target is NUMBER:
        return
    random = np.random.default_rng(1)
    outputs = random.normal(size=(50, target.width)).astype("float32")
    y = {
        "one_class": random.integers(0, 3, 50),
        "many_labels": random.integers(0, 2, (50, 2)),
        "many_outputs": np.stack([random.integers(0, 2, 50), random.integers(0, 3, 50)], axis=1),
    }[target.kind]
    scores = target.score(np.arange(50).astype(str), y, target.decoded(outputs))
    options = target.compile_options(None, 0.0, None)
    assert float(options["loss"](y, outputs)) == pytest.approx(scores.values["loss"], rel=1e-5)
    for metric in options["metrics"]:
        if isinstance(metric, str):
            continue
        metric = type(metric).from_config(metric.get_config())
        for part in (slice(0, 20), slice(20, None)):
            metric.update_state(y[part], outputs[part])
        assert float(metric.result()) == pytest.approx(scores.values[metric.name], rel=1e-5)


def test_f1_of_no_decision_is_one():
    (_, f1) = LABELS.compile_options(None, 0.0, None)["metrics"]
    f1.update_state(np.zeros((2, 2)), np.full((2, 2), -1.0))
    assert float(f1.result()) == 1.0


@every
def test_rivals_answer_in_the_form_of_the_net(target):
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 2))
    first = (x[:, 0] > 0).astype(int)
    y = {
        "one_class": first,
        "many_labels": np.stack([first, np.ones(60, int)], axis=1),
        "many_outputs": np.stack([first, (x[:, 1] > 0) * 2], axis=1),
        "number": 3 * x[:, 0],
    }[target.kind]
    keys = np.arange(60).astype(str)
    linear = target.linear_rival(x, y, most_examples=1000)
    constant = target.constant_rival(y)
    assert linear.predict(x).shape == constant.predict(x).shape == (60, target.width)
    best, worst = (
        target.score(keys, y, target.decoded(rival.predict(x))).values
        for rival in (linear, constant)
    )
    assert best[target.metric] > 0.95 > worst[target.metric]


def test_one_class_weighs_its_examples():
    encode = ONE.weighted(lambda raw: (raw["x"], raw["y"]), {"eel": 4.0})
    _, _, weights = encode({"x": np.zeros(3), "y": np.array([2, 0, 2])})
    assert np.asarray(weights).tolist() == [4, 1, 4]
    assert len(ONE.weighted(lambda raw: (1, 2), None)({})) == 2


def test_rare_labels_and_classes_weigh_more_where_asked():
    loss = LABELS.compile_options(None, 0.0, "balanced")["loss"]
    assert loss.positive_weights == [4.0, 0.25]  # 8 of 10 are without rain, 2 without wind
    loss = OUTPUTS.compile_options(None, 0.0, "balanced")["loss"]
    np.testing.assert_allclose(loss.class_weights, [1, 1, 10 / 3, 10 / 6, 10 / 21], rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "arguments", "key", "message"),
    [
        (
            ONE,
            (None, 0.0, {"cow": 2.0}),
            "training.class_weight.cow",
            "dog, eel. Received: cow",
        ),
        (
            LABELS,
            (None, 0.0, {"cow": 2.0}),
            "training.class_weight.cow",
            "data's labels, rain, wind",
        ),
        (OUTPUTS, (None, 0.0, {"l": 2.0}), "training.class_weight", "must be balanced where there"),
        (NUMBER, (None, 0.0, "balanced"), "training.class_weight", "needs classes; price is a num"),
        (NUMBER, (None, 0.1, None), "regularization.label_smoothing", "needs classes; price"),
    ],
)
def test_what_does_not_fit_is_told_with_its_key(target, arguments, key, message):
    ((found, said),) = target.problems(*arguments)
    assert found == key
    assert message in said


def call(loss, **arguments):
    return Call(loss.__name__, loss, arguments)


@pytest.mark.parametrize(
    ("target", "loss", "message"),
    [
        (ONE, call(keras.losses.SparseCategoricalCrossentropy), "needs `from_logits: true`"),
        (ONE, call(keras.losses.Hinge), "must take targets of shape"),
        (LABELS, call(keras.losses.SparseCategoricalCrossentropy, from_logits=True), r"[2, 2]"),
        (OUTPUTS, call(keras.losses.MeanSquaredError), "must take targets of shape [2, 2] with"),
        (NUMBER, call(keras.losses.CategoricalCrossentropy), "must be finite for float32 targets"),
    ],
)
@pytest.mark.filterwarnings("ignore:In loss categorical_crossentropy")
def test_a_loss_of_another_kind_of_target_is_refused(target, loss, message):
    ((key, said),) = target.problems(loss, 0.0, None)
    assert key == "loss"
    assert message in said


def test_weights_need_a_loss_that_takes_them():
    loss = call(keras.losses.BinaryCrossentropy, from_logits=True)
    assert list(LABELS.problems(loss, 0.0, None)) == []
    ((key, said),) = LABELS.problems(loss, 0.0, "balanced")
    assert key == "training.class_weight"
    assert said.endswith("where there are labels. Received: BinaryCrossentropy.")


def test_classes_are_matched_by_name():
    new = ONE.relabel(examples([0, 1, 1]), {"class_names": ["eel", "cat"]})
    assert new.rows["label"].tolist() == new.strata.tolist() == [2, 0, 0]
    assert new.rows["x"].tolist() == [0, 1, 2]
    with pytest.raises(DataError, match=r"the classes cat, dog, eel\. .*does not know: cow, pig"):
        ONE.relabel(examples([0]), {"class_names": ["cat", "cow", "pig"]})
    with pytest.raises(DataError, match=r"must have one class .* Received: labels"):
        ONE.relabel(examples([0]), {"label_names": ["cat"]})


def test_labels_are_matched_by_name_and_absent_where_unknown_to_the_data():
    new = LABELS.relabel(examples([[1], [0]], "target"), {"label_names": ["wind"]})
    assert new.rows["target"].tolist() == [[0, 1], [0, 0]]
    with pytest.raises(DataError, match="does not know: hail"):
        LABELS.relabel(examples([[1]]), {"label_names": ["hail"]})


def test_outputs_and_their_classes_are_matched_by_name():
    about = {"output_classes": {"size": ["b", "s"], "side": ["r"]}}
    new = OUTPUTS.relabel(examples([[0, 0], [1, 0]]), about)
    assert new.rows["label"].tolist() == [[1, 2], [1, 0]]
    assert new.strata.tolist() == [[0, 1, 0, 0, 1], [0, 1, 1, 0, 0]]
    with pytest.raises(DataError, match=r"must have the outputs side, size\. Received: side"):
        OUTPUTS.relabel(examples([[0]]), {"output_classes": {"side": ["l"]}})
    with pytest.raises(DataError, match=r"classes of size s, m, b\..*does not know: huge"):
        OUTPUTS.relabel(examples([[0, 0]]), {"output_classes": {"side": ["l"], "size": ["huge"]}})


def test_numbers_stay_as_they_are():
    given = examples([1.5, 2.5], "target")
    assert NUMBER.relabel(given, {"target": "price"}) is given
    with pytest.raises(DataError, match=r"price must be a number\. Received: .* class_names"):
        NUMBER.relabel(given, {"class_names": ["a"]})
    with pytest.raises(DataError, match="Received: a number"):
        ONE.relabel(given, {"target": "price"})


@pytest.mark.parametrize(
    ("target", "targets", "words"),
    [
        (ONE, [2, 0], ["eel", "cat"]),
        (LABELS, [[1, 1], [0, 0]], ["rain;wind", ""]),
        (OUTPUTS, [[0, 2], [1, 0]], ["l, b", "r, s"]),
        (NUMBER, [1.5], ["1.5"]),
    ],
)
def test_targets_are_told_in_words(target, targets, words):
    assert target.named(np.array(targets)) == words


@every
def test_figures_of_a_split_are_drawn(target):
    outputs = np.random.default_rng(0).normal(size=(12, target.width)).astype("float32")
    y = {
        "one_class": np.arange(12) % 3,
        "many_labels": np.stack([np.arange(12) % 2, np.zeros(12, int)], axis=1),
        "many_outputs": np.stack([np.arange(12) % 2, np.arange(12) % 3], axis=1),
        "number": np.arange(12.0),
    }[target.kind]
    answers = target.decoded(outputs)
    table = target.score(np.arange(12).astype(str), y, answers).examples
    drawn = dict(target.figures(table, y, answers, "dev"))
    expected = {
        "many_labels": {"label_scores"},
        "many_outputs": {"confusion_matrix_of_side", "confusion_matrix_of_size"},
    }
    assert expected.get(target.kind, set()) <= set(drawn)
    assert drawn


def test_a_loss_of_the_recipes_own_for_a_number_is_taken():
    loss = call(keras.losses.Huber)
    assert list(NUMBER.problems(loss, 0.0, None)) == []
    assert isinstance(NUMBER.compile_options(loss, 0.0, None)["loss"], keras.losses.Huber)


def test_a_single_class_has_no_second():
    answers = OneClass(("only",), (3,)).decoded(np.zeros((2, 1)))
    assert answers["margin"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("target", "targets", "shares", "told"),
    [
        (ONE, [2, 0], [[0, 0, 1], [1, 0, 0]], ["dog 0.75 + cat 0.25", "cat"]),
        (LABELS, [[1, 0], [1, 1]], [[1, 0], [1, 1]], ["rain + wind 0.50", "wind"]),
        (
            OUTPUTS,
            [[1, 2], [0, 0]],
            [[0, 1, 0, 0, 1], [1, 0, 1, 0, 0]],
            ["l + b 0.60 + s 0.40", "r + m"],
        ),
        (NUMBER, [3.5, 1.0], [3.5, 1.0], ["3.5", "1"]),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_what_is_mixed_are_shares_and_they_are_told_in_words(target, targets, shares, told):
    x, mixed, weight = target.mixable(lambda raw: (raw, np.array(targets), "w"))("x")
    assert (x, weight) == ("x", "w")
    np.testing.assert_array_equal(mixed, shares)
    blends = {
        "one_class": [[0.25, 0.75, 0], [1, 0, 0]],
        "many_labels": [[1, 0.5], [0, 1]],
        "many_outputs": [[1, 0, 0.4, 0, 0.6], [0, 1, 0, 0.999, 0.001]],
        "number": [3.5, 1.0],
    }
    assert target.told(np.array(blends[target.kind])) == told


@every
def test_a_mixed_batch_has_a_finite_loss_and_measures(target):
    model = a_net(2, target.width)
    model.compile("sgd", **target.compile_options(None, 0.0 if target is NUMBER else 0.1, None))
    shares = np.asarray(target.shares(np.zeros((4, *target_shape(target)), "int32")), "float32")
    shares = 0.25 * shares + 0.75 * np.roll(shares, 1, axis=-1)
    logs = model.train_on_batch(np.ones((4, 2)), shares, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())


def target_shape(target):
    return {"many_labels": (2,), "many_outputs": (2,)}.get(target.kind, ())


def test_the_measure_of_shares_looks_at_the_largest():
    model = a_net(1, 3)
    model.compile("sgd", **ONE.compile_options(None, 0.0, None))
    model.set_weights([np.zeros((1, 3)), np.array([0.0, 5.0, 1.0])])  # always says dog
    shares = np.array([[0.4, 0.6, 0], [0.6, 0.4, 0], [0, 0.9, 0.1], [0, 0.1, 0.9]])
    assert model.test_on_batch(np.ones((4, 1)), shares, return_dict=True)["accuracy"] == 0.5


def test_a_loss_of_ones_own_is_tried_with_what_it_will_get():
    soft = call(keras.losses.CategoricalCrossentropy, from_logits=True)
    hard = call(keras.losses.SparseCategoricalCrossentropy, from_logits=True)
    assert list(ONE.problems(soft, 0.0, None, mixed=True)) == []
    assert list(ONE.problems(hard, 0.0, None)) == []
    ((key, _),) = ONE.problems(hard, 0.0, None, mixed=True)
    assert key == "loss"
    ((_, said),) = ONE.problems(call(keras.losses.CategoricalCrossentropy), 0.0, None, mixed=True)
    assert "from_logits: true" in said
