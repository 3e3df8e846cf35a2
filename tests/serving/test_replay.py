"""Questions survive being kept, and are answered without Keras."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from dlsuite.serving import replay
from dlsuite.serving.replay import Case


def test_arrays_come_back_as_they_went(tmp_path: Path) -> None:
    texts = np.array([[b"\x89PNG\x00\x00", "Größe".encode()], [b"", b"\x00"]], object)
    groups = [
        {"x": np.arange(6, dtype="int32").reshape(2, 3), "od280/od315": np.array([0.1, np.nan])},
        {"texts": texts, "empty": np.zeros((0, 4), "float32"), "words": np.array(["a", "bc"])},
    ]
    replay.write_arrays(tmp_path / "a.npz", {"why": [1, None]}, groups)
    about, back = replay.read_arrays(tmp_path / "a.npz")
    assert about == {"why": [1, None]}
    assert [list(group) for group in back] == [list(group) for group in groups]
    for name in ("x", "od280/od315"):
        assert back[0][name].dtype == groups[0][name].dtype
        np.testing.assert_array_equal(back[0][name], groups[0][name])
    assert back[1]["texts"].tolist() == texts.tolist()
    assert back[1]["words"].tolist() == [b"a", b"bc"]
    assert back[1]["empty"].shape == (0, 4)


def kept_question(folder: Path) -> Path:
    inputs = {
        "alcohol": np.array([11, 13], "float32"),
        "od280_od315_of_wines": np.array([2, 4], "float32"),
        "column_self": np.array([b"red", b"white"], object),
    }
    replay.write_cases(folder / "cases.npz", [Case("serving_default", (0, 1), inputs)])
    return folder / "cases.npz"


def test_kept_questions_are_answered_by_an_export(tmp_path: Path, wines: Any) -> None:
    cases = kept_question(tmp_path)
    replay.answer_file(wines.exported.path, cases, tmp_path / "answers.npz")
    _, (answer,) = replay.read_arrays(tmp_path / "answers.npz")
    np.testing.assert_allclose(
        answer["probabilities"], wines.expected["probabilities"][:2], atol=1e-6
    )


PROGRAM = """
import runpy, sys
def imported(*packages):
    loaded = [name for name, module in sys.modules.items() if module is not None]
    return sorted(name for name in loaded if name.split(".")[0] in packages)

script, table, *arguments = sys.argv[1:]
sys.argv = [script, *arguments]
barred = runpy.run_path(script, run_name="__main__")["BARRED"]
print(imported("tensorflow", "keras", "dlsuite")[0], imported("keras", "dlsuite"))
for name in barred:
    del sys.modules[name]
from dlsuite.serving import answer
print(answer(arguments[0], table)["class_name"].tolist(), imported("keras"))
"""


def test_neither_the_proof_nor_the_prediction_imports_keras(tmp_path: Path, wines: Any) -> None:
    # `import tensorflow` does import Keras where it can.
    table = tmp_path / "wines.csv"
    table.write_text("alcohol,od280/od315 of wines,self\n11,2,red\n13,4,white\n")
    paths = [replay.__file__, table, wines.exported.path, kept_question(tmp_path)]
    command = [sys.executable, "-c", PROGRAM, *map(str, paths), str(tmp_path / "answers.npz")]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    names = np.array(["zero", "one", "two"])
    best = names[wines.expected["probabilities"][:2].argmax(axis=1)].tolist()
    assert lines[:2] == ["tensorflow []", f"{best} []"]
    _, (said,) = replay.read_arrays(tmp_path / "answers.npz")
    assert said["class_name"].tolist() == [name.encode() for name in best]
