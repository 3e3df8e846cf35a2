"""What a run ran on: versions, the commit it came from, the machine."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import dlsuite

PACKAGES = ("tensorflow", "keras", "mlflow", "numpy")
# Facts that stand in a run's `environment.json` and are no tags of it.
UNTAGGED = frozenset({"python", "mlflow", "numpy", "platform", "cpus"})
GIT_PATIENCE = 10.0  # seconds; `git status` is slow on some file servers


def facts(folder: str | Path | None = None) -> dict[str, str]:
    """Facts worth keeping with a run, all as text; imports nothing heavy.

    Args:
        folder: Whose git commit is meant. None: the current folder.

    Returns:
        `dlsuite`, `python`, each of `PACKAGES` that is installed, `platform`, `cpus`, `device`
        (what TensorFlow sees, or that it is not loaded), and, in a git checkout with a commit,
        `git_commit` and `git_dirty` (`true` where a file differs from it or is not in it).
    """
    return {
        "dlsuite": dlsuite.__version__,
        "python": platform.python_version(),
        **{name: version for name in PACKAGES if (version := _version(name))},
        "platform": platform.platform(),
        "cpus": str(os.cpu_count()),
        "device": _device(),
        **_commit(Path(folder or Path.cwd())),
    }


def tags_of_the_ui(about: Mapping[str, str]) -> dict[str, str]:
    """Tags under the names that the MLflow UI has columns for."""
    import psutil

    tags = {
        "mlflow.user": psutil.Process().username(),
        "mlflow.source.name": Path(sys.argv[0]).name or "python",
        "mlflow.source.type": "LOCAL",
    }
    if "git_commit" in about:
        tags["mlflow.source.git.commit"] = about["git_commit"]
    return tags


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _device() -> str:
    tensorflow: Any = sys.modules.get("tensorflow")
    # A module that is being imported, or whose import failed, has no `config` yet.
    if not hasattr(tensorflow, "config"):
        return "unknown: TensorFlow is not loaded"
    devices = tensorflow.config.get_visible_devices("GPU")
    if not devices:
        return "CPU"
    details = [tensorflow.config.experimental.get_device_details(each) for each in devices]
    return ", ".join(each.get("device_name", "GPU") for each in details)


def _commit(folder: Path) -> dict[str, str]:
    commit = _git(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return {}
    changes = _git(folder, "status", "--porcelain")
    return {"git_commit": commit} | (
        {} if changes is None else {"git_dirty": "true" if changes else "false"}
    )


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints; None where git, the checkout or a commit is missing."""
    command = ["git", "-C", str(folder), "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
