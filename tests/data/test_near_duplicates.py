"""Near-duplicates between splits: planted copies are found, unrelated examples are not."""

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from dlsuite.data import DataSettings, Examples
from dlsuite.data.checks import examine
from dlsuite.data.hashing import array_keys, column_keys
from dlsuite.data.near_duplicates import in_words, near_duplicates
from dlsuite.data.near_rows import normalized_text

KNOWN = 400


def scenes(count, side=32, channels=1, seed=0):
    """Pictures as photographs are: power falls with the square of frequency (Field 1987).

    Colours follow the light for the most part.
    """
    generator = np.random.default_rng(seed)
    down, across = np.meshgrid(*2 * [np.fft.fftfreq(side) * side], indexing="ij")
    falls = 1 / np.maximum(np.hypot(down, across), 1)
    light = generator.normal(size=(count, 1, side, side))
    noise = light + 0.25 * generator.normal(size=(count, channels, side, side))
    waves = np.fft.ifft2(np.fft.fft2(noise) * falls).real
    waves -= waves.mean(axis=(2, 3), keepdims=True)
    waves *= 40 / waves.std(axis=(2, 3), keepdims=True)
    return np.clip(waves + 110, 0, 255).astype(np.uint8).transpose(0, 2, 3, 1)


def examples(images):
    return Examples({"image": images}, array_keys(images))


def jpeg(picture, quality=75):
    file = io.BytesIO()
    Image.fromarray(np.squeeze(picture)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).reshape(picture.shape)


def brighter(picture):
    return np.clip(picture * 1.05, 0, 255).round().astype(np.uint8)


CHANGES = {
    "saved anew": jpeg,
    "one pixel to the right": lambda picture: np.roll(picture, 1, axis=1),
    "one pixel up and to the left": lambda picture: np.roll(picture, (-1, -1), axis=(0, 1)),
    "5 % brighter": brighter,
    "brighter and saved anew": lambda picture: jpeg(brighter(picture), 90),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("channels", [1, 3])
def test_planted_copies_are_found_and_nothing_else(change, channels):
    known = scenes(KNOWN, channels=channels)
    copies = np.stack([CHANGES[change](picture) for picture in known[:40]])
    others = scenes(100, channels=channels, seed=1)
    parts = {"train": examples(known), "test": examples(np.concatenate([copies, others]))}
    found = near_duplicates(parts)
    assert [pair.rows for pair in found] == [(row, row) for row in range(40)]
    assert {pair.parts for pair in found} == {("train", "test")}


def test_copies_are_found_among_thousands_of_digits_that_look_alike():
    digits = (load_digits().images * 15.9).astype(np.uint8)
    large = np.kron(digits, np.ones((4, 4), np.uint8))[..., None]  # 32 x 32
    copies = np.stack([jpeg(brighter(picture), 90) for picture in large[:60]])
    known, rest = examples(large[:1400]), large[1400:]
    planted = near_duplicates({"train": known, "dev": examples(copies)})
    assert [pair.rows for pair in planted] == [(row, row) for row in range(60)]
    # Digits of other writers: at most one in a hundred is said to be a copy.
    assert len(near_duplicates({"train": known, "dev": examples(rest)})) <= len(rest) / 100


def test_flat_pictures_are_not_copies_of_each_other():
    generator = np.random.default_rng(0)
    flat = np.full((40, 16, 16, 1), 128) + generator.integers(-1, 2, (40, 16, 16, 1))
    flat = flat.astype(np.uint8)
    assert near_duplicates({"train": examples(flat[:20]), "test": examples(flat[20:])}) == ()
    assert near_duplicates({"train": examples(flat), "test": examples(scenes(5, 16))}) == ()


def test_many_frames_of_one_scene_are_copies_although_none_stands_out():
    frames = np.repeat(scenes(1), 30, axis=0).astype(np.int64)
    frames += np.random.default_rng(0).integers(-1, 2, frames.shape)
    frames = np.clip(frames, 0, 255).astype(np.uint8)
    parts = {"train": examples(frames[:25]), "test": examples(frames[25:])}
    assert len(near_duplicates(parts)) == 5


def test_another_colour_is_another_picture():
    grey = scenes(20)[..., 0].astype(float) / 255
    red = np.stack([grey, 0.2 * grey, 0.2 * grey], axis=-1)
    blue = np.stack([0.2 * grey, 0.2 * grey, grey * 0.299 / 0.114], axis=-1)
    pair = [np.clip(255 * each, 0, 255).astype(np.uint8) for each in (red, blue)]
    assert near_duplicates({"train": examples(pair[0]), "test": examples(pair[1])}) == ()


def test_what_is_equal_to_the_bit_is_told_elsewhere():
    known = scenes(20)
    assert near_duplicates({"train": examples(known), "test": examples(known[:5])}) == ()


def test_pictures_of_other_sizes_and_of_files_are_compared(workshop):
    import tensorflow as tf

    large = scenes(12, side=96, channels=3)
    paths = []
    for row, picture in enumerate(large):
        small = Image.fromarray(picture).resize((72, 72)) if row % 2 else Image.fromarray(picture)
        paths.append(str(workshop / f"{row}.jpg"))
        small.save(paths[-1], quality=90)

    def decode(row):
        return {"image": tf.io.decode_jpeg(tf.io.read_file(row["path"]), channels=3)}

    keys = np.array([f"{row:032x}" for row in range(12)])
    files = Examples({"path": np.array(paths)}, keys, decode=decode)
    parts = {"train": examples(large), "test": files}
    found = near_duplicates(parts, sampled=True)
    assert [pair.rows for pair in found] == [(row, row) for row in range(12)]
    (told,) = in_words(found, parts)
    assert told.startswith("12 examples are nearly the same in train and test, as copies")
    assert "Such as train[0] = " in told
    assert "0.jpg" in told


def test_of_large_splits_a_run_looks_at_a_sample():
    known = scenes(3_000, side=16)
    copies = np.stack([brighter(picture) for picture in known])
    parts = {"train": examples(known), "test": examples(copies)}
    assert 1_900 <= len(near_duplicates(parts, sampled=True)) <= 2_000


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  Crème,  Brûlée! ", "crème brûlée"),
        ("cre\u0300me", "crème"),
        ("ＦＵＬＬ－width", "full width"),
        ("snake_case", "snake case"),
        ("STRASSE", "strasse"),
    ],
)
def test_texts_are_compared_without_what_a_copy_changes(text, same):
    assert normalized_text(text) == normalized_text(same) == same


