"""Corrected labels lie over the data: only theirs change, and what does not fit is refused."""

import numpy as np
import pytest

from dlsuite.data import DataSettings, Examples
from dlsuite.data.hashing import array_keys
from dlsuite.data.relabels import Relabel, RelabelsError, read_relabels, relabelled, write_relabels
from dlsuite.recipe import load

ABOUT = {"source": "made", "class_names": ["cat", "dog", "owl"]}


def examples(labels, first=0):
    images = np.arange(first, first + len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    labels = np.asarray(labels, np.int32)
    return Examples({"image": images, "label": labels}, array_keys(images), strata=labels)


@pytest.fixture
def parts():
    return {"train": examples([0, 1, 2, 1]), "dev": examples([2, 2], first=10)}


def written(path, *rows):
    write_relabels([Relabel(*row) for row in rows], path)
    return path


def test_only_the_labels_of_the_file_change(tmp_path, parts):
    keys = parts["train"].keys, parts["dev"].keys
    file = written(tmp_path / "r.csv", (keys[0][1], "dog", "owl"), (keys[1][0], "owl", "cat"))
    changed, applied = relabelled(parts, ABOUT, file)
    assert changed["train"].rows["label"].tolist() == [0, 2, 2, 1]
    assert changed["train"].strata.tolist() == [0, 2, 2, 1]
    assert changed["dev"].rows["label"].tolist() == [0, 2]
    assert parts["train"].rows["label"].tolist() == [0, 1, 2, 1]  # what was read stays
    assert np.array_equal(changed["train"].keys, keys[0])
    assert applied.counts == {"train": 1, "dev": 1}
    assert applied.total == 2
    assert (
        applied.text() == f"2 labels are not those of the data but of {file}: 1 in train, 1 in dev."
    )


def test_a_file_reads_as_it_was_written(tmp_path, parts):
    rows = [(key, "dog", "=owl") for key in parts["train"].keys]
    file = written(tmp_path / "r.csv", *rows)
    before = file.read_bytes()
    found = read_relabels(file)
    assert [(each.key, each.label, each.relabel) for each in found] == rows
    write_relabels(found, file)
    assert file.read_bytes() == before


def test_labels_that_are_many_are_changed_together(tmp_path):
    marks = np.array([[1, 0, 0], [0, 1, 1]], np.uint8)
    part = examples([0, 0])
    part = Examples({**part.rows, "label": marks}, part.keys, strata=marks)
    about = {"source": "made", "label_names": ["a", "b", "c"], "label_separator": "|"}
    file = written(tmp_path / "r.csv", (part.keys[0], "a", "b|c"), (part.keys[1], "b|c", ""))
    changed, _ = relabelled({"train": part}, about, file)
    assert changed["train"].rows["label"].tolist() == [[0, 1, 1], [0, 0, 0]]
    assert changed["train"].strata.tolist() == [[0, 1, 1], [0, 0, 0]]
    wrong = written(tmp_path / "w.csv", (part.keys[1], "a|b", "c"))
    with pytest.raises(RelabelsError, match=r"'a\|b' for .*Received: 'b\|c'"):
        relabelled({"train": part}, about, wrong)


def test_tables_have_targets_and_strata_of_their_own_stay(tmp_path):
    part = examples([0, 1])
    part = Examples({"target": part.rows["label"]}, part.keys, strata=np.array([5, 6]))
    file = written(tmp_path / "r.csv", (part.keys[0], "cat", "dog"))
    changed, _ = relabelled({"all": part}, ABOUT, file)
    assert changed["all"].rows["target"].tolist() == [1, 1]
    assert changed["all"].strata.tolist() == [5, 6]


def test_what_the_data_has_corrected_by_now_is_left_as_it_is(tmp_path, parts):
    file = written(tmp_path / "r.csv", (parts["train"].keys[1], "cat", "dog"))
    changed, applied = relabelled(parts, ABOUT, file)
    assert changed["train"].rows["label"].tolist() == [0, 1, 2, 1]
    assert applied.total == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("f" * 32, "cat", "dog"), "1 of 1 that are not, such as ffff"),
        ((0, "cat", "cow"), "Classes must be those of the data, cat, dog, owl. .*: 'cow'"),
        ((0, "cow", "dog"), "Received as the label of .*: 'cow'"),
        ((0, "owl", "dog"), "must say what .* 'owl' for .* Received: 'cat'"),
        (("F" * 32, "cat", "dog"), "`key` must be the 32 hexadecimal digits .* row 2"),
        (("12", "cat", "dog"), "`key` must be the 32 hexadecimal digits"),
    ],
)
def test_what_does_not_fit_the_data_is_refused(tmp_path, parts, row, message):
    key = parts["train"].keys[row[0]] if isinstance(row[0], int) else row[0]
    file = written(tmp_path / "r.csv", (key, *row[1:]))
    with pytest.raises(RelabelsError, match=message):
        relabelled(parts, ABOUT, file)


def test_keys_that_come_twice_missing_files_and_other_targets_are_refused(tmp_path, parts):
    key = parts["train"].keys[0]
    twice = written(tmp_path / "r.csv", (key, "cat", "dog"), (key, "cat", "owl"))
    with pytest.raises(RelabelsError, match="must come once"):
        relabelled(parts, ABOUT, twice)
    with pytest.raises(RelabelsError, match="No such file"):
        relabelled(parts, ABOUT, tmp_path / "none.csv")
    one = written(tmp_path / "o.csv", (key, "cat", "dog"))
    with pytest.raises(RelabelsError, match="Received: a target of a number"):
        relabelled(parts, {"source": "made"}, one)
    with pytest.raises(RelabelsError, match="Received: a target of several outputs"):
        relabelled(parts, {"output_classes": {"a": ["b"]}}, one)


def settings(**data):
    return load({"source": "digits", **data}, DataSettings).settings


def test_a_recipes_splits_stay_the_same_examples_and_the_report_tells(workshop):
    """A label decides which stratum balances a split: it must not move an example."""
    _, before, plain = settings().load()
    dev = before["dev"]
    labels = dev.rows["label"]
    rows = [(dev.keys[i], str(labels[i]), str((labels[i] + 1) % 10)) for i in range(9)]
    written(workshop / "fixes.csv", *rows)
    _, after, report = settings(relabels="fixes.csv").load()
    for name, part in before.items():
        assert np.array_equal(part.keys, after[name].keys)
    assert (after["dev"].rows["label"] != dev.rows["label"]).sum() == 9
    assert np.array_equal(after["train"].rows["label"], before["train"].rows["label"])
    assert report.relabels.total == 9
    assert "9 labels are not those of the data but of fixes.csv: 9 in dev." in report.warnings
    assert report.hashes["dev"] != plain.hashes["dev"]  # a run that goes on sees the change
    assert report.hashes["train"] == plain.hashes["train"]
    assert report.counts == plain.counts
    assert report.classes["dev"] != plain.classes["dev"]


def test_a_recipe_that_names_a_wrong_file_is_refused_at_its_key(workshop):
    from dlsuite import experiment
    from dlsuite.recipe import RecipeError
    from pipelines import image_classification

    recipe = {"data": {"source": "digits", "relabels": "none.csv"}, "model": "mlp"}
    with pytest.raises(RecipeError, match=r"data\.relabels: none\.csv cannot be read"):
        experiment.plan(image_classification.pipeline, recipe)
