"""What drafts choose: sizes, batches, epochs, augmentation, splits by counts alone."""

import pytest

from dlsuite.drafting.lines import (
    Division,
    bad_words,
    batch_of,
    class_words,
    imbalance,
    size_words,
)
from dlsuite.drafting.picture_choices import PictureChoices
from dlsuite.drafting.picture_draft import picture_draft
from dlsuite.survey.picture_sample import Range
from dlsuite.survey.picture_survey import PictureSurvey


def survey(height=(64, 64, 64), width=(64, 64, 64), classes=(100, 100), **facts):
    """Colour photographs of two classes unless told otherwise."""
    high, wide = Range(*height), Range(*width)
    middle = high.median / wide.median
    names = facts.pop("names", [f"class {number}" for number in range(len(classes))])
    known = {
        "source": "image_folder",
        "path": "pets",
        "counts": {"all": dict(zip(names, classes, strict=True))},
        "total": sum(classes),
        "sampled": 20,
        "aspects": (middle, middle, middle),
        "coloured": 1.0,
    }
    return PictureSurvey(height=high, width=wide, **(known | facts))


@pytest.mark.parametrize(
    ("height", "width", "count", "model", "size"),
    [
        (28, 28, 500, "lenet5", (28, 28)),  # as they are
        (32, 40, 500, "lenet5", (32, 40)),
        (8, 8, 500, "mlp", (8, 8)),
        (20, 20, 500, "lenet5", (28, 28)),  # enlarged as little as LeNet-5 can take
        (300, 300, 500, "lenet5", (48, 48)),
        (300, 300, 5_000, "lenet5", (64, 64)),
        (300, 300, 50_000, "lenet5", (96, 96)),
        (50, 50, 50_000, "lenet5", (48, 48)),  # never enlarged, in steps of four
        (320, 240, 500, "lenet5", (64, 48)),  # upright
        (100, 400, 500, "lenet5", (48, 96)),  # no longer than twice
        (110, 100, 500, "lenet5", (48, 48)),  # nearly square
    ],
)
def test_the_model_and_its_size_suit_pictures_and_counts(height, width, count, model, size):
    pictures = survey((height,) * 3, (width,) * 3, (count, count))
    choices = PictureChoices(pictures)
    assert (choices.model, choices.size) == (model, size)


def test_pictures_upright_and_lying_are_seen_in_a_square():
    mixed = survey((200, 240, 320), (200, 320, 320), aspects=(0.75, 0.8, 1.3))
    assert PictureChoices(mixed).size == (48, 48)


@pytest.mark.parametrize(
    ("facts", "layers", "why"),
    [
        ({}, ["RandomFlip", "RandomTranslation"], ""),
        ({"names": ["a", "b"]}, ["RandomTranslation"], "look like characters"),
        ({"names": ["turn_left", "turn_right"]}, ["RandomTranslation"], "left from right"),
        ({"coloured": 0.0}, ["RandomFlip", "RandomTranslation"], ""),
        ({"coloured": 0.0, "height": (28,) * 3}, ["RandomTranslation"], "small grey pictures"),
    ],
)
def test_only_what_may_be_mirrored_is(facts, layers, why):
    choices = PictureChoices(survey(**facts))
    assert [layer["type"] for layer in choices.layers] == layers
    assert why in choices.mirrors


def test_much_data_is_not_augmented_not_kept_and_passed_over_less_often(monkeypatch):
    few, many = PictureChoices(survey()), PictureChoices(survey(classes=(300_000, 300_000)))
    assert few.augmented
    assert few.cached
    assert not many.augmented
    assert not many.cached
    assert few.epochs > many.epochs
    assert few.dropout > many.dropout
    assert few.seconds < many.seconds
    lines = {line.key: line for line in picture_draft("p", many.survey).lines}
    assert not lines["data.augment"].active
    assert not lines["data.cache"].active
    assert lines["data.cache"].value == "disk"


@pytest.mark.parametrize(
    ("train", "size"), [(10, 8), (383, 8), (384, 16), (1_000, 32), (10**6, 128)]
)
def test_a_batch_leaves_an_epoch_its_steps(train, size):
    assert batch_of(train, 8, 128) == size


