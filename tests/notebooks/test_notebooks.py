"""Every notebook runs from its first cell to its last, offline, and shows what it speaks of."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
PATIENCE = 500  # seconds for one cell, on a machine that does much else
# Cells that show a picture.
PICTURES = {
    "01_first_classifier": {
        *("data-look", "curves", "templates", "lenet-run", "lenet-curves"),
        *("choose", "confusion", "worst", "calibration"),
    }
}


def read(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def test_every_notebook_is_run():
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_kept_without_outputs(name):
    nbformat.validate(read(name))
    code = [cell for cell in read(name).cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_runs_in_silence_and_shows_its_pictures(name, workshop, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(workshop))  # where the notebook makes its folder
    monkeypatch.setenv("HOME", str(workshop))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = read(name)
    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": str(workshop)}},
    )
    client.execute(env=dict(os.environ))  # raises with the traceback of the cell that failed
    outputs = [
        (cell.id, output)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    assert {cell for cell, output in outputs if "image/png" in output.get("data", {})} == PICTURES[
        name
    ]
    said = [(cell, output.text) for cell, output in outputs if output.get("name") == "stderr"]
    assert not said, "a notebook must be readable"
