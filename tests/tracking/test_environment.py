"""The facts of a run are the facts of this machine."""

import platform
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
from disturbance import start_python

import dlsuite
from dlsuite.tracking import environment, facts


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_versions_are_those_of_the_packages(tmp_path):
    found = facts(tmp_path)
    assert found["dlsuite"] == dlsuite.__version__
    assert found["python"] == platform.python_version()
    assert found["numpy"] == metadata.version("numpy")
    assert found["tensorflow"] == metadata.version("tensorflow")
    assert all(isinstance(value, str) for value in found.values())


def test_a_package_that_is_missing_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "PACKAGES", ("no-such-package", "numpy"))
    assert "no-such-package" not in facts(tmp_path)


def test_the_commit_and_whether_files_differ_from_it(tmp_path):
    assert "git_commit" not in facts(tmp_path)  # no checkout
    git(tmp_path, "init", "-q")
    assert "git_commit" not in facts(tmp_path)  # no commit yet
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    assert len(facts(tmp_path)["git_commit"]) == 40
    assert facts(tmp_path)["git_dirty"] == "false"
    (tmp_path / "model.py").touch()
    assert facts(tmp_path)["git_dirty"] == "true"


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert "git_commit" not in facts(tmp_path)


def test_tensorflow_is_asked_for_devices_only_where_it_is_loaded(tmp_path):
    code = (
        "import sys; from dlsuite.tracking import Store, facts; print(facts()['device']);"
        "print([name for name in ('tensorflow', 'mlflow', 'keras', 'pandas', 'numpy')"
        " if name in sys.modules])"
    )
    output, errors = start_python(code, tmp_path).communicate(timeout=60)
    assert (output.splitlines(), errors) == (["unknown: TensorFlow is not loaded", "[]"], "")


def test_a_gpu_is_named(tmp_path, monkeypatch):
    # Stands in for a TensorFlow that sees one; this line of the facts needs no more of it.
    details = SimpleNamespace(get_device_details=lambda gpu: {"device_name": f"NVIDIA {gpu}"})
    config = SimpleNamespace(get_visible_devices=lambda kind: ["H200"], experimental=details)
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(config=config))
    assert facts(tmp_path)["device"] == "NVIDIA H200"


def test_the_device_is_what_tensorflow_sees(tmp_path):
    tensorflow = pytest.importorskip("tensorflow")
    gpus = tensorflow.config.get_visible_devices("GPU")
    assert (facts(tmp_path)["device"] == "CPU") == (not gpus)