def table(columns):
    return Examples({"columns": columns}, column_keys(list(columns.values())))


def rows_of(generator, count):
    return {
        "length": generator.normal(5, 1, count).astype(np.float32),
        "width": generator.exponential(size=count).astype(np.float32),
        "town": np.array([f"Town {n}" for n in generator.integers(50, size=count)], dtype=object),
    }


def test_rows_that_differ_by_rounding_and_spelling_are_found():
    generator = np.random.default_rng(0)
    known, others = rows_of(generator, 500), rows_of(generator, 100)
    copies = {
        "length": known["length"][:20] * np.float32(1 + 1e-7),
        "width": known["width"][:20],
        "town": np.array([f" {town.upper()}." for town in known["town"][:20]], dtype=object),
    }
    both = {name: np.concatenate([copies[name], others[name]]) for name in known}
    found = near_duplicates({"train": table(known), "dev": table(both)})
    assert [pair.rows for pair in found] == [(row, row) for row in range(20)]


def test_rows_of_one_number_meet_by_accident_and_nothing_is_said():
    generator = np.random.default_rng(0)
    known, asked = ({"x": generator.normal(size=count)} for count in (2_000, 500))
    assert near_duplicates({"train": table(known), "dev": table(asked)}) == ()


def test_long_texts_that_are_typed_anew_are_found():
    texts = [f"The quick brown fox number {n} jumps" for n in range(200)]
    known = {"text": np.array(texts[:100], dtype=object)}
    asked = {"text": np.array([texts[3].upper() + "!", *texts[150:]], dtype=object)}
    (pair,) = near_duplicates({"train": table(known), "dev": table(asked)})
    assert pair.rows == (3, 0)


def test_examples_of_neither_kind_are_not_compared():
    numbers = Examples({"x": np.arange(5)}, array_keys(np.arange(5)))
    assert near_duplicates({"train": numbers, "dev": numbers}) == ()


def test_a_check_of_data_lists_them_and_shows_them(workshop):
    from dlsuite.experiment.data_check import write_pages

    colours = scenes(24, side=48, channels=3)
    for row, picture in enumerate(colours):
        for part, kept in (("train", row < 20), ("test", row >= 20 or row < 2)):
            if kept:
                place = workshop / "pictures" / part / "ab"[row % 2] / f"{row}.jpg"
                place.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(place, quality=95 if part == "train" else 80)
    source = {"type": "image_folder", "path": str(workshop / "pictures")}
    found = examine(DataSettings(source=source, split={"train": 0.8, "dev": 0.2}))
    assert found.clean
    planted = {"0.jpg", "1.jpg"}
    told = [item.message for item in found.findings if "nearly the same" in item.message]
    assert sum(text.count(" = ") for text in told) == 2
    assert all(name in " ".join(told) for name in planted)
    assert len(found.to_dict()["near_duplicates"]) == 2
    names = [path.name for path in write_pages(found, workshop / "report")]
    assert {"near_duplicates.png", "near_duplicates.csv"} <= set(names)
    lines = (workshop / "report" / "near_duplicates.csv").read_text().splitlines()
    assert lines[0] == "split,key,of_split,of_key"
    assert len(lines) == 3
