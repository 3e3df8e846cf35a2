"""`dlsuite data`: what is to be had, fetched from a real server, and read through."""

import dataclasses
import hashlib
import io
import json

import numpy as np
import pytest
import tensorflow_datasets
from PIL import Image

from dlsuite.data import catalog, catalog_use
from dlsuite.data.catalog import DataFile, DataSet
from pipelines.cli import main
from tests.data.served_files import Served, serving

TEXTS = {"a.txt": b"ants " * 1000, "b.txt": b"bees " * 1000}


def call(capsys, *words):
    """Exit code, standard output and standard error of one command."""
    with pytest.raises(SystemExit) as end:
        main(list(words))
    said = capsys.readouterr()
    return end.value.code or 0, said.out, said.err


def letters(address: str = "http://127.0.0.1:9/") -> DataSet:
    files = tuple(
        DataFile(name, len(text), hashlib.sha256(text).hexdigest(), (f"{address}{name}",))
        for name, text in TEXTS.items()
    )
    return DataSet(
        name="letters",
        what="two texts",
        home="https://home",
        licence="MIT",
        folder="letters",
        files=files,
        source={"type": "csv", "path": "${DLSUITE_DATA}/letters"},
        note="short",
        download=10_000,
    )


@pytest.fixture
def one_set(workshop, monkeypatch):
    """A catalogue of one set; call it with an address to say where its files are."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DLSUITE_DATA", raising=False)

    def at(address: str) -> None:
        known = {"letters": letters(address)}
        monkeypatch.setattr(catalog, "data_sets", lambda: known)
        monkeypatch.setattr(catalog_use, "data_sets", lambda: known)

    at("http://127.0.0.1:9/")
    return at


def test_the_list_says_what_is_here(workshop, capsys, monkeypatch):
    code, out, _ = call(capsys, "data", "list")
    assert code == 0
    assert "fashion-mnist  30.9 MB  not here" in out
    assert "Licence: MIT." in out
    monkeypatch.setenv("DLSUITE_DATA", str(workshop))
    (workshop / "hymenoptera").mkdir()
    (workshop / "hymenoptera/small.zip").write_bytes(b"x")
    _, out, _ = call(capsys, "data", "list", "--json")
    by_name = {entry["name"]: entry for entry in json.loads(out)}
    assert by_name["hymenoptera"]["state"] == "other edition"
    assert by_name["hymenoptera"]["here"] is False
    assert by_name["fashion-mnist"]["bytes"] == 30_878_645
    assert by_name["fashion-mnist"]["source"]["type"] == "idx"


def test_get_fetches_verifies_and_says_how_to_read_it(workshop, capsys, one_set):
    with serving(Served(TEXTS)) as served:
        one_set(served.address)
        code, out, err = call(capsys, "data", "get", "letters")
        assert code == 0
        assert "letters: 10.0 kB, licence: MIT, to " in err
        assert "letters: 2 files, verified, in " in out
        assert 'data: {source: {type: csv, path: "${DLSUITE_DATA}/letters"}}' in out
        assert "Note: short." in out
        code, out, err = call(capsys, "data", "get", "letters")
        assert "letters is here and whole." in err
    assert len(served.asked) == 2
    assert (workshop / "share/dlsuite/letters/a.txt").read_bytes() == TEXTS["a.txt"]


def test_get_into_another_folder_says_how_recipes_find_it(workshop, capsys, one_set):
    with serving(Served(TEXTS)) as served:
        one_set(served.address)
        code, out, _ = call(capsys, "data", "get", "letters", "--folder", "mine")
    assert code == 0
    assert f"export DLSUITE_DATA={workshop / 'mine'}" in out
    assert (workshop / "mine/letters/b.txt").exists()


def test_a_dry_run_fetches_nothing(workshop, capsys, one_set):
    code, out, _ = call(capsys, "data", "get", "letters", "--dry-run")
    assert code == 0
    assert "letters: 10.0 kB, licence: MIT" in out
    assert "http://127.0.0.1:9/b.txt" in out
    assert not (workshop / "share").exists()
    code, out, _ = call(capsys, "data", "get", "letters", "--dry-run", "--json")
    assert json.loads(out)[0]["missing"] == ["a.txt", "b.txt"]


def test_get_for_scripts_is_one_document(workshop, capsys, one_set):
    with serving(Served(TEXTS)) as served:
        one_set(served.address)
        code, out, _ = call(capsys, "data", "get", "letters", "--json")
    assert code == 0
    assert json.loads(out)[0]["state"] == "whole"


def test_a_failure_is_one_message_with_the_way_by_hand(workshop, capsys, one_set):
    code, _, err = call(capsys, "data", "get", "letters")
    assert code == 2
    assert "a.txt could not be fetched." in err
    assert "By hand: put these into" in err
    assert "Traceback" not in err
    code, _, err = call(capsys, "data", "get", "leters")
    assert code == 2
    assert "Did you mean letters?" in err


def test_a_dry_run_of_tensorflow_datasets_names_what_it_would_fetch(workshop, capsys):
    code, out, _ = call(capsys, "data", "get", "cifar10", "--dry-run")
    assert code == 0
    assert "cifar10: 170 MB, licence: none stated" in out
    assert "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz" in out


class ToySetForTheCommand(tensorflow_datasets.core.GeneratorBasedBuilder):
    """A registered set that is made here, without anything to fetch."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")

    def _info(self):
        described = {"text": tensorflow_datasets.features.Text()}
        features = tensorflow_datasets.features.FeaturesDict(described)
        return tensorflow_datasets.core.DatasetInfo(builder=self, features=features)

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        yield 0, {"text": "toy_set_for_the_command"}


