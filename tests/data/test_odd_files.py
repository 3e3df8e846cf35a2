"""Odd, broken and hostile data files: each is read as stated, or refused in words that name it."""

import os
import random
import re
import warnings
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlsuite.data import DataError
from dlsuite.data.sources import image_folder
from dlsuite.recipe import load
from tests.data.broken_files import WHOLE, broken, read_whole
from tests.data.odd_files import every

ODD = {odd.name: odd for odd in every()}


def loaded(odd, folder):
    """The collection, the parts and the report of an odd file."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")  # of zipfile, while it writes
        recipe = odd.recipe(folder)
    application = import_module(f"pipelines.{odd.pipeline}").pipeline
    return load(recipe, application.settings).settings.data.load()


def picture(name, folder, channels):
    """The pixels of an odd picture."""
    root = ODD[name].make(folder)
    collection = image_folder(str(root), channels=channels, cache=str(folder / "cache"))
    examples = collection.parts["all"]
    (place,) = (i for i, path in enumerate(examples.rows["path"]) if b"odd" in path.lower())
    return examples.read(place)["image"]


@pytest.mark.parametrize("odd", ODD.values(), ids=list(ODD))
def test_an_odd_file_is_read_or_refused_as_stated(tmp_path, odd):
    if not odd.refused:
        assert all(len(part) for part in loaded(odd, tmp_path)[1].values())
        return
    with pytest.raises(DataError) as error:
        loaded(odd, tmp_path)
    assert re.search(odd.refused, str(error.value), re.DOTALL), error.value


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("PNG of 16 bits", [[0, 1, 128, 255]]),
        ("TIFF of 16 bits", [[0, 1, 128, 255]]),
        ("PGM of 16 bits", [[0, 1, 128, 255]]),
        ("grey with transparency", [[10, 200]]),
        ("of 1 bit", [[255] * 3] * 2),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_grey_pixels_keep_their_upper_eight_bits(tmp_path, name, pixels, channels):
    found = picture(f"picture: {name}", tmp_path, channels)
    np.testing.assert_array_equal(found, np.repeat(np.array(pixels)[..., None], channels, -1))


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("colour PNG of 16 bits", [[[0, 1, 255], [128, 0, 3]]]),
        ("palette with transparency", [[[255, 0, 0], [0, 255, 0]]]),
        ("moving GIF", [[[255, 0, 0]] * 4] * 4),
        ("moving PNG", [[[255, 0, 0]] * 4] * 4),
        ("moving WebP", [[[255, 0, 0]] * 4] * 4),
    ],
)
def test_colours_are_those_of_the_first_picture_whatever_its_form(tmp_path, name, pixels):
    np.testing.assert_array_equal(picture(f"picture: {name}", tmp_path, 3), pixels)


def test_four_inks_become_the_colour_that_they_print(tmp_path):
    colour = picture("picture: in CMYK", tmp_path, 3)[3, 3].astype(int)
    assert np.abs(colour - [200, 30, 60]).max() <= 4
    grey = picture("picture: in CMYK", tmp_path, 1)[3, 3, 0]
    assert abs(grey - (0.299 * 200 + 0.587 * 30 + 0.114 * 60)) <= 4


def test_a_picture_that_a_tag_turns_is_read_as_it_lies(tmp_path):
    assert picture("picture: turned by a tag", tmp_path, 3).shape == (4, 2, 3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder: one class", "Every example has the class cat: there is nothing to learn"),
        ("folder: classes that differ in case", "'DOG' and 'dog' are different classes that are"),
        ("folder: equal pictures of two classes", r"1 example occurs with .*odd\\xe9.png"),
        ("folder: class in test alone", r"1 classes have no example in train: cow \(6 in all\)"),
        ("folder: class in train alone", r"1 classes have no example in test: dog \(6 in all\)"),
        ("table: one class", "Every example has the class yes"),
        ("table: one number as target", "Every example has the target 5"),
        ("table: classes of other case", "'Yes' and 'yes' are different classes"),
        ("table: thousands", "Column a is read as texts: .* '1,000', have marks between thousands"),
        ("table: numbers and words", "a is read as texts: 67% of its values .* and 'many' is none"),
        ("table: a class in test alone", r"1 classes have no example in train: perhaps \(1 in"),
        ("npz: one class", "Every example has the class 0"),
        ("idx: one class", "Every example has the class 0"),
    ],
)
def test_what_is_doubtful_in_the_targets_is_said(tmp_path, name, said):
    report = loaded(ODD[name], tmp_path)[2]
    assert re.search(said, "\n".join(report.warnings)), report.warnings


def test_spaces_around_a_class_are_not_part_of_it(tmp_path):
    assert loaded(ODD["table: classes of other spaces"], tmp_path)[0].about["class_names"] == [
        "no",
        "yes",
    ]


def test_formulas_stay_text(tmp_path):
    columns = loaded(ODD["table: formulas"], tmp_path)[0].parts["all"].rows["columns"]
    assert set(columns["a"]) == {"=cmd()|' /C calc'!A0", "@SUM(1)", "-x"}


@pytest.mark.parametrize(
    "name", ["UTF-8 with a mark", "line ends of Windows", "line ends of old Macs"]
)
def test_marks_and_line_ends_change_no_value(tmp_path, name):
    rows = loaded(ODD[f"table: {name}"], tmp_path)[0].parts["all"].rows["columns"]
    assert rows["a"].tolist() == list(range(30))
    assert rows["b"].tolist() == [i * 7 % 5 + 0.5 for i in range(30)]


@pytest.mark.parametrize("name", ["columns first in memory", "big-endian"])
def test_the_order_of_bytes_changes_no_number(tmp_path, name):
    from tests.data.odd_arrays import NUMBERS

    rows = loaded(ODD[f"npz: {name}"], tmp_path)[0].parts["all"].rows["columns"]
    np.testing.assert_array_equal(np.stack(list(rows.values()), axis=1), NUMBERS)


def test_what_was_refused_left_nothing_behind(tmp_path):
    for name in ("zip with ../x.png", "tar with /tmp/x.png", "zip bomb", "zip with a name twice"):
        folder = tmp_path / str(len(os.listdir(tmp_path)))
        with pytest.raises(DataError):
            loaded(ODD[f"archive: {name}"], folder)
        assert not [p for p in (folder / "cache/unpacked").iterdir() if p.is_dir()]
        assert not list(tmp_path.glob("x.png"))


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 2**32))
def test_a_file_broken_anywhere_is_read_or_refused_in_words(tmp_path_factory, name, seed):
    folder = tmp_path_factory.mktemp("broken")
    chance = random.Random(seed)
    try:
        read_whole(name, broken(WHOLE[name](), chance), folder, chance.choice((1, 3)))
    except DataError as error:
        said = str(error)
    else:
        return
    assert any(place in said for place in (str(folder), WHOLE[name].file, "cat/", "dog/")), said
