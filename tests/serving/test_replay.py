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


def test_an_export_answers_kept_questions(tmp_path: Path, wines: Any) -> None:
    inputs = {
        "alcohol": np.array([11, 13], "float32"),
        "od280_od315_of_wines": np.array([2, 4], "float32"),
        "column_self": np.array([b"red", b"white"], object),
    }
    replay.write_cases(tmp_path / "cases.npz", [Case("serving_default", (0, 1), inputs)])
    replay.answer_file(wines.exported.path, tmp_path / "cases.npz", tmp_path / "answers.npz")
    imported, (answer,) = replay.read_arrays(tmp_path / "answers.npz")
    np.testing.assert_allclose(
        answer["probabilities"], wines.expected["probabilities"][:2], atol=1e-6
    )
    assert "keras" in imported  # this process trains; the child of verify_in_child does not


def test_predicting_imports_no_keras(tmp_path: Path, wines: Any) -> None:
    table = tmp_path / "wines.csv"
    table.write_text("alcohol,od280/od315 of wines,self\n11,2,red\n")
    program = (
        "import sys; from dlsuite.serving import answer\n"
        "print(answer(sys.argv[1], sys.argv[2])['class_name'][0])\n"
        "print([name for name in sys.modules if name.startswith('keras')])\n"
    )
    command = [sys.executable, "-c", program, str(wines.exported.path), str(table)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")
    best = ("zero", "one", "two")[wines.expected["probabilities"][0].argmax()]
    assert lines[:2] == [best, "[]"]
