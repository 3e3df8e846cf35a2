"""Image folders: layouts, every file form, and damaged files by name."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlsuite.data import DataError, evaluation_batches, feed, split, training_batches
from dlsuite.data.hashing import content_key
from dlsuite.data.image_files import check_files
from dlsuite.data.picture_bytes import FOUR_INKS, SIMPLE
from dlsuite.data.sources import image_folder


def picture(seed: int = 0, size: tuple[int, int] = (9, 7), mode: str = "RGB") -> Image.Image:
    shape = (size[1], size[0], 3) if mode == "RGB" else (size[1], size[0])
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))


def contents(image: Image.Image, form: str = "PNG", **choices) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **choices)
    return file.getvalue()


def write(folder: Path, names: dict[str, bytes] | list[str]) -> Path:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(names[name] if isinstance(names, dict) else contents(picture(number)))
    return folder


@pytest.fixture
def load(tmp_path):
    """`image_folder` with a cache of its own."""

    def call(path, **choices):
        return image_folder(str(path), cache=str(tmp_path / "cache"), **choices)

    return call


def test_folders_are_classes_in_alphabetical_order(tmp_path, load):
    data = write(tmp_path / "data", ["bee/1.png", "ant/1.png", "ant/deep/2.png", "ant/notes.txt"])
    collection = load(data)
    examples = collection.parts["all"]
    assert collection.about["class_names"] == ["ant", "bee"]
    assert examples.rows["path"].tolist() == [b"ant/1.png", b"ant/deep/2.png", b"bee/1.png"]
    assert examples.rows["label"].tolist() == examples.strata.tolist() == [0, 0, 1]
    assert examples.read(2)["label"] == 1
    np.testing.assert_array_equal(examples.read(2)["image"], np.asarray(picture(0)))


def test_keys_are_those_of_the_files_bytes(tmp_path, load):
    data = write(tmp_path / "data", ["ant/1.png", "bee/1.png"])
    keys = load(data).parts["all"].keys
    assert keys[0] == content_key((data / "ant/1.png").read_bytes())


@pytest.mark.parametrize("name", ["dev", "val", "valid", "validation"])
def test_part_folders_are_given_splits(tmp_path, load, name):
    names = ["train/ant/1.png", "train/bee/2.png", f"{name}/ant/3.png", "test/bee/4.png"]
    collection = load(write(tmp_path / "data", names))
    labels = {part: e.rows["label"].tolist() for part, e in collection.parts.items()}
    assert labels == {"train": [0, 1], "dev": [0], "test": [1]}
    assert list(labels) == ["train", "dev", "test"]


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_a_set_that_is_compared_by_its_val_has_it_for_test(tmp_path, load, name):
    names = [f"train/{kind}/{n}.png" for kind in ("ant", "bee") for n in range(4)]
    data = write(tmp_path / "data", [*names, f"{name}/ant/8.png"])
    collection = load(data, val="test")
    assert {part: len(e) for part, e in collection.parts.items()} == {"train": 8, "test": 1}
    parts, _ = split(collection, ratios={"train": 0.75, "dev": 0.25})
    assert {part: len(e) for part, e in parts.items()} == {"train": 6, "dev": 2, "test": 1}


def test_train_alone_is_to_be_divided(tmp_path, load):
    collection = load(write(tmp_path / "data", ["train/ant/1.png", "train/bee/2.png"]))
    assert list(collection.parts) == ["all"]
    assert collection.parts["all"].read(0)["image"].shape == (7, 9, 3)


def test_a_class_may_be_called_train(tmp_path, load):
    collection = load(write(tmp_path / "data", ["car/1.png", "train/1.png"]))
    assert collection.about["class_names"] == ["car", "train"]


def test_an_archive_is_read_like_its_folder(tmp_path, load):
    data = write(tmp_path / "data", ["outer/inner/ant/1.png", "outer/inner/bee/2.png"])
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
        for file in sorted(data.rglob("*.png")):
            archive.write(file, file.relative_to(data))
        archive.writestr("__MACOSX/outer/._1.png", b"")
    unzipped, folder = load(tmp_path / "data.zip"), load(data)
    assert unzipped.about["class_names"] == ["ant", "bee"]
    assert unzipped.parts["all"].keys.tolist() == folder.parts["all"].keys.tolist()


def test_a_folder_may_hold_the_archive_alone(tmp_path, load):
    data = write(tmp_path / "data", ["ant/1.png", "bee/2.png"])
    place = tmp_path / "pets"
    place.mkdir()
    (place / "README.md").write_text("two pets")
    for name in ("pets.zip", "more.zip"):
        with zipfile.ZipFile(place / name, "w") as archive:
            for file in sorted(data.rglob("*.png")):
                archive.write(file, file.relative_to(data))
        if name == "pets.zip":
            assert load(place).about["class_names"] == ["ant", "bee"]
    with pytest.raises(DataError, match=r"must hold one, .* with more\.zip, pets\.zip"):
        load(place)


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_form_is_read_in_grey_and_colour(tmp_path, load, form, channels):
    grey = picture(mode="L")
    choices = {"lossless": True} if form == "WEBP" else {}
    data = write(tmp_path / "data", {f"a/1.{form.lower()}": contents(grey, form, **choices)})
    image = load(data, channels=channels).parts["all"].read(0)["image"]
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.repeat(np.asarray(grey)[..., None], channels, -1))


@pytest.mark.parametrize("form", ["PNG", "BMP"])
def test_colour_becomes_grey_by_the_luma_formula(tmp_path, load, form):
    data = write(tmp_path / "data", {f"a/1.{form.lower()}": contents(picture(), form)})
    image = load(data, channels=1).parts["all"].read(0)["image"]
    expected = np.asarray(picture(), float) @ [0.299, 0.587, 0.114]
    assert np.abs(image[..., 0] - expected).max() <= 1


def test_a_jpeg_is_read(tmp_path, load):
    smooth = Image.linear_gradient("L").resize((16, 16))
    data = write(tmp_path / "data", {"a/1.JPEG": contents(smooth, "JPEG", quality=95)})
    image = load(data, channels=1).parts["all"].read(0)["image"]
    # TensorFlow's fast cosine transform is off by 5 here, Pillow's exact one by 1.
    assert np.abs(image[..., 0].astype(int) - np.asarray(smooth)).max() < 8


def test_the_ending_need_not_tell_the_form(tmp_path, load):
    data = write(tmp_path / "data", {"a/1.jpg": contents(picture(), "BMP")})
    np.testing.assert_array_equal(load(data).parts["all"].read(0)["image"], np.asarray(picture()))


def test_images_of_unequal_size_are_fed_after_resizing(tmp_path, load):
    import tensorflow as tf

    files = {f"a/{i}.png": contents(picture(i, (5 + i, 9 - i))) for i in range(4)}
    files["b/0.pgm"] = contents(picture(9, (4, 4), "L"), "PPM")
    examples = load(write(tmp_path / "data", files)).parts["all"]

    def encode(raw):
        return tf.image.resize(raw["image"], [6, 6]), raw["label"]

    fed = training_batches(examples, encode, batch_size=2, seed=0, epochs=1)
    assert [x.shape for x, _ in fed.dataset] == [(2, 6, 6, 3), (2, 6, 6, 3), (1, 6, 6, 3)]
    labels = [y.numpy().tolist() for _, y in evaluation_batches(examples, encode, batch_size=3)]
    assert labels == [[0, 0, 0], [0, 1]]


def test_only_folders_of_jpeg_and_png_are_read_without_asking(tmp_path, load):
    jpeg, png = contents(picture(1), "JPEG"), contents(picture(2))
    data = write(tmp_path / "data", {"a/1.jpg": jpeg, "a/2.png": png})
    cache, names = tmp_path / "checks", ["a/1.jpg", "a/2.png"]
    found = check_files(data, names, cache, "header")
    assert found.forms.tolist() == ["JPEG", "PNG"]
    assert found.common.forms <= SIMPLE[1] == {"JPEG", "PNG"}
    inks = Image.new("CMYK", (9, 7), (10, 20, 30, 40))
    for odd, form in ((contents(inks, "JPEG"), FOUR_INKS), (contents(picture(3), "BMP"), "BMP")):
        (data / "a/3.jpg").write_bytes(odd)
        found = check_files(data, [*names, "a/3.jpg"], cache, "header")
        assert found.common.forms == {"JPEG", "PNG", form}
        assert (form in SIMPLE[3]) == (form == FOUR_INKS)
        assert (found.reasons == "").all()
        grey = load(data, channels=1).parts["all"]
        assert [grey.read(row)["image"].shape for row in range(3)] == [(7, 9, 1)] * 3


def test_images_of_one_size_are_encoded_a_batch_at_a_time(tmp_path, load, monkeypatch):
    files = {f"a/{i}.png": contents(picture(i, (8, 6))) for i in range(5)}
    data = write(tmp_path / "data", files)
    examples = load(data).parts["all"]
    seen = []

    def encode(raw):
        seen.append(raw["image"].shape)
        return raw["image"], raw["label"]

    def batches():
        seen.clear()
        fed = training_batches(examples, encode, batch_size=2, seed=0, epochs=1)
        return [x.numpy() for x, _ in fed.dataset]

    together = batches()
    assert {tuple(shape[1:]) for shape in seen} == {(6, 8, 3)}
    assert 1 not in {shape[0] for shape in seen}
    # Those of many bytes would fill the memory a raw batch at a time.
    monkeypatch.setattr(feed, "RAW_BATCH", 2 * 6 * 8 * 3)
    alone = batches()
    assert {shape[0] for shape in seen} == {1}
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_array_equal(one, other)
    # A later image of another size, and nothing is known of them any more.
    (data / "a/9.png").write_bytes(contents(picture(9, (4, 4))))
    examples = load(data).parts["all"]
    assert examples.decode({"path": b"a/9.png", "label": 0})["image"].shape == (4, 4, 3)


def damaged() -> dict[str, bytes]:
    jpeg, png = contents(picture(1, (64, 64)), "JPEG"), contents(picture(2))
    broken = bytearray(png)
    broken[60] ^= 255
    return {
        "a/cut.jpg": jpeg[: len(jpeg) // 2],
        "a/empty.png": b"",
        "a/flipped.png": bytes(broken),
        "a/good.png": png,
        "a/text.jpg": b"<html>not found</html>",
        "b/cut.pgm": contents(picture(3, (8, 8), "L"), "PPM")[:-9],
        "b/good.jpg": jpeg,
    }


def test_damaged_images_are_named_with_their_count(tmp_path, load):
    with pytest.raises(DataError) as error:
        load(write(tmp_path / "data", damaged()))
    lines = str(error.value).splitlines()
    assert lines[0].startswith("5 of 7 images cannot be used. `on_bad_example: skip`")
    assert lines[1] == "  a/cut.jpg: the JPEG ends before its end mark"
    assert lines[2] == "  a/empty.png: the file is empty"
    assert lines[3].startswith("  a/flipped.png: damaged: ")
    assert lines[4] == "  a/text.jpg: not an image; it begins with b'<html>no'"
    assert lines[5].startswith("  b/cut.pgm: damaged: ")


def test_damaged_images_are_left_out_when_they_may_be(tmp_path, load):
    collection = load(write(tmp_path / "data", damaged()), on_bad_example="skip")
    assert collection.parts["all"].rows["path"].tolist() == [b"a/good.png", b"b/good.jpg"]
    assert len(collection.about["bad_examples"]) == 5


def test_damage_inside_of_a_jpeg_is_found_by_decoding(tmp_path, load):
    jpeg = bytearray(contents(picture(1, (64, 64)), "JPEG"))
    start = jpeg.index(b"\xff\xc4")  # the tables of the Huffman code
    jpeg[start + 5 : start + 21] = b"\xff" * 16
    data = write(tmp_path / "data", {"a/1.jpg": bytes(jpeg), "a/2.png": contents(picture())})
    assert len(load(data, verify="header").parts["all"]) == 2
    with pytest.raises(DataError, match="1 of 2 images") as error:
        load(data)
    expected = "  a/1.jpg: damaged: jpeg::Uncompress failed. Invalid JPEG data or crop window."
    assert str(error.value).splitlines()[1:] == [expected]


def test_many_damaged_images_are_counted_not_listed(tmp_path, load):
    files = {f"a/{i:02d}.png": b"" for i in range(12)} | {"a/good.png": contents(picture())}
    with pytest.raises(DataError, match="12 of 13 images") as error:
        load(write(tmp_path / "data", files))
    assert str(error.value).splitlines()[-1] == "  and 2 more"


def test_nothing_but_damaged_images_is_an_error_even_when_skipping(tmp_path, load):
    with pytest.raises(DataError, match=r"1 of 1 images cannot be used. None is left."):
        load(write(tmp_path / "data", {"a/1.png": b""}), on_bad_example="skip")


def test_empty_classes_are_named_with_counts(tmp_path, load):
    data = write(tmp_path / "data", ["ant/1.png", "bee/1.png"])
    (data / "cat").mkdir()
    with pytest.raises(DataError, match=r"1 of 3 have none, cat. Received: ant 1, bee 1, cat 0."):
        load(data)
    assert load(data, on_bad_example="skip").about["class_names"] == ["ant", "bee"]


def test_a_class_whose_images_are_all_damaged_is_left_out_with_them(tmp_path, load):
    data = write(tmp_path / "data", {"ant/1.png": b"", "bee/1.png": contents(picture())})
    collection = load(data, on_bad_example="skip")
    assert collection.about["class_names"] == ["bee"]
    assert collection.parts["all"].rows["label"].tolist() == [0]


def test_what_was_checked_is_remembered_until_a_file_changes(tmp_path):
    data = write(tmp_path / "data", ["a/1.png", "a/2.png"])
    names = ["a/1.png", "a/2.png"]
    first = check_files(data, names, tmp_path / "cache", "header")
    (index,) = (tmp_path / "cache/index").iterdir()
    written = index.stat().st_mtime_ns
    again = check_files(data, names, tmp_path / "cache", "header")
    assert index.stat().st_mtime_ns == written
    assert again.keys.tolist() == first.keys.tolist()
    (data / "a/2.png").write_bytes(b"")
    changed = check_files(data, names, tmp_path / "cache", "header")
    assert changed.keys[0] == first.keys[0]
    assert changed.reasons.tolist() == ["", "the file is empty"]
    assert first.sizes.tolist() == again.sizes.tolist() == [[7, 9], [7, 9]]
    assert changed.sizes.tolist() == [[7, 9], [0, 0]]
    assert first.common == changed.common == ((7, 9), {"PNG"})


def test_groups_come_from_the_path(tmp_path, load):
    names = [
        f"train/{c}/{p}_{i}.png" for c in "ab" for p in ("ann", "bob", "eve") for i in range(2)
    ]
    collection = load(write(tmp_path / "data", names), groups=r"/(\w+)_")
    assert sorted(set(collection.parts["all"].groups)) == ["ann", "bob", "eve"]
    parts, report = split(collection, by="group")
    assert {name: len(part) for name, part in parts.items()} == {"train": 4, "dev": 4, "test": 4}
    assert report.disjoint


def test_groups_may_be_the_class(tmp_path, load):
    collection = load(write(tmp_path / "data", ["a/1.png", "b/1.png"]), groups="^([^/]+)/")
    assert collection.parts["all"].groups.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "must be a regular expression. Received: '\\('"),
        ("a", "must have a bracket for the group"),
        ("(x+)", "does not match 1 of 1, such as a/1.png"),
    ],
)
def test_patterns_that_give_no_group_are_refused(tmp_path, load, pattern, message):
    with pytest.raises(ValueError, match=message):
        load(write(tmp_path / "data", ["a/1.png"]), groups=pattern)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["1.png", "2.png"], "must be in CLASS/… .* with 1.png, 2.png"),
        (["a/notes.txt"], "must be in CLASS/…"),
        (["train/a/1.png", "val/a/1.png", "dev/a/1.png"], "may come once. Received: dev and val"),
        (["val/a/1.png", "test/a/1.png"], "Part folders must be `train` with any of"),
        (["train/a/1.png", "extra/a/1.png"], "without others beside them.*: extra, train"),
    ],
)
def test_layouts_that_are_none_are_refused(tmp_path, load, names, message):
    with pytest.raises(DataError, match=message):
        load(write(tmp_path / "data", names))


def test_an_empty_folder_is_said_to_be_empty(tmp_path, load):
    (tmp_path / "data").mkdir()
    with pytest.raises(DataError, match="data, which is empty"):
        load(tmp_path / "data")


def test_what_is_no_folder_is_refused(tmp_path, load):
    (tmp_path / "file.rar").touch()
    with pytest.raises(DataError, match=r"file.rar, a file of another kind"):
        load(tmp_path / "file.rar")
    with pytest.raises(DataError, match="nowhere, nothing there"):
        load(tmp_path / "nowhere")
