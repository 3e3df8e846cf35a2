"""Recipes as text: positions, YAML 1.2, environment variables, where files are found."""

from pathlib import Path

import pytest

from dlsuite.recipe import Document, RecipeError, read
from dlsuite.recipe.syntax import MAX_VALUES, parse
from dlsuite.recipe.yaml_errors import Unreadable


def test_positions_point_at_keys_and_values() -> None:
    text = "data:\n  split: {train: 0.8}\n  augment:\n  - one\n  -   two\n  empty:\n"
    marks = parse(text).marks
    assert marks["data",] == ((1, 1), (2, 3))
    assert marks["data", "split", "train"] == ((2, 11), (2, 18))
    assert marks["data", "augment", 1] == ((5, 7), (5, 7))
    assert marks["data", "empty"] == ((6, 3), (6, 3))  # nothing stands there: its key does


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3e-4", 3e-4),
        ("no", "no"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("+3", 3),
        (".5", 0.5),
        ("~", None),
        ("True", True),
        ("'3'", "3"),
        ("!!str 3", "3"),
        ("!!float 3", 3.0),
        ("2026-01-01", "2026-01-01"),
        ("=", "="),
    ],
)
def test_scalars_are_yaml_1_2(text: str, value: object) -> None:
    found = parse(f"key: {text}").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_anchors_and_merges_are_values_with_the_position_of_their_text() -> None:
    found = parse("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\nd: {<<: [*a, {z: 4}], x: 0}\n")
    assert found.value["b"] == {"x": 1, "y": 3}
    assert found.value["c"] == {"x": 1, "y": 2}
    assert found.value["d"] == {"x": 0, "y": 2, "z": 4}
    assert found.marks["b", "x"] == ((1, 8), (1, 11))
    assert found.marks["b", "y"] == ((4, 3), (4, 6))


def test_keys_may_be_whole_numbers_and_other_scalars_are_texts() -> None:
    assert parse("{0: a, -1: b, 1.5: c, true: d, ~: e}").value == {
        0: "a",
        -1: "b",
        "1.5": "c",
        "true": "d",
        "~": "e",
    }


def test_anchors_cannot_multiply_a_file_without_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(Unreadable, match=f"at most {MAX_VALUES:,} values"):
        parse("\n".join(lines))


def test_a_tower_of_brackets_is_refused() -> None:
    with pytest.raises(Unreadable, match="nested at most 100 deep"):
        parse("a: " + "[" * 400 + "]" * 400)


@pytest.mark.parametrize(
    ("text", "tag"),
    [("!!set {x}", "!!set"), ("!!binary aGk=", "!!binary"), ("!!omap [x: 1]", "!!omap")],
)
def test_types_beyond_plain_values_are_refused(text: str, tag: str) -> None:
    found = parse(f"a: {text}")
    assert found.problems == [
        (("a",), f"tags are not allowed, only plain values. Received: {tag}.", (1, 4))
    ]


def test_an_anchor_may_be_defined_anew() -> None:
    assert parse("a: &x 1\nb: &x 2\nc: *x").value == {"a": 1, "b": 2, "c": 2}


def test_yaml_that_nobody_foresaw_still_says_where() -> None:
    with pytest.raises(Unreadable, match="is not YAML") as caught:
        parse("a: 1\nb: !<tag: x\n")
    assert caught.value.mark[0] == 2


def test_environment_variables_stand_for_their_text(monkeypatch) -> None:
    monkeypatch.setenv("HERE", "/data")
    monkeypatch.setenv("COUNT", "3")
    found = parse('{a: ${HERE}/pets, b: ${COUNT}, c: "${COUNT}", d: $HOME, ${COUNT}: e}')
    assert found.value == {"a": "/data/pets", "b": 3, "c": "3", "d": "$HOME", 3: "e"}
    assert found.marks["b",] == ((1, 19), (1, 22))
    assert found.problems == []


def test_the_data_folder_need_not_be_named(monkeypatch) -> None:
    monkeypatch.delenv("DLSUITE_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/ann/share")
    assert parse("${DLSUITE_DATA}/pets").value == "/home/ann/share/dlsuite/pets"
    monkeypatch.setenv("DLSUITE_DATA", "/data")
    found = parse("{a: ${DLSUITE_DATA}/pets}")
    assert found.value == {"a": "/data/pets"}
    assert found.problems == []


