"""The catalogue: every entry can be fetched, proven and read as it says."""

import re
from urllib.parse import urlsplit

import pytest

from dlsuite.data import sources
from dlsuite.data.catalog import data_set, data_sets, shown
from dlsuite.recipe import Room
from dlsuite.recipe.environment import data_folder
from pipelines import SHIPPED

SETS = list(data_sets().values())
FILES = [(entry, file) for entry in SETS for file in entry.files]


@pytest.mark.parametrize("entry", SETS, ids=lambda entry: entry.name)
def test_an_entry_says_what_it_is_and_on_which_terms(entry):
    assert re.fullmatch(r"[a-z0-9-]+", entry.name)
    for text in (entry.what, entry.licence):
        assert text
        assert not text.endswith(".")
    assert urlsplit(entry.home).scheme == "https"
    assert bool(entry.files) != bool(entry.tfds)
    assert entry.download > 0


@pytest.mark.parametrize(("entry", "file"), FILES, ids=lambda item: item.name)
def test_a_file_has_an_address_a_size_and_a_hash(entry, file):
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert all(re.fullmatch(r"[0-9a-f]{64}", other) for other in file.also)
    assert file.bytes > 0
    assert "/" not in file.name
    assert file.urls
    for url in file.urls:
        parts = urlsplit(url)
        assert (parts.scheme, bool(parts.netloc), bool(parts.path)) == ("https", True, True), url
        assert not {"main", "master"} & set(parts.path.split("/")), "a branch moves"


@pytest.mark.parametrize(("entry", "file"), FILES, ids=lambda item: item.name)
def test_members_have_a_bracket_for_their_name(entry, file):
    if file.members is not None:
        assert re.compile(file.members).groups == 1
        assert file.name.endswith(".zip")


def test_names_in_a_folder_are_used_once():
    places = [(entry.folder, file.name) for entry, file in FILES]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("entry", [e for e in SETS if e.source], ids=lambda entry: entry.name)
def test_a_source_of_the_suite_takes_what_the_entry_tells_it(entry):
    arguments = dict(entry.source)
    room = Room("dlsuite.data.sources", late={"on_bad_example": "error"})
    target = room.find(arguments.pop("type"))
    assert target in {getattr(sources, name) for name in sources.__all__}
    assert set(arguments) <= set(room.arguments(target).names)
    where = "data_dir" if entry.tfds else "path"
    assert arguments[where] == f"${{DLSUITE_DATA}}/{entry.folder}"


def test_every_set_that_a_shipped_recipe_reads_is_in_the_catalogue():
    folders = {entry.folder for entry in SETS}
    for path in SHIPPED.glob("*.yaml"):
        named = re.findall(r"\$\{DLSUITE_DATA\}/([^/\"'\s}]+)", path.read_text(encoding="utf-8"))
        assert set(named) <= folders, path.name


def test_a_slip_of_a_name_is_told():
    with pytest.raises(LookupError, match="Did you mean fashion-mnist"):
        data_set("fasion-mnist")
    with pytest.raises(LookupError, match="There are fashion-mnist, mnist"):
        data_set("zebra")


def test_any_set_of_tensorflow_datasets_has_an_entry():
    entry = data_set("tfds:imagenette/160px-v2:1.0.0")
    assert entry.tfds == "imagenette/160px-v2:1.0.0"
    assert entry.home.endswith("/imagenette")


def test_the_data_folder_is_named_or_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("DLSUITE_DATA", str(tmp_path / "named"))
    assert data_folder() == tmp_path / "named"
    monkeypatch.setenv("DLSUITE_DATA", "")  # as if it were not set
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert data_folder() == tmp_path / "share/dlsuite"
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder() == tmp_path / ".local/share/dlsuite"
    assert shown(data_folder()) == "~/.local/share/dlsuite"
    assert shown(tmp_path.parent) == str(tmp_path.parent)
