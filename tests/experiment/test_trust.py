"""Code that a run names is imported where the run is one's own."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import pipelines
from dlsuite.experiment import recipe_of
from dlsuite.experiment.trust import TRUST, foreign
from dlsuite.recipe import RecipeError, load, read
from pipelines import tabular

HERE = ("sqlite:////home/me/mlruns/mlflow.db", "http://127.0.0.1:5000", "http://localhost:5000")
THERE = ("http://tracking.example.org", "https://10.0.0.8:5000", "postgresql://db.example.org/x")
WINE = {"pipeline": "tabular", "data": {"source": {"type": "wine"}}, "model": "mlp"}
DEPLOY = "from pathlib import Path\nPath('imported').touch()\n"


@dataclass
class Record:
    """What is asked of a run."""

    uri: str
    folder: Path = Path()
    name: str = "curious_crane"

    @property
    def connection(self) -> SimpleNamespace:
        return SimpleNamespace(location=SimpleNamespace(uri=self.uri))

    def artifact(self, name: str) -> Path:
        return self.folder / name


def kept(uri: str, **keys):
    return replace(read({**WINE, **keys}), foreign=foreign(Record(uri)))


NAMING = (
    {"model": {"type": "os:system", "command": "true"}},
    {"model": {"type": "antigravity:1"}},  # whose import opens a browser
    {"model": "deploy:net"},  # a file of the current folder
    {"model": "deploy-now:net"},
    {"data": {"source": {"type": "deploy:"}}},
    {"optimizer": {"type": "Adam", "learning_rate": {"type": "deploy:rate"}}},
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in ("", str(tmp_path))])
    for name in ("deploy", "deploy-now"):
        (tmp_path / f"{name}.py").write_text(DEPLOY)
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.parametrize("keys", NAMING, ids=str)
def test_code_that_a_store_elsewhere_names_is_not_imported(folder, keys):
    for uri in THERE:
        with pytest.raises(RecipeError, match=rf"names code to import, .*\. It .*{TRUST}=1"):
            load(kept(uri, **keys), tabular.Settings)
    assert not (folder / "imported").exists()
    assert "antigravity" not in sys.modules


def test_nor_is_what_a_kept_recipe_names_or_the_application(folder):
    (folder / "recipe.resolved.json").write_text(json.dumps({**WINE, "model": "deploy:net"}))
    (folder / "recipe.yaml").write_text("pipeline: tabular\n")
    document = recipe_of(Record(THERE[0], folder))
    with pytest.raises(RecipeError, match=f"recipe of .* names code to import, .*{TRUST}=1"):
        load(document, pipelines.of(document).settings, {"training.epochs": 3})
    with pytest.raises(RecipeError, match=rf"names code to import, .*deploy:pipeline.*{TRUST}=1"):
        pipelines.of(kept(THERE[0], pipeline="deploy:pipeline"))
    assert not (folder / "imported").exists()


@pytest.mark.parametrize("uri", HERE)
def test_that_of_a_store_here_is(folder, uri):
    with pytest.raises(RecipeError, match="deploy has no 'net'"):
        load(kept(uri, model="deploy:net"), tabular.Settings)
    assert (folder / "imported").exists()


def test_recipes_without_code_and_those_of_whom_one_trusts_are_read(monkeypatch):
    source = {"type": "csv", "path": "C:data", "target": "is_it:so"}
    load(kept(THERE[0], data={"source": source}), tabular.Settings)
    assert foreign(Record(THERE[0]))
    monkeypatch.setenv(TRUST, "1")
    assert not foreign(Record(THERE[0]))