def test_a_mapping_reads_like_the_file_it_could_be(monkeypatch) -> None:
    monkeypatch.setenv("HERE", "/data")
    monkeypatch.delenv("DLSUITE_NOT_SET", raising=False)
    document = read({"pipeline": "tiny", "data": {"paths": ("${HERE}/a", 3, "${DLSUITE_NOT_SET}")}})
    assert document.name == "tiny"
    assert document.tree["data"] == {"paths": ["/data/a", 3, "${DLSUITE_NOT_SET}"]}
    assert "${HERE}/a" in document.written
    assert [str(problem) for problem in document.problems] == [
        "recipe data.paths.2: the environment variable DLSUITE_NOT_SET is not set."
    ]


def test_a_document_is_read_once() -> None:
    document = read({"a": 1})
    assert read(document) is document


def test_files_and_shipped_recipes_are_found(folder: Path) -> None:
    shipped = folder / "shipped"
    shipped.mkdir()
    (shipped / "digits.yaml").write_text("a: shipped\n")
    (folder / "digits.yaml").write_text("\ufeffa: own\n", encoding="utf-8")
    assert read("digits", shipped).tree == {"a": "shipped"}
    assert read("digits", shipped).file == "digits.yaml"
    assert read("./digits.yaml", shipped).tree == {"a": "own"}
    assert read("./digits.yaml", shipped).file == "./digits.yaml"
    assert read(folder / "digits.yaml").name == "digits"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("digit", "digit: no such file or shipped recipe. Did you mean digits?"),
        ("digits.yml", "digits.yml: no such file. Did you mean digits?"),
        ("zebra", "zebra: no such file or shipped recipe. Recipes that ship: digits, wine."),
        ("shipped", "shipped: must be a file. Received: a folder."),
    ],
)
def test_a_recipe_that_is_not_there_names_those_that_are(
    source: str, message: str, folder: Path
) -> None:
    shipped = folder / "shipped"
    shipped.mkdir()
    for name in ("digits", "wine"):
        (shipped / f"{name}.yaml").write_text("a: 1\n")
    with pytest.raises(RecipeError) as caught:
        read(source, shipped)
    assert str(caught.value) == message


def test_without_shipped_recipes_a_missing_file_is_just_missing(folder: Path) -> None:
    with pytest.raises(RecipeError, match=r"^nowhere: no such file or shipped recipe\.$"):
        read("nowhere")


def test_a_file_that_cannot_be_opened_says_why(folder: Path, monkeypatch) -> None:
    path = folder / "mine.yaml"
    path.write_text("a: 1\n")

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RecipeError, match=r"mine.yaml: cannot be read: Permission denied\.$"):
        read(path)


def document(folder: Path, text: str) -> Document:
    (folder / "r.yaml").write_text(text)
    return read("r.yaml")


def test_a_choice_among_names_is_made_before_settings_are_known(folder: Path) -> None:
    names = ["image_classification", "tabular"]
    assert document(folder, "pipeline: tabular\n").choose("pipeline", names) == "tabular"
    assert document(folder, "pipeline: my.own:task\n").choose("pipeline", names) == "my.own:task"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: 1\npipeline: tabula\n",
            "r.yaml:2:11 pipeline: must be one of image_classification, tabular, or module:name of "
            'your own. Received: "tabula". Did you mean tabular?',
        ),
        (
            "pipeline: 3\n",
            "r.yaml:1:11 pipeline: must be one of image_classification, tabular, or module:name of "
            "your own. Received: 3.",
        ),
        (
            "pipelin: tabular\n",
            "r.yaml:1:1 pipeline: is missing. Must be one of image_classification, tabular, or "
            "module:name of your own. Is it spelt pipelin here?",
        ),
        (
            "model: mlp\n",
            "r.yaml:1:1 pipeline: is missing. Must be one of image_classification, tabular, or "
            "module:name of your own.",
        ),
    ],
)
def test_a_wrong_choice_names_the_right_ones(text: str, message: str, folder: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        document(folder, text).choose("pipeline", ["tabular", "image_classification"])
    assert str(caught.value) == message