@pytest.mark.parametrize(
    ("given", "folds", "value", "counts"),
    [
        ({"all": 100}, 0, {"train": 0.7, "dev": 0.15, "test": 0.15}, (70, 15, 15)),
        ({"all": 10}, 0, "auto", (6, 2, 2)),
        ({"all": 10_000}, 0, "auto", (6_000, 2_000, 2_000)),
        ({"all": 100}, 5, {"train": 0.7, "dev": 0.15, "test": 0.15}, (66, 14, 20)),
        ({"train": 80, "test": 20}, 0, "auto", (60, 20, 20)),
        ({"train": 80, "dev": 20}, 0, "auto", (80, 20, None)),
    ],
)
def test_given_parts_stay_and_little_data_is_learned_from_more(given, folds, value, counts):
    division = Division.of(given, folds)
    line = division.line("rows")
    assert line.value == value
    assert (division.counts["train"], division.counts["dev"], division.counts.get("test")) == counts
    assert ("come divided" in line.why) == ("all" not in given)
    assert ("no test part" in line.why) == ("all" not in given and "test" not in given)


def test_groups_are_not_cut():
    line = Division.of({"all": 100}).line("rows", "patient")
    assert line.value["by"] == "group"
    assert "one patient" in line.why


def test_classes_in_words_end_with_what_chance_reaches():
    assert class_words({"a": 3, "b": 1}).startswith(
        "a (3), b (1). Always answering a is right for 75%"
    )
    assert class_words({str(k): 5 for k in range(20)}).startswith("20 classes of 5 each. Always")
    many = class_words({f"c{k}": 5 + k for k in range(20)})
    assert many.startswith("20 classes, from c0 with 5 to c19 with 24. Always")
    assert imbalance({"a": 9, "b": 0}) == 9


def test_bad_examples_are_counted_and_named():
    few = [{"path": "a.jpg", "reason": "empty"}, {"path": "b.jpg", "reason": "damaged: x"}]
    assert bad_words(few, 20, "files") == (
        "2 of 20 files cannot be used and are left out: a.jpg (empty); b.jpg (damaged: x)."
    )
    rows = [{"path": f"t.csv:{n}", "reason": "age is missing"} for n in range(7)]
    assert "t.csv:0, t.csv:1, t.csv:2 and 4 more (age is missing)." in bad_words(rows, 9, "rows")
    odd = [{"path": f"{n}", "reason": f"r{n}"} for n in range(7)]
    assert bad_words(odd, 9, "rows").endswith("4 (r4); and 2 other reasons.")
    assert "Classes without an example are left out: x." in bad_words((), 9, "files", ["x"])


def test_sizes_in_words():
    assert [size_words(n) for n in (1, 31e6, 2.5e9)] == ["1 MB", "31 MB", "2.5 GB"]


def lines_of(pictures):
    return {line.key: line for line in picture_draft("image_classification", pictures).lines}


def test_reasons_say_what_was_found():
    plain = lines_of(survey())
    assert plain["data.image_size"].why.startswith("They are 64 pixels high and 64 wide")
    differ = survey((20, 64, 90), (64, 64, 64), (5_000, 5_000), sampled=200)
    assert "20 to 90 pixels high (median 64)" in lines_of(differ)["data.image_size"].why
    assert "by 200 of them" in lines_of(differ)["data.image_size"].why
    small = lines_of(survey((20,) * 3, (20,) * 3))
    assert "at least 28, so they are enlarged" in small["data.image_size"].why
    tiny = lines_of(survey((8,) * 3, (8,) * 3))
    assert tiny["model"].value["type"] == "mlp"
    grey = lines_of(survey(coloured=0.0))
    assert grey["data.source"].value["channels"] == 1
    some = lines_of(survey(coloured=0.8))
    assert "20% of them are grey" in some["data.source"].why
    uneven = lines_of(survey(classes=(400, 40)))
    assert uneven["training"].value["class_weight"] == "balanced"
    assert uneven["evaluation"].value == {"optimize": "f1_macro"}
    assert "10 times as frequent" in uneven["training"].why


def test_notes_tell_what_cannot_wait():
    draft = picture_draft(
        "p",
        survey(
            checked=False,
            sampled=20,
            total=9_000,
            bad=({"path": "a.jpg", "reason": "empty"},),
            repeated=2,
            shared={"train & test": 1},
            lying=3,
        ),
    )
    said = " ".join(draft.notes)
    for words in ("1 of 21 files", "21 of 9,000 files", "lies in both train and test", "tag that"):
        assert words in said
    assert "2 pictures are equal to another one" in said
    arrays = lines_of(survey(source="idx"))
    assert "data.cache" not in arrays
