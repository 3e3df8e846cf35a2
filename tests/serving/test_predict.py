"""Files become a table of answers, and what cannot be answered is named in it."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import tensorflow as tf
from PIL import Image

from dlsuite.serving import answer

IMAGE_COLUMNS = ["file", "class_name", "probability", "top_2", "top_2_probability"]
IMAGE_COLUMNS += ["top_3", "top_3_probability", "error"]
NAMES = np.array(["zero", "one", "two"])


def save(folder: Path, name: str, pixels: np.ndarray, **options: Any) -> Path:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.squeeze()).save(place, **options)
    return place


def best(served: Any, row: int) -> tuple[str, float]:
    probabilities = served.expected["probabilities"][row]
    return str(NAMES[probabilities.argmax()]), pytest.approx(probabilities.max(), abs=1e-5)


def test_pictures_of_unequal_sizes_get_their_classes(grey: Any, tmp_path: Path) -> None:
    rows = [0, 70, 71]
    for row in rows:
        save(tmp_path, f"{row:02}.png", grey.examples[row]["image"])
    (tmp_path / "notes.txt").write_text("no picture")
    table = answer(grey.folder, tmp_path, batch_size=2)
    assert list(table.columns) == IMAGE_COLUMNS
    assert table["file"].tolist() == [str(tmp_path / f"{row:02}.png") for row in rows]
    for place, row in enumerate(rows):
        assert (table["class_name"][place], table["probability"][place]) == best(grey, row)
        order = grey.expected["probabilities"][row].argsort()[::-1]
        assert table.loc[place, ["class_name", "top_2", "top_3"]].tolist() == list(NAMES[order])
    sums = table[["probability", "top_2_probability", "top_3_probability"]].sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-5)
    assert table["error"].tolist() == [""] * 3
    assert table.attrs["notes"] == []


@pytest.mark.parametrize("form", ["bmp", "gif", "webp", "tiff", "pgm"])
def test_formats_that_tensorflow_does_not_decode_to_grey_are_converted(
    grey: Any, tmp_path: Path, form: str
) -> None:
    options = {"lossless": True} if form == "webp" else {}
    place = save(tmp_path, f"a.{form}", grey.examples[70]["image"], **options)
    table = answer(grey.exported.path, place, top=1)
    assert (table["class_name"][0], table["probability"][0]) == best(grey, 70)
    assert list(table.columns) == ["file", "class_name", "probability", "error"]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "CMYK", "I;16"])
def test_pictures_of_any_mode_are_answered(
    grey: Any, colour: Any, tmp_path: Path, mode: str
) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.arange(0, 60000, 1000, dtype="uint16").reshape(6, 10))
    else:
        pixels = colour.examples[0]["image"]
        picture = Image.fromarray(pixels).convert(mode)
    name = "a.jpg" if mode == "CMYK" else "a.png"
    picture.save(tmp_path / name)
    for served in (grey, colour):
        table = answer(served.folder, [tmp_path / name])
        assert table["error"][0] == ""
        assert 1 / 3 <= table["probability"][0] <= 1


def test_unreadable_pictures_do_not_cost_the_others_their_answer(grey: Any, tmp_path: Path) -> None:
    good = save(tmp_path, "good.png", grey.examples[0]["image"])
    files = {
        "empty.png": b"",
        "half.png": good.read_bytes()[:60],
        "text.png": b"not a picture",
        "wrong.png": b"\x89PNG\r\n\x1a\n and then nothing of the kind",
        "strange.bmp": b"BM" + b"\x00" * 60,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    table = answer(grey.folder, tmp_path).set_index("file")
    table.index = [Path(file).name for file in table.index]
    assert table.loc["good.png", "class_name"] == best(grey, 0)[0]
    assert table.loc["good.png", "error"] == ""
    assert table.loc["empty.png", "error"] == "the file is empty"
    assert table.loc["text.png", "error"].startswith("not an image; it begins with")
    broken = table.drop("good.png")
    assert all(broken["error"])
    assert broken["class_name"].isna().all()
    only = answer(grey.folder, tmp_path / "empty.png")
    assert list(only.columns) == IMAGE_COLUMNS


def test_a_picture_too_large_to_be_true_is_named(
    grey: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlsuite.data.picture_bytes.MOST_PIXELS", 1)
    bomb = save(tmp_path, "bomb.bmp", grey.examples[0]["image"])
    assert "at most 1 are decoded" in answer(grey.folder, bomb)["error"][0]


def test_arrays_go_in_by_name_and_outputs_come_out_by_name(mixer: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "in.npz", x=[[1, 2], [3, 4], [5, 6]], word=["a", "größer", "c"])
    table = answer(mixer, tmp_path / "in.npz", batch_size=2)
    columns = ["file", "row", "doubled", "probabilities", "tags", "total", "error"]
    assert list(table.columns) == columns
    assert table["total"].tolist() == [3.0, 7.0, 11.0]
    assert table["doubled"].tolist() == [[2.0, 4.0], [6.0, 8.0], [10.0, 12.0]]
    assert table["tags"][1] == ["größer", "größer"]
    assert table["probabilities"][0] == [[1.0], [2.0]]


def test_a_single_array_needs_no_name(grey: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", np.stack([grey.examples[row]["image"] for row in (0, 1)]))
    table = answer(grey.folder, tmp_path / "images.npy")
    assert [tuple(row) for row in table[["class_name", "probability"]].to_numpy()] == [
        best(grey, 0),
        best(grey, 1),
    ]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((2, 2))}, "must hold arrays named .*Missing: word"),
        ({"x": np.zeros((2, 3)), "word": ["a", "b"]}, r"`x` .* of shape \[None, 2\]\. Received"),
        ({"x": np.zeros((2, 2)), "word": [1, 2]}, "`word` .* must be string"),
        ({"x": np.array([["a", "b"]]), "word": ["a"]}, "`x` .* must be float32"),
        ({"x": np.zeros((2, 2)), "word": ["a"]}, "of one length, 1 at least"),
        ({"x": np.zeros((0, 2)), "word": np.zeros(0, "U1")}, "of one length, 1 at least"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    mixer: Path, tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    np.savez(tmp_path / "in.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        answer(mixer, tmp_path / "in.npz")


@pytest.mark.parametrize("data", [b"", b"no arrays", b"\x80\x04N."])
def test_a_file_without_arrays_is_refused(mixer: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.npz").write_bytes(data)
    with pytest.raises(ValueError, match="must be a NumPy file"):
        answer(mixer, tmp_path / "in.npz")


def test_questions_of_another_kind_are_refused(
    grey: Any, wines: Any, mixer: Path, tmp_path: Path
) -> None:
    picture = save(tmp_path, "a.png", grey.examples[0]["image"])
    table = tmp_path / "a.csv"
    table.write_text("x,word\n1,a\n")
    with pytest.raises(
        ValueError, match=r"one kind\. Received: pictures \(a\.png\), tables \(a\.csv"
    ):
        answer(grey.folder, [picture, table])
    columns = r"must be tables \(\.csv, \.tsv, \S+ \S+\) with the columns alcohol, .*, or arrays"
    with pytest.raises(ValueError, match=rf"{columns}.* Received: .*a\.png, no table and no file"):
        answer(wines.folder, picture)
    with pytest.raises(ValueError, match=r"must be pictures.*Received: .*a\.csv, a table"):
        answer(grey.folder, table)
    with pytest.raises(ValueError, match=r"must be arrays .* x: float32 \[None, 2\].*a\.csv"):
        answer(mixer, table)
    with pytest.raises(ValueError, match=r"answers the signatures \['serving_default'\]"):
        answer(mixer, table, signature="encode")


def test_files_that_are_not_there_are_named(grey: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"Received: .*nowhere\.png"):
        answer(grey.folder, [tmp_path, tmp_path / "nowhere.png"])
    with pytest.raises(FileNotFoundError, match="Received: None"):
        answer(grey.folder, [])
    with pytest.raises(FileNotFoundError, match=r"must hold files that end in \.bmp"):
        answer(grey.folder, tmp_path)
    with pytest.raises(FileNotFoundError, match="An export is a folder"):
        answer(tmp_path, tmp_path)


def test_an_export_of_another_tool_answers_too(tmp_path: Path) -> None:
    module = tf.Module()
    function = tf.function(
        lambda a: {"probabilities": tf.stack([a, 1 - a], axis=1)},
        input_signature=[tf.TensorSpec((None,), tf.float32, name="a")],
    )
    tf.saved_model.save(module, str(tmp_path / "model"), signatures={"serving_default": function})
    (tmp_path / "a.csv").write_text("a\n0.25\n0.75\nNA\n")
    table = answer(tmp_path / "model", tmp_path / "a.csv")
    assert table["class_name"].tolist()[:2] == ["1", "0"]  # no names are known
    assert table["probability"].tolist()[:2] == [0.75, 0.75]
    assert table["error"].tolist() == ["", "", "the answer is not finite"]


def test_answers_read_back_from_csv(grey: Any, tmp_path: Path) -> None:
    place = save(tmp_path, "a.png", grey.examples[0]["image"])
    answers = answer(grey.folder, place)
    text = answers.to_csv(index=False)
    back = pandas.read_csv(io.StringIO(text), keep_default_na=False)
    assert back["class_name"].tolist() == answers["class_name"].tolist()