def test_a_set_of_tensorflow_datasets_is_fetched_by_its_name(workshop, capsys, monkeypatch):
    monkeypatch.delenv("DLSUITE_DATA", raising=False)
    code, out, _ = call(capsys, "data", "get", "tfds:toy_set_for_the_command")
    assert code == 0
    assert "name: toy_set_for_the_command" in out
    assert (workshop / "share/dlsuite/tfds/toy_set_for_the_command/1.0.0").is_dir()


def png(seed: int, size=(9, 7)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


RECIPE = """pipeline: image_classification
data:
  source: {type: image_folder, path: pets}
model: {type: mlp, hidden: [4]}
"""


@pytest.fixture
def pets(workshop):
    """A folder of pictures and its recipe."""
    files = {f"train/{c}/{i}.png": png(100 * n + i) for n, c in enumerate("ab") for i in range(12)}
    files |= {
        f"test/{c}/{i}.png": png(900 + 10 * n + i) for n, c in enumerate("ab") for i in (0, 1)
    }
    for name, content in files.items():
        (workshop / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        (workshop / "pets" / name).write_bytes(content)
    (workshop / "pets.yaml").write_text(RECIPE)
    return workshop / "pets"


def test_a_check_of_good_data_ends_with_0(pets, capsys):
    code, out, _ = call(capsys, "data", "check", "pets.yaml")
    assert code == 0
    assert "28 examples read by image_folder pets" in out
    assert "28 pictures in colour, pixels: 7x9" in out
    assert "`train` takes it, and nothing leaks between splits." in out


def test_a_check_of_bad_data_ends_with_1_and_draws_what_it_found(pets, capsys):
    (pets / "train/a/torn.png").write_bytes(b"")
    (pets / "test/b/leak.png").write_bytes((pets / "train/b/1.png").read_bytes())
    (pets / "train/a/again.png").write_bytes((pets / "train/a/2.png").read_bytes())
    (pets / "train/a/large.png").write_bytes(png(5, (30, 20)))
    code, out, _ = call(capsys, "data", "check", "pets.yaml", "--out", "report")
    assert code == 1
    told = " ".join(out.split())
    assert "refused: pets.yaml:3:11 data.source: 1 of 32 images cannot be used." in told
    assert "leak: Examples are in two splits: 1 in train and test" in told
    assert "train/a/torn.png: the file is empty" in told
    written = {path.name for path in (pets.parent / "report").iterdir()}
    assert written == {
        "class_counts.png",
        "samples.png",
        "picture_sizes.png",
        "duplicates.png",
        "bad_examples.csv",
        "duplicates.csv",
        "leaked.csv",
        "check.json",
    }
    leaked = (pets.parent / "report/leaked.csv").read_text().splitlines()
    assert [line.split(",")[1:] for line in leaked] == [
        ["split", "path"],
        ["train", "train/b/1.png"],
        ["test", "test/b/leak.png"],
    ]


def test_a_check_for_scripts_is_one_document(pets, capsys):
    code, out, _ = call(capsys, "data", "check", "pets.yaml", "data.on_bad_example=skip", "--json")
    assert code == 0
    assert json.loads(out)["counts"]["test"] == 4


def test_a_check_of_a_table_describes_its_columns(workshop, capsys):
    code, out, _ = call(capsys, "data", "check", "wine_mlp", "--out", "report")
    assert code == 0
    assert "178 examples" in out
    assert "alcohol" in out
    assert (workshop / "report/columns.png").exists()


def test_a_check_without_data_says_where_it_would_be(workshop, capsys, monkeypatch):
    monkeypatch.delenv("DLSUITE_DATA", raising=False)
    code, _, err = call(capsys, "data", "check", "fashion_mlp")
    assert code == 2
    assert "fashion_mlp.yaml:6:" in err
    assert "dlsuite data get fashion-mnist (30.9 MB, licence: MIT)" in err


def test_many_bad_examples_and_classes_are_counted(workshop, capsys):
    for number in range(25):
        for copy in range(2):
            path = workshop / f"pets/class_{number:02d}/{copy}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(2 * number + copy))
    for number in range(12):
        (workshop / f"pets/class_00/torn_{number}.png").write_bytes(b"")
    (workshop / "pets.yaml").write_text(RECIPE)
    _, out, _ = call(capsys, "data", "check", "pets.yaml", "data.on_bad_example=skip")
    assert "and 5 more" in out
    assert "and 2 more" in out


def test_help_of_each_command_has_its_example(capsys):
    for command in ("list", "get", "check"):
        code, out, _ = call(capsys, "data", command, "--help")
        assert code == 0
        assert f"Example: dlsuite data {command}" in " ".join(out.split())


def test_a_set_without_size_or_source_is_shown_too(workshop, capsys, monkeypatch, one_set):
    bare = dataclasses.replace(letters(), source=None, note="", download=0)
    monkeypatch.setattr(catalog, "data_sets", lambda: {"letters": bare})
    _, out, _ = call(capsys, "data", "list")
    assert "letters  ?  not here" in out
