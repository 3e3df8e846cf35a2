"""A table is answered as training has read it, however it is written."""

import gzip
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas
import pytest

from dlsuite.data import TableStatistics, table_features
from dlsuite.data.sources import csv
from dlsuite.serving import answer, export, table_signatures
from tests.serving.conftest import A_NUMBER, DIGITS

# y = size / 10, twice that in a city; the commas are decimal commas.
HOUSES = """size; place ;y
10,5; city ;2,1
20; country ;2
"30,5"; city ;6,1
40;"country ";4
"""


@dataclass
class Trained:
    """A model of `HOUSES`: its export, and what it predicts for the rows of training."""

    folder: Path
    expected: np.ndarray


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("houses")
    (folder / "train.csv").write_text(HOUSES)
    examples = csv(str(folder / "train.csv"), "y", decimal=",").parts["all"]
    kinds = {"size": "number", "place": "category"}
    statistics = TableStatistics.of(kinds, examples.rows["columns"])
    features = table_features(statistics)
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((statistics.width,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    columns = examples.rows["columns"]
    raw = {"size": columns["size"], "place": keras.ops.convert_to_tensor(list(columns["place"]))}
    x = np.asarray(features(raw))
    model.fit(x, examples.rows["target"], epochs=3, verbose=0)
    expected = model.predict(x, verbose=0)[:, 0]
    signatures = table_signatures(
        features,
        model,
        kinds,
        A_NUMBER,
        target_columns=["y"],
        vocabularies=statistics.vocabularies,
        decimal=",",
    )
    facts = {"examples": examples, "expected": {"prediction": expected}, "manifest": {}}
    export(folder / "export", model, signatures, **facts)
    return Trained(folder / "export", expected)


def check(houses: Trained, table: pandas.DataFrame) -> None:
    assert table["error"].tolist() == [""] * 4
    np.testing.assert_allclose(table["prediction"].to_numpy(float), houses.expected, rtol=1e-5)
    assert table.attrs["notes"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("training.csv", HOUSES),
        ("byte order mark.csv", "\ufeff" + HOUSES.replace("\n", "\r\n\r\n")),
        ("spaces.csv", 'size,place\n10.5," city "\n20,country\n30.5,city\n40, country\n'),
        ("tabs.tsv", HOUSES.replace(";", "\t")),
        ("tabs.TSV.GZ", HOUSES.replace(";", "\t")),
        ("bars.csv.gz", HOUSES.replace(";", "|")),
    ],
)
def test_rows_of_training_are_answered_alike_however_they_are_written(
    houses: Trained, tmp_path: Path, name: str, text: str
) -> None:
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.lower().endswith("gz") else data)
    check(houses, answer(houses.folder, tmp_path / name))
    check(houses, answer(houses.folder, tmp_path))


