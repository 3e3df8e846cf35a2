"""A public set from a real server, or from TensorFlow Datasets, into the data folder."""

import hashlib
import shutil
from collections import namedtuple

import numpy as np
import pytest
import tensorflow_datasets

from dlsuite.data import download, download_sets
from dlsuite.data.catalog import DataFile, DataSet, data_set
from dlsuite.data.catalog_files import held
from dlsuite.data.download import DownloadError
from dlsuite.data.download_sets import get, lacking, tensorflow_urls
from dlsuite.data.sources import tfds
from tests.data.served_files import Served, serving

TEXTS = {"a.txt": b"ants " * 1000, "b.txt": b"bees " * 1000}
features = tensorflow_datasets.features


class ToySetToFetch(tensorflow_datasets.core.GeneratorBasedBuilder):
    """A registered set that is made here, without anything to fetch."""

    VERSION = tensorflow_datasets.core.Version("1.0.0")

    def _info(self):
        described = {
            "image": features.Image(shape=(3, 2, 1)),
            "label": features.ClassLabel(names=["no", "yes"]),
        }
        return tensorflow_datasets.core.DatasetInfo(
            builder=self,
            features=features.FeaturesDict(described),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager):
        return {"train": self._generate_examples()}

    def _generate_examples(self):
        for i in range(4):
            yield i, {"image": np.full((3, 2, 1), i, np.uint8), "label": i % 2}


@pytest.fixture(autouse=True)
def alone(workshop, monkeypatch):
    """No waiting, no proxies, a cache of its own."""
    monkeypatch.setattr(download, "PAUSE", 0.001)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def letters(address: str, **other: bytes) -> DataSet:
    files = tuple(
        DataFile(name, len(text), hashlib.sha256(text).hexdigest(), (f"{address}{name}",))
        for name, text in TEXTS.items()
    )
    return DataSet("letters", "what", "https://home", "MIT", "letters", files, download=10_000)


def test_every_file_arrives_and_is_proven(workshop):
    with serving(Served(TEXTS)) as server:
        entry = letters(server.address)
        assert get(entry, workshop).state == "whole"
        assert get(entry, workshop).state == "whole"
    assert len(server.asked) == 2
    assert {p.name: p.read_bytes() for p in (workshop / "letters").iterdir()} == TEXTS


def test_only_what_is_missing_or_damaged_is_fetched(workshop):
    place = workshop / "letters"
    place.mkdir()
    (place / "a.txt").write_bytes(TEXTS["a.txt"])
    (place / "b.txt").write_bytes(b"bees")
    with serving(Served(TEXTS)) as server:
        entry = letters(server.address)
        assert [file.name for file in lacking(entry, held(entry, workshop))] == ["b.txt"]
        get(entry, workshop)
    assert [name for name, _ in server.asked] == ["b.txt"]
    assert (place / "b.txt").read_bytes() == TEXTS["b.txt"]


def test_a_failure_says_how_to_do_it_by_hand(workshop):
    with serving(Served({"a.txt": TEXTS["a.txt"]})) as server:
        entry = letters(server.address)
        with pytest.raises(DownloadError) as error:
            get(entry, workshop)
    url = f"{server.address}b.txt"
    assert str(error.value).splitlines() == [
        "b.txt could not be fetched.",
        f"  {url} answers 404 Not Found.",
        f"By hand: put these into {workshop / 'letters'}; the same command then verifies them.",
        f"  {url}",
        f"    SHA-256 {hashlib.sha256(TEXTS['b.txt']).hexdigest()}",
    ]
    assert held(entry, workshop).missing == ("b.txt",)
    (workshop / "letters/b.txt").write_bytes(TEXTS["b.txt"])
    assert get(entry, workshop).state == "whole"  # by hand


def test_a_full_disk_is_told_before_anything_is_fetched(workshop, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(1, 1, 10_500))
    with serving(Served(TEXTS)) as server:
        with pytest.raises(DownloadError, match=r"needs 11\.0 kB on the disk .* 10\.5 kB free"):
            get(letters(server.address), workshop)
    assert server.asked == []


def test_a_set_of_tensorflow_datasets_is_prepared_where_the_source_reads_it(workshop):
    entry = data_set("tfds:toy_set_to_fetch")
    assert held(entry, workshop).state == "absent"
    assert get(entry, workshop).state == "whole"
    assert get(entry, workshop).state == "whole"
    collection = tfds("toy_set_to_fetch", data_dir=str(workshop / "tfds"))
    assert len(collection.parts["all"]) == 4


def test_a_name_that_tensorflow_datasets_has_not_is_told(workshop):
    with pytest.raises(LookupError, match="has no set `no_such_set`"):
        get(data_set("tfds:no_such_set"), workshop)


def test_what_tensorflow_datasets_would_fetch_is_known_with_its_size():
    assert tensorflow_urls("cifar10") == {
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz": 170_052_171
    }
    assert data_set("cifar10").download == 170_052_171


def test_without_a_network_tensorflow_datasets_is_not_waited_for(workshop, monkeypatch):
    monkeypatch.setattr(download_sets, "tensorflow_urls", lambda name: {"http://127.0.0.1:9/x": 5})
    with pytest.raises(DownloadError, match=r"cannot be reached: Connection refused\nWithout a"):
        get(data_set("tfds:toy_set_to_fetch"), workshop)
