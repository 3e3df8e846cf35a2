"""Code that a run names is imported where the run is one's own."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from dlsuite.experiment.trust import TRUST, refuse_foreign_code
from dlsuite.recipe import read
from dlsuite.tracking import StoreError

HERE = ("sqlite:////home/me/mlruns/mlflow.db", "http://127.0.0.1:5000", "http://localhost:5000")
THERE = ("http://tracking.example.org", "https://10.0.0.8:5000", "postgresql://db.example.org/x")


@dataclass
class Record:
    """What is asked of a run."""

    uri: str
    connection: SimpleNamespace = field(init=False)

    def __post_init__(self) -> None:
        self.connection = SimpleNamespace(location=SimpleNamespace(uri=self.uri))


def recipe(**keys):
    return read({"pipeline": "tabular", "data": {"source": {"type": "wine"}}, **keys})


NAMING = (
    recipe(model={"type": "os:system", "command": "true"}),
    recipe(pipeline="subprocess:run"),
    recipe(data={"augment": [{"type": "shutil:rmtree"}]}),
    recipe(loss="os.path:join"),
)


@pytest.mark.parametrize("uri", THERE)
@pytest.mark.parametrize("document", NAMING)
def test_code_that_a_store_elsewhere_names_is_not_imported(uri, document):
    with pytest.raises(StoreError, match=rf"names code to import, .*{TRUST}=1"):
        refuse_foreign_code(Record(uri), document)


@pytest.mark.parametrize("uri", HERE)
def test_that_of_a_store_here_is(uri):
    for document in NAMING:
        refuse_foreign_code(Record(uri), document)


def test_recipes_without_code_and_those_of_whom_one_trusts_are_read(monkeypatch):
    plain = recipe(data={"source": {"type": "csv", "path": "C:data", "target": "is_it:so"}})
    refuse_foreign_code(Record(THERE[0]), plain)
    monkeypatch.setenv(TRUST, "1")
    refuse_foreign_code(Record(THERE[0]), NAMING[0])