def test_values_that_training_has_not_seen_are_noted(houses: Trained, tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    places = ["city", "sea", "a", "sea", "b", "c", "d", "e", "?"]
    file.write_text("".join(["size,place\n", *(f"9,{place}\n" for place in places), ",moon\n"]))
    table = answer(houses.folder, file)
    assert table.attrs["notes"] == [
        f"{file}: values of place unseen in training, in 7 of 8 rows: 'sea', 'a', 'b', 'c', 'd', …."
    ]
    assert table["error"].tolist() == [""] * 8 + ["place is missing", "size is missing"]


def test_large_vocabularies_are_not_kept() -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    words = {"few": list(map(str, range(1000))), "many": list(map(str, range(1001)))}
    kinds = dict.fromkeys(words, "category")
    layer = keras.layers.Identity()
    signature = table_signatures(layer, model, kinds, A_NUMBER, vocabularies=words)[
        "serving_default"
    ]
    assert signature.about["vocabularies"] == {"few": words["few"]}


def test_a_category_may_be_named_like_a_gap(houses: Trained, tmp_path: Path) -> None:
    manifest = next(houses.folder.glob("*/assets.extra/dlsuite.json"))
    text = manifest.read_text()
    facts: Any = json.loads(text)
    facts["signatures"]["serving_default"]["vocabularies"]["place"].append("none")
    (tmp_path / "a.csv").write_text("size,place\n9,none\n9,NA\n")
    try:
        manifest.write_text(json.dumps(facts))
        table = answer(houses.folder, tmp_path / "a.csv")
    finally:
        manifest.write_text(text)
    assert table["error"].tolist() == ["", "place is missing"]
    assert table.attrs["notes"] == []


def test_rows_of_a_table_get_their_classes(wines: Any, tmp_path: Path) -> None:
    place = tmp_path / "wines.csv"
    place.write_text(
        "quality,self,od280/od315 of wines,alcohol,name\n"
        'good,red,2,11,"Château, rouge"\n'
        "bad,white,4, 13 ,b\n"
        "?,blue,3,12.5,c\n",
        encoding="utf-8-sig",
    )
    table = answer(wines.folder, place, batch_size=2)
    assert list(table.columns) == [
        *("file", "row", "class_name", "probability"),
        *("top_2", "top_2_probability", "top_3", "top_3_probability", "error"),
    ]
    assert table["row"].tolist() == [1, 2, 3]
    for row in range(3):
        probabilities = wines.expected["probabilities"][row]
        assert table["class_name"][row] == DIGITS[probabilities.argmax()]
        assert table["probability"][row] == pytest.approx(probabilities.max(), abs=1e-5)
    # `quality` is the target of training; only `name` is unknown to the model.
    assert table.attrs["notes"] == [f"{place}: columns that the model does not take: name."]


def test_rows_of_a_table_get_their_number(prices: Any, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("alcohol,od280/od315 of wines,self\n11,2,red\n13,4,white\n")
    table = answer(prices.folder, tmp_path)
    assert list(table.columns) == ["file", "row", "prediction", "error"]
    assert [Path(file).name for file in table["file"]] == ["a.csv", "a.csv", "b.csv", "b.csv"]
    expected = np.tile(prices.expected["prediction"][:2], 2)
    np.testing.assert_allclose(table["prediction"], expected, rtol=1e-5)


def test_bad_cells_are_named_by_row_and_column(wines: Any, tmp_path: Path) -> None:
    place = tmp_path / "wines.csv"
    place.write_text(
        "alcohol,od280/od315 of wines,self\n11,2,red\nmuch,few,red\n,4,white\n13,inf,red\n"
        "13,4,white,5\n11,2,?\n"
    )
    table = answer(wines.folder, place)
    assert table["error"].tolist() == [
        "",
        "alcohol is not a number: 'much'; od280/od315 of wines is not a number: 'few'",
        "alcohol is missing",
        "od280/od315 of wines is not a number: 'inf'",
        "4 fields instead of 3",
        "self is missing",
    ]
    assert table["class_name"].notna().tolist() == [True] + [False] * 5
    assert table["row"].tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alcohol,Self\n11,red\n", r"Missing: od280/od315 of wines, self \(there is Self\)"),
        ("alcohol,od280/od315 of wines,self\n", r"must have rows .* Received: none"),
        ("", "The first line of .* must name every column"),
        ("a,b\n1,2,3,4\n1\n1,2,3,4,5\n", r"Missing: alcohol, od.*, self\. Received: a, b\."),
        (b"alcohol,\xff\xfe\n11,1\n", "must be text in UTF-8"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    wines: Any, tmp_path: Path, text: str | bytes, message: str
) -> None:
    place = tmp_path / "wines.csv"
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        answer(wines.folder, place)


def test_serving_reads_tables_without_keras_and_tensorflow() -> None:
    code = (
        "import sys, dlsuite.serving, dlsuite.serving.tables\n"
        "print([name for name in ('keras', 'tensorflow') if name in sys.modules])"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout.strip() == "[]"
